"""Nothing that is not public shows: in no list, detail, count, filter or nested field."""

import json

import pytest

from archive import models
from archive.api.views import LISTS
from archive.choices import Stance, Status
from tests import factories as make
from tests.api.conftest import SECRET, withdraw
from tests.factories import cite, publish

HIDDEN = ("sylvania", SECRET.lower())


def pages(get, address, **parameters):
    """All pages of a list."""
    page = get(address, page_size=1000, **parameters)
    yield page
    while page["next"]:
        page = get(page["next"])
        yield page


@pytest.mark.parametrize("name", LISTS)
def test_no_list_or_detail_holds_a_trace_of_a_draft(get, world, name):
    for page in pages(get, f"{name}/"):
        for row in page["results"]:
            for shown in (row, get(row["url"])):
                text = json.dumps(shown).lower()
                assert not any(hidden in text for hidden in HIDDEN), row["url"]


@pytest.mark.parametrize("name", LISTS)
def test_no_count_betrays_a_draft(get, world, name):
    rows = [row for page in pages(get, f"{name}/") for row in page["results"]]
    assert get(f"{name}/", count="true")["count"] == len(rows)
    assert get(f"{name}/", q=SECRET, count="true")["count"] == 0
    for row in rows:
        assert row.get("citation_count", 0) == len(get(row["url"]).get("citations", []))


def test_further_addresses_hold_no_trace_of_a_draft(get, world):
    for address in (
        "organizations/league/members/",
        *(f"states/{state.code}/record/" for state in models.State.objects.all()),
        "organizations/league/record/",
        "requests/fre-league-1933/roster/",
        "agreement/?states=FRE,OST,KLO",
    ):
        text = json.dumps(get(address)).lower()
        assert not any(hidden in text for hidden in HIDDEN), address


def test_disputes_that_the_public_does_not_see_contest_nothing(get, world):
    for record in (world.event, world.request, world.membership, world.roll_call, world.votes[0]):
        drafts = record.citations.filter(stance=Stance.DISPUTES)
        assert drafts.count() == 2  # a draft, and one in an article that is a draft
        assert get(record.get_absolute_url())["contested"] is False


@pytest.mark.parametrize(
    ("address", "parameters"),
    [
        ("states/", {"organization": "league", "standing": "suspended"}),
        ("organizations/", {"state": "KLO"}),
        ("requests/", {"responder": "KLO"}),
        ("requests/", {"addressee": "KLO"}),
        ("responses/", {"responder": "KLO"}),
        ("memberships/", {"state": "KLO"}),
        ("votes/", {"choice": "absent"}),
        ("votes/", {"stance": "disputes"}),
        ("events/", {"stance": "disputes"}),
        ("memberships/", {"stance": "disputes"}),
        ("events/", {"contested": "true"}),
    ],
)
def test_no_filter_finds_a_record_through_a_draft(get, world, address, parameters):
    assert get(address, **parameters)["results"] == []


@pytest.mark.parametrize(
    ("address", "parameter", "key"),
    [
        ("events/", "part_of", "sylvania-event"),
        ("events/", "part_of", "sylvania-withdrawn"),
        ("events/", "article", "sylvania-article"),
        ("requests/", "event", "sylvania-event"),
        ("responses/", "request", "sylvania-request"),
        ("responses/", "part_of", "sylvania-response"),
        ("votes/", "roll_call", "sylvania-roll-call"),
        ("citations/", "membership", "sylvania-membership"),
    ],
)
def test_a_draft_is_as_unknown_to_filters_as_nothing(get, world, address, parameter, key):
    drafts = get(address, 400, **{parameter: key})
    nothing = get(address, 400, **{parameter: "nothing"})
    assert drafts["detail"] == nothing["detail"].replace("nothing", key)


def test_a_draft_is_as_unknown_as_nothing(get, world):
    nothing = get("events/nothing/", 404)
    for address in (
        "articles/sylvania-article/",
        "events/sylvania-event/",
        "requests/sylvania-request/",
        "requests/sylvania-answer/",
        "responses/sylvania-response/",
        "memberships/sylvania-membership/",
        "roll-calls/sylvania-roll-call/",
        "votes/sylvania-roll-call/FRE/",
    ):
        assert get(address, 404) == nothing
    for citation in models.Citation.objects.filter(note=SECRET):
        assert get(f"citations/{citation.uuid}/", 404) == nothing


@pytest.mark.parametrize("status", [Status.IN_REVIEW, Status.WITHDRAWN])
def test_a_parent_that_is_not_public_is_null(get, never_committed, status):
    """The database refuses it at commit; the API does not rely on that alone."""
    whole = publish(make.EventFactory())
    part = publish(make.EventFactory(part_of=whole))
    withdraw(whole)
    if status != Status.WITHDRAWN:
        models.Event.objects.filter(pk=whole.pk).update(status=status, withdrawal_reason="")
    assert get(part.get_absolute_url())["part_of"] is None
    rows = {row["slug"]: row for row in get("events/")["results"]}
    assert rows[part.slug]["part_of"] is None
    assert whole.slug not in rows


def test_what_hangs_on_a_hidden_record_is_hidden(get, never_committed):
    """As above: the database would refuse each of these at commit."""
    response = publish(make.ResponseFactory())
    event = response.request.event
    requester = response.request.requester.code
    assert get(f"states/{requester}/record/")["requests"] != []
    withdraw(event)
    assert get("requests/", requester=requester)["results"] == []
    assert get("responses/", requester=requester)["results"] == []
    assert get(f"states/{requester}/record/")["requests"] == []


def test_a_restricted_text_is_nowhere(get, world):
    whole = world.restricted.text[world.restricted.body_start : world.restricted.body_end]
    words = set(whole.split()) - set(
        world.restricted.citations.get(status="published").quote.split()
    )
    for answer in (
        get("articles/herald-1934/"),
        get("citations/", article="herald-1934"),
        get("provisions/pact-2/"),
    ):
        text = json.dumps(answer, ensure_ascii=False)
        assert "League never answered" in text
        assert not any(word in text for word in words if len(word) > 7)
    assert get("articles/", q="Nobody came")["results"] == []


def test_a_passage_moves_no_count_before_it_is_public(get, db):
    event = publish(make.EventFactory())
    draft = cite(event, status=Status.DRAFT, stance=Stance.DISPUTES)
    assert get(event.get_absolute_url())["citation_count"] == 1
    draft.status = Status.PUBLISHED
    draft.save()
    shown = get(event.get_absolute_url())
    assert (shown["citation_count"], shown["contested"]) == (2, True)
