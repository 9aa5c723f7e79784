from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from archive.management.base import DescribedCommand
from archive.releases import check


class Command(DescribedCommand):
    help = """Check a release: sums, tables, and that it can be rebuilt to the byte.

The fixtures are loaded into an empty database that is made for it and dropped
afterwards; the archive itself is not touched. The role of the archive must be
allowed to make databases (CREATEDB), as it is on the embedded server.

Exit code 1 if anything is wrong, 0 otherwise.

  manage.py check_release casus-1.0.zip
  manage.py check_release releases/casus-1.0/
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the zip, or the folder, of a release")

    def handle(self, *, file: Path, verbosity: int, **options: Any) -> None:
        say = self.stdout.write if verbosity > 1 else lambda words: None
        try:
            words = check.check(file, say)
        except check.CheckFailedError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted. Nothing was proven.", returncode=130) from error
        self.stdout.write(words)
