"""The desk in a real browser: the way of one event to a reviewer and back, the keyboard, axe."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.conftest import findings_of, width_of
from tests.admin.stage import stage
from tests.admin.users import make_editor, make_reviewer
from tests.factories import QUOTES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(open_as):
    return lambda user: open_as(user, "/admin/")


def log_in(page, user):
    user.set_password("secret")
    user.save()
    page.context.clear_cookies()
    page.goto("/admin/")
    page.get_by_label("Username").fill(user.username)
    page.get_by_label("Password").fill("secret")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Curation desk")).to_be_visible()


def choose(page, box, text):
    """Choose in a box by the keyboard alone: open it, type, take the first that is found."""
    box.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field")).to_be_focused()  # a moment after it opens
    page.keyboard.type(text)
    option = page.locator(".select2-results__option--highlighted")
    expect(option).to_contain_text(text)
    page.keyboard.press("Enter")
    expect(box).to_contain_text(text)


def box_of(page, select):
    """The box that stands for the select with this id."""
    return page.locator(f"#{select} + .select2 .select2-selection")


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def fill_in_event(page, quote):
    """An event with a participant, a request and a passage, typed into the empty form."""
    page.get_by_role("link", name="Events", exact=True).click()
    page.get_by_role("link", name="Add event").click()
    page.get_by_label("Title:").fill("Troops enter Freedonia")
    page.locator("#id_slug").fill("freedonia-1933")
    page.locator("#id_kind").select_option("incursion")
    page.locator("#id_date").fill("1933-05~")
    page.locator("#id_summary").fill("Troops crossed the border.")
    page.locator("#participations-group .add-row a").click()
    choose(page, box_of(page, "id_participations-0-actor"), "Freedonia")
    page.locator("#id_participations-0-role").select_option("target")
    page.locator("#requests-group .add-row a").click()
    choose(page, box_of(page, "id_requests-0-requester"), "Freedonia")
    choose(page, box_of(page, "id_requests-0-addressee"), "LOS")
    page.locator("#id_requests-0-slug").fill("freedonia-league-1933")
    page.locator("#id_requests-0-standing").select_option("made")
    page.locator("#id_requests-0-summary").fill("It asked for help.")
    page.locator("#citations-group .add-row a").click()
    choose(page, box_of(page, "id_citations-0-article"), "The crisis")
    page.locator("#id_citations-0-quote").fill(quote)


def test_an_event_on_its_way_to_a_reviewer_and_back(desk):
    factories.ArticleFactory(title="The crisis", status=Status.PUBLISHED)
    factories.StateFactory(code="FRE", name="Freedonia", aliases=["Klopstokia"])
    factories.OrganizationFactory(name="League of States", acronym="LOS")
    user = make_editor()
    editor = desk(user)
    log_in(editor, user)

    # An editor makes an event with a participant, a request and a passage: a wrong one first.
    fill_in_event(editor, quote="Freedonia begged the League")
    press(editor, "Save and submit for review")

    expect(editor.locator(".errorlist")).to_contain_text(
        "“Freedonia begged the League” does not stand in the body"
    )
    expect(editor.get_by_label("Title:")).to_have_value("Troops enter Freedonia")
    expect(box_of(editor, "id_participations-0-actor")).to_contain_text("Freedonia (FRE)")
    expect(box_of(editor, "id_requests-0-addressee")).to_contain_text("LOS")
    expect(editor.locator("#id_requests-0-summary")).to_have_value("It asked for help.")
    assert not models.Event.objects.exists()

    editor.locator("#id_citations-0-quote").fill(QUOTES[0])
    press(editor, "Save and submit for review")
    expect(editor.locator(".messagelist")).to_contain_text("is saved and submitted for review")
    # What belongs to it and is a draft still is offered, and stays for later.
    expect(editor.locator(".chosen")).to_contain_text("Freedonia asks LOS for help")
    event = models.Event.objects.get()

    # A reviewer cannot publish it: nothing says that Freedonia took part.
    reviewer = desk(make_reviewer())
    url = reverse("admin:archive_event_change", args=[event.pk])
    reviewer.goto(url)
    press(reviewer, "Save and publish")
    expect(reviewer.locator(".messagelist")).to_contain_text(
        "Participation of FRE as target in event “freedonia-1933” cannot be public"
    )
    reviewer.get_by_label("Reason for the change").fill("Cite who took part.")
    press(reviewer, "Save and return to draft")
    expect(reviewer.locator(".standing-note")).to_contain_text("Draft")


def test_many_are_published_with_a_report(desk):
    good = factories.EventFactory(title="Good", status=Status.IN_REVIEW)
    factories.cite(good, status=Status.IN_REVIEW)
    factories.EventFactory(title="Unproven", status=Status.IN_REVIEW)
    page = desk(make_reviewer())

    page.goto(reverse("admin:archive_event_changelist"))
    page.get_by_label("Select all objects on this page for an action").check()
    page.get_by_label("Action:").select_option("publish_chosen")
    press(page, "Go")

    expect(page.get_by_text("1 of 2 published.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="Unproven")
    expect(row).to_contain_text("no published passage of a published article supports it")
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_role("row").filter(has_text="Good")).to_contain_text("Published")


def test_an_actor_is_found_by_an_alias_with_the_keyboard(desk):
    factories.StateFactory(code="FRE", name="Freedonia", aliases=["Klopstokia"])
    factories.StateFactory(code="SYL", name="Sylvania")
    factories.EventFactory(title="The crisis")
    page = desk(make_editor())

    page.goto(reverse("admin:archive_participation_add"))
    choose(page, page.get_by_role("combobox", name="Event"), "The crisis")
    actor = page.get_by_role("combobox", name=re.compile("^Actor"))
    actor.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field")).to_be_focused()
    found = page.locator(".select2-results__option--highlighted")
    expect(found).to_be_visible()
    page.keyboard.type("klopst")
    page.keyboard.press("Enter")  # too early: nothing is found yet, and nothing is taken
    expect(found).to_have_text("Freedonia (FRE)")
    page.keyboard.press("Enter")
    page.locator("#id_role").select_option("party")
    press(page, "Save")

    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    assert models.Participation.objects.get().actor.code == "FRE"


def test_axe_finds_nothing_serious(desk):
    records = stage(2)
    page = desk(make_reviewer())
    event = records["event"]
    found = []
    for url in (
        reverse("admin:archive_event_changelist"),
        reverse("admin:archive_event_change", args=[event.pk]),
        reverse("admin:archive_citation_add"),
        reverse("admin:archive_event_withdraw", args=[event.pk]),
    ):
        page.goto(url)
        found += [f"{url} {finding}" for finding in findings_of(page)]
    assert found == [], "\n".join(found)


def test_no_page_is_wider_than_the_window(desk):
    """Those that axe does not look at; where it does, the width is looked at, too."""
    records = stage(2)
    page = desk(make_reviewer())
    too_wide = []
    pages = [("changelist", name) for name in ("article", "citation", "request", "rollcall")]
    pages += [("change", name) for name in ("citation", "request", "response")]
    for kind, name in pages:
        args = [] if kind == "changelist" else [records[name].pk]
        page.goto(reverse(f"admin:archive_{name}_{kind}", args=args))
        for width in (1280, 400):
            page.set_viewport_size({"width": width, "height": 900})
            if width_of(page) > width:
                too_wide.append((name, kind, width))
    assert too_wide == []


@pytest.mark.parametrize(
    ("kind", "first"),
    [("event", "#id_title"), ("request", "#id_event + .select2 .select2-selection")],
)
def test_a_new_record_is_begun_in_its_first_field(open_as, kind, first):
    page = open_as(make_reviewer(), reverse(f"admin:archive_{kind}_add"))

    expect(page.locator(first)).to_be_focused()
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(1)
