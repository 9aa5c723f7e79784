import pytest

from archive.models import Vote
from tests.factories import RollCallFactory, StateFactory, VoteFactory
from tests.models.breaches import Breach, change, each, each_loadable, of_vocabulary

pytestmark = pytest.mark.django_db


def voted_twice():
    first = VoteFactory()
    return change(VoteFactory(roll_call=first.roll_call), state=first.state)


BREACHES = [
    *of_vocabulary(VoteFactory, "choice"),
    *of_vocabulary(VoteFactory, "intended"),
    Breach("archive_vote_state_votes_once", voted_twice),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    vote = VoteFactory(roll_call=RollCallFactory(slug="a-1"), state=StateFactory(code="ARM"))
    assert vote.natural_key() == ("a-1", "ARM")
    assert Vote.objects.get_by_natural_key("a-1", "ARM") == vote
