"""A release of the archive as it is at one moment: refused, or whole."""

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.utils import timezone

from archive import audit
from archive.models import Release, Vote
from archive.models.release import VERSION
from archive.releases import annotations, changes, codebook, papers, records
from archive.releases.package import Edition, Package, digest_of, pieces_of
from archive.releases.schema import datapackage
from archive.releases.tables import TABLES, Table

STAGING = ".casus-"
# Findings that are named; of more, only the number.
NAMED = 5
BATCH = 64 * 1024
SPDX = r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}"

# How PostgreSQL writes values as text must not hang on how the server or role is set up.
SESSION = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO, YMD'",
    "SET LOCAL IntervalStyle = 'postgres'",
    "SET LOCAL extra_float_digits = 1",
)


class ReleaseError(Exception):
    """Why there is no release, in words, with the remedy."""


@dataclass
class Made:
    """The files of a release, before they are put in their place."""

    folder: Path
    archive: Path
    counts: dict[str, int]
    files: dict[str, Any] = field(default_factory=dict)


def make(
    edition: Edition,
    into: Path,
    *,
    allow_shrink: bool = False,
    say: Callable[[str], None] = lambda words: None,
) -> Path:
    """Writes the release below `into`, and registers it where that is `RELEASES_DIR`.

    Gives the folder; the zip lies beside it. Raises ReleaseError, and then nothing was written:
    all is made in a hidden folder and renamed when it is whole.
    """
    if not re.fullmatch(VERSION, edition.version):
        raise ReleaseError(
            f"“{edition.version}” is no version: give a number such as 1.0 or 2026.1."
        )
    if edition.licence and not re.fullmatch(SPDX, edition.licence):
        raise ReleaseError(
            f"“{edition.licence}” is no licence: give its name in SPDX, such as CC-BY-4.0."
        )
    folder, archive = into / edition.name, into / f"{edition.name}.zip"
    is_registered = into.resolve() == Path(settings.RELEASES_DIR).resolve()
    with staging(into, edition.name) as place:
        if folder.exists() or (is_registered and _is_known(edition.version)):
            raise ReleaseError(
                f"There is a release {edition.version} already ({folder}), and what was "
                "released is not changed: give another version, or another folder with --into."
            )
        try:
            with transaction.atomic():
                fix_session(DEFAULT_DB_ALIAS)
                previous = Release.objects.exclude(version=edition.version).first()
                if is_registered:
                    _refuse_order(edition, previous)
                _refuse_errors(say)
                _refuse_shrinking(previous, allow_shrink)
                made = write(edition, place, DEFAULT_DB_ALIAS, previous, say)
                if is_registered:
                    _register(edition, made)
                # The zip first: whoever finds the folder finds both.
                made.archive.replace(archive)
                made.folder.rename(folder)
        except BaseException:
            # What is not registered is no release, whenever it failed.
            shutil.rmtree(folder, ignore_errors=True)
            archive.unlink(missing_ok=True)
            raise
    return folder


def write(
    edition: Edition,
    place: Path,
    using: str,
    previous: Release | None = None,
    say: Callable[[str], None] = lambda words: None,
) -> Made:
    """Writes folder and zip into `place`. The caller holds a transaction: all is of one moment."""
    made = Made(place / edition.name, place / f"{edition.name}.zip", _counts(using))
    package = Package(edition.name, made.folder, made.archive)
    for table in TABLES.values():
        say(f"{table.name}: {made.counts[table.name]} …")
        package.write(table.path, table.pieces(using))
    package.write("citations.jsonl", annotations.pieces(using))
    manifest = place / "records.csv"
    with manifest.open("wb") as lines:
        lines.write(changes.HEADER)
        for table in TABLES.values():
            if table.model in records.FILES.values():
                say(f"fixtures of {table.name} …")
                _write_fixtures(package, table, lines, using)
    package.write(manifest.name, pieces_of(manifest))
    package.write("CHANGELOG.md", [_changelog(edition, previous, manifest, made, using)])
    for name, content in codebook.pieces(edition.version).items():
        package.write(name, [content])
    package.write("CITATION.cff", [papers.citation(edition)])
    package.write("LICENCES.md", papers.licences(edition.licence, using))
    package.write("datapackage.json", [datapackage(edition, package.files)])
    package.close()
    made.files = package.files
    return made


def _write_fixtures(package: Package, table: Table, manifest: IO[bytes], using: str) -> None:
    """The fixture files of a table; a line of the manifest for each record."""
    written = records.written(table, using)
    count = records.rows(table, using).count()
    is_of_votes = table.model is Vote

    def pieces() -> Iterator[bytes]:
        piece, lines = bytearray(), []
        for record in islice(written, records.PART):
            piece += record.text
            if not is_of_votes:
                lines.append(f"{record.table},{record.key},{record.digest}\r\n")
            if len(piece) >= BATCH:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)
        manifest.write("".join(lines).encode())

    for name in records.names_of(table, count):
        # An empty list is what YAML needs to be a fixture.
        package.write(f"fixtures/{name}", pieces() if count else [b"[]\n"])
    if is_of_votes:
        manifest.writelines(records.digests_of_votes(table, using))


