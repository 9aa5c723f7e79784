"""The archives that files are imported into: made anew for each run, copied for each trial."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from bench.data.layout import members
from bench.fill import Database, migrate
from config.embedded.server import ConnectionInfo

STATES = """
    INSERT INTO archive_state (code, name, official_name, iso2, m49, cow_letters, existed, aliases)
    VALUES (%s, %s, '', '', '', '', '', '{}')"""
BODY = """
    INSERT INTO archive_organization (slug, name, acronym, kind, founded, dissolved, aliases)
    VALUES ('unga', 'United Nations General Assembly', 'UNGA', 'assembly', '1945', '', '{}')"""


class Databases:
    """The databases of one run, on one server."""

    def __init__(self, server: ConnectionInfo, prefix: str) -> None:
        self.server, self.prefix = server, prefix

    def named(self, name: str) -> Database:
        return Database(f"{self.prefix}_{name}", self.server)

    def empty(self, name: str) -> Database:
        """An archive with states and the General Assembly, and without votes."""
        database = self.named(name)
        self.drop(name)
        self._run("CREATE DATABASE {}", name)
        migrate(database)
        with database.connect() as connection:
            states = [(code, f"Republic of {code}") for code in [*members(), "SUN"]]
            connection.cursor().executemany(STATES, sorted(states))
            connection.execute(BODY)
            connection.execute("VACUUM ANALYZE")
        return database

    def copy(self, of: Database, name: str) -> Database:
        """A copy, file by file, when all that was written before is on the disk."""
        self.drop(name)
        with Database("postgres", self.server).connect() as connection:
            connection.execute("CHECKPOINT")
        self._run(
            f"CREATE DATABASE {{}} TEMPLATE {of.name} STRATEGY FILE_COPY",
            name,
        )
        return self.named(name)

    @contextmanager
    def trial(self, of: Database) -> Iterator[Database]:
        """A copy for one measurement."""
        try:
            yield self.copy(of, "trial")
        finally:
            self.drop("trial")

    def drop(self, name: str) -> None:
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def drop_all(self) -> None:
        """Those of this run, and what a run left that was killed."""
        with Database("postgres", self.server).connect() as connection:
            found = connection.execute(
                "SELECT datname FROM pg_database WHERE starts_with(datname, %s)",
                [f"{self.prefix}_"],
            ).fetchall()
        for (name,) in found:
            self.drop(name.removeprefix(f"{self.prefix}_"))

    def _run(self, statement: str, name: str) -> None:
        with Database("postgres", self.server).connect() as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(self.named(name).name)))
