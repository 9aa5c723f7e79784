"""Takes a file of roll calls and votes into the archive: the whole of it, or nothing.

The votes are read once, straight into a temporary table; what the archive holds already is found
by sets, compared, and never overwritten: see docs/adr/0014-imports.md. A mass of votes, of which an
archive with few can hold few, goes straight into the table of votes; from there those are taken out
again that may be held.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from archive.choices import Status
from archive.imports import mass, sets
from archive.imports.files import Table, Unreadable, shortened
from archive.imports.intake import Intake, Options, Report
from archive.imports.readers import reader_of
from archive.imports.rolls import CHOICES, Form, Reader, by_reason
from archive.imports.states import States
from archive.models import Organization, Source

# So many votes go to the server at once: as many as it takes without making us wait.
BATCH = 2_000

# Whose keys a mass of votes must know before their rows are there.
RESERVED = ("archive_rollcall", "archive_state", "archive_import")


@dataclass
class VoteOptions(Options):
    """What is to be said of votes besides."""

    roll_calls: Path | None = None
    body: str = ""
    draft: bool = False


@dataclass
class VoteReport(Report):
    """What came of roll calls and votes."""

    roll_calls: dict[str, int] = field(default_factory=dict)
    votes: dict[str, int] = field(default_factory=dict)

    def kept(self) -> dict[str, Any]:
        return {"roll_calls": self.roll_calls, "votes": self.votes, **super().kept()}


class Finished(Form):
    """How votes are written for their table itself, by the keys of the archive."""

    COLUMNS = "import_line, roll_call_id, state_id, choice, intended, imported_id"

    def __init__(self, states: States, first_roll: int, import_key: int) -> None:
        self.states, self.first_roll, self.import_key = states, first_roll, import_key

    def roll(self, ordinal: int) -> str:
        return f"\t{self.first_roll + ordinal}"

    def vote(self, state: int, choice: int) -> str:
        return f"\t{self.states.key(state)}\t{CHOICES[choice]}\t\t{self.import_key}\n"

    def of(self, line: str) -> str:
        """What was written for the temporary table, for this one."""
        number, roll, state, choice = map(int, line.split("\t"))
        return f"{number}{self.roll(roll)}{self.vote(state, choice)}"


class VoteIntake(Intake):
    """Roll calls and votes on their way into the archive."""

    command = "import_votes"
    options: VoteOptions
    report: VoteReport
    reader: Reader

    def run(self, table: Table, sha256: str) -> None:
        with ExitStack() as self.bare:  # to which a mass adds that the table is to be built
            super().run(table, sha256)

    def read(self, table: Table) -> None:
        options = self.options
        self.reader = reader_of(
            table, self.states, self.rejects, options.roll_calls, options.encoding
        )
        self.values: dict[str, Any] = {"lists_absent": self.reader.lists_absent}
        self._find_body()
        self.cursor.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
        self.cursor.execute(sets.TABLES)
        self._stage()
        self._judge()

    @property
    def is_bare(self) -> bool:
        """The votes went straight into their table."""
        return "first_roll" in self.values

    def _find_body(self) -> None:
        slug = self.options.body or self.reader.data_set.body
        body = Organization.objects.filter(slug=slug).first()
        if body is None:
            raise Unreadable(
                f"The archive holds no organization “{slug}” that could have voted: add it, or "
                "name another with --body."
            )
        data_set = self.reader.data_set
        self.body = body
        source = Source.objects.filter(slug=data_set.slug).first()
        self.values |= {"body": body.pk, "source": source.pk if source else None}
        self.report.layout = str(self.reader.layout.label)

    def _stage(self) -> None:
        """The votes go into a temporary table while they are read; or, a mass, into their own."""
        reader = self.reader
        begun = "".join(islice(reader.votes(), mass.MANY))
        target = "import_vote (line, roll, state, choice)"
        if self._is_mass():
            reader.form = finished = self._bare()
            begun = "".join(map(finished.of, begun.splitlines()))
            target = f"archive_vote ({finished.COLUMNS})"
        with self.cursor.copy(f"COPY {target} FROM STDIN") as copy:
            copy.write(begun)
            votes = reader.votes()
            while batch := "".join(islice(votes, BATCH)):
                copy.write(batch)
                self.options.progress(reader.table.share, reader.rows)
        self.finish_reading()

    def _is_mass(self) -> bool:
        """By what has been read, the file brings ten times as many votes as there are, or more."""
        if self.options.dry_run or self.refusal() or self.reader.rows < mass.MANY:
            return False
        few = int(self.reader.rows / self.reader.table.share / 10)
        self.cursor.execute("SELECT count(*) FROM (SELECT FROM archive_vote LIMIT %s) v", [few + 1])
        return self.cursor.fetchone()[0] <= few

    def _bare(self) -> Finished:
        """Lays aside what the table of votes keeps of each row; and the keys of what is made."""
        self.bare.enter_context(mass.built_afterwards(self.cursor, self.options.wait))
        roll, state, key = mass.next_keys(self.cursor, *RESERVED)
        self.values |= {"first_roll": roll, "import": key}
        self.states.first_key = state
        return Finished(self.states, roll, key)

    def _judge(self) -> None:
        self.judge_rejects()
        rolls = self.reader.rolls
        for roll in rolls.values():
            if roll.rejected:
                roll.left_out = "has rejected lines"
        self.report.left_out = by_reason(rolls)

    def compare(self) -> None:
        """Which roll calls the archive holds, and what it says of their votes."""
        cursor = self.cursor
        self._write_down()
        cursor.execute("ANALYZE import_roll; ANALYZE import_state; ANALYZE import_vote")
        if self.values["source"]:
            cursor.execute(sets.MATCH_BY_NUMBER, self.values)
        for totals in ("", sets.SAME_TOTALS):
            cursor.execute(sets.MATCH_BY_SYMBOL.format(totals=totals), self.values)
        cursor.execute("SELECT roll FROM import_roll WHERE roll_call_id IS NOT NULL")
        held = {roll for (roll,) in cursor.fetchall()}
        if self.is_bare and (held or self.report.left_out):
            cursor.execute(sets.TAKE_OUT, self.values)
            cursor.execute("ANALYZE import_vote")
        cursor.execute(sets.TAKEN)
        if cursor.rowcount:
            cursor.execute(sets.CALL_OTHERWISE, [self.sum.result()[:6]])
        if held:
            cursor.execute(sets.COMPARE, self.values)
        self._count(held)

    def _write_down(self) -> None:
        """The roll calls and states that were read, for SQL."""
        short = self.reader.data_set.short
        with self.cursor.copy("COPY import_roll FROM STDIN") as copy:
            for roll in self.reader.rolls.values():
                if not roll.left_out:
                    slug = f"{self.body.slug}-{short}-{roll.slug}"
                    copy.write_row(
                        [
                            *(roll.ordinal, roll.line, roll.number, slug, roll.date),
                            *(roll.symbol[:60], shortened(roll.title), roll.url[:500]),
                            *(*roll.totals, *roll.counts[:3], roll.is_complete, None, False),
                        ]
                    )
        with self.cursor.copy("COPY import_state FROM STDIN") as copy:
            for row in self.states.rows():
                copy.write_row(row)

    def _count(self, held: set[int]) -> None:
        """`held` are the ordinals of the roll calls that the archive holds."""
        report, cursor = self.report, self.cursor
        rolls = [roll for roll in self.reader.rolls.values() if not roll.left_out]
        report.roll_calls = {"made": len(rolls) - len(held), "confirmed": len(held)}
        cursor.execute(sets.COUNT)
        added, differing, missing = cursor.fetchone()
        in_made = sum(sum(roll.counts) for roll in rolls if roll.ordinal not in held)
        in_held = sum(sum(roll.counts) for roll in rolls if roll.ordinal in held)
        report.votes = {
            "made": in_made + added,
            "confirmed": in_held - added - (differing - missing),
            "differing": differing,
        }
        cursor.execute(f"SELECT count(*) FROM ({sets.ROLL_DIFFERENCES}) d")
        report.discrepancies = differing + cursor.fetchone()[0]
        cursor.execute(sets.SAMPLE)
        report.differences = cursor.fetchall()
        report.made_states = sorted(self.states.made)

    def write(self) -> None:
        cursor = self.cursor
        status = Status.DRAFT if self.options.draft else Status.PUBLISHED
        key = "%(first_roll)s + roll" if self.is_bare else sets.NEXT_KEY
        cursor.execute(sets.MAKE_ROLLS.format(key=key), {**self.values, "status": status})
        self.values["import"] = self.register(self.values.get("import")).pk
        if self.is_bare:
            mass.keys_are_taken(cursor, *RESERVED)
            cursor.execute(sets.ADD_VOTES, self.values)
            self.bare.close()
        cursor.execute(sets.PROVE_ROLLS, self.values)
        # Judged before further votes are there: each of them is proven by the same import.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        if not self.is_bare:
            cursor.execute("ANALYZE import_roll")
            cursor.execute(sets.MAKE_VOTES, self.values)
            cursor.execute(sets.ADD_VOTES, self.values)
        cursor.execute(sets.CONFIRM_VOTES, self.values)
        cursor.execute(sets.DISCREPANCIES, self.values)
