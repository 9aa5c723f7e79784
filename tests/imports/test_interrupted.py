"""An import that is interrupted or killed in its middle leaves no trace, and may be run again."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from archive import fixtures, models
from archive.imports import mass
from tests.factories import OrganizationFactory, StateFactory
from tests.imports.test_memberships import ATOP, atop
from tests.imports.test_votes import NAMES, roll, table

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def interruptible():
    """Who is started in the background ignores Ctrl-C, and so do the processes that it starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def environment(interruptible):
    """What a process of its own needs to meet the database of the tests."""
    to = connection.get_connection_params()
    address = f"{to['user']}:{to.get('password') or ''}@/{to['dbname']}"
    return os.environ | {
        "DATABASE_URL": f"postgres://{address}?host={to['host']}&port={to['port']}",
        "SECRET_KEY": "for-this-test-only-and-therefore-no-secret",
        "ALLOWED_HOSTS": "localhost",
    }


def wait_until(question):
    """Until the database says yes."""
    deadline = time.monotonic() + 60
    with connection.cursor() as cursor:
        while not cursor.execute(f"SELECT {question}").fetchone()[0]:
            assert time.monotonic() < deadline, question
            time.sleep(0.05)


HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
IS_WRITING = (
    "EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = 'archive_importedrow'"
    f"::regclass AND {HERE})"
)
IS_OVER = f"NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND {HERE})"


VOTES = (table(*roll()), "import_votes")
MEMBERS = (ATOP(atop(371)), "import_memberships", "--make-organizations", "--make-states")


@pytest.mark.parametrize(
    ("content", "command", "signals"),
    [
        (VOTES[0], VOTES[1:], {signal.SIGINT: 130, signal.SIGKILL: -signal.SIGKILL}),
        (MEMBERS[0], MEMBERS[1:], {signal.SIGKILL: -signal.SIGKILL}),
    ],
    ids=["votes", "memberships"],
)
def test_no_trace_is_left(content, command, signals, environment, tmp_path):
    OrganizationFactory(slug="unga")
    for code in NAMES:
        StateFactory(code=code)
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    arguments = [command[0], str(path), *command[1:]]
    before = [fixtures.dump(model) for model in fixtures.FILES.values()]
    for number, code in signals.items():
        with transaction.atomic():
            with connection.cursor() as cursor:
                # Half of it is written by then: lines come after records.
                cursor.execute("LOCK TABLE archive_importedrow IN SHARE MODE")
            with subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=settings.BASE_DIR,
                env=environment,
                stderr=subprocess.PIPE,
                text=True,
            ) as process:
                try:
                    wait_until(IS_WRITING)
                    process.send_signal(number)
                    said = process.communicate(timeout=60)[1]
                finally:
                    process.kill()
            assert process.returncode == code, said
        assert ("Nothing was written" in said) is (number == signal.SIGINT)
        wait_until(IS_OVER)
        assert [fixtures.dump(model) for model in fixtures.FILES.values()] == before
        assert not models.Import.objects.exists()
    call_command(*arguments, stdout=StringIO(), stderr=StringIO())
    assert models.ImportedRow.objects.exists()


@pytest.mark.parametrize("lay_aside", [mass.built_afterwards, mass.taken_at_once])
def test_a_mass_waits_for_a_reader_who_goes_on_to_another_table(lay_aside):
    """It holds none of the tables meanwhile: else one of the two would be refused."""
    reader = psycopg.connect(**connection.get_connection_params())

    def read_on():
        for _ in range(500):
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode LIKE 'AccessEx%'"
            if reader.execute(waiting).fetchone() != (0,):
                break
            time.sleep(0.01)
        for name in ("vote", "rollcall", "citation"):
            reader.execute(f"SELECT FROM archive_{name}")
        reader.commit()

    reader.execute("SELECT FROM archive_rollcall, archive_citation")
    with ThreadPoolExecutor() as pool, closing(reader):
        done = pool.submit(read_on)
        with transaction.atomic(), connection.cursor() as cursor, lay_aside(cursor):
            assert done.exception() is None


class Terminal(StringIO):
    """Tells a reader to end once it is said that somebody waits for him."""

    def __init__(self, reader):
        super().__init__()
        self.reader = reader

    def isatty(self):
        return True

    def write(self, words):
        if "Waiting until nobody reads votes" in words:
            self.reader.commit()
        return super().write(words)


def test_a_mass_says_that_it_waits(tmp_path, monkeypatch):
    monkeypatch.setattr(mass, "MANY", 1)
    monkeypatch.setattr(mass, "UNTOLD", 0)
    OrganizationFactory(slug="unga")
    for code in NAMES:
        StateFactory(code=code)
    path = tmp_path / "data.csv"
    path.write_bytes(VOTES[0])
    with closing(psycopg.connect(**connection.get_connection_params())) as reader:
        for command in ("import_votes", "undo_import"):
            reader.execute("SELECT FROM archive_vote")
            terminal = Terminal(reader)
            argument = models.Import.objects.get().slug if command == "undo_import" else str(path)
            call_command(command, argument, stdout=StringIO(), stderr=terminal)
            assert terminal.getvalue().count("Waiting until nobody reads votes") == 1
    assert not models.Vote.objects.exists()
