"""Roll calls and votes as a file tells of them, whatever its layout; see `readers.py`.

A vote is a line for COPY, written by a `Form`. Everything that the file alone can tell is checked
here: nothing needs the database but the states.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from django.template.defaultfilters import pluralize

from archive import edtf
from archive.choices import VoteChoice
from archive.imports.files import Rejects, Table
from archive.imports.layouts import Layout
from archive.imports.states import States, Voter

CHOICES = (VoteChoice.YES, VoteChoice.NO, VoteChoice.ABSTAIN, VoteChoice.ABSENT)
YES, ABSENT = 0, 3

# A value of a CSV file, as it stands there. Others are valid, too; they are parsed each time.
VALUE = rb'(?:"(?:[^"]|"")*"|[^",\r\n]*)'


class Form:
    """How votes are written for a temporary table: all in numbers of this file, those of the line,
    of the roll call in `Reader.rolls`, of the state in `States.met`, of the choice in `CHOICES`."""

    def roll(self, ordinal: int) -> str:
        """What follows the number of the line."""
        return f"\t{ordinal}"

    def vote(self, state: int, choice: int) -> str:
        """What follows the roll call."""
        return f"\t{state}\t{choice}\n"


class Cast(NamedTuple):
    """What a row says: who, as the file calls him, voted what in which roll call."""

    roll: "Roll"
    voter: Voter
    name: str
    choice: int


@dataclass(slots=True)
class Roll:
    """A roll call as the file tells of it; `counts` are the votes read so far."""

    ordinal: int
    line: int
    number: str
    date: str
    symbol: str
    title: str
    url: str = ""
    totals: tuple[int | None, ...] = (None,) * 4
    members: int | None = None
    modality: str = ""
    note: str = ""
    shared: tuple[str, ...] = ()
    era: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * 4)
    seen: int = 0
    rejected: bool = False
    left_out: str = ""

    def takes(self, voter: int, choice: int) -> bool:
        """Counts a vote; False where the state, here its bit, has voted already."""
        if self.seen & voter:
            return False
        self.seen |= voter
        self.counts[choice] += 1
        return True

    @property
    def slug(self) -> str:
        """Its number in an address."""
        return re.sub("[^a-z0-9]+", "-", self.number.lower()).strip("-")

    @property
    def is_complete(self) -> bool:
        """The roll holds every member, as the body counted them."""
        return self.members is not None and self.members == sum(self.counts)


class Frame(NamedTuple):
    """What the lines of a roll call have in common, and what was said between in others."""

    roll: Roll
    head: bytes  # up to the first comma
    tail: bytes
    start: str  # of what is written: what follows the number of the line
    begin: int
    end: int | None
    said: dict[bytes, tuple[int, int, str]]  # the voter's bit, the choice, what is written


class Reader(Layout):
    """What the layouts of votes share. A subclass knows its columns."""

    # Members that did not vote have rows, too: who has none was no member.
    lists_absent: ClassVar[bool] = True
    # The column that tells who voted.
    who: ClassVar[str]

    def __init__(self, table: Table, states: States, rejects: Rejects) -> None:
        super().__init__(table, states, rejects)
        self.form = Form()
        self.rolls: dict[str, Roll] = {}
        self.slugs: dict[str, str] = {}
        self.known: dict[int, dict[tuple[str, str], Voter]] = {}

    def votes(self) -> Iterator[str]:
        """The votes that can be taken in; the others are rejected.

        A million lines say few things. One that begins and ends like another that was parsed tells
        of the same roll call, and what stands between mostly stood in another line.
        """
        table, form, cut = self.table, self.form, self.cut()
        known: dict[int, dict[bytes, tuple[int, int, str]]] = {}  # by era, as one says the same
        frames: dict[bytes, Frame] = {}
        frame, head, tail = None, b"", b""
        for line in table.lines:
            if not (frame and line.startswith(head) and line.endswith(tail)):
                frame = frames.get(line[: line.find(b",") + 1])
                if frame:
                    roll, head, tail, start, begin, end, said = frame
                    frame = frame if line.endswith(tail) else None
            if frame:
                vote = said.get(line[begin:end])
                if vote and not roll.seen & vote[0]:
                    # As `takes`, but a million times.
                    roll.seen |= vote[0]
                    roll.counts[vote[1]] += 1
                    self.rows += 1
                    yield f"{table.line}{start}{vote[2]}"
                    continue
            cast = self.cast(table.row(line))
            if cast is None:
                continue
            if not cast.roll.takes(cast.voter.bit, cast.choice):
                self.reject(self.who, cast.name, "votes twice in this roll call", cast.roll)
                continue
            start = form.roll(cast.roll.ordinal)
            text = form.vote(cast.voter.ordinal, cast.choice)
            yield f"{table.first}{start}{text}"
            if cut and table.line == table.first and (parts := cut.match(line)):
                said = known.setdefault(cast.roll.era, {})
                said[parts[2]] = cast.voter.bit, cast.choice, text
                roll, head, tail, begin = cast.roll, parts[1], line[parts.end() :], len(parts[1])
                end = -len(tail) or None
                frame = frames[head] = Frame(roll, head, tail, start, begin, end, said)
            else:
                frame = None

    def cut(self) -> "re.Pattern[bytes] | None":
        """Cuts a line into what tells the roll call, what tells the vote, and the rest.

        None where the columns stand in such an order that it cannot be cut so.
        """
        raise NotImplementedError

    def cast(self, row: list[str]) -> Cast | None:
        """What a row says; None where it is rejected."""
        raise NotImplementedError

    def reject(self, column: str, value: str, reason: str, roll: Roll | None = None) -> None:
        self.refuse(column, value, reason)
        if roll:
            roll.rejected = True

    def voter(self, code: str, name: str, roll: Roll) -> Voter | None:
        """Who is meant on the day of the roll call; rejects whom the archive lacks."""
        known = self.known.setdefault(roll.era, {})
        voter = known.get((code, name)) or self.states.find(code, name, roll.date)
        if voter:
            known[code, name] = voter
            return voter
        self.reject(
            self.who,
            f"{code} {name}".strip(),
            "no such state in the archive: add it there, or import with --make-states",
            roll,
        )
        return None

    def judge(self, roll: Roll, number_column: str, date_column: str) -> None:
        """Refuses a roll call without a number, or whose day is none."""
        if not roll.slug or len(roll.number) > 40:
            self.reject(number_column, roll.number, "not the number of a roll call", roll)
        if (other := self.slugs.setdefault(roll.slug, roll.number)) != roll.number:
            reason = f"in an address it would be the same as {other}"
            self.reject(number_column, roll.number, reason, roll)
        try:
            date = edtf.parse(roll.date)
        except edtf.EDTFError:
            date = None
        if date is None or not re.match(r"[0-9]{4}(-|$)", roll.date) or "/" in roll.date:
            self.reject(date_column, roll.date, "not a date such as 2022-03-02", roll)
        if "\0" in roll.title + roll.symbol + roll.url:
            self.reject("title", roll.title, "holds a zero byte", roll)
        if roll.url and not re.match("https?://", roll.url):
            self.reject("undl_link", roll.url, "not an address that begins with https://", roll)

    def finish(self) -> None:
        for roll in self.rolls.values():
            if not roll.left_out:
                self._judge_totals(roll)

    def _judge_totals(self, roll: Roll) -> None:
        for choice, announced, counted in zip(CHOICES, roll.totals, roll.counts, strict=True):
            if announced is not None and announced != counted:
                self._reject_total(roll, f"total of {choice}", announced, counted)
        if roll.members is not None and roll.members != sum(roll.counts):
            self._reject_total(roll, "total of members", roll.members, sum(roll.counts))

    def _reject_total(self, roll: Roll, column: str, announced: int, counted: int) -> None:
        reason = f"the roll of {roll.number} has {counted} row{pluralize(counted)} of them"
        self.rejects.add(roll.line, column, str(announced), reason)
        roll.rejected = True


def cut_after(number: int) -> "re.Pattern[bytes]":
    """Cuts off the first value of a line, and so many after it."""
    return re.compile(rb"(%b,)((?:%b(?:,|\r?\n)){%d})" % (VALUE, VALUE, number))


def by_reason(rolls: dict[str, Roll]) -> dict[str, int]:
    """How many roll calls were left out, by reason."""
    return dict(Counter(roll.left_out for roll in rolls.values() if roll.left_out))
