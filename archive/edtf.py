"""Partial dates, written in a subset of EDTF, the Extended Date/Time Format of ISO 8601-2:2019.

A date is known to the day, the month or the year, and may carry a qualifier:

    2022-09-14   2021-05   1999   1999~ (about)   2021-05? (uncertain)   1999% (both)

Two such dates, or one, make an interval, or one moment "some time within" a span:

    2022-09-13/2022-09-14   from the one to the other
    1992/..   ../2012       open: it goes on; it had no start that matters
    1992/     /2012         unknown: when it ended, or began, is not known
    /..                     it goes on, and nobody tells since when
    [2024-01-03..]   [..2022-06-30]   [2024-01-03..2024-02-01]

Years run from 0001 to 9998 of the proleptic Gregorian calendar: Python has no day after 9999,
and ranges in PostgreSQL end with the day after the last. Digits are ASCII. The start is not
after the end. A qualifier is kept and shown but widens no range: nobody can say by how much.

``sql/edtf.sql`` says the same to PostgreSQL; a property test holds the two together.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.core.exceptions import ValidationError

MAX_LENGTH = 64
ONGOING = "/.."  # the one interval without a date: it goes on, its start is unknown

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?([~?%]?)")
_MONTHS = [
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
]  # fmt: skip


class EDTFError(ValueError):
    """The text is not a date in our subset; the message says why and shows a right one."""


@dataclass(frozen=True, slots=True)
class PartialDate:
    """What a text says about time. All bounds are days and inclusive.

    `earliest` and `latest` bound the *possible* range: all days that the date may touch.
    None is an open or unknown bound; at least one is a day, but for ``/..``.

    `certain` is, for an interval, the first and the last day that it surely covers: from its
    latest start to its earliest end. A None inside is no bound; an unknown end counts as not
    ended. `certain` itself is None where no day is sure (an unknown start leaves none), and
    for everything that is not an interval.
    """

    text: str
    is_interval: bool
    earliest: date | None
    latest: date | None
    certain: tuple[date | None, date | None] | None


class _Days(NamedTuple):
    """The days that a start or an end may be."""

    first: date
    last: date


def parse(text: str) -> PartialDate:
    """Read `text`; raise `EDTFError` where it is malformed."""
    is_interval = "/" in text
    start_text, end_text = _split(text)
    start, end = _days(start_text), _days(end_text)
    if start is None and end is None and text != ONGOING:
        raise EDTFError(f"{text!r} holds no date. Write at least one, as in 1992/.. or 2022-09-14.")
    if start and end and start.first > end.last:
        swapped = f"{end_text}/{start_text}" if is_interval else f"[{end_text}..{start_text}]"
        raise EDTFError(f"{text!r} ends before it starts. Write the earlier first: {swapped}.")
    return PartialDate(
        text=text,
        is_interval=is_interval,
        earliest=start.first if start else None,
        latest=end.last if end else None,
        certain=_certain(start, end) if is_interval and start_text else None,
    )


def validate(text: str) -> None:
    """Refuse malformed text in a form; a Django validator."""
    try:
        parse(text)
    except EDTFError as error:
        raise ValidationError(str(error), code="invalid_edtf") from error


def as_dict(text: str) -> dict[str, str | None] | None:
    """The date as the API gives it; None for a blank one. Raise `EDTFError` where malformed.

    >>> as_dict("1992-05/..")
    {'edtf': '1992-05/..', 'earliest': '1992-05-01', 'latest': None}
    """
    if not text:
        return None
    if _is_day(text):
        return {"edtf": text, "earliest": text, "latest": text}
    parsed = parse(text)
    return {
        "edtf": text,
        "earliest": parsed.earliest.isoformat() if parsed.earliest else None,
        "latest": parsed.latest.isoformat() if parsed.latest else None,
    }


def _is_day(text: str) -> bool:
    """Most dates are one day, which needs no parsing; whatever is none of them is left to it."""
    if len(text) != 10 or not text[8:].isdigit():  # a week has ten characters, too
        return False
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return False
    return day.isoformat() == text and day.year < 9999


def describe(text: str) -> str:
    """The date in English, for people; "" for a blank one. Raise `EDTFError` where malformed.

    >>> describe("2022-09-13/2022-09-14")
    '13 to 14 September 2022'
    >>> describe("[2024-01-03..]")
    'on or after 3 January 2024'
    """
    if not text:
        return ""
    parse(text)
    start, end = _split(text)
    if start == end:
        return _describe_date(start)
    return _describe_interval(start, end) if "/" in text else _describe_within(start, end)


def _split(text: str) -> tuple[str, str]:
    """The start and the end as written; a plain date is both."""
    if len(text) > MAX_LENGTH:
        raise EDTFError(f"A date has at most {MAX_LENGTH} characters, as in 2022-09-13/2022-09-14.")
    if text.startswith("[") and text.endswith("]"):
        parts = text[1:-1].split("..")
    elif "/" in text:
        parts = text.split("/")
    else:
        parts = [text, text]
    if len(parts) != 2:
        raise EDTFError(
            f"{text!r} is not one start and one end. Write a day as in 2022-09-14, an interval "
            "as in 2022-09-13/2022-09-14, “some time within” as in [2022-09-13..2022-09-14]."
        )
    return parts[0], parts[1]


def _days(part: str) -> _Days | None:
    """The days that a start or an end may be; None where it is open or unknown."""
    if part in ("", ".."):
        return None
    match = _DATE.fullmatch(part)
    if match is None:
        raise EDTFError(
            f"{part!r} is not a date. Write year, month and day, as far as they are known, as in "
            "2022-09-14, 2022-09 or 2022; then ~ for “about” or ? for “uncertain”, as in 2022~."
        )
    year_text, month_text, day_text, _ = match.groups()
    year = int(year_text)
    if not 1 <= year <= 9998:
        raise EDTFError(f"{part!r} has no year from 0001 to 9998, such as 2022.")
    if month_text is None:
        return _Days(date(year, 1, 1), date(year, 12, 31))
    month = int(month_text)
    if not 1 <= month <= 12:
        raise EDTFError(f"{part!r} has no month from 01 to 12, as in {year_text}-12.")
    last_day = monthrange(year, month)[1]
    if day_text is None:
        return _Days(date(year, month, 1), date(year, month, last_day))
    if not 1 <= int(day_text) <= last_day:
        raise EDTFError(
            f"{part!r} names a day that {_MONTHS[month - 1]} {year} does not have. "
            f"Its last is {year_text}-{month_text}-{last_day}."
        )
    day = date(year, month, int(day_text))
    return _Days(day, day)


def _certain(start: _Days | None, end: _Days | None) -> tuple[date | None, date | None] | None:
    """From the latest start to the earliest end of an interval whose start is not unknown."""
    if start is None or end is None:
        return (start.last if start else None, end.first if end else None)
    # Neither can pass the other: no start after the latest end, no end before the earliest start.
    latest_start = min(start.last, end.last)
    earliest_end = max(start.first, end.first)
    return (latest_start, earliest_end) if latest_start <= earliest_end else None


def _describe_date(part: str) -> str:
    """'14 September 2022', 'May 2021', 'about 1999 (uncertain)'."""
    date_text = part.rstrip("~?%")
    year, *month_and_day = (int(number) for number in date_text.split("-"))
    words = [str(year)]
    if month_and_day:
        words.append(_MONTHS[month_and_day[0] - 1])
    words += [str(day) for day in month_and_day[1:]]
    about = "about " if part.endswith(("~", "%")) else ""
    uncertain = " (uncertain)" if part.endswith(("?", "%")) else ""
    return about + " ".join(reversed(words)) + uncertain


def _describe_two(start: str, joint: str, end: str) -> str:
    """'13 to 14 September 2022': of two different dates, what both end with is said once.

    Dates known to different units, or qualified, are written out.
    """
    first, last = _describe_date(start), _describe_date(end)
    if len(start) == len(end) and start[-1].isdigit() and end[-1].isdigit():
        first_words, last_words = first.split(), last.split()
        while first_words[-1] == last_words.pop():
            first_words.pop()
        first = " ".join(first_words)
    return f"{first} {joint} {last}"


def _describe_interval(start: str, end: str) -> str:
    if not start and end == "..":
        return "goes on, start unknown"
    if end == "..":
        return f"since {_describe_date(start)}"
    if start == "..":
        return f"until {_describe_date(end)}"
    if not end:
        return f"from {_describe_date(start)}, end unknown"
    if not start:
        return f"until {_describe_date(end)}, start unknown"
    return _describe_two(start, "to", end)


def _describe_within(start: str, end: str) -> str:
    if not end:
        is_day = start.count("-") == 2
        return f"{'on' if is_day else 'in'} or after {_describe_date(start)}"
    if not start:
        return f"by {_describe_date(end)}"
    return "between " + _describe_two(start, "and", end)
