import pytest

from archive import models
from tests import factories
from tests.admin.forms import filled, page, row

pytestmark = pytest.mark.django_db


def test_a_roll_of_two_hundred_votes_is_one_form(editor):
    roll_call = factories.RollCallFactory()
    votes = [factories.VoteFactory(roll_call=roll_call) for _ in range(200)]
    url = page(roll_call, "change")
    data = filled(editor.get(url))
    assert len(data) > 800

    changed = next(
        name for name, value in data.items() if name.endswith("-id") and value == str(votes[7].pk)
    ).replace("-id", "-choice")
    assert editor.post(url, data | {changed: "abstain"}).status_code == 302

    assert set(roll_call.votes.exclude(choice="yes")) == {votes[7]}


def test_a_vote_that_stands_keeps_its_state(editor):
    vote = factories.VoteFactory()
    url = page(vote.roll_call, "change")
    data = filled(editor.get(url)) | {"votes-0-state": str(factories.StateFactory().pk)}

    assert editor.post(url, data | {"votes-0-choice": "no"}).status_code == 302

    stored = models.Vote.objects.get()
    assert (stored.state_id, stored.choice) == (vote.state_id, "no")


def test_a_vote_is_added(editor):
    vote, state = factories.VoteFactory(), factories.StateFactory()
    url = page(vote.roll_call, "change")
    first = editor.get(url)
    data = filled(first) | row(first, "vote", state=state.pk, choice="absent")

    assert editor.post(url, data).status_code == 302

    assert vote.roll_call.votes.get(state=state).choice == "absent"
