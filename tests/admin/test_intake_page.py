"""Taking in a document, and replacing a capture: the pages, without a browser."""

import hashlib
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archive import models
from archive.admin import intake
from archive.choices import Status
from tests import factories
from tests.admin.forms import filled, page, shown, words
from tests.admin.query_counts import LIMIT
from tests.factories import BODY_START, QUOTES, TEXT, CitationFactory

pytestmark = pytest.mark.django_db

ADD = "admin:archive_article_add"
PROSE = (
    "Freedonia asked the League for help on 3 May 1933, after troops of Sylvania had crossed the "
    "river in the night and taken the customs house on the northern bank.\n"
    "The League never answered the call, said the minister of Freedonia in the evening; the "
    "secretary had gone home, and the telephone rang in an empty room until morning.\n"
)
HTML = (
    '<html lang="de"><head><title>Nobody came to help</title>'
    '<meta name="author" content="Rufus T. Firefly"><meta property="og:site_name" '
    'content="The Gazette"><meta property="article:published_time" content="1933-05-04"></head>'
    f"<body><article><h1>Nobody came to help</h1><p>{PROSE.replace(chr(10), '</p><p>')}"
    f"</p><p>{PROSE[:150]}</p></article></body></html>"
).encode()


def upload(content, name="capture.txt"):
    return SimpleUploadedFile(name, content if isinstance(content, bytes) else content.encode())


def refused(response):
    assert response.status_code == 200
    form = response.context["form"]
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


@pytest.fixture
def take_in(editor):
    """Both steps: gives the document, then sends the form as proposed, with `values` changed."""

    def send(document, **values):
        response = editor.post(reverse(ADD), document)
        assert "adminform" in response.context, refused(response)
        source = factories.SourceFactory().pk if "source" not in filled(response) else None
        data = filled(response) | ({"source": source} if source else {})
        return editor.post(reverse(ADD), data | {"slug": "gazette-1933", "title": "T"} | values)

    return send


# --- Adding an article -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Menu\r\n\r\n“Nobody came”, said the minister.\n\n\t \n",
        "\ufeffA byte order mark, and after it words.",
        "\n\n  Blanks around 🕊 and a family 👨‍👩‍👧 of emoji \u00a0\u2028 \n",
        "Lone\rold\r\nand \x85 line ends.",
    ],
)
def test_a_file_is_kept_byte_for_byte(take_in, text):
    assert take_in({"upload": upload(text)}).status_code == 302

    article = models.Article.objects.get()
    assert article.text == text
    assert article.sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert article.status == Status.DRAFT


def test_a_pasted_text_keeps_its_blanks_and_ends_its_lines_with_lf(take_in):
    pasted = "\r\nMenu \r\n\r\n“Nobody came”, said the minister. 🕊\r\n\t \r\n"
    assert take_in({"pasted": pasted}).status_code == 302

    assert models.Article.objects.get().text == pasted.replace("\r\n", "\n")


def test_a_page_proposes_the_form(editor):
    gazette = factories.SourceFactory(slug="gazette", name="The Gazette")
    response = editor.post(
        reverse(ADD), {"upload": upload(HTML, "page.html"), "url": "https://g.example/a"}
    )

    values = filled(response)
    assert values["title"] == "Nobody came to help"
    assert values["slug"] == "gazette-1933-nobody-came-to-help"
    assert values["authors"] == "Rufus T. Firefly"
    assert (values["published"], values["language"]) == ("1933-05-04", "de")
    assert (values["source"], values["url"]) == (str(gazette.pk), "https://g.example/a")
    assert hashlib.sha256(HTML).hexdigest() in values["note"]
    content = response.content.decode()
    assert "Taken from the page:" in content
    assert "Freedonia asked the League" in content

    assert editor.post(reverse(ADD), values).status_code == 302
    article = models.Article.objects.get()
    assert article.source == gazette
    assert article.text == intake.unpacked(values["capture"]).text
    assert "Extracted with trafilatura" in article.note


@pytest.mark.parametrize(
    ("homepage", "name", "found"),
    [
        ("https://www.gazette.example/", "G", True),
        ("", "gazette.example", True),
        ("https://other.example/", "The Gazette", False),
    ],
)
def test_the_outlet_is_recognised_by_address_or_name(editor, homepage, name, found):
    source = factories.SourceFactory(homepage=homepage, name=name)
    response = editor.post(
        reverse(ADD), {"pasted": PROSE, "url": "https://www.gazette.example/nobody-came-1933"}
    )

    assert filled(response).get("source") == (str(source.pk) if found else None)
    assert ("No outlet of the archive was recognised" in response.content.decode()) != found


