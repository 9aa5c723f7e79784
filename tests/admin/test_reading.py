"""The reading desk on the server: the page, marking, the body's bounds, finding a record."""

import html
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archive import audit, models
from archive.choices import Stance, Status
from tests import factories
from tests.admin.reading import at, errors_of, with_permissions
from tests.factories import BODY_END, BODY_START, QUOTES, TEXT

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return factories.ArticleFactory()


# --- The page ------------------------------------------------------------------------------


def test_the_page_has_the_text_to_the_letter(editor):
    text = (
        "Menu\n\n<b>&amp;\u00a0e\u0301  “two  blanks” 👩‍👩‍👧 \u202fend.\r\nSecond\tline\r\nComments"
    )
    article = factories.ArticleFactory(text=text, body_start=6, body_end=text.index("Comments"))

    content = editor.get(at(article)).content.decode()

    lines = re.findall(r'<p (?:id="[^"]*" )?data-start="(\d+)"[^>]*>(.*?)</p>', content)
    assert [html.unescape(line) for _, line in lines] == [
        "Menu",
        text[6 : text.index("\r\n")],
        "Second\tline",
        "Comments",
    ]
    for start, line in lines:
        words = html.unescape(line)
        assert text[int(start) : int(start) + len(words)] == words


def test_cited_passages_are_marked_and_listed_in_text_order(editor, article):
    second = factories.CitationFactory(article=article, quote=QUOTES[3], stance=Stance.DISPUTES)
    first = factories.CitationFactory(article=article, quote=QUOTES[0], field="date")
    gone = factories.CitationFactory(
        article=article, quote=QUOTES[6], status=Status.WITHDRAWN, withdrawal_reason="Wrong."
    )

    content = editor.get(at(article)).content.decode()

    assert re.findall(r'data-citations="(\d+) "', content) == [str(first.pk), str(second.pk)]
    assert f'aria-describedby="name-{first.pk} "' in content
    margin = content[content.index("Citations in text order") :]
    assert margin.index(f'id="citation-{first.pk}"') < margin.index(f'id="citation-{second.pk}"')
    assert f"/admin/archive/event/{first.event_id}/change/" in margin
    assert "(date)" in margin
    assert str(gone.event) not in margin


def test_the_coverage_is_that_of_the_audit(editor, article):
    factories.CitationFactory(article=article)
    ((_, cited, uncited),) = audit.coverage()

    content = editor.get(at(article)).content.decode()

    assert (len(cited), len(uncited)) == (1, 1)
    assert "1 of 2 paragraphs cited (50 %)" in content
    assert re.search(rf'data-start="{uncited[0].start}" class="uncited"', content)
    assert content.count("no passage cited") == 1


def test_nothing_inline_and_a_strict_policy(editor, article):
    factories.CitationFactory(article=article)

    response = editor.get(at(article))

    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    content = response.content.decode()
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", content)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', content)


def test_the_form_and_the_list_lead_there(editor, article):
    for page in ("changelist", "change"):
        args = [article.pk] if page == "change" else []
        content = editor.get(reverse(f"admin:archive_article_{page}", args=args)).content.decode()
        assert f'href="{at(article)}"' in content
    assert at(article) not in editor.get(reverse("admin:archive_article_add")).content.decode()


def test_as_many_queries_for_many_citations_as_for_few(editor):
    counts = []
    for number in (2, 7):
        article = factories.ArticleFactory()
        for quote in QUOTES[:number]:
            factories.CitationFactory(article=article, quote=quote)
            part = factories.ParticipationFactory()
            factories.CitationFactory(article=article, quote=quote, participation=part)
            response = factories.ResponseFactory()
            factories.CitationFactory(article=article, quote=quote, response=response)
        editor.get(at(article))
        with CaptureQueriesContext(connection) as captured:
            editor.get(at(article))
        counts.append(len(captured))
    assert counts == [6, 6]


# --- Who may -------------------------------------------------------------------------------


def test_reading_takes_the_permission_to_view(client, article):
    assert client.get(at(article)).status_code == 302
    assert with_permissions("Nobody").get(at(article)).status_code == 403
    reader = with_permissions("Reader", "view_article")
    page = reader.get(at(article))
    assert page.status_code == 200
    assert 'id="panel"' not in page.content.decode()
    assert "Mark by keyboard" not in page.content.decode()


def test_writing_is_not_by_get(editor, article):
    for name in ("_cite", "_undo", "_bounds"):
        assert editor.get(at(article, name)).status_code == 405
    assert editor.get(reverse("admin:archive_article_read", args=[0])).status_code == 404


# --- Marking -------------------------------------------------------------------------------


def passage(client, article, **query):
    return client.get(at(article, "_passage"), query)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (TEXT.index("said"), TEXT.index("🕊") + 1, "said the minister 🕊"),
        (TEXT.index("🕊"), TEXT.index("of Free") + 2, "🕊 of"),
        (TEXT.index(" The League"), TEXT.index("never") + 6, "The League never"),
        (TEXT.index("call"), TEXT.index("Nobody") + 6, "call.\n\n“Nobody"),
        (0, BODY_START + 9, "Freedonia"),
        (TEXT.index("evening"), len(TEXT) + 99, "evening."),
    ],
)
def test_a_selection_is_trimmed_and_stays_in_the_body(editor, article, start, end, expected):
    answer = passage(editor, article, start=start, end=end).json()

    assert answer["quote"] == expected
    assert article.text[answer["start"] : answer["end"]] == expected


