"""What all imports share: one file, one transaction, one registration; or nothing.

A subclass of `Intake` knows what the lines become: see `votes.py`.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import pghistory
from django.db import connection, transaction

from archive.choices import SourceKind
from archive.imports import mass
from archive.imports.files import Rejects, Table, Unreadable, sha256_of
from archive.imports.layouts import Layout
from archive.imports.states import States
from archive.models import Import, Source
from archive.version import VERSION

# One import at a time: two would not see what the other makes.
LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('archive_import'))"


@dataclass
class Options:
    """How to take a file in; see the help of the commands."""

    encoding: str = "utf-8"
    make_states: bool = False
    leave_out: bool = False  # take in the rest where lines are rejected
    dry_run: bool = False
    by: str = ""
    # Told of the share of the file that was read (0 to 1), and of the rows, now and then.
    progress: Callable[[float, int], None] = lambda share, rows: None
    wait: mass.Wait = mass.unheard


@dataclass
class Report:
    """What came of an import, or would come of it."""

    layout: str = ""
    file_name: str = ""
    sha256: str = ""
    rows: int = 0
    is_known: str = ""  # the import that brought the same file before
    slug: str = ""
    notes: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    made_states: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)  # states that could have been made
    refused: Exception | None = None  # why nothing would be imported; of a dry run
    differences: list[tuple[Any, ...]] = field(default_factory=list)
    discrepancies: int = 0
    rejected: int = 0

    def kept(self) -> dict[str, Any]:
        """What the registration of the import keeps of it."""
        return {
            "discrepancies": self.discrepancies,
            "rejected": self.rejected,
            "left_out": self.left_out,
            "made_states": self.made_states,
            "notes": self.notes,
        }


class Rejected(Exception):  # noqa: N818 - an answer, not a malfunction
    """Lines of the file cannot be taken in, so nothing was; the message says what to do, where it
    is not what the command says."""


BROKEN = (
    "Mend these lines. Nobody knows to what a line belongs that cannot be read, so nothing is "
    "known to be whole, and --leave-out-rejected does not help."
)


class Intake:
    """One file on its way into the archive, within one transaction."""

    command: ClassVar[str]  # which history names
    naming: ClassVar[type[States]] = States
    reader: Layout
    sum: Future[str]  # the SHA-256 of the file

    def __init__(self, cursor: Any, rejects: Rejects, options: Options, report: Report) -> None:
        self.cursor, self.rejects, self.options, self.report = cursor, rejects, options, report
        self.states = self.naming(make=options.make_states)

    def read(self, table: Table) -> None:
        """Stages what the file says, and judges what the file alone can tell."""
        raise NotImplementedError

    def compare(self) -> None:
        """Finds what the archive holds of it, and counts for the report."""
        raise NotImplementedError

    def write(self) -> None:
        """Makes what is new, under the registration, and keeps what differs."""
        raise NotImplementedError

    def run(self, table: Table, sha256: str) -> None:
        """`sha256` is that of the file, if it is known."""
        self.cursor.execute(LOCK)
        if not self.cursor.fetchone()[0]:
            raise Unreadable("Another import is running: wait until it has ended.")
        self.cursor.execute(mass.HEED_TRIGGERS)
        self.read(table)
        # Meanwhile, for the server has more to do than we.
        with ThreadPoolExecutor(max_workers=1) as aside:
            self.sum = aside.submit(lambda: sha256 or sha256_of(table.path))
            if not self.options.dry_run:
                self.states.create()
            self.compare()
            if not self.options.dry_run:
                self.write()
        self.report.sha256 = self.sum.result()

    def refusal(self) -> Rejected | None:
        """Why the lines rejected so far let nothing be taken in, not even the rest."""
        if self.reader.is_broken:
            return Rejected(BROKEN)
        return Rejected() if self.rejects.count and not self.options.leave_out else None

    def judge_rejects(self) -> None:
        """Raises what stops the import; a dry run goes on to tell."""
        if not self.rejects.count:
            return
        self.report.lacking = sorted(self.states.lacking)
        self.rejects.keep()
        self.report.refused = self.refusal()
        if self.report.refused and not self.options.dry_run:
            raise self.report.refused

    def finish_reading(self) -> None:
        """All lines are read: what they amount to."""
        self.options.progress(1, self.reader.rows)
        self.reader.finish()
        self.report.rows = self.reader.rows
        self.report.notes = self.reader.table.notes
        if not self.reader.rows and not self.rejects.count:
            raise Unreadable(f"{self.report.file_name} has a header, and no rows.")
        self.report.rejected = self.rejects.count

    def register(self, key: int | None = None) -> Import:
        """`key`, where its rows had to name it before."""
        data_set, report = self.reader.data_set, self.report
        source, _ = Source.objects.get_or_create(
            slug=data_set.slug,
            defaults={
                "name": data_set.name,
                "kind": SourceKind.DATASET,
                "homepage": data_set.homepage,
                "note": data_set.note,
            },
        )
        layout = self.reader.layout
        slug = f"{layout.value.replace('_', '-')}-{self.sum.result()[:12]}"
        again = Import.objects.filter(slug__startswith=slug).count()
        report.slug = f"{slug}-{again + 1}" if again else slug
        return Import.objects.create(
            pk=key,
            slug=report.slug,
            layout=layout,
            source=source,
            file_name=report.file_name[:255],
            sha256=self.sum.result(),
            rows=report.rows,
            imported_by=self.options.by,
            tool_version=VERSION,
            report={**report.kept(), **self.reader.companion},
        )


def take_in(
    intake: type[Intake], path: Path, rejects: Rejects, options: Options, report: Report
) -> None:
    """Imports a file; raises `Unreadable` or `Rejected` where nothing was written."""
    report.file_name = path.name
    standing = Import.objects.standing()
    sha256 = sha256_of(path) if standing.exists() else ""
    if known := standing.filter(sha256=sha256).first():
        report.is_known, report.rows = known.slug, known.rows
        return
    with (
        pghistory.context(command=intake.command, by=options.by, file=path.name),
        transaction.atomic(),
        connection.cursor() as cursor,
        Table(path, options.encoding) as table,
    ):
        intake(cursor, rejects, options, report).run(table, sha256)
        if options.dry_run:
            transaction.set_rollback(True)
