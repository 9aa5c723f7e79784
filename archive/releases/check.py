"""Whether a release is whole and true: its sums, its tables, and that it can be rebuilt.

The last is the proof: the release is loaded into an empty database, made for it beside the
archive's and dropped afterwards, under all the rules of the archive; from there it is written
again, and each file must be the same to the byte. Only the change log cannot be
rebuilt from one release alone, since it tells of others; it is taken over as it is.
"""

import csv
import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, transaction
from psycopg import errors

from archive.releases import loading
from archive.releases.making import fix_session, write
from archive.releases.opening import (
    CheckFailedError,
    edition_of,
    temporary_folder,
    unpacked,
    verify_sums,
)
from archive.releases.package import SUMS, Edition, digest_of, read_sums
from archive.releases.tables import TABLES, Table

SCRATCH = "casus_check_"
# One check at a time makes its database and drops what others left.
ALONE = f"SELECT pg_advisory_lock(hashtext('{SCRATCH}'))"
LEFT = """
    SELECT quote_ident(datname) FROM pg_database d
     WHERE starts_with(datname, %s) AND pg_has_role(datdba, 'USAGE')
       AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)
"""
# Of what is wrong with the rows of a table, so much is said.
SAID = 5
INTEGER = re.compile(r"-?[0-9]+")
# Days that are remembered: many rows are of the same.
KNOWN = 10_000


def check(path: Path, say: Callable[[str], None] = lambda words: None) -> str:
    """Raises CheckFailedError; gives the version of the release, and what was found, in words."""
    with unpacked(path) as folder:
        say("sums …")
        files = verify_sums(folder)
        say("tables …")
        verify_package(folder)
        say("rebuilding …")
        edition = edition_of(folder)
        with temporary_folder() as place:
            zipped = rebuild(edition, folder, place, say)
        words = f"Release {edition.version}: {files} files are as they were made, and rebuilt"
        if path.is_file() and digest_of(path) != zipped:
            # Every file in it is the same, as was just seen.
            return f"{words}; the zip was packed by another zlib than this one."
        return f"{words} to the byte."


# --- Tables ---------------------------------------------------------------------------------


def verify_package(folder: Path) -> None:
    """Compares each table with its descriptor."""
    try:
        package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text("utf-8"))
        resources = {each["path"]: each for each in package["resources"]}
        problems = [
            f"{table.path}: no table of this name is described."
            for table in TABLES.values()
            if table.path not in resources
        ]
        keys: dict[str, set[str]] = {}
        for table in TABLES.values():
            if not problems and (words := _strange_columns(table, resources[table.path])):
                problems.append(words)
        if not problems:
            # Who is referred to comes before who refers, but for passages and parts.
            for name in sorted(TABLES, key=lambda name: name == "votes"):
                problems += _wrong_rows(folder, TABLES[name], resources[TABLES[name].path], keys)
        if not problems:
            for name, found in _references(folder, keys):
                problems.append(f"data/{name}.csv: {found}")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckFailedError(f"datapackage.json cannot be read: {error!r}.") from error
    if problems:
        raise CheckFailedError(*problems)


def _strange_columns(table: Table, resource: dict[str, Any]) -> str:
    described = [field["name"] for field in resource["schema"]["fields"]]
    ours = [column.name for column in table.columns]
    if described != ours:
        return (
            f"{table.path} has other columns than this version of the archive writes: "
            f"{', '.join(sorted(set(described) ^ set(ours))) or 'another order'}."
        )
    return ""


def _wrong_rows(
    folder: Path, table: Table, resource: dict[str, Any], keys: dict[str, set[str]]
) -> list[str]:
    """What is wrong with the cells of a table; notes its keys, where others refer to them."""
    schema = resource["schema"]
    names = [field["name"] for field in schema["fields"]]
    tests = [
        (index, field["name"], test)
        for index, field in enumerate(schema["fields"])
        if (test := _cell_test(field))
    ]
    key = [index for index, name in enumerate(names) if name in schema["primaryKey"]]
    seen: set[Any] = set()
    problems: list[str] = []
    with (folder / table.path).open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, strict=True)
        if next(rows, None) != names:
            return [f"{table.path}: its header is not what datapackage.json says."]
        for row in rows:
            if len(row) != len(names):
                problems.append(f"{table.path}, line {rows.line_num}: {len(row)} cells.")
            else:
                for index, name, is_right in tests:
                    if not is_right(row[index]):
                        words = f"“{row[index][:40]}” cannot stand in {name}."
                        problems.append(f"{table.path}, line {rows.line_num}: {words}")
                found = row[key[0]] if len(key) == 1 else hash(tuple(row[each] for each in key))
                if found in seen:
                    problems.append(f"{table.path}, line {rows.line_num}: its key stands twice.")
                seen.add(found)
            if len(problems) >= SAID:
                return problems
    if len(key) == 1:
        keys[table.name] = seen
    return problems


