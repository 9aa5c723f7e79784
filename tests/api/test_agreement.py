"""``/agreement/`` against the lists that it links to, counted here the slow way."""

import itertools
import json
from types import SimpleNamespace

import pytest

from archive import models
from archive.agreement import Absent, Abstain, Intended, Unanimous
from archive.api import agreement, ballots
from archive.choices import Status
from tests import factories as make
from tests.api.conftest import SECRET, walk, withdraw
from tests.factories import cite, publish

# One line a roll call, in order of date: its date, body, whether complete, its totals (yes,
# no, abstain) and the votes of AAA, BBB, CCC; a capital is the vote that was meant.
ROLL_CALLS = """
[..1949]               assembly  -  -      y y .
1950-02-01             assembly  c  -      y y y
1950-02-01             council   -  -      y n x
1950-03-01             assembly  c  -      n n x
1950-04                assembly  -  2,0,0  y y .
1950-05-01/1950-06-30  assembly  -  2,1,0  y y .
1951-01-01             assembly  -  -      a y n
1951-02-01             assembly  c  -      a a yN
1951-03-01             assembly  c  -      x x x
1951-04-01             council   -  9,0,0  nA y a
1951-05-01             assembly  -  -      . . y
1952?                  assembly  -  5,0,0  xY y x
"""
CODES = ("AAA", "BBB", "CCC")
LETTERS = {"y": "yes", "n": "no", "a": "abstain", "x": "absent"}
UNANIMOUS = {2, 4, 5, 12}


def build_votes():
    states = {code: make.StateFactory(code=code, name=f"State {code}") for code in CODES}
    bodies = {slug: make.OrganizationFactory(slug=slug) for slug in ("assembly", "council")}
    for number, line in enumerate(ROLL_CALLS.strip().splitlines(), start=1):
        date, body, complete, totals, *votes = line.split()
        names = ("total_yes", "total_no", "total_abstain")
        known = zip(names, totals.split(","), strict=True) if totals != "-" else ()
        roll_call = make.RollCallFactory(
            slug=f"vote-{number:02}",
            body=bodies[body],
            date=date,
            complete=complete == "c",
            **dict(known),
        )
        for code, vote in zip(CODES, votes, strict=True):
            if vote != ".":
                make.VoteFactory(
                    roll_call=roll_call,
                    state=states[code],
                    choice=LETTERS[vote[0]],
                    intended=LETTERS[vote[1].lower()] if vote[1:] else "",
                )
        publish(roll_call)
    draft = make.RollCallFactory(slug="sylvania", body=bodies["assembly"], title=SECRET)
    for state in states.values():
        make.VoteFactory(roll_call=draft, state=state, choice="no")
    return SimpleNamespace(states=states, bodies=bodies, draft=draft)


@pytest.fixture(scope="module")
def build():
    return build_votes


@pytest.fixture
def everything(get, world):
    """Gets all rows of a list."""

    def everything(address):
        return [row for page in walk(get, get(address)) for row in page["results"]]

    return everything


def counted_by_hand(rows, pair, method):
    """The pair's numbers from the rows of its list of votes, one roll call after another."""
    by_roll_call = {}
    for row in rows:
        choice = row["choice"]
        if method["intended"] == "use" and row["intended"]:
            choice = row["intended"]
        by_roll_call.setdefault(row["roll_call"]["slug"], {})[row["state"]["code"]] = choice
    place = {"yes": 1, "abstain": 2, "no": 3}
    counts = dict.fromkeys(("agree", "half", "disagree", "absent", "abstain"), 0)
    score = []
    for votes in by_roll_call.values():
        if set(votes) != set(pair):
            continue
        absences = list(votes.values()).count("absent")
        if absences == 2 or (absences and method["absent"] == "exclude"):
            counts["absent"] += 1
        elif "abstain" in votes.values() and method["abstain"] == "exclude":
            counts["abstain"] += 1
        elif absences:
            counts["disagree"] += 1
            score.append(0)
        else:
            one, other = (place[choice] for choice in votes.values())
            alike = 1 - abs(one - other) / 2
            if method["abstain"] == "disagree":
                alike = int(one == other)
            score.append(alike)
            counts[{1: "agree", 0.5: "half", 0: "disagree"}[alike]] += 1
    return counts, sum(score) / len(score) if score else None


