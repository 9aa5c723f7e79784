"""A mass of rows at once, within the transaction of an import.

What the table of votes keeps of each row is laid aside, and made for all of them. What fails leaves
all as it was, and at the end every rule is in force. Meanwhile nobody reads votes, nor the tables
that keys of votes lead to, or come from.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError
from psycopg.errors import LockNotAvailable

# From so many votes on they are a mass.
MANY = 20_000

# The triggers ask at each row whether they are to be ignored (pgtrigger). Where nobody has said
# anything, they learn it by an error, and that is half of their time.
HEED_TRIGGERS = "SET LOCAL pgtrigger.ignore = '{}'"

# Each: how to take it away, and how to make it again.
INDEXES = """
    SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
      FROM pg_index i
     WHERE i.indrelid = 'archive_vote'::regclass
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid
                          AND c.conrelid = i.indrelid)
"""
CONSTRAINTS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid))
      FROM pg_constraint WHERE {} ORDER BY contype DESC
"""
# To take a foreign key away locks both of its tables.
TABLES = """
    SELECT string_agg(DISTINCT t.id::regclass::text, ', ')
      FROM pg_constraint
     CROSS JOIN LATERAL (VALUES (conrelid), (nullif(confrelid, 0))) t (id) WHERE {}
"""
REFERENCES = "confrelid = 'archive_vote'::regclass AND contype = 'f'"
KEYS = f"conrelid = 'archive_vote'::regclass AND contype IN ('u', 'p', 'f') OR {REFERENCES}"

# Less than the second after which PostgreSQL looks for deadlocks.
PATIENCE = "300ms"
# So many seconds a wait lasts before it is told.
UNTOLD = 1
WAITING = "Waiting until nobody reads votes, or records that have to do with them …"

# Told of a wait that lasts; and when it is over, with no words, of the seconds that it took.
Wait = Callable[[str, float], None]


def unheard(words: str, seconds: float) -> None:
    """Where nobody listens."""


@contextmanager
def built_afterwards(cursor: Any, wait: Wait = unheard) -> Iterator[None]:
    """Rows go into the bare table; its indexes and keys are made when all are in.

    At the end no check may wait for COMMIT on the table, nor on those that refer to it.
    """
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    with _without(cursor, wait, KEYS, INDEXES):
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        yield
    cursor.execute("ANALYZE archive_vote")


def next_keys(cursor: Any, *tables: str) -> list[int]:
    """The next key of each table. Those that follow are ours, too, if the table is; then call
    `keys_are_taken`."""
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence(t, 'id')) FROM unnest(%s::text[]) t",
        [[*tables]],
    )
    return [key for (key,) in cursor.fetchall()]


def keys_are_taken(cursor: Any, *tables: str) -> None:
    for table in tables:
        cursor.execute(
            f"SELECT setval(s, greatest(currval(s), (SELECT max(id) FROM {table}))) "
            f"FROM pg_get_serial_sequence('{table}', 'id') s"
        )


@contextmanager
def taken_at_once(cursor: Any, wait: Wait = unheard) -> Iterator[None]:
    """Rows go, and what refers to them is asked once, when all are gone; not by each of them."""
    with _without(cursor, wait, REFERENCES):
        yield


@contextmanager
def _without(cursor: Any, wait: Wait, keys: str, *others: str) -> Iterator[None]:
    parts: list[tuple[str, str]] = []
    _lock(cursor, keys, wait)
    for question in (CONSTRAINTS.format(keys), *others):
        cursor.execute(question)
        parts = [*cursor.fetchall(), *parts]
    cursor.execute("ALTER TABLE archive_vote DISABLE TRIGGER USER")
    for drop, _ in reversed(parts):
        cursor.execute(drop)
    yield
    for _, make in parts:
        cursor.execute(make)
    cursor.execute("ALTER TABLE archive_vote ENABLE TRIGGER USER")
    cursor.execute("SELECT archive_move_revision(true)")


def _lock(cursor: Any, keys: str, wait: Wait) -> None:
    """Waits until nobody uses the tables, and holds none of them while it waits for another.

    A reader may have one of them and wait for the next: then one of the two would be refused.
    """
    cursor.execute(TABLES.format(keys))
    [tables] = cursor.fetchone()
    began, is_told = time.monotonic(), False
    while True:
        cursor.execute(f"SAVEPOINT alone; SET LOCAL lock_timeout = '{PATIENCE}'")
        try:
            cursor.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT alone")
            if not is_told and time.monotonic() - began > UNTOLD:
                is_told = True
                wait(WAITING, 0)
            time.sleep(0.1)
        else:
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT; RELEASE SAVEPOINT alone")
            wait("", time.monotonic() - began)
            return
