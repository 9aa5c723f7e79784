import argparse
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from archive.management.base import DescribedCommand
from archive.releases import making


def day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"“{text}” is no day: give year, month and day, such as 2026-01-31"
        ) from error


class Command(DescribedCommand):
    help = """Release what the public sees: a folder and a zip that anyone can cite and rebuild.

Tables as a Data Package, passages as Web Annotations, the fixtures, codebook,
change log, licences and sums. What is released is listed and served by the API,
and never changed. Refused while the audit finds errors, or where a table has
shrunk since the last release. Nothing is left of a release that failed.

  manage.py export_release 1.0                 into RELEASES_DIR
  manage.py export_release 1.0 --into /tmp/x   a trial: neither listed nor served
  manage.py export_release 1.1 --notes "The votes of 2025."
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("version", help="such as 1.0, 1.0.2 or 2026.1")
        parser.add_argument(
            "--into",
            type=Path,
            default=Path(settings.RELEASES_DIR),
            help="the folder to write to (default: RELEASES_DIR)",
        )
        parser.add_argument(
            "--date",
            type=day,
            help="the day that the release bears, such as 2026-01-31 (default: today, in UTC)",
        )
        parser.add_argument("--notes", default="", help="what is new, in a few words")
        parser.add_argument(
            "--licence",
            default="",
            help="of the data as a whole, such as CC-BY-4.0: only their owner can give one "
            "(default: none is given, and the release says so)",
        )
        parser.add_argument(
            "--allow-shrink",
            action="store_true",
            help="even though a table has fewer records than in the last release",
        )

    def handle(
        self, *, version: str, into: Path, allow_shrink: bool, verbosity: int, **options: Any
    ) -> None:
        on = options["date"] or making.today()
        edition = making.Edition(version, on, options["notes"], options["licence"])
        say = self.stdout.write if verbosity > 1 else lambda words: None
        try:
            folder = making.make(edition, into, allow_shrink=allow_shrink, say=say)
        except making.ReleaseError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted. Nothing was released.", returncode=130) from error
        self.stdout.write(f"Released {version}: {folder}, and {folder.name}.zip beside it.")
