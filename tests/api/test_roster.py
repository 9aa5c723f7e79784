"""``/requests/<slug>/roster/``: what each member did, and what nobody coded."""

from types import SimpleNamespace

import pytest
from django.db.models import F

from archive import models
from archive.choices import BEHAVIOUR_BY_KIND, Behaviour, ResponseKind, Status, behaviour_of
from tests import factories as make
from tests.api.conftest import SECRET, withdraw
from tests.factories import publish

# Standing and period of each member; the request is of May 1933.
MEMBERS = {
    "AAA": ("full", "1920/.."),
    "BBB": ("full", "/.."),
    "CCC": ("full", "1920/1933-05-10"),
    "DDD": ("observer", "1920/"),
    "EEE": ("frozen", "1920/.."),
    "FFF": ("full", "1920/1932"),
    "GGG": ("full", "1934/"),
    "QQQ": ("full", "1920/.."),  # the requester
}


def build_roster():
    alliance = make.OrganizationFactory(slug="alliance", name="Alliance")
    states = {code: make.StateFactory(code=code) for code in (*MEMBERS, "SSS", "ZZZ")}
    for code, (standing, period) in MEMBERS.items():
        publish(
            make.MembershipFactory(
                state=states[code], organization=alliance, standing=standing, period=period
            )
        )
    # One that changed its standing in the middle of the month is a member all along,
    for standing, period in (("full", "1920/1933-05-14"), ("suspended", "1933-05-15/..")):
        publish(
            make.MembershipFactory(
                state=states["SSS"], organization=alliance, standing=standing, period=period
            )
        )
    # and a draft makes none.
    make.MembershipFactory(state=states["ZZZ"], organization=alliance, period="1920/", note=SECRET)
    event = publish(make.EventFactory(date="1933-04-30/1933-05-31"))
    request = publish(
        make.RequestFactory(
            slug="q-1933",
            event=event,
            requester=states["QQQ"],
            addressee_organization=alliance,
            date="1933-05",
        )
    )
    return SimpleNamespace(alliance=alliance, states=states, event=event, request=request)


@pytest.fixture(scope="module")
def build():
    return build_roster


@pytest.fixture
def respond(world):
    """Publishes a response of a state, by its code, or of the alliance."""

    def respond(responder, kind, **fields):
        state = world.states.get(responder)
        return publish(
            make.ResponseFactory(
                request=fields.pop("request", world.request),
                responder_state=state,
                responder_organization=None if state else world.alliance,
                kind=kind,
                basis="reported" if kind == "silence" else "",
                **fields,
            )
        )

    return respond


@pytest.fixture
def roster(get, world):
    def roster(slug="q-1933", **parameters):
        answer = get(f"requests/{slug}/roster/", **parameters)
        answer["rows"] = {row["state"]["code"]: row for row in answer["members"]}
        return answer

    return roster


def test_members_on_the_day_with_how_sure_that_is(roster):
    answer = roster()
    assert {code: row["on"] for code, row in answer["rows"].items()} == {
        "AAA": "certain",
        "BBB": "possible",
        "CCC": "possible",
        "DDD": "certain",
        "EEE": "certain",
        "SSS": "certain",
    }
    assert (answer["date"]["edtf"], answer["date_of"]) == ("1933-05", "request")
    assert [row["on"] for row in answer["rows"]["SSS"]["memberships"]] == ["possible", "possible"]
    (frozen,) = answer["rows"]["EEE"]["memberships"]
    assert (frozen["standing"], frozen["period"]["edtf"]) == ("frozen", "1920/..")


def test_who_has_no_row_is_not_coded_and_never_silent(roster, respond):
    respond("alliance", "silence")
    respond("AAA", "silence")
    answer = roster()
    assert {code for code, row in answer["rows"].items() if row["behaviour"] == "silent"} == {"AAA"}
    assert answer["as_a_whole"]["behaviour"] == "silent"
    assert answer["totals"] == {
        "members": 4,
        "answered": 0,
        "refused": 0,
        "silent": 1,
        "not_coded": 3,
        "left_out": 2,
    }
    assert answer["share_answered"] == {"numerator": 0, "denominator": 1, "share": 0}


