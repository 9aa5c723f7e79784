"""Every parameter of every list: a walk over all of them, and what each of them finds."""

import pytest

from archive import models
from archive.api import filters, parameters, views
from archive.api.views import LISTS
from tests.factories import (
    EventFactory,
    MembershipFactory,
    RequestFactory,
    ResponseFactory,
    publish,
)

FILTER_SETS = {
    **{f"{name}/": view.filterset_class for name, view in LISTS.items()},
    "organizations/league/members/": filters.MemberFilterSet,
}
PAIRS = [
    (address, name)
    for address, filter_set in FILTER_SETS.items()
    for name in filter_set.base_filters
]

# A legal and an illegal value of each kind of parameter.
VALUES = {
    parameters.Flag: (["true", "false"], ["True", "1", "maybe"]),
    parameters.Number: (["300", "0,9999"], ["x", "-1", "1.5", "99999", "٣", "300,"]),
    parameters.Code: (["x", "x,y", "é"], ["", "\x00", "x\x00"]),
    parameters.Search: (["freedonia", "%", "_", "\\", "'\"{", "🕊"], ["x" * 201, "\x00"]),
    parameters.OneDay: (["1933-05-01"], ["1933-05", "1933", "1933-02-30", "today"]),
    parameters.Day: (
        ["1933", "1933-05", "1933-05-01"],
        ["33", "1933-13", "1933-02-30", "0000", "9999", "1933~", "1933/1934", "[1933..]", "١٩٣٣"],
    ),
    parameters.Actor: (["FRE", "league", "FRE,league"], ["NIL", "nil", "FRE,", ","]),
    parameters.Key: ([], ["nothing", "NIL", ",", "x" * 300, "'; --"]),
    parameters.Choice: ([], ["nonsense", ",", "YES"]),
    parameters.Ordering: ([], ["nonsense", "--slug", "id", "pk", ","]),
}
KEYS = {
    models.State: "FRE,OST",
    models.Source: "gazette,herald",
    models.Organization: "league",
    models.Provision: "covenant-10",
    models.Article: "gazette-1933",
    models.Event: "war-1933,undated",
    models.Request: "fre-league-1933",
    models.Response: "league-fre-1933-05",
    models.Membership: "fre-league-1920",
    models.RollCall: "league-1",
    models.Import: "votes-file",
}


def values_of(parameter):
    """Legal and illegal values, by the most special kind of the parameter."""
    kind = next(each for each in type(parameter).__mro__ if each in VALUES)
    legal, illegal = VALUES[kind]
    if isinstance(parameter, parameters.Key):
        legal = [KEYS[parameter.target]]
    elif isinstance(parameter, parameters.Choice | parameters.Ordering):
        legal = [*parameter.allowed, ",".join(parameter.allowed)]
    return legal, [*illegal, ""]


@pytest.mark.parametrize("address", FILTER_SETS)
def test_every_parameter_takes_legal_values_and_refuses_others(get, world, address):
    for name, parameter in FILTER_SETS[address].base_filters.items():
        legal, illegal = values_of(parameter)
        assert legal, name
        for value in legal:
            get(address, **{name: value})
        for value in illegal:
            problem = get(address, 400, **{name: value})
            assert problem["parameter"] == name, value
            # An empty value and a NUL are refused before their meaning is looked at.
            if value and "\x00" not in value and hasattr(parameter, "allowed"):
                assert problem["allowed"] == parameter.allowed


@pytest.mark.parametrize("address", FILTER_SETS)
def test_an_unknown_parameter_is_refused_with_the_known_ones(get, world, address):
    problem = get(address, 400, colour="red")
    assert problem["parameter"] == "colour"
    assert problem["allowed"] == [
        *FILTER_SETS[address].base_filters,
        *("count", "cursor", "page_size", "facets", "fields", "omit", "format"),
    ]


def test_an_unknown_key_is_named(get, world):
    problem = get("votes/", 400, state="FRE,XYZ")
    assert problem["detail"] == "No state has the code “XYZ”; /api/v1/states/ lists them."
    problem = get("votes/", 400, roll_call="x")
    assert problem["detail"] == "No roll call has the slug “x”; /api/v1/roll-calls/ lists them."


