"""What is asked: for each call so many different requests that none is asked twice.

A page that was asked for before may come from a cache. So the pages differ from round to round,
the same ones for every candidate, but in the row that measures the cache.
"""

import itertools
import random
from base64 import b64encode
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import psycopg

from bench.client import Connection
from bench.sizes import SEED, Size
from bench.words import search_words

API = "/api/v1/"
LISTS = {
    "sources": ("archive_source", "slug"),
    "articles": ("archive_article", "slug"),
    "states": ("archive_state", "code"),
    "organizations": ("archive_organization", "slug"),
    "provisions": ("archive_provision", "slug"),
    "memberships": ("archive_membership", "slug"),
    "events": ("archive_event", "slug"),
    "requests": ("archive_request", "slug"),
    "responses": ("archive_response", "slug"),
    "roll-calls": ("archive_rollcall", "slug"),
    "citations": ("archive_citation", "uuid"),
}


class VotePage(NamedTuple):
    state: str
    first: str
    last: str

    def archive(self) -> str:
        return f"{API}votes/?{self._query('state', 'from', 'to')}"

    fastapi = archive

    def floor(self) -> str:
        return f"/votes/?{self._query('state', 'from', 'to')}"

    def drf(self) -> str:
        return f"{API}votes/?{self._query('state', 'days_after', 'days_before')}"

    def table_view(self, database: str) -> str:
        query = self._query("state", "date__gte", "date__lte")
        return f"/{database}/votes.json?{query}&_size=100&_shape=objects"

    def canned(self, database: str) -> str:
        query = self._query("state", "from", "to")
        return f"/{database}/votes-by-state.json?{query}&_shape=objects"

    def _query(self, *names: str) -> str:
        return urlencode(dict(zip(names, self, strict=True)))


class Place(NamedTuple):
    """A row of a list, after which a page begins: the archive's cursor, its key, its id."""

    cursor: str
    key: str
    id: int

    def archive(self, name: str) -> str:
        return f"{API}{name}/?cursor={quote(self.cursor)}"

    def floor(self, name: str) -> str:
        return f"/{name}/?after={self.key}"

    def drf(self, name: str) -> str:
        # As REST framework's CursorPagination writes it.
        return f"{API}{name}/?cursor={quote(b64encode(f'p={self.id}'.encode()).decode())}"


class Samples:
    def __init__(self, size: Size, connection: psycopg.Connection[Any], number: int) -> None:
        self.connection, self.number = connection, number
        self.rng = random.Random(SEED)
        # Members from the first roll call to the last, so that no page is short.
        self.members = self._column(
            "SELECT s.code FROM archive_vote v JOIN archive_state s ON s.id = v.state_id "
            "GROUP BY s.code HAVING count(*) = (SELECT count(*) FROM archive_rollcall) ORDER BY 1"
        )
        # Years in which every member has more than a hundred votes.
        self.span = max(10, 160 * 80 // size.roll_calls)
        self.votes = list(itertools.islice(self.pages(), number))
        self.events = self._column(
            "SELECT e.slug FROM archive_event e WHERE EXISTS (SELECT FROM archive_response r "
            "JOIN archive_request q ON q.id = r.request_id WHERE q.event_id = e.id) ORDER BY e.id"
        )
        self.rng.shuffle(self.events)
        self.groups = [self.rng.sample(self.members, 6) for _ in range(number)]
        self.searches = search_words(size.articles, SEED, number)

    def _column(self, statement: str, *parameters: Any) -> list[str]:
        return [row[0] for row in self.connection.execute(statement, parameters)]

    def pages(self) -> Iterator[VotePage]:
        """Pages of votes, each different: the state changes, the year with it, then the days."""
        years = 2025 - self.span - 1946
        for number in range(len(self.members) * years * 12 * 28):
            round_, state = divmod(number, len(self.members))
            year = 1946 + (round_ + state) % years
            month, day = 1 + round_ // years % 12, 1 + round_ // years // 12
            first, last = f"{year}-{month:02}-{day:02}", f"{year + self.span}-12-31"
            yield VotePage(self.members[state], first, last)

    def places(self, archive: Connection, name: str) -> list[Place]:
        """The first rows of a list, one for each round."""
        table, column = LISTS[name]
        found = []
        for number in range(1, self.number + 1):
            answer, _ = archive.get(f"{API}{name}/?page_size={number}")
            page = answer.json()
            found.append((_cursor(page["next"]), page["results"][-1][column]))
        ids = {
            str(key): number
            for number, key in self.connection.execute(
                f"SELECT id, {column} FROM {table} WHERE {column}::text = ANY (%s)",
                [[key for _, key in found]],
            )
        }
        return [Place(cursor, key, ids[key]) for cursor, key in found]

    def vote_places(
        self, archive: Connection, connection: psycopg.Connection[Any], number: int
    ) -> list[Place]:
        """Rows of the list of votes from the `number`th on.

        A cursor names a row, whatever was filtered: so a page of the roll call in which it stands
        gives it, and nobody need walk there.
        """
        rows = connection.execute(
            "SELECT v.id, l.slug, s.code, v.id - (SELECT min(w.id) FROM archive_vote w "
            "WHERE w.roll_call_id = v.roll_call_id) + 1 FROM archive_vote v "
            "JOIN archive_rollcall l ON l.id = v.roll_call_id "
            "JOIN archive_state s ON s.id = v.state_id WHERE v.id >= %s ORDER BY v.id LIMIT %s",
            [number, 2 * self.number],
        ).fetchall()
        places = []
        for id_, roll_call, code, position in rows:
            answer, _ = archive.get(f"{API}votes/?roll_call={roll_call}&page_size={position}")
            page = answer.json()
            if page["next"] and page["results"][-1]["state"]["code"] == code:
                places.append(Place(_cursor(page["next"]), code, id_))
            if len(places) == self.number:
                break
        return places


def _cursor(address: str) -> str:
    return parse_qs(urlsplit(address).query)["cursor"][0]


def difference(one: Any, other: Any, where: str = "") -> str:
    """Where two answers differ; "" where they hold the same.

    The addresses of further pages are each one's own.
    """
    if isinstance(one, dict) and isinstance(other, dict):
        for name in sorted({*one, *other}):
            if where == "" and name in ("next", "previous"):
                continue
            if name not in one or name not in other:
                return f"{where}.{name} is in one only"
            if found := difference(one[name], other[name], f"{where}.{name}"):
                return found
        return ""
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            if found := difference(*pair, f"{where}[{number}]"):
                return found
        return ""
    if isinstance(one, str) and isinstance(other, str):
        # PostgreSQL and Python write the offset of UTC in two ways.
        one, other = one.replace("+00:00", "Z"), other.replace("+00:00", "Z")
    return "" if one == other else f"{where}: {one!r} and {other!r}"
