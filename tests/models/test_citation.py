import hashlib
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from archive.models import Article, Citation
from archive.models.citation import CITABLE
from tests import factories
from tests.factories import (
    BODY_END,
    QUOTES,
    TEXT,
    ArticleFactory,
    CitationFactory,
    EventFactory,
    RequestFactory,
    publish,
)
from tests.models.breaches import (
    Breach,
    add,
    change,
    each,
    each_loadable,
    of_status,
    of_vocabulary,
    refused,
)

pytestmark = pytest.mark.django_db

FACTORIES = {
    target: getattr(factories, f"{Citation._meta.get_field(target).related_model.__name__}Factory")
    for target in CITABLE
}

VERBATIM = "archive_citation_quote_is_verbatim"
IN_BODY = "archive_citation_quote_is_in_body"
UNIQUE = "archive_citation_quote_is_unique"
THREE_WORDS = "archive_citation_quote_has_three_words"
FIELD = "archive_citation_field_is_a_field_of_the_target"
TARGET = "archive_citation_has_one_target"


def article_of(body, before="", after=""):
    return ArticleFactory(
        text=f"{before}{body}{after}", body_start=len(before), body_end=len(before) + len(body)
    )


def quoting(quote, start=None, text=None):
    """A new citation of these words."""
    article = article_of(text) if text else ArticleFactory()
    return add(Citation(article=article, event=EventFactory(), quote=quote, start=start))


def cited_twice():
    first = CitationFactory(field="date")
    second = CitationFactory(article=first.article, event=first.event, field="kind")
    return change(second, field="date")


def same_uuid():
    return change(CitationFactory(), uuid=CitationFactory().uuid)


# The words of the first quotation, said again; those of a song, overlapping.
REPEATED = f"Freedonia asked the League. {QUOTES[0]} once more."
SONG = "They sang: la la la la."

