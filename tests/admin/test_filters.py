"""Filters of many choices: a box to choose in, where links would be hundreds."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from archive.admin import filters
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.users import make_researcher

pytestmark = pytest.mark.django_db

LIST = "/admin/archive/membership/"


@pytest.fixture
def many(monkeypatch):
    """Two memberships, in two organizations; two are many."""
    monkeypatch.setattr(filters, "MANY", 1)
    league = factories.OrganizationFactory(name="League of States", acronym="LOS", slug="los")
    pact = factories.OrganizationFactory(name="Pact of 1921", acronym="")
    one = factories.MembershipFactory(organization=league, period="1920/1933")
    return one, factories.MembershipFactory(organization=pact, period="1921/1933")


def spec_of(response, title):
    return next(spec for spec in response.context["cl"].filter_specs if spec.title == title)


def links_of(response, title):
    choices = spec_of(response, title).choices(response.context["cl"])
    return [(str(choice["display"]), choice["selected"]) for choice in choices]


def test_few_are_links_as_ever(researcher):
    one = factories.MembershipFactory(organization__acronym="LOS", organization__name="League")
    factories.MembershipFactory(organization__acronym="POS", organization__name="Pact")
    factories.OrganizationFactory(acronym="of no member")

    response = researcher.get(LIST, {"organization__id__exact": one.organization_id})

    assert links_of(response, "organization") == [("All", False), ("LOS", True), ("POS", False)]
    assert "select2" not in str(response.context["media"])
    assert "filter-box" not in response.content.decode()


def test_what_no_record_of_the_list_leads_to_is_not_offered(researcher):
    factories.VoteFactory(roll_call__date="2022-03-02", roll_call__body__acronym="LOS")
    factories.RollCallFactory(date="1999-12-31", body__acronym="POS")

    response = researcher.get(reverse("admin:archive_vote_changelist"))

    assert links_of(response, "year") == [("All", True), ("2022", False)]
    # One body is no choice.
    assert "body" not in [spec.title for spec in response.context["cl"].filter_specs]


@pytest.mark.parametrize("title", ["organization", "state", "year (may be in force)"])
def test_many_are_chosen_in_a_box(researcher, many, title):
    response = researcher.get(LIST)

    assert links_of(response, title) == [("All", True)]
    assert f">{title.capitalize()}</label>" in response.content.decode()
    assert str(response.context["media"]).count("select2.full") == 1


def test_what_is_chosen_is_said_and_the_rest_of_the_question_stays(researcher, many):
    one, _ = many
    asked = {"q": "state", "o": "1", "year": "1920", "p": "2"}

    response = researcher.get(LIST, {**asked, "organization__id__exact": one.organization_id})

    assert list(response.context["cl"].queryset) == [one]
    assert links_of(response, "organization") == [
        ("All", False),
        ("LOS · League of States", True),
    ]
    assert links_of(response, "year (may be in force)") == [("All", False), ("1920", True)]
    assert spec_of(response, "organization").kept() == [
        ("q", "state"),
        ("o", "1"),
        ("year", "1920"),
    ]
    year = spec_of(response, "year (may be in force)")
    assert ("organization__id__exact", str(one.organization_id)) in year.kept()
    assert 'value="1921"' in year.box()
    counted = researcher.get(LIST, {"_facets": "True", "year": "1921"})
    assert links_of(counted, "year (may be in force)") == [("All", False), ("1921 (2)", True)]


@pytest.mark.parametrize("value", ["", "x", "0", "9" * 30, "²"])
def test_what_cannot_be_chosen_is_no_error(researcher, many, value):
    response = researcher.get(LIST, {"organization__id__exact": value}, follow=True)

    assert response.status_code == 200
    assert links_of(response, "organization")[1:] == []


def test_a_reference_that_may_be_empty_can_be_asked_for(researcher, monkeypatch):
    monkeypatch.setattr(filters, "MANY", 0)
    part = factories.ParticipationFactory()

    response = researcher.get(reverse("admin:archive_participation_changelist"))

    assert part.actor_state is not None
    assert links_of(response, "state") == [("All", True), ("—", False)]


def test_imports_and_discrepancies_have_it_too(researcher, monkeypatch):
    monkeypatch.setattr(filters, "MANY", 0)
    factories.DiscrepancyFactory()

    response = researcher.get("/admin/archive/discrepancy/")

    assert links_of(response, "import") == [("All", True)]
    assert "select2.full" in str(response.context["media"])


def test_a_longer_list_asks_no_more_queries(researcher, many, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        researcher.get(LIST)
    for _ in range(5):
        factories.MembershipFactory(period="1950/")
    with django_assert_max_num_queries(9):
        researcher.get(LIST)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_organization_is_found_and_chosen_with_the_keyboard(open_as, many):
    page = open_as(make_researcher(), f"{LIST}?status__exact=draft")
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.reload()
    box = page.get_by_role("combobox", name="Organization")
    box.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field")).to_be_focused()
    page.keyboard.type("leag")
    found = page.locator(".select2-results__option--highlighted")
    expect(found).to_have_text("LOS · League of States")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("status__exact=draft&organization__id__exact="))
    expect(page.locator("#result_list tbody tr")).to_have_count(1)
    expect(page.locator("#changelist-filter .selected")).to_contain_text(["Draft", "LOS"])

    page.get_by_label("Year (may be in force)").focus()
    page.keyboard.type("1921")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("organization__id__exact=.*year=1921"))
    assert [text for text in said if "violates" in text or "Content Security" in text] == []
    assert findings_of(page) == []


@pytest.mark.parametrize(
    ("asked", "offers"), [("", False), ("q=trade", True), ("kind__exact=war", True)]
)
def test_all_are_offered_where_not_all_are_shown(editor, asked, offers):
    factories.EventFactory()

    shown = editor.get(f"{reverse('admin:archive_event_changelist')}?{asked}").content.decode()

    assert ("Show all" in shown) == offers
