"""A mass of rows at once, within the transaction of an import.

What the table of votes keeps of each row is laid aside, and made for all of them. What fails leaves
all as it was, and at the end every rule is in force. Nobody reads votes meanwhile.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# From so many votes on they are a mass.
MANY = 20_000

# The triggers ask at each row whether they are to be ignored (pgtrigger). Where nobody has said
# anything, they learn it by an error, and that is half of their time.
HEED_TRIGGERS = "SET LOCAL pgtrigger.ignore = '{}'"

# Each: how to take it away, and how to make it again.
INDEXES = """
    SELECT format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
      FROM pg_index i
     WHERE i.indrelid = 'archive_vote'::regclass AND NOT i.indisprimary
       AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid
                          AND c.conrelid = i.indrelid)
"""
CONSTRAINTS = """
    SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
           format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid))
      FROM pg_constraint WHERE {} ORDER BY contype DESC
"""
KEYS = CONSTRAINTS.format("conrelid = 'archive_vote'::regclass AND contype IN ('u', 'f')")
REFERENCES = CONSTRAINTS.format("confrelid = 'archive_vote'::regclass AND contype = 'f'")


@contextmanager
def built_afterwards(cursor: Any) -> Iterator[None]:
    """Rows go into the bare table; its indexes and keys are made when all are in."""
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
    with _without(cursor, KEYS, INDEXES):
        yield
    cursor.execute("ANALYZE archive_vote")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def taken_at_once(cursor: Any) -> Iterator[None]:
    """Rows go, and what refers to them is asked once, when all are gone; not by each of them."""
    with _without(cursor, REFERENCES):
        yield


@contextmanager
def _without(cursor: Any, *questions: str) -> Iterator[None]:
    parts: list[tuple[str, str]] = []
    cursor.execute("LOCK TABLE archive_vote IN ACCESS EXCLUSIVE MODE")
    for question in questions:
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
