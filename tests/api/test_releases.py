"""Releases are listed, and their files sent as they were made, whole or in ranges."""

import gzip
import hashlib
import json
import os
from unittest.mock import MagicMock

import pytest

from tests import factories as make

CONTENT = bytes(range(256)) * 4
SUMS = b"Sums.\n"
ZIP = "/api/v1/releases/1.0/casus-1.0.zip"
PAGE = b"<!DOCTYPE html><title>Codebook</title>"


def about(content):
    return {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


@pytest.fixture
def release(db, settings, tmp_path):
    settings.RELEASES_DIR = tmp_path
    files = {"SHA256SUMS": SUMS, "data/votes.csv": b"state\r\n", "codebook.html": PAGE}
    for path, content in files.items():
        place = tmp_path / "casus-1.0" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    (tmp_path / "casus-1.0" / "strange.txt").write_text("Nobody released it.")
    (tmp_path / "casus-1.0.zip").write_bytes(CONTENT)
    return make.ReleaseFactory(
        sha256=about(CONTENT)["sha256"],
        size=len(CONTENT),
        files={path: about(content) for path, content in files.items()},
    )


@pytest.fixture
def fetch(client, release):
    def fetch(address=ZIP, method="get", **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        response = getattr(client, method)(address, headers=headers)
        content = response.streaming_content if response.streaming else [response.content]
        return response, b"".join(content)

    return fetch


def test_releases_are_listed_with_their_files(get, release):
    [shown] = get("releases/")["results"]
    assert (shown["version"], shown["date"], shown["zip"]["size"]) == ("1.0", "2026-01-31", 1024)
    one = get(shown["url"])
    assert [each["path"] for each in one.pop("files")] == [
        "SHA256SUMS",
        "codebook.html",
        "data/votes.csv",
    ]
    assert one == shown
    assert get("releases/2.0/", 404)["status"] == 404
    assert get("releases/", 400, colour="red")["parameter"] == "colour"


def test_the_list_is_fresh_when_there_is_another(get, client, release):
    tag = client.get("/api/v1/releases/").headers["ETag"]
    make.ReleaseFactory(version="1.1")
    again = client.get("/api/v1/releases/", headers={"If-None-Match": tag})
    assert [each["version"] for each in again.json()["results"]] == ["1.1", "1.0"]


def test_every_file_has_its_bytes_and_its_sum(get, fetch):
    one = get("releases/1.0/")
    for each in [one["zip"], *one["files"]]:
        response, content = fetch(each["url"])
        assert response.status_code == 200
        assert hashlib.sha256(content).hexdigest() == each["sha256"]
        assert response.headers["ETag"] == f'"{each["sha256"]}"'
        assert response.headers["Content-Length"] == str(len(content)) == str(each["size"])
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["Accept-Ranges"] == "bytes"


@pytest.mark.parametrize(
    "path",
    [
        "strange.txt",
        "data",
        "data/",
        "../casus-1.0.zip",
        "data/../SHA256SUMS",
        "casus-1.1.zip",
        "%00",
    ],
)
def test_what_was_not_released_is_not_sent(fetch, path):
    assert fetch(f"/api/v1/releases/1.0/{path}")[0].status_code == 404


def test_a_file_that_was_taken_away_is_not_there(fetch, tmp_path):
    (tmp_path / "casus-1.0.zip").unlink()
    assert fetch()[0].status_code == 404


@pytest.mark.parametrize("changed", [CONTENT + b"more", CONTENT[:-1] + b"?", b""])
@pytest.mark.parametrize("method", ["get", "head"])
def test_a_file_that_was_changed_is_not_sent(fetch, tmp_path, caplog, changed, method):
    place = tmp_path / "casus-1.0.zip"
    tag = fetch()[0].headers["ETag"]
    place.write_bytes(changed)
    os.utime(place, (0, 0))  # for clocks may be too slow to tell of a change so soon
    for headers in ({}, {"Range": "bytes=0-9"}):
        response, content = fetch(method=method, **headers)
        assert response.status_code == 500
        assert response.headers["Content-Type"] == "application/problem+json"
        assert "ETag" not in response.headers
        assert "immutable" not in response.headers.get("Cache-Control", "")
        assert method == "head" or "not the file that was released" in json.loads(content)["detail"]
        assert f"{place} is not what was released" in caplog.text
    place.write_bytes(CONTENT)
    assert fetch(If_None_Match='"other"')[1] == CONTENT
    assert fetch(If_None_Match=tag)[0].status_code == 304


def test_a_sum_is_made_once_a_file(fetch, monkeypatch):
    summed = MagicMock(wraps=hashlib.file_digest)
    monkeypatch.setattr(hashlib, "file_digest", summed)
    for _ in range(3):
        fetch(Range="bytes=0-9")
    assert summed.call_count == 1


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=1000-", 1000, 1024),
        ("bytes=1000-9999", 1000, 1024),
        ("bytes=-24", 1000, 1024),
        ("bytes=-9999", 0, 1024),
    ],
)
def test_a_range_is_sent_alone(fetch, asked, start, end):
    response, content = fetch(Range=asked, Accept_Encoding="gzip")
    assert response.status_code == 206
    assert content == CONTENT[start:end]
    assert response.headers["Content-Range"] == f"bytes {start}-{end - 1}/1024"
    assert response.headers["Content-Length"] == str(end - start)
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("asked", ["bytes=1024-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_beyond_the_file_is_refused(fetch, asked):
    response, _ = fetch(Range=asked)
    assert response.status_code == 416
    assert response.headers["Content-Range"] == "bytes */1024"
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "immutable" not in response.headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "asked",
    ["bytes=", "bytes=-", "bytes=9-2", "bytes=0-1,5-6", "lines=1-2", "bytes=a-b", "bytes=1"],
)
def test_what_is_no_single_range_gets_the_whole(fetch, asked):
    response, content = fetch(Range=asked)
    assert (response.status_code, content) == (200, CONTENT)


def test_a_part_of_another_file_is_no_part_of_this(fetch):
    tag = fetch()[0].headers["ETag"]
    assert fetch(Range="bytes=0-9", If_Range=tag)[0].status_code == 206
    assert fetch(Range="bytes=0-9", If_Range='"other"')[1] == CONTENT


def test_what_is_known_is_not_sent_again(fetch):
    tag = fetch()[0].headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        response, content = fetch(If_None_Match=known, Range="bytes=0-1")
        assert (response.status_code, content) == (304, b""), known
        assert response.headers["ETag"] == tag
    assert fetch(If_None_Match='"other"')[0].status_code == 200


def test_head_tells_of_the_whole_file_and_sends_nothing(fetch):
    response, content = fetch(method="head", Range="bytes=0-9")
    assert (response.status_code, content) == (200, b"")
    assert response.headers["Content-Length"] == "1024"


def test_a_file_has_one_format_and_is_sent_as_it_is(fetch):
    response, content = fetch(Accept="text/html", Accept_Encoding="gzip")
    assert (response.status_code, content) == (200, CONTENT)
    assert "Content-Encoding" not in response.headers
    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"] == 'attachment; filename="casus-1.0.zip"'
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(content)


def test_the_codebook_is_a_page_that_may_run_nothing(fetch):
    response, content = fetch("/api/v1/releases/1.0/codebook.html")
    assert content == PAGE
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Content-Disposition" not in response.headers
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]


def test_details_name_the_release_that_first_held_them(get, world, release):
    assert get("events/war-1933/")["first_release"] is None
    for table, key in (
        ("events", "war-1933"),
        ("states", "FRE"),
        ("roll_calls", "league-1"),
        ("requests", "fre-league-1933"),
        ("imports", world.votes[1].imported.slug),
        ("citations", str(world.votes[0].citations.get(note="").uuid)),
    ):
        release.first_records.create(table=table, key=key)
    make.ReleaseFactory(version="1.1").first_records.create(table="votes", key="league-1/OST")
    assert get("events/war-1933/")["first_release"] == "1.0"
    assert get("states/FRE/")["first_release"] == "1.0"
    assert get("votes/league-1/FRE/")["first_release"] == "1.0"  # as its roll call
    assert get("votes/league-1/OST/")["first_release"] == "1.1"
    assert get(f"imports/{world.votes[1].imported.slug}/")["first_release"] == "1.0"
    event = get("events/incursion-1933/")
    assert event["first_release"] is None
    requests = {each["slug"]: each["first_release"] for each in event["requests"]}
    assert requests == {"fre-league-1933": "1.0", "fre-ost-1933": None}
