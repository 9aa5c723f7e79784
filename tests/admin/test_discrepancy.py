"""Discrepancies and imports on the desk: listed, shown side by side, settled."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archive import models
from tests.admin.conftest import findings_of
from tests.admin.forms import page
from tests.admin.users import make_reviewer
from tests.factories import (
    DiscrepancyFactory,
    ImportFactory,
    MembershipFactory,
    RollCallFactory,
    VoteFactory,
    publish,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/archive/discrepancy/"
WHY = "The Official Journal, page 3."
HELD = {"settlement": "held", "reason": WHY}
QUERIES = {"list": 8, "page": 12}


def differing(**kwargs):
    vote = publish(VoteFactory(state__name="Freedonia", choice="no", **kwargs))
    return DiscrepancyFactory(vote=vote, line=7, field="choice", held="no", imported="yes")


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_is_filtered_and_searched(researcher):
    one = differing()
    other = DiscrepancyFactory(roll_call=RollCallFactory(slug="unga-1"))
    settled = DiscrepancyFactory(settled_at="2026-01-31T00:00Z", settled_by="R", **HELD)
    for query, found in (
        ("", {one, other, settled}),
        ("?state=open", {one, other}),
        ("?state=held", {settled}),
        ("?kind=vote", {one}),
        ("?field=choice", {one}),
        (f"?source_import__id__exact={other.source_import_id}", {other}),
        (f"?vote__roll_call__id__exact={one.vote.roll_call_id}", {one}),
        ("?q=unga-1", {other}),
        ("?q=journal", {settled}),
    ):
        assert set(researcher.get(f"{LIST}{query}").context["cl"].result_list) == found, query


@pytest.mark.parametrize("who", ["editor", "researcher"])
def test_others_than_reviewers_look_and_settle_nothing(who, request):
    client, discrepancy = request.getfixturevalue(who), differing()
    shown = text(client.get(page(discrepancy, "change")))
    assert "A reviewer settles it." in shown
    assert 'name="settlement"' not in shown
    assert client.post(page(discrepancy, "change"), HELD).status_code == 403
    client.post(LIST, {"action": "settle_chosen", "_selected_action": discrepancy.pk, **HELD})
    assert models.Discrepancy.objects.open().get() == discrepancy
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(page(discrepancy, "delete"), {"post": "yes"}).status_code == 403


def test_a_reviewer_settles_for_the_import_and_opens_it_again(reviewer):
    discrepancy = differing()
    address = page(discrepancy, "change")
    shown = text(reviewer.get(address))
    assert page(discrepancy.vote, "change") in shown
    assert page(discrepancy.source_import, "change") in shown
    assert discrepancy.vote.citations.get().quote in shown

    refused = text(reviewer.post(address, {"settlement": "imported", "reason": " "}))
    assert "Give the reason" in refused
    assert "checked" in refused  # what was chosen is not lost

    told = text(reviewer.post(address, {"settlement": "imported", "reason": WHY}, follow=True))
    assert "Read its passages again" in told
    assert "Settled by Ruth" in told
    vote = models.Vote.objects.get()
    assert (vote.choice, vote.import_line) == ("yes", 7)
    assert WHY in text(reviewer.get(page(vote, "history")))

    told = text(reviewer.post(address, {"_reopen": "", "reason": "Read again."}, follow=True))
    assert "It is open again" in told
    assert told.count("Reason:</strong>") == 2
    assert reviewer.get(f"{LIST}999999/change/").status_code == 404


def test_several_alike_are_settled_with_one_reason(reviewer):
    one, other = differing(), DiscrepancyFactory()
    changed = differing()
    models.Vote.objects.filter(pk=changed.vote_id).update(choice="yes")
    chosen = {"action": "settle_chosen", "_selected_action": [one.pk, other.pk, changed.pk]}
    assert "Which of the two stands" in text(reviewer.post(LIST, chosen))
    assert "Say which stands, and why" in text(reviewer.post(LIST, {**chosen, "reason": ""}))
    report = text(reviewer.post(LIST, {**chosen, **HELD}))
    assert "2 of 3 settled" in report
    assert "restore an earlier version" in report
    assert models.Discrepancy.objects.open().get() == changed


def test_the_form_of_a_record_says_what_an_import_says_otherwise(editor):
    discrepancy = differing()
    roll_call = discrepancy.vote.roll_call
    for record in (discrepancy.vote, roll_call):
        shown = text(editor.get(page(record, "change")))
        assert f'href="{page(discrepancy, "change")}"' in shown
    assert "Contested" not in text(editor.get(page(RollCallFactory(), "change")))
    for _ in range(5):
        DiscrepancyFactory(roll_call=roll_call)
    more = f"{LIST}?state=open&amp;vote__roll_call__id__exact={roll_call.pk}"
    assert more in text(editor.get(page(roll_call, "change")))


def test_the_front_page_and_the_problems_lead_there(reviewer):
    assert "open discrepanc" not in text(reviewer.get(reverse("admin:index")))
    discrepancy = differing()
    assert f'href="{LIST}?state=open"' in text(reviewer.get(reverse("admin:index")))
    assert page(discrepancy, "change") in text(reviewer.get(reverse("admin:problems")))


def test_imports_are_there_to_look_at(researcher):
    report = {"votes": {"made": 1200, "confirmed": 2}, "notes": ["a byte-order mark"], "left": {}}
    taken = ImportFactory(report=report)
    vote = VoteFactory(imported=taken, import_line=3)
    taken.imported_rows.create(line=2, made=True, roll_call=vote.roll_call)
    DiscrepancyFactory(source_import=taken)
    undone = ImportFactory(undone_at="2026-01-31T00:00Z", undone_by="Edith")
    listed = "/admin/archive/import/"
    assert set(researcher.get(listed).context["cl"].result_list) == {taken, undone}
    assert list(researcher.get(f"{listed}?state=undone").context["cl"].result_list) == [undone]
    shown = text(researcher.get(page(taken, "change")))
    for words in (
        "Votes: 1,200 made, 2 confirmed.",
        "Notes: a byte-order mark.",
        "1 vote rests on it; it made 1 other record, and confirms 0.",
        "1 open of 1",
        f"undo_import {taken.slug}",
    ):
        assert words in shown
    assert "Left" not in shown
    assert "undone by Edith" in text(researcher.get(page(undone, "change")))
    assert researcher.post(page(taken, "change"), {"file_name": "x"}).status_code == 403


def test_an_import_counts_records_not_lines_and_names_the_first_of_many(researcher):
    made = [f"atop-{number}" for number in range(1000, 2200)]
    taken = ImportFactory(report={"made_organizations": made})
    membership = MembershipFactory()
    for line in (2, 3):
        taken.imported_rows.create(line=line, made=True, membership=membership)
    shown = text(researcher.get(page(taken, "change")))
    assert "0 votes rest on it; it made 1 other record, and confirms 0." in shown
    assert "Made organizations: 1,200, such as atop-1000; atop-1001;" in shown
    assert shown.count("; atop-") == 19


@pytest.mark.parametrize("number", [2, 5])
def test_queries_do_not_grow_with_rows(reviewer, number):
    rows = [differing() for _ in range(number)]
    for kind, address in (("list", LIST), ("page", page(rows[0], "change"))):
        reviewer.get(address)
        with CaptureQueriesContext(connection) as queries:
            reviewer.get(address)
        sql = [query["sql"] for query in queries]
        assert len(sql) == QUERIES[kind], "\n".join(sql)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_axe_finds_nothing_serious(open_as):
    discrepancy = differing()
    browser = open_as(make_reviewer(), page(discrepancy, "change"))
    assert findings_of(browser) == []
