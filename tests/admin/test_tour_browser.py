"""The tour of the README, step by step: from a pasted article to a published request."""

import pytest
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.users import make_editor, make_reviewer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ARTICLE = """Freedonia asks the League for help

By Margaret Dumont
May 4, 1933

Freedonia asked the League of States for troops on 3 May 1933. The League never answered.
"""
PASSAGE = "Freedonia asked the League of States for troops"


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


def test_from_a_pasted_article_to_a_published_request(open_as):
    factories.StateFactory(code="FRE", name="Freedonia")
    factories.OrganizationFactory(name="League of States", acronym="LOS")
    factories.SourceFactory(name="A Reader", note="Quotes the Gazette.", homepage="")
    factories.SourceFactory(name="Gazette")
    page = open_as(make_editor(), "/admin/")

    page.get_by_role("link", name="Take in a document").click()
    page.get_by_label("Or paste the text").fill(ARTICLE)
    press(page, "Read the document")
    page.locator("#id_source + .select2 .select2-selection").click()
    page.keyboard.type("gaz")
    # What begins with the words stands before what only mentions them.
    expect(page.locator(".select2-results__option--highlighted")).to_have_text("Gazette")
    page.keyboard.press("Enter")
    press(page, "Save")

    page.get_by_role("button", name="Cite by typing the words").click()
    page.get_by_label("Words of the passage").fill(
        "Freedonia asked the League of States for troops"
    )
    page.get_by_label("Words of the passage").press("Enter")
    expect(page.locator("#quote")).to_contain_text("Freedonia asked")
    page.get_by_text("a new request", exact=True).click()
    page.get_by_label("Its event is not in the archive yet").check()
    expect(page.locator("[name=request-event]")).to_be_hidden()
    page.locator("[name=event-title]").fill("Troops enter Freedonia")
    page.locator("[name=event-kind]").select_option("incursion")
    page.locator("[name=event-date]").fill("2 May 1933")
    page.locator("[name=event-summary]").fill("Sylvanian troops enter Freedonia.")
    page.locator("[name=request-summary]").fill("Freedonia asks for troops.")
    press(page, "Save as a draft")
    # What is wrong is seen, and said for both.
    expect(page.locator("#panel-errors")).to_have_text("Standing: This field is required.")
    expect(page.locator("#panel-errors")).to_be_in_viewport()
    page.locator("[name=request-standing]").select_option("made")
    press(page, "Save as a draft")
    expect(page.locator("#status")).to_contain_text("Event: Troops enter Freedonia (2 May 1933)")

    page.get_by_role("link", name="Hand in for review").click()
    assert findings_of(page) == []
    press(page, "Hand in what is chosen")
    expect(page.get_by_text("3 of 3 handed in.")).to_be_visible()

    page = open_as(make_reviewer(), "/admin/review/")
    page.get_by_role("link", name="Freedonia asks LOS for help").click()
    assert findings_of(page) == []
    press(page, "Publish what is chosen")
    expect(page.get_by_text("3 of 3 published.")).to_be_visible()

    request = models.Request.objects.get()
    assert (request.status, request.event.date) == (Status.PUBLISHED, "1933-05-02")
    public = page.request.get(request.get_absolute_url()).json()
    assert [one["quote"] for one in public["citations"]] == [PASSAGE]
