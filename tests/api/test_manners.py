"""What the API does for every caller, whatever he asks: gzip, CORS, a throttle."""

import gzip
import os
import stat
import subprocess
import sys
import zlib

import pytest
from django.conf import settings as project
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from archive.api import compression, throttle
from archive.api.throttle import Ledger, Scope, client_of, is_bulk

GZIP = {"Accept-Encoding": "gzip, deflate, br"}


# --- gzip -----------------------------------------------------------------------------------


def test_answers_are_compressed_where_asked(client, world):
    plain = client.get("/api/v1/events/")
    packed = client.get("/api/v1/events/", headers=GZIP)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Length"] == str(len(packed.content))
    assert len(packed.content) < len(plain.content) / 2
    assert gzip.decompress(packed.content) == plain.content
    for response in (plain, packed):
        assert "Accept-Encoding" in response.headers["Vary"]


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("gzip;q=0.001", True),
        ("br, gzip;q=1.0", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("identity", False),
        ("gzipped", False),
        ("", False),
    ],
)
def test_gzip_only_for_who_takes_it(accepted, is_packed):
    request = RequestFactory().get("/api/v1/", headers={"Accept-Encoding": accepted})
    assert compression.accepts_gzip(request) is is_packed


def through_compression(response, path="/api/v1/"):
    request = RequestFactory().get(path, headers=GZIP)
    return compression.CompressApi(lambda request: response)(request)


def test_small_encoded_and_foreign_answers_stay_as_they_are():
    assert through_compression(HttpResponse(b"x" * 100)).content == b"x" * 100
    encoded = HttpResponse(b"x" * 5000, headers={"Content-Encoding": "br"})
    assert through_compression(encoded).content == b"x" * 5000
    desk = through_compression(HttpResponse(b"x" * 5000), "/admin/")
    assert desk.content == b"x" * 5000
    assert "Vary" not in desk.headers


def test_compression_weakens_a_strong_tag():
    strong = through_compression(HttpResponse(b"x" * 5000, headers={"ETag": '"7"'}))
    assert strong.headers["ETag"] == 'W/"7"'
    weak = through_compression(HttpResponse(b"x" * 5000, headers={"ETag": 'W/"7"'}))
    assert weak.headers["ETag"] == 'W/"7"'


def test_streams_are_compressed_as_they_come():
    sent = []

    def rows():
        for number in range(3):
            sent.append(number)
            yield b"row %d\n" % number * 10_000

    packed = iter(through_compression(StreamingHttpResponse(rows())).streaming_content)
    unpacker = zlib.decompressobj(wbits=compression.GZIP_FORMAT)
    assert unpacker.decompress(next(packed)) == b"row 0\n" * 10_000
    assert sent == [0]
    rest = unpacker.decompress(b"".join(packed)) + unpacker.flush()
    assert rest == b"row 1\n" * 10_000 + b"row 2\n" * 10_000
    assert unpacker.eof


def test_forms_of_the_desk_are_never_compressed(client, db):
    response = client.get("/admin/login/", headers=GZIP)
    assert b"csrfmiddlewaretoken" in response.content
    assert "Content-Encoding" not in response.headers


# --- CORS -----------------------------------------------------------------------------------

ELSEWHERE = {"Origin": "https://newsroom.example"}


def test_pages_of_other_sites_may_read(client, db):
    for address, status in (("/api/v1/", 200), ("/api/v1/nothing/", 404)):
        response = client.get(address, headers=ELSEWHERE)
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        exposed = response.headers["Access-Control-Expose-Headers"]
        assert {"ETag", "Link", "Retry-After", "RateLimit"} <= set(exposed.split(", "))
        assert "Access-Control-Allow-Credentials" not in response.headers


def test_preflight_allows_reading_and_nothing_else(client):
    asked = {
        **ELSEWHERE,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "if-none-match",
    }
    response = client.options("/api/v1/events/", headers=asked)
    assert response.status_code == 200
    assert response.content == b""
    assert response.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"
    assert "if-none-match" in response.headers["Access-Control-Allow-Headers"]
    assert int(response.headers["Access-Control-Max-Age"]) >= 3600


def test_desk_and_pages_are_not_for_other_sites(client, db):
    for address in ("/", "/admin/login/", "/healthz"):
        response = client.get(address, headers=ELSEWHERE)
        assert "Access-Control-Allow-Origin" not in response.headers, address


# --- Throttle -------------------------------------------------------------------------------

SCOPE = Scope("usual", 6)  # one every ten seconds


@pytest.fixture
def throttled(settings, monkeypatch):
    """Three requests a minute, and an export."""
    settings.REQUESTS_PER_MINUTE, settings.EXPORTS_PER_MINUTE = 3, 1
    monkeypatch.setattr(throttle, "make_ledger", Ledger)
    now = iter(range(1000, 2000))
    monkeypatch.setattr(throttle.time, "monotonic", lambda: float(next(now)))


def test_who_asks_too_much_is_told_how_long_to_wait(client, db, throttled):
    for left in (2, 1, 0):
        response = client.get("/api/v1/")
        assert response.status_code == 200
        assert response.headers["RateLimit-Policy"] == '"usual";q=3;w=60'
        assert response.headers["RateLimit"].startswith(f'"usual";r={left};t=')
    refused = client.get("/api/v1/", headers=ELSEWHERE)
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Retry-After"] == "17"  # 20 s a request, 3 s have passed
    assert refused.headers["RateLimit"] == '"usual";r=0;t=17'
    assert refused.headers["Access-Control-Allow-Origin"] == "*"
    problem = refused.json()
    assert problem["title"] == "Too Many Requests"
    assert "at most 3 requests a minute" in problem["detail"]
    assert "Wait 17 s" in problem["detail"]


