import pytest
from django.urls import reverse

from archive import models
from tests import factories
from tests.admin.forms import cells, filled, page, words

pytestmark = pytest.mark.django_db

OVERLAP = "already has a membership in this organization that surely covers part of this period"


@pytest.fixture
def send(editor):
    def post(old, **values):
        url = reverse("admin:archive_membership_add")
        data = filled(editor.get(url)) | {
            "slug": "freedonia-league-1920",
            "state": old.state_id,
            "organization": old.organization_id,
        }
        return editor.post(url, data | values)

    return post


def test_certain_periods_that_overlap_are_refused(send):
    old = factories.MembershipFactory(period="1920/1933")

    response = send(old, period="1925/")

    assert response.status_code == 200
    assert OVERLAP in words(response)
    assert models.Membership.objects.count() == 1


@pytest.mark.parametrize("period", ["1933/1920", "1920-13/1933", "1925", "", "x" * 70])
def test_a_period_that_is_none_is_said_without_an_error_of_the_server(send, period):
    response = send(factories.MembershipFactory(), period=period)

    assert response.status_code == 200
    assert "period" in response.context["adminform"].form.errors or "A period is an interval" in (
        words(response)
    )


def test_a_membership_does_not_overlap_itself(editor):
    membership = factories.MembershipFactory()
    url = page(membership, "change")

    assert editor.post(url, filled(editor.get(url)) | {"period": "1921/1933"}).status_code == 302


def test_one_that_is_withdrawn_leaves_room(send):
    old = factories.MembershipFactory(period="1920/1933")
    models.Membership.objects.update(status="withdrawn", withdrawal_reason="A slip.")

    assert send(old, period="1925/").status_code == 302


def test_what_slips_past_the_form_is_refused_by_the_database(send, monkeypatch):
    """Two editors at once are each valid alone."""
    old = factories.MembershipFactory(period="1920/1933")
    monkeypatch.setattr(models.Membership, "validate_constraints", lambda *args, **kwargs: None)

    response = send(old, period="1925/")

    assert response.status_code == 200
    assert OVERLAP in words(response)


def test_the_list_begins_with_the_member(editor):
    membership = factories.MembershipFactory()

    [row] = cells(editor, membership)

    assert next(iter(row)) == "state"
    assert row["state"] == membership.state.name
