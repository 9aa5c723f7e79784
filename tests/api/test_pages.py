"""Pages: forth and back over ties and missing dates, while rows come and go."""

from itertools import pairwise

import pytest
from django.core.signing import Signer

from archive import models
from archive.choices import Status
from tests.api.conftest import walk
from tests.factories import EventFactory, SourceFactory, publish

# Undated, tied, open at either end; in two slugs each, so that ties need the key.
DATES = ["", "1933", "1933-05", "1933-05-01", "1920/..", "../1940", "[1933..]", "1933-05/1933-06"]


@pytest.fixture(scope="module")
def build():
    return build_events


def build_events():
    """In an order of their making that is none of the orders asked for."""
    for number in (2, 1):
        for place, date in enumerate(DATES):
            publish(EventFactory(slug=f"e-{number}-{place}", date=date, title=f"T{place % 3}"))


def slugs(page):
    return [row["slug"] for row in page["results"]]


@pytest.mark.parametrize(
    "ordering",
    ["date", "-date", "slug", "-slug", "title,-date", "-title,date", "updated_at", "-kind"],
)
def test_pages_join_to_the_whole_list_forth_and_back(get, db, ordering):
    whole = slugs(get("events/", ordering=ordering))
    assert len(whole) == len(set(whole)) == 16
    for size in (1, 3, 5, 15, 16, 17):
        walk_both_ways(get, ordering, size, whole)


def walk_both_ways(get, ordering, size, whole):
    forth = walk(get, get("events/", ordering=ordering, page_size=size))
    assert [slug for page in forth for slug in slugs(page)] == whole
    assert all(len(page["results"]) == size for page in forth[:-1])
    assert forth[0]["previous"] is None
    back = walk(get, forth[-1], "previous")
    assert [slug for page in reversed(back) for slug in slugs(page)] == whole
    # Turning round in the middle leads to the pages seen before.
    for before, page in pairwise(forth):
        assert slugs(get(page["previous"])) == slugs(before)
        assert slugs(get(get(page["previous"])["next"])) == slugs(page)


def test_undated_rows_come_last_in_either_direction(get, db):
    for ordering in ("date", "-date"):
        assert slugs(get("events/", ordering=ordering))[-2:] == ["e-1-0", "e-2-0"]
    forth = slugs(get("events/", ordering="date"))[:-2]
    back = slugs(get("events/", ordering="-date"))[:-2]
    assert [slug[4:] for slug in forth] == [slug[4:] for slug in back][::-1]


def test_pages_stay_right_while_rows_are_added(get, db):
    first = get("events/", ordering="slug", page_size=5)
    expected = slugs(get(first["next"]))
    publish(EventFactory(slug="a-first"))
    publish(EventFactory(slug="e-1-00"))
    publish(EventFactory(slug="z-last"))
    second = get(first["next"])
    assert slugs(second) == expected
    assert slugs(get(second["previous"])) == [*slugs(first)[0:1], "e-1-00", *slugs(first)[1:]][-5:]
    seen = [slug for page in walk(get, second) for slug in slugs(page)]
    assert seen[-1] == "z-last"
    assert len(seen) == 12


def test_pages_stay_right_while_rows_are_taken_away(get, db):
    first = get("events/", ordering="slug", page_size=5)
    second = get(first["next"])
    for slug in slugs(second):
        event = models.Event.objects.get(slug=slug)
        event.status, event.withdrawal_reason = Status.WITHDRAWN, "Away."
        event.save()
    assert len(slugs(get(first["next"]))) == 5
    assert slugs(get(second["previous"])) == slugs(first)
    remaining = [slug for page in walk(get, get(first["next"])) for slug in slugs(page)]
    assert len(remaining) == 6


def test_way_back_from_a_page_that_is_empty_now(get, db):
    for number in range(4):
        publish(EventFactory(slug=f"w-{number}", kind="war"))
    first = get("events/", ordering="slug", page_size=2, kind="war")
    second = get(first["next"])
    for slug in slugs(second):
        event = models.Event.objects.get(slug=slug)
        event.status, event.withdrawal_reason = Status.WITHDRAWN, "Away."
        event.save()
    empty = get(first["next"])
    assert (empty["results"], empty["next"]) == ([], None)
    assert slugs(get(empty["previous"])) == slugs(first)
    for slug in slugs(first):
        event = models.Event.objects.get(slug=slug)
        event.status, event.withdrawal_reason = Status.WITHDRAWN, "Away."
        event.save()
    empty = get(second["previous"])
    assert (empty["results"], empty["previous"]) == ([], None)
    assert get(empty["next"])["results"] == []


def test_links_keep_the_question(get, db):
    page = get("events/", ordering="-slug", page_size=3, kind="incursion", count="true")
    assert page["count"] == 16
    following = get(page["next"])
    assert following["count"] == 16
    assert slugs(following) == ["e-2-4", "e-2-3", "e-2-2"]
    for part in ("ordering=-slug", "page_size=3", "kind=incursion", "count=true"):
        assert part in following["next"]
        assert part in following["previous"]
    assert page["next"].startswith("http://testserver/api/v1/events/?")


def test_same_page_has_the_same_links(get, db):
    assert get("events/", page_size=3) == get("events/", page_size=3)


def test_count_is_there_only_when_asked_for(get, db):
    assert "count" not in get("events/")
    assert "count" not in get("events/", count="false")
    assert get("events/", count="true", page_size=1)["count"] == 16
    assert get("events/", count="true", q="T1")["count"] == 6
    problem = get("events/", 400, count="yes")
    assert (problem["parameter"], problem["allowed"]) == ("count", ["true", "false"])


def test_page_size(get, db):
    for _ in range(101):
        SourceFactory()
    assert len(get("sources/")["results"]) == 100
    assert len(get("sources/", page_size=1)["results"]) == 1
    assert len(get("sources/", page_size=1000)["results"]) == models.Source.objects.count()


@pytest.mark.parametrize("size", ["0", "1001", "-1", "1.5", "x", "", "٣", "²", "1e2", "9" * 400])
def test_page_size_out_of_bounds(get, db, size):
    problem = get("events/", 400, page_size=size)
    assert problem["parameter"] == "page_size"


def test_tampered_cursors(get, db):
    page = get("events/", page_size=2)
    cursor = page["next"].split("cursor=")[1].split("&")[0].replace("%3A", ":")
    assert get("events/", page_size=2, cursor=cursor)["results"]
    body, signature = cursor.split(":")
    foreign = Signer(salt="another").sign_object(["slug", ["x"], False, False])
    for tampered in (
        "x",
        ":",
        "é",
        "🕊" * 50,
        body,
        f":{signature}",
        f"{body}:{signature[:-1]}",
        f"{body[:-1]}:{signature}",
        f"A{body}:{signature}",
        foreign,
        "x" * 10_000,
    ):
        problem = get("events/", 400, cursor=tampered)
        assert problem["parameter"] == "cursor"
        assert "not one of ours" in problem["detail"]
    problem = get("events/", 400, cursor=cursor, ordering="slug")
    assert "another order: begin without it" in problem["detail"]
