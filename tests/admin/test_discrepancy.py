"""Discrepancies and imports on the desk: listed, shown side by side, settled."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags
from playwright.sync_api import expect

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
QUERIES = {"list": 8, "page": 14}


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


def by_the_word_of(response):
    """What the page says of who says what the archive holds, as text."""
    row = text(response).partition("By the word of</th>")[2].partition("</td>")[0]
    return " ".join(strip_tags(row).split())


def test_the_page_names_the_imports_that_say_what_is_held(reviewer):
    made_by, other = (ImportFactory(file_name=f"{name}.csv") for name in ("first", "second"))
    discrepancy = differing(imported=made_by, import_line=3)
    vote = discrepancy.vote
    other.imported_rows.create(line=12, made=False, vote=vote)
    response = reviewer.get(page(discrepancy, "change"))
    said = by_the_word_of(response)
    assert vote.citations.get().quote in said
    assert said.endswith("Made by line 3 of first.csv Confirmed by line 12 of second.csv")
    assert f'href="{page(other, "change")}"' in text(response)

    bare = DiscrepancyFactory(vote=VoteFactory(choice="yes"))
    shown = by_the_word_of(reviewer.get(page(bare, "change")))
    assert shown == "no passage, and no other import"


def test_what_an_import_confirmed_before_a_person_changed_it_is_not_named(reviewer):
    vote = VoteFactory(choice="abstain")
    before = ImportFactory(file_name="before.csv", imported_at="2020-01-31T00:00Z")
    after = ImportFactory(file_name="after.csv")
    for taken in (before, after):
        taken.imported_rows.create(line=9, made=False, vote=vote)
    models.Vote.objects.update(choice="yes")
    discrepancy = DiscrepancyFactory(vote=vote)
    said = by_the_word_of(reviewer.get(page(discrepancy, "change")))
    assert said == "Confirmed by line 9 of after.csv"


def test_of_a_roll_call_the_page_names_imports_that_do_not_differ(reviewer):
    roll_call = RollCallFactory(total_yes=1)
    discrepancy, like_it = (DiscrepancyFactory(roll_call=roll_call) for _ in range(2))
    silent = ImportFactory(file_name="silent.csv")
    for taken in (discrepancy.source_import, like_it.source_import, silent):
        taken.imported_rows.create(line=5, made=False, roll_call=roll_call)
    said = by_the_word_of(reviewer.get(page(discrepancy, "change")))
    assert said == "Not contradicted by line 5 of silent.csv"


def test_opened_again_the_page_says_what_the_record_says_by_now(reviewer):
    discrepancy = differing()
    address = page(discrepancy, "change")
    other = ImportFactory()
    other.imported_rows.create(line=12, made=False, vote=discrepancy.vote)
    told = text(reviewer.post(address, {"settlement": "imported", "reason": WHY}, follow=True))
    assert "It stays contested" in told
    assert "The public reads no reason while it is open" in told
    told = text(reviewer.post(address, {"_reopen": "", "reason": "Read again."}, follow=True))
    held, imported = told.partition('value="held"')[2].split('value="imported"')
    assert " disabled" in held
    assert "What the archive held</strong>: “no”" in held
    assert "The record says “yes” by now" in held
    assert page(discrepancy.vote, "history") in held
    assert "The record says so by now" in imported
    assert "disabled" not in imported
    assert "The public reads it" in imported

    models.Vote.objects.update(choice="abstain")
    shown = text(reviewer.get(address))
    assert "The record stays as it is by now: “abstain”" in shown
    assert "change it on its form first" in shown


def test_what_an_import_does_not_know_is_not_said_to_be_taken_over(reviewer):
    unknown = DiscrepancyFactory(membership=MembershipFactory(), imported="")
    shown = text(reviewer.get(page(unknown, "change")))
    assert "withdraw the record first" in shown
    assert "takes this value over" not in shown


def test_the_history_tells_days_as_the_desk_does(reviewer):
    discrepancy = differing()
    told = text(reviewer.post(page(discrepancy, "change"), HELD, follow=True))
    settled = models.Discrepancy.objects.get().settled_at
    [row] = re.findall(r"<dt>Settled at</dt>(.*?)</div>", told, re.DOTALL)
    assert f"{settled.day} {settled:%B %Y, %H:%M} UTC" in row
    assert "+00:00" not in told


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
    for _ in rows:
        ImportFactory().imported_rows.create(line=12, made=False, vote=rows[0].vote)
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
    ImportFactory().imported_rows.create(line=12, made=False, vote=discrepancy.vote)
    browser = open_as(make_reviewer(), page(discrepancy, "change"))
    assert findings_of(browser) == []
    browser.locator("#id_settlement_imported").check()
    browser.locator("#id_reason").fill(WHY)
    browser.get_by_role("button", name="Settle").click()
    browser.locator("summary", has_text="Open it again").click()
    assert findings_of(browser) == []
    browser.locator("#id_reason").fill("Read again.")
    browser.get_by_role("button", name="Open it again").click()
    expect(browser.locator("#id_settlement_held")).to_be_disabled()
    assert findings_of(browser) == []
