"""In a real browser: the README's tour, from a pasted article to the public API."""

import pytest
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.reading import drag, fill, press, save, saved, tab_to
from tests.admin.users import make_editor, make_reviewer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INVASION = "Troops of Sylvania crossed the river on 2 May 1933 and took the customs house"
SILENCE = "Freedonia asked the League for help on 3 May 1933. The League never answered"
TEXT = f"""Menu
Nobody came to help
🕊 {INVASION}, which stands on the northern bank.
{SILENCE} the call, said the minister in the evening; the telephone rang in an empty room.
"""


def click(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def take_in(page):
    """Paste the article, and choose the outlet."""
    page.get_by_role("link", name="Take in a document").click()
    page.get_by_label("Or paste the text").fill(TEXT)
    click(page, "Read the document")
    page.locator("#id_source + .select2 .select2-selection").click()
    page.keyboard.type("gaz")
    # What begins with the words stands before what only mentions them.
    expect(page.locator(".select2-results__option--highlighted")).to_have_text("Gazette")
    press(page, "Enter")
    page.get_by_label("Published on").fill("4 May 1933")
    click(page, "Save")


def type_into(page, **values):
    """By keyboard alone, in the order of the panel."""
    for name, value in values.items():
        tab_to(page, f"[name={name.replace('__', '-')}]")
        page.keyboard.type(value)


def make_request_by_keyboard(page):
    """With its event and its silence, from the last paragraph; the standing is forgotten first."""
    mark = page.get_by_role("button", name="Mark by keyboard")
    expect(mark).to_be_enabled()
    mark.focus()
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
    expect(panel.get_by_role("combobox", name="Requester")).to_contain_text("Freedonia (FRE)")
    expect(panel.get_by_role("combobox", name="Addressee")).to_contain_text("LOS · League")
    expect(page.locator("[name=request-date]")).to_have_value("1933-05-03")
    tab_to(page, "[name=request-new_event]")
    press(page, "Space")
    expect(page.locator("[name=request-event]")).to_be_hidden()
    type_into(page, event__title="Troops enter Freedonia", event__kind="Incursion")
    page.locator("[name=event-date]").fill("2 May 1933")
    type_into(page, event__summary="Troops of Sylvania took the customs house.")
    type_into(page, request__summary="Freedonia asked for help.")
    tab_to(page, "[name=request-silence]")
    press(page, "Space")
    tab_to(page, "[type=submit]")
    press(page, "Enter")
    # What is wrong is seen.
    expect(page.locator("#panel-errors")).to_have_text("Standing: This field is required.")
    expect(page.locator("#panel-errors")).to_be_in_viewport()
    fill(page, "request", standing="made")
    page.locator("#panel [type=submit]").press("Enter")
    saved(page, "Event: Troops enter Freedonia (2 May 1933)")
    expect(page.locator("#status")).to_contain_text("Request: Freedonia asks LOS for help")


def cite_the_event_by_mouse(page):
    event = models.Event.objects.get()
    drag(page, "Troops of Sylvania", "customs house")
    fill(page, target=f"event:{event.pk}")
    save(page)
    saved(page, "Troops enter Freedonia")
    assert event.citations.count() == 2


def test_from_a_pasted_article_to_the_public(open_as):
    factories.StateFactory(code="FRE", name="Freedonia")
    factories.OrganizationFactory(slug="los", name="League", acronym="LOS")
    factories.SourceFactory(name="A Reader", note="Quotes the Gazette.", homepage="")
    factories.SourceFactory(name="Gazette")
    page = open_as(make_editor(), "/admin/")

    take_in(page)
    make_request_by_keyboard(page)
    cite_the_event_by_mouse(page)
    request = models.Request.objects.get()
    page.get_by_role("link", name="Hand in for review").click()
    assert findings_of(page) == []
    click(page, "Hand in what is chosen")
    expect(page.get_by_text("4 of 4 handed in.")).to_be_visible()
    api = f"/api/v1/requests/{request.slug}/"
    assert page.request.get(api).status == 404

    # The reviewer reads it all beside its passages, on one page, and takes out the article.
    reviewer = open_as(make_reviewer(), "/admin/")
    reviewer.get_by_role("link", name="Review", exact=True).click()
    name = "Freedonia asks LOS for help · Troops enter Freedonia (2 May 1933)"
    reviewer.get_by_role("link", name=name, exact=True).click()
    expect(reviewer.locator("mark")).to_have_text([SILENCE, INVASION, SILENCE, SILENCE])
    assert findings_of(reviewer) == []
    reviewer.get_by_label("Article: Nobody came").uncheck()
    reviewer.get_by_role("button", name="Publish what is chosen").press("Enter")
    expect(reviewer.get_by_text("0 of 3 published.")).to_be_visible()
    expect(reviewer.get_by_role("row").filter(has_text="Event:")).to_contain_text(
        "Not public yet, and to be published first: article “Nobody came to help"
    )
    assert findings_of(reviewer) == []
    reviewer.get_by_role("link", name=f"Request: {name}").click()
    reviewer.get_by_role("button", name="Publish what is chosen").press("Enter")
    expect(reviewer.get_by_text("4 of 4 published.")).to_be_visible()
    reviewer.get_by_role("link", name="Back to the queue").press("Enter")
    expect(reviewer.get_by_text("Nothing waits for a reviewer.")).to_be_visible()

    # And everybody reads it.
    asked = page.request.get(api).json()
    [silence] = asked["responses"]
    assert (asked["standing"], silence["kind"], silence["basis"]) == ("made", "silence", "reported")
    [citation] = silence["citations"]
    assert citation["quote"] == SILENCE
    assert citation["article"]["title"] == "Nobody came to help"
    event = page.request.get(f"/api/v1/events/{asked['event']['slug']}/").json()
    assert event["date"]["edtf"] == "1933-05-02"
    assert [one["slug"] for one in event["requests"]] == [request.slug]
    assert event["requests"][0]["responses"][0]["citations"] == [citation]
    assert set(models.Citation.objects.values_list("status", flat=True)) == {Status.PUBLISHED}
