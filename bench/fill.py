"""Scratch databases, filled once and kept: for the archive in PostgreSQL, for Datasette in SQLite.

They are named after everything that they depend on (size, seed, generator, migrations), so a
second run finds them ready, and a changed migration makes them anew.
"""

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import yaml
from psycopg import sql

from bench.sizes import SEED, Size
from config.embedded.server import ConnectionInfo, ensure_started, stop

ROOT = Path(__file__).resolve().parent.parent
# Several checkouts may share one folder: each has databases of its own.
CHECKOUT = hashlib.sha256(bytes(ROOT)).hexdigest()[:6]
SCRATCH = Path(os.environ.get("CASUS_BENCH_DATA") or ROOT / ".bench")

# While rows are copied no trigger runs: what triggers derive from the rows is made at once by these
# functions, where the migrations have them; the rules are checked as sets (`BROKEN`).
DERIVING = ("archive_index_all",)

# What must find no row: the rules that triggers hold, each as one question.
BROKEN = {
    "a quotation does not stand in the body of its article": """
        SELECT c.id FROM archive_citation c JOIN archive_article a ON a.id = c.article_id
        WHERE substr(a.text, c.start + 1, length(c.quote)) <> c.quote
           OR c.start < a.body_start OR c.start + length(c.quote) > a.body_end""",
    "a response does not fit its request": """
        SELECT r.id FROM archive_response r
        JOIN archive_request q ON q.id = r.request_id JOIN archive_event e ON e.id = q.event_id
        LEFT JOIN archive_response w ON w.id = r.part_of_id
        WHERE (q.standing = 'not_made' AND r.kind <> 'silence')
           OR upper(r.date_possible) - 1 < lower(q.days_possible)
           OR w.request_id <> r.request_id OR w.part_of_id IS NOT NULL""",
    "a request or a response has another date than it inherits": """
        SELECT q.id FROM archive_request q JOIN archive_event e ON e.id = q.event_id
        WHERE q.effective_date <> coalesce(nullif(q.date, ''), e.date)
        UNION ALL SELECT r.id FROM archive_response r JOIN archive_request q ON q.id = r.request_id
        WHERE r.effective_date <> coalesce(nullif(r.date, ''), q.effective_date)""",
    "something public belongs to what is not": """
        SELECT e.id FROM archive_event e JOIN archive_event p ON p.id = e.part_of_id
        WHERE e.status = 'published' AND p.status <> 'published'
        UNION ALL SELECT q.id FROM archive_request q JOIN archive_event e ON e.id = q.event_id
        WHERE q.status = 'published' AND e.status <> 'published'""",
    **{
        f"a public {kind} has no proof": f"""
        SELECT t.id FROM archive_{table} t {join} WHERE {public} AND NOT EXISTS (
            SELECT FROM archive_citation c JOIN archive_article a ON a.id = c.article_id
            WHERE c.{kind}_id = t.id AND c.stance = 'supports'
              AND c.status = 'published' AND a.status = 'published')"""
        for kind, table, join, public in (
            ("event", "event", "", "t.status = 'published'"),
            (
                "participation",
                "participation",
                "JOIN archive_event e ON e.id = t.event_id",
                "e.status = 'published'",
            ),
            ("request", "request", "", "t.status = 'published'"),
            (
                "response",
                "response",
                "",
                "t.status = 'published' AND t.basis NOT IN "
                "('official_record', 'documented_search')",
            ),
            ("membership", "membership", "", "t.status = 'published'"),
            ("roll_call", "rollcall", "", "t.status = 'published'"),
        )
    },
}

FOREIGN_KEYS = """
    SELECT format('SELECT t.%%I FROM %%s t LEFT JOIN %%s p ON p.%%I = t.%%I '
                  'WHERE t.%%I IS NOT NULL AND p.%%I IS NULL',
                  a.attname, c.conrelid::regclass, c.confrelid::regclass, f.attname, a.attname,
                  a.attname, f.attname)
    FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
    JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = c.confkey[1]
    WHERE c.contype = 'f' AND c.conrelid = ANY (%s::regclass[])"""

