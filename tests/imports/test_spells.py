"""Stretches of membership: which follow each other, agree, contradict."""

from datetime import date

import pytest

from archive.imports.spells import Days, Spell, compare, held_spells, without_breaks

DATA_END = date(2012, 12, 31)


def told(period):
    """A spell of a file; an open end is beyond the end of the data."""
    spell = Spell.held(0, period)
    ends = Days(date(2013, 1, 1), date.max) if spell.end == ".." else spell.ends
    return Spell(spell.begins, ends, spell.start, spell.end)


@pytest.mark.parametrize(
    ("held", "in_file", "outcome"),
    [
        (["1992/.."], ["1992-05-15/.."], "confirmed"),
        (["1992/"], ["1992-05-15/2012-06-28"], "confirmed"),
        (["1992/.."], ["1992-05-15/2012-06-28"], "differing"),
        (["1992/2012"], ["1992-05-15/2012-06-28"], "confirmed"),
        (["1992/2012"], ["1992-05-15/.."], "differing"),  # the data see it in at the year's end
        (["1992/2020"], ["1992-05-15/.."], "confirmed"),  # after the data
        (["1992-05/2012"], ["1992/2012"], "confirmed"),  # less exact is no contradiction
        (["1993/2012"], ["1992/2012"], "differing"),
        (["/.."], ["1992-05-15/.."], "confirmed"),
        (["1992/2012"], ["1992/1999", "2006/2012"], "differing"),
        (["1992/1999", "2006/2012"], ["1992/2012"], "differing differing"),
        (["1992/1999"], ["1992/1999", "2006/2012"], "confirmed new"),
        (["1992/1999", "2014/.."], ["1992-05-15/1999-04"], "confirmed"),  # the data end before
        (["2000/2003"], ["1992/1999"], "differing new"),  # the file knows nothing of it
        ([], ["1992/1999"], "new"),
        (["/.."], ["1992/1999", "2006/.."], "confirmed new"),
        (["1992/"], ["1992/1999", "2006/2012"], "differing"),  # both, or neither
    ],
)
def test_less_exact_is_no_contradiction(held, in_file, outcome):
    found = compare(
        [told(period) for period in in_file],
        [Spell.held(key, period) for key, period in enumerate(held)],
        DATA_END,
    )
    outcomes = [name for name in ("confirmed", "differing", "new") for _ in getattr(found, name)]
    assert " ".join(outcomes) == outcome


def test_spells_without_a_break_are_one():
    spells = [
        told("2002-10-07/2005"),
        told("1992/2002-10-07"),
        told("2005-12-31/.."),
        told("/1980"),
    ]
    assert [one.period for one in without_breaks(spells)] == ["/1980", "1992/.."]


def test_a_change_of_standing_is_no_break():
    rows = [(1, "1992/2024", "full"), (2, "2024/..", "frozen"), (3, "2030/..", "frozen")]
    assert [one.keys for one in held_spells(rows)] == [(1, 2), (3,)]