def test_two_outlets_of_one_name_are_left_to_the_editor(editor):
    factories.SourceFactory.create_batch(2, homepage="https://gazette.example/")
    assert intake.source_for("", "https://gazette.example/a") is None


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, "choose a file, or paste its text"),
        ({"pasted": " \r\n "}, "choose a file, or paste its text"),
        ({"pasted": "Both.", "upload": "Both."}, "as a file or as text, not both"),
        ({"upload": "Zürich".encode("latin-1")}, "This document is not in UTF-8"),
        ({"upload": b""}, "it is empty"),
        ({"upload": b"%PDF-1.7"}, "This is a PDF, not text."),
        ({"pasted": "Kept.", "url": "no address"}, "Enter a valid URL."),
    ],
)
def test_a_document_is_refused_in_words(editor, document, expected):
    if "upload" in document:
        document["upload"] = upload(document["upload"])
    response = editor.post(reverse(ADD), document)

    assert expected in refused(response)
    assert expected in response.content.decode()
    assert response.context["form"]["pasted"].value() == document.get("pasted")


def test_the_same_bytes_are_refused_with_a_link_to_the_first(editor, take_in):
    twin = factories.ArticleFactory()
    link = f'<a href="{page(twin, "change")}">“{twin}”</a>'

    response = editor.post(reverse(ADD), {"upload": upload(twin.text)})
    assert "This capture is in the archive already" in refused(response)
    assert link in response.content.decode()

    # It was taken in by another while this form was open.
    response = editor.post(reverse(ADD), {"pasted": PROSE})
    data = filled(response) | {"source": twin.source_id, "slug": "mine", "title": "Typed"}
    twin = factories.ArticleFactory(text=intake.unpacked(data["capture"]).text, body_start=0)
    response = editor.post(reverse(ADD), data)
    assert "This capture is in the archive already" in words(response)
    assert f'<a href="{page(twin, "change")}">' in response.content.decode()
    assert filled(response)["title"] == "Typed"


def test_a_near_duplicate_is_pointed_out_with_its_first_publisher(editor):
    first = factories.SourceFactory(name="The First")
    held = factories.ArticleFactory(
        text=PROSE, body_start=0, body_end=len(PROSE), first_published_by=first
    )
    response = editor.post(reverse(ADD), {"pasted": f"{PROSE}A line of its own."})

    content = response.content.decode()
    assert re.search(r"\d\d % like", content)
    assert page(held, "change") in content
    assert f'data-first-published-by="{first.pk}"' in content


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"body_start": "9999"}, "The body begins before it ends"),
        ({"body_end": "9999"}, "ends within the text"),
        ({"published": "last May"}, "is not a date"),
        ({"title": ""}, "This field is required"),
        ({"capture": "forged"}, intake.DAMAGED),
    ],
)
def test_a_form_is_refused_in_words_and_keeps_what_was_typed(take_in, values, expected):
    response = take_in({"pasted": PROSE}, note="Typed.", **values)

    assert response.status_code == 200
    assert expected in words(response)
    assert filled(response)["note"] == "Typed."
    assert not models.Article.objects.exists()


def test_the_end_of_the_body_may_be_left_blank(take_in):
    assert take_in({"pasted": PROSE}, body_start="0", body_end="").status_code == 302

    article = models.Article.objects.get()
    assert (article.body_start, article.body_end) == (0, len(PROSE))


def test_the_capture_is_shown_with_its_furniture_dimmed(editor):
    response = editor.post(reverse(ADD), {"pasted": f"{PROSE}Comments (2)\nFirst!"})

    by_text = {line["text"]: line["inside"] for line in response.context["lines"]}
    assert by_text["First!"] is False
    assert by_text[PROSE.splitlines()[0]] is True


@pytest.mark.parametrize(
    ("role", "status"), [("editor", 200), ("reviewer", 200), ("superuser", 200)]
)
def test_who_may_take_in_a_document(role, status, request):
    client = request.getfixturevalue(role)
    assert client.get(reverse(ADD)).status_code == status
    assert client.post(reverse(ADD), {"pasted": PROSE}).status_code == status


def test_who_may_only_read_takes_in_nothing(editor):
    editor.user.groups.clear()
    for data in ({}, {"pasted": PROSE}, {"capture": "x"}):
        assert editor.post(reverse(ADD), data).status_code == 403


# --- Replacing a capture ---------------------------------------------------------------------


