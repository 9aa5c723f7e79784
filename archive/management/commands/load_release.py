from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import ProgrammingError

from archive.management.base import DescribedCommand
from archive.releases.loading import LoadError, restore
from archive.releases.opening import CheckFailedError


class Command(DescribedCommand):
    help = """Make an archive from a release: all of it, or nothing.

The archive must be empty, with its tables made (migrate). The sums are compared
first, and every rule of the archive holds at the end. Drafts and histories are in
no release; whoever imported or settled something is named as the release.

  manage.py load_release casus-1.0.zip
  manage.py load_release releases/casus-1.0/
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the zip, or the folder, of a release")

    def handle(self, *, file: Path, verbosity: int, **options: Any) -> None:
        say = self.stdout.write if verbosity > 1 else lambda words: None
        try:
            words = restore(file, say)
        except ProgrammingError as error:
            raise CommandError("The archive has no tables yet: run manage.py migrate.") from error
        except (CheckFailedError, LoadError) as error:
            raise CommandError(f"{error}\nNothing was loaded.") from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted. Nothing was loaded.", returncode=130) from error
        self.stdout.write(words)
