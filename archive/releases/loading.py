"""A release becomes an archive again: the whole of it, or nothing.

Records come from the fixtures; imported votes and the lines of imports, of which there can be
millions, straight from their tables in `data/`, by sets. Every rule of the archive holds when it
ends. Who took a file in, or settled a discrepancy, no release tells: in the new archive the release
stands in their place.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pghistory
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, connections, transaction

from archive.api import exports
from archive.imports import mass
from archive.refusals import words_of
from archive.releases.opening import edition_of, unpacked, verify_sums
from archive.releases.package import pieces_of
from archive.releases.reading import FixtureError, Reader
from archive.releases.records import FILES
from archive.releases.tables import TABLES, Table


class LoadError(Exception):
    """Why a release was not loaded, in words; nothing was written."""


VOTES = """
    INSERT INTO archive_vote (roll_call_id, state_id, choice, intended, imported_id, import_line)
    SELECT r.id, s.id, v.choice, coalesce(v.intended, ''), i.id, v.import_line::integer
      FROM release_votes v
      LEFT JOIN archive_rollcall r ON r.slug = v.roll_call
      LEFT JOIN archive_state s ON s.code = v.state
      LEFT JOIN archive_import i ON i.slug = v.import
     WHERE v.import IS NOT NULL
"""
# A line is written once its record is there; what leads nowhere is about none, and refused.
LINES = """
    INSERT INTO archive_importedrow
           (source_import_id, line, number, made, roll_call_id, membership_id, vote_id)
    SELECT i.id, w.line::integer, coalesce(w.number, ''), w.made::boolean, r.id, m.id, v.id
      FROM release_imported_rows w
      LEFT JOIN archive_import i ON i.slug = w.import
      LEFT JOIN archive_rollcall r ON w.target_type = 'roll_call' AND r.slug = w.target
      LEFT JOIN archive_membership m ON w.target_type = 'membership' AND m.slug = w.target
      LEFT JOIN LATERAL (
           SELECT v.id FROM archive_vote v
             JOIN archive_rollcall c ON c.id = v.roll_call_id
             JOIN archive_state s ON s.id = v.state_id
            WHERE w.target_type = 'vote' AND c.slug = split_part(w.target, '/', 1)
              AND s.code = split_part(w.target, '/', 2)) v ON true
     WHERE {condition}
     ORDER BY w.import, w.line::integer
        ON CONFLICT DO NOTHING
"""
IS_THERE = "num_nonnulls(r.id, m.id, v.id) = 1"


def restore(path: Path, say: Callable[[str], None] = lambda words: None) -> str:
    """Loads the release at `path` into the archive, which must be empty; what came of it.

    Raises CheckFailedError where it is not as it was made, and LoadError.
    """
    _refuse_records()
    with unpacked(path) as folder:
        say("sums …")
        verify_sums(folder)
        edition = edition_of(folder)
        load(folder, edition.version, DEFAULT_DB_ALIAS, say)
    counts = {name: table.rows(DEFAULT_DB_ALIAS).count() for name, table in TABLES.items()}
    held = ", ".join(f"{count:,} {_words(name)}" for name, count in counts.items() if count)
    return f"Loaded release {edition.version}: {held or 'nothing'}."


def _words(name: str) -> str:
    return name.replace("_", " ")


def _refuse_records() -> None:
    held = [
        str(model._meta.verbose_name_plural) for model in FILES.values() if model.objects.exists()
    ]
    if held:
        raise LoadError(
            f"The archive holds records already ({', '.join(held[:3])} …), and a release is loaded "
            "into an empty one. Make a new database, run migrate, and load it there."
        )


def load(
    folder: Path, version: str, using: str, say: Callable[[str], None] = lambda words: None
) -> None:
    """Loads the release in `folder` into an empty archive. Raises LoadError."""
    try:
        with (
            pghistory.context(command="load_release", release=version),
            transaction.atomic(using=using),
            connections[using].cursor() as cursor,
        ):
            _load(folder, f"release {version}", using, cursor, say)
        # Else the first questions to the new archive are planned as if it were empty.
        with connections[using].cursor() as cursor:
            cursor.execute("ANALYZE")
    except IntegrityError as error:
        raise LoadError(words_of(error)) from error
    except (DatabaseError, FixtureError, OSError, ValueError) as error:
        raise LoadError(str(error)) from error


def _load(
    folder: Path, signature: str, using: str, cursor: Any, say: Callable[[str], None]
) -> None:
    cursor.execute("SET LOCAL jit = off")
    reader = Reader(using, signature)
    for path in sorted((folder / "fixtures").iterdir()):
        say(f"{path.name} …")
        reader.read(path)
    say("imported votes …")
    for name in ("votes", "imported_rows"):
        _stage(TABLES[name], folder, cursor)
    cursor.execute("ANALYZE archive_rollcall, archive_membership, archive_state, archive_import")
    cursor.execute(LINES.format(condition=IS_THERE))
    # Judged before the votes are there: each of them is proven by its import.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    cursor.execute("SELECT count(*) FROM release_votes WHERE import IS NOT NULL")
    if cursor.fetchone()[0] < mass.MANY:
        cursor.execute(VOTES)
    else:
        with mass.built_afterwards(cursor, lambda words, seconds: say(words) if words else None):
            cursor.execute(VOTES)
    reader.write_waiting()
    cursor.execute(LINES.format(condition="true"))


def _stage(table: Table, folder: Path, cursor: Any) -> None:
    """Copies the table into a temporary one, as text."""
    header = exports.header_of(table.columns)
    path = folder / table.path
    with path.open("rb") as file:
        if file.readline() != header:
            raise LoadError(
                f"{table.path} has other columns than this version of the archive writes: load it "
                "with the version that made it."
            )
    name = f"release_{table.name}"
    columns = ", ".join(f'"{column.name}" text' for column in table.columns)
    cursor.execute(f"DROP TABLE IF EXISTS {name}")
    cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP")
    with cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv, HEADER)") as copy:
        for piece in pieces_of(path):
            copy.write(piece)
    cursor.execute(f"ANALYZE {name}")