def test_own_response_share_and_the_alliances_own_stand_apart(roster, respond):
    whole = respond("alliance", "deployment")
    respond("AAA", "deployment", part_of=whole, troops_low=5)
    own = respond("BBB", "contact")
    stranger = respond("FFF", "materiel")  # no longer a member
    respond("QQQ", "statement")  # the requester cannot answer itself
    answer = roster()
    sharing, alone = answer["rows"]["AAA"], answer["rows"]["BBB"]
    assert (sharing["behaviour"], sharing["responses"]) == ("answered", [])
    assert sharing["shares"][0]["part_of"]["slug"] == whole.slug
    assert sharing["shares"][0]["troops_low"] == 5
    assert sharing["shares"][0]["citations"][0]["quote"]
    assert (alone["behaviour"], alone["shares"]) == ("answered", [])
    assert [row["slug"] for row in alone["responses"]] == [own.slug]
    assert answer["rows"]["CCC"]["behaviour"] == "not_coded"
    assert [row["slug"] for row in answer["as_a_whole"]["responses"]] == [whole.slug]
    assert stranger.slug in [row["slug"] for row in answer["others"]]
    assert len(answer["others"]) == 2
    assert answer["requester"]["state"]["code"] == "QQQ"
    assert answer["requester"]["on"] == "certain"
    assert answer["share_answered"] == {"numerator": 2, "denominator": 2, "share": 1}


def test_which_members_count_can_be_chosen(roster):
    def counted(**parameters):
        answer = roster(**parameters)
        codes = {code for code, row in answer["rows"].items() if row["counted"]}
        assert answer["totals"]["members"] == len(codes)
        assert answer["totals"]["left_out"] == 6 - len(codes)
        return codes

    assert counted() == {"AAA", "BBB", "CCC", "SSS"}
    assert counted(certain="true") == {"AAA"}
    assert counted(standing="full,suspended", certain="true") == {"AAA", "SSS"}
    assert counted(standing="observer,frozen") == {"DDD", "EEE"}


def test_without_a_date_of_its_own_the_events_days_count(roster, world):
    models.Request.objects.filter(slug="q-1933").update(date="")
    answer = roster()
    assert (answer["date"]["edtf"], answer["date_of"]) == ("1933-04-30/1933-05-31", "event")
    assert set(answer["rows"]) == {"AAA", "BBB", "CCC", "DDD", "EEE", "SSS"}
    models.Event.objects.filter(pk=world.event.pk).update(date="")
    answer = roster()
    assert (answer["date"], answer["date_of"]) == (None, None)
    assert set(answer["rows"]) == {*MEMBERS, "SSS"} - {"QQQ"}
    assert {row["on"] for row in answer["members"]} == {"possible"}
    assert answer["requester"]["on"] == "possible"


def test_a_date_without_an_end_needs_a_membership_without_one(roster):
    models.Request.objects.filter(slug="q-1933").update(date="[1933-05..]")
    rows = roster()["rows"]
    assert {code: rows[code]["on"] for code in ("AAA", "CCC", "GGG", "SSS")} == {
        "AAA": "certain",
        "CCC": "possible",
        "GGG": "possible",
        "SSS": "certain",
    }


def test_a_state_is_a_roster_of_one(roster, respond, world):
    request = publish(
        make.RequestFactory(
            slug="q-a",
            event=world.event,
            requester=world.states["QQQ"],
            addressee_organization=None,
            addressee_state=world.states["AAA"],
        )
    )
    answer = roster("q-a")
    (member,) = answer["members"]
    assert (member["state"]["code"], member["on"], member["memberships"]) == ("AAA", "certain", [])
    assert (member["behaviour"], answer["as_a_whole"]) == ("not_coded", None)
    assert answer["requester"]["on"] is None
    respond("AAA", "refusal", request=request)
    respond("alliance", "statement", request=request)
    answer = roster("q-a", certain="true", standing="observer")
    assert answer["totals"]["refused"] == answer["totals"]["members"] == 1
    assert [row["responder"]["key"] for row in answer["others"]] == ["alliance"]


