"""Search: what is found, in which order, shown how; and what never is."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archive import models, search
from archive.api import freshness, hits
from archive.api.search import PARAMETERS
from archive.choices import Status
from tests import factories as make
from tests.api.conftest import SECRET, withdraw
from tests.factories import QUOTES, TEXT, cite, publish

HIDDEN = ("sylvania", SECRET.lower())


def found(get, q, **parameters):
    return get("search/", q=q, **parameters)["results"]


def types(get, q, **parameters):
    return {row["type"] for row in found(get, q, **parameters)}


def marked(row):
    return [row["snippet"][start:end] for start, end in row["highlights"]]


def passage(body, **fields):
    """A published article with this body, between furniture."""
    text = f"Menu\n\n{body}\n\nComments"
    return make.ArticleFactory(
        text=text,
        body_start=6,
        body_end=6 + len(body),
        status=Status.PUBLISHED,
        **fields,
    )


# --- What is shown ---------------------------------------------------------------------------


def test_a_passage_can_be_cited_as_it_is_shown(get, world):
    row = next(row for row in found(get, "minister", type="article") if row["start"])
    article = get(row["article"]["url"])
    assert row["snippet"] == article["text"][row["start"] : row["end"]]
    assert article["body_start"] <= row["start"] < row["end"] <= article["body_end"]
    assert row["title"] == article["title"] == row["article"]["title"]
    assert row["url"] == article["url"]
    assert marked(row) == ["minister"]
    (row,) = (row for row in found(get, "minister", article="gazette-1933") if row["start"])
    assert row["article"] == get("citations/", article="gazette-1933")["results"][0]["article"]


def test_every_kind_of_record_is_found_with_title_and_address(get, world):
    rows = [
        row
        for kind in search.KINDS
        for row in found(get, "freedonia OR league OR covenant OR gazette OR firefly OR situation "
                         "OR asked OR answered OR war OR happened OR members", type=kind)
    ]  # fmt: skip
    # The world's memberships have no note; their names are what is found.
    assert {row["type"] for row in rows} == set(search.KINDS)
    for row in rows:
        detail = get(row["url"])
        if row["type"] not in ("participation", "citation"):
            assert row["title"] == detail["title"]
        assert row["rank"] > 0
        assert all(mark.strip() == mark != "" for mark in marked(row))
        assert (row["article"] is None) == (row["type"] not in ("article", "citation"))


def test_the_schema_names_the_parameters(client, db):
    (described,) = (
        client.get("/api/v1/schema/?format=json").json()["paths"]["/api/v1/search/"].values()
    )
    assert {each["name"] for each in described["parameters"]} == set(PARAMETERS)
    assert [each["name"] for each in described["parameters"] if each.get("required")] == ["q"]
    assert all(each["description"] for each in described["parameters"])


def test_the_root_names_search(get, db):
    assert get("")["search"].endswith("/api/v1/search/")


# --- In the reader's own words ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "typed", "mark"),
    [
        ("They were peacekeepers there.", "peacekeeping", "peacekeepers"),
        ("The allies promised it.", "ALLY", "allies"),
        ("President Erdoğan spoke.", "erdogan", "Erdoğan"),
        ("A cafe\u0301 in Gyumri.", "café", "cafe\u0301"),
        ("President Erdogan spoke.", "Erdoğan", "Erdogan"),
        ("The Russia‑led bloc.", "russia led", "Russia"),
        ("In Nur Sultan it rained.", '"Nur-Sultan"', "Nur Sultan"),
        ("See A/RES/ES-11/1 there.", "A/RES/ES-11/1", "RES/ES-11/1"),
        ("Nobody, however, came.", '"nobody however came"', "Nobody, however, came"),
    ],
)
def test_endings_accents_and_signs_do_not_matter(get, db, written, typed, mark):
    passage(written, title="T")
    (row,) = found(get, typed)
    assert mark in marked(row)


def test_articles_are_read_in_their_language(get, db):
    assert found(get, "verbündeter") == []  # which languages there are is kept, but not for long
    passage("Die Verbündeten schickten Soldaten.", language="de", title="T")
    passage("Les alliés ont envoyé des soldats.", language="fr-FR", title="T")
    passage("Союзники направили войска.", language="ru", title="T")
    passage("Одақтастар әскер жіберді.", language="kk", title="T")
    assert [marked(row) for row in found(get, "verbündeter")] == [["Verbündeten"]]
    assert [marked(row) for row in found(get, "allié")] == [["alliés"]]
    assert [marked(row) for row in found(get, "союзников")] == [["Союзники"]]
    assert [marked(row) for row in found(get, "Одақтастар")] == [["Одақтастар"]]
    # What is left out is left out in each language.
    assert found(get, "soldaten -verbündeten") == []


def test_names_bring_their_other_names_but_after_what_was_typed(get, db):
    make.StateFactory(code="RUR", name="Ruritania", aliases=["Palace", "New City"])
    other = passage("Ruritania, Ruritania and again Ruritania were silent.", title="T")
    typed = passage("The Palace was silent.", title="T")
    answer = get("search/", q="palace silent")
    assert [row["article"]["slug"] for row in answer["results"]] == [typed.slug, other.slug]
    assert answer["names"] == [{"typed": "palace", "also": ["Ruritania", "New City"]}]
    assert len(found(get, "New City silent")) == 2
    assert len(found(get, '"Palace" silent')) == 1
    assert len(found(get, "silent -palace")) == 1
    assert get("search/", q="silent")["names"] == []


def test_a_new_alias_counts_at_once(get, world):
    assert found(get, "Paradise minister") == []
    models.State.objects.filter(code="FRE").update(aliases=["Paradise"])
    assert found(get, "Paradise minister") != []


def test_phrases_alternatives_and_words_to_leave_out(get, db):
    first = passage("Hussars rode out to Ruritania at dawn.", title="T")
    second = passage("Ruritania rode; the hussars stayed behind.", title="T")

    def slugs(q):
        return {row["article"]["slug"] for row in found(get, q)}

    assert slugs("Ruritania hussars") == {first.slug, second.slug}
    assert slugs('"Ruritania rode"') == {second.slug}
    assert slugs("hussar -behind") == {first.slug}
    assert slugs('hussar -"rode out to Ruritania"') == {second.slug}
    assert slugs("dawn OR behind") == {first.slug, second.slug}
    assert slugs("dawn behind") == set()


def test_all_words_stand_in_one_passage(get, db):
    passage(f"The beginning. {'Nothing happened then. ' * 40}\n\nThe conclusion.", title="T")
    assert found(get, "beginning conclusion") == []
    assert len(found(get, "beginning OR conclusion")) == 2


def test_titles_come_first(get, db):
    publish(make.EventFactory(title="A blockade", summary="It was closed."))
    passage("The blockade, the blockade, always the blockade.", title="T")
    assert [row["type"] for row in found(get, "blockade")] == ["event", "article"]
    publish(make.EventFactory(title="Something else", summary="A blockade."))
    assert found(get, "blockade")[0]["title"] == "A blockade"


# --- Nothing useful --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed", ["the of and", "?!", "-", "-Freedonia", '""', "the OR -call", "🕊"]
)
def test_nothing_useful_is_said_in_words(get, world, typed):
    answer = get("search/", q=typed)
    assert answer["results"] == []
    assert answer["next"] is None
    assert "nothing to search for" in answer["notice"]


def test_nothing_found_is_said_in_words(get, world):
    assert "Nothing public" in get("search/", q="hippopotamus")["notice"]
    assert get("search/", q="Freedonia")["notice"] == ""


HOSTILE = [
    "'" * 200,
    '"' * 199,
    "\\" * 50,
    "((((& | ! <-> :*",
    "'); DROP TABLE archive_state; --",
    "%s %(q)s %%",
    "a" * 200,
    "ａｂｃ ﷽ \u202e \ufeff",
    "x\u0301" * 90,
    "1e999 -1 0x00 1.5.5",
    "http://example.org/?q=1&b=2 a@b.c /etc/passwd",
    " ".join("ab" for _ in range(66)),
    "-" * 200,
    "or " * 60,
    "\t\n\r",
    "\ud7ff\ue000\U0010ffff",
]


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_is_typed_is_answered(get, world, typed):
    assert get("search/", q=typed)["results"] == []


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "a\x00b"}, "q"),
        ({"q": "a" * 201}, "q"),
        ({"q": "help", "type": "vote"}, "type"),
        ({"q": "help", "article": "none"}, "article"),
        ({"q": "help", "article": "sylvania-article"}, "article"),
        ({"q": "help", "source": "none"}, "source"),
        ({"q": "help", "from": "May"}, "from"),
        ({"q": "help", "from": "1934", "to": "1933"}, "to"),
        ({"q": "help", "page_size": "0"}, "page_size"),
        ({"q": "help", "page_size": "101"}, "page_size"),
        ({"q": "help", "page_size": "²"}, "page_size"),
        ({"q": "help", "cursor": "abc"}, "cursor"),
        ({"q": "help", "query": "x"}, "query"),
    ],
)
def test_wrong_parameters_are_named(get, world, parameters, named):
    assert get("search/", 400, **parameters)["parameter"] == named


# --- Narrower --------------------------------------------------------------------------------


def test_search_can_be_narrowed(get, world):
    assert types(get, "freedonia") > {"state", "article", "participation"} - {"participation"}
    assert types(get, "freedonia", type="state,request") == {"state", "request"}
    slugs = {row["article"]["slug"] for row in found(get, "freedonia", article="gazette-1933")}
    assert slugs == {"gazette-1933"}
    slugs = {row["article"]["slug"] for row in found(get, "league", source="herald")}
    assert slugs == {"herald-1934"}
    assert found(get, "league", source="herald", article="gazette-1933") == []


def test_search_can_be_dated(get, world):
    assert types(get, "incursion", to="1932") == set()
    assert {row["title"] for row in found(get, "incursion", **{"from": "1933-05", "to": "1933-05"})}
    assert found(get, "peace", **{"from": "1934"})[0]["title"] == "On peace"
    assert types(get, "osterlich", **{"from": "1900"}) == {"request", "response", "membership"}


def test_pages_follow_one_another(get, world):
    whole = found(get, "freedonia", page_size=100)
    assert len(whole) > 6
    page = get("search/", q="freedonia", page_size=4)
    rows = page["results"]
    while page["next"]:
        make.StateFactory(name="Freedonia Minor")  # what is added moves no page
        page = get(page["next"])
        rows += page["results"]
    shown = [row for row in rows if row["title"] != "Freedonia Minor"]
    assert shown == whole
    assert get("search/", q="freedonia", page_size=len(whole) + 10)["next"] is None


def test_more_than_is_ranked_is_said(get, world, monkeypatch):
    monkeypatch.setattr(hits, "MOST_RANKED", 3)
    answer = get("search/", q="freedonia")
    assert len(answer["results"]) <= 4
    assert "narrow the search" in answer["notice"]


# --- What is never found ---------------------------------------------------------------------


def test_drafts_are_never_found(get, world):
    assert found(get, SECRET) == []
    assert found(get, f'"{SECRET}"') == []
    for q in ("freedonia", "league", "state OR event OR asked OR answered OR klopstokia"):
        page = get("search/", q=q, page_size=100)
        assert not any(hidden in json.dumps(page["results"]).lower() for hidden in HIDDEN)


def test_furniture_is_never_found(get, world):
    assert found(get, "menu") == []
    assert found(get, "comments", type="article") == []


def test_a_restricted_text_shows_its_published_quotations_only(get, world):
    rows = found(get, "League", article="herald-1934")
    assert [(row["type"], row["snippet"]) for row in rows] == [("citation", QUOTES[3])]
    (row,) = rows
    assert row["article"]["slug"] == "herald-1934"
    assert world.restricted.text[row["start"] : row["end"]] == QUOTES[3]
    assert found(get, "minister", article="herald-1934") == []
    cite(world.event, article=world.restricted, quote=QUOTES[6], status=Status.DRAFT)
    assert found(get, "evening", article="herald-1934") == []


def test_a_quotation_for_what_is_not_public_is_not_found(get, world):
    draft = make.EventFactory()
    cite(draft, article=world.restricted, quote=QUOTES[6])
    assert found(get, "evening", article="herald-1934") == []
    publish(draft)
    assert len(found(get, "evening", article="herald-1934")) == 1


def test_what_is_withdrawn_is_found_no_more(get, world):
    assert found(get, "undated OR day", type="event") != []
    withdraw(world.undated)
    assert found(get, "undated OR day", type="event") == []
    slugs = {row["article"]["slug"] for row in found(get, "freedonia", type="article")}
    assert "gazette-1933" in slugs
    withdraw(world.article)
    slugs = {row["article"]["slug"] for row in found(get, "freedonia", type="article")}
    assert "gazette-1933" not in slugs


def test_a_second_lock_keeps_out_what_triggers_missed(get, world, never_committed):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no triggers
        cursor.execute("UPDATE archive_event SET status = 'draft' WHERE slug = 'undated'")
        cursor.execute("UPDATE archive_article SET status = 'draft' WHERE slug = 'gazette-1933'")
    assert found(get, "undated OR day", type="event") == []
    slugs = {row["article"]["slug"] for row in found(get, "freedonia", type="article")}
    assert "gazette-1933" not in slugs


# --- What it costs ---------------------------------------------------------------------------


def test_queries_do_not_grow_with_the_answers(client, world):
    def queries(address):
        client.get(address)  # names and stems are kept
        freshness.forget()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return [query["sql"] for query in captured]

    few = queries("/api/v1/search/?q=minister&type=article&page_size=1")
    many = queries("/api/v1/search/?q=minister&type=article")
    assert len(few) == len(many) == 2  # the revision; the answer
    assert len(queries("/api/v1/search/?q=freedonia&type=article,state,request")) == 4
    assert not any(TEXT[:40] in sql for sql in many)
