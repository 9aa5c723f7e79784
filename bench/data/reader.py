"""Who reads votes while others are imported: how long he waits, and whether for a lock."""

import itertools
import threading
import time
from types import TracebackType

from bench.client import Connection
from bench.data.layout import members
from bench.fill import Database
from bench.samples import API
from bench.servers import Server, start

# Between two questions, in seconds: a reader, not a load.
PAUSE = 0.05
LOCKED = """
    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
     WHERE NOT l.granted AND d.datname = current_database()"""


class Reader:
    """Asks the archive for pages of votes, each for another one, until it is told to stop."""

    def __init__(self, server: Server, database: Database) -> None:
        self.server, self.database = server, database
        self.times: list[float] = []
        self.locked = 0
        self.failed = ""
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=run) for run in (self._read, self._look)]

    def __enter__(self) -> "Reader":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._ends.set()
        for thread in self._threads:
            thread.join()
        if error is None and (self.failed or not self.times):
            raise RuntimeError(f"The reader got no answer: {self.failed}")

    @property
    def worst(self) -> float:
        """The milliseconds of the slowest answer."""
        return max(self.times)

    def _read(self) -> None:
        connection = Connection(self.server.port)
        for number in itertools.count():
            answer, taken = connection.get(page(number))
            if answer.status != 200:
                self.failed = f"{answer.status} {answer.body[:200]!r}"
                break
            self.times.append(taken)
            if self._ends.wait(PAUSE):
                break
        connection.close()

    def _look(self) -> None:
        """Counts the looks at which somebody waited for a lock."""
        with self.database.connect() as connection:
            while not self._ends.wait(PAUSE):
                [locked] = connection.execute(LOCKED).fetchone()  # type: ignore[misc]
                self.locked += locked > 0


def page(number: int) -> str:
    """The votes of one state from one year on: none twice, as long as there are years."""
    codes = members()
    year = 1946 + number // len(codes) % 70
    return f"{API}votes/?state={codes[number % len(codes)]}&from={year}-06-01&page_size=100"


def serve(database: Database) -> Server:
    """The archive as it is served, with the answers that its reader has had before."""
    server = start("archive", database)
    for number in range(-20, 0):
        server.connection.get(page(number))
    time.sleep(0.1)
    return server
