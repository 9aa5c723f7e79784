"""The tasks of the table, each beside its floor: measured in rounds, one after another."""

import shutil
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from typing import Any

import psycopg

from bench.data import floors, layout
from bench.data.commands import MEGABYTE, Ran, run
from bench.data.databases import Databases
from bench.data.reader import Reader, serve
from bench.fill import SCRATCH, Database, say
from bench.samples import API
from bench.servers import start
from bench.sizes import SIZES, Size

FOLDER = SCRATCH / "data"
# Where the numbers of the roll calls begin: the two files have none in common.
HELD, NEW = 3_000_000, 4_000_000
# The peer is given such parts of the votes. Where the one that is twice the other takes so much
# longer, it tells of the whole; what is needed once for any number makes it less than twice.
PARTS = (20, 10)
LINEAR = 1.8
# So long, in seconds, somebody reads while nothing is imported.
QUIET = 5


class Tasks:
    """Files and databases of one run, and what was measured, by name."""

    def __init__(self, size: Size, databases: Databases, file: Path | None = None) -> None:
        self.size, self.databases = size, databases
        self.measured: dict[str, list[float]] = defaultdict(list)
        self.refused = ""  # why there is no release
        FOLDER.mkdir(parents=True, exist_ok=True)
        self.held = self._written("held", size, HELD)
        self.changed = self._written("changed", size, HELD, is_changed=True)
        self.invented = self._written("votes", size, NEW)
        self.few = self._written("votes", SIZES["growth"], NEW)
        self.file = file or self.invented
        self.rounds = 0

    @staticmethod
    def _written(name: str, size: Size, first: int, *, is_changed: bool = False) -> Path:
        path = FOLDER / f"{name}-{size.name}.csv"
        say(f"Writing {path.name}")
        layout.write(path, size, first, is_changed=is_changed)
        return path

    # --- Archives ---------------------------------------------------------------------------

    def prepare(self) -> None:
        """Archives without votes, with those of one file, with few; and rows that are finished."""
        say("Making the archives")
        self.empty = self.databases.empty("empty")
        self.living = self._filled("living", self.held)
        self.full = self._filled("full", self.file)
        self.small = self._filled("small", self.few)
        with self.full.connect() as connection:
            self.rows_of_first = floors.Finished(connection, FOLDER / "first")
            self.votes = _count(connection)
        with self.databases.trial(self.living) as trial:
            imported(trial, self.file)
            with trial.connect() as connection:
                self.rows_of_living = floors.Finished(connection, FOLDER / "living")
        with self.small.connect() as connection:
            self.few_votes = _count(connection)

    def _filled(self, name: str, file: Path) -> Database:
        database = self.databases.copy(self.empty, name)
        imported(database, file)
        with database.connect() as connection:
            connection.execute("VACUUM ANALYZE")
        return database

    # --- A round ------------------------------------------------------------------------------

    def round(self) -> None:
        """Each task once; a task and its floor take turns in being first."""
        pairs = (
            (self.first_import, self.first_floor),
            (self.living_import, self.living_floor),
            (self.dry_run, self.changed_file),
            (self.release, self.release_floor),
            (self.undo, self.bulk_create),
            (self.few_imported, self.export),
        )
        for pair in pairs:
            for task in pair if self.rounds % 2 == 0 else reversed(pair):
                sys.stderr.write(f"\r\033[K  round {self.rounds + 1}: {task.__name__}")
                sys.stderr.flush()
                task()
        self.rounds += 1
        sys.stderr.write("\r\033[K")

    def add(self, name: str, value: float) -> None:
        self.measured[name].append(value)

    def first_import(self) -> None:
        with self.databases.trial(self.empty) as trial:
            taken = imported(trial, self.file)
        self.add("first", taken.seconds)
        self.add("import, MB", taken.megabytes)

    def first_floor(self) -> None:
        with self.databases.trial(self.empty) as trial, trial.connect() as connection:
            self.add("first, floor", floors.built_afterwards(connection, self.rows_of_first))

    def living_import(self) -> None:
        with self.databases.trial(self.living) as trial:
            server = serve(trial)
            try:
                with Reader(server, trial) as quiet:
                    time.sleep(QUIET)
                with Reader(server, trial) as reader:
                    taken = imported(trial, self.file)
            finally:
                server.stop()
        self.add("living", taken.seconds)
        self.add("import, MB", taken.megabytes)
        self.add("reader, quiet", quiet.worst)
        self.add("reader, import", reader.worst)
        self.add("reader, locked", reader.locked)

    def living_floor(self) -> None:
        with self.databases.trial(self.living) as trial:
            server = serve(trial)
            try:
                with Reader(server, trial) as reader, trial.connect() as connection:
                    taken = floors.row_by_row(connection, self.rows_of_living)
            finally:
                server.stop()
        self.add("living, floor", taken)
        self.add("reader, floor", reader.worst)

    def dry_run(self) -> None:
        with self.databases.trial(self.living) as trial:
            self.add("dry run", imported(trial, self.file, "--dry-run").seconds)

    def changed_file(self) -> None:
        if self.file is not self.invented:
            return  # nobody has changed a hundredth of a real one
        with self.databases.trial(self.living) as trial:
            self.add("changed", imported(trial, self.changed).seconds)

    def undo(self) -> None:
        with self.databases.trial(self.full) as trial, trial.connect() as connection:
            [slug] = connection.execute("SELECT slug FROM archive_import").fetchone()  # type: ignore[misc]
            self.add("undo", run(trial, "manage.py", "undo_import", slug).seconds)

    def bulk_create(self) -> None:
        for part in PARTS:
            with self.databases.trial(self.empty) as trial:
                taken = self._bulk_create(trial, self.votes // part)
                self.add(f"bulk_create, 1/{part}", taken)

    def _bulk_create(self, database: Database, number: int) -> float:
        """Seconds for so many votes, without the start of Python."""
        command = ("-m", "bench.peers.bulk", str(self.invented), str(number))
        votes, seconds = run(database, *command).said.split()[-2:]
        # A real file can be longer than the invented one.
        return float(seconds) * number / int(votes)

    def finish(self) -> None:
        """What the peer needs for all votes: by its share, else measured whole."""
        half, share = (median(self.measured[f"bulk_create, 1/{part}"]) for part in PARTS)
        if share >= LINEAR * half:
            self.add("bulk_create", share * PARTS[1])
            self.how_bulk = (
                f"{half:.1f} s for 1/{PARTS[0]} of the votes, {share:.1f} s for 1/{PARTS[1]}, "
                f"so {PARTS[1]} times that for all"
            )
            return
        with self.databases.trial(self.empty) as trial:
            self.add("bulk_create", self._bulk_create(trial, self.votes))
        self.how_bulk = "of all votes, once"

    def few_imported(self) -> None:
        with self.databases.trial(self.empty) as trial:
            self.add("import of few, MB", imported(trial, self.few).megabytes)

    def release(self) -> None:
        for name, database in (("release of few", self.small), ("release", self.full)):
            folder = FOLDER / "release"
            shutil.rmtree(folder, ignore_errors=True)
            command = ("manage.py", "export_release", "1.0", "--into", str(folder))
            try:
                taken = run(database, *command)
            except RuntimeError as error:
                self.refused = str(error).splitlines()[-1]
                return
            self.add(name, taken.seconds)
            self.add(f"{name}, MB", taken.megabytes)

    def release_floor(self) -> None:
        with self.full.connect() as connection:
            taken = floors.copied_summed_zipped(connection, FOLDER / "tables")
        self.add("release, floor", taken)

    def export(self) -> None:
        """The memory of the server that sends all votes as CSV."""
        for name, database in (("export of few, MB", self.small), ("export, MB", self.full)):
            server = start("archive", database)
            try:
                server.connection.download(f"{API}votes/?format=csv")
                self.add(name, server.memory() / MEGABYTE)
            finally:
                server.stop()

    # --- What came of it ------------------------------------------------------------------------

    def medians(self) -> dict[str, float]:
        return {name: median(values) for name, values in self.measured.items()}

    def most(self, *names: str) -> float:
        """The most that any of the rounds needed."""
        return max(value for name in names for value in self.measured[name])


def imported(database: Database, file: Path, *options: str) -> Ran:
    return run(database, "manage.py", "import_votes", str(file), "--make-states", *options)


def _count(connection: psycopg.Connection[Any]) -> int:
    [number] = connection.execute("SELECT count(*) FROM archive_vote").fetchone()  # type: ignore[misc]
    return int(number)