@pytest.fixture
def cited():
    """An article with three passages cited, and the records that they are about."""
    article = factories.ArticleFactory(text=TEXT, note="As it was.")
    for quote in (QUOTES[0], QUOTES[3], QUOTES[5]):
        CitationFactory(article=article, quote=quote)
    return article


def replacing(client, article, text, **values):
    """Both steps of a replacement; the form as shown, with `values` changed."""
    url = page(article, "replace")
    response = client.post(url, {"upload": upload(text)})
    assert "seen" in response.context, refused(response)
    data = shown(response.context["form"]) | {"seen": response.context["seen"], "_save": "x"}
    return response, lambda **more: client.post(url, data | values | more)


def starts(article):
    return list(article.citations.order_by("start").values_list("quote", "start"))


def test_passages_that_stand_exactly_move_by_themselves(editor, cited):
    new = TEXT.replace("Menu", "Menu and more\r\n")
    look, save = replacing(editor, cited, new)
    shift = len(new) - len(TEXT)
    before = starts(cited)

    content = look.content.decode()
    assert "3 of 3 citations move by themselves" in content
    assert not look.context["open"]
    cited.refresh_from_db()
    assert cited.text == TEXT  # nothing is saved before

    response = save(note="A better download.", retrieved_on="2024-05-31")
    assert response.status_code == 302
    cited.refresh_from_db()
    assert (cited.text, cited.note) == (new, "A better download.")
    assert cited.body_start == BODY_START + shift
    assert starts(cited) == [(quote, start + shift) for quote, start in before]


def test_words_that_changed_wait_for_a_person(editor, cited):
    new = TEXT.replace("The League never answered", "The League has never answered")
    look, save = replacing(editor, cited, new)
    citation = cited.citations.get(quote=QUOTES[3])
    (row,) = look.context["open"]
    assert [one["record"] for one in row["citations"]] == [citation]
    key = row["key"]
    assert "does not have these words" in row["reason"]

    response = save()
    assert "Choose a place, or give the words to quote instead." in response.content.decode()
    response = save(**{f"words-{key}": "no such words here"})
    assert "These words do not stand in the new body." in response.content.decode()
    assert "no such words here" in response.content.decode()
    cited.refresh_from_db()
    assert cited.text == TEXT

    assert save(**{f"words-{key}": "the league has never answered"}).status_code == 302
    citation.refresh_from_db()
    assert citation.quote == "The League has never answered"
    assert citation.start == new.index(citation.quote)


def test_a_passage_is_decided_once_for_all_that_it_is_cited_for(editor, cited):
    CitationFactory(article=cited, quote=QUOTES[3])
    new = TEXT.replace("The League never answered", "The League has never answered")
    look, save = replacing(editor, cited, new)
    (row,) = look.context["open"]
    assert len(row["citations"]) == 2

    assert save(**{f"words-{row['key']}": "The League has never"}).status_code == 302
    assert cited.citations.filter(quote="The League has never").count() == 2


def test_nothing_moves_to_a_look_alike_unless_a_person_says_so(editor, cited):
    new = TEXT.replace("The League never answered the call", "But The League never answered it")
    new = new.replace("on 3 May 1933.", "on 4 June 1933:")
    look, save = replacing(editor, cited, new)
    (row,) = look.context["open"]
    key, at = row["key"], new.index(QUOTES[3])
    assert [place["start"] for place in row["places"]] == [at]
    assert "perhaps another passage" in row["reason"]

    response = save(**{f"place-{key}": str(at + 1)})
    assert "Choose a place" in response.content.decode()
    assert save(**{f"place-{key}": str(at)}).status_code == 302
    assert cited.citations.get(start=at).quote == QUOTES[3]


def test_words_that_stand_twice_need_their_place(editor, cited):
    new = TEXT.replace(QUOTES[3], "No answer came. No answer came")
    look, save = replacing(editor, cited, new)
    key = look.context["open"][0]["key"]
    at = new.rindex("No answer came")

    response = save(**{f"words-{key}": "No answer came"})
    assert f"These words begin at {new.index('No answer came')}, {at}" in response.content.decode()
    done = save(**{f"words-{key}": "No answer came", f"begins-{key}": str(at)})
    assert done.status_code == 302
    assert cited.citations.get(start=at).quote == "No answer came"