def test_a_letter_and_its_accent_are_one(editor):
    text = "Cafe\u0301 owners asked"
    article = factories.ArticleFactory(text=text, body_start=0, body_end=len(text))

    answer = passage(editor, article, start=0, end=4).json()

    assert answer["quote"] == "Cafe\u0301"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"start": 0, "end": 4}, "what is greyed is no evidence"),
        ({"start": 50, "end": 20}, "Select words"),
        ({"start": "", "end": ""}, "Select the passage"),
        ({"start": "-1", "end": "٣"}, "Select the passage"),
        ({"start": "9" * 20, "end": "5"}, "Select the passage"),
        ({}, "Select the passage"),
        ({"start": 9, "end": 30, "sha256": "0"}, "The capture was replaced"),
        ({"words": "nowhere at all"}, "These words do not stand in the article."),
    ],
)
def test_what_is_no_passage_is_refused_in_words(editor, article, query, expected):
    assert expected in errors_of(passage(editor, article, **query))


def test_words_find_their_passage_or_several_to_choose_from(editor, article):
    one = passage(editor, article, words='"nobody CAME", said').json()
    assert one["quote"] == "“Nobody came”, said"

    several = passage(editor, article, words="freedonia").json()["places"]
    assert [place["quote"] for place in several] == ["Freedonia", "Freedonia"]
    assert several[1]["before"].endswith("🕊 of ")
    assert several[0]["before"] == ""


def test_a_passage_suggests_what_it_names_and_what_is_near(editor, article):
    state = factories.StateFactory(name="Freedonia")
    league = factories.OrganizationFactory(name="League")
    near = factories.RequestFactory()
    factories.CitationFactory(article=article, quote=QUOTES[4], request=near)
    factories.CitationFactory(article=article, quote=QUOTES[6])
    start = article.text.index(QUOTES[0])
    end = article.text.index(". The League never")

    told = passage(editor, article, start=start, end=end).json()["suggestions"]

    assert told["request"]["requester"] == {
        "id": str(state.pk),
        "text": f"Freedonia ({state.code})",
    }
    assert told["request"]["addressee"]["id"] == f"organization:{league.pk}"
    assert told["request"]["event"]["id"] == str(near.event_id)
    assert told["response"]["request"]["id"] == str(near.pk)
    assert told["event"]["date"] == "1933-05-03"
    assert told["membership"]["period"] == "1933-05-03/"
    assert "roll_call" not in told["vote"]


# --- The bounds of the body ----------------------------------------------------------------


def move(client, article, start, end, **more):
    return client.post(at(article, "_bounds"), {"body_start": start, "body_end": end, **more})


def test_bounds_move(editor, article):
    answer = move(editor, article, 0, BODY_END)

    article.refresh_from_db()
    assert (article.body_start, article.body_end) == (0, BODY_END)
    assert "now runs from 0" in answer.json()["message"]
    assert "Before the article" not in answer.json()["marks"]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (TEXT.index("asked"), BODY_END, "1 cited passage(s) would no longer stand"),
        (BODY_END, BODY_START, "The body begins before it ends"),
        (0, 10_000, "ends within the text"),
        ("", BODY_END, "as whole numbers"),
        ("1.5", "x", "as whole numbers"),
    ],
)
def test_bounds_that_cannot_be_are_refused_in_words(editor, article, start, end, expected):
    factories.CitationFactory(article=article)

    assert expected in errors_of(move(editor, article, start, end))

    article.refresh_from_db()
    assert (article.body_start, article.body_end) == (BODY_START, BODY_END)


def test_bounds_of_a_public_article_take_a_reviewer_and_a_reason(editor, reviewer):
    article = factories.ArticleFactory(status=Status.PUBLISHED)

    assert errors_of(move(editor, article, 0, BODY_END), 403) == "You may not do this."
    assert 'id="bounds"' not in editor.get(at(article)).content.decode()
    assert "say in “Reason" in errors_of(move(reviewer, article, 0, BODY_END))
    assert move(reviewer, article, 0, BODY_END, change_reason="Standfirst.").status_code == 200
    version = article.versions.order_by("-pgh_id").first()
    assert version.pgh_context.metadata["reason"] == "Standfirst."


# --- Finding a record ----------------------------------------------------------------------


def test_recent_records_come_first(editor, article):
    factories.EventFactory(title="Old crisis")
    edited, cited = factories.EventFactory(title="Old crisis"), factories.RequestFactory()
    models.Event.objects.filter(pk=edited.pk).update(place="At the lake")
    factories.CitationFactory(article=article, request=cited)
    url = reverse("admin:archive_article_read_records")

    ids = [one["id"] for one in editor.get(url).json()["results"]]
    assert ids[:2] == [f"request:{cited.pk}", f"event:{edited.pk}"]

    found = editor.get(url, {"term": "old cri"}).json()["results"]
    assert [one["text"] for one in found] == ["Event: Old crisis (May 1933)"] * 2
    assert found[0]["id"] == f"event:{edited.pk}"


def test_finding_has_pages_and_takes_permission(editor, client):
    factories.EventFactory.create_batch(12)
    url = reverse("admin:archive_article_read_records")

    first, second = editor.get(url).json(), editor.get(url, {"page": "2"}).json()

    assert (len(first["results"]), first["pagination"]["more"]) == (10, True)
    assert (len(second["results"]), second["pagination"]["more"]) == (2, False)
    for nonsense in ({"page": "9" * 20}, {"page": "²"}, {"term": "\0"}):
        assert editor.get(url, nonsense).status_code == 200
    assert client.get(url).status_code == 302
    assert with_permissions("Reader", "view_article").get(url).status_code == 403
