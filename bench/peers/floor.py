"""The floor: a bare WSGI application that sends what PostgreSQL composed.

No framework, no checks; psycopg with prepared statements, one connection a thread.
"""

import os
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl

import psycopg
from psycopg.adapt import Loader

from bench.peers import composed

CONNECTION = threading.local()
STATEMENTS = {
    "/select-1": "SELECT 1::text",
    "/votes/": composed.VOTES,
    "/event/": composed.EVENT,
    "/agreement/bits": composed.BITS,
    "/agreement/self-join": composed.SELF_JOIN,
    **{f"/{name}/": statement for name, statement in composed.LISTS.items()},
}


class AsBytes(Loader):
    """The answer goes out as it came."""

    def load(self, data: Any) -> bytes:
        return bytes(data)


def connection() -> psycopg.Connection[Any]:
    if not hasattr(CONNECTION, "it"):
        CONNECTION.it = psycopg.connect(
            os.environ["BENCH_CONNINFO"], autocommit=True, prepare_threshold=0
        )
        # Planned once: with twenty joins planning would take longer than the query.
        CONNECTION.it.execute("SET plan_cache_mode = force_generic_plan")
        CONNECTION.it.adapters.register_loader("text", AsBytes)
    return CONNECTION.it


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    parameters: dict[str, Any] = dict(parse_qsl(environ["QUERY_STRING"]))
    if "states" in parameters:
        parameters["states"] = parameters["states"].split(",")
    row = connection().execute(STATEMENTS[environ["PATH_INFO"]], parameters).fetchone()
    body: bytes = row[0] if row else b"null"
    start_response(
        "200 OK" if row else "404 Not Found",
        [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
    )
    return [body]
