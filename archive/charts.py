"""Where the marks of the front page's pictures stand: positions from data, and nothing else.

Pure: no queries, no HTML. A template draws what these functions lay out as SVG; each mark is
a link and says in words what it shows. Lengths are in pixels, from the upper left corner.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

DAYS_A_YEAR = 366


class Link(NamedTuple):
    """What a mark says and where it leads. `kind` names its shape, in the style sheet too."""

    words: str
    url: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A link at its place; `x` and `y` are its middle, or the start of a bar or a text."""

    link: Link
    x: int
    y: int
    width: int = 0
    label: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    """A word of a scale, and the line that belongs to it."""

    x: int
    label: str
    kind: str = ""


def shorten(text: str, length: int) -> str:
    """At most `length` characters: SVG breaks no lines."""
    return text if len(text) <= length else f"{text[: length - 1].rstrip()}…"


# --- Who asked, and what answered ----------------------------------------------------------

LABEL_WIDTH = 310
COLUMN_WIDTH = 80
ROW_HEIGHT = 38
HEAD_HEIGHT = 30
LABEL_LENGTH = 40
ABOUT_LENGTH = 50


class Row(NamedTuple):
    """A request: its name, what it was about, and by column what answered, with how many."""

    name: Link
    about: str
    cells: dict[str, tuple[Link, int]]


@dataclass(frozen=True, slots=True)
class MatrixRow:
    y: int
    line: int
    name: Mark
    about: str
    cells: list[Mark]


@dataclass(frozen=True, slots=True)
class Matrix:
    width: int
    height: int
    columns: list[Tick]
    rows: list[MatrixRow]
    column_width: int = COLUMN_WIDTH
    half: int = COLUMN_WIDTH // 2
    head: int = HEAD_HEIGHT


def matrix(columns: Sequence[tuple[str, str]], rows: Sequence[Row]) -> Matrix:
    """Rows below one another, a column for each ``(key, word)`` of `columns`."""
    middle = {
        key: LABEL_WIDTH + COLUMN_WIDTH * place + COLUMN_WIDTH // 2
        for place, (key, _) in enumerate(columns)
    }
    laid_out = []
    for place, row in enumerate(rows):
        y = HEAD_HEIGHT + ROW_HEIGHT * place + ROW_HEIGHT // 2
        laid_out.append(
            MatrixRow(
                y=y,
                line=y + ROW_HEIGHT // 2,
                name=Mark(row.name, x=0, y=y - 4, label=shorten(row.name.words, LABEL_LENGTH)),
                about=shorten(row.about, ABOUT_LENGTH),
                cells=[
                    Mark(link, x=middle[key], y=y, label=str(number) if number > 1 else "")
                    for key, (link, number) in row.cells.items()
                ],
            )
        )
    return Matrix(
        width=LABEL_WIDTH + COLUMN_WIDTH * len(columns),
        height=HEAD_HEIGHT + ROW_HEIGHT * len(rows) + 2,
        columns=[Tick(middle[key], word, key) for key, word in columns],
        rows=laid_out,
    )


# --- Events in time ------------------------------------------------------------------------

YEAR_WIDTH = 18  # of an empty year; a year grows with its events, which crowd in a few
EVENT_WIDTH = 8
LANE_HEIGHT = 16
BAR_HEIGHT = 12
MARK_WIDTH = 10
OPEN_WIDTH = 18  # of a bar whose other end nobody tells: it ends in a point there
GAP = 3
AXIS_HEIGHT = 24
YEARS_A_TICK = 5
TICK_WIDTH = 40


class Span(NamedTuple):
    """Something dated: the first and the last day that it may touch; None is open."""

    link: Link
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class TimeBar:
    """A bar with its outline as the `d` of a path."""

    link: Link
    outline: str


@dataclass(frozen=True, slots=True)
class Timeline:
    width: int
    height: int
    ticks: list[Tick]
    events: list[TimeBar]
    requests: list[Mark]
    axis: int = AXIS_HEIGHT


