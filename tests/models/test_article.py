import hashlib
from datetime import date

import pytest
from django.db import connection
from psycopg.types.range import DateRange

from archive.models import Article
from tests.factories import BODY_END, BODY_START, QUOTES, TEXT, ArticleFactory, CitationFactory
from tests.models.breaches import (
    Breach,
    change,
    each,
    each_loadable,
    of_blank,
    of_date,
    of_negative,
    of_slug,
    of_status,
    of_vocabulary,
    refused,
)

pytestmark = pytest.mark.django_db


def cited(**kwargs):
    """An article with one citation."""
    return CitationFactory(**kwargs).article


def moved_to_wrong_place():
    citation = CitationFactory()
    article = citation.article
    shifted = change(article, text=f"»{article.text}", body_end=article.body_end + 1)
    return [shifted, change(CitationFactory(article=article, quote=QUOTES[3]), start=None)]


BREACHES = [
    *of_slug(ArticleFactory),
    *of_status(ArticleFactory),
    *of_blank(ArticleFactory, "title"),
    # A body lies in its text, so a text of blanks only is the shortest that could be stored.
    Breach("archive_article_text_not_blank", lambda: change(ArticleFactory(), text=" \n" * 200)),
    *of_date(ArticleFactory, "published"),
    *of_vocabulary(ArticleFactory, "text_access"),
    *of_negative(ArticleFactory, "body_start", "body_end"),
    Breach(
        "archive_article_body_lies_in_text",
        lambda: change(ArticleFactory(), body_start=10, body_end=10),
        "empty",
    ),
    Breach(
        "archive_article_body_lies_in_text",
        lambda: change(ArticleFactory(text="Abc 🕊", body_start=0, body_end=5), body_end=6),
        "beyond the end",
    ),
    Breach(
        "archive_article_sha256_key",
        lambda: change(ArticleFactory(), text=ArticleFactory().text),
        "captured twice",
    ),
    Breach(
        "archive_article_keeps_its_quotations",
        lambda: change(cited(), text=TEXT.replace("Freedonia", "Sylvania")),
        "text replaced",
    ),
    Breach(
        "archive_article_keeps_its_quotations",
        lambda: change(cited(), text=f"»{TEXT}"),
        "text shifted",
    ),
    Breach(
        "archive_article_keeps_its_quotations",
        lambda: change(cited(), body_start=BODY_START + 1),
        "body begins later",
    ),
    Breach(
        "archive_article_keeps_its_quotations",
        lambda: change(cited(), body_end=BODY_START + len(QUOTES[0]) - 1),
        "body ends earlier",
    ),
    Breach(
        "archive_article_keeps_its_quotations", moved_to_wrong_place, "one citation left behind"
    ),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    article = ArticleFactory(slug="gazette-1933-nobody-came")
    assert article.natural_key() == ("gazette-1933-nobody-came",)
    assert Article.objects.get_by_natural_key("gazette-1933-nobody-came") == article


@pytest.mark.parametrize("text", ["abc", "Zoë 🕊\r\n\u00a0e\u0301", "\ufeffbom\u2028 “quoted” "])
def test_sha256_is_that_of_the_bytes(text):
    article = ArticleFactory(text=text, body_start=0, body_end=len(text))
    article.refresh_from_db()
    assert article.text == text
    assert article.sha256 == hashlib.sha256(text.encode()).hexdigest()

    Article.objects.update(text=f"{text}.")
    article.refresh_from_db()
    assert article.sha256 == hashlib.sha256(f"{text}.".encode()).hexdigest()


@pytest.mark.parametrize(
    ("published", "days"),
    [
        ("1933-05", DateRange(date(1933, 5, 1), date(1933, 6, 1))),
        ("[1933-05..]", DateRange(date(1933, 5, 1), None)),
        ("", None),
    ],
)
def test_published_possible_is_derived(published, days):
    article = ArticleFactory()
    Article.objects.update(published=published)
    article.refresh_from_db()
    assert article.published_possible == days


def test_body_is_cut_in_code_points():
    article = ArticleFactory(text="🕊🕊 body e\u0301 🕊 end", body_start=3, body_end=11)
    assert Article.objects.with_body().get().body == article.text[3:11] == "body e\u0301 "


def test_text_without_citations_may_change(at_commit):
    article = ArticleFactory()
    Article.objects.update(text=f"»{TEXT}", body_start=0, body_end=5)
    at_commit()
    article.refresh_from_db()
    assert article.text == f"»{TEXT}"


def test_text_outside_the_quotations_may_change(at_commit):
    article = cited()
    Article.objects.update(text=TEXT.replace("Nobody", "No one"), body_end=BODY_END)
    at_commit()
    article.refresh_from_db()
    assert "No one came" in article.text


@pytest.mark.parametrize("shift", ["", "Home\r\n", "🕊e\u0301\u00a0"])
def test_citations_can_be_anchored_again_in_the_same_transaction(at_commit, shift):
    """The article first, then its citations, each where its words stand now."""
    article = ArticleFactory()
    citations = [CitationFactory(article=article, quote=quote) for quote in QUOTES]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE archive_article SET text = %s || text, body_start = body_start + %s, "
            "body_end = body_end + %s",
            [shift, len(shift), len(shift)],
        )
        cursor.execute("UPDATE archive_citation SET start = start + %s", [len(shift)])
    at_commit()
    article.refresh_from_db()
    for citation in citations:
        citation.refresh_from_db()
        assert article.text[citation.start : citation.end] == citation.quote


def test_refusal_names_article_passage_and_remedy(at_commit):
    article = cited()
    CitationFactory(article=article, quote=QUOTES[3])
    at_commit()
    with refused("archive_article_keeps_its_quotations") as refusal:
        Article.objects.update(text=TEXT.upper())
        at_commit()
    assert f"Article “{article.slug}” cannot change so: 2 cited passage(s)" in refusal.message
    assert f"the first being “{QUOTES[0]}”" in refusal.message
    assert refusal.hint == (
        "Move these citations to where their words stand now, in the same transaction."
    )


@pytest.mark.django_db(transaction=True)
def test_commit_refuses_a_text_that_lost_its_quotations():
    article = cited()
    with refused("archive_article_keeps_its_quotations"):
        Article.objects.filter(pk=article.pk).update(text=TEXT.upper())
    article.refresh_from_db()
    assert QUOTES[0] in article.text
