from operator import attrgetter

import pytest
from django.urls import reverse

from tests import factories
from tests.admin.conftest import client_of
from tests.admin.users import make_reviewer

pytestmark = pytest.mark.django_db


def test_pages_follow_each_other_in_the_order_of_the_list():
    roll_call = factories.RollCallFactory()
    states = [factories.StateFactory(name=f"State {number:02}") for number in range(52)]
    for state in reversed(states):
        factories.VoteFactory(roll_call=roll_call, state=state)
    reviewer, votes = client_of(make_reviewer()), reverse("admin:archive_vote_changelist")

    shown = [
        list(map(attrgetter("state"), reviewer.get(votes, {"p": page}).context["cl"].result_list))
        for page in (1, 2)
    ]

    assert shown == [states[:50], states[50:]]