@pytest.mark.parametrize(
    "question", ["roll-calls/?symbol=,", "provisions/?article_number=1,,2", "states/?iso2=OS,"]
)
def test_a_comma_too_many_is_refused(get, world, question):
    """Found by fuzzing: it asked for rows where the column is blank."""
    assert "comma too many" in get(question, 400)["detail"]


def test_a_parameter_given_twice_is_refused(client, world):
    response = client.get("/api/v1/votes/?state=FRE&state=OST")
    assert response.status_code == 400
    assert "twice" in response.json()["detail"]


# What each parameter finds among the named rows of the world.
FOUND = [
    ("sources/", {"kind": "think_tank"}, {"herald"}),
    ("sources/", {"country": "FRE"}, {"gazette"}),
    ("sources/", {"q": "GAZETTE"}, {"gazette"}),
    ("sources/", {"contested": "true"}, set()),
    ("articles/", {"source": "gazette"}, {"gazette-1933"}),
    ("articles/", {"first_published_by": "herald"}, {"gazette-1933"}),
    ("articles/", {"language": "de,fr"}, {"herald-1934"}),
    ("articles/", {"text_access": "restricted"}, {"herald-1934"}),
    ("articles/", {"q": "reporter"}, {"gazette-1933"}),
    ("articles/", {"from": "1933-06"}, {"herald-1934"}),
    ("articles/", {"to": "1933"}, {"gazette-1933"}),
    ("articles/", {"to": "1934-05", "certain": "true"}, {"gazette-1933"}),
    ("articles/", {"contested": "true"}, set()),
    ("states/", {"organization": "league"}, {"FRE", "OST"}),
    ("states/", {"organization": "league", "standing": "observer"}, {"OST"}),
    ("states/", {"standing": "full"}, {"FRE"}),
    ("states/", {"iso2": "OS"}, {"OST"}),
    ("states/", {"m49": "040,041"}, {"OST"}),
    ("states/", {"cow": "300"}, {"OST"}),
    ("states/", {"cow_letters": "AUH"}, {"OST"}),
    ("states/", {"gw": "305"}, {"OST"}),
    ("states/", {"q": "freedonian"}, {"FRE"}),
    ("states/", {"contested": "false"}, {"FRE", "OST", "KLO"}),
    ("organizations/", {"kind": "union"}, {"entente"}),
    ("organizations/", {"state": "OST"}, {"league"}),
    ("organizations/", {"state": "FRE", "standing": "observer"}, set()),
    ("organizations/", {"q": "lon"}, {"league"}),
    ("organizations/", {"contested": "true"}, set()),
    ("provisions/", {"organization": "entente"}, {"pact-2"}),
    ("provisions/", {"article_number": "10"}, {"covenant-10"}),
    ("provisions/", {"q": "PACT"}, {"pact-2"}),
    ("provisions/", {"contested": "true"}, {"pact-2"}),
    ("provisions/", {"contested": "false"}, {"covenant-10"}),
    ("provisions/", {"article": "gazette-1933"}, {"covenant-10"}),
    ("provisions/", {"source": "herald"}, {"pact-2"}),
    ("provisions/", {"stance": "disputes"}, {"pact-2"}),
    ("provisions/", {"stance": "disputes", "article": "gazette-1933"}, set()),
    ("memberships/", {"state": "OST"}, {"ost-league-1925"}),
    ("memberships/", {"organization": "entente"}, {"fre-entente-1933"}),
    ("memberships/", {"standing": "observer,frozen"}, {"ost-league-1925"}),
    ("memberships/", {"on": "1922-01-01"}, {"fre-league-1920"}),
    (
        "memberships/",
        {"on": "1933-05-31"},
        {"fre-league-1920", "ost-league-1925", "fre-entente-1933"},
    ),
    (
        "memberships/",
        {"on": "1933-05-31", "certain": "true"},
        {"ost-league-1925", "fre-entente-1933"},
    ),
    ("memberships/", {"to": "1924"}, {"fre-league-1920"}),
    ("memberships/", {"from": "1934"}, {"ost-league-1925", "fre-entente-1933"}),
    ("memberships/", {"to": "1925-06-15", "certain": "true"}, {"fre-league-1920"}),
    ("memberships/", {"article": "gazette-1933"}, {"fre-league-1920"}),
    ("memberships/", {"source": "gazette"}, {"fre-league-1920"}),
    ("memberships/", {"stance": "qualifies"}, set()),
    ("memberships/", {"contested": "true"}, {"fre-entente-1933"}),
    ("memberships/", {"q": "osterlich"}, {"ost-league-1925"}),
    ("organizations/league/members/", {"state": "FRE"}, {"fre-league-1920"}),
    ("organizations/league/members/", {"standing": "observer"}, {"ost-league-1925"}),
    ("organizations/league/members/", {"on": "1924-01-01"}, {"fre-league-1920"}),
    ("organizations/league/members/", {"from": "1934"}, {"ost-league-1925"}),
    ("organizations/league/members/", {"to": "1924"}, {"fre-league-1920"}),
    ("organizations/league/members/", {"on": "1933-12-01", "certain": "true"}, {"ost-league-1925"}),
    ("organizations/league/members/", {"article": "gazette-1933"}, {"fre-league-1920"}),
    ("organizations/league/members/", {"source": "gazette"}, {"fre-league-1920"}),
    ("organizations/league/members/", {"stance": "disputes"}, set()),
    ("organizations/league/members/", {"contested": "true"}, set()),
    ("organizations/league/members/", {"q": "freedonia"}, {"fre-league-1920"}),
    ("events/", {"kind": "war"}, {"war-1933"}),
    ("events/", {"state": "KLO"}, {"incursion-1933"}),
    ("events/", {"state": "KLO", "role": "target"}, set()),
    ("events/", {"state": "KLO,FRE", "role": "target"}, {"incursion-1933"}),
    ("events/", {"organization": "league"}, {"undated"}),
    ("events/", {"role": "host"}, {"undated"}),
    ("events/", {"alleged_by": "FRE"}, {"incursion-1933"}),
    ("events/", {"alleged_by": "OST"}, set()),
    ("events/", {"part_of": "war-1933"}, {"incursion-1933"}),
    ("events/", {"root": "true"}, {"war-1933", "undated"}),
    ("events/", {"root": "false"}, {"incursion-1933"}),
    ("events/", {"from": "1933-05-09"}, {"war-1933", "incursion-1933"}),
    ("events/", {"to": "1933-04"}, {"war-1933"}),
    ("events/", {"from": "1933-05-09", "certain": "true"}, {"incursion-1933"}),
    ("events/", {"from": "1933", "to": "1933", "certain": "true"}, {"war-1933", "incursion-1933"}),
    ("events/", {"certain": "true"}, {"war-1933", "incursion-1933"}),
    ("events/", {"contested": "false"}, {"war-1933", "incursion-1933", "undated"}),
    ("events/", {"article": "gazette-1933"}, {"incursion-1933"}),
    ("events/", {"source": "gazette"}, {"incursion-1933"}),
    ("events/", {"stance": "qualifies"}, {"incursion-1933"}),
    ("events/", {"q": "SOME day"}, {"undated"}),
    ("requests/", {"event": "incursion-1933"}, {"fre-league-1933", "fre-ost-1933"}),
    ("requests/", {"event": "war-1933"}, set()),
    ("requests/", {"requester": "OST"}, set()),
    ("requests/", {"addressee": "OST"}, {"fre-ost-1933"}),
    ("requests/", {"addressee": "league"}, {"fre-league-1933"}),
    ("requests/", {"addressee": "league,OST"}, {"fre-league-1933", "fre-ost-1933"}),
    ("requests/", {"responder": "OST"}, {"fre-league-1933"}),
    ("requests/", {"standing": "not_made"}, {"fre-ost-1933"}),
    ("requests/", {"sought": "peacekeepers"}, {"fre-ost-1933"}),
    ("requests/", {"provision": "covenant-10"}, {"fre-league-1933"}),
    ("requests/", {"behaviour": "answered"}, {"fre-league-1933"}),
    ("requests/", {"behaviour": "not_coded,silent"}, {"fre-ost-1933"}),
    ("requests/", {"answer": "deployment"}, {"fre-league-1933"}),
    ("requests/", {"answer": "silence"}, set()),
    ("requests/", {"from": "1933-05-04"}, {"fre-ost-1933"}),
    ("requests/", {"to": "1933-05-02"}, {"fre-ost-1933"}),
    ("requests/", {"to": "1933-05-04", "certain": "true"}, {"fre-league-1933", "fre-ost-1933"}),
    ("requests/", {"contested": "true"}, set()),
    ("requests/", {"article": "gazette-1933"}, {"fre-league-1933"}),
    ("requests/", {"source": "gazette"}, {"fre-league-1933"}),
    ("requests/", {"stance": "disputes"}, set()),
    ("requests/", {"q": "incursion"}, {"fre-league-1933", "fre-ost-1933"}),
    ("responses/", {"request": "fre-ost-1933"}, {"league-fre-1933"}),
    ("responses/", {"event": "war-1933"}, set()),
    ("responses/", {"requester": "KLO"}, set()),
    ("responses/", {"addressee": "OST"}, {"league-fre-1933"}),
    ("responses/", {"responder": "league"}, {"league-fre-1933", "league-fre-1933-05"}),
    ("responses/", {"responder": "OST"}, {"ost-fre-1933-05"}),
    ("responses/", {"provision": "covenant-10"}, {"league-fre-1933-05", "ost-fre-1933-05"}),
    ("responses/", {"standing": "not_made"}, {"league-fre-1933"}),
    ("responses/", {"kind": "silence,refusal"}, {"league-fre-1933"}),
    ("responses/", {"basis": "documented_search"}, {"league-fre-1933"}),
    ("responses/", {"basis": "reported"}, set()),
    ("responses/", {"part_of": "league-fre-1933-05"}, {"ost-fre-1933-05"}),
    ("responses/", {"root": "true"}, {"league-fre-1933", "league-fre-1933-05"}),
    ("responses/", {"from": "1933-05-04"}, {"league-fre-1933", "league-fre-1933-05"}),
    ("responses/", {"to": "1933-05-03"}, {"league-fre-1933", "ost-fre-1933-05"}),
    ("responses/", {"to": "1933-05-03", "certain": "true"}, {"league-fre-1933", "ost-fre-1933-05"}),
    ("responses/", {"contested": "true"}, {"league-fre-1933-05"}),
    ("responses/", {"article": "gazette-1933"}, {"league-fre-1933-05"}),
    ("responses/", {"source": "gazette"}, {"league-fre-1933-05"}),
    ("responses/", {"stance": "disputes"}, {"league-fre-1933-05"}),
    ("responses/", {"q": "official journal"}, {"league-fre-1933"}),
    ("roll-calls/", {"organization": "league"}, {"league-1"}),
    ("roll-calls/", {"roll_call": "league-1"}, {"league-1"}),
    ("roll-calls/", {"unanimous": "true"}, {"entente-1"}),
    ("roll-calls/", {"unanimous": "false"}, {"league-1"}),
    ("roll-calls/", {"symbol": "L/1"}, {"league-1"}),
    ("roll-calls/", {"complete": "true"}, {"entente-1"}),
    ("roll-calls/", {"q": "PEACE"}, {"entente-1"}),
    ("roll-calls/", {"from": "1933-06"}, {"entente-1"}),
    ("roll-calls/", {"to": "1933"}, {"league-1"}),
    ("roll-calls/", {"to": "1934-06", "certain": "true"}, {"league-1"}),
    ("roll-calls/", {"contested": "true"}, set()),
    ("roll-calls/", {"article": "gazette-1933"}, {"league-1"}),
    ("roll-calls/", {"source": "gazette"}, {"league-1"}),
    ("roll-calls/", {"stance": "qualifies"}, set()),
    ("votes/", {"state": "OST"}, {"league-1/OST"}),
    ("votes/", {"roll_call": "league-1"}, {"league-1/FRE", "league-1/OST"}),
    ("votes/", {"organization": "entente"}, {"entente-1/FRE"}),
    ("votes/", {"choice": "no,absent"}, {"entente-1/FRE"}),
    ("votes/", {"unanimous": "true"}, {"entente-1/FRE"}),
    ("votes/", {"intended": "yes"}, {"league-1/OST"}),
    ("votes/", {"q": "peace"}, {"entente-1/FRE"}),
    ("votes/", {"from": "1934"}, {"entente-1/FRE"}),
    ("votes/", {"to": "1933"}, {"league-1/FRE", "league-1/OST"}),
    ("votes/", {"from": "1934-05", "certain": "true"}, set()),
    ("votes/", {"contested": "true"}, {"entente-1/FRE"}),
    ("votes/", {"contested": "false"}, {"league-1/FRE", "league-1/OST"}),
    ("votes/", {"article": "gazette-1933", "state": "OST"}, {"league-1/OST"}),
    ("votes/", {"source": "herald"}, set()),
    ("votes/", {"stance": "disputes"}, set()),
    ("citations/", {"article": "herald-1934"}, {"pact"}),
    ("citations/", {"source": "herald"}, {"pact"}),
    ("citations/", {"stance": "qualifies"}, {"event"}),
    ("citations/", {"target": "provision"}, {"clause", "pact"}),
    ("citations/", {"field": "date,troops_low"}, {"event", "response"}),
    ("citations/", {"event": "incursion-1933"}, {"event"}),
    ("citations/", {"request": "fre-league-1933"}, {"request"}),
    ("citations/", {"response": "league-fre-1933-05"}, {"response"}),
    ("citations/", {"membership": "fre-league-1920"}, {"membership"}),
    ("citations/", {"provision": "pact-2"}, {"pact"}),
    ("citations/", {"roll_call": "league-1"}, {"roll call"}),
    ("citations/", {"q": "never ANSWERED"}, {"pact"}),
    ("citations/", {"from": "1934"}, {"pact"}),
    ("citations/", {"to": "1933", "target": "provision"}, {"clause"}),
    ("citations/", {"to": "1934-06", "target": "provision", "certain": "true"}, {"clause"}),
    ("citations/", {"contested": "true"}, set()),
    ("imports/", {"layout": "atop_members"}, {"atop-file"}),
    ("imports/", {"source": "herald"}, {"votes-file"}),
    ("imports/", {"sha256": "f" * 64}, set()),
    ("imports/", {"undone": "true"}, {"atop-file"}),
    ("imports/", {"q": "VOTES.csv"}, {"votes-file"}),
    ("discrepancies/", {"import": "votes-file"}, {"choice", "period"}),
    ("discrepancies/", {"source": "herald"}, {"choice", "period"}),
    ("discrepancies/", {"target": "roll_call,membership"}, {"total_yes", "period"}),
    ("discrepancies/", {"field": "choice,date"}, {"choice"}),
    ("discrepancies/", {"settled": "true"}, {"total_yes"}),
    ("discrepancies/", {"settled": "false"}, {"choice", "period"}),
    ("discrepancies/", {"settlement": "held"}, {"total_yes"}),
    ("discrepancies/", {"roll_call": "entente-1"}, {"choice"}),
    ("discrepancies/", {"roll_call": "league-1"}, {"total_yes"}),
    ("discrepancies/", {"state": "FRE"}, {"choice", "period"}),
    ("discrepancies/", {"organization": "league"}, {"total_yes"}),
    ("discrepancies/", {"organization": "entente"}, {"choice", "period"}),
    ("discrepancies/", {"q": "official JOURNAL"}, {"total_yes"}),
]  # fmt: skip


