import pytest
from django.urls import reverse

from archive import models
from tests import factories
from tests.admin.forms import filled, page

pytestmark = pytest.mark.django_db


def test_aliases_are_one_a_line(reviewer):
    state = factories.StateFactory(aliases=["Kremlin", "Moscow, city"])
    url = page(state, "change")
    response = reviewer.get(url)
    assert "Kremlin\nMoscow, city</textarea>" in response.content.decode()

    data = filled(response) | {"aliases": "Kremlin\r\n\r\n  Moscow \r\n"}
    assert reviewer.post(url, data).status_code == 302

    state.refresh_from_db()
    assert state.aliases == ["Kremlin", "Moscow"]


def test_saving_what_was_not_changed_makes_no_history(reviewer):
    state = factories.StateFactory(aliases=["Kremlin"], existed="1922/1991")
    url = page(state, "change")
    before = state.versions.count()

    assert reviewer.post(url, filled(reviewer.get(url))).status_code == 302

    assert state.versions.count() == before


def test_a_state_that_is_needed_is_not_deleted(superuser):
    vote = factories.VoteFactory()

    response = superuser.post(page(vote.state, "delete"), {"post": "yes"})

    assert response.status_code == 200
    assert "Cannot delete state" in response.content.decode()
    assert models.State.objects.filter(pk=vote.state_id).exists()


def test_an_alias_is_searched(editor):
    state = factories.StateFactory(aliases=["Kremlin"])
    factories.StateFactory()

    response = editor.get(reverse("admin:archive_state_changelist"), {"q": "kreml"})

    assert list(response.context["cl"].result_list) == [state]


def test_the_date_is_said_in_words(reviewer):
    state = factories.StateFactory(existed="1922/1991")

    assert "1922 to 1991" in reviewer.get(page(state, "change")).content.decode()


def test_of_what_stands_in_the_way_of_a_deletion_much_is_counted(superuser):
    state = factories.StateFactory()
    for number in range(1, 23):
        factories.VoteFactory(state=state, roll_call__slug=f"roll-{number}")
    factories.MembershipFactory(state=state)

    response = superuser.get(page(state, "delete"))

    assert response.context["protected"] == ["1 membership", "22 votes"]


def test_states_that_began_or_ended_are_listed(editor):
    old = factories.StateFactory(existed="1922/1991")
    factories.StateFactory()

    response = editor.get(reverse("admin:archive_state_changelist"), {"existed__isempty": "0"})

    assert list(response.context["cl"].result_list) == [old]
    shown = response.content.decode()
    assert "Began or ended" in shown
    assert "Not in doubt" in shown
    assert "Empty" not in shown
    assert "Not empty" not in shown
