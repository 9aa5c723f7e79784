"""Where the marks of the pictures stand: each in its row, column, lane; none upon another."""

import re
from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from archive import charts
from archive.charts import Link, Row, Span

COLUMNS = [("silence", "Silence"), ("refusal", "Refusal"), ("gap", "Not coded")]


def test_long_texts_are_cut_with_an_ellipsis():
    assert charts.shorten("Short", 10) == "Short"
    assert charts.shorten("Longer than that", 8) == "Longer…"
    assert len(charts.shorten("x" * 50, 10)) == 10


def row(name, *kinds, number=1):
    cells = {kind: (Link(f"{name}: {kind}", f"/{name}/{kind}/", kind), number) for kind in kinds}
    return Row(Link(name, f"/{name}/"), "1933 · The crisis", cells)


def test_a_cell_stands_in_its_row_and_under_its_column():
    picture = charts.matrix(COLUMNS, [row("first", "silence"), row("second", "refusal", "gap")])
    middle = {column.kind: column.x for column in picture.columns}

    first, second = picture.rows
    assert [(mark.x, mark.y) for mark in first.cells] == [(middle["silence"], first.y)]
    assert [mark.x for mark in second.cells] == [middle["refusal"], middle["gap"]]
    assert first.y < first.line < second.y < second.line <= picture.height
    assert charts.LABEL_WIDTH < min(middle.values()) < max(middle.values()) < picture.width


def test_several_answers_of_a_kind_are_counted_on_the_mark():
    one, several = charts.matrix(COLUMNS, [row("a", "silence"), row("b", "silence", number=3)]).rows
    assert one.cells[0].label == ""
    assert several.cells[0].label == "3"


def test_a_row_without_answers_and_a_matrix_without_rows():
    assert charts.matrix(COLUMNS, [row("alone")]).rows[0].cells == []
    assert charts.matrix(COLUMNS, []).rows == []


def span(first, last=None, words="Event"):
    return Span(Link(words, "/"), first and date.fromisoformat(first), last)


def box(outline):
    """Left, top, right, bottom of a path of M, H and L."""
    across = [int(x) for x in re.findall(r"[MHL](-?\d+)", outline)]
    down = [int(y) for y in re.findall(r"[ML]-?\d+ (-?\d+)", outline)]
    return min(across), min(down), max(across), max(down)


def test_bars_stand_in_the_order_of_their_days():
    late, early = span("1999-01-01", date(1999, 12, 31)), span("1992-05-01", date(1992, 5, 31))
    picture = charts.timeline([(late, []), (early, [])])

    (left, *_), (right, *_) = (box(bar.outline) for bar in picture.events)
    assert left < right
    assert [tick.label for tick in picture.ticks if tick.label] == ["1995"]
    assert len(picture.ticks) == 8


def test_events_at_one_time_share_no_place():
    same = [(span("1992-05-01", date(1992, 5, 31), f"Event {n}"), []) for n in range(4)]
    boxes = [box(bar.outline) for bar in charts.timeline(same).events]
    assert len({top for _, top, _, _ in boxes}) == 4


def test_an_open_end_is_a_point():
    ongoing = charts.timeline([(span("1992-01-01"), [])]).events[0].outline
    before = charts.timeline([(span(None, date(1992, 1, 1)), [])]).events[0].outline
    closed = charts.timeline([(span("1992-01-01", date(1992, 1, 1)), [])]).events[0].outline

    assert ongoing.count("L") == before.count("L") == closed.count("L") + 1
    assert box(before)[0] >= 0


def test_what_has_no_place_in_time_is_left_out():
    assert charts.timeline([(span(None), [])]) is None
    assert charts.timeline([]) is None
    assert len(charts.timeline([(span(None), []), (span("1992-01-01"), [])]).events) == 1


def test_requests_stand_above_their_event_side_by_side():
    event = span("1992-05-01", date(1992, 5, 31))
    picture = charts.timeline([(event, [span("1992-05-02", words="one"), event])])

    first, second = picture.requests
    assert first.y == second.y < box(picture.events[0].outline)[1]
    assert second.x - first.x > charts.MARK_WIDTH


def test_names_of_years_do_not_touch():
    crowd = [
        (span(f"{year}-06-01", date(year, 6, 2), f"{n}"), [])
        for year in (1994, 1995, 1996)
        for n in range(9)
    ]
    named = [tick.x for tick in charts.timeline(crowd).ticks if tick.label]
    assert all(b - a >= charts.TICK_WIDTH for a, b in pairwise(named))


days = st.dates(date(1990, 1, 1), date(2024, 12, 31))


@st.composite
def events(draw):
    first = draw(st.none() | days)
    last = draw(st.none() | days)
    if first and last and last < first:
        first, last = last, first
    asked = [Span(Link("Request", "/"), day, day + timedelta(1)) for day in draw(st.lists(days))]
    return Span(Link("Event", "/"), first, last), asked[:3] if first or last else []


@given(st.lists(events(), max_size=25))
def test_no_mark_covers_another_and_all_are_in_the_picture(given_events):
    picture = charts.timeline(given_events)
    if picture is None:
        return
    half = charts.MARK_WIDTH // 2
    places = [box(bar.outline) for bar in picture.events]
    places += [(m.x - half, m.y - half, m.x + half, m.y + half) for m in picture.requests]
    for left, top, right, bottom in places:
        assert 0 <= left < right <= picture.width
        assert charts.AXIS_HEIGHT <= top < bottom <= picture.height
    for number, one in enumerate(places):
        for other in places[:number]:
            apart = one[2] <= other[0] or other[2] <= one[0]
            assert apart or one[3] <= other[1] or other[3] <= one[1], (one, other)


def test_a_bar_is_as_long_as_the_share():
    shares = [(Link("All", "/a/"), 4, 4), (Link("Half", "/h/"), 1, 2), (Link("None", "/n/"), 0, 0)]
    picture = charts.bars(shares)

    assert [bar.filled for bar in picture.bars] == [charts.TRACK_WIDTH, charts.TRACK_WIDTH // 2, 0]
    assert [bar.numbers for bar in picture.bars] == ["4 of 4 (100%)", "1 of 2 (50%)", "0 of 0 (0%)"]
    assert len({bar.name.y for bar in picture.bars}) == 3
