"""In a real browser: a draft that comes back with a comment, and a proposal that is applied."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from archive import models, review
from archive.choices import Status
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.forms import page as address
from tests.admin.reading import tab_to
from tests.admin.users import make_editor, make_reviewer
from tests.factories import cite, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def test_a_draft_comes_back_with_a_comment_that_its_editor_sees(open_as):
    event = factories.EventFactory(title="Troops enter Freedonia")
    cite(event, status=Status.DRAFT)
    editor = open_as(make_editor(), address(event, "change"))
    press(editor, "Save and submit for review")

    reviewer = open_as(make_reviewer(), "/admin/")
    reviewer.get_by_role("link", name="Review", exact=True).click()
    expect(reviewer.get_by_role("row").filter(has_text="Troops enter")).to_contain_text("Edith")
    assert findings_of(reviewer) == []
    # By keyboard: the record, a return without a comment, which is refused, and one with it.
    reviewer.get_by_role("link", name="Troops enter Freedonia").press("Enter")
    expect(reviewer.locator("mark")).to_have_text("Freedonia asked the League")
    tab_to(reviewer, "[name=_return]")
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator(".errornote")).to_contain_text("Say what is to be done")
    assert findings_of(reviewer) == []
    tab_to(reviewer, "[name=comment]")
    reviewer.keyboard.type("Who took part?")
    tab_to(reviewer, "[name=_return]")
    reviewer.keyboard.press("Enter")
    expect(reviewer.get_by_text("Nothing waits for a reviewer.")).to_be_visible()

    editor.goto("/admin/review/")
    expect(editor.get_by_role("heading", name="Returned to you")).to_be_visible()
    editor.get_by_role("link", name="Troops enter Freedonia").click()
    expect(editor.locator(".returned-note")).to_contain_text("Who took part?")
    expect(editor.locator(".returned-note")).to_contain_text("Ruth")


def test_a_proposal_is_altered_and_applied(open_as):
    event = publish(factories.EventFactory(title="The crisis", date="1933-05", place="Freedonia"))
    cite(event, field="date")
    editor = open_as(make_editor(), address(event, "change"))
    expect(editor.get_by_text("You propose a change.")).to_be_visible()
    assert findings_of(editor) == []
    editor.locator("#id_date").fill("1933-06")
    press(editor, "Propose this change")
    expect(editor.locator(".errorlist").first).to_contain_text("why you change it")
    expect(editor.locator("#id_date")).to_have_value("1933-06")
    editor.get_by_label("Reason for the change").fill("The page says June.")
    press(editor, "Propose this change")
    expect(editor.locator(".messagelist")).to_contain_text("is proposed.")
    expect(editor.locator("#id_date")).to_have_value("1933-05")

    models.Event.objects.filter(pk=event.pk).update(date="1933")
    reviewer = open_as(make_reviewer(), "/admin/review/")
    reviewer.get_by_role("link", name="The crisis").click()
    expect(reviewer.get_by_role("alert")).to_contain_text("“1933-05”")
    assert findings_of(reviewer) == []
    # The reviewer decides by keyboard; a date that is none is refused, and stands there still.
    tab_to(reviewer, "summary")
    reviewer.keyboard.press("Enter")
    tab_to(reviewer, "#id_date")
    reviewer.keyboard.type("June")
    tab_to(reviewer, "[name=comment]")
    reviewer.keyboard.type("About June.")
    reviewer.locator("[name=_alter]").press("Enter")
    expect(reviewer.locator(".errorlist").first).to_contain_text("is not a date")
    expect(reviewer.locator("#id_date")).to_have_value("June")
    expect(reviewer.get_by_label("Comment")).to_have_value("About June.")
    tab_to(reviewer, "#id_date")
    reviewer.keyboard.type("1933-06~")
    tab_to(reviewer, "[name=_alter]")
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator(".messagelist")).to_contain_text("is applied, as you altered it.")

    event.refresh_from_db()
    assert event.date == "1933-06~"
    proposal = models.Proposal.objects.get()
    editor.goto(reverse("admin:review_proposal", args=[proposal.pk]))
    expect(editor.get_by_text("What was applied")).to_be_visible()
    # The passage for the date is stale now: it is on the list of problems.
    reviewer.goto("/admin/problems/?rule=citation_is_stale")
    assert findings_of(reviewer) == []
    reviewer.get_by_role("link", name="Freedonia asked the League").click()
    press(reviewer, "It still holds")
    expect(reviewer.locator(".messagelist")).to_contain_text("it still holds")
    assert not review.is_stale(models.Citation.objects.get(field="date"))


def test_all_that_waits_is_chosen_with_one_box(open_as):
    for title in ("Good", "Better"):
        cite(factories.EventFactory(title=title, status=Status.IN_REVIEW), status=Status.IN_REVIEW)
    page = open_as(make_reviewer(), "/admin/review/")
    every, first = page.get_by_label("Choose all on this page"), page.get_by_label("Good")
    every.press("Space")
    expect(first).to_be_checked()
    first.uncheck()
    expect(every).not_to_be_checked()
    assert every.evaluate("(box) => box.indeterminate")
    every.check()
    assert findings_of(page) == []
    press(page, "Publish what is chosen")
    expect(page.get_by_text("2 of 2 published.")).to_be_visible()
