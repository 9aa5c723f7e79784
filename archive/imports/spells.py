"""Stretches of membership, compared as far as they are known: what follows, agrees, differs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple, Self

from archive import edtf

DAY = timedelta(days=1)


class Days(NamedTuple):
    """The days that a beginning or an end may be, both inclusive."""

    first: date
    last: date

    def meet(self, other: "Days") -> bool:
        """They may be the same day: one that is less exact does not contradict the other."""
        return self.first <= other.last and other.first <= self.last


ANY = Days(date.min, date.max)
NEVER = Days(date.max, date.max)


def days(text: str) -> Days:
    """The days of a partial date such as 1994-04."""
    parsed = edtf.parse(text)
    assert parsed.earliest is not None
    assert parsed.latest is not None
    return Days(parsed.earliest, parsed.latest)


@dataclass(frozen=True, slots=True, order=True)
class Spell:
    """From a beginning to an end: the days that these may be, and as EDTF writes them."""

    begins: Days
    ends: Days
    start: str
    end: str
    rows: tuple[tuple[int, str], ...] = ()  # of a file: line and number of the alliance
    is_part: bool = False  # of a row that goes on with another state
    keys: tuple[int, ...] = ()  # of the memberships that the archive holds

    @property
    def period(self) -> str:
        return f"{self.start}/{self.end}"

    @classmethod
    def held(cls, key: int, period: str) -> Self:
        """A membership of the archive: an open end goes on, an unknown one may be any day."""
        start, end = period.split("/")
        begins = ANY if start in ("", "..") else days(start)
        ends = ANY if not end else NEVER if end == ".." else days(end)
        return cls(begins, ends, start, end, keys=(key,))

    def overlaps(self, other: "Spell") -> bool:
        """There may be a day that both cover."""
        return self.begins.first <= other.ends.last and other.begins.first <= self.ends.last

    def surely_overlaps(self, other: "Spell") -> bool:
        """There is a day that both cover: the database refuses a second membership."""
        one, two = edtf.parse(self.period).certain, edtf.parse(other.period).certain
        if one is None or two is None:
            return False
        return (one[0] or date.min) <= (two[1] or date.max) and (two[0] or date.min) <= (
            one[1] or date.max
        )

    def agrees_with(self, other: "Spell") -> bool:
        return self.begins.meet(other.begins) and self.ends.meet(other.ends)

    def follows(self, other: "Spell") -> bool:
        """It goes on where the other may have ended, if not before."""
        return other.ends.last == date.max or self.begins.first <= other.ends.last + DAY

    def joined_to(self, after: "Spell") -> "Spell":
        """Both as one, where the second follows."""
        last = max(self, after, key=lambda spell: (spell.ends.last, spell.ends.first))
        return Spell(
            self.begins,
            last.ends,
            self.start,
            last.end,
            self.rows + after.rows,
            self.is_part or after.is_part,
            self.keys + after.keys,
        )


def without_breaks(spells: Iterable[Spell]) -> list[Spell]:
    """Those that follow each other are one; leaving and returning are two."""
    joined: list[Spell] = []
    for spell in sorted(spells):
        if joined and spell.follows(joined[-1]):
            joined[-1] = joined[-1].joined_to(spell)
        else:
            joined.append(spell)
    return joined


def held_spells(rows: Iterable[tuple[int, str, str]]) -> list[Spell]:
    """Memberships of a state in an organization, by key, period and standing, in their order.

    Where only the standing changes (full, then suspended) membership goes on. The same standing
    twice is leaving and returning, as the codebook has it.
    """
    found: list[Spell] = []
    before = ""
    for key, period, standing in rows:
        spell = Spell.held(key, period)
        if found and standing != before and spell.follows(found[-1]):
            found[-1] = found[-1].joined_to(spell)
        else:
            found.append(spell)
        before = standing
    return found


@dataclass
class Compared:
    """What a file tells of a state in an organization, beside what the archive holds."""

    new: list[Spell] = field(default_factory=list)
    confirmed: list[tuple[Spell, Spell]] = field(default_factory=list)  # held, told
    differing: list[tuple[Spell, list[Spell]]] = field(default_factory=list)  # held, told


def compare(told: list[Spell], held: list[Spell], data_end: date) -> Compared:
    """Each spell of the file confirms one that is held, differs from some, or is new."""
    found = Compared()
    left, rest = list(held), []
    for spell in told:
        agreeing = next((other for other in left if spell.agrees_with(other)), None)
        if agreeing:
            left.remove(agreeing)
            found.confirmed.append((agreeing, spell))
        else:
            rest.append(spell)
    against: dict[Spell, list[Spell]] = {}
    for spell in rest:
        others = [other for other in left if spell.overlaps(other)] or [
            other for other in held if spell.surely_overlaps(other)
        ]
        for other in others:
            against.setdefault(other, []).append(spell)
        if not others:
            found.new.append(spell)
    # Of these the file knows nothing, though it tells of their time.
    for other in left:
        if other not in against and other.begins.first <= data_end:
            against[other] = []
    for other, spell in found.confirmed:
        if other in against:
            against[other].append(spell)
    found.confirmed = [pair for pair in found.confirmed if pair[0] not in against]
    found.differing = [(other, sorted(several)) for other, several in against.items()]
    return found
