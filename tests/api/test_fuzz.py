"""Questions that nobody would ask, drawn from the schema: no answer fails, leaks, or differs
from what the schema says.

The suite asks a few of each kind, the same ones every time. ``make fuzz`` asks many, and others
each time; what it finds becomes a test with a name in the module that it concerns.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from django.core import signals
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from archive import models
from archive.api.views import LISTS
from tests.api.conftest import SECRET

FEW = 8
MANY = int(os.environ.get("FUZZ", "0"))
WITHOUT_GZIP = {"Accept-Encoding": "identity"}


def asking(few: int = FEW) -> settings:
    return settings(
        max_examples=MANY or few,
        derandomize=not MANY,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # a question that fails needs no smaller one
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def connection_kept() -> Iterator[None]:
    """A request does not close the tests' connection, which is inside a transaction."""
    ends = (signals.request_started, signals.request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def schema(built: Any) -> Any:
    """The operations, by way of the WSGI application: the whole path of a request but sockets."""
    with connection_kept():
        application = get_wsgi_application()
        return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


@pytest.fixture(autouse=True)
def quiet(world: Any) -> Iterator[None]:
    """A warning a question would bury what matters."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def operations(schema: Any) -> list[Any]:
    return [result.ok() for result in schema.get_all_operations()]


def parameters_of(operation: Any) -> list[str]:
    return [each["name"] for each in operation.definition.raw.get("parameters", [])]


# Keys that there are, for the parameters and parts of addresses that take one.
KEYS = {
    "article": ["gazette-1933", "herald-1934", "sylvania-article"],
    "event": ["incursion-1933", "war-1933", "sylvania-event"],
    "provision": ["covenant-10", "pact-2"],
    "request": ["fre-league-1933", "fre-ost-1933", "sylvania-request"],
    "import": ["votes-file", "atop-file"],
    "roll_call": ["league-1", "entente-1", "sylvania-roll-call"],
    "source": ["gazette", "herald"],
    **{name: ["league", "entente", "league,entente"] for name in ("organization", "body")},
    **{name: ["FRE", "league", "OST,league"] for name in ("actor", "addressee", "responder")},
    **{
        name: ["FRE", "OST", "KLO", "FRE,OST"]
        for name in ("alleged_by", "code", "country", "requester", "state")
    },
}
SLUGS = {
    "sources": models.Source,
    "articles": models.Article,
    "organizations": models.Organization,
    "provisions": models.Provision,
    "memberships": models.Membership,
    "events": models.Event,
    "requests": models.Request,
    "responses": models.Response,
    "roll-calls": models.RollCall,
    "imports": models.Import,
}


def with_keys(draw: Any, operation: Any, given: dict[str, Any]) -> dict[str, Any]:
    """Three of four keys, drafts' among them, in the place of those that nobody has."""
    known = dict(given)
    for name in given:
        if name == "slug":
            keys = list(SLUGS[operation.path.split("/")[3]].objects.values_list("slug", flat=True))
        elif name == "uuid":
            model = models.Discrepancy if "discrepancies" in operation.path else models.Citation
            keys = [str(key) for key in model.objects.values_list("uuid", flat=True)]
        else:
            keys = KEYS.get(name, [])
        if keys and draw(st.integers(0, 3)):
            known[name] = draw(st.sampled_from(sorted(keys)))
    return known


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_no_question_makes_the_api_fail_or_break_its_word(schema, mode):
    seen: set[int] = set()
    with connection_kept():
        for operation in operations(schema):
            if mode is GenerationMode.POSITIVE or can_be_asked_wrongly(operation):
                ask_by_schema(operation, mode, seen)
    assert seen >= ({200, 400, 404} if mode is GenerationMode.POSITIVE else {400, 404})


def ask_by_schema(operation: Any, mode: GenerationMode, seen: set[int]) -> None:
    @asking()
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def ask(case, data):
        case.path_parameters = with_keys(data.draw, operation, case.path_parameters or {})
        if mode is GenerationMode.POSITIVE:
            case.query = with_keys(data.draw, operation, case.query or {})
        # A key that nobody has fits the schema, and is refused all the same.
        answer = case.call_and_validate(
            headers=WITHOUT_GZIP, excluded_checks=[checks.positive_data_acceptance]
        )
        assert SECRET not in answer.text
        seen.add(answer.status_code)

    ask()


def can_be_asked_wrongly(operation: Any) -> bool:
    """Whether a parameter has values that its schema forbids; a key is a slug or no address."""
    return any(each["in"] == "query" for each in operation.definition.raw.get("parameters", []))


# --- Hostile values -------------------------------------------------------------------------

HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "\x00",
            "a\x00b",
            "x" * 100_000,
            "é" * 3_000,
            "\u202eسلام\u2066",
            "👩‍👩‍👧‍👦" * 200,
            "\ud800",
            "\ufffe\uffff",
            "' OR 1=1; --",
            "%", "_", "\\", "%%%",
            "${7*7}{{7*7}}<script>",
            "../../etc/passwd",
            "-1", "0", "1e9", "10000000", "9" * 400, "٣", "²", "NaN", "+5", " 5", "0x10",
            ",", ",,,", "FRE," * 2_000,
            "9999-12-31", "0000", "0001-01-01", "2023-02-29", "99999", "1933-05-01/..", "-0001",
            "true,false", "TRUE", "null", "[]", "{}",
            "\r\nSet-Cookie: a=b",
        ]
    ),
)  # fmt: skip
ANSWERS = {200, 400, 404, 410}