def name_of(row):
    if "roll_call" in row:
        return f"{row['roll_call']['slug']}/{row['state']['code']}"
    if "uuid" in row:
        return row["note"] if "note" in row else row["field"]
    return row.get("slug") or row["code"]


# Rows of the world that have names of their own; factories number the others.
NAMED = {name for _, _, names in FOUND for name in names}


@pytest.mark.parametrize("address", FILTER_SETS)
def test_parameters_find_what_they_ask_for(get, world, address):
    everything = {name_of(row) for row in get(address)["results"]} & NAMED
    assert len(everything) > 1
    for given, asked, expected in FOUND:
        if given == address:
            rows = get(address, **asked)["results"]
            assert {name_of(row) for row in rows} & NAMED == expected, asked


def test_every_parameter_is_tried_above():
    tried = {(address, name) for address, asked, _ in FOUND for name in asked}
    assert {pair for pair in PAIRS if pair[1] != "ordering"} - tried == set()


@pytest.mark.parametrize("address", FILTER_SETS)
def test_ordering_turns_round(get, world, address):
    for term in FILTER_SETS[address].base_filters["ordering"].allowed:
        if not term.startswith("-"):
            forth = [name_of(row) for row in get(address, ordering=term)["results"]]
            back = [name_of(row) for row in get(address, ordering=f"-{term}")["results"]]
            assert sorted(forth) == sorted(back)
    if "updated_at" in FILTER_SETS[address].base_filters["ordering"].allowed:
        (first, *_), (*_, last) = (
            get(address, ordering=order)["results"] for order in ("updated_at", "-updated_at")
        )
        assert first["url"] == last["url"]


