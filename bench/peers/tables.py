"""Datasette on the same votes and articles, in SQLite with indexes and FTS5.

`bench/fill.py` makes the tables.
"""

import os
from pathlib import Path

from datasette.app import Datasette

FILE = Path(os.environ["BENCH_SQLITE"])

VOTES = """
    SELECT id, roll_call, symbol, title, date, state, state_name, choice, intended, status,
           citation_count, updated_at
    FROM votes WHERE state = :state AND date >= :from AND date <= :to ORDER BY date, id LIMIT 100"""
SEARCH = """
    SELECT a.slug, a.title, a.published,
           snippet(articles_fts, 1, '<mark>', '</mark>', '…', 32) AS snippet,
           articles_fts.rank AS rank
    FROM articles_fts JOIN articles a ON a.id = articles_fts.rowid
    WHERE articles_fts MATCH :q ORDER BY articles_fts.rank LIMIT 20"""

datasette = Datasette(
    # The file does not change, so Datasette need not count its rows again and again.
    immutables=[str(FILE)],
    settings={
        "max_returned_rows": 1000,
        "sql_time_limit_ms": 10_000,
        "num_sql_threads": 3,
        # Else each page spends most of its time on looking for columns to count by.
        "suggest_facets": True,
    },
    metadata={
        "databases": {
            FILE.stem: {
                "queries": {"votes-by-state": {"sql": VOTES}, "search": {"sql": SEARCH}},
                # What a careful publisher sets: the order that his index gives.
                "tables": {"votes": {"sort": "date"}},
            }
        }
    },
)
application = datasette.app()
