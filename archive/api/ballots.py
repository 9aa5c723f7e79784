"""All public votes as bit masks, kept by each process for as long as no vote changes.

One integer for each state and choice, with one bit a roll call in order of date: 1.2 million
votes are about a megabyte, read in some two seconds. Comparing two states then takes
microseconds, where a join of the table of votes with itself takes a tenth of a second.
"""

import datetime
import threading
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from archive import models
from archive.agreement import Votes
from archive.api.parameters import Find, Flag
from archive.api.prepared import Slot
from archive.choices import VoteChoice
from archive.models import Revision
from archive.models.revision import CurrentRevision


class Dates(NamedTuple):
    """When a roll call was taken that is not dated to the day."""

    bit: int
    possible: DateRange
    certain: DateRange | None


@dataclass(frozen=True, slots=True)
class Ballots:
    """The public roll calls, each a bit, and the votes in them."""

    ids: list[int]  # of the roll calls, in the order of their bits
    bits: dict[str, int]  # the place of each, by its slug
    days: list[datetime.date]  # the first possible day of each, in the order of the bits
    loose: list[Dates]
    bodies: dict[str, int]  # by the slug of the organization that voted
    unanimous: int
    states: dict[str, models.State]  # who voted at all, by code; with its name and no more
    cast: dict[int, Votes]  # by the id of the state
    intended: dict[int, Votes]

    def select(
        self,
        bodies: Iterable[str] | None = None,
        roll_calls: Iterable[str] | None = None,
        days: DateRange | None = None,
        *,
        certain: bool = False,
    ) -> int:
        """The roll calls of any of these bodies, among these, that may (or must) fall in `days`."""
        selected = (1 << len(self.ids)) - 1
        if days is not None:
            selected &= self._in_days(days, certain=certain)
        if bodies is not None:
            selected &= _union(self.bodies.get(body, 0) for body in bodies)
        if roll_calls is not None:
            selected &= _union(1 << self.bits[slug] for slug in roll_calls if slug in self.bits)
        return selected

    def _in_days(self, days: DateRange, *, certain: bool) -> int:
        """As the filters `from`, `to` and `certain` of the lists understand it.

        Nearly all roll calls are dated to the day, so they stand side by side; the few others
        are looked at one by one.
        """
        first = 0 if days.lower is None else bisect_left(self.days, days.lower)
        end = len(self.days) if days.upper is None else bisect_right(self.days, days.upper)
        selected = (1 << max(end, first)) - (1 << first)
        for bit, possible, sure in self.loose:
            if certain:
                fits = _contains(days, possible) or (sure is not None and _overlap(days, sure))
            else:
                fits = _overlap(days, possible)
            selected = selected | 1 << bit if fits else selected & ~(1 << bit)
        return selected

    def votes(self, state: int, *, intended: bool) -> Votes:
        cast = self.cast.get(state, Votes())
        return (
            cast.replaced_by(self.intended[state]) if intended and state in self.intended else cast
        )

    def unanimous_ids(self) -> list[int]:
        return [key for bit, key in enumerate(self.ids) if self.unanimous >> bit & 1]


def _union(masks: Iterable[int]) -> int:
    union = 0
    for mask in masks:
        union |= mask
    return union


def _overlap(days: DateRange, other: DateRange) -> bool:
    """`days` includes its last day, `other` comes from the database and does not."""
    return (days.lower is None or other.upper is None or days.lower < other.upper) and (
        days.upper is None or other.lower is None or other.lower <= days.upper
    )


def _contains(days: DateRange, other: DateRange) -> bool:
    starts = days.lower is None or (other.lower is not None and days.lower <= other.lower)
    ends = days.upper is None or (other.upper is not None and other.upper <= days.upper + DAY)
    return starts and ends


DAY = datetime.timedelta(days=1)

# --- Reading them ---------------------------------------------------------------------------

_lock = threading.Lock()
_kept: tuple[Hashable, Ballots] | None = None


