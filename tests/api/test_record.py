"""Shares answered, in the records of states and organizations; each number leads to its rows."""

import pytest

from archive.choices import ResponseKind
from tests import factories as make
from tests.api.conftest import SECRET, build_world
from tests.factories import publish


def build_record():
    """More is asked of the League: of each standing, with answers of it and of others."""
    world = build_world()
    for name, standing, date, kinds in (
        ("twice", "made", "1934-01", ("refusal", "contact")),
        ("words", "made", "1934-02", ("statement",)),
        ("silent", "made", "1935", ("silence",)),
        ("uncoded", "made", "1936", ()),
        ("untold", "unreported", "1936", ("mission",)),
        ("not-asked", "not_made", "1936", ("silence",)),
    ):
        request = publish(
            make.RequestFactory(
                slug=f"fre-league-{name}",
                requester=world.freedonia,
                addressee_organization=world.league,
                standing=standing,
                date=date,
                event=make.EventFactory(date=date),
            )
        )
        for kind in kinds:
            publish(
                make.ResponseFactory(
                    request=request,
                    responder_organization=world.league,
                    kind=kind,
                    basis="reported" if kind == "silence" else "",
                )
            )
        publish(  # a member's, which is not the League's
            make.ResponseFactory(
                request=request,
                responder_organization=None,
                responder_state=world.osterlich,
                kind="silence" if standing == "not_made" else "materiel",
                basis="reported" if standing == "not_made" else "",
            )
        )
    return world


@pytest.fixture(scope="module")
def build():
    return build_record


def numbers(share):
    """All numbers of a share by name, whatever their list."""
    named = {"numerator": share["numerator"], "denominator": share["denominator"]}
    for name, key in (("counted", "behaviour"), ("left_out", "reason"), ("answers", "kind")):
        named |= {row[key]: row["number"] for row in share[name] if row["number"]}
    return named


def linked(value):
    """Every object with a number and a link, however deep."""
    if isinstance(value, list):
        return [found for each in value for found in linked(each)]
    if isinstance(value, dict):
        here = [value] if {"number", "rows"} <= set(value) else []
        return here + [found for each in value.values() for found in linked(each)]
    return []


def test_share_answered_with_what_was_left_out(get, world):
    record = get("organizations/league/record/")
    share = record["share_answered"]
    assert numbers(share) == {
        "numerator": 2,
        "denominator": 4,
        "answered": 2,
        "refused": 1,
        "silent": 1,
        "not_coded": 1,
        "unreported": 1,
        "not_made": 1,
        "deployment": 1,
        "statement": 1,
        "refusal": 1,
        "contact": 1,
        "silence": 1,
    }
    assert share["share"] == 0.5
    assert record["method"]["standing"] == ["made"]
    behaviours = {row["slug"]: row["behaviour"] for row in record["requests"]}
    assert behaviours["fre-league-twice"] == "refused"
    assert behaviours["fre-league-uncoded"] == "not_coded"
    assert {
        row["responder"]["key"] for each in record["requests"] for row in each["responses"]
    } == {"league"}
    assert {row["responder"]["key"] for row in record["responses"]} == {"league"}


@pytest.mark.parametrize("address", ["organizations/league", "states/FRE", "states/OST"])
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"standing": "made,unreported"},
        {"standing": "not_made", "to": "1936"},
        {"from": "1934-01-15", "to": "1935"},
        {"from": "1934-01-15", "certain": "true"},
    ],
)
def test_each_number_leads_to_exactly_its_rows(get, world, address, asked):
    record = get(f"{address}/record/", **asked)
    found = linked(record["share_answered"])
    assert len(found) >= 6
    for each in found:
        assert len(get(each["rows"])["results"]) == each["number"], each
    shares = record["share_answered"]
    for share in [shares] if "share" in shares else shares.values():
        counted = sum(each["number"] for each in share["counted"])
        left_out = sum(each["number"] for each in share["left_out"])
        assert share["denominator"] == counted
        assert share["share"] == (share["numerator"] / counted if counted else None)
        name = "requests" if share in (shares, shares.get("requests")) else "requests_received"
        assert counted + left_out == len(record[name])


def test_a_record_can_be_narrowed_to_a_time(get, world):
    record = get("organizations/league/record/", **{"from": "1934", "to": "1935"})
    assert {row["slug"] for row in record["requests"]} == {
        "fre-league-twice",
        "fre-league-words",
        "fre-league-silent",
    }
    assert numbers(record["share_answered"])["denominator"] == 3
    record = get("states/FRE/record/", **{"from": "1934-02", "certain": "true"})
    assert [row["slug"] for row in record["memberships"]] == ["fre-entente-1933"]
    assert [row["roll_call"]["slug"] for row in record["votes"]] == []


def test_a_state_has_the_shares_of_what_it_asked_and_of_what_it_was_asked(get, world):
    shares = get("states/FRE/record/")["share_answered"]
    assert numbers(shares["requests"])["denominator"] == 4
    assert numbers(shares["requests_received"])["denominator"] == 0
    assert shares["requests_received"]["share"] is None
    record = get("states/OST/record/", standing="not_made")
    assert numbers(record["share_answered"]["requests_received"])["not_coded"] == 1
    (received,) = record["requests_received"]
    # The League's silence is not Osterlich's.
    assert (received["slug"], received["behaviour"], received["responses"]) == (
        "fre-ost-1933",
        "not_coded",
        [],
    )
    assert get(received["roster"])["addressee"]["key"] == "OST"


def test_drafts_count_nowhere(get, world):
    before = get("organizations/league/record/")
    make.RequestFactory(
        requester=world.freedonia, addressee_organization=world.league, summary=SECRET
    )
    request = world.request
    make.ResponseFactory(
        request=request, responder_organization=world.league, kind=ResponseKind.MATERIEL
    )
    assert get("organizations/league/record/") == before


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [({"standing": "asked"}, "standing"), ({"from": "1934-13"}, "from"), ({"on": "1934"}, "on")],
)
def test_what_cannot_be_asked_is_refused(get, world, asked, parameter):
    for address in ("organizations/league", "states/FRE"):
        assert get(f"{address}/record/", 400, **asked)["parameter"] == parameter
    get("organizations/nothing/record/", 404)
