import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import IntegrityError

from archive.imports.files import Rejects, Unreadable
from archive.imports.votes import Options, Rejected, Report, take_in
from archive.management.base import DescribedCommand
from archive.management.progress import Progress
from archive.refusals import words_of


class Command(DescribedCommand):
    help = """Take a file of roll calls and votes into the archive: all of it, or nothing.

The layout is told by the header: voting data of the UN Digital Library (General
Assembly, Security Council) or of unvotes; plain or .gz. What the archive holds is
confirmed where the file says the same; where it says otherwise, nothing is
overwritten: a discrepancy is kept, for a reviewer to settle. See docs/imports.md.

  manage.py import_votes votes.csv --dry-run   what would come of it
  manage.py import_votes votes.csv
  manage.py import_votes un_votes.csv.gz --roll-calls un_roll_calls.csv.gz

Lines that cannot be taken in are written to a file of rejects, and nothing is
imported. The same file again changes nothing. undo_import takes it back.
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the file of votes")
        parser.add_argument(
            "--roll-calls",
            type=Path,
            help="unvotes: the file of roll calls (default: un_roll_calls… beside un_votes…)",
        )
        parser.add_argument(
            "--body", default="", help="the organization that voted (default: unga or unsc)"
        )
        parser.add_argument(
            "--make-states", action="store_true", help="make the states that the archive lacks"
        )
        parser.add_argument(
            "--draft", action="store_true", help="keep new roll calls as drafts, unpublished"
        )
        parser.add_argument(
            "--leave-out-rejected",
            action="store_true",
            help="import the other roll calls where some have rejected lines",
        )
        parser.add_argument(
            "--rejects", type=Path, help="where to list rejected lines (default: FILE.rejects.csv)"
        )
        parser.add_argument("--encoding", default="utf-8", help="such as latin-1 (default: utf-8)")
        parser.add_argument("--by", default="", help="who imports (default: your login)")
        parser.add_argument("--dry-run", action="store_true", help="report only; write nothing")

    def handle(self, *, file: Path, rejects: Path | None, **given: Any) -> None:
        progress = Progress(self.stderr._out)
        options = Options(
            roll_calls=given["roll_calls"],
            body=given["body"],
            encoding=given["encoding"],
            make_states=given["make_states"],
            draft=given["draft"],
            leave_out=given["leave_out_rejected"],
            dry_run=given["dry_run"],
            by=given["by"] or getpass.getuser(),
            progress=progress,
        )
        listed = rejects or Path(f"{file.name}.rejects.csv")
        found = Rejects()
        try:
            report = take_in(file, found, options)
        except LookupError as error:
            raise CommandError(f"{error}. Nothing was written.") from error
        except Unreadable as error:
            raise CommandError(f"{error} Nothing was written.") from error
        except IntegrityError as error:
            raise CommandError(f"{words_of(error)} Nothing was written.") from error
        except Rejected as error:
            progress.end()
            self._list(found, listed)
            raise CommandError(
                "Nothing was imported. Mend these lines, or import the other roll calls with "
                "--leave-out-rejected."
            ) from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted. Nothing was written.", returncode=130) from error
        else:
            if found.count:
                self._list(found, listed)
        finally:
            progress.end()
            found.close()
        self._tell(report, dry_run=options.dry_run)

    def _list(self, rejects: Rejects, path: Path) -> None:
        rejects.keep(path)
        for line in rejects.first:
            self.stderr.write(line)
        if rejects.count > len(rejects.first):
            self.stderr.write(f"… and {rejects.count - len(rejects.first):,} more")
        self.stderr.write(f"{rejects.count:,} rejects, all of them in {path}")

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        write = self.stdout.write
        if report.is_known:
            write(f"{report.file_name} is imported already, as {report.is_known}. No change.")
            return
        write(f"{report.file_name}: {report.layout}, {report.rows:,} rows")
        write(f"SHA-256: {report.sha256}")
        for note in report.notes:
            write(f"Note: {note}.")
        write("Roll calls: " + ", ".join(f"{n:,} {what}" for what, n in report.roll_calls.items()))
        write("Votes: " + ", ".join(f"{n:,} {what}" for what, n in report.votes.items()))
        for reason, number in report.left_out.items():
            write(f"Roll calls left out: {number:,} ({reason})")
        if report.made_states:
            states = " ".join(report.made_states)
            write(f"States made: {len(report.made_states)}: {states}")
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
