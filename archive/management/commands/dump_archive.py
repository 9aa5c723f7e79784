import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction

from archive import fixtures
from archive.management.base import DescribedCommand

# Records that are named; of more, only that there are.
NAMED = 5


class Command(DescribedCommand):
    help = """Write the archive back into its fixture files, one a model.

The same content always gives the same bytes: loading the fixtures and dumping
them leaves no difference. All records are written, drafts and withdrawn ones
included, as they stand at one moment. Nothing is changed unless every file
could be written. What imports brought and nobody cites is left out, and said:
its file is imported again, or a release loaded (load_release).

  manage.py dump_archive                  into fixtures/
  manage.py dump_archive --output /tmp/x  into another folder, which is made
  manage.py dump_archive --check          write nothing; exit 1 if a file differs
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--output",
            type=Path,
            default=settings.BASE_DIR / "fixtures",
            help="the folder to write to (default: the project's fixtures/)",
        )
        parser.add_argument(
            "--check", action="store_true", help="compare only: exit 1 if a file would change"
        )

    def handle(self, *, output: Path, check: bool, verbosity: int, **options: Any) -> None:
        is_outermost = not connection.in_atomic_block
        with transaction.atomic():
            if is_outermost:
                # One moment for all files, whoever writes meanwhile.
                connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            files = {}
            for name, model in fixtures.FILES.items():
                if verbosity > 1:
                    self.stdout.write(f"reading {model._meta.verbose_name_plural} …")
                files[name] = fixtures.dump(model)
            left_out, refused = fixtures.left_out(), fixtures.proven_by_imports_alone()

        changed = [name for name, content in files.items() if _read(output / name) != content]
        if check:
            if changed:
                raise CommandError(
                    f"{len(changed)} of {len(files)} fixture files differ from the archive: "
                    f"{', '.join(changed)}. To write them: manage.py dump_archive"
                )
            self.stdout.write(f"All {len(files)} fixture files equal the archive.")
            return

        try:
            output.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=output, prefix=".dump-") as staging:
                for name in changed:
                    (Path(staging) / name).write_bytes(files[name])
                for name in changed:
                    (Path(staging) / name).replace(output / name)
        except OSError as error:
            raise CommandError(
                f"Cannot write to {output}: {error.strerror}. Choose a folder with --output."
            ) from error
        self.stdout.write(f"{len(files)} files in {output}, {len(changed)} of them changed.")
        if left_out:
            number = " and ".join(f"{number:,} {name}" for name, number in left_out.items())
            self.stdout.write(
                f"Left out: {number} that imports brought and nobody cites. Import their files "
                "again, or load a release: it holds them."
            )
        if refused:
            self.stdout.write(
                f"Public by an import alone, and refused when they are loaded from here: "
                f"{', '.join(refused[:NAMED])}{' …' if len(refused) > NAMED else ''}. Cite a "
                "passage that proves them, or pass the archive on as a release."
            )


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
