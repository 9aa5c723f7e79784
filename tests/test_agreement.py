"""Agreement scores by hand: a truth table of vote × vote × method, and small examples."""

import itertools

import pytest

from archive.agreement import Absent, Abstain, Intended, Method, Tally, Unanimous, Votes, tally

CHOICES = ("yes", "no", "abstain", "absent")

# What one roll call counts as, by the two votes, for each treatment of (absent, abstain).
# "-" before a reason: it is excluded for it.
TABLE = """
                  exclude,half  exclude,disagree  exclude,exclude  disagree,half  disagree,disagree  disagree,exclude
yes     yes       agree         agree             agree            agree          agree              agree
yes     no        disagree      disagree          disagree         disagree       disagree           disagree
yes     abstain   half          disagree          -abstain         half           disagree           -abstain
yes     absent    -absent       -absent           -absent          disagree       disagree           disagree
no      no        agree         agree             agree            agree          agree              agree
no      abstain   half          disagree          -abstain         half           disagree           -abstain
no      absent    -absent       -absent           -absent          disagree       disagree           disagree
abstain abstain   agree         agree             -abstain         agree          agree              -abstain
abstain absent    -absent       -absent           -absent          disagree       disagree           -abstain
absent  absent    -absent       -absent           -absent          -absent        -absent            -absent
"""  # noqa: E501  # a table is read across
HEAD, *ROWS = (line.split() for line in TABLE.strip().splitlines())
CASES = [
    (a, b, *setting.split(","), counted)
    for a, b, *cells in ROWS
    for setting, counted in zip(HEAD, cells, strict=True)
]


def test_truth_table_is_whole():
    pairs = list(itertools.combinations_with_replacement(CHOICES, 2))
    settings = itertools.product(Absent.values, Abstain.values)
    assert {case[:4] for case in CASES} == {
        (*pair, *setting) for pair, setting in itertools.product(pairs, settings)
    }


@pytest.mark.parametrize(("a", "b", "absent", "abstain", "counted"), CASES)
def test_one_roll_call_counts_as_the_table_says(a, b, absent, abstain, counted):
    method = Method(absent=absent, abstain=abstain)
    for first, second in ((a, b), (b, a)):
        found = tally(Votes(**{first: 1}), Votes(**{second: 1}), 1, 0, method)
        (name,) = (name for name, number in found._asdict().items() if number)
        assert name == counted.removeprefix("-")
        assert found.compared == (0 if counted.startswith("-") else 1)
        assert found.score == {"agree": 1, "half": 0.5, "disagree": 0}.get(counted)


def votes(text):
    """One letter a roll call: y, n, a(bstain), x (absent), . (no vote coded)."""
    letters = dict(zip("ynax", CHOICES, strict=True))
    masks = dict.fromkeys(CHOICES, 0)
    for bit, letter in enumerate(text):
        if letter != ".":
            masks[letters[letter]] |= 1 << bit
    return Votes(**masks)


def test_half_is_the_mean_of_voetens_distances():
    """1 yes, 2 abstain, 3 no: 1 − |v₁ − v₂| / 2, by hand over nine roll calls."""
    a, b = votes("yyynnnaaa"), votes("ynaynayna")
    values = {"y": 1, "a": 2, "n": 3}
    distances = [abs(values[v] - values[w]) for v, w in zip("yyynnnaaa", "ynaynayna", strict=True)]
    assert distances == [0, 2, 1, 2, 0, 1, 1, 1, 0]
    found = tally(a, b, 0b111111111, 0, Method())
    assert found == Tally(
        agree=3, half=4, disagree=2, not_coded=0, unanimous=0, absent=0, abstain=0
    )
    assert found.score == (9 - sum(distances) / 2) / 9 == 5 / 9


# The 81 recorded votes of the General Assembly's 50th session, 1995/96, in the order of their
# numbers in Voeten's data (CC0): the Republic of Korea, and six others with the agreement
# with it that Bailey, Strezhnev and Voeten publish for 1995 (“agree” of their agreement scores,
# June 2024, as “v_agree” in rok_unga of the R package stevedata).
KOREA = "yanyyyaayyyyyyyayyyyyyyyyyyyyyyyyyyyyyyyayayyyyyyyayyy.aayayy....yayaynayayyyayyy"
PUBLISHED = {
    "AFG": (
        ".yy....y.yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyay.yyyyyyyyyayyyyyy..y..yyynyaynaay",
        0.8538461538,
    ),
    "ARM": (
        "yayyyyyyyyyyyayayyyynayyyyyyyyyyyyyyyyyyayayayayyyayyyynayaaaaayyyayaynyyn.y.yyyy",
        0.8918918919,
    ),
    "BLR": (
        "yyyyyyayyyyyyayayyyynayyyyyyyyyyyyyayyyyayayyyyyyyayyyyaayaayyyyyyaayynayaayayayy",
        0.8947368421,
    ),
    "KAZ": (
        "yyyyyyyayyyyyayayyyynayyyyyyyyyyyyyyyyyyayyyyyyyyyayyyyaayyayaayyyayaynayayyyyayy",
        0.9144736842,
    ),
    "RUS": (
        "yyyyyyayyyyyaaaaaaaynayyyyyyyyyyyyynayayaynyayaayyayyyynayaayaaaayaaaanayynynyyyy",
        0.7960526316,
    ),
    "USA": (
        "ynnayannyanynnnnnnaanannnnnnnnnnnnnnnyannanyaaayyynyyynnnynnnnnnnnnnnnnnyyyyyyyyy",
        0.4605263158,
    ),
}


@pytest.mark.parametrize("state", PUBLISHED)
def test_scores_are_those_published_for_the_general_assembly(state):
    cast, published = PUBLISHED[state]
    found = tally(votes(KOREA), votes(cast), (1 << len(KOREA)) - 1, 0, Method())
    assert found.score == pytest.approx(published, abs=1e-10)


def test_each_roll_call_is_excluded_for_the_first_reason_that_fits():
    #                 0123456789
    a, b = votes("y.xynaayx."), votes("yyyxyaynx.")
    unanimous = 0b0000000101  # the first, and the third, in which a was absent
    method = Method(Absent.EXCLUDE, Abstain.EXCLUDE, Unanimous.DROP)
    found = tally(a, b, (1 << 10) - 1, unanimous, method)
    # 4 n/y and 7 y/n are opposite; 1 and 9 have no two votes; 3 and 8 absent; 5 and 6 abstain.
    assert found == Tally(
        agree=0, half=0, disagree=2, not_coded=2, unanimous=2, absent=2, abstain=2
    )
    assert sum(found) == 10
    kept = tally(a, b, (1 << 10) - 1, unanimous, method._replace(unanimous=Unanimous.KEEP))
    assert kept == Tally(agree=1, half=0, disagree=2, not_coded=2, unanimous=0, absent=3, abstain=2)


def test_only_the_roll_calls_asked_for_count():
    found = tally(votes("yyyy"), votes("ynyn"), 0b0101, 0, Method())
    assert (found.agree, found.disagree, sum(found)) == (2, 0, 2)
    assert tally(votes("y"), votes("n"), 0, 0, Method()).score is None


def test_intended_votes_replace_those_cast():
    cast, meant = votes("yna.x"), votes("n...y")
    assert cast.replaced_by(meant) == votes("nna.y")
    assert cast.replaced_by(Votes()) == cast


def test_defaults_of_the_method_are_the_first_of_each_setting():
    settings = (Absent, Abstain, Unanimous, Intended)
    assert Method() == tuple(next(iter(setting)) for setting in settings)
