"""What a release adds, changes and withdraws, beside the one before.

Each release has the key and a digest of every record in `records.csv`. Both lists are given to
PostgreSQL, which compares a million keys without this process holding any.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.db import connections

from archive.releases.package import Edition, pieces_of
from archive.releases.tables import TABLES

HEADER = b"table,key,digest\r\n"
KINDS = ("added", "changed", "withdrawn")
# Keys that are printed of each kind and table; of more, only the number.
PRINTED = 100
TITLE = "# Changes\n"

COMPARED = """
    CREATE TEMPORARY TABLE release_changes ON COMMIT DROP AS
    SELECT coalesce(new.name, old.name) AS name, coalesce(new.key, old.key) AS key,
        CASE WHEN old.key IS NULL THEN 'added' WHEN new.key IS NULL THEN 'withdrawn'
            ELSE 'changed' END AS kind
    FROM release_now new FULL JOIN release_then old USING (name, key)
    WHERE old.digest IS DISTINCT FROM new.digest
"""

# A vote that came with its roll call has no row: see `FirstRelease`.
FIRST = """
    INSERT INTO archive_firstrelease ("table", key, release_id)
    SELECT c.name, c.key, %s FROM release_changes c
    WHERE c.kind = 'added' AND (c.name <> 'votes' OR EXISTS (
        SELECT FROM release_then t
        WHERE t.name = 'roll_calls' AND t.key = split_part(c.key, '/', 1)))
    ON CONFLICT DO NOTHING
"""


def compare(now: Path, then: Path | None, using: str) -> None:
    """Makes the temporary table `release_changes`; `then` is None before the first release.

    In that all votes came with their roll calls: these alone tell it. The caller is in a
    transaction, with whose end the tables go.
    """
    with connections[using].cursor() as cursor:
        for name, path in (("release_then", then), ("release_now", now)):
            # In this process a check may follow a release, in one transaction.
            cursor.execute(f"DROP TABLE IF EXISTS {name}, release_changes")
            cursor.execute(
                f"CREATE TEMPORARY TABLE {name} (name text, key text, digest text) ON COMMIT DROP"
            )
            if path:
                copy = f"COPY {name} FROM STDIN (FORMAT csv, HEADER)"
                with cursor.copy(copy) as into:
                    for piece in pieces_of(path) if then else _without_votes(path):
                        into.write(piece)
            cursor.execute(f"ANALYZE {name}")
        cursor.execute(COMPARED)


def _without_votes(path: Path) -> Iterator[bytes]:
    with path.open("rb") as lines:
        for line in lines:
            if not line.startswith(b"votes,"):
                yield line


def remember_first(release: int, using: str) -> None:
    """Writes down for each record that is new that this release was the first to hold it."""
    with connections[using].cursor() as cursor:
        cursor.execute(FIRST, [release])


def changelog(edition: Edition, earlier: str, made: dict[str, int], using: str) -> bytes:
    """`CHANGELOG.md`: this release, and below what the earlier ones said; `made` are its counts."""
    parts = [TITLE, f"## {edition.version} – {edition.date.isoformat()}\n"]
    if notes := edition.notes.strip():
        parts.append(f"{notes}\n")
    if not earlier:
        parts.append("The first release.\n")
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT name, kind, count(*) FROM release_changes GROUP BY name, kind")
        counts: dict[tuple[str, str], int] = {
            (name, kind): count for name, kind, count in cursor.fetchall()
        }
        if not earlier and made["votes"]:
            counts["votes", "added"] = made["votes"]
        lines = [
            f"| {name} | {' | '.join(str(counts.get((name, kind), 0)) for kind in KINDS)} |"
            for name in TABLES
            if any((name, kind) in counts for kind in KINDS)
        ]
        if lines:
            head = [f"| table | {' | '.join(KINDS)} |", "|---|--:|--:|--:|"]
            parts.append("\n".join([*head, *lines]) + "\n")
        else:
            parts.append("No record has changed.\n")
        # Whatever is in the first release is new: its files list it.
        if earlier:
            for kind in KINDS:
                found = [
                    _printed(cursor, name, kind, counts[name, kind])
                    for name in TABLES
                    if (name, kind) in counts
                ]
                if found:
                    parts.append(f"### {kind.capitalize()}\n\n" + "\n".join(found) + "\n")
    if earlier:
        parts.append(earlier.removeprefix(TITLE).lstrip("\n"))
    return "\n".join(parts).encode()


def _printed(cursor: Any, name: str, kind: str, count: int) -> str:
    cursor.execute(
        'SELECT key FROM release_changes WHERE name = %s AND kind = %s ORDER BY key COLLATE "C" '
        "LIMIT %s",
        [name, kind, PRINTED],
    )
    keys: Iterable[str] = (f"`{key}`" for (key,) in cursor.fetchall())
    more = f" and {count - PRINTED} more" if count > PRINTED else ""
    return f"- {name}: {', '.join(keys)}{more}"
