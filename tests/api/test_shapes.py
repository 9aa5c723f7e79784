"""The shapes of section 6 of the design: every list, every detail, and what is nested."""

import pytest

from archive import models
from archive.api.views import LISTS
from archive.choices import Status
from tests.factories import QUOTES, ArticleFactory, EventFactory, cite, publish

HEAD = {"url", "title", "status", "citation_count", "contested", "updated_at"}
CITATION = {
    "uuid",
    "article",
    "quote",
    "prefix",
    "suffix",
    "start",
    "end",
    "target",
    "field",
    "stance",
    "asserted",
    "note",
}
RESPONSE = {
    "slug",
    "responder",
    "part_of",
    "kind",
    "basis",
    "date",
    "troops_low",
    "troops_high",
    "troops_approximate",
    "summary",
}
REQUEST = {
    "slug",
    "event",
    "requester",
    "addressee",
    "standing",
    "sought",
    "provision",
    "date",
    "summary",
}
KEYS = {
    "sources": {"slug", "name", "kind", "homepage", "country", "note"},
    "articles": {
        "slug",
        "source",
        "first_published_by",
        "authors",
        "published",
        "original_url",
        "archived_url",
        "retrieved_on",
        "language",
        "text_access",
        "note",
    },
    "states": {
        "code",
        "name",
        "official_name",
        "iso2",
        "m49",
        "cow",
        "cow_letters",
        "gw",
        "existed",
        "aliases",
    },
    "organizations": {"slug", "name", "acronym", "kind", "founded", "dissolved", "aliases"},
    "provisions": {"slug", "organization", "instrument", "article_number", "gist"},
    "memberships": {"slug", "state", "organization", "standing", "period", "note", "on"},
    "events": {"slug", "kind", "date", "place", "part_of", "summary"},
    "requests": REQUEST,
    "responses": RESPONSE | {"request", "search"},
    "roll-calls": {
        "slug",
        "body",
        "symbol",
        "date",
        "total_yes",
        "total_no",
        "total_abstain",
        "total_absent",
        "complete",
        "original_url",
    },
    "votes": {"roll_call", "state", "choice", "intended"},
    "citations": CITATION,
    "imports": {
        "slug",
        "url",
        "title",
        "source",
        "layout",
        "file_name",
        "sha256",
        "rows",
        "imported_at",
        "tool_version",
        "report",
        "undone_at",
    },
    "discrepancies": {
        "uuid",
        "url",
        "title",
        "import",
        "line",
        "target",
        "field",
        "held",
        "imported",
        "settled_at",
        "settlement",
        "reason",
    },
}
# These are no records: nothing is their head, and nothing hangs below them.
BARE = {"imports", "discrepancies"}
# What a detail has beyond its row in the list; a membership's detail was asked with no day.
DETAIL = {
    "articles": {"text", "body_start", "body_end", "sha256"},
    "events": {"participants", "requests"},
    "requests": {"responses"},
    "memberships": {"imports"},
    "roll-calls": {"imports"},
    "votes": {"imports"},
}

FREEDONIA = {
    "code": "FRE",
    "name": "Freedonia",
    "url": "http://testserver/api/v1/states/FRE/",
}
LEAGUE = {
    "slug": "league",
    "title": "League of Nations",
    "url": "http://testserver/api/v1/organizations/league/",
}
LEAGUE_AS_ACTOR = {
    "type": "organization",
    "key": "league",
    "name": "League of Nations",
    "url": "http://testserver/api/v1/organizations/league/",
}


def test_keys_cover_all_lists():
    assert list(KEYS) == list(LISTS)