def test_from_must_not_be_after_to(get, world):
    problem = get("events/", 400, **{"from": "1934", "to": "1933"})
    assert problem["parameter"] == "to"
    assert "1934-01-01" in problem["detail"]


@pytest.mark.parametrize(
    ("date", "may", "must"),
    [
        ("1933-05-10", True, True),
        ("1933-05", True, True),
        ("1933", True, False),
        ("1933-05~", True, True),
        ("1933-04/1933-06", True, True),
        ("1933-04/1933-05", True, True),
        ("1933/1934", True, False),
        ("1933-05-31/1933-06", True, True),
        ("1920/..", True, True),
        ("1920/", True, True),
        ("/1940", True, False),
        ("../1940", True, True),
        ("[1933-05-01..]", True, False),
        ("[1933-05-01..1933-05-31]", True, True),
        ("1933-04-30", False, False),
        ("1933-06", False, False),
        ("1934/..", False, False),
        ("", False, False),
    ],
)
def test_may_and_must_overlap_the_month_of_may(get, db, date, may, must):
    publish(EventFactory(date=date, kind="unrest"))
    days = {"from": "1933-05", "to": "1933-05", "kind": "unrest"}
    assert bool(get("events/", **days)["results"]) == may
    assert bool(get("events/", certain="true", **days)["results"]) == must


