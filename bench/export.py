"""What the CSV of all votes is measured against: COPY of the same columns, straight to a client."""

import csv
import io
import time
from typing import Any

import psycopg

SITE = "https://localhost/api/v1/"


def _label(column: str) -> str:
    return f"initcap(v.{column})"


def _days(name: str, column: str) -> dict[str, str]:
    return {
        name: column,
        f"{name}_earliest": f"lower({column}_possible)",
        f"{name}_latest": f"upper({column}_possible) - 1",
    }


def _time(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


# The SQL of each column that the application's header may name. Spreadsheet formulas are defused
# by the application only: that is its own work, not COPY's.
COLUMNS = {
    "roll_call": "l.slug",
    "roll_call_symbol": "nullif(l.symbol, '')",
    "roll_call_title": "l.title",
    "body": "o.slug",
    "body_name": "o.name",
    **_days("date", "l.date"),
    "state": "s.code",
    "state_name": "s.name",
    "state_cow": "s.cow",
    "choice": "v.choice",
    "choice_label": _label("choice"),
    "intended": "nullif(v.intended, '')",
    "intended_label": f"nullif({_label('intended')}, '')",
    "evidence_quote": "p.quote",
    "evidence_stance": "p.stance",
    "evidence_stance_label": "initcap(p.stance)",
    "evidence_field": "nullif(p.field, '')",
    "evidence_article": "p.article",
    "evidence_article_title": "p.title",
    "evidence_address": "p.address",
    "evidence_outlet": "p.outlet",
    "evidence_outlet_name": "p.outlet_name",
    **_days("evidence_date", "p.published"),
    "evidence_url": f"'{SITE}citations/' || p.uuid || '/'",
    "citation_count": "coalesce(p.passages, 0)",
    "supporting_citations": "coalesce(p.supporting, 0)",
    "supporting_outlets": "coalesce(p.outlets, 0)",
    "supporting_authors": "coalesce(p.authors, 0)",
    "contested": "CASE WHEN p.contested OR v.id IN (SELECT d.vote_id FROM archive_discrepancy d "
    "WHERE d.settled_at IS NULL AND d.vote_id IS NOT NULL) THEN 'TRUE' ELSE 'FALSE' END",
    "import": "i.slug",
    "import_line": "v.import_line",
    "updated_at": _time("v.updated_at"),
    "url": f"'{SITE}votes/' || l.slug || '/' || s.code || '/'",
}

_JOINS = """
    FROM archive_vote v JOIN archive_rollcall l ON l.id = v.roll_call_id
    JOIN archive_organization o ON o.id = l.body_id JOIN archive_state s ON s.id = v.state_id
    LEFT JOIN archive_import i ON i.id = v.imported_id
    LEFT JOIN (
        SELECT DISTINCT ON (c.vote_id) c.vote_id, c.quote, c.stance, c.field, c.uuid,
               a.slug AS article, a.title, a.url AS address, a.published, a.published_possible,
               u.slug AS outlet, u.name AS outlet_name, n.*
        FROM archive_citation c JOIN archive_article a ON a.id = c.article_id
        JOIN archive_source u ON u.id = a.source_id
        JOIN (
            SELECT c.vote_id AS vote, count(DISTINCT c.id) AS passages,
                   count(DISTINCT c.id) FILTER (WHERE c.stance = 'supports') AS supporting,
                   count(DISTINCT a.source_id) FILTER (WHERE c.stance = 'supports') AS outlets,
                   count(DISTINCT coalesce(w.name, a.source_id::text))
                       FILTER (WHERE c.stance = 'supports') AS authors,
                   bool_or(c.stance = 'disputes') AS contested
            FROM archive_citation c JOIN archive_article a ON a.id = c.article_id
            LEFT JOIN LATERAL unnest(a.authors) AS w (name) ON true
            WHERE c.vote_id IS NOT NULL AND c.status = 'published' AND a.status = 'published'
            GROUP BY c.vote_id) n ON n.vote = c.vote_id
        WHERE c.status = 'published' AND a.status = 'published'
        ORDER BY c.vote_id, array_position(ARRAY['supports', 'qualifies', 'disputes'], c.stance),
                 c.field <> '', a.published_possible, a.slug, c.start, c.uuid) p ON p.vote_id = v.id
    WHERE l.status = 'published' ORDER BY l.date_possible, l.slug, s.code"""


def columns_of(first_piece: bytes) -> list[str]:
    """The header of a CSV file; raises ValueError for a column that is not known here."""
    names = next(csv.reader(io.StringIO(first_piece.decode("utf-8-sig", "replace"))))
    if strange := [name for name in names if name not in COLUMNS]:
        raise ValueError(f"bench/export.py knows no SQL for {', '.join(strange)}")
    return names


def statement(columns: list[str]) -> str:
    """The COPY of these columns of all votes."""
    selected = ", ".join(COLUMNS[name] for name in columns)
    return f"COPY (SELECT {selected} {_JOINS}) TO STDOUT (FORMAT csv)"


def copy_out(connection: psycopg.Connection[Any], columns: list[str]) -> tuple[int, float]:
    """Bytes and milliseconds of the same rows and columns, straight from PostgreSQL."""
    start, size = time.perf_counter(), 0
    with connection.cursor().copy(statement(columns)) as copy:
        for piece in copy:
            size += len(piece)
    return size, (time.perf_counter() - start) * 1000