def get(client: Any, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code in ANSWERS, (answer.status_code, address[:300])
    answer.json()
    assert SECRET not in answer.content.decode(), address
    return answer


def encoded(name: str, value: str) -> str:
    """A query string, lone surrogates and all."""
    return urlencode({name: value}, errors="surrogatepass")


def test_hostile_values_of_every_parameter(schema, client):
    client.raise_request_exception = False
    for operation in operations(schema):
        ask_hostile(client, operation)


def ask_hostile(client: Any, operation: Any) -> None:
    names = parameters_of(operation)
    keys = {
        "code": "FRE",
        "roll_call": "league-1",
        "slug": "league",
        "state": "FRE",
        "uuid": "x",
        "version": "1.0",
    }
    path = operation.path.format(**keys)

    @asking(25)
    @given(st.sampled_from([*names, "format"]), HOSTILE)
    def ask(name, value):
        get(client, f"{path}?{encoded(name, value)}")

    @asking(5)
    @given(HOSTILE)
    def ask_for(key):
        hostile = dict.fromkeys(keys, quote(key, safe="", errors="surrogatepass"))
        get(client, operation.path.format(**hostile))

    @asking(5)
    @given(HOSTILE)
    def ask_strangely(name):
        assume(name and name not in names)
        assert get(client, f"{path}?{encoded(name, '1')}").status_code in (400, 404)

    ask()
    ask_strangely()
    if path != operation.path:
        ask_for()


def test_page_sizes_beyond_all_measure(client):
    for size in ("0", "1001", "10000", "-5", "9" * 400, "1.5", "1e3", "٣", "²", "", " 1", "1\n"):
        for name in LISTS:
            assert get(client, f"/api/v1/{name}/?{encoded('page_size', size)}").status_code == 400


def test_cursors_tampered_with(client):
    cursors = {}
    for name in LISTS:
        page = get(client, f"/api/v1/{name}/?page_size=1").json()
        if page["next"]:
            cursors[name] = page["next"].split("cursor=")[1].split("&")[0]
    assert len(cursors) > 8

    @asking(60)
    @given(
        st.sampled_from(sorted(cursors)),
        st.sampled_from(sorted(LISTS)),
        st.integers(0, 200),
        st.one_of(st.just(""), st.text(min_size=1, max_size=3), HOSTILE),
    )
    def tamper(of, name, at, piece):
        text = cursors[of]
        spoilt = text[: at % len(text)] + quote(piece, errors="surrogatepass") + text[at + 1 :]
        assume(spoilt != text)
        assert get(client, f"/api/v1/{name}/?cursor={spoilt}").status_code == 400

    tamper()
    foreign = cursors["events"]
    assert get(client, f"/api/v1/votes/?cursor={foreign}").status_code == 400