def test_what_was_not_seen_is_not_saved(editor, cited):
    _, save = replacing(editor, cited, f"Head\n{TEXT}")

    # Other bounds than those shown; and a citation that came meanwhile.
    assert "not what you last saw" in save(body_start="0").content.decode()
    CitationFactory(article=cited, quote=QUOTES[4])
    response = save()
    assert "not what you last saw" in response.content.decode()
    assert len(response.context["plan"].settled) == 4
    assert save(seen=response.context["seen"]).status_code == 302


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"body_start": "900"}, "The body begins before it ends"),
        ({"body_end": "x"}, "Enter a whole number"),
        ({"body_end": "100000"}, "ends within the text"),
    ],
)
def test_bounds_are_refused_in_words(editor, cited, bounds, expected):
    _, save = replacing(editor, cited, f"Head\n{TEXT}")
    response = save(note="Typed.", **bounds)

    assert response.status_code == 200
    assert expected in response.content.decode()
    assert "Typed." in response.content.decode()


def test_captures_that_are_there_are_refused(editor, cited):
    other = factories.ArticleFactory()
    url = page(cited, "replace")

    response = editor.post(url, {"upload": upload(TEXT)})
    assert "has exactly this capture already" in refused(response)
    response = editor.post(url, {"upload": upload(other.text)})
    assert page(other, "change") in refused(response)
    assert editor.post(url, {"capture": "forged"}).url == url


def test_a_public_article_is_replaced_by_a_reviewer_with_a_reason(reviewer, cited):
    factories.publish(cited.citations.first())
    cited.refresh_from_db()
    assert cited.status == Status.PUBLISHED
    _, save = replacing(reviewer, cited, f"Head\n{TEXT}")

    response = save()
    assert "say in “Reason for the change” why" in response.content.decode()
    assert save(change_reason="The first download was cut.").status_code == 302
    cited.refresh_from_db()
    assert (cited.status, cited.text) == (Status.PUBLISHED, f"Head\n{TEXT}")
    for record in (cited, cited.citations.first()):
        version = record.versions.order_by("-pgh_id").first()
        assert version.pgh_context.metadata["reason"] == "The first download was cut."
        assert version.pgh_context.metadata["user"] == reviewer.user.pk


def test_a_capture_with_passages_in_review_is_for_reviewers(editor, reviewer, cited):
    cited.citations.filter(quote=QUOTES[0]).update(status=Status.IN_REVIEW)
    look, save = replacing(editor, cited, f"Head\n{TEXT}")
    assert "a reviewer must replace this capture" in look.content.decode()
    assert save().status_code == 200
    cited.refresh_from_db()
    assert cited.text == TEXT

    _, save = replacing(reviewer, cited, f"Head\n{TEXT}")
    assert save().status_code == 302


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", ["editor", "reviewer", "superuser"])
def test_who_may_replace_a_capture(role, status, request):
    client = request.getfixturevalue(role)
    reason = "Told twice." if status == Status.WITHDRAWN else ""
    article = factories.ArticleFactory(status=status, withdrawal_reason=reason)
    expected = 200 if role != "editor" or status == Status.DRAFT else 403

    url = page(article, "replace")
    assert client.get(url).status_code == expected
    assert client.post(url, {"pasted": PROSE}).status_code == expected
    offered = url in client.get(page(article, "change")).content.decode()
    assert offered == (expected == 200)


def test_strangers_and_lost_addresses(client, editor, cited):
    assert client.get(page(cited, "replace")).url.startswith("/admin/login/")
    assert editor.get("/admin/archive/article/0/replace/").status_code == 404


def test_the_note_keeps_one_sentence_on_the_file(editor, cited):
    old = f"Extracted with trafilatura 1.0 from “old.html”, a file with the SHA-256 {'0' * 64}."
    models.Article.objects.update(note=f"Reads well. {old}")
    response = editor.post(page(cited, "replace"), {"upload": upload(HTML, "new.html")})

    note = response.context["form"]["note"].value()
    assert note.startswith("Reads well. Extracted with trafilatura")
    assert "new.html" in note
    assert "old.html" not in note


# --- Queries ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 6])
def test_pages_ask_few_queries_however_much_there_is(editor, number):
    article = factories.ArticleFactory(text=TEXT)
    for quote in QUOTES[:number]:
        CitationFactory(article=article, quote=quote)
        factories.cite(factories.RequestFactory(), article=article, quote=quote)
        factories.ArticleFactory(text=f"{PROSE}{quote}", body_start=0, body_end=len(PROSE))
    asked = []
    for url, text in ((reverse(ADD), f"{PROSE}New"), (page(article, "replace"), f"Top\n{TEXT}")):
        editor.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert editor.post(url, {"pasted": text}).status_code == 200
        asked.append(len(captured))
    assert asked == [8, 9]
    assert max(asked) <= LIMIT
