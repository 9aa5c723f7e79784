"""The benchmark's data obey the database, and its floor says what the API says."""

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client

from archive.models import Discrepancy, State, Vote
from bench import fill
from bench.data import floors, layout
from bench.data.reader import Reader, page
from bench.data.table import rows as table_of
from bench.data.tasks import PARTS, Tasks
from bench.export import COLUMNS, copy_out
from bench.generate import World
from bench.goals import as_json
from bench.peers import bulk, composed
from bench.samples import API, LISTS, VotePage, difference
from bench.sizes import SEED, SIZES
from tests.factories import StateFactory


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


# --- Imports and releases -----------------------------------------------------------------------


@pytest.fixture
def voters(db: None) -> None:
    """The states of the invented files, where the tiny archive lacks them."""
    for code in {*layout.members(), "SUN"} - set(State.objects.values_list("code", flat=True)):
        StateFactory(code=code)


def imported(path: Path) -> str:
    out = StringIO()
    connection.cursor().execute("SET CONSTRAINTS ALL DEFERRED")
    call_command("import_votes", str(path), stdout=out)
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")
    return out.getvalue()


def votes_held() -> set[Any]:
    return set(
        Vote.objects.filter(import_line__isnull=False).values_list(
            "import_line", "roll_call__slug", "state__code", "choice"
        )
    )


def test_floors_store_what_the_import_stores(
    filled: psycopg.Connection[Any], voters: None, tmp_path: Path
) -> None:
    path = tmp_path / "votes.csv"
    number = layout.write(path, SIZES["tiny"], 7_000_000)
    with transaction.atomic():
        told = imported(path)
        assert f"Votes: {number:,} made" in told
        assert "Rejected lines: 0" in told
        expected = votes_held()
        finished = floors.Finished(filled, tmp_path)
        transaction.set_rollback(True)
    for floor in (floors.built_afterwards, floors.row_by_row):
        with transaction.atomic():
            assert floor(filled, finished) > 0
            assert votes_held() == expected
            filled.execute("SET CONSTRAINTS ALL IMMEDIATE")  # every key is in force
            transaction.set_rollback(True)


def test_a_changed_file_differs_in_votes_and_totals(voters: None, tmp_path: Path) -> None:
    for name in ("held", "changed"):
        path = tmp_path / f"{name}.csv"
        layout.write(path, SIZES["tiny"], 7_000_000, is_changed=name == "changed")
        told = imported(path)
    assert "Votes: 0 made" in told
    assert "Rejected lines: 0" in told
    differing = Discrepancy.objects.values_list("field", flat=True)
    assert {"choice"} < set(differing)


def test_bulk_create_stores_a_share_of_the_votes(voters: None, tmp_path: Path) -> None:
    path = tmp_path / "votes.csv"
    layout.write(path, SIZES["tiny"], 7_000_000)
    with transaction.atomic():
        imported(path)
        expected = {vote for vote in votes_held() if vote[0] <= 26}
        transaction.set_rollback(True)
    connection.cursor().execute("SET CONSTRAINTS ALL DEFERRED")
    assert bulk.take_in(path, 25) == 25
    assert {
        (*vote[:2], vote[2].replace("RUS", "SUN"), vote[3]) for vote in votes_held()
    } == expected


def test_floor_of_a_release_holds_each_vote(
    filled: psycopg.Connection[Any], tmp_path: Path
) -> None:
    floors.copied_summed_zipped(filled, tmp_path / "tables")
    with ZipFile(tmp_path / "tables" / "tables.zip") as zipped:
        assert {f"{name}.csv" for name in floors.RELEASED} < set(zipped.namelist())
        lines = zipped.read("vote.csv").splitlines()
    assert len(lines) == Vote.objects.count()


@pytest.mark.parametrize("status", [200, 500])
def test_reader_is_answered_or_says_that_he_is_not(
    filled: psycopg.Connection[Any], status: int
) -> None:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *words: Any) -> None:
            pass

    database = SimpleNamespace(connect=lambda: nullcontext(filled))
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever).start()
        says = nullcontext() if status == 200 else pytest.raises(RuntimeError, match="no answer")
        reader = Reader(SimpleNamespace(port=server.server_port), database)  # type: ignore[arg-type]
        with says, reader:
            time.sleep(0.2)
        server.shutdown()
    assert len(reader.times) > 1 or status == 500
    assert reader.locked == 0
    assert len({page(number) for number in range(5_000)}) == 5_000


def test_table_of_imports_and_releases() -> None:
    tasks = Tasks.__new__(Tasks)
    tasks.votes, tasks.few_votes, tasks.refused = 1_200_000, 10_000, "no release"
    tasks.measured = defaultdict(list)
    for name, *values in (
        ("first", 6, 20, 5),
        ("first, floor", 4),
        ("living", 30),
        ("living, floor", 25),
        ("reader, quiet", 5),
        ("reader, import", 20),
        ("reader, floor", 20),
        ("reader, locked", 0, 1),
        ("dry run", 6),
        ("changed", 11),
        ("undo", 3),
        ("import, MB", 90, 110),
        ("import of few, MB", 90),
        ("export, MB", 120),
        ("release, floor", 7),
        (f"bulk_create, 1/{PARTS[0]}", 4),
        (f"bulk_create, 1/{PARTS[1]}", 8.2),
    ):
        tasks.measured[name] += values
    tasks.finish()
    found = table_of(tasks)
    verdicts = [check.verdict() for row in found for check in row.checks]
    assert verdicts == [
        *("reached", "reached"),  # 1.5 times the floor, bulk_create by a tenth of the votes
        *("reached", "missed", "beyond"),  # one reader waited for a lock
        *("reached", "within the noise"),
        "beyond",
        *("reached", "reached", "not there yet"),
        "not there yet",
    ]
    assert "no release" in as_json(found)[-1]["note"]