@pytest.mark.parametrize("name", LISTS)
def test_list_and_detail_have_their_keys(get, world, name):
    page = get(f"{name}/")
    assert set(page) == {"next", "previous", "results"}
    assert page["results"]
    head = set() if name in BARE else HEAD
    for row in page["results"]:
        assert set(row) == head | KEYS[name]
        assert row.get("status", "published") == "published"
        detail = get(row["url"])
        own = (
            DETAIL.get(name, set()) | {"first_release"} | (set() if name in BARE else {"citations"})
        )
        assert set(detail) == (head | KEYS[name] | own) - {"on"}
        assert {key: detail[key] for key in row if key != "on"} == {
            key: row[key] for key in row if key != "on"
        }


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, view in LISTS.items()
        if name != "articles" and models.Citation.target_field_of(view.queryset.model)
    ],
)
def test_evidence_is_counted_as_it_is_shown(get, world, name):
    differing = {row["target"]["url"] for row in get("discrepancies/", settled="false")["results"]}
    for row in get(f"{name}/")["results"]:
        citations = get(row["url"])["citations"]
        assert row["citation_count"] == len(citations) > 0
        is_disputed = "disputes" in {each["stance"] for each in citations}
        assert row["contested"] == (is_disputed or row["url"] in differing)


def test_some_records_are_contested_and_some_are_not(get, world):
    flags = {row["slug"]: row["contested"] for row in get("responses/")["results"]}
    assert flags["league-fre-1933-05"] is True
    assert flags["ost-fre-1933-05"] is False


def test_article_counts_its_passages_and_is_not_contested_itself(get, world):
    (row,) = (row for row in get("articles/")["results"] if row["slug"] == "herald-1934")
    assert (row["citation_count"], row["contested"]) == (1, False)
    assert get(row["url"])["citations"][0]["stance"] == "disputes"


def test_root_gives_every_address(get, world):
    addresses = get("")
    assert set(addresses) == {*LISTS, "agreement", "search", "releases", "schema", "docs", "guide"}
    assert addresses["roll-calls"] == "http://testserver/api/v1/roll-calls/"


def test_reference_rows_have_empty_citations(get, world):
    for address in ("sources/gazette/", "states/FRE/", "organizations/league/"):
        assert get(address)["citations"] == []


def test_citation(get, world):
    (passage,) = get("citations/", field="troops_low")["results"]
    assert passage["article"] == {
        "slug": "gazette-1933",
        "title": "War!",
        "source": {"slug": "gazette", "title": "The Gazette"},
        "published": {"edtf": "1933-05-04", "earliest": "1933-05-04", "latest": "1933-05-04"},
        "url": "http://testserver/api/v1/articles/gazette-1933/",
    }
    assert passage["target"] == {
        "type": "response",
        "title": "LoN: deployment",
        "url": "http://testserver/api/v1/responses/league-fre-1933-05/",
    }
    assert (passage["start"], passage["end"]) == (6, 32)
    assert passage["asserted"] == "1,000"


@pytest.mark.parametrize(
    ("target", "title", "address"),
    [
        ("event", "War", "events/war-1933/"),
        ("participation", "Freedonia: target", "events/incursion-1933/"),
        ("request", "Freedonia asks LoN for help", "requests/fre-league-1933/"),
        ("membership", "Freedonia in LoN, 1920 to 1933", "memberships/fre-league-1920/"),
        ("provision", "Article 10, Covenant", "provisions/covenant-10/"),
        ("roll_call", "On peace", "roll-calls/entente-1/"),
        ("vote", "Osterlich: abstain", "votes/league-1/OST/"),
    ],
)
def test_citation_names_its_target(get, world, target, title, address):
    url = f"http://testserver/api/v1/{address}"
    targets = [row["target"] for row in get("citations/", target=target)["results"]]
    assert {"type": target, "title": title, "url": url} in targets


def test_request_is_the_same_alone_and_within_its_event(get, world):
    alone = get("requests/fre-league-1933/")
    assert set(alone) == HEAD | REQUEST | {"responses", "first_release", "citations"}
    within = {row["slug"]: row for row in get("events/incursion-1933/")["requests"]}
    assert within["fre-league-1933"] == alone
    assert set(within) == {"fre-league-1933", "fre-ost-1933"}


