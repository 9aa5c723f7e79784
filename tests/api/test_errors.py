"""What goes wrong, and says so: 400, 404, 405, 406, 410 and 500 as problem documents."""

import pytest
from django.test import Client

from archive import models
from archive.api import lists
from archive.api.views import LISTS
from archive.choices import Status
from tests import factories as make
from tests.api.conftest import withdraw
from tests.factories import cite, publish

MEMBERS = {"type", "title", "status", "detail"}
ADDRESSES = [
    "",
    *(f"{name}/" for name in LISTS),
    "organizations/league/members/",
    "organizations/league/record/",
    "states/FRE/record/",
    "requests/fre-league-1933/roster/",
    "events/incursion-1933/",
    "votes/league-1/FRE/",
]


def test_problem_document(get, db):
    problem = get("events/", 400, kind="party")
    assert set(problem) == MEMBERS | {"parameter", "allowed"}
    assert problem["type"] == "about:blank"
    assert problem["title"] == "Bad Request"
    assert problem["status"] == 400
    assert problem["detail"] == "“party” is none of the values."
    assert problem["parameter"] == "kind"
    assert "war" in problem["allowed"]


def test_unknown_parameter_or_format_is_refused_everywhere(get, world):
    for address in ADDRESSES:
        problem = get(address, 400, colour="red")
        assert problem["parameter"] == "colour"
        assert problem["allowed"][-1] == "format"
        problem = get(address, 400, format="xml")
        assert (problem["parameter"], problem["allowed"][0]) == ("format", "json")
        assert get(address, format="json")


@pytest.mark.parametrize("key", ["LEAGUE", "league-of-nations", "fre", "Freedonia", "XXX"])
def test_unknown_actor_is_looked_for_among_states_and_organizations(get, world, key):
    """One parameter takes both: who writes a slug in capitals did not mean a state."""
    detail = get("requests/", 400, addressee=key)["detail"]
    assert f"“{key}”" in detail
    assert "/api/v1/states/" in detail
    assert "/api/v1/organizations/" in detail


@pytest.mark.parametrize(
    "query", [{"requester": "FRE,"}, {"standing": ",made"}, {"addressee": "FRE,,league"}]
)
def test_nothing_between_commas_is_called_that(get, world, query):
    assert "comma" in get("requests/", 400, **query)["detail"]


@pytest.mark.parametrize("parameter", ["version=a%0d%0ab", "lang=de", "colour=red"])
def test_schema_takes_no_parameter_of_its_package(get, db, parameter):
    """Its `version` went into a header, line breaks included."""
    assert get(f"schema/?{parameter}", 400)["allowed"] == ["format"]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "trace"])
def test_nothing_can_be_written(world, method):
    client = Client(enforce_csrf_checks=True)
    for address in [*ADDRESSES, "schema/", "docs/"]:
        response = getattr(client, method)(f"/api/v1/{address}")
        assert response.status_code == 405, address
        assert response.headers["Allow"] == "GET, HEAD, OPTIONS"
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["title"] == "Method Not Allowed"
        assert response.json()["detail"].startswith("The API is read only")


def test_head_is_get_without_a_body(client, world):
    for address in ADDRESSES:
        response = client.head(f"/api/v1/{address}")
        assert response.status_code == 200, address
        assert response.content == b""


@pytest.mark.parametrize("address", ADDRESSES)
def test_options_tells_what_can_be_asked(client, db, address):
    answer = client.options(f"/api/v1/{address}").json()
    is_list = address.rstrip("/") in LISTS or "members" in address
    columns = {"columns"} if is_list else set()
    assert set(answer) == {"name", "description", "methods", "formats", "parameters"} | columns
    assert answer["methods"] == ["GET", "HEAD", "OPTIONS"]
    assert answer["formats"] == (["json", "csv", "jsonl"] if is_list else ["json"])
    names = [parameter["name"] for parameter in answer["parameters"]]
    if is_list:
        assert {"q", "ordering", "page_size", "cursor", "count", "facets"} <= set(names)
        assert {"facets", "fields", "omit"} <= set(names)
    elif "record" in address or "roster" in address:
        assert {"standing", "certain"} <= set(names)
    elif address == "":
        assert names == []
    else:
        assert names == ["fields", "omit"]