def test_bounds_of_the_calendar(get, db):
    publish(EventFactory(slug="late", date="9998-12-31", kind="unrest"))
    publish(EventFactory(slug="early", date="0001", kind="unrest"))

    def found(**days):
        return [row["slug"] for row in get("events/", kind="unrest", **days)["results"]]

    assert found(**{"from": "0001", "to": "9998"}) == ["early", "late"]
    assert found(to="9998-12-30") == ["early"]


def test_undated_answers_fall_back_on_request_and_event(get, db):
    event = EventFactory(date="1940-05-01")
    request = RequestFactory(event=event, date="")
    publish(ResponseFactory(slug="answer", request=request, date=""))
    day = {"from": "1940-05-01", "to": "1940-05-01", "certain": "true"}
    assert get("requests/", **day)["results"]
    [answer] = get("responses/", **day)["results"]
    assert (answer["slug"], answer["date"]) == ("answer", None)
    assert not get("responses/", **{"from": "1940-05-02"})["results"]


def test_search_takes_wildcards_as_they_stand(get, db):
    publish(EventFactory(slug="plain", title="Nothing"))
    publish(EventFactory(slug="percent", title="A rise of 100%_"))
    assert [row["slug"] for row in get("events/", q="%_")["results"]] == ["percent"]


def test_filters_ask_one_row_for_all(get, db):
    """A state that is a full member here and an observer there is no observer here."""
    full = publish(MembershipFactory(standing="full"))
    publish(MembershipFactory(state=full.state, standing="observer"))
    asked = {"organization": full.organization.slug, "standing": "observer"}
    assert get("states/", **asked)["results"] == []


def test_every_view_has_a_filter_set_of_its_own():
    sets = [view.filterset_class for view in LISTS.values()]
    assert len(set(sets)) == len(sets)
    for view in LISTS.values():
        assert issubclass(view, views.RecordViewSet)
        asked = {"q", "ordering"}
        if issubclass(view.queryset.model, models.Record):
            asked |= {"contested"}
        assert asked <= set(view.filterset_class.base_filters)