def test_request(get, world):
    request = get("requests/fre-league-1933/")
    assert request["event"] == {
        "slug": "incursion-1933",
        "title": "Incursion",
        "date": {
            "edtf": "1933-05-01/1933-05-10",
            "earliest": "1933-05-01",
            "latest": "1933-05-10",
        },
        "url": "http://testserver/api/v1/events/incursion-1933/",
    }
    assert request["requester"] == FREEDONIA
    assert request["addressee"] == LEAGUE_AS_ACTOR
    assert request["provision"] == {
        "slug": "covenant-10",
        "title": "Article 10, Covenant",
        "url": "http://testserver/api/v1/provisions/covenant-10/",
    }
    assert request["date"]["edtf"] == "1933-05-03"
    assert request["title"] == "Freedonia asks LoN for help"


def test_nested_response(get, world):
    responses = {row["slug"]: row for row in get("requests/fre-league-1933/")["responses"]}
    deployment, share = responses["league-fre-1933-05"], responses["ost-fre-1933-05"]
    assert set(deployment) == HEAD | RESPONSE | {"search", "citations"}
    assert deployment["responder"] == LEAGUE_AS_ACTOR
    assert (deployment["troops_low"], deployment["troops_high"]) == (2000, None)
    assert deployment["troops_approximate"] is True
    assert {passage["stance"] for passage in deployment["citations"]} == {"supports", "disputes"}
    assert set(deployment["citations"][0]) == CITATION
    assert share["part_of"] == {
        "slug": "league-fre-1933-05",
        "title": "LoN: deployment",
        "url": "http://testserver/api/v1/responses/league-fre-1933-05/",
    }
    assert share["date"] is None


def test_silence_says_how_it_is_known(get, world):
    (silence,) = get("requests/fre-ost-1933/")["responses"]
    assert (silence["kind"], silence["basis"]) == ("silence", "documented_search")
    assert silence["search"] == "The Official Journal of May 1933, by the editors."


def test_participants(get, world):
    event = get("events/incursion-1933/")
    assert event["part_of"]["slug"] == "war-1933"
    participants = {row["role"]: row for row in event["participants"]}
    attacker = participants["attacker"]
    assert set(attacker) == {"actor", "role", "person", "office", "alleged_by", "citations"}
    assert attacker["actor"]["key"] == "KLO"
    assert attacker["person"] == "Rufus T. Firefly"
    assert attacker["alleged_by"] == FREEDONIA
    assert {passage["stance"] for passage in attacker["citations"]} == {"supports", "disputes"}
    assert participants["target"]["alleged_by"] is None


def test_vote(get, world):
    vote = get("votes/league-1/OST/")
    assert (vote["choice"], vote["intended"]) == ("abstain", "yes")
    assert vote["state"]["code"] == "OST"
    assert vote["roll_call"] == {
        "slug": "league-1",
        "title": "On the situation",
        "url": "http://testserver/api/v1/roll-calls/league-1/",
        "symbol": "L/1",
        "date": {"edtf": "1933-05-10", "earliest": "1933-05-10", "latest": "1933-05-10"},
    }


def test_what_imports_brought_and_confirm_names_its_lines(get, world):
    file = {
        "slug": "votes-file",
        "title": "votes.csv (votes-file)",
        "url": "http://testserver/api/v1/imports/votes-file/",
    }
    for address, line, made in (
        ("votes/league-1/OST/", 3, True),
        ("votes/league-1/FRE/", 2, False),
        ("roll-calls/league-1/", 2, True),
        ("memberships/fre-league-1920/", 2, False),
    ):
        assert get(address)["imports"] == [{"import": file, "line": line, "made": made}]
    assert get("votes/entente-1/FRE/")["imports"] == []


def test_discrepancy(get, world):
    (row,) = get("discrepancies/", settled="false", target="vote")["results"]
    assert row["target"] == {
        "type": "vote",
        "title": "Freedonia: no",
        "url": "http://testserver/api/v1/votes/entente-1/FRE/",
    }
    assert (row["field"], row["held"], row["imported"], row["line"]) == ("choice", "no", "yes", 9)
    assert (row["import"]["slug"], row["settled_at"], row["settlement"]) == ("votes-file", None, "")
    (row,) = get("discrepancies/", settled="true")["results"]
    assert (row["settlement"], row["reason"]) == ("held", "The Official Journal says so.")


