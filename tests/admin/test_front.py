"""The front page of the desk: work first, then pictures, each as far as one may see."""

import re

import pghistory
import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.urls import reverse

from archive import models, publication
from archive.choices import RequestStanding, ResponseKind, SilenceBasis, Status
from tests import factories
from tests.admin import query_counts
from tests.admin.conftest import findings_of, width_of
from tests.admin.stage import stage
from tests.admin.test_queries import queries_of
from tests.admin.users import make_reviewer, make_user

PICTURES = ("matrix", "timeline", "coverage", "problems")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nothing_kept():
    cache.clear()


@pytest.fixture
def front(editor):
    return lambda client=editor: client.get(reverse("admin:index"))


def made_by(user, record):
    """The record after a change of its own by that user."""
    with pghistory.context(user=user.pk):
        record.save()
        type(record).objects.filter(pk=record.pk).update(**changed(record))
    record.refresh_from_db()
    return record


def changed(record):
    return {"summary": f"{record.summary} Again."}


def links(response):
    return set(re.findall(r'href="([^"]+)"', response.content.decode()))


def page(record):
    return reverse(f"admin:archive_{record._meta.model_name}_change", args=[record.pk])


# --- Work ----------------------------------------------------------------------------------


def words_of(drafts):
    return [draft["words"] for draft in drafts["shown"]]


def test_my_drafts_are_those_that_i_changed_last(front, editor, reviewer):
    by_import = factories.EventFactory(title="Imported")
    mine = made_by(editor.user, factories.EventFactory(title="Mine"))
    theirs = made_by(editor.user, factories.EventFactory(title="Theirs"))
    made_by(reviewer.user, theirs)
    made_by(editor.user, factories.EventFactory(title="Submitted", status=Status.IN_REVIEW))

    drafts = front().context["drafts"]

    assert words_of(drafts) == [str(mine)]
    assert words_of(front(reviewer).context["drafts"]) == [str(theirs)]
    assert by_import.title not in words_of(drafts)


def test_a_draft_stays_mine_when_sql_changed_it_since(front, editor):
    mine = made_by(editor.user, factories.EventFactory(title="Mine"))
    with connection.cursor() as cursor:  # as at the end of a request: a test is one transaction
        cursor.execute("SELECT set_config('pghistory.context_id', '', true)")
    models.Event.objects.filter(pk=mine.pk).update(place="Freedonia")
    assert mine.versions.order_by("pgh_id").last().pgh_context is None

    assert words_of(front().context["drafts"]) == [str(mine)]


def test_many_drafts_are_cut_and_passages_are_counted(front, editor):
    for _ in range(10):
        made_by(editor.user, factories.EventFactory())
    with pghistory.context(user=editor.user.pk):
        factories.CitationFactory(event=models.Event.objects.first())

    response = front()

    assert len(response.context["drafts"]["shown"]) == 8
    assert response.context["drafts"]["more"]
    assert response.context["draft_passages"]["number"] == 1
    assert "?status__exact=draft" in response.content.decode()


def test_what_was_sent_back_to_me_says_what_is_to_be_done(front, editor, reviewer):
    event = made_by(editor.user, factories.EventFactory(title="Mine"))
    publication.submit(event, editor.user)
    publication.return_to_draft(event, reviewer.user, "Give the day.")

    response = front()
    content = response.content.decode()

    [(row, note)] = response.context["returned"]
    assert (row["words"], note.text) == (str(event), "Give the day.")
    assert content.count("Give the day.") == 1
    assert front(reviewer).context["returned"] == []

    publication.submit(event, editor.user)
    assert front().context["returned"] == []


def test_the_queue_counts_and_names_the_oldest(front, editor, reviewer):
    for title in ("First", "Second"):
        publication.submit(made_by(editor.user, factories.EventFactory(title=title)), editor.user)

    queue = front(reviewer).context["queue"]
    assert (queue["number"], queue["kinds"]) == (2, [("events", 2)])
    first = models.Event.objects.waiting().get(title="First")
    assert queue["oldest"] == first.handed_in_at
    assert reverse("admin:review") in links(front(reviewer))


def test_problems_are_counted_anew_when_something_changes(front):
    assert front().context["problems"].errors == 0

    factories.ArticleFactory(published="", note="")

    assert front().context["problems"].errors == 1
    assert reverse("admin:problems") in links(front())


# --- Pictures ------------------------------------------------------------------------------


def test_an_empty_archive_has_no_pictures(front):
    content = front().content.decode()
    for words in ("No request is coded", "No event is coded", "No article is taken in"):
        assert words in content
    assert 'role="group"' not in content


def cells_of(response):
    return {
        row.name.link.words: [(mark.link.kind, mark.link.url, mark.label) for mark in row.cells]
        for row in response.context["matrix"]["picture"].rows
    }