# For the peers that answer “agreement” in SQL: one bit a roll call, in the order of time.
BITS = """
    CREATE SCHEMA bench;
    CREATE TABLE bench.bits AS
    SELECT s.id AS state_id, s.code,
           string_agg(CASE WHEN v.choice = 'yes' THEN '1' ELSE '0' END, '' ORDER BY r.id)::varbit
               AS yes,
           string_agg(CASE WHEN v.choice = 'no' THEN '1' ELSE '0' END, '' ORDER BY r.id)::varbit
               AS no,
           string_agg(CASE WHEN v.choice = 'abstain' THEN '1' ELSE '0' END, '' ORDER BY r.id)
               ::varbit AS abstain
    FROM archive_state s CROSS JOIN archive_rollcall r
    LEFT JOIN archive_vote v ON v.state_id = s.id AND v.roll_call_id = r.id
    WHERE r.status = 'published' GROUP BY s.id, s.code;
    ALTER TABLE bench.bits ADD PRIMARY KEY (state_id);
    CREATE UNIQUE INDEX ON bench.bits (code);"""

# The same votes as one would publish them with Datasette: one wide table, no joins.
VOTES = """
    SELECT v.id, r.slug, r.symbol, r.title, lower(r.date_possible)::text, s.code, s.name,
           v.choice, v.intended, r.status,
           (SELECT count(*) FROM archive_citation c WHERE c.vote_id = v.id),
           v.updated_at::text
    FROM archive_vote v JOIN archive_rollcall r ON r.id = v.roll_call_id
    JOIN archive_state s ON s.id = v.state_id WHERE r.status = 'published' ORDER BY v.id"""
ARTICLES = """
    SELECT a.id, a.slug, a.title, lower(a.published_possible)::text,
           substr(a.text, a.body_start + 1, a.body_end - a.body_start)
    FROM archive_article a WHERE a.status = 'published' ORDER BY a.id"""
SQLITE = """
    CREATE TABLE votes (id INTEGER PRIMARY KEY, roll_call TEXT, symbol TEXT, title TEXT, date TEXT,
        state TEXT, state_name TEXT, choice TEXT, intended TEXT, status TEXT,
        citation_count INTEGER, updated_at TEXT);
    CREATE TABLE articles (id INTEGER PRIMARY KEY, slug TEXT, title TEXT, published TEXT,
        body TEXT);"""
SQLITE_INDEXES = """
    CREATE INDEX votes_by_state ON votes (state, date, id);
    CREATE INDEX votes_by_date ON votes (date, id);
    CREATE VIRTUAL TABLE articles_fts USING fts5 (
        title, body, content=articles, content_rowid=id, tokenize='porter unicode61');
    INSERT INTO articles_fts (articles_fts) VALUES ('rebuild');
    ANALYZE;"""


class Database(NamedTuple):
    """A filled database."""

    name: str
    server: ConnectionInfo

    @property
    def url(self) -> str:
        """As Django reads it: a socket's directory stands before the name."""
        return f"postgres://{self.server.user}@:{self.server.port}/{self.server.host}/{self.name}"

    @property
    def conninfo(self) -> str:
        server = self.server
        return f"host={server.host} port={server.port} user={server.user} dbname={self.name}"

    def connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(self.conninfo, autocommit=True)


def say(text: str) -> None:
    sys.stderr.write(f"• {text} …\n")


def server() -> ConnectionInfo:
    """A PostgreSQL of the benchmark's own, with the settings of the production's."""
    SCRATCH.mkdir(exist_ok=True)
    # Another account runs the server where we are root.
    SCRATCH.chmod(0o755)
    found = ensure_started(SCRATCH / "postgres")
    tuned = _production_settings()
    with Database("postgres", found).connect() as connection:
        connection.execute("ALTER SYSTEM RESET ALL")
        for name, value in tuned.items():
            connection.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        connection.execute("SELECT pg_reload_conf()")
        changed = "SELECT count(*) FROM pg_settings WHERE pending_restart"
        [is_waiting] = connection.execute(changed).fetchone()  # type: ignore[misc]
    if is_waiting:
        stop()
        found = ensure_started(SCRATCH / "postgres")
    return found


