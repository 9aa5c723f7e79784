"""How many queries each address takes: committed, in ``query_counts.json``.

One of each asks for the revision. More rows never take more queries. A count that changes
is a decision: see why, then correct the file.
"""

import json
import re
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive.api import ballots, freshness
from archive.api.views import LISTS
from tests import factories as make
from tests.factories import cite, publish

FILE = Path(__file__).parent / "query_counts.json"
COUNTS = json.loads(FILE.read_text())
MOST = 8

DETAILS = {
    "sources": "gazette",
    "articles": "gazette-1933",
    "states": "FRE",
    "organizations": "league",
    "provisions": "covenant-10",
    "memberships": "fre-league-1920",
    "events": "incursion-1933",
    "requests": "fre-league-1933",
    "responses": "league-fre-1933-05",
    "roll-calls": "league-1",
    "votes": "league-1/FRE",
    "imports": "votes-file",
}
ADDRESSES = [
    "",
    *(f"{name}/" for name in LISTS),
    *(f"{name}/{key}/" for name, key in DETAILS.items()),
    "citations/<uuid>/",
    "organizations/league/members/",
    "organizations/league/members/?on=1933-01-01",
    "states/FRE/record/",
    "organizations/league/record/",
    "requests/fre-league-1933/roster/",
    "agreement/?states=FRE,OST&body=league",
    "events/?state=FRE&role=target&article=gazette-1933&from=1933",
    "votes/?state=FRE&count=true&page_size=1",
    "events/?facets=kind,state&fields=url",
    "events/incursion-1933/?fields=url",
]


def grow(world):
    """More of everything that is nested, so that a query a row would show."""
    for _ in range(3):
        request = publish(
            make.RequestFactory(
                event=world.event,
                requester=make.StateFactory(),
                addressee_organization=None,
                addressee_state=make.StateFactory(),
                provision=make.ProvisionFactory(),
            )
        )
        response = publish(make.ResponseFactory(request=request))
        share = publish(
            make.ResponseFactory(
                request=request,
                responder_organization=None,
                responder_state=world.freedonia,
                part_of=response,
            )
        )
        participation = make.ParticipationFactory(
            event=world.event, alleged_by=make.StateFactory(), role="other"
        )
        membership = publish(make.MembershipFactory(organization=world.league))
        vote = make.VoteFactory(roll_call=world.roll_call)
        for record in (request, response, share, participation, membership, vote, world.votes[0]):
            cite(record)
        publish(make.RequestFactory(event=world.event, requester=world.freedonia))
        publish(make.MembershipFactory(state=world.freedonia))


def measured(client, address):
    """What is asked when the answer is not kept, but what many rows share is."""
    client.get(f"/api/v1/{address}")
    freshness.forget()
    with CaptureQueriesContext(connection) as queries:
        response = client.get(f"/api/v1/{address}")
    assert response.status_code == 200, address
    return [query["sql"] for query in queries]


@pytest.fixture
def addresses(world):
    uuid = str(world.event.citations.filter(status="published").first().uuid)
    return {address: address.replace("<uuid>", uuid) for address in ADDRESSES}


def test_query_counts_are_as_committed_however_many_the_rows(client, world, addresses):
    for rows in ("few", "many"):
        if rows == "many":
            grow(world)
        ballots.current()  # read once a process and change of a vote, not once a call
        for address in ADDRESSES:
            queries = measured(client, addresses[address])
            committed = COUNTS.get(address)
            assert len(queries) == committed, (
                f"{address or '/'} takes {len(queries)} queries, {FILE.name} says {committed}:\n"
                + "\n".join(queries)
            )


def test_no_count_is_above_the_limit_or_without_an_address():
    assert list(COUNTS) == ADDRESSES
    assert max(COUNTS.values()) <= MOST


def test_texts_are_not_fetched_where_they_are_not_shown(client, world, addresses):
    for address in ADDRESSES:
        if address != "articles/gazette-1933/":
            for sql in measured(client, addresses[address]):
                # Cut by a function it may be; as a column of its own it may not.
                assert not re.search(r'(?<!\()"archive_article"\."text",', sql), address