def timeline(events: Iterable[tuple[Span, Sequence[Span]]]) -> Timeline | None:
    """Each event a bar over its possible days, in the first lane with room; above it its requests.

    Time is not to scale: a year is as wide as its events need. Where a start or an end is open,
    the bar is short and pointed. What has neither is left out, as it has no place in time. None
    where nothing is left.
    """
    dated = [(event, requests) for event, requests in events if event.first or event.last]
    if not dated:
        return None
    starts = _starts_of_years([span for event, requests in dated for span in (event, *requests)])

    def place(day: date) -> int:
        at, width = starts[day.year], starts[day.year + 1] - starts[day.year]
        return at + round((day.timetuple().tm_yday - 1) / DAYS_A_YEAR * width)

    def extent(span: Span) -> tuple[int, int]:
        if span.first and span.last:
            return place(span.first), max(place(span.last), place(span.first) + MARK_WIDTH)
        tip = place(span.first or span.last or date.min)  # one is set: see `dated`
        return (tip, tip + OPEN_WIDTH) if span.first else (tip - OPEN_WIDTH, tip)

    ends: list[int] = []  # of what stands in each lane so far
    bars, marks = [], []
    for event, requests in sorted(dated, key=lambda one: (extent(one[0]), one[0].link)):
        left, right = extent(event)
        asked, free_from = [], 0
        for request in sorted(requests, key=lambda one: (one.first or date.min, one.link)):
            at = max(place(request.first) if request.first else left, free_from)
            asked.append((request, at))
            free_from = at + MARK_WIDTH + GAP
        height = 2 if asked else 1
        lane = _first_free(ends, min([left, *(at for _, at in asked)]), height)
        until = max([right, *(at + MARK_WIDTH for _, at in asked)])
        ends[lane : lane + height] = [until + GAP] * height
        marks += [
            Mark(request.link, x=at + MARK_WIDTH // 2, y=_middle_of(lane)) for request, at in asked
        ]
        bars.append(TimeBar(event.link, _outline(event, left, right, lane + height - 1)))
    *years, after = sorted(starts)
    named = _named_years(starts)
    return Timeline(
        width=max(starts[after], *ends) + GAP,
        height=AXIS_HEIGHT + LANE_HEIGHT * len(ends) + GAP,
        ticks=[Tick(starts[year], str(year) if year in named else "") for year in years],
        events=bars,
        requests=marks,
    )


def _starts_of_years(events: Sequence[Span]) -> dict[int, int]:
    """Where each year begins, and the one after the last: as wide as its events need."""
    counts = Counter(day.year for event in events if (day := event.first or event.last))
    ends = [day.year for event in events for day in (event.first, event.last) if day]
    starts, at = {}, OPEN_WIDTH
    for year in range(min(ends), max(ends) + 1):
        starts[year] = at
        at += max(YEAR_WIDTH, EVENT_WIDTH * counts[year])
    return {**starts, max(ends) + 1: at}


def _named_years(starts: dict[int, int]) -> set[int]:
    """Every fifth year and those that are wide, where the name of the next leaves room."""
    *years, after = sorted(starts)
    named, taken_from = set(), starts[after] + TICK_WIDTH
    for year in reversed(years):
        is_wide = starts[year + 1] - starts[year] >= TICK_WIDTH
        if (is_wide or year % YEARS_A_TICK == 0) and starts[year] + TICK_WIDTH <= taken_from:
            named.add(year)
            taken_from = starts[year]
    return named


def _outline(span: Span, left: int, right: int, lane: int) -> str:
    """Round the bar from its upper left corner; an open end is a point at middle height."""
    middle, half = _middle_of(lane), BAR_HEIGHT // 2
    from_, to = (left if span.first else left + half), (right if span.last else right - half)
    tip = "" if span.last else f"L{right} {middle}"
    tail = "" if span.first else f"L{left} {middle}"
    return f"M{from_} {middle - half}H{to}{tip}L{to} {middle + half}H{from_}{tail}Z"


def _first_free(ends: list[int], left: int, height: int) -> int:
    """The first of `height` neighbouring lanes that are free from `left` on; made if need be."""
    lane = 0
    while any(end > left for end in ends[lane : lane + height]):
        lane += 1
    ends.extend([0] * (lane + height - len(ends)))
    return lane


def _middle_of(lane: int) -> int:
    return AXIS_HEIGHT + LANE_HEIGHT * lane + LANE_HEIGHT // 2


# --- What was read -------------------------------------------------------------------------

TITLE_WIDTH = 420
TITLE_LENGTH = 56
TRACK_WIDTH = 320
NUMBER_WIDTH = 150
BAR_ROW_HEIGHT = 30


@dataclass(frozen=True, slots=True)
class Bar:
    name: Mark
    filled: int
    numbers: str


@dataclass(frozen=True, slots=True)
class Bars:
    width: int
    height: int
    bars: list[Bar]
    left: int = TITLE_WIDTH
    track: int = TRACK_WIDTH
    numbers_at: int = TITLE_WIDTH + TRACK_WIDTH + 12


def bars(shares: Sequence[tuple[Link, int, int]]) -> Bars:
    """For each ``(link, part, whole)`` a bar as long as the share; nothing of nothing is empty."""
    laid_out = []
    for place, (link, part, whole) in enumerate(shares):
        share = part / whole if whole else 0
        y = BAR_ROW_HEIGHT * place + BAR_ROW_HEIGHT // 2
        laid_out.append(
            Bar(
                name=Mark(link, x=0, y=y, label=shorten(link.words, TITLE_LENGTH)),
                filled=round(TRACK_WIDTH * share),
                numbers=f"{part} of {whole} ({share:.0%})",
            )
        )
    return Bars(
        width=TITLE_WIDTH + TRACK_WIDTH + NUMBER_WIDTH,
        height=BAR_ROW_HEIGHT * len(shares),
        bars=laid_out,
    )
