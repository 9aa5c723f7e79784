"""The layouts of voting data: from the rows of a file to votes, roll calls and rejects.

A reader yields a vote as ``(line, roll call, state, choice)``, all numbers: of the line in the
file, of `Reader.rolls`, of `States.met`, of `CHOICES`. Everything that the file alone can tell is
checked here: nothing needs the database but the states.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import ClassVar

from archive import edtf
from archive.choices import ImportLayout, VoteChoice
from archive.imports.files import Rejects, Table, Unreadable, require
from archive.imports.layouts import DataSet, Layout, whole
from archive.imports.states import States, Voter, era

CHOICES = (VoteChoice.YES, VoteChoice.NO, VoteChoice.ABSTAIN, VoteChoice.ABSENT)
YES, ABSENT = 0, 3

Cast = tuple[int, int, int, int]


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
    shared: tuple[str, ...] = ()
    era: int = 0
    counts: list[int] = field(default_factory=lambda: [0] * 4)
    seen: int = 0
    rejected: bool = False
    left_out: str = ""

    def takes(self, voter: Voter, choice: int) -> bool:
        """Counts a vote; False where the state has voted already."""
        bit = voter[1]
        if self.seen & bit:
            return False
        self.seen |= bit
        self.counts[choice] += 1
        return True

    @property
    def is_complete(self) -> bool:
        """The roll holds every member, as the body counted them."""
        return self.members is not None and self.members == sum(self.counts)


UN_LIBRARY = {
    "slug": "un-digital-library",
    "name": "United Nations Digital Library",
    "homepage": "https://digitallibrary.un.org/",
    "note": "Voting data of the Dag Hammarskjöld Library. Non-commercial use with attribution.",
    "short": "undl",
}


class Reader(Layout):
    """What the layouts of votes share. A subclass knows its columns."""

    # Members that did not vote have rows, too: who has none was no member.
    lists_absent: ClassVar[bool] = True

    def __init__(self, table: Table, states: States, rejects: Rejects) -> None:
        super().__init__(table, states, rejects)
        self.rolls: dict[str, Roll] = {}
        self.known: dict[int, dict[tuple[str, str], Voter]] = {}

    def votes(self) -> Iterator[Cast]:
        raise NotImplementedError

    def reject(self, column: str, value: str, reason: str, roll: Roll | None = None) -> None:
        self.refuse(column, value, reason)
        if roll:
            roll.rejected = True

    def voter(self, code: str, name: str, roll: Roll, column: str) -> Voter | None:
        """A state that was not met in this era before; rejects whom the archive lacks."""
        voter = self.states.find(code, name, roll.date)
        if voter:
            self.known.setdefault(roll.era, {})[code, name] = voter
            return voter
        self.reject(
            column,
            f"{code} {name}".strip(),
            "no such state in the archive: add it there, or import with --make-states",
            roll,
        )
        return None

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
        reason = f"the roll of {roll.number} has {counted} rows of them"
        self.rejects.add(roll.line, column, str(announced), reason)
        roll.rejected = True


def reader_of(
    table: Table, states: States, rejects: Rejects, roll_calls: Path | None, encoding: str
) -> Reader:
    """The reader of the layout that the header tells of."""
    header = set(table.header)
    if header & {"undl_id", "ms_code", "ms_vote"}:
        is_council = bool(header & {"permanent_member", "modality", "description"})
        layout = SecurityCouncil if is_council else GeneralAssembly
        return layout(table, states, rejects)
    if header & {"rcid", "country_code"}:
        return Unvotes(table, states, rejects, roll_calls, encoding)
    raise Unreadable(
        f"{table.path.name} is of no known layout: its header is {', '.join(table.header)[:300]}. "
        "Known are the UN Digital Library's voting data and unvotes: see docs/imports.md."
    )


# --- The UN Digital Library -----------------------------------------------------------------


class Library(Reader):
    """One row a member and roll call, with all that is known of the roll call in each."""

    columns: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    SYMBOLS: ClassVar[dict[str, int]] = {"Y": 0, "N": 1, "A": 2, "X": 3}
    TOTALS = ("total_yes", "total_no", "total_abstentions", "total_non_voting")
    # What every row of a roll call repeats.
    SHARED = ("date", "resolution", *TOTALS, "total_ms", "undl_link")

    def votes(self) -> Iterator[Cast]:
        table, rolls = self.table, self.rolls
        require(table, self.columns, self.layout.label)
        place = {name: number for number, name in enumerate(table.header)}
        width = len(table.header)
        main = itemgetter(*(place[one] for one in ("undl_id", "ms_code", "ms_name", "ms_vote")))
        shared = itemgetter(*(place[one] for one in self.SHARED))
        reader = table.reader
        for row in table:
            if len(row) != width or row[0] == table.header[0]:
                self.reject_shape(row)
                continue
            self.rows += 1
            number, code, name, symbol = main(row)
            roll = rolls.get(number)
            if roll is None:
                values = {one: row[at].strip() for one, at in place.items()}
                roll = self._roll(number, values, shared(row))
            elif roll.shared != shared(row):
                self._reject_difference(row, place, roll)
                continue
            choice = self.SYMBOLS.get(symbol)
            if choice is None:
                self.reject("ms_vote", symbol, "not one of Y, N, A, X", roll)
                continue
            known = self.known.get(roll.era)
            voter = known.get((code, name)) if known else None
            if voter is None:
                voter = self.voter(code, name, roll, "ms_code")
                if voter is None:
                    continue
            if roll.takes(voter, choice):
                yield reader.line_num, roll.ordinal, voter[0], choice
            else:
                self.reject("ms_code", code, f"votes twice in the roll call {number}", roll)

    def _roll(self, number: str, values: dict[str, str], shared: tuple[str, ...]) -> Roll:
        totals = tuple(self._total(one, values[one]) for one in self.TOTALS)
        roll = Roll(
            ordinal=len(self.rolls),
            line=self.table.line,
            number=number.strip(),
            date=values["date"],
            symbol=values["resolution"],
            title=values[self.title] or values["resolution"] or f"Roll call {number}",
            url=values["undl_link"],
            totals=tuple(max(total, 0) if total is not None else None for total in totals),
            members=self._total("total_ms", values["total_ms"]),
            modality=values.get("modality", ""),
            shared=shared,
            era=era(values["date"]),
        )
        self.rolls[number] = roll
        if -1 in (*totals, roll.members):
            roll.rejected = True
        _judge(self, roll, "undl_id", "date")
        return roll

    def _total(self, column: str, text: str) -> int | None:
        """A total, which the library writes as 93.0; None if blank, -1 after a reject."""
        if not text:
            return None
        if re.fullmatch(r"[0-9]{1,4}(\.0*)?", text):
            return int(text.partition(".")[0])
        self.reject(column, text, "not a whole number")
        return -1

    def _reject_difference(self, row: list[str], place: dict[str, int], roll: Roll) -> None:
        for name, before in zip(self.SHARED, roll.shared, strict=True):
            if row[place[name]] != before:
                self.reject(name, row[place[name]], f"line {roll.line} says “{before}”", roll)
                return

    def finish(self) -> None:
        for roll in self.rolls.values():
            if _was_no_vote(roll):
                roll.left_out = "adopted without a vote, which the file stores as Y of every member"
        super().finish()


def _was_no_vote(roll: Roll) -> bool:
    """What was adopted without a vote is stored as “yes” of all: it is no recorded vote."""
    if re.search(r"without\b.*\bvote|acclamation|consensus", roll.modality, re.I):
        return True
    return sum(roll.counts) == roll.counts[YES] > 0 and not any(roll.totals)


class GeneralAssembly(Library):
    layout = ImportLayout.UNDL_GENERAL_ASSEMBLY
    data_set = DataSet(**UN_LIBRARY, body="unga")
    title = "title"
    # 19 columns in 2025; in 2026 `vote_note` stands before `total_yes`, which we do not keep.
    columns = (
        *("undl_id", "ms_code", "ms_name", "ms_vote", "date", "session", "resolution", "draft"),
        *("committee_report", "meeting", "title", "agenda_title", "subjects", "total_yes"),
        *("total_no", "total_abstentions", "total_non_voting", "total_ms", "undl_link"),
    )


class SecurityCouncil(Library):
    layout = ImportLayout.UNDL_SECURITY_COUNCIL
    data_set = DataSet(**UN_LIBRARY, body="unsc")
    title = "description"
    columns = (
        *("undl_id", "ms_code", "ms_name", "ms_vote", "date", "resolution", "description"),
        *("total_yes", "total_no", "total_abstentions", "total_non_voting", "total_ms"),
        "undl_link",
    )


# --- unvotes ----------------------------------------------------------------------------------


class Unvotes(Reader):
    """Votes and roll calls in two files; a member that did not vote has no row."""

    layout = ImportLayout.UNVOTES
    data_set = DataSet(
        slug="unvotes",
        name="United Nations General Assembly Voting Data (unvotes)",
        homepage="https://github.com/dgrtwo/unvotes",
        note="Roll calls of the General Assembly after Erik Voeten, as the R package unvotes "
        "holds them. Data CC0.",
        short="unvotes",
        body="unga",
    )
    lists_absent = False
    SYMBOLS: ClassVar[dict[str, int]] = {"yes": 0, "no": 1, "abstain": 2}
    columns = ("rcid", "country", "country_code", "vote")
    roll_columns = ("rcid", "session", "date", "unres", "short", "descr")

    def __init__(
        self,
        table: Table,
        states: States,
        rejects: Rejects,
        roll_calls: Path | None,
        encoding: str,
    ) -> None:
        super().__init__(table, states, rejects)
        require(table, self.columns, self.layout.label)
        path = roll_calls or sibling(table.path)
        if not path.is_file():
            raise Unreadable(
                f"{table.path.name} needs its roll calls: {path} is not there. Name the file "
                "with --roll-calls."
            )
        with Table(path, encoding) as rolls:
            require(rolls, self.roll_columns, "unvotes, roll calls")
            self._read_rolls(rolls)
        self.companion = {"roll_calls_file": path.name}

    def _read_rolls(self, table: Table) -> None:
        # Rejects tell of this file's lines.
        votes, self.table, self.other_file = self.table, table, f" (in {table.path.name})"
        width = len(table.header)
        for row in table:
            if len(row) != width or row[0] == "rcid":
                self.reject_shape(row)
                continue
            values = {
                name: "" if value == "NA" else value.strip()
                for name, value in zip(table.header, row, strict=True)
            }
            number = whole(values["rcid"])
            if number in self.rolls:
                self.reject("rcid", values["rcid"], "stands twice in the roll calls")
                continue
            title = values["descr"] or values["short"] or values["unres"]
            roll = Roll(
                ordinal=len(self.rolls),
                line=0,
                number=number,
                date=values["date"],
                symbol=values["unres"],
                title=title or f"Roll call {number} of session {whole(values['session'])}",
                era=era(values["date"]),
            )
            self.rolls[number] = roll
            _judge(self, roll, "rcid", "date")
        self.table, self.other_file = votes, ""

    def votes(self) -> Iterator[Cast]:
        table, reader = self.table, self.table.reader
        pick = itemgetter(*(table.header.index(name) for name in self.columns))
        width = len(table.header)
        current, roll = "", None
        known: dict[tuple[str, str], Voter] = {}
        for row in table:
            if len(row) != width:
                self.reject_shape(row)
                continue
            number, name, code, symbol = pick(row)
            self.rows += 1
            if number != current or roll is None:
                roll = self.rolls.get(whole(number))
                if roll is None:
                    self.rows -= row == table.header
                    self._reject_number(row, number)
                    continue
                current, known = number, self.known.setdefault(roll.era, {})
                roll.line = roll.line or reader.line_num
            choice = self.SYMBOLS.get(symbol)
            if choice is None:
                self.reject("vote", symbol, "not one of yes, no, abstain", roll)
                continue
            voter = known.get((code, name)) or self.voter(code, name, roll, "country_code")
            if voter is None:
                continue
            if roll.takes(voter, choice):
                yield reader.line_num, roll.ordinal, voter[0], choice
            else:
                self.reject("country", name, f"votes twice in the roll call {number}", roll)

    def _reject_number(self, row: list[str], number: str) -> None:
        if row == self.table.header:
            self.reject_shape(row)
        else:
            self.reject("rcid", number, "no such roll call in the file of roll calls")

    def finish(self) -> None:
        """The file of roll calls holds some that nobody voted in: they are no rolls."""
        for roll in self.rolls.values():
            if not roll.line and not roll.rejected:
                roll.left_out = "no vote in the file"
        super().finish()


def sibling(path: Path) -> Path:
    """The file of roll calls beside the file of votes: `un_roll_calls` for `un_votes`."""
    return path.with_name(re.sub(r"votes(?=\.csv)", "roll_calls", path.name))


def _judge(reader: Reader, roll: Roll, number_column: str, date_column: str) -> None:
    """Refuses a roll call without a number, or whose day is none."""
    if not roll.number or len(roll.number) > 40:
        reader.reject(number_column, roll.number, "not the number of a roll call", roll)
    try:
        date = edtf.parse(roll.date)
    except edtf.EDTFError:
        date = None
    if date is None or not re.match(r"[0-9]{4}(-|$)", roll.date) or "/" in roll.date:
        reader.reject(date_column, roll.date, "not a date such as 2022-03-02", roll)
    if "\0" in roll.title + roll.symbol + roll.url:
        reader.reject("title", roll.title, "holds a zero byte", roll)


def by_reason(rolls: dict[str, Roll]) -> dict[str, int]:
    """How many roll calls were left out, by reason."""
    return dict(Counter(roll.left_out for roll in rolls.values() if roll.left_out))