def test_unknown_addresses_and_bad_questions_count_too(client, db, throttled):
    client.get("/api/v1/nothing/")
    client.get("/api/v1/events/?colour=red")
    client.options("/api/v1/events/")
    assert client.get("/api/v1/").status_code == 429


def test_exports_have_an_allowance_of_their_own(client, db, throttled):
    assert client.get("/api/v1/events/?format=csv").status_code != 429
    refused = client.get("/api/v1/events/?format=csv")
    assert refused.status_code == 429
    assert "at most 1 exports a minute" in refused.json()["detail"]
    assert client.get("/api/v1/").status_code == 200


def test_desk_and_pages_are_not_throttled(client, db, throttled):
    for _ in range(5):
        assert client.get("/healthz").status_code == 200
        assert client.get("/admin/login/").status_code == 200


def test_a_first_look_meets_no_limit(client, db):
    assert project.REQUESTS_PER_MINUTE == 0
    assert "RateLimit" not in client.get("/api/v1/").headers


def test_allowance_is_spent_at_once_and_fills_steadily():
    ledger = Ledger()
    left = [ledger.take("a", SCOPE, now=100.0).left for _ in range(6)]
    assert left == [5, 4, 3, 2, 1, 0]
    assert ledger.take("a", SCOPE, now=100.0) == (0, pytest.approx(10), pytest.approx(60))
    assert ledger.take("a", SCOPE, now=104.0).wait == pytest.approx(6)
    assert ledger.take("a", SCOPE, now=110.0).wait == 0
    assert ledger.take("a", SCOPE, now=110.0).wait == pytest.approx(10)
    assert ledger.take("a", SCOPE, now=500.0).left == 5


def test_clients_and_scopes_do_not_share():
    ledger = Ledger()
    # Not two names of clients: they might share a slot, and are known to.
    for _ in range(6):
        ledger.take("a", SCOPE, now=0.0)
    assert ledger.take("a", SCOPE, now=0.0).wait
    assert not ledger.take("a", Scope("bulk", 6), now=0.0).wait


def test_clock_that_went_back_locks_nobody_out():
    ledger = Ledger()
    ledger.take("a", SCOPE, now=1e9)
    assert ledger.take("a", SCOPE, now=0.0).wait <= 10


def test_workers_share_the_counts(tmp_path):
    """Two processes that have nothing in common but the settings and the temporary directory."""
    code = """
from archive.api.throttle import Scope, make_ledger
print(make_ledger().take("a", Scope("usual", 2), 0.0).left)
"""
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "TMPDIR": str(tmp_path)}
    left = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            env=os.environ | environment | {"SECRET_KEY": secret * 32},
            cwd=project.BASE_DIR,
            capture_output=True,
            check=True,
            text=True,
        ).stdout.strip()
        for secret in "aab"
    ]
    assert left == ["1", "0", "1"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600] * 2


def test_what_is_not_ours_is_not_written_to(tmp_path, caplog):
    """Neither a file behind a link, nor one that others may write to; and none of it stops us."""
    target, link, opened = (tmp_path / name for name in ("target", "link", "opened"))
    target.write_bytes(b"theirs")
    target.chmod(0o600)
    link.symlink_to(target)
    opened.write_bytes(b"theirs")
    opened.chmod(0o666)
    for path in (link, opened, tmp_path, tmp_path / "missing" / "file"):
        ledger = Ledger(throttle.shared_memory(path))
        assert ledger.take("a", SCOPE, now=0.0).left == 5
    assert target.read_bytes() == opened.read_bytes() == b"theirs"
    assert caplog.text.count("Each worker counts requests for itself") == 4


def test_a_file_cut_short_is_made_whole(tmp_path):
    (path := tmp_path / "counts").write_bytes(b"short")
    path.chmod(0o600)
    assert len(throttle.shared_memory(path)) == path.stat().st_size == throttle.SIZE


@pytest.mark.parametrize(
    ("proxies", "forwarded", "client"),
    [
        (0, "", "10.0.0.1"),
        (0, "203.0.113.9", "10.0.0.1"),  # without a proxy these are the client's own words
        (1, "", "10.0.0.1"),
        (1, "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        (2, "1.1.1.1,203.0.113.9,10.0.0.2", "203.0.113.9"),
        (3, "203.0.113.9", "203.0.113.9"),
        (1, "2001:db8:1:2:3:4:5:6", bytes.fromhex("20010db800010002")),
        (1, "2001:db8:1:2::1", bytes.fromhex("20010db800010002")),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "a:b:c", "a:b:c"),
    ],
)
def test_address_of_a_client_behind_proxies(settings, proxies, forwarded, client):
    settings.NUM_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/api/v1/", headers=headers, REMOTE_ADDR="10.0.0.1")
    assert client_of(request) == client


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("?format=csv", "*/*", True),
        ("?format=jsonl", "*/*", True),
        ("?format=json", "*/*", False),
        ("", "text/csv", True),
        ("", "text/plain, application/jsonl;q=0.9, */*;q=0.1", True),
        ("", "application/json, text/csv", False),
        ("", "application/json", False),
        ("", "", False),
    ],
)
def test_what_counts_as_an_export(query, accept, expected):
    request = RequestFactory().get(f"/api/v1/votes/{query}", headers={"Accept": accept})
    assert is_bulk(request) is expected
