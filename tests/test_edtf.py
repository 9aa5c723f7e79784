"""Partial dates: what each form means, and that Python and PostgreSQL agree on every string."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from edtf import parse_edtf
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.edtf import EDTFError, as_dict, describe, parse, validate

# Bounds as ISO text, inclusive; None is no bound. Each row: the date, its earliest and latest
# day, what is certain of it (None: nothing), and its English.
MEANINGS = [
    # A plain date, known to the day, the month, the year.
    ("2022-09-14", "2022-09-14", "2022-09-14", None, "14 September 2022"),
    ("2021-05", "2021-05-01", "2021-05-31", None, "May 2021"),
    ("2024-02", "2024-02-01", "2024-02-29", None, "February 2024"),
    ("1999", "1999-01-01", "1999-12-31", None, "1999"),
    ("0001", "0001-01-01", "0001-12-31", None, "1"),
    ("9998", "9998-01-01", "9998-12-31", None, "9998"),
    # A qualifier widens nothing.
    ("1999~", "1999-01-01", "1999-12-31", None, "about 1999"),
    ("2021-05?", "2021-05-01", "2021-05-31", None, "May 2021 (uncertain)"),
    ("2022-09-14%", "2022-09-14", "2022-09-14", None, "about 14 September 2022 (uncertain)"),
    # Some time within: one moment in a span, so nothing is certain.
    ("[2024-01-03..]", "2024-01-03", None, None, "on or after 3 January 2024"),
    ("[2024-01..]", "2024-01-01", None, None, "in or after January 2024"),
    ("[..2022-06-30]", None, "2022-06-30", None, "by 30 June 2022"),
    ("[..2022]", None, "2022-12-31", None, "by 2022"),
    ("[2022-05-03..2022-05-16]", "2022-05-03", "2022-05-16", None, "between 3 and 16 May 2022"),
    ("[2021-05..2022]", "2021-05-01", "2022-12-31", None, "between May 2021 and 2022"),
    ("[2022~..]", "2022-01-01", None, None, "in or after about 2022"),
    # An interval between two days is certain as a whole.
    (
        "2022-09-13/2022-09-14",
        "2022-09-13",
        "2022-09-14",
        ("2022-09-13", "2022-09-14"),
        "13 to 14 September 2022",
    ),
    (
        "2022-09-30/2022-10-02",
        "2022-09-30",
        "2022-10-02",
        ("2022-09-30", "2022-10-02"),
        "30 September to 2 October 2022",
    ),
    (
        "2021-12-31/2022-12-31",
        "2021-12-31",
        "2022-12-31",
        ("2021-12-31", "2022-12-31"),
        "31 December 2021 to 31 December 2022",
    ),
    (
        "2022-09-14/2022-09-14",
        "2022-09-14",
        "2022-09-14",
        ("2022-09-14", "2022-09-14"),
        "14 September 2022",
    ),
    # Between vaguer dates: from the latest start to the earliest end.
    ("1992/1999", "1992-01-01", "1999-12-31", ("1992-12-31", "1999-01-01"), "1992 to 1999"),
    (
        "2021-05~/2021-06",
        "2021-05-01",
        "2021-06-30",
        ("2021-05-31", "2021-06-01"),
        "about May 2021 to June 2021",
    ),
    (
        "2021-05/2021-06",
        "2021-05-01",
        "2021-06-30",
        ("2021-05-31", "2021-06-01"),
        "May to June 2021",
    ),
    # It may have begun on the last day and ended on the first: no day is certain.
    ("2022-01/2022-01", "2022-01-01", "2022-01-31", None, "January 2022"),
    ("2022/2022-06", "2022-01-01", "2022-06-30", None, "2022 to June 2022"),
    # It cannot begin after its latest end, nor end before its earliest start.
    (
        "2022-01/2022-01-15",
        "2022-01-01",
        "2022-01-15",
        ("2022-01-15", "2022-01-15"),
        "January 2022 to 15 January 2022",
    ),
    (
        "2022-01-20/2022-01",
        "2022-01-20",
        "2022-01-31",
        ("2022-01-20", "2022-01-20"),
        "20 January 2022 to January 2022",
    ),
    # An open end goes on, and an unknown one counts as not ended; an open start has always
    # been, but an unknown one leaves nothing certain.
    ("1992/..", "1992-01-01", None, ("1992-12-31", None), "since 1992"),
    ("1992/", "1992-01-01", None, ("1992-12-31", None), "from 1992, end unknown"),
    ("../2012", None, "2012-12-31", (None, "2012-01-01"), "until 2012"),
    ("/2012", None, "2012-12-31", None, "until 2012, start unknown"),
    ("1992-05-15~/..", "1992-05-15", None, ("1992-05-15", None), "since about 15 May 1992"),
    ("../9998", None, "9998-12-31", (None, "9998-01-01"), "until 9998"),
    # It goes on, and no source tells since when: the one text without a date.
    ("/..", None, None, None, "goes on, start unknown"),
]

# The truth table of the filters. Each row: the date; the days asked for, inclusive; whether it
# may touch them (`from`/`to`, `possible`); whether it must (`certain=true`, `certain`).
QUESTIONS = [
    # One moment must lie in the days asked for if all its possible days do.
    ("2022-09-14", "2022-09-14", "2022-09-14", True, True),
    ("2022-09-14", "2022-09-15", "2022-09-30", False, False),
    ("2022-09-14", None, "2022-09-14", True, True),
    ("2022-09-14", "2022-09-15", None, False, False),
    ("2021-05", "2021-05-01", "2021-05-31", True, True),
    ("2021-05", "2021-05-01", "2021-05-30", True, False),
    ("2021-05", "2021-01-01", None, True, True),
    ("2021-05", "2021-06-01", "2021-06-30", False, False),
    ("1999~", "1999-01-01", "1999-12-31", True, True),
    ("[2024-01-03..]", "2024-01-03", None, True, True),
    ("[2024-01-03..]", "2024-01-03", "2030-12-31", True, False),
    ("[2024-01-03..]", None, "2024-01-02", False, False),
    ("[..2022-06-30]", None, "2022-06-30", True, True),
    ("[..2022-06-30]", "1900-01-01", "2022-06-30", True, False),
    ("[2022-05-03..2022-05-16]", "2022-05-01", "2022-05-31", True, True),
    ("[2022-05-03..2022-05-16]", "2022-05-10", "2022-05-31", True, False),
    # An interval must touch them, too, if one of its certain days does.
    ("2022-09-13/2022-09-14", "2022-09-14", "2022-09-30", True, True),
    ("2022-09-13/2022-09-14", "2022-09-15", "2022-09-30", False, False),
    ("1992/1999", "1995-06-01", "1995-06-30", True, True),
    ("1992/1999", "1992-01-01", "1992-12-30", True, False),
    ("1992/1999", "1992-01-01", "1992-12-31", True, True),
    ("1992/1999", "1999-01-02", "1999-12-31", True, False),
    ("2022-01/2022-01-15", "2022-01-15", "2022-01-15", True, True),
    ("2022-01/2022-01-15", "2022-01-14", "2022-01-14", True, False),
    ("2022-01/2022-01", "2022-01-31", "2022-02-28", True, False),
    ("2022-01/2022-01", "2022-01-01", "2022-01-31", True, True),
    ("1992/..", "2012-01-01", "2012-01-01", True, True),
    ("1992/..", "1992-01-01", "1992-06-30", True, False),
    ("1992/..", "1991-01-01", "1991-12-31", False, False),
    ("1992/", "2012-01-01", "2012-01-01", True, True),
    ("../2012", "1900-01-01", "1900-01-01", True, True),
    ("../2012", "2012-01-02", "2012-12-31", True, False),
    ("../2012", "2013-01-01", None, False, False),
    ("/2012", "2000-01-01", "2000-12-31", True, False),
    ("/2012", None, "2012-12-31", True, True),
    # `must` is conservative where both ends are vague. This began in January for sure, but
    # no single day is certain; and this ended in 2012 for sure.
    ("2022-01/2022", "2022-01-01", "2022-01-31", True, False),
    ("/2012", "2012-01-01", "2012-12-31", True, False),
]

# Each malformed text with a part of the message that explains it.
MALFORMED = [
    ("", "holds no date"),
    ("..", "holds no date"),
    ("/", "holds no date"),
    ("../..", "holds no date"),
    ("../", "holds no date"),
    ("[..]", "holds no date"),
    ("[]", "one start and one end"),
    ("[2022]", "one start and one end"),
    ("[2022-05-03,2022-05-16]", "one start and one end"),
    ("[2020..2021..2022]", "one start and one end"),
    ("14/09/2022", "one start and one end"),
    ("2020/2021/2022", "one start and one end"),
    ("[", "is not a date"),
    ("2022]", "is not a date"),
    ("[2020/2021]", "one start and one end"),
    ("[2020/2021..]", "is not a date"),
    ("2020..2021", "is not a date"),
    ("2020/[2021..]", "is not a date"),
    ("[2022...]", "is not a date"),
    ("14 September 2022", "is not a date"),
    ("2022-9-14", "is not a date"),
    ("20220914", "is not a date"),
    ("2022-09-14T12:00", "is not a date"),
    ("99", "is not a date"),
    ("12022", "is not a date"),
    ("-2022", "is not a date"),
    ("199X", "is not a date"),
    ("2022~~", "is not a date"),
    ("2022-09?~", "is not a date"),
    ("2022-09-14%%", "is not a date"),
    ("~2022", "is not a date"),
    ("2022-~09", "is not a date"),
    (" 2022", "is not a date"),
    ("2022\n", "is not a date"),
    ("\u0662\u0660\u0662\u0662", "is not a date"),  # 2022 in Arabic digits
    ("2022-0\uff19", "is not a date"),  # a fullwidth 9
    ("2022\u201309", "is not a date"),  # an en dash
    ("0000", "no year from 0001 to 9998"),
    ("9999-12-31", "no year from 0001 to 9998"),
    ("2022-00", "no month from 01 to 12"),
    ("2022-13", "no month from 01 to 12"),
    ("2022-13-01", "no month from 01 to 12"),
    ("2022-02-29", "February 2022 does not have. Its last is 2022-02-28."),
    ("1900-02-29", "February 1900 does not have"),
    ("2022-04-31/2022-05-01", "April 2022 does not have"),
    ("2022-04-00", "April 2022 does not have"),
    ("2022/2021", "ends before it starts. Write the earlier first: 2021/2022."),
    ("2022-02/2022-01-31", "ends before it starts"),
    ("[2022-05..2021]", "ends before it starts. Write the earlier first: [2021..2022-05]."),
    ("2022" * 17, "at most 64 characters"),
]

Range = tuple[date | None, date | None]


@dataclass(frozen=True)
class Answer:
    """What Python, or PostgreSQL, makes of a text; ranges are inclusive."""

    is_valid: bool
    possible: Range | None
    certain: Range | None


def answer_of_python(text: str) -> Answer:
    try:
        parsed = parse(text)
    except EDTFError:
        return Answer(False, None, None)
    return Answer(True, (parsed.earliest, parsed.latest), parsed.certain)


def answers_of_sql(texts: list[str]) -> list[Answer]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT edtf_is_valid(text), edtf_possible(text), edtf_certain(text)
            FROM unnest(%s::text[]) WITH ORDINALITY AS given (text, position)
            ORDER BY position
            """,
            [texts],
        )
        return [
            Answer(is_valid, inclusive(possible), inclusive(certain))
            for is_valid, possible, certain in cursor.fetchall()
        ]