SETTINGS = {
    "absent": Absent.values,
    "abstain": Abstain.values,
    "unanimous": Unanimous.values,
    "intended": Intended.values,
}


def test_every_method_counts_what_its_lists_hold(get, everything):
    lists = {}
    for values in itertools.product(*SETTINGS.values()):
        method = dict(zip(SETTINGS, values, strict=True))
        answer = get("agreement/", states=",".join(CODES), **method)
        assert {name: answer["method"][name] for name in SETTINGS} == method
        assert answer["roll_calls"]["number"] == 12
        for pair in answer["pairs"]:
            codes = (pair["state_a"]["code"], pair["state_b"]["code"])
            if pair["votes"] not in lists:
                lists[pair["votes"]] = everything(pair["votes"])
            counts, score = counted_by_hand(lists[pair["votes"]], codes, method)
            shown = {**pair, **pair["excluded"]}
            assert {name: shown[name] for name in counts} == counts, (codes, method)
            assert pair["score"] == pytest.approx(score), (codes, method)
            assert pair["compared"] == pair["agree"] + pair["half"] + pair["disagree"]
            assert pair["compared"] + sum(pair["excluded"].values()) == 12
    assert len(lists) == 6  # three pairs, with and without the unanimous roll calls


def test_pairs_stand_in_the_order_asked_for(get, world):
    pairs = get("agreement/", states="CCC,AAA,BBB")["pairs"]
    assert [(p["state_a"]["code"], p["state_b"]["code"]) for p in pairs] == [
        ("CCC", "AAA"),
        ("CCC", "BBB"),
        ("AAA", "BBB"),
    ]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"body": "council"}, {3, 10}),
        ({"body": "council,assembly", "to": "1949"}, {1}),
        ({"from": "1950-04-15", "to": "1950-05"}, {5, 6}),
        ({"from": "1950-04-15", "to": "1950-05", "certain": "true"}, {6}),
        ({"from": "1950-04-01", "to": "1950-04-30", "certain": "true"}, {5}),
        ({"from": "1952-07"}, {12}),
        ({"from": "1953"}, set()),
        ({"certain": "true"}, set(range(1, 13))),
        ({"to": "1950-02-01"}, {1, 2, 3}),
        ({"from": "1950-02-01", "to": "1950-03-01"}, {2, 3, 4}),
        ({"roll_call": "vote-02,vote-03", "body": "assembly"}, {2}),
    ],
)
def test_roll_calls_are_found_as_the_lists_find_them(get, everything, asked, numbers):
    answer = get("agreement/", states="AAA,BBB", **asked)
    slugs = {f"vote-{number:02}" for number in numbers}
    assert {row["slug"] for row in everything(answer["roll_calls"]["rows"])} == slugs
    assert answer["roll_calls"]["number"] == len(slugs)
    (pair,) = answer["pairs"]
    votes = everything(pair["votes"])
    assert {row["roll_call"]["slug"] for row in votes} == slugs - {"vote-11"}
    assert pair["compared"] + sum(pair["excluded"].values()) == len(slugs)


def test_unanimous_is_what_is_known_to_be(get, world):
    for value, numbers in (("true", UNANIMOUS), ("false", set(range(1, 13)) - UNANIMOUS)):
        rows = get("roll-calls/", unanimous=value)["results"]
        assert {row["slug"] for row in rows} == {f"vote-{number:02}" for number in numbers}


def test_nothing_compared_has_no_score(get, world):
    (pair,) = get("agreement/", states="AAA,BBB", roll_call="vote-09")["pairs"]
    assert (pair["score"], pair["compared"], pair["excluded"]["absent"]) == (None, 0, 1)
    stranger = make.StateFactory(code="ZZZ")
    (pair,) = get("agreement/", states=f"AAA,{stranger.code}")["pairs"]
    assert (pair["score"], pair["excluded"]["not_coded"]) == (None, 12)