def _cell_test(field: dict[str, Any]) -> Callable[[str], bool] | None:
    """What a cell of the field must pass; None where any text may stand."""
    constraints = field.get("constraints", {})
    if constraints.get("required"):
        return bool
    if "enum" in constraints:
        return frozenset({"", *constraints["enum"]}).__contains__
    match field["type"]:
        case "integer":
            return lambda cell: cell == "" or INTEGER.fullmatch(cell) is not None
        case "boolean":
            return frozenset({"", "TRUE", "FALSE"}).__contains__
        case "date":
            return lambda cell: cell == "" or _is_day(cell)
    return None


@lru_cache(KNOWN)
def _is_day(cell: str) -> bool:
    try:
        date.fromisoformat(cell)
    except ValueError:
        return False
    return len(cell) == 10


def _references(folder: Path, keys: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Cells that lead to no row, by table."""
    for table in TABLES.values():
        leads = [(name, target) for name, target, _ in table.references() if target in keys]
        said = 0
        with (folder / table.path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.reader(file, strict=True)
            places = {name: index for index, name in enumerate(next(rows))}
            wanted = [(places[name], name, target) for name, target in leads]
            for row in rows:
                for index, name, target in wanted:
                    if row[index] and row[index] not in keys[target] and said < SAID:
                        said += 1
                        yield table.name, f"{name} “{row[index]}” is no row of {target}."


# --- Rebuilding -----------------------------------------------------------------------------


def rebuild(edition: Edition, folder: Path, place: Path, say: Callable[[str], None]) -> Any:
    """Loads and writes the release again; gives size and sum of the zip that comes of it."""
    with scratch_database(say) as using:
        say("loading …")
        try:
            loading.load(folder, edition.version, using, say)
        except loading.LoadError as error:
            raise CheckFailedError(f"The release cannot be loaded: {error}") from error
        say("writing …")
        with transaction.atomic(using=using):
            fix_session(using)
            made = write(edition, place, using)
    expected = read_sums((folder / SUMS).read_text("utf-8"))
    problems = [
        f"{path} comes out differently when the release is rebuilt."
        for path in sorted({*expected, *made.files} - {SUMS})
        if path not in made.files or made.files[path].sha256 != expected.get(path)
    ]
    if problems:
        raise CheckFailedError(*problems)
    return digest_of(made.archive)


@contextmanager
def scratch_database(say: Callable[[str], None]) -> Iterator[str]:
    """An empty archive beside this one, by its alias; dropped whatever happens.

    What was left by a check that was killed goes, too: a check that runs is connected to its own
    from the moment when it makes it.
    """
    default = connections[DEFAULT_DB_ALIAS]
    name = f"{SCRATCH}{secrets.token_hex(8)}"
    quoted = default.ops.quote_name(name)
    connections.databases[name] = {**default.settings_dict, "NAME": name, "CONN_MAX_AGE": 0}
    try:
        with default._nodb_cursor() as cursor:
            cursor.execute(ALONE)
            _drop_left(cursor)
            _create(cursor, quoted)
            connections[name].ensure_connection()
        say("an empty archive …")
        call_command("migrate", database=name, verbosity=0)
        yield name
    finally:
        connections[name].close()
        del connections[name]
        del connections.databases[name]
        with default._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {quoted} WITH (FORCE)")


def _drop_left(cursor: Any) -> None:
    cursor.execute(LEFT, [SCRATCH])
    for (left,) in cursor.fetchall():
        # Without FORCE: whoever connects to it now, keeps it.
        with suppress(DatabaseError):
            cursor.execute(f"DROP DATABASE IF EXISTS {left}")


def _create(cursor: Any, quoted: str) -> None:
    default = connections[DEFAULT_DB_ALIAS]
    # Tests have a migrated one to copy, as for their own databases.
    template = (default.settings_dict.get("TEST") or {}).get("TEMPLATE")
    copied = f" TEMPLATE {default.ops.quote_name(template)}" if template else ""
    try:
        cursor.execute(f"CREATE DATABASE {quoted}{copied}")
    except DatabaseError as error:
        if isinstance(error.__cause__, errors.InsufficientPrivilege):
            raise CheckFailedError(
                "To rebuild a release an empty database is made, and the archive's role may "
                "make none: ALTER ROLE … CREATEDB, or check it where the archive runs on its "
                "embedded server (without DATABASE_URL)."
            ) from error
        raise CheckFailedError(f"No database could be made: {error}") from error