def _production_settings() -> dict[str, str]:
    """What docker-compose.yml gives PostgreSQL with `-c name=value`."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    words = compose["services"]["database"].get("command") or []
    words = words.split() if isinstance(words, str) else words
    return dict(word.split("=", 1) for word in words if "=" in word)


def filled(size: Size, server: ConnectionInfo, seed: int = SEED) -> Database:
    """The database of that size; made if there is none that is up to date."""
    family = f"bench_{CHECKOUT}_{size.name}_"
    database = Database(f"{family}{_digest(size, seed)}", server)
    with Database("postgres", server).connect() as connection:
        old = connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [family]
        ).fetchall()
        if (database.name,) in old:
            return database
        for (name,) in old:
            connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        new = Database(f"new_{CHECKOUT}_{size.name}", server)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(new.name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(new.name)))
        say(f"Filling a database, size {size.name}")
        migrate(new)
        with new.connect() as filling:
            filling.execute("SET session_replication_role = replica")
            fill(filling, rows(size, seed))
            filling.execute("RESET session_replication_role")
            derive(filling)
            filling.execute("VACUUM ANALYZE")
            check(filling)
        connection.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                sql.Identifier(new.name), sql.Identifier(database.name)
            )
        )
    return database


def _digest(size: Size, seed: int) -> str:
    digest = hashlib.sha256(repr((size, seed)).encode())
    for path in (
        *sorted((ROOT / "archive" / "migrations").glob("*.py")),
        *sorted((ROOT / "archive" / "sql").glob("*.sql")),
        *(ROOT / "bench" / name for name in ("generate.py", "words.py", "fill.py")),
    ):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def migrate(database: Database) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=environment(database), check=True)


def environment(database: Database) -> dict[str, str]:
    """The variables of a deployment, for the application and what stands beside it."""
    return {
        **os.environ,
        "DATABASE_URL": database.url,
        "BENCH_CONNINFO": database.conninfo,
        "SECRET_KEY": "of-the-benchmark-and-therefore-no-secret-at-all",
        "ALLOWED_HOSTS": "localhost",
        "PYTHONPATH": str(ROOT),
        # The throttle works as in production, but one client asks thousands of times.
        "REQUESTS_PER_MINUTE": "1000000",
        "EXPORTS_PER_MINUTE": "1000000",
    }


def rows(size: Size, seed: int) -> dict[str, Iterable[tuple[Any, ...]]]:
    """The rows of all tables; made here, because the generator needs Django to be set up."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from bench.generate import World

    return World(size, seed).rows


def fill(connection: psycopg.Connection[Any], tables: dict[str, Iterable[tuple[Any, ...]]]) -> None:
    """Copy the rows into empty tables."""
    from bench.generate import COLUMNS

    for table, columns in COLUMNS.items():
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
            sql.Identifier(f"archive_{table}"), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with connection.cursor().copy(statement) as copy:
            for row in tables[table]:
                copy.write_row(row)
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('archive_{table}', 'id'), "
            f"(SELECT max(id) FROM archive_{table}))"
        )


def derive(connection: psycopg.Connection[Any]) -> None:
    """Make what triggers would have made, and what the peers need."""
    for name in DERIVING:
        if connection.execute("SELECT 1 FROM pg_proc WHERE proname = %s", [name]).fetchone():
            say(f"Calling {name}()")
            connection.execute(sql.SQL("SELECT {}()").format(sql.Identifier(name)))
    connection.execute(BITS)


def check(connection: psycopg.Connection[Any]) -> None:
    """Raise ValueError where the rows break a rule that no constraint has held."""
    from bench.generate import COLUMNS

    broken = dict(BROKEN)
    names = [f"archive_{table}" for table in COLUMNS]
    for (statement,) in connection.execute(FOREIGN_KEYS, [names]).fetchall():
        broken[f"a foreign key leads nowhere: {statement}"] = statement
    for what, statement in broken.items():
        if row := connection.execute(f"{statement} LIMIT 1").fetchone():
            raise ValueError(f"The generated data is wrong: {what} (id {row[0]}).")


def sqlite_copy(database: Database) -> Path:
    """The votes and the articles of a database, for Datasette."""
    path = SCRATCH / f"{database.name}.db"
    if path.exists():
        return path
    say("Copying votes and articles into SQLite")
    for old in SCRATCH.glob(f"{database.name.rpartition('_')[0]}_*.db"):
        old.unlink()
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    with sqlite3.connect(new) as target, psycopg.connect(database.conninfo) as source:
        target.executescript(SQLITE)
        for table, query, number in (("votes", VOTES, 12), ("articles", ARTICLES, 5)):
            with source.cursor(name=table) as cursor:
                cursor.itersize = 20_000
                places = ", ".join("?" * number)
                target.executemany(f"INSERT INTO {table} VALUES ({places})", cursor.execute(query))
        target.executescript(SQLITE_INDEXES)
    new.rename(path)
    return path
