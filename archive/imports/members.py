"""The layouts of alliance data: from the rows of a file to spells of membership and rejects.

A row is a state's time in an alliance. Only alliances that are wanted are looked into: an archive
need not know the states of all the others.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import ClassVar, NamedTuple

from archive import edtf
from archive.choices import ImportLayout
from archive.imports.cow import NumberedStates
from archive.imports.files import Rejects, Table, Unreadable, require
from archive.imports.layouts import DataSet, Layout, whole
from archive.imports.spells import ANY, NEVER, Days, Spell, days

# What data sets write for a day, a month or an end that they do not know.
UNKNOWN = {"", "0", "-9", ".", "NA"}
NOT_NAMED = "not named by --alliance; --make-organizations takes all"


class Bound(NamedTuple):
    """A beginning or an end, as EDTF writes it, and the days that it may be."""

    text: str
    days: Days


GOES_ON = Bound("..", NEVER)
NOT_KNOWN = Bound("", ANY)


@dataclass(slots=True)
class Alliance:
    """An alliance as the file tells of it."""

    number: str
    line: int
    is_wanted: bool
    kind: str
    founded: str = ""
    dissolved: str = ""
    spells: dict[str, list[Spell]] = field(default_factory=dict)  # by the code of the state
    is_rejected: bool = False

    @property
    def left_out(self) -> str:
        if not self.is_wanted:
            return NOT_NAMED
        return "has rejected lines" if self.is_rejected else ""


class Members(Layout):
    """What the layouts share. A subclass knows its columns."""

    states: NumberedStates
    columns: ClassVar[tuple[str, ...]]
    optional: ClassVar[tuple[str, ...]] = ("version",)
    NUMBER: ClassVar[str]
    MEMBER: ClassVar[str]
    START: ClassVar[tuple[str, str, str]]
    END: ClassVar[tuple[str, str, str]]
    # The last day that a version looks at; of others, the last of the last year named.
    ENDS: ClassVar[dict[str, date]]

    def __init__(self, table: Table, states: NumberedStates, rejects: Rejects) -> None:
        super().__init__(table, states, rejects)
        require(table, self.columns, self.layout.label)
        self.states = states
        self.alliances: dict[str, Alliance] = {}
        self.wanted: set[str] | None = None  # None: all
        self.version = ""
        self.last_year = 1

    @property
    def data_end(self) -> date:
        return self.ENDS.get(self.version) or date(self.last_year, 12, 31)

    def read(self) -> Iterator[None]:
        """Reads the rows into `alliances`, one a step."""
        header = self.table.header
        places = {name: header.index(name) for name in self.columns}
        places |= {name: header.index(name) for name in self.optional if name in header}
        for row in self.table:
            if len(row) != len(header) or row[0].strip() == header[0]:
                self.reject_shape(row)
                continue
            self.rows += 1
            if "\0" in "".join(row):
                self.refuse("", ",".join(row), "holds a zero byte")
                self.is_broken = True
                continue
            self._row({name: whole(row[at]) for name, at in places.items()})
            yield

    def _row(self, values: dict[str, str]) -> None:
        number = values[self.NUMBER]
        alliance = self.alliances.get(number)
        if alliance is None:
            is_wanted = self.wanted is None or number in self.wanted
            alliance = Alliance(number, self.table.first, is_wanted, self.kind(values))
            self.alliances[number] = alliance
            self.version = self.version or values.get("version", "")
        years = [int(v) for v in (values[self.START[0]], values[self.END[0]]) if v.isdecimal()]
        self.last_year = min(max(self.last_year, *years), 9998) if years else self.last_year
        if not number.isdecimal() or len(number) > 40:
            self._reject(alliance, self.NUMBER, number, "not the number of an alliance")
        elif alliance.is_wanted:
            self._spell(alliance, values)

    def _spell(self, alliance: Alliance, values: dict[str, str]) -> None:
        member = values[self.MEMBER]
        holders = self.states.of_number(int(member)) if member.isdecimal() else []
        if not holders:
            reason = "no state has this number in Correlates of War"
            self._reject(alliance, self.MEMBER, member, reason)
            return
        start, end = self.start(alliance, values), self.end(alliance, values)
        if start is None or end is None:
            return
        try:
            edtf.parse(f"{start.text}/{end.text}")
        except edtf.EDTFError as error:
            self._reject(alliance, self.END[0], values[self.END[0]], str(error))
            return
        turns = [date.fromisoformat(since) if since else date.min for since, _ in holders]
        for (_, code), since, until in zip(holders, turns, [*turns[1:], date.max], strict=True):
            goes_on_there = end is not NOT_KNOWN and since < end.days.last
            if start.days.first < until and (since <= start.days.first or goes_on_there):
                if not self.states.take(code):
                    reason = f"no state {code} in the archive: add it, or import with --make-states"
                    self._reject(alliance, self.MEMBER, member, reason)
                    return
                part = _not_before(start, since), _not_after(end, until)
                spell = self._part(alliance, *part, is_part=part != (start, end))
                alliance.spells.setdefault(code, []).append(spell)

    def _part(self, alliance: Alliance, start: Bound, end: Bound, *, is_part: bool) -> Spell:
        row = (self.table.first, alliance.number)
        return Spell(start.days, end.days, start.text, end.text, (row,), is_part)

    def _reject(self, alliance: Alliance, column: str, value: str, reason: str) -> None:
        self.refuse(column, value, reason)
        alliance.is_rejected = True

    def kind(self, values: dict[str, str]) -> str:
        """What sort of alliance it is, in the terms of the data set."""
        raise NotImplementedError

    def start(self, alliance: Alliance, values: dict[str, str]) -> Bound | None:
        """Since when; None after a reject."""
        return self.bound(alliance, values, self.START)

    def end(self, alliance: Alliance, values: dict[str, str]) -> Bound | None:
        """Until when; None after a reject."""
        raise NotImplementedError

    def bound(
        self, alliance: Alliance, values: dict[str, str], columns: tuple[str, str, str]
    ) -> Bound | None:
        """A date as exact as it is known: 1994-04-20, 1994-04 or 1994."""
        year, month, day = (values[column] for column in columns)
        parts = [year.zfill(4)]
        if month not in UNKNOWN:
            parts.append(month.zfill(2))
            if day not in UNKNOWN:
                parts.append(day.zfill(2))
        text = "-".join(parts)
        try:
            return Bound(text, days(text))
        except edtf.EDTFError as error:
            self._reject(alliance, columns[len(parts) - 1], text, str(error))
            return None


def _not_before(start: Bound, since: date) -> Bound:
    return start if since <= start.days.first else Bound(since.isoformat(), Days(since, since))


def _not_after(end: Bound, until: date) -> Bound:
    return (
        end
        if end is NOT_KNOWN or end.days.last <= until
        else Bound(until.isoformat(), Days(until, until))
    )


def reader_of(table: Table, states: NumberedStates, rejects: Rejects) -> Members:
    """The reader of the layout that the header tells of."""
    header = set(table.header)
    if header & {"version4id", "ss_type", "ccode"}:
        return CorrelatesOfWar(table, states, rejects)
    if header & {"atopid", "yrent", "yrexit"}:
        return ATOP(table, states, rejects)
    raise Unreadable(
        f"{table.path.name} is of no known layout: its header is {', '.join(table.header)[:300]}. "
        "Known are the members of alliances of Correlates of War and of ATOP: see docs/imports.md."
    )


class CorrelatesOfWar(Members):
    """Formal alliances, by member: `alliance_v4.1_by_member.csv`."""

    layout = ImportLayout.COW_ALLIANCES
    data_set = DataSet(
        slug="correlates-of-war",
        name="Correlates of War",
        homepage="https://correlatesofwar.org/",
        note="Formal alliances after Douglas M. Gibler. Free with citation.",
        short="cow",
        body="",
    )
    NUMBER, MEMBER = "version4id", "ccode"
    START = ("mem_st_year", "mem_st_month", "mem_st_day")
    END = ("mem_end_year", "mem_end_month", "mem_end_day")
    ALLIANCE_START = ("all_st_year", "all_st_month", "all_st_day")
    ALLIANCE_END = ("all_end_year", "all_end_month", "all_end_day")
    ENDS: ClassVar[dict[str, date]] = {"4.1": date(2012, 12, 31)}
    columns = (
        *(NUMBER, MEMBER, *START, *END, *ALLIANCE_START, *ALLIANCE_END),
        *("ss_type", "left_censor", "right_censor"),
    )

    def kind(self, values: dict[str, str]) -> str:
        return values["ss_type"].rpartition(": ")[2].capitalize() or "Alliance"

    def _spell(self, alliance: Alliance, values: dict[str, str]) -> None:
        if not alliance.founded:
            for name, columns in (
                ("founded", self.ALLIANCE_START),
                ("dissolved", self.ALLIANCE_END),
            ):
                if values[columns[0]] not in UNKNOWN:
                    bound = self.bound(alliance, values, columns)
                    setattr(alliance, name, bound.text if bound else "")
        super()._spell(alliance, values)

    def start(self, alliance: Alliance, values: dict[str, str]) -> Bound | None:
        bound = super().start(alliance, values)
        if bound and values["left_censor"] == "1":
            # The day is that on which the data begin: the state was a member before.
            return Bound("", Days(date.min, bound.days.last))
        return bound

    def end(self, alliance: Alliance, values: dict[str, str]) -> Bound | None:
        if values["right_censor"] == "1":
            # Whatever day stands there is that on which the data end: no exit.
            return GOES_ON
        if values[self.END[0]] in UNKNOWN:
            reason = "no year, though right_censor does not say that it goes on"
            self._reject(alliance, self.END[0], values[self.END[0]], reason)
            return None
        return self.bound(alliance, values, self.END)


class ATOP(Members):
    """Alliance Treaty Obligations and Provisions, member level: `atop4_01m.csv`.

    A row is a state's time in a phase of an alliance.
    """

    layout = ImportLayout.ATOP_MEMBERS
    data_set = DataSet(
        slug="atop",
        name="Alliance Treaty Obligations and Provisions",
        homepage="http://www.atopdata.org/",
        note="Alliances after Brett Ashley Leeds and others. Free with citation.",
        short="atop",
        body="",
    )
    NUMBER, MEMBER = "atopid", "member"
    START = ("yrent", "moent", "dayent")
    END = ("yrexit", "moexit", "dayexit")
    ENDS: ClassVar[dict[str, date]] = {"4.01": date(2016, 12, 31)}
    columns = (NUMBER, MEMBER, *START, *END)
    # What is owed, the most first.
    KINDS: ClassVar[dict[str, str]] = {
        "defense": "Defense pact",
        "offense": "Offense pact",
        "neutral": "Neutrality pact",
        "nonagg": "Non-aggression pact",
        "consul": "Consultation pact",
    }
    optional = ("version", *KINDS)

    def kind(self, values: dict[str, str]) -> str:
        kinds = (kind for name, kind in self.KINDS.items() if values.get(name) == "1")
        return next(kinds, "Alliance")

    def end(self, alliance: Alliance, values: dict[str, str]) -> Bound | None:
        year = values[self.END[0]]
        if year == "0":
            return GOES_ON
        return NOT_KNOWN if year in UNKNOWN else self.bound(alliance, values, self.END)

    def finish(self) -> None:
        """The file tells of members only: an alliance is there as long as it has some."""
        for alliance in self.alliances.values():
            spells = [spell for several in alliance.spells.values() for spell in several]
            if spells:
                alliance.founded = min(spells).start
                last = max(spells, key=lambda spell: (spell.ends, spell.end))
                alliance.dissolved = "" if last.end == GOES_ON.text else last.end


def by_reason(alliances: dict[str, Alliance]) -> dict[str, int]:
    """How many alliances were left out, by reason."""
    return dict(Counter(one.left_out for one in alliances.values() if one.left_out))
