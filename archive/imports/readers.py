"""The layouts of voting data: from the rows of a file to votes, roll calls and rejects."""

import os
import re
from operator import itemgetter
from pathlib import Path
from typing import ClassVar

from archive.choices import ImportLayout
from archive.imports.files import Rejects, Table, Unreadable, require, sha256_of
from archive.imports.layouts import DataSet, whole
from archive.imports.rolls import YES, Cast, Reader, Roll, cut_after
from archive.imports.states import States, era

UN_LIBRARY = {
    "slug": "un-digital-library",
    "name": "United Nations Digital Library",
    "homepage": "https://digitallibrary.un.org/",
    "note": "Voting data of the Dag Hammarskjöld Library. Non-commercial use with attribution.",
    "short": "undl",
}


def reader_of(
    table: Table, states: States, rejects: Rejects, roll_calls: Path | None, encoding: str
) -> Reader:
    """The reader of the layout that the header tells of."""
    header = set(table.header)
    if header & {"undl_id", "ms_code", "ms_vote"}:
        is_council = bool(header & {"permanent_member", "modality", "description"})
        layout = SecurityCouncil if is_council else GeneralAssembly
        if roll_calls:
            raise Unreadable(
                f"--roll-calls is for unvotes: {table.path.name} holds its roll calls itself."
            )
        return layout(table, states, rejects)
    if header & {"rcid", "country_code"}:
        return Unvotes(table, states, rejects, roll_calls, encoding)
    names = ", ".join(table.header)[:300]
    if len(table.header) == 1 and re.search("[;\t]", names):
        raise Unreadable(f"{table.path.name} has no commas between its values: save it with them.")
    printed = "".join(c if c.isprintable() else "\ufffd" for c in names)
    raise Unreadable(
        f"{table.path.name} is of no known layout: its header is {printed}. "
        "Known are the UN Digital Library's voting data and unvotes: see docs/imports.md."
    )


# --- The UN Digital Library -----------------------------------------------------------------


class Library(Reader):
    """One row a member and roll call, with all that is known of the roll call in each."""

    columns: ClassVar[tuple[str, ...]]
    title: ClassVar[str]
    who = "ms_code"
    SYMBOLS: ClassVar[dict[str, int]] = {"Y": 0, "N": 1, "A": 2, "X": 3}
    MAIN = ("undl_id", "ms_code", "ms_name", "ms_vote")
    TOTALS = ("total_yes", "total_no", "total_abstentions", "total_non_voting")
    # What every row of a roll call repeats.
    SHARED = ("date", "resolution", *TOTALS, "total_ms", "undl_link")

    def __init__(self, table: Table, states: States, rejects: Rejects) -> None:
        super().__init__(table, states, rejects)
        require(table, self.columns, self.layout.label)
        self.place = {name: number for number, name in enumerate(table.header)}
        self.main = itemgetter(*(self.place[name] for name in self.MAIN))
        self.shared = itemgetter(*(self.place[name] for name in self.SHARED))

    def cut(self) -> "re.Pattern[bytes] | None":
        first, *others = (self.place[name] for name in self.MAIN)
        number = min(self.place[name] for name in self.SHARED) - 1
        return cut_after(number) if first == 0 and max(others) <= number else None

    def cast(self, row: list[str]) -> Cast | None:
        if len(row) != len(self.place) or row[0] == self.table.header[0]:
            self.reject_shape(row)
            return None
        self.rows += 1
        number, code, name, symbol = self.main(row)
        roll = self.rolls.get(number)
        if roll is None:
            values = {column: row[at].strip() for column, at in self.place.items()}
            roll = self._roll(number, values, self.shared(row))
        elif roll.shared != self.shared(row):
            self._reject_difference(row, roll)
            return None
        choice = self.SYMBOLS.get(symbol)
        if choice is None:
            self.reject("ms_vote", symbol, "not one of Y, N, A, X", roll)
            return None
        voter = self.voter(code, name, roll)
        return Cast(roll, voter, f"{code} {name}", choice) if voter else None

    def _roll(self, number: str, values: dict[str, str], shared: tuple[str, ...]) -> Roll:
        totals = tuple(self._total(one, values[one]) for one in self.TOTALS)
        roll = Roll(
            ordinal=len(self.rolls),
            line=self.table.first,
            number=number.strip(),
            date=values["date"],
            symbol=values["resolution"],
            title=values[self.title] or values["resolution"] or f"Roll call {number}",
            url=values["undl_link"],
            totals=tuple(max(total, 0) if total is not None else None for total in totals),
            members=self._total("total_ms", values["total_ms"]),
            modality=values.get("modality", ""),
            note=values.get("vote_note", ""),
            shared=shared,
            era=era(values["date"]),
        )
        self.rolls[number] = roll
        if -1 in (*totals, roll.members):
            roll.rejected = True
        self.judge(roll, "undl_id", "date")
        return roll

    def _total(self, column: str, text: str) -> int | None:
        """A total, which the library writes as 93.0; None if blank, -1 after a reject."""
        if not text:
            return None
        if re.fullmatch(r"[0-9]{1,4}(\.0*)?", text):
            return int(text.partition(".")[0])
        self.reject(column, text, "not a whole number")
        return -1

    def _reject_difference(self, row: list[str], roll: Roll) -> None:
        for name, before in zip(self.SHARED, roll.shared, strict=True):
            if (value := row[self.place[name]]) != before:
                self.reject(name, value, f"line {roll.line} says “{before}”", roll)
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
    if re.search(r"adopted\b.*\b(without (a )?vote|acclamation|consensus)", roll.note, re.I):
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
    who = "country_code"
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
        if not os.path.exists(path):
            raise Unreadable(
                f"{table.path.name} needs its roll calls: {path} is not there. Name the file "
                "with --roll-calls."
            )
        with Table(path, encoding) as rolls:
            require(rolls, self.roll_columns, "unvotes, roll calls")
            self._read_rolls(rolls)
        self.companion = {"roll_calls_file": path.name, "roll_calls_sha256": sha256_of(path)}
        self.main = itemgetter(*map(table.header.index, self.columns))

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
            self.judge(roll, "rcid", "date")
        self.table, self.other_file = votes, ""

    def cut(self) -> "re.Pattern[bytes] | None":
        width = len(self.table.header)
        return cut_after(width - 1) if self.table.header[0] == "rcid" else None

    def cast(self, row: list[str]) -> Cast | None:
        if len(row) != len(self.table.header):
            self.reject_shape(row)
            return None
        number, name, code, symbol = self.main(row)
        roll = self.rolls.get(whole(number))
        if roll is None:
            self._reject_number(row, number)
            return None
        self.rows += 1
        roll.line = roll.line or self.table.first
        choice = self.SYMBOLS.get(symbol)
        if choice is None:
            self.reject("vote", symbol, "not one of yes, no, abstain", roll)
            return None
        voter = self.voter(code, name, roll)
        return Cast(roll, voter, f"{code} {name}", choice) if voter else None

    def _reject_number(self, row: list[str], number: str) -> None:
        if row == self.table.header:
            self.reject_shape(row)
        else:
            self.rows += 1
            self.is_broken = True
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
