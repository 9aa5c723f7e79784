"""What the commands that take in a data set share: their options, refusals and report."""

import getpass
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError
from django.template.defaultfilters import pluralize

from archive.imports.files import Rejects, Unreadable
from archive.imports.intake import Intake, Options, Rejected, Report, take_in
from archive.management.base import DescribedCommand
from archive.management.progress import Progress
from archive.refusals import words_of


class ImportCommand(DescribedCommand):
    """Takes a file in, by an `Intake`; tells what came of it."""

    # They read every address of the site, which takes as long as a short file, and say nothing of
    # it; `migrate` runs them.
    requires_system_checks = ()
    intake: ClassVar[type[Intake]]
    options: ClassVar[type[Options]]
    report: ClassVar[type[Report]]
    file_help: ClassVar[str]
    mending: ClassVar[str]  # what to do about rejects, where it is not that states are lacking
    left_out: ClassVar[str]  # of what the report counts those left out

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=self.file_help)
        self.add_own_arguments(parser)
        parser.add_argument(
            "--make-states", action="store_true", help="make the states that the archive lacks"
        )
        parser.add_argument(
            "--leave-out-rejected",
            action="store_true",
            help=f"import the other {self.left_out.lower()} where some have rejected lines",
        )
        parser.add_argument(
            "--rejects",
            type=Path,
            help="where to list rejected lines, in the place of what stood there (default: "
            "FILE.rejects.csv in the current folder)",
        )
        parser.add_argument("--encoding", default="utf-8", help="such as latin-1 (default: utf-8)")
        parser.add_argument("--by", default="", help="who imports (default: your login)")
        parser.add_argument("--dry-run", action="store_true", help="report only; write nothing")

    def add_own_arguments(self, parser: CommandParser) -> None:
        raise NotImplementedError

    def own_options(self, given: dict[str, Any]) -> dict[str, Any]:
        """What the options of this command alone are, by the name in `options`."""
        raise NotImplementedError

    def tell_counts(self, report: Any) -> None:
        raise NotImplementedError

    def handle(self, *, file: Path, rejects: Path | None, **given: Any) -> None:
        progress = Progress(self.stderr._out)
        options = self.options(
            encoding=given["encoding"],
            make_states=given["make_states"],
            leave_out=given["leave_out_rejected"],
            dry_run=given["dry_run"],
            by=given["by"] or getpass.getuser(),
            progress=progress,
            wait=progress.wait,
            **self.own_options(given),
        )
        listed = (rejects or Path(f"{file.name}.rejects.csv")).absolute()
        self._spare(listed, file, *(each for each in given.values() if isinstance(each, Path)))
        found, report = Rejects(listed), self.report()
        try:
            take_in(self.intake, file, found, options, report)
        except LookupError as error:
            raise CommandError(f"{error}. Nothing was written.") from error
        except Unreadable as error:
            raise CommandError(f"{error} Nothing was written.") from error
        except IntegrityError as error:
            raise CommandError(f"{words_of(error)} Nothing was written.") from error
        except Rejected as error:
            progress.end()
            self._list(found)
            self._tell_lacking(report)
            raise CommandError(f"Nothing was imported. {self._remedy(error, report)}") from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted. Nothing was written.", returncode=130) from error
        else:
            progress.end()
            if found.count:
                self._list(found)
        finally:
            progress.end()
            found.close()
        self._tell(report, dry_run=options.dry_run)
        if report.refused:
            remedy = self._remedy(report.refused, report)
            raise CommandError(f"Nothing would be imported. {remedy}")

    def _remedy(self, refused: Exception, report: Report) -> str:
        if str(refused):
            return str(refused)
        making = "Have the states that the archive lacks made with --make-states. "
        return (making if report.lacking else "") + self.mending

    @staticmethod
    def _spare(listed: Path, *files: Path) -> None:
        """Refuses to list rejects in the place of what is read."""
        for each in files:
            with suppress(OSError):  # there is none, or its folder is locked
                if listed.samefile(each):
                    raise CommandError(
                        f"{listed} is read, and cannot list the rejected lines: name another file "
                        "with --rejects. Nothing was written."
                    )

    def _list(self, rejects: Rejects) -> None:
        for line in rejects.first:
            self.stderr.write(line)
        if rejects.count > len(rejects.first):
            self.stderr.write(f"… and {rejects.count - len(rejects.first):,} more")
        self.stderr.write(
            f"{rejects.count:,} reject{pluralize(rejects.count)}, all of them in {rejects.path}"
        )

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        write = self.stdout.write
        if report.is_known:
            write(
                f"{report.file_name} is imported already, as {report.is_known}. No change. "
                "To import it otherwise, take it back first."
            )
            return
        write(f"{report.file_name}: {report.layout}, {report.rows:,} row{pluralize(report.rows)}")
        write(f"SHA-256: {report.sha256}")
        for note in report.notes:
            write(f"Note: {note}.")
        self.tell_counts(report)
        for reason, number in report.left_out.items():
            write(f"{self.left_out} left out: {number:,} ({reason})")
        if report.made_states:
            states = " ".join(report.made_states)
            write(f"States made: {len(report.made_states)}: {states}")
        self._tell_lacking(report)
        write(f"Discrepancies: {report.discrepancies:,}")
        for line, record, field, held, imported in report.differences:
            said = f"“{imported}”" if imported else "nothing"
            write(f"  line {line}: {record}, {field}: held “{held}”, the file says {said}")
        if report.discrepancies > len(report.differences):
            write("  …")
        write(f"Rejected lines: {report.rejected:,}")
        if dry_run:
            write("A dry run: nothing was written.")
        else:
            write(f"Imported as {report.slug}. To take it back: undo_import {report.slug}")

    def _tell_lacking(self, report: Report) -> None:
        if report.lacking:
            states = " ".join(report.lacking)
            self.stdout.write(f"States that the archive lacks: {len(report.lacking)}: {states}")

    def tell_numbers(self, what: str, numbers: dict[str, int]) -> None:
        """Such as “Votes: 6 made, 1 confirmed”."""
        self.stdout.write(
            f"{what}: " + ", ".join(f"{number:,} {came}" for came, number in numbers.items())
        )