def test_a_requester_from_outside_is_no_member(roster, world):
    publish(
        make.RequestFactory(
            slug="z", requester=world.states["ZZZ"], addressee_organization=world.alliance
        )
    )
    answer = roster("z")
    assert (answer["requester"]["on"], answer["requester"]["memberships"]) == (None, [])
    assert "QQQ" in answer["rows"]


def test_drafts_and_what_is_gone(roster, get, respond, world):
    make.ResponseFactory(
        request=world.request,
        responder_organization=None,
        responder_state=world.states["AAA"],
        summary=SECRET,
    )
    answer = roster()
    assert answer["rows"]["AAA"]["behaviour"] == "not_coded"
    assert SECRET not in str(answer)
    withdraw(respond("AAA", "refusal"))
    assert roster()["rows"]["AAA"]["behaviour"] == "not_coded"
    withdraw(world.request, "Never said.")
    assert get("requests/q-1933/roster/", 410)["withdrawal_reason"] == "Never said."
    make.RequestFactory(slug="q-draft", event=world.event)
    get("requests/q-draft/roster/", 404)


@pytest.mark.parametrize(
    ("kinds", "behaviour"),
    [
        ((), "not_coded"),
        (("silence",), "silent"),
        (("refusal",), "refused"),
        (("refusal", "contact"), "refused"),  # kind words do not undo a no
        (("refusal", "statement", "silence"), "refused"),
        (("refusal", "materiel"), "answered"),  # refused troops and sent weapons
        (("contact",), "answered"),
        (("silence", "statement"), "answered"),
        (("mediation",), "answered"),
        (("other", "refusal"), "answered"),
    ],
)
def test_several_responses_are_read_together(kinds, behaviour):
    assert behaviour_of(kinds) == behaviour


def test_every_kind_has_its_place_in_the_rule():
    kinds = [kind for _, deciding in BEHAVIOUR_BY_KIND for kind in deciding]
    assert sorted(kinds) == sorted(ResponseKind)


def test_database_and_python_read_responses_alike(world):
    """Every pair of kinds, as responses of the addressee; those of others change nothing."""
    pairs = [(one, other) for one in ResponseKind for other in ResponseKind if one <= other]
    requests = [
        make.RequestFactory.build(
            slug=f"{one}-{other}".replace("_", "-"),
            event=make.EventFactory(status=Status.PUBLISHED),
            requester=world.states["QQQ"],
            addressee_organization=world.alliance,
            status=Status.PUBLISHED,
        )
        for one, other in pairs
    ]
    models.Request.objects.bulk_create(requests)
    models.Response.objects.bulk_create(
        make.ResponseFactory.build(
            slug=f"{request.slug}-{place}",
            request=request,
            responder_organization=world.alliance if place else None,
            responder_state=None if place else world.states["AAA"],
            kind=kind,
            basis="reported" if kind == "silence" else "",
            status=Status.PUBLISHED,
        )
        for request, pair in zip(requests, pairs, strict=True)
        for place, kind in enumerate((ResponseKind.DEPLOYMENT, *pair))
    )
    found = models.Request.objects.with_behaviour().filter(pk__in=[each.pk for each in requests])
    assert dict(found.values_list(F("slug"), "behaviour")) == {
        request.slug: behaviour_of(pair) for request, pair in zip(requests, pairs, strict=True)
    }
    lonely = models.Request.objects.with_behaviour().get(pk=world.request.pk)
    assert lonely.behaviour == Behaviour.NOT_CODED