def test_options_of_the_documentation(client, db):
    assert client.options("/api/v1/docs/").json()["methods"] == ["GET", "HEAD", "OPTIONS"]
    schema = client.options("/api/v1/schema/", headers={"Accept": "application/json"})
    assert schema.json()["formats"] == ["yaml", "json"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v2/events/",
        "/api/v1/nothing/",
        *(f"/api/v1/{name}/nothing/" for name in LISTS),
        "/api/v1/events/nothing/else/",
        "/api/v1/events/Ereignis%20ü/",
        "/api/v1/events/%00/",
        "/api/v1/events/a%00b/",
        "/api/v1/events/%ff%fe/",
        "/api/v1/events/%F0%9F%95%8A/",
        "/api/v1/events/%2e%2e/",
        *(f"/api/v1/{name}/{'x' * 5000}/" for name in LISTS),
        "/api/v1/states/fre/",
        "/api/v1/states/nothing/record/",
        "/api/v1/organizations/nothing/members/",
        "/api/v1/votes/league-1/",
        "/api/v1/votes/league-1/NIL/",
        "/api/v1/votes/nothing/FRE/",
        "/api/v1/citations/1/",
        "/api/v1/citations/00000000-0000-0000-0000-000000000000/",
    ],
)
def test_unknown_address(client, db, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert set(problem) == MEMBERS
    assert problem["status"] == 404
    assert "/api/v1/" in problem["detail"]


def test_unknown_address_elsewhere_is_a_page(client, db):
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "json" not in response.headers["Content-Type"]


def test_missing_slash_is_added(client, world):
    response = client.get("/api/v1/events?kind=war")
    assert response.status_code == 301
    assert response.headers["Location"] == "/api/v1/events/?kind=war"


@pytest.mark.parametrize(
    "query",
    ["%00", "%00=1", "a=%00", "q=%00", "q=a%00b", "format=%00", "page_size=%00", "cursor=%00", "="],
)
def test_broken_queries_are_refused(client, world, query):
    for address in ADDRESSES:
        response = client.get(f"/api/v1/{address}?{query}")
        assert response.status_code == 400, address
        assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["events/", "states/", "citations/"])
@pytest.mark.parametrize(
    "value", ["%ff", "%ed%a0%80", "%F0%9F%95%8A", "%E2%80%AE", "%C2%A0", "\\", "%25", "' OR 1=1"]
)
def test_odd_text_is_searched_as_it_stands(client, world, address, value):
    response = client.get(f"/api/v1/{address}?q={value}")
    assert response.status_code == 200
    assert client.get(f"/api/v1/{address}?state={value}").status_code == 400


def test_request_that_django_refuses_to_read(client, db, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    response = client.get("/api/v1/events/?a=1&b=2&c=3&d=4")
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["detail"] == "The request cannot be read."


def test_not_acceptable(client, db):
    response = client.get("/api/v1/events/", headers={"Accept": "application/xml"})
    assert response.status_code == 406
    assert response.headers["Content-Type"] == "application/problem+json"
    for remedy in ("application/json", "text/csv", "leave it out"):
        assert remedy in response.json()["detail"]


def test_failure_is_a_problem_and_tells_nothing(client, db, monkeypatch):
    def fail(*args):
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(lists, "json_response", fail)
    client.raise_request_exception = False
    response = client.get("/api/v1/events/")
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert set(response.json()) == MEMBERS
    assert "secret" not in response.content.decode()


# --- Withdrawn ------------------------------------------------------------------------------

RECORDS = {
    "articles": make.ArticleFactory,
    "events": make.EventFactory,
    "requests": make.RequestFactory,
    "responses": make.ResponseFactory,
    "memberships": make.MembershipFactory,
    "roll-calls": make.RollCallFactory,
    "citations": make.CitationFactory,
}


@pytest.mark.parametrize("name", RECORDS)
def test_withdrawn_record_is_gone_with_its_reason(get, db, name):
    record = publish(RECORDS[name]())
    address = record.get_absolute_url()
    assert get(address)["status"] == "published"
    withdraw(record, "The source took it back.")
    problem = get(address, 410)
    assert set(problem) == MEMBERS | {"withdrawal_reason"}
    assert problem["title"] == "Gone"
    assert problem["withdrawal_reason"] == "The source took it back."
    assert problem["detail"].endswith("The source took it back.")
    assert address not in str(get(f"{name}/"))


@pytest.mark.parametrize("name", RECORDS)
def test_withdrawn_draft_was_never_there(get, db, name):
    record = withdraw(RECORDS[name]())
    get(record.get_absolute_url(), 404)


def test_votes_follow_their_roll_call(get, db):
    vote = publish(make.VoteFactory())
    address = vote.get_absolute_url()
    get(address)
    withdraw(vote.roll_call, "Annulled.")
    assert get(address, 410)["withdrawal_reason"] == "Annulled."
    draft = make.VoteFactory()
    withdraw(draft.roll_call)
    get(draft.get_absolute_url(), 404)


def test_withdrawn_passage_of_what_was_never_public_was_never_there(get, db):
    """Published passages of drafts are not public: withdrawing them tells nothing."""
    passage = withdraw(cite(make.EventFactory()), "About a draft.")
    get(passage.get_absolute_url(), 404)
    passage = cite(publish(make.EventFactory()), article=make.ArticleFactory())
    withdraw(passage, "In a draft.")
    get(passage.get_absolute_url(), 404)


def test_record_published_again_is_there_again(get, db):
    event = withdraw(publish(make.EventFactory()))
    get(event.get_absolute_url(), 410)
    models.Event.objects.filter(pk=event.pk).update(status=Status.PUBLISHED, withdrawal_reason="")
    assert get(event.get_absolute_url())["slug"] == event.slug


def test_record_in_review_again_is_still_gone(get, db):
    event = withdraw(publish(make.EventFactory()))
    models.Event.objects.filter(pk=event.pk).update(status=Status.IN_REVIEW, withdrawal_reason="")
    problem = get(event.get_absolute_url(), 410)
    assert "being reviewed again" in problem["detail"]
