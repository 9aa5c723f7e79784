from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from archive.imports.votes import VoteIntake, VoteOptions, VoteReport
from archive.management.importing import ImportCommand


class Command(ImportCommand):
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

    intake, options, report = VoteIntake, VoteOptions, VoteReport
    file_help = "the file of votes"
    mending = "Mend these lines, or import the other roll calls with --leave-out-rejected."
    left_out = "Roll calls"

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--roll-calls",
            type=Path,
            help="unvotes: the file of roll calls (default: un_roll_calls… beside un_votes…)",
        )
        parser.add_argument(
            "--body", default="", help="the organization that voted (default: unga or unsc)"
        )
        parser.add_argument(
            "--draft",
            action="store_true",
            help="keep new roll calls as drafts; not what is new in public ones",
        )

    def own_options(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            "roll_calls": given["roll_calls"],
            "body": given["body"],
            "draft": given["draft"],
        }

    def tell_counts(self, report: VoteReport) -> None:
        self.tell_numbers("Roll calls", report.roll_calls)
        self.tell_numbers("Votes", report.votes)
