import pytest

from archive import models
from tests import factories
from tests.admin.forms import cells, filled, page, row
from tests.admin.query_counts import LIMIT

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


def test_the_list_says_what_was_voted_on_and_by_how_many(editor):
    known = {"symbol": "", "total_yes": 5, "total_absent": 0, "complete": True}
    vote = factories.VoteFactory(roll_call=factories.RollCallFactory(**known))
    factories.VoteFactory(roll_call=vote.roll_call)
    factories.RollCallFactory(symbol="A/1", date="1933-05-09")

    with_votes, without = cells(editor, vote.roll_call)

    # Where it has no symbol it is called by its title, not by its address.
    assert (with_votes["symbol_or_title"], with_votes["votes_held"]) == (
        "On the situation",
        "2 (complete)",
    )
    assert with_votes["totals"] == "5 yes, 0 absent"
    assert (without["symbol_or_title"], without["votes_held"]) == ("A/1", "0")
    assert without["totals"] == "—"


def test_the_list_counts_the_votes_of_the_rows_that_it_shows(editor, django_assert_max_num_queries):
    """Of a million votes a join would read each, before the first row."""
    roll_call = factories.VoteFactory().roll_call
    with django_assert_max_num_queries(LIMIT) as asked:
        editor.get(page(roll_call, "changelist"))

    assert not [one["sql"] for one in asked if 'JOIN "archive_vote"' in one["sql"]]