def test_membership(get, world):
    membership = get("memberships/ost-league-1925/")
    assert membership["organization"] == LEAGUE
    assert membership["standing"] == "observer"
    assert membership["period"] == {
        "edtf": "1925-06/",
        "earliest": "1925-06-01",
        "latest": None,
    }


def test_article_gives_the_capture(get, world):
    article = get("articles/gazette-1933/")
    assert article["text"] == world.article.text
    text = article["text"][article["body_start"] : article["body_end"]]
    assert text.startswith("Freedonia asked")
    assert text.endswith("in the evening.")
    assert len(article["sha256"]) == 64
    assert article["first_published_by"]["slug"] == "herald"
    for passage in article["citations"]:
        assert article["text"][passage["start"] : passage["end"]] == passage["quote"]


def test_restricted_article_gives_cited_passages_only(get, world):
    article = get("articles/herald-1934/")
    assert article["text"] is None
    (passage,) = article["citations"]
    assert passage["quote"] == QUOTES[3]
    assert (passage["prefix"], passage["suffix"]) == ("", "")


@pytest.mark.parametrize("quote", QUOTES)
def test_context_is_verbatim_within_the_body_and_cut_at_words(get, db, quote):
    event = EventFactory(slug="cited")
    publish(event)
    article = ArticleFactory(status=Status.PUBLISHED)
    passage = cite(event, article=article, quote=quote)
    row = get(f"citations/{passage.uuid}/")
    body = article.text[article.body_start : article.body_end]
    assert row["prefix"] + quote + row["suffix"] in body
    for side in (row["prefix"], row["suffix"]):
        assert len(side) <= 60
    before, after = body.split(quote)
    # Either the body ends here, or a whole word more would pass the limit.
    assert row["prefix"] == before or before.removesuffix(row["prefix"])[-1].isspace()
    assert row["suffix"] == after or after.removeprefix(row["suffix"])[0].isspace()
    if len(before) <= 60:
        assert row["prefix"] == before
    else:
        assert len(row["prefix"]) > 45
    if len(after) <= 60:
        assert row["suffix"] == after
    else:
        assert len(row["suffix"]) > 45


def test_context_of_a_text_without_blanks(get, db):
    event = publish(EventFactory())
    article = ArticleFactory(
        text="x" * 100 + " one two three " + "y" * 100,
        body_start=0,
        body_end=215,
        status=Status.PUBLISHED,
    )
    row = get(f"citations/{cite(event, article=article, quote='one two three').uuid}/")
    assert (row["prefix"], row["suffix"]) == ("", "")


def test_members_say_how_sure_they_are(get, world):
    def members(**parameters):
        rows = get("organizations/league/members/", **parameters)["results"]
        return {row["state"]["code"]: row["on"] for row in rows}

    assert members(on="1925-06-15") == {"FRE": "certain", "OST": "possible"}
    assert members(on="1932-01-01") == {"FRE": "certain", "OST": "certain"}
    assert members(on="1933-12-31") == {"FRE": "possible", "OST": "certain"}
    assert members(on="1933-12-31", certain="true") == {"OST": "certain"}
    assert members(on="1919-12-31") == {}
    assert members() == {"FRE": None, "OST": None}


def test_record_of_a_state(get, world):
    record = get("states/FRE/record/")
    assert record["url"] == "http://testserver/api/v1/states/FRE/record/"
    assert record["state"] == FREEDONIA
    assert [row["slug"] for row in record["memberships"]] == ["fre-entente-1933", "fre-league-1920"]
    assert {row["slug"] for row in record["requests"]} == {"fre-league-1933", "fre-ost-1933"}
    assert record["responses"] == []
    assert {row["choice"] for row in record["votes"]} == {"yes", "no"}
    assert [row["slug"] for row in get("states/OST/record/")["responses"]] == ["ost-fre-1933-05"]
    assert set(record["requests"][0]) == HEAD | REQUEST | {"behaviour", "responses", "roster"}
    assert set(record["votes"][0]) == HEAD | KEYS["votes"]