def may_and_must(
    questions: Sequence[tuple[str, date | None, date | None]],
) -> list[tuple[bool, bool]]:
    """Whether each date may, and must, touch the days from … to …, as the filters ask."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT
                edtf_possible(text) && asked,
                coalesce(edtf_certain(text) && asked, false) OR asked @> edtf_possible(text)
            FROM unnest(%s::text[], %s::date[], %s::date[])
                WITH ORDINALITY AS given (text, first, last, position),
                daterange(first, last, '[]') AS asked
            ORDER BY position
            """,
            [list(column) for column in zip(*questions, strict=True)],
        )
        return [(may, must) for may, must in cursor.fetchall()]


def inclusive(days: Any) -> Range | None:
    """PostgreSQL's canonical range, which excludes its upper bound, with it included."""
    if days is None:
        return None
    assert not days.isempty
    return days.lower, days.upper and days.upper - timedelta(days=1)


def iso(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# Texts for the property tests. Half of the days are of a few months, so that starts and ends
# meet, share months and stand the wrong way round.
days = st.dates(date(1, 1, 1), date(9998, 12, 31)) | st.dates(date(2023, 12, 1), date(2024, 3, 31))
plain_dates = st.builds(lambda day, n: day.isoformat()[:n], days, st.sampled_from([4, 7, 10]))
dates = st.builds("{}{}".format, plain_dates, st.sampled_from(["", "", "~", "?", "%"]))
pairs = st.tuples(dates, dates)
sorted_pairs = pairs.map(lambda pair: tuple(sorted(pair)))


def written(forms: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return st.builds(lambda form, pair: form.format(*pair), st.sampled_from(forms), values)


unbounded_intervals = written(["{}/..", "{}/", "../{}", "/{}"], st.tuples(dates))
unbounded_spans = ["[{}..]", "[..{}]"]
bounded = ["{}/{}", "[{}..{}]"]
unpaired = dates | unbounded_intervals | written(unbounded_spans, st.tuples(dates))
valid = unpaired | written(bounded, sorted_pairs)
well_formed = unpaired | written(bounded, pairs)  # but perhaps with the start after the end

characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
snippets = st.text(characters, max_size=3) | st.sampled_from(
    [*"09-/.[]~?% \n", "", "00", "13", "31", "..", "2022", "0" * 60, "\u0663", "\uff19", "\xb2"]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    text = draw(well_formed)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        stop = draw(st.integers(start, min(start + 3, len(text))))
        text = text[:start] + draw(snippets) + text[stop:]
    return text


near_the_limits = st.builds(
    lambda year, month, day, n: f"{year:04}-{month:02}-{day:02}"[:n],
    st.sampled_from([0, 1, 1900, 2000, 2023, 2024, 9998, 9999]),
    st.integers(0, 14),
    st.integers(0, 33),
    st.sampled_from([4, 7, 10]),
)
garbage = (
    near_the_limits
    | st.text("0123456789-/.[]~?% \n", max_size=70)
    | st.text(characters, max_size=70)
)


@pytest.mark.parametrize(("text", "earliest", "latest", "certain", "english"), MEANINGS)
def test_parse(
    text: str,
    earliest: str | None,
    latest: str | None,
    certain: tuple[str | None, str | None] | None,
    english: str,
) -> None:
    parsed = parse(text)
    assert parsed.text == text
    assert parsed.is_interval == ("/" in text)
    assert (parsed.earliest, parsed.latest) == (iso(earliest), iso(latest))
    assert parsed.certain == (certain and (iso(certain[0]), iso(certain[1])))
    assert as_dict(text) == {"edtf": text, "earliest": earliest, "latest": latest}
    assert describe(text) == english
    validate(text)


@pytest.mark.parametrize(("text", "reason"), MALFORMED)
def test_malformed(text: str, reason: str) -> None:
    with pytest.raises(EDTFError) as refusal:
        parse(text)
    assert reason in str(refusal.value)
    with pytest.raises(ValidationError) as validation:
        validate(text)
    assert validation.value.code == "invalid_edtf"
    assert validation.value.messages == [str(refusal.value)]


def test_blank() -> None:
    assert as_dict("") is None
    assert describe("") == ""


@pytest.mark.parametrize("function", [as_dict, describe])
def test_malformed_has_no_reading(function: Any) -> None:
    with pytest.raises(EDTFError):
        function("2022-02-30")


@settings(deadline=None)
@given(valid)
def test_valid_is_accepted(text: str) -> None:
    parsed = parse(text)
    assert parsed.earliest or parsed.latest
    assert describe(text)


@settings(max_examples=60, deadline=None)
@given(
    dates
    | unbounded_intervals
    | written(["{}/{}"], sorted_pairs)
    # Within brackets, it knows no qualifiers, and only one unit at a time.
    | written(unbounded_spans, st.tuples(plain_dates))
    | written(["[{}..{}]"], st.tuples(days, days).map(sorted))
)
def test_agrees_with_the_edtf_library(text: str) -> None:
    """Its strict bounds, which have no margin for qualifiers, are our possible range.

    Where a bound is unknown, it guesses one some years away; that is not compared.
    """
    parsed, oracle = parse(text), parse_edtf(text)
    if not text.startswith("/"):
        assert day_of_library(oracle.lower_strict()) == parsed.earliest
    if not text.endswith("/"):
        assert day_of_library(oracle.upper_strict()) == parsed.latest


def day_of_library(bound: Any) -> date | None:
    """A day from the library's `struct_time`; None from its infinity."""
    return date(*bound[:3]) if isinstance(bound, tuple) else None


@pytest.mark.django_db
def test_sql_agrees_on_the_tables() -> None:
    texts = [row[0] for row in MEANINGS] + [row[0] for row in MALFORMED]
    assert answers_of_sql(texts) == [answer_of_python(text) for text in texts]


@pytest.mark.django_db
@settings(deadline=None)
@given(st.lists(well_formed | mutated() | garbage, min_size=20, max_size=60))
def test_sql_agrees_on_every_string(texts: list[str]) -> None:
    answers = dict(zip(texts, answers_of_sql(texts), strict=True))
    assert answers == {text: answer_of_python(text) for text in texts}


@pytest.mark.django_db
@pytest.mark.parametrize("text", [row[0] for row in MEANINGS] + [row[0] for row in MALFORMED])
def test_sql_agrees_on_a_literal(text: str) -> None:
    """The planner evaluates a call on a literal, and may reach parts that a run would not.

    Django writes parameters into the statement, so that they arrive as literals.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT edtf_is_valid(%s), edtf_possible(%s), edtf_certain(%s)", [text, text, text]
        )
        is_valid, possible, certain = cursor.fetchone()
    assert Answer(is_valid, inclusive(possible), inclusive(certain)) == answer_of_python(text)


@pytest.mark.django_db
def test_sql_gives_null_for_null_and_survives_megabytes() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT edtf_is_valid(NULL), edtf_possible(NULL), edtf_certain(NULL)")
        assert cursor.fetchone() == (None, None, None)
    megabytes = ["[2022.." * 300_000, "2022/" * 300_000]
    assert answers_of_sql(megabytes) == [answer_of_python(text) for text in megabytes]


@pytest.mark.django_db
def test_sql_serves_generated_columns_checks_and_indexes() -> None:
    valid_texts = [row[0] for row in MEANINGS]
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMPORARY TABLE sample (
                edtf text CHECK (edtf_is_valid(edtf)),
                possible daterange GENERATED ALWAYS AS (edtf_possible(edtf)) STORED,
                certain daterange GENERATED ALWAYS AS (edtf_certain(edtf)) STORED
            );
            INSERT INTO sample SELECT '1999';
            CREATE INDEX ON sample USING gist (possible);
            CREATE INDEX ON sample USING gist (edtf_certain(edtf));
            """
        )
        cursor.execute("INSERT INTO sample SELECT unnest(%s::text[])", [valid_texts])
        cursor.execute("SELECT count(*), count(possible), count(certain) FROM sample")
        certain = sum(row[3] is not None for row in MEANINGS)
        assert cursor.fetchone() == (len(MEANINGS) + 1, len(MEANINGS) + 1, certain)


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "first", "last", "may", "must"), QUESTIONS)
def test_may_and_must(
    text: str, first: str | None, last: str | None, may: bool, must: bool
) -> None:
    assert may_and_must([(text, iso(first), iso(last))]) == [(may, must)]


