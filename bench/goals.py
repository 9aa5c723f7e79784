"""The goals, what was reached, and the table of both."""

from collections.abc import Iterator
from typing import Any, NamedTuple

# PERFORMANCE.md: “leave 30 % between a goal and a gate: neighbours are noisy.”
NOISE = 1.3
NOT_THERE = "not there yet"


class Check(NamedTuple):
    """One number of a row. `must` and `beyond` bound it from above, or with `at_least` from below.

    Where nothing must be reached, `must` is None.
    """

    what: str
    value: float | None
    must: float | None
    beyond: float | None = None
    at_least: bool = False
    unit: str = "×"

    def verdict(self) -> str:
        if self.value is None:
            return NOT_THERE
        if self.beyond is not None and self._holds(self.beyond):
            return "beyond"
        if self.must is None:
            return "not beyond"
        if self._holds(self.must):
            return "reached"
        noisy = self.must / NOISE if self.at_least else self.must * NOISE
        return "within the noise" if self._holds(noisy) else "missed"

    def _holds(self, bound: float) -> bool:
        assert self.value is not None
        return self.value >= bound if self.at_least else self.value <= bound

    def is_failure(self) -> bool:
        return self.verdict() in ("missed", NOT_THERE)

    def goal(self) -> str:
        sign = "≥" if self.at_least else "≤"
        must = "" if self.must is None else f"{sign} {self.must:g} {self.unit}"
        beyond = "" if self.beyond is None else f"({sign} {self.beyond:g} {self.unit})"
        return f"{must} {beyond}".strip()

    def reached(self) -> str:
        if self.value is None:
            return ""
        return f"{self.value:.{2 if self.value < 10 else 0}f} {self.unit}"


class Row(NamedTuple):
    """One call, as issue and README name it."""

    call: str
    # Milliseconds (or answers a second), by candidate.
    measured: dict[str, float]
    checks: list[Check]
    note: str = ""


def table(rows: list[Row]) -> Iterator[str]:
    """The lines of a table in Markdown."""
    cells = [("call", "against", "must (beyond)", "reached", "verdict")]
    for row in rows:
        for number, check in enumerate(row.checks):
            cells.append(
                (
                    row.call if number == 0 else "",
                    check.what,
                    check.goal(),
                    check.reached(),
                    check.verdict(),
                )
            )
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    for number, line in enumerate(cells):
        padded = (text.ljust(width) for text, width in zip(line, widths, strict=True))
        yield f"| {' | '.join(padded)} |"
        if number == 0:
            yield "|" + "|".join("-" * (width + 2) for width in widths) + "|"


def details(rows: list[Row]) -> Iterator[str]:
    """What was measured, in milliseconds unless the row says otherwise."""
    for row in rows:
        measured = ", ".join(f"{name} {value:.2f}" for name, value in row.measured.items())
        yield f"{row.call}: {measured}" + (f" ({row.note})" if row.note else "")


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    return [
        {
            "call": row.call,
            "measured": {name: round(value, 3) for name, value in row.measured.items()},
            "note": row.note,
            "checks": [
                {
                    "against": check.what,
                    "must": check.must,
                    "beyond": check.beyond,
                    "at_least": check.at_least,
                    "unit": check.unit,
                    "reached": None if check.value is None else round(check.value, 3),
                    "verdict": check.verdict(),
                }
                for check in row.checks
            ],
        }
        for row in rows
    ]
