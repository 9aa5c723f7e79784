"""One interleaved run over all calls and candidates, and what follows from it."""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import quote, urlsplit

from bench import export
from bench.client import Answer, throughput
from bench.fill import Database, say
from bench.goals import NOT_THERE, Check, Row
from bench.samples import API, LISTS, Samples, difference
from bench.servers import Server, start
from bench.sizes import Size

WARM_UP = 8
# Calls in a turn, of which the first does not count.
TURN = 3
CLIENTS = 8
MEGABYTE = 1_000_000

# The server, the path and further header lines of the request of a round.
Ask = Callable[[int], tuple[Server, str, str]]


@dataclass
class Case:
    """One call, asked of several candidates."""

    name: str
    asks: dict[str, Ask]
    status: int = 200
    times: dict[str, list[float]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    def medians(self) -> dict[str, float]:
        return {name: median(times) for name, times in self.times.items()}


class Bench:
    def __init__(
        self, size: Size, large: Database, small: Database, sqlite: Path, rounds: int
    ) -> None:
        self.size, self.rounds = size, rounds
        self.large, self.small, self.sqlite = large, small, sqlite
        self.connection = large.connect()
        self.samples = Samples(size, self.connection, TURN * (rounds + WARM_UP))
        self.cases: dict[str, Case] = {}
        self.differences: list[str] = []
        self.servers: dict[str, Server] = {}

    # --- Servers --------------------------------------------------------------------------

    def start(self, *names: str, workers: int = 1) -> None:
        for name in names:
            database = self.small if name == "archive, 10 k" else self.large
            candidate = name.partition(",")[0]
            self.servers[name] = start(
                candidate, database, sqlite=self.sqlite, workers=workers, name=name
            )

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()
        self.servers = {}

    # --- The calls ------------------------------------------------------------------------

    def add(self, name: str, status: int = 200, **asks: Callable[[int], str]) -> Case:
        """A case; a candidate's answer is that of its server, its address is made by the round."""

        def ask(candidate: str, path: Callable[[int], str]) -> Ask:
            server = self.servers[candidate.partition("_")[0]]
            return lambda number: (server, path(number), "")

        named = {name.replace("_", ", "): ask(name, path) for name, path in asks.items()}
        self.cases[name] = Case(name, named, status)
        return self.cases[name]

    def plan(self) -> None:
        samples, table = self.samples, self.sqlite.stem
        votes = samples.votes
        self.add(
            "votes",
            archive=lambda n: votes[n].archive(),
            floor=lambda n: votes[n].floor(),
            drf=lambda n: votes[n].drf(),
            datasette=lambda n: votes[n].table_view(table),
            datasette_canned=lambda n: votes[n].canned(table),
            fastapi=lambda n: votes[n].fastapi(),
        )
        events = samples.events
        self.add(
            "event",
            archive=lambda n: f"{API}events/{events[n % len(events)]}/",
            floor=lambda n: f"/event/?key={events[n % len(events)]}",
            drf=lambda n: f"{API}events/{events[n % len(events)]}/",
        )
        say("Looking for the pages of each list")
        for name in LISTS:
            self._plan_list(name)
        self.add("again", archive=lambda n: votes[0].archive(), floor=lambda n: votes[0].floor())
        self._plan_304()
        self._plan_growth()
        groups = [",".join(group) for group in samples.groups]
        self.add(
            "agreement",
            archive=lambda n: f"{API}agreement/?states={groups[n]}",
            floor_bits=lambda n: f"/agreement/bits?states={groups[n]}",
            floor_join=lambda n: f"/agreement/self-join?states={groups[n]}",
        )
        for kind, words in samples.searches.items():
            self._plan_search(kind, words)

    def _plan_list(self, name: str) -> None:
        places = self.samples.places(self.servers["archive"].connection, name)
        self.add(
            f"list {name}",
            archive=lambda n: places[n].archive(name),
            floor=lambda n: places[n].floor(name),
            drf=lambda n: places[n].drf(name),
        )

    def _plan_304(self) -> None:
        archive, floor = self.servers["archive"], self.servers["floor"]
        path = self.samples.votes[0].archive()
        answer, _ = archive.connection.get(path)
        condition = f"If-None-Match: {answer.headers.get('etag', '*')}\r\n"
        case = Case(
            "304",
            {"archive": lambda n: (archive, path, condition)},
            304,
        )
        self.cases["304"] = case
        self.cases["select 1"] = Case("select 1", {"floor": lambda n: (floor, "/select-1", "")})
        if "etag" not in answer.headers:
            case.missing["archive"] = "no ETag"

    def _plan_growth(self) -> None:
        large, small = self.servers["archive"], self.servers["archive, 10 k"]
        (self.votes,) = self.connection.execute("SELECT count(*) FROM archive_vote").fetchone()  # type: ignore[misc]
        self.deep = min(1_000_000, self.votes * 5 // 6)
        with self.small.connect() as connection:
            self._plan_place("votes at 10 k", small, connection, 1)
        self._plan_place("votes at large", large, self.connection, 1)
        self._plan_place("votes, deep", large, self.connection, self.deep)

    def _plan_place(self, name: str, server: Server, connection: object, number: int) -> None:
        places = self.samples.vote_places(server.connection, connection, number)  # type: ignore[arg-type]
        self.cases[name] = Case(
            name, {"archive": lambda n: (server, places[n].archive("votes"), "")}
        )

    def _plan_search(self, kind: str, words: list[str]) -> None:
        table = self.sqlite.stem
        self.add(
            f"search {kind}",
            archive=lambda n: f"{API}search/?q={quote(words[n % len(words)])}",
            datasette=lambda n: (
                f"/{table}/search.json?q={quote(words[n % len(words)])}&_shape=objects"
            ),
        )

    # --- The run --------------------------------------------------------------------------

    def probe(self) -> None:
        """Ask everything once: what is not there is left out, what differs is told."""
        for case in self.cases.values():
            answers: dict[str, Answer] = {}
            for name, ask in list(case.asks.items()):
                server, path, headers = ask(0)
                answer, _ = server.connection.get(path, headers)
                answers[name] = answer
                if answer.status == case.status and name not in case.missing:
                    continue
                if name != "archive":
                    raise RuntimeError(
                        f"{case.name}: {name} answers {answer.status} to {path}:\n"
                        f"{answer.body[:300]!r}\n{server.log.read_text()[-2000:]}"
                    )
                case.missing.setdefault(name, f"answers {answer.status}")
                del case.asks[name]
            if {"archive", "floor"} <= answers.keys() and "archive" in case.asks:
                self._compare(case.name, answers)

    def _compare(self, name: str, answers: dict[str, Answer]) -> None:
        ours = answers["archive"].json()
        for candidate in ("floor", "drf", "fastapi"):
            if candidate in answers and (found := difference(ours, answers[candidate].json())):
                self.differences.append(f"{name}, {candidate}: {found}")

    def read_through(self) -> None:
        """One state's votes from the first to the last, in the archive, as its readers do.

        What many rows refer to, here the roll calls, it writes out once for all of them.
        """
        path = f"{API}votes/?state={self.samples.members[0]}&page_size=1000"
        while path:
            answer, _ = self.servers["archive"].connection.get(path)
            url = urlsplit(answer.json()["next"] or "")
            path = url.query and f"{url.path}?{url.query}"

    def run(self) -> None:
        """Round for round, each candidate's turn for each call: some of the kind, one by one.

        The first is not counted: it finds the processor's caches as the candidate before left
        them, which tells of that candidate. They take turns in being first: who is, reads what
        the others find in memory.
        """
        for number in range(WARM_UP + self.rounds):
            for case in self.cases.values():
                asks = list(case.asks.items())
                first = number % len(asks)
                for name, ask in asks[first:] + asks[:first]:
                    turn = range(TURN * number, TURN * (number + 1))
                    _, *taken = [self._asked(case, name, ask, place) for place in turn]
                    if number >= WARM_UP:
                        case.times.setdefault(name, []).extend(taken)
            sys.stderr.write(f"\r  round {number + 1} of {WARM_UP + self.rounds} ")
            sys.stderr.flush()
        sys.stderr.write("\n")

    @staticmethod
    def _asked(case: Case, name: str, ask: Ask, number: int) -> float:
        """The milliseconds that the answer took."""
        server, path, headers = ask(number)
        answer, taken = server.connection.get(path, headers)
        if answer.status != case.status:
            raise RuntimeError(f"{case.name}: {name} answers {answer.status} to {path}")
        return taken

    # --- Throughput and the export --------------------------------------------------------

    def throughput(self, seconds: float, slices: int) -> Row:
        """Answers a second, in slices of a few seconds that take turns."""
        say(f"Throughput, {CLIENTS} clients, 2 workers")
        names = ("archive", "floor", "drf", "datasette", "fastapi")
        self.start(*names, workers=2)
        pages = self.samples.pages()
        for _ in range(self.samples.number):
            next(pages)  # those have been asked for

        def paths(name: str) -> Iterator[str]:
            for page in pages:
                yield (
                    page.table_view(self.sqlite.stem)
                    if name == "datasette"
                    else getattr(page, name)()
                )

        rates: dict[str, list[float]] = {name: [] for name in names}
        for number in range(slices + 1):
            for name in names:
                rate = throughput(self.servers[name].port, paths(name), CLIENTS, seconds)
                if number:  # the first slice warms up
                    rates[name].append(rate)
        self.stop()
        reached = {name: median(rate) for name, rate in rates.items()}
        ahead = {name: reached["archive"] / reached[name] for name in names}
        return Row(
            f"throughput, {CLIENTS} clients, 2 workers",
            reached,
            [
                Check("Datasette", ahead["datasette"], 4, at_least=True),
                Check("idiomatic DRF", ahead["drf"], 8, at_least=True),
                Check("FastAPI + raw SQL", ahead["fastapi"], None, 1, at_least=True),
            ],
            "answers a second",
        )

    def export(self, times: int) -> Row:
        """The whole list of votes as CSV, against COPY."""
        call = "CSV of all votes, with labels"
        say(call)
        self.start("archive")
        try:
            measured, note = self._download(self.servers["archive"], times)
        finally:
            self.stop()
        total, growth = measured.get("archive"), measured.get("growth, MB")
        return Row(
            call,
            measured,
            [
                Check("COPY (…) TO STDOUT", total and total / measured["COPY"], 1.5, 1.2),
                # “At once”: long before the last rows.
                Check("first byte, of the whole", total and measured["first byte"] / total, 0.1),
                Check("memory from one state's votes to all", growth, 16, unit="MB"),
            ],
            note,
        )

    def _download(self, server: Server, times: int) -> tuple[dict[str, float], str]:
        """Milliseconds and megabytes; none where there is no export yet. And a note."""
        few = f"{API}votes/?format=csv&state={self.samples.members[0]}"
        for _ in range(4):  # so that each thread has its connection
            answer, _, _, _ = server.connection.download(few)
        if answer.status != 200:
            return {}, f"{NOT_THERE}: answers {answer.status}"
        try:
            columns = export.columns_of(answer.body)
        except ValueError as error:
            return {}, f"{NOT_THERE}: {error}"
        before = server.memory()
        first, whole, copied = [], [], []
        for _ in range(times):
            _, size, at_first, taken = server.connection.download(f"{API}votes/?format=csv")
            first.append(at_first)
            whole.append(taken)
            copied_size, taken = export.copy_out(self.connection, columns)
            copied.append(taken)
        measured = {
            "archive": median(whole),
            "COPY": median(copied),
            "first byte": median(first),
            "growth, MB": (server.memory() - before) / MEGABYTE,
        }
        return measured, f"{size / MEGABYTE:.0f} MB, COPY's {copied_size / MEGABYTE:.0f} MB"

    # --- What came of it ------------------------------------------------------------------

    def rows(self) -> Iterator[Row]:
        """The rows of the table in issue 4, in its order."""
        yield self._row(
            "votes list, 100 rows, filtered by state and dates, nested",
            "votes",
            ("floor", 1.5, 0.9),
            ("drf", 8, None),
            ("datasette", 2.5, None),
        )
        yield self._row(
            "event detail, with requests, responses, citations",
            "event",
            ("floor", 2, 1.4),
            ("drf", 8, None),
        )
        yield from self._lists()
        yield self._row("the same page again, unchanged archive", "again", ("floor", 0.5, 0.3))
        yield self._304()
        yield from self._growth()
        yield self._row(
            "agreement of six states over all roll calls",
            "agreement",
            ("floor, bits", 3, 2),
            ("floor, join", 50, None),
        )
        for kind, what in (("rare", "rare"), ("common", "common"), ("two", "two terms")):
            yield self._row(
                f"search with snippets, {what}", f"search {kind}", ("datasette", 1.2, 0.7)
            )

    WORDS = {
        "floor": "the floor",
        "drf": "idiomatic DRF",
        "datasette": "Datasette's table view",
        "floor, bits": "bit strings in the bare app",
        "floor, join": "the self join",
    }

    def _row(
        self, call: str, case_name: str, *goals: tuple[str, float | None, float | None]
    ) -> Row:
        case = self.cases[case_name]
        medians = case.medians()
        ours = medians.get("archive")
        checks, is_search = [], case_name.startswith("search")
        for peer, must, beyond in goals:
            # Ahead of the slow peers, or not far behind the fast ones.
            is_ahead = peer in ("drf", "floor, join") or (peer == "datasette" and not is_search)
            value = None
            if ours is not None:
                value = medians[peer] / ours if is_ahead else ours / medians[peer]
            what = "Datasette's FTS5" if is_search else self.WORDS[peer]
            checks.append(Check(what, value, must, beyond, at_least=is_ahead))
        note = f"{NOT_THERE}: {case.missing['archive']}" if "archive" in case.missing else ""
        return Row(call, medians, checks, note)

    def _lists(self) -> Iterator[Row]:
        """All in one row, by the list that does worst; then each, without goals."""
        rows = [
            self._row(f"  {name}", f"list {name}", ("drf", 3, None), ("floor", None, 2))
            for name in LISTS
        ]
        worst = [
            sorted(
                ((row.checks[place].value or 0, row.call.strip()) for row in rows),
                reverse=place == 1,
            )[0]
            for place in (0, 1)
        ]
        (ahead, slowest), (times, farthest) = worst
        yield Row(
            "any other list, 100 rows",
            {},
            [
                Check(f"idiomatic DRF ({slowest})", ahead, 3, at_least=True),
                Check(f"the floor ({farthest})", times, None, 2),
            ],
            "the worst of each",
        )
        for row in rows:
            yield row._replace(checks=[])

    def _304(self) -> Row:
        row = self._row("304", "304")
        one = self.cases["select 1"].medians()["floor"]
        ours = row.measured.get("archive")
        check = Check("select 1 in the bare app", ours and ours / one, 4, 2.5)
        return row._replace(measured={**row.measured, "select 1": one}, checks=[check])

    def _growth(self) -> Iterator[Row]:
        names = ("votes at 10 k", "votes at large", "votes, deep")
        base, *others = (self.cases[name].medians()["archive"] for name in names)
        calls = (f"the list at {self.votes:,} votes", f"a deep page, at row {self.deep:,}")
        for call, taken in zip(calls, others, strict=True):
            yield Row(
                call,
                {"archive": taken, "archive at 10 k": base},
                [Check("the first page at 10 k", taken / base, 1.3, 1.1)],
            )


def wall(since: float) -> str:
    return f"{(time.monotonic() - since) / 60:.1f} minutes"