# A few months and their days: few enough to try every pair of a start and an end.
window = [date(2024, 1, 1) + timedelta(days=n) for n in range(91)]
window_days = st.sampled_from(window)
window_dates = st.builds(lambda day, n: day.isoformat()[:n], window_days, st.sampled_from([7, 10]))


def days_within(text: str) -> list[date]:
    """The days of a month or a day, from the calendar alone."""
    return [day for day in window if day.isoformat().startswith(text)]


@pytest.mark.django_db
@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(window_dates, window_dates, window_days, window_days), min_size=10, max_size=20
    )
)
def test_definitions_hold_for_every_start_and_end(rows: list[tuple[str, str, date, date]]) -> None:
    """Possible, certain, may and must, by trying each start and each end not before it."""
    questions, touched = [], []
    for start, end, *asked in rows:
        text = f"{start}/{end}"
        first, last = sorted(asked)
        histories = [(s, e) for s in days_within(start) for e in days_within(end) if s <= e]
        if not histories:
            with pytest.raises(EDTFError):
                parse(text)
            continue
        parsed = parse(text)
        starts, ends = zip(*histories, strict=True)
        assert (parsed.earliest, parsed.latest) == (min(starts), max(ends))
        assert parsed.certain == ((max(starts), min(ends)) if max(starts) <= min(ends) else None)
        questions.append((text, first, last))
        touched.append([s <= last and first <= e for s, e in histories])
    if questions:
        for (may, must), touches in zip(may_and_must(questions), touched, strict=True):
            assert may == any(touches)
            assert all(touches) or not must  # never wrongly; but conservative, so not always
