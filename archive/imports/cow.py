"""States by the numbers of Correlates of War, which ATOP and others use, too.

A number may run through several states: 365 is Russia, the Soviet Union, and Russia again. Who is
meant is told by the day; what goes on over such a turn goes on with the successor.
"""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.imports.states import States
from archive.models import State

# number, letters, code, since (blank: from the beginning), name. States that ISO never knew have
# the letters of Correlates of War; where these mean another state in ISO, a code of our own.
TABLE = Path(__file__).with_name("cow.csv")


@dataclass(frozen=True, slots=True)
class Holder:
    """The state that a number means, from a day on."""

    number: int
    letters: str
    code: str
    since: str
    name: str


def holders() -> dict[int, list[Holder]]:
    """Who held each number, one after the other."""
    found: dict[int, list[Holder]] = {}
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            holder = Holder(**{**row, "number": int(row["number"])})  # type: ignore[arg-type]
            found.setdefault(holder.number, []).append(holder)
    return found


class NumberedStates(States):
    """The states of the archive by their numbers; those that it lacks are made, if wanted."""

    def __init__(self, *, make: bool) -> None:
        super().__init__(make=make)
        self.holders = holders()
        self.by_code: dict[str, Holder] = {}
        for several in self.holders.values():
            for holder in several:
                self.by_code.setdefault(holder.code, holder)
        self.codes: dict[int, set[str]] = {}
        self.names: dict[str, str] = {}
        for code, name, number in State.objects.values_list("code", "name", "cow"):
            self.names[code] = name
            if number is not None:
                self.codes.setdefault(number, set()).add(code)

    def of_number(self, number: int) -> list[tuple[str, str]]:
        """The states that held a number: since when (blank: ever), and the code; [] if none."""
        held, own = self.holders.get(number, []), self.codes.get(number, set())
        if len(held) < 2 and len(own) == 1:  # as the archive has it
            return [("", min(own))]
        return [(holder.since, holder.code) for holder in held]

    def take(self, code: str) -> bool:
        """A state is needed; False if the archive lacks it and may not make it."""
        if code in self.ids or code in self.made:
            return True
        if not self.make:
            self.lacking.add(code)
        elif code in self.by_code:
            self.made[code] = self.by_code[code].name
        return self.make

    def make_only(self, codes: set[str]) -> None:
        """Others were needed by what is left out."""
        self.made = {code: name for code, name in self.made.items() if code in codes}

    def name(self, code: str) -> str:
        return self.names.get(code) or self.made.get(code, code)

    def _other_codes(self, code: str) -> dict[str, Any]:
        holder = self.by_code[code]
        return {"cow": holder.number, "cow_letters": holder.letters}
