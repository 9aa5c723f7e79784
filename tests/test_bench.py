"""The benchmark's data obey the database, and its floor says what the API says."""

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client

from bench import fill
from bench.export import COLUMNS, copy_out
from bench.generate import World
from bench.peers import composed
from bench.samples import API, LISTS, VotePage, difference
from bench.sizes import SEED, SIZES


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any) -> Any:
    """A tiny archive, filled with all triggers at work."""
    with django_db_blocker.unblock(), transaction.atomic():
        rows = connection.connection
        fill.fill(rows, World(SIZES["tiny"], SEED).rows)
        rows.execute("SET CONSTRAINTS ALL IMMEDIATE")
        rows.execute(fill.BITS)
        yield rows
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def db(filled: Any, django_db_blocker: Any) -> Iterator[None]:
    """In the place of pytest-django's: what a test changes is undone, what was filled stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def ours(path: str) -> Any:
    response = Client(headers={"host": "localhost"}).get(path, secure=True)
    assert response.status_code == 200, response.content.decode()
    return response.json()


def floor(rows: psycopg.Connection[Any], statement: str, **parameters: Any) -> Any:
    (text,) = rows.execute(statement, parameters).fetchone() or ["null"]
    return json.loads(text)


def test_check_finds_a_misquotation(filled: psycopg.Connection[Any]) -> None:
    fill.check(filled)  # nothing is wrong, with the triggers as judges
    filled.execute("SET LOCAL session_replication_role = replica")
    filled.execute("UPDATE archive_citation SET quote = 'No such words' WHERE id = 7")
    with pytest.raises(ValueError, match="does not stand in the body"):
        fill.check(filled)


@pytest.mark.parametrize("name", LISTS)
def test_floor_of_each_list(filled: psycopg.Connection[Any], name: str) -> None:
    first = ours(f"{API}{name}/?page_size=1")
    following = ours(first["next"])
    page = floor(filled, composed.LISTS[name], after=first["results"][0][LISTS[name][1]])
    # One row of ours, a hundred of the floor's.
    assert difference(following["results"], page["results"][:1]) == ""
    assert len(page["results"]) > 1


def test_floor_of_an_event(filled: psycopg.Connection[Any]) -> None:
    slug = ours(f"{API}requests/?page_size=1")["results"][0]["event"]["slug"]
    event = floor(filled, composed.EVENT, key=slug)
    assert event["requests"]
    assert difference(ours(f"{API}events/{slug}/"), event) == ""


def test_floor_of_votes(filled: psycopg.Connection[Any]) -> None:
    page = VotePage(ours(f"{API}votes/")["results"][0]["state"]["code"], "1946-01-01", "2025-12-31")
    days = {"state": page.state, "from": page.first, "to": page.last}
    votes = floor(filled, composed.VOTES, **days)
    assert len(votes["results"]) > 1
    assert difference(ours(page.archive()), votes) == ""


def test_bit_strings_say_what_the_join_says(filled: psycopg.Connection[Any]) -> None:
    states = [state["code"] for state in ours(f"{API}states/")["results"]]
    pairs = floor(filled, composed.SELF_JOIN, states=states)
    assert len(pairs) > 10
    # The join has no line for two states that never voted at once.
    bits = floor(filled, composed.BITS, states=states)
    assert [pair for pair in bits if pair["compared"]] == pairs


def test_copy_has_a_line_a_vote(filled: psycopg.Connection[Any]) -> None:
    (votes,) = filled.execute("SELECT count(*) FROM archive_vote").fetchone() or [0]
    size, _ = copy_out(filled, ["choice"])
    assert size > 3 * votes
    wide, _ = copy_out(filled, list(COLUMNS))
    assert wide > size