BREACHES = [
    *of_status(CitationFactory),
    *of_vocabulary(CitationFactory, "stance"),
    Breach("archive_citation_uuid_key", same_uuid),
    Breach("archive_citation_passage_is_cited_once_for_a_record", cited_twice),
    # The words are the article's, letter by letter, where the citation says.
    Breach(VERBATIM, lambda: quoting("Freedonia begged the League"), "not found"),
    Breach(VERBATIM, lambda: quoting("freedonia asked the League"), "small letter"),
    Breach(VERBATIM, lambda: quoting('"Nobody came", said the minister'), "straight quotes"),
    Breach(VERBATIM, lambda: quoting("Freedonia asked  the League"), "two blanks"),
    Breach(VERBATIM, lambda: quoting("asked\u00a0the League"), "other blank"),
    Breach(VERBATIM, lambda: quoting("asked the caf\u00e9", text="asked the cafe\u0301."), "NFC"),
    Breach(VERBATIM, lambda: quoting("one\ntwo three", text="one\r\ntwo three"), "line break"),
    Breach(VERBATIM, lambda: quoting(QUOTES[0], 5), "one before"),
    Breach(VERBATIM, lambda: quoting(QUOTES[0], 7), "one after"),
    Breach(VERBATIM, lambda: quoting(QUOTES[0], -1), "negative start"),
    Breach(VERBATIM, lambda: quoting(QUOTES[0], len(TEXT) + 9), "start beyond the text"),
    Breach(VERBATIM, lambda: quoting(QUOTES[0], 2**31 - 1), "largest start"),
    Breach(VERBATIM, lambda: change(CitationFactory(), quote=QUOTES[3]), "quote changed alone"),
    Breach(VERBATIM, lambda: change(CitationFactory(), start=7), "start changed alone"),
    Breach(
        VERBATIM,
        lambda: change(CitationFactory(), article=article_of("Another text altogether.")),
        "another article",
    ),
    Breach(VERBATIM, lambda: quoting("the evening.\n\nComments (1)"), "outside, to be found"),
    Breach(
        IN_BODY,
        lambda: quoting("the evening.\n\nComments (1)", BODY_END - len("the evening.")),
        "beyond its end",
    ),
    Breach(IN_BODY, lambda: quoting("Menu\n\nFreedonia asked", 0), "before its beginning"),
    Breach(UNIQUE, lambda: quoting(QUOTES[0], text=REPEATED), "twice"),
    Breach(UNIQUE, lambda: quoting("la la la", text=SONG), "overlapping"),
    Breach(
        UNIQUE,
        lambda: change(
            CitationFactory(article=article_of(REPEATED), start=0), quote=QUOTES[0], start=None
        ),
        "start taken away",
    ),
    Breach(THREE_WORDS, lambda: quoting("Freedonia asked"), "two"),
    Breach(THREE_WORDS, lambda: quoting("Freedonia", 6), "one"),
    Breach(THREE_WORDS, lambda: quoting("", 6), "none"),
    Breach(THREE_WORDS, lambda: quoting(" asked the League"), "blank before"),
    Breach(THREE_WORDS, lambda: quoting("asked the League "), "blank after"),
    Breach(THREE_WORDS, lambda: quoting("asked the "), "two and a blank"),
    # One target, and a field of it.
    Breach(TARGET, lambda: add(CitationFactory(), event=None), "none"),
    *(
        Breach(
            TARGET,
            lambda make=make, target=target: change(CitationFactory(), **{target: make()}),
            f"event and {target}",
        )
        for target, make in FACTORIES.items()
        if target != "event"
    ),
    *(
        Breach(
            FIELD,
            lambda make=make, target=target, field=field: change(
                CitationFactory(**{target: make()}), field=field
            ),
            f"{field!r} of {target}",
        )
        for target, make in FACTORIES.items()
        for field in ("slug", "status", "choice" if target == "event" else "place")
    ),
    Breach(
        FIELD,
        lambda: change(CitationFactory(field="place"), event=None, request=RequestFactory()),
        "of the old target",
    ),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    key = uuid.uuid4()
    citation = CitationFactory(uuid=key)
    assert citation.natural_key() == (str(key),)
    assert Citation.objects.get_by_natural_key(str(key)) == citation


def test_the_database_gives_a_uuid_where_none_is_written():
    citation = CitationFactory()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO archive_citation (article_id, quote, field, stance, asserted, note, "
            "event_id) VALUES (%s, %s, '', 'supports', '', '', %s) RETURNING uuid, start",
            [citation.article_id, QUOTES[3], citation.event_id],
        )
        given, start = cursor.fetchone()
    assert given not in {None, citation.uuid}
    assert start == TEXT.index(QUOTES[3])


@pytest.mark.parametrize("quote", QUOTES)
def test_a_quote_without_a_start_is_found(quote):
    citation = CitationFactory(quote=quote, start=None)
    assert (citation.start, citation.end) == (TEXT.index(quote), TEXT.index(quote) + len(quote))


@pytest.mark.parametrize(
    ("before", "body", "quote"),
    [
        ("🕊🕊 Menu ", "🕊 and e\u0301 🕊 came after all", "e\u0301 🕊 came"),
        ("", "👩‍👩‍👧 went home early", "👩‍👩‍👧 went home"),
        ("a\r\n", "one\r\ntwo\r\nthree four", "one\r\ntwo\r\nthree"),
        ("", "some 200\u00a0troops came home", "200\u00a0troops came"),
        ("", "Ὀδυσσεύς ῞Ομηρος\u2028ἔφη", "Ὀδυσσεύς ῞Ομηρος\u2028ἔφη"),
        ("x" * 500, "“Nobody came”, he said", "“Nobody came”, he"),
    ],
)
def test_offsets_count_code_points(before, body, quote):
    article = article_of(body, before, after=" end")
    citation = CitationFactory(article=article, quote=quote)
    assert citation.start == article.text.index(quote)
    assert article.text[citation.start : citation.end] == quote


def test_a_start_chooses_among_repeated_words():
    article = article_of(REPEATED)
    starts = [REPEATED.index(QUOTES[0]), REPEATED.rindex(QUOTES[0])]
    assert starts[0] != starts[1]
    for start in starts:
        assert CitationFactory(article=article, quote=QUOTES[0], start=start).start == start


def test_words_that_stand_again_outside_the_body_are_found():
    text = f"{QUOTES[0]}. Menu. "
    citation = CitationFactory(article=article_of(QUOTES[0], text, after=f". {QUOTES[0]}"))
    assert citation.start == len(text)


def test_a_quote_may_fill_the_body():
    body = "Nobody came, though."
    citation = CitationFactory(article=article_of(body, "Menu ", " end"), quote=body)
    assert (citation.start, citation.end) == (5, 5 + len(body))


def test_a_citation_of_no_article_is_refused():
    Citation.objects.filter(pk=CitationFactory().pk).update(article=0)
    with pytest.raises(IntegrityError, match="is not present in table"), transaction.atomic():
        connection.check_constraints()
    Citation.objects.all().delete()


@pytest.mark.parametrize("target", CITABLE)
def test_every_citable_field_of_a_target_is_accepted(target):
    record = FACTORIES[target]()
    article = ArticleFactory()
    for field in ("", *CITABLE[target]):
        CitationFactory(article=article, field=field, **{target: record})
    assert record.citations.count() == len(CITABLE[target]) + 1
    assert record.citations.first().target == record
    assert record.citations.first().target_type == target


@pytest.mark.parametrize("target", CITABLE)
def test_citable_fields_exist(target):
    names = {field.name for field in FACTORIES[target]._meta.model._meta.get_fields()}
    actors = {name.removesuffix("_state") for name in names if name.endswith("_state")}
    assert set(CITABLE[target]) <= names | actors


def test_one_passage_may_bear_on_several_records_and_fields():
    first = CitationFactory(field="date")
    for target in ({"event": first.event, "field": "place"}, {"event": EventFactory()}):
        assert CitationFactory(article=first.article, **target).pk


def test_public_citations_stand_in_public_articles_about_public_records():
    shown = publish(CitationFactory())
    CitationFactory(event=shown.event)
    CitationFactory(event=shown.event, status="published")
    CitationFactory(article=shown.article, status="published")
    assert list(Citation.objects.filter(event=shown.event).public()) == list(
        Citation.objects.public()
    )
    assert shown in Citation.objects.public()
    assert Citation.objects.public().count() == 2  # with the proof that `publish` made


@pytest.mark.parametrize(
    ("quote", "start", "text", "rule", "message", "hint"),
    [
        (
            "Nobody ever came",
            None,
            "Nobody came, though.",
            VERBATIM,
            "“Nobody ever came” does not stand in the body of article “a”.",
            "Copy the passage from the article letter by letter, curly quotes and dashes included.",
        ),
        (
            "came, though, today",
            7,
            "Nobody came, though.",
            VERBATIM,
            "“came, though, today” does not stand at 7 in article “a”.",
            "Copy the passage from the article, or leave the start empty to have it found.",
        ),
        (
            "la la la",
            None,
            SONG,
            UNIQUE,
            "“la la la” stands more than once in article “a”.",
            "Quote more words, or give the start of the passage meant; the first is at 11.",
        ),
    ],
)
def test_refusal_says_what_is_wrong_and_what_to_do(quote, start, text, rule, message, hint):
    article = article_of(text)
    Article.objects.update(slug="a")
    with refused(rule) as refusal:
        CitationFactory(article=article, quote=quote, start=start)
    assert refusal.message == message
    assert refusal.hint == hint


def test_refusal_outside_the_body_says_where_the_body_is():
    with refused(IN_BODY) as refusal:
        CitationFactory(quote="Menu\n\nFreedonia asked", start=0)
    assert f"({TEXT.index('Freedonia')} to {BODY_END})" in refusal.message
    assert refusal.hint == (
        "Quote the article proper; navigation, second printings and comments are no evidence."
    )


def test_a_long_quotation_is_stored():
    """An index row holds 2,700 bytes at most: the words themselves must not be in an index."""
    words = " ".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(200))
    article = ArticleFactory(text=words, body_start=0, body_end=len(words))
    assert CitationFactory(article=article, quote=words).end == len(words)