def test_a_changed_vote_moves_the_scores(get, world):
    def score():
        (pair,) = get("agreement/", states="AAA,BBB", roll_call="vote-03")["pairs"]
        return pair["score"]

    assert score() == 0
    vote = models.Vote.objects.get(roll_call__slug="vote-03", state__code="BBB")
    models.Vote.objects.filter(pk=vote.pk).update(choice="yes")
    assert score() == 1
    models.Vote.objects.filter(pk=vote.pk).update(choice="abstain")
    assert score() == 0.5
    vote.delete()
    assert score() is None


def test_votes_count_once_their_roll_call_is_public_and_no_longer(get, world):
    def number():
        return get("agreement/", states="AAA,BBB")["roll_calls"]["number"]

    assert number() == 12
    cite(world.draft)
    models.RollCall.objects.filter(pk=world.draft.pk).update(status=Status.PUBLISHED)
    assert number() == 13
    withdraw(models.RollCall.objects.get(pk=world.draft.pk))
    assert number() == 12


def test_votes_are_read_once_for_as_long_as_none_changes(get, world, monkeypatch):
    get("agreement/", states="AAA,BBB")
    monkeypatch.setattr(ballots, "read", None)
    make.EventFactory()  # changes no vote
    assert get("agreement/", states="AAA,CCC")["pairs"]


def test_members_of_an_organization_are_compared(get, world):
    pact = make.OrganizationFactory(slug="pact")
    for code, period, standing in (
        ("AAA", "1940/", "full"),
        ("BBB", "/1950-03", "full"),
        ("CCC", "1940/1949", "observer"),
    ):
        publish(
            make.MembershipFactory(
                state=world.states[code], organization=pact, period=period, standing=standing
            )
        )
    make.MembershipFactory(state=world.states["CCC"], organization=pact, period="1955/")
    (pair,) = get("agreement/", members_of="pact")["pairs"]
    assert (pair["state_a"]["code"], pair["state_b"]["code"]) == ("AAA", "BBB")
    assert len(get("agreement/", members_of="pact", to="1950-03")["pairs"]) == 1
    assert get("agreement/", members_of="pact", **{"from": "1950-04"})["pairs"] == []


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({}, "states"),
        ({"states": "AAA"}, "states"),
        ({"states": "AAA,AAA"}, "states"),
        ({"states": "AAA,QQQ"}, "states"),
        ({"states": ",".join(["AAA"] * 26)}, "states"),
        ({"states": "AAA,BBB", "members_of": "assembly"}, "states"),
        ({"members_of": "nothing"}, "members_of"),
        ({"states": "AAA,BBB", "body": "AAA"}, "body"),
        ({"states": "AAA,BBB", "roll_call": "sylvania"}, "roll_call"),
        ({"states": "AAA,BBB", "absent": "half"}, "absent"),
        ({"states": "AAA,BBB", "abstain": "half,exclude"}, "abstain"),
        ({"states": "AAA,BBB", "from": "1951", "to": "1950"}, "to"),
        ({"states": "AAA,BBB", "from": "yesterday"}, "from"),
    ],
)
def test_what_cannot_be_asked_is_refused(get, world, asked, parameter):
    assert get("agreement/", 400, **asked)["parameter"] == parameter


def test_too_many_members_are_refused(get, world, monkeypatch):
    monkeypatch.setattr(agreement, "MOST_STATES", 2)
    for _ in range(3):
        publish(make.MembershipFactory(organization=world.bodies["council"]))
    problem = get("agreement/", 400, members_of="council")
    assert problem["parameter"] == "members_of"
    assert "These were 3 states" in problem["detail"]


def test_no_draft_shows(get, world):
    text = json.dumps(get("agreement/", states=",".join(CODES))).lower()
    assert SECRET.lower() not in text
    assert get("agreement/", states="AAA,BBB")["pairs"][0]["disagree"] == 2
