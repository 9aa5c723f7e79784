import argparse
from typing import Any

from django.core.management.base import CommandParser

from archive.imports.memberships import MembershipIntake, MembershipOptions, MembershipReport
from archive.management.importing import ImportCommand


def alliances(text: str) -> dict[str, str]:
    """`349=csto,350=csto`: which organization of the archive a number of the data set is."""
    pairs = [pair.partition("=") for pair in text.split(",")]
    if not all(number.strip().isdecimal() and slug.strip() for number, _, slug in pairs):
        raise argparse.ArgumentTypeError(
            f"“{text}” is not NUMBER=ORGANIZATION, such as 4220=csto or 349=csto,350=csto"
        )
    return {number.strip(): slug.strip() for number, _, slug in pairs}


class Command(ImportCommand):
    help = """Take a file of members of alliances into the archive: all of it, or nothing.

The layout is told by the header: members of formal alliances by Correlates of War, or
the member level of ATOP; plain or .gz. Memberships come in as drafts, as exact as the
data are. What the archive holds is confirmed where it can be so; where it cannot,
nothing is overwritten: a discrepancy is kept, for a reviewer to settle. See
docs/imports.md.

  manage.py import_memberships atop.csv --alliance 4220=csto --dry-run
  manage.py import_memberships atop.csv --alliance 4220=csto
  manage.py import_memberships cow.csv --alliance 349=csto,350=csto
  manage.py import_memberships atop.csv --make-organizations --make-states

Lines that cannot be taken in are written to a file of rejects, and nothing is
imported. The same file again changes nothing. undo_import takes it back.
"""

    intake, options, report = MembershipIntake, MembershipOptions, MembershipReport
    file_help = "the file of members"
    mending = "Mend these lines, or import the other alliances with --leave-out-rejected."
    left_out = "Alliances"

    def add_own_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--alliance",
            type=alliances,
            action="append",
            default=[],
            metavar="NUMBER=ORGANIZATION",
            help="which organization a number of the data set is; several with commas, or again",
        )
        parser.add_argument(
            "--make-organizations",
            action="store_true",
            help="take in all alliances; make an organization for each that is not known",
        )

    def own_options(self, given: dict[str, Any]) -> dict[str, Any]:
        named: dict[str, str] = {}
        for some in given["alliance"]:
            named |= some
        return {
            "alliances": named,
            "make_organizations": given["make_organizations"],
        }

    def tell_counts(self, report: MembershipReport) -> None:
        self.tell_numbers("Alliances", report.alliances)
        self.tell_numbers("Memberships", report.memberships)