def _changelog(
    edition: Edition, previous: Release | None, now: Path, made: Made, using: str
) -> bytes:
    if edition.changelog:
        return edition.changelog
    then, earlier = None, ""
    if previous:
        folder = Path(settings.RELEASES_DIR, previous.name)
        then = folder / "records.csv"
        for path in (then, folder / "CHANGELOG.md"):
            if not path.is_file() or digest_of(path)._asdict() != previous.files[path.name]:
                raise ReleaseError(
                    f"{path} is not what was released, and without it nobody can tell what has "
                    f"changed. Unpack {previous.name}.zip there again."
                )
        earlier = (folder / "CHANGELOG.md").read_text("utf-8")
    changes.compare(now, then, using)
    return changes.changelog(edition, earlier, made.counts, using)


def _register(edition: Edition, made: Made) -> None:
    zipped = digest_of(made.archive)
    release = Release.objects.create(
        version=edition.version,
        date=edition.date,
        notes=edition.notes,
        sha256=zipped.sha256,
        size=zipped.bytes,
        counts=made.counts,
        files={path: file._asdict() for path, file in sorted(made.files.items())},
    )
    changes.remember_first(release.pk, DEFAULT_DB_ALIAS)


# --- What refuses ---------------------------------------------------------------------------


def _is_known(version: str) -> bool:
    return Release.objects.filter(version=version).exists()


def _refuse_order(edition: Edition, previous: Release | None) -> None:
    """Releases are of one moment after another, and are to be read so."""
    last = max(today(), previous.date) if previous else today()
    if edition.date > last:
        raise ReleaseError(
            f"{edition.date.isoformat()} is yet to come (today is {today().isoformat()} in UTC), "
            "and no release could be made before it. Give a day that has begun with --date."
        )
    if previous is None:
        return
    if is_lower(edition.version, previous.version):
        raise ReleaseError(
            f"{edition.version} is lower than the last release, {previous.version}: give a higher "
            "version."
        )
    if edition.date < previous.date:
        raise ReleaseError(
            f"{edition.date.isoformat()} is before the last release: {previous.version} bears "
            f"{previous.date.isoformat()}. Give that day, or a later one, with --date."
        )


def today() -> date:
    """In UTC, as all days that releases bear."""
    return timezone.now().date()


def is_lower(version: str, other: str) -> bool:
    """By their numbers; 1.0-beta is lower than 1.0, and no word than another."""
    return _order_of(version) < _order_of(other)


def _order_of(version: str) -> tuple[list[int], bool]:
    numbers, _, word = version.partition("-")
    return [int(number) for number in numbers.split(".")], not word


def _refuse_errors(say: Callable[[str], None]) -> None:
    say("audit …")
    errors = audit.errors()
    if named := [str(each) for each in islice(errors, NAMED)]:
        number = len(named) + sum(1 for _ in errors)
        more = f"\n… and {number - NAMED} more" if number > NAMED else ""
        raise ReleaseError(
            f"The audit finds errors ({number}); mend them first "
            "(manage.py audit_archive --errors):\n" + "\n".join(named) + more
        )


def _refuse_shrinking(previous: Release | None, allow_shrink: bool) -> None:
    if previous is None or allow_shrink:
        return
    now = _counts(DEFAULT_DB_ALIAS)
    shrunk = [
        f"{name} from {count} to {now.get(name, 0)}"
        for name, count in previous.counts.items()
        if now.get(name, 0) < count
    ]
    if shrunk:
        raise ReleaseError(
            f"Since release {previous.version} tables have shrunk: {'; '.join(shrunk)}. If that "
            "is meant, say --allow-shrink."
        )


def _counts(using: str) -> dict[str, int]:
    return {name: table.rows(using).count() for name, table in TABLES.items()}


# --- Places and sessions --------------------------------------------------------------------


def fix_session(using: str) -> None:
    """One moment for all that is read, and one way in which values are written as text."""
    connection = connections[using]
    with connection.cursor() as cursor:
        # Within a transaction of another's the moment is his: as in tests.
        if len(connection.savepoint_ids) == 0:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for statement in SESSION:
            cursor.execute(statement)


@contextmanager
def staging(into: Path, name: str) -> Iterator[Path]:
    """A hidden folder beside the final place, which goes whatever happens.

    What a process left that was killed goes with the next one; two at once are refused.
    """
    try:
        into.mkdir(parents=True, exist_ok=True)
        lock = os.open(into, os.O_RDONLY)
    except OSError as error:
        raise ReleaseError(
            f"Cannot write to {into}: {error.strerror}. Choose a folder with --into."
        ) from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ReleaseError(f"Another release is being written to {into}: wait.") from error
        for left in into.glob(f"{STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        try:
            place = tempfile.TemporaryDirectory(dir=into, prefix=STAGING, suffix=name)
        except OSError as error:
            raise ReleaseError(
                f"Cannot write to {into}: {error.strerror}. Choose a folder with --into."
            ) from error
        with place as path:
            yield Path(path)
    finally:
        os.close(lock)