def current(known: CurrentRevision | None = None) -> Ballots:
    """The ballots as they stand now; read again only where a vote has changed."""
    global _kept  # noqa: PLW0603  # one copy a process is the point
    revision = (known or Revision.current()).votes
    if _kept is None or _kept[0] != revision:
        with _lock:
            if _kept is None or _kept[0] != revision:
                # The revision is older than what is read: at worst it is read once more.
                _kept = (revision, read())
    return _kept[1]


def read() -> Ballots:
    """All public votes, from the database."""
    rows = list(
        models.RollCall.objects.public()
        .order_by("date_possible", "slug")
        .values_list(
            "pk",
            "slug",
            "body__slug",
            "date_possible",
            "date_certain",
            "complete",
            "total_yes",
            "total_no",
            "total_abstain",
        )
    )
    bits = {row[0]: bit for bit, row in enumerate(rows)}
    bodies: dict[str, int] = defaultdict(int)
    days, loose = [], []
    complete, one_choice = 0, 0
    for bit, (_, _, body, possible, certain, is_complete, *totals) in enumerate(rows):
        bodies[body] |= 1 << bit
        days.append(possible.lower or datetime.date.min)
        if possible.upper != days[-1] + DAY:
            loose.append(Dates(bit, possible, certain))
        complete |= is_complete << bit
        one_choice |= (None not in totals and totals.count(0) == len(totals) - 1) << bit

    cast: dict[int, dict[str, int]] = defaultdict(dict)
    votes = models.Vote.objects.public().order_by()
    cast_in = votes.values_list("state", "choice").annotate(keys=ArrayAgg("roll_call"))
    for state, choice, keys in cast_in:
        cast[state][choice] = _mask(keys, bits)
    intended: dict[int, dict[str, int]] = defaultdict(dict)
    meant = votes.exclude(intended="").values_list("state", "intended")
    for state, choice, keys in meant.annotate(keys=ArrayAgg("roll_call")):
        intended[state][choice] = _mask(keys, bits)

    yes, no, abstain = (
        _union(each.get(choice, 0) for each in cast.values())
        for choice in (VoteChoice.YES, VoteChoice.NO, VoteChoice.ABSTAIN)
    )
    differing = yes & no | yes & abstain | no & abstain
    # Where the roll has gaps, only the announced totals can tell that nobody voted otherwise.
    unanimous = (complete & (yes | no | abstain) | one_choice) & ~differing
    voters = models.State.objects.public().filter(pk__in=cast).only("code", "name")
    return Ballots(
        ids=[row[0] for row in rows],
        bits={row[1]: bit for bit, row in enumerate(rows)},
        days=days,
        loose=loose,
        bodies=dict(bodies),
        unanimous=unanimous,
        states=voters.in_bulk(field_name="code"),
        cast={state: Votes(**each) for state, each in cast.items()},
        intended={state: Votes(**each) for state, each in intended.items()},
    )


def _mask(keys: Iterable[int], bits: dict[int, int]) -> int:
    mask = bytearray(len(bits) // 8 + 1)
    for key in keys:
        # A roll call that was published since its row was looked for comes with the next reading.
        if (bit := bits.get(key)) is not None:
            mask[bit >> 3] |= 1 << (bit & 7)
    return int.from_bytes(mask, "little")


class IsUnanimous(Flag):
    """Whether the roll call is known to be unanimous; `field_name` leads to it."""

    def resolve(self, value: bool, find: Find) -> tuple[bool, Any]:
        return value, current().unanimous_ids()

    def condition(self, value: tuple[bool, Any]) -> Q:
        is_so, ids = value
        known = Q(**{f"{self.field_name}__any": ids})
        return known if is_so else ~known

    def slots(self, name: str, value: tuple[bool, Any]) -> dict[str, Any]:
        return {name: value[1]}

    def shape(self, name: str, value: tuple[bool, Any]) -> bool:
        return value[0]

    def slotted(self, name: str, value: tuple[bool, Any]) -> tuple[bool, Slot]:
        return value[0], Slot(name)
