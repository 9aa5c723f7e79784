import getpass
from typing import Any

from django.contrib.admin.utils import model_ngettext
from django.core.management.base import CommandError, CommandParser

from archive.imports.undo import BuiltOn, undo
from archive.management.base import DescribedCommand
from archive.management.progress import Progress
from archive.models import Import


class Command(DescribedCommand):
    help = """Take back exactly what an import brought: records, confirmations, discrepancies.

Where somebody has built on it (a citation, a change, another import, a settled
discrepancy), nothing is undone and each case is listed. The registration stays,
marked as undone.

  manage.py undo_import unvotes-0123456789ab --dry-run
  manage.py undo_import unvotes-0123456789ab
"""

    requires_system_checks = ()  # as with the commands that import

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the import, as its report names it")
        parser.add_argument("--by", default="", help="who undoes it (default: your login)")
        parser.add_argument("--dry-run", action="store_true", help="report only; write nothing")

    def handle(self, *, slug: str, by: str, dry_run: bool, **options: Any) -> None:
        progress = Progress(self.stderr._out)
        try:
            gone = undo(slug, by or getpass.getuser(), dry_run=dry_run, wait=progress.wait)
        except Import.DoesNotExist as error:
            standing = Import.objects.standing().values_list("slug", flat=True)
            raise CommandError(
                f"There is no import “{slug}” to undo. There are: {', '.join(standing) or 'none'}."
            ) from error
        except BuiltOn as error:
            for row in error.rows:
                self.stderr.write(f"  {row}")
            raise CommandError(
                f"Others have built on {slug}, so nothing was undone; see above."
            ) from error
        except KeyboardInterrupt as error:
            raise CommandError("Interrupted. Nothing was undone.", returncode=130) from error
        finally:
            progress.end()
        told = ", ".join(
            f"{number:,} {model_ngettext(model._meta, number)}"
            for model, number in gone.items()
            if number
        )
        self.stdout.write(f"{'Would take back' if dry_run else 'Taken back'}: {told or 'nothing'}.")
