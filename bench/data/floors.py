"""What PostgreSQL needs for the rows alone: COPY of what an import made, ready to be stored."""

import hashlib
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import psycopg

from bench import export

BLOCK = 1 << 18

# What an import makes, in the order of its foreign keys. First what the others name …
REGISTRATION = ("source", "import", "state")
# … then its roll calls with their histories, their proofs and what search finds of them …
ROLL_CALLS = ("rollcall", "rollcallversion", "importedrow", "searchentry")
# … and the votes, without their keys and the time of their change, which the table gives.
VOTE = "roll_call_id, state_id, choice, intended, imported_id, import_line"

# All that makes the table slow to write to, and must be there in the end.
INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid), format('DROP INDEX %s', i.indexrelid::regclass)
      FROM pg_index i WHERE i.indrelid = 'archive_vote'::regclass AND NOT EXISTS (
           SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = i.indrelid)
"""
CONSTRAINTS = """
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
                  pg_get_constraintdef(oid)),
           format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname)
      FROM pg_constraint
     WHERE conrelid = 'archive_vote'::regclass AND contype IN ('u', 'p', 'f')
        OR confrelid = 'archive_vote'::regclass AND contype = 'f'
     ORDER BY contype DESC
"""


class Finished:
    """The rows that the last import made in a database, as files that COPY reads."""

    def __init__(self, connection: psycopg.Connection[Any], folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        last = "(SELECT max(id) FROM archive_import)"
        made = f"(SELECT roll_call_id FROM archive_importedrow WHERE source_import_id = {last})"
        conditions = {
            "source": f"id = (SELECT source_id FROM archive_import WHERE id = {last})",
            "import": f"id = {last}",
            "state": "code IN (SELECT jsonb_array_elements_text(report->'made_states') "
            f"FROM archive_import WHERE id = {last})",
            "rollcall": f"id IN {made}",
            "rollcallversion": f"pgh_obj_id IN {made}",
            "importedrow": f"source_import_id = {last}",
            "searchentry": f"kind = 'roll_call' AND key IN {made}",
            "vote": f"imported_id = {last}",
        }
        self.columns = {name: _stored(connection, f"archive_{name}") for name in conditions}
        self.columns["vote"] = VOTE
        for name, condition in conditions.items():
            rows = f"SELECT {self.columns[name]} FROM archive_{name} WHERE {condition} ORDER BY id"
            with (folder / name).open("wb") as file:
                copied(connection, f"COPY ({rows}) TO STDOUT", file)

    def register(self, connection: psycopg.Connection[Any]) -> None:
        """Not measured: a few rows."""
        source = (self.folder / "source").read_text().partition("\t")[0]
        is_there = connection.execute("SELECT FROM archive_source WHERE id = %s", [source]).rowcount
        with _unchecked(connection):
            for name in REGISTRATION[is_there:]:
                self._read(connection, name)

    def put_roll_calls(self, connection: psycopg.Connection[Any]) -> None:
        """Finished as they are: no trigger has anything to do."""
        with _unchecked(connection):
            for name in ROLL_CALLS:
                self._read(connection, name)

    def put_votes(self, connection: psycopg.Connection[Any]) -> None:
        self._read(connection, "vote")

    def _read(self, connection: psycopg.Connection[Any], name: str) -> None:
        statement = f"COPY archive_{name} ({self.columns[name]}) FROM STDIN"
        with (
            (self.folder / name).open("rb") as file,
            connection.cursor().copy(statement) as copy,
        ):
            while block := file.read(BLOCK):
                copy.write(block)


def copied(connection: psycopg.Connection[Any], statement: str, file: BinaryIO) -> None:
    with connection.cursor().copy(statement) as copy:
        for piece in copy:
            file.write(piece)


@contextmanager
def _unchecked(connection: psycopg.Connection[Any]) -> Iterator[None]:
    connection.execute("SET session_replication_role = replica")
    yield
    connection.execute("RESET session_replication_role")


def _stored(connection: psycopg.Connection[Any], table: str) -> str:
    """The columns of a table that are not computed from others."""
    found = connection.execute(
        "SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [table],
    ).fetchall()
    return ", ".join(name for (name,) in found)


def built_afterwards(connection: psycopg.Connection[Any], finished: Finished) -> float:
    """Seconds of: the rows into the bare table, then its indexes and keys; in one transaction."""
    finished.register(connection)
    parts = [
        *connection.execute(INDEXES).fetchall(),
        *connection.execute(CONSTRAINTS).fetchall(),
    ]
    began = time.perf_counter()
    with connection.transaction():
        connection.execute("SET LOCAL maintenance_work_mem = '256MB'")
        connection.execute("ALTER TABLE archive_vote DISABLE TRIGGER USER")
        for _, drop in reversed(parts):
            connection.execute(drop)
        finished.put_roll_calls(connection)
        finished.put_votes(connection)
        for make, _ in parts:
            connection.execute(make)
        connection.execute("ALTER TABLE archive_vote ENABLE TRIGGER USER")
    connection.execute("ANALYZE archive_vote")
    return time.perf_counter() - began


def row_by_row(connection: psycopg.Connection[Any], finished: Finished) -> float:
    """Seconds of: the rows into the table as it stands, with all that is in force there."""
    finished.register(connection)
    began = time.perf_counter()
    finished.put_roll_calls(connection)
    finished.put_votes(connection)
    return time.perf_counter() - began


# --- Releases ---------------------------------------------------------------------------------

RELEASED = (
    *("state", "organization", "source", "provision", "article", "membership", "event"),
    *("participation", "request", "response", "rollcall", "import", "importedrow", "discrepancy"),
    "citation",
)
# As the release has them, with their labels and evidence; what only a server can say is not in it.
VOTES = [name for name in export.COLUMNS if name not in ("evidence_url", "updated_at", "url")]


def copied_summed_zipped(connection: psycopg.Connection[Any], folder: Path) -> float:
    """Seconds of: each table to a file, the SHA-256 of the file, all files in a zip."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tables = {name: f"COPY archive_{name} TO STDOUT (FORMAT csv, HEADER)" for name in RELEASED}
    began = time.perf_counter()
    zipped = folder / "tables.zip"
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, statement in {**tables, "vote": export.statement(VOTES)}.items():
            path = folder / f"{name}.csv"
            with path.open("w+b") as file:
                copied(connection, statement, file)
                file.seek(0)
                hashlib.file_digest(file, "sha256")
            archive.write(path, path.name)
    return time.perf_counter() - began
