"""In a real browser: the README's tour, from a pasted article to the public API."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.reading import drag, marks, press, save, saved, tab_to
from tests.admin.users import make_editor, make_reviewer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INVASION = "Troops of Sylvania crossed the river on 2 May 1933 and took the customs house"
SILENCE = "Freedonia asked the League for help on 3 May 1933. The League never answered"
TEXT = f"""Menu
Nobody came to help
🕊 {INVASION}, which stands on the northern bank.
{SILENCE} the call, said the minister in the evening; the telephone rang in an empty room.
"""


def take_in(page):
    """Paste the article, and correct nothing but the outlet."""
    page.get_by_role("link", name="Add article").click()
    page.get_by_label("Address").fill("https://gazette.example/1933/05/04/nobody-came-to-help")
    page.get_by_label("Or paste the text").fill(TEXT)
    page.get_by_role("button", name="Read the document").click()
    expect(page.locator("#id_source + .select2")).to_contain_text("The Gazette")
    page.get_by_role("button", name="Save", exact=True).first.click()


def make_event_by_mouse(page):
    drag(page, "Troops of Sylvania", "customs house")
    page.get_by_text("a new event", exact=True).click()
    expect(page.locator("[name=event-date]")).to_have_value("1933-05-02")
    page.locator("[name=event-title]").fill("Troops enter Freedonia")
    page.locator("[name=event-kind]").select_option("incursion")
    page.locator("[name=event-summary]").fill("Troops of Sylvania took the customs house.")
    save(page)
    saved(page, "New: Event: Troops enter Freedonia")


def make_request_by_keyboard(page):
    """With its silence, from the last paragraph; the focus is on the passage cited before."""
    page.get_by_role("button", name="Mark by keyboard").focus()
    press(page, "Enter", *["Control+ArrowDown"] * 3, "Home")
    for _ in range(40):
        if page.evaluate("getSelection().toString()") == SILENCE:
            break
        press(page, "Shift+ArrowRight")
    press(page, "Enter")
    expect(page.locator("#quote")).to_have_text(SILENCE)
    tab_to(page, "[name=kind]:checked")
    press(page, "ArrowDown", "ArrowDown")
    panel = page.locator("#panel")
    expect(panel.get_by_role("combobox", name="Event")).to_contain_text("Troops enter Freedonia")
    expect(panel.get_by_role("combobox", name="Requester")).to_contain_text("Freedonia (FRE)")
    expect(panel.get_by_role("combobox", name="Addressee")).to_contain_text("LOS · League")
    expect(page.locator("[name=request-date]")).to_have_value("1933-05-03")
    tab_to(page, "[name=request-standing]")
    page.keyboard.type("Made")
    tab_to(page, "[name=request-summary]")
    page.keyboard.type("Freedonia asked for help.")
    tab_to(page, "[name=request-silence]")
    press(page, "Space")
    tab_to(page, "[type=submit]")
    press(page, "Enter")
    saved(page, "New: Request: Freedonia asks LOS for help")


def test_from_a_pasted_article_to_the_public(open_as):
    factories.SourceFactory(name="The Gazette", homepage="https://gazette.example/")
    factories.StateFactory(code="FRE", name="Freedonia")
    factories.OrganizationFactory(slug="los", name="League", acronym="LOS")
    page = open_as(make_editor(), reverse("admin:archive_article_changelist"))

    take_in(page)
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    make_event_by_mouse(page)
    make_request_by_keyboard(page)

    # From the new highlight to the request, and with all that belongs to it to a reviewer.
    request = models.Request.objects.get()
    expect(page.get_by_role("link", name="Open its form")).to_have_attribute(
        "href", reverse("admin:archive_request_change", args=[request.pk])
    )
    expect(marks(page, request.citations.get()).first).to_be_focused()
    press(page, "Enter", "Enter")
    page.get_by_role("button", name="Save and submit for review").first.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text(
        "submitted for review, with article “Nobody came to help”, event “Troops enter Freedonia"
    )
    expect(page.locator(".messagelist")).to_contain_text("response “LOS: silence”")
    api = f"/api/v1/requests/{request.slug}/"
    assert page.request.get(api).status == 404

    # The reviewer reads it beside its passages, on one page, and publishes all of it.
    reviewer = open_as(make_reviewer(), "/admin/")
    reviewer.get_by_role("link", name="Review", exact=True).click()
    reviewer.get_by_role("link", name="Troops enter Freedonia (2 May 1933)", exact=True).click()
    expect(reviewer.locator("mark")).to_have_text([INVASION, SILENCE, SILENCE])
    expect(reviewer.get_by_role("group", name="Publish together with it")).to_contain_text(
        "Response: LOS: silence"
    )
    assert findings_of(reviewer) == []
    reviewer.get_by_label("Request: Freedonia asks").uncheck()
    reviewer.get_by_role("button", name="Publish").press("Enter")
    expect(reviewer.get_by_role("alert")).to_contain_text("cannot be public while request")
    expect(reviewer.get_by_label("Request: Freedonia asks")).not_to_be_checked()
    reviewer.get_by_label("Request: Freedonia asks").check()
    reviewer.get_by_role("button", name="Publish").press("Enter")
    expect(reviewer.locator(".messagelist")).to_contain_text("is published, with article")
    expect(reviewer.get_by_text("Nothing waits for a reviewer.")).to_be_visible()

    # And everybody reads it.
    asked = page.request.get(api).json()
    [silence] = asked["responses"]
    assert (asked["standing"], silence["kind"], silence["basis"]) == ("made", "silence", "reported")
    [citation] = silence["citations"]
    assert citation["quote"] == SILENCE
    assert citation["article"]["title"] == "Nobody came to help"
    event = page.request.get(f"/api/v1/events/{asked['event']['slug']}/").json()
    assert [one["slug"] for one in event["requests"]] == [request.slug]
    assert event["requests"][0]["responses"][0]["citations"] == [citation]
    assert set(models.Citation.objects.values_list("status", flat=True)) == {Status.PUBLISHED}
