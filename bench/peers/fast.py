"""FastAPI with hand-written SQL and orjson: what a programmer in a hurry builds.

The answer holds what the archive's holds; rows are nested in Python.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, Query, Response
from psycopg_pool import AsyncConnectionPool

SITE = "https://localhost/api/v1/"
ROWS = """
    SELECT l.slug, l.title, l.symbol, l.date, lower(l.date_possible), upper(l.date_possible),
           s.code, s.name, l.status, v.updated_at, v.choice, v.intended, evidence.n,
           evidence.contested
    FROM (
        SELECT v.id, v.state_id, v.choice, v.intended, v.updated_at, v.roll_call_id
        FROM archive_vote v JOIN archive_rollcall l ON l.id = v.roll_call_id
        WHERE l.status = 'published' AND l.date_possible && daterange(%s, %s, '[]')
          AND v.state_id = (SELECT id FROM archive_state WHERE code = %s)
        ORDER BY l.date_possible, l.slug LIMIT 100) AS v
    JOIN archive_rollcall l ON l.id = v.roll_call_id JOIN archive_state s ON s.id = v.state_id
    CROSS JOIN LATERAL (
        SELECT count(*) AS n, coalesce(bool_or(c.stance = 'disputes'), false)
            OR EXISTS (SELECT FROM archive_discrepancy d
                        WHERE d.vote_id = v.id AND d.settled_at IS NULL) AS contested
        FROM archive_citation c JOIN archive_article a ON a.id = c.article_id
        WHERE c.vote_id = v.id AND c.status = 'published' AND a.status = 'published') AS evidence
    ORDER BY l.date_possible, l.slug"""

pool = AsyncConnectionPool(
    os.environ["BENCH_CONNINFO"],
    min_size=4,
    max_size=8,
    open=False,
    kwargs={"autocommit": True, "prepare_threshold": 0},
)


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    await pool.open(wait=True)
    yield
    await pool.close()


application = FastAPI(lifespan=lifespan)


@application.get("/api/v1/votes/")
async def votes(state: str, to: date, first: Annotated[date, Query(alias="from")]) -> Response:
    async with pool.connection() as connection:
        cursor = await connection.execute(ROWS, [first, to, state])
        rows = await cursor.fetchall()
    results: list[dict[str, Any]] = [
        {
            "roll_call": {
                "slug": slug,
                "title": title,
                "url": f"{SITE}roll-calls/{slug}/",
                "symbol": symbol,
                "date": {"edtf": edtf, "earliest": earliest, "latest": after - timedelta(1)},
            },
            "state": {"code": code, "name": name, "url": f"{SITE}states/{code}/"},
            "url": f"{SITE}votes/{slug}/{code}/",
            "title": f"{name}: {choice}",
            "status": status,
            "citation_count": number,
            "contested": contested,
            "updated_at": changed,
            "choice": choice,
            "intended": intended,
        }
        for slug, title, symbol, edtf, earliest, after, code, name, *rest in rows
        for status, changed, choice, intended, number, contested in [rest]
    ]
    following = f"{SITE}votes/?after={rows[-1][0]}" if len(rows) == 100 else None
    body = orjson.dumps({"next": following, "previous": None, "results": results})
    return Response(body, media_type="application/json")