def test_the_matrix_tells_silence_from_a_gap_and_from_no_call(front):
    silent, gap = factories.RequestFactory(), factories.RequestFactory()
    not_made = factories.RequestFactory(standing=RequestStanding.NOT_MADE)
    silence = factories.ResponseFactory(
        request=silent, kind=ResponseKind.SILENCE, basis=SilenceBasis.REPORTED
    )

    response = front()
    cells = cells_of(response)

    by_request = {
        request: cells[next(name for name in cells if name.startswith(str(request.requester)))]
        for request in (silent, gap, not_made)
    }
    assert by_request[silent] == [("silence unpublished", page(silence), "")]
    assert by_request[gap] == [("gap unpublished", page(gap), "")]
    assert by_request[not_made] == []
    assert {page(silence), page(silent), page(gap)} <= links(response)


def test_several_answers_of_a_kind_lead_to_their_list(front):
    request = factories.RequestFactory()
    first, _ = (factories.ResponseFactory(request=request) for _ in range(2))
    factories.ResponseFactory(request=request, part_of=first)  # a share counts with its whole
    factories.ResponseFactory(request=request, status=Status.WITHDRAWN, withdrawal_reason="Twice.")

    response = front()

    [[(_, url, label)]] = cells_of(response).values()
    assert label == "2"
    listed = response.client.get(url).context["cl"].result_list
    assert {one.request_id for one in listed} == {request.pk}


def test_what_is_public_is_drawn_whole(front):
    request = factories.publish(factories.RequestFactory())
    assert [marks[0][0] for marks in cells_of(front()).values()] == ["gap"]
    assert page(request) in links(front())


def test_the_timeline_holds_events_with_their_requests(front):
    event = factories.EventFactory(title="The crisis", date="1933-05")
    request = factories.RequestFactory(event=event)
    undated = factories.EventFactory(title="Some day", date="")
    factories.EventFactory(status=Status.WITHDRAWN, withdrawal_reason="Told twice.")

    timeline = front().context["timeline"]

    assert [bar.link.url for bar in timeline["picture"].events] == [page(event)]
    assert [mark.link.url for mark in timeline["picture"].requests] == [page(request)]
    assert timeline["undated"] == 1
    assert [link.url for link, _ in timeline["table"]] == [page(event), page(undated)]


def test_coverage_leads_to_the_reading_desk(front):
    whole = factories.ArticleFactory()
    factories.CitationFactory(article=whole)
    bare = factories.ArticleFactory()

    coverage = front().context["coverage"]

    assert [(url, part) for (_, url, _), part, _ in coverage["table"]] == [
        (reverse("admin:archive_article_read", args=[bare.pk]), 0),
        (reverse("admin:archive_article_read", args=[whole.pk]), 1),
    ]


def test_each_mark_is_a_link_and_the_table_says_the_same(front):
    stage(2)
    content = front().content.decode()
    tables = content.count("<details>")

    assert tables == 3
    for svg in re.findall(r'<svg[^>]* role="group".*?</svg>', content, re.DOTALL):
        assert "<desc" in svg
        marks = re.findall(r'<a href="([^"]+)" class="[^"]*" aria-label="[^"]+"><title>', svg)
        assert marks
        assert len(marks) == svg.count("<a ")
        rest = content.replace(svg, "")
        assert {url for url in marks if "?" not in url} <= set(re.findall(r'href="([^"]+)"', rest))


# --- Who sees what -------------------------------------------------------------------------


def test_a_researcher_sees_the_pictures_and_the_problems(front, researcher):
    stage(1)
    context = front(researcher).context
    assert all(context[name] for name in PICTURES)
    assert context["queue"]["number"] == 0


def test_who_may_see_nothing_sees_nothing(client, front):
    stage(1)
    client.force_login(make_user("Stranger"))
    response = front(client)
    assert not any(name in response.context for name in PICTURES)
    assert "/admin/archive/" not in "".join(links(response))


def test_who_may_see_events_only_sees_no_request(client, front):
    stage(1)
    user = make_user("Eve")
    user.user_permissions.add(Permission.objects.get(codename="view_event"))
    client.force_login(user)
    assert not any(name in front(client).context for name in PICTURES)


# --- Cost and access -----------------------------------------------------------------------


@pytest.mark.parametrize("number", [3, 12])
def test_queries_do_not_grow_with_rows(reviewer, number):
    stage(number)
    sql = queries_of(reviewer, reverse("admin:index"))
    assert len(sql) == query_counts.FRONT, "\n".join(sql)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing_serious_and_nothing_is_too_wide(open_as):
    stage(2)
    browser = open_as(make_reviewer(), reverse("admin:index"))
    for summary in browser.locator(".front summary").all():
        summary.click()
    assert findings_of(browser) == []
    assert width_of(browser) <= 1280
