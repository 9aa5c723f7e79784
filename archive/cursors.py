"""Queries that PostgreSQL prepares: planned once in each connection, asked with other values.

Django's own cursors write the values into the SQL, which is parsed and planned anew each time.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg.adapt import AdaptersMap, Loader
from psycopg.types.numeric import Int8Dumper
from psycopg.types.string import TextLoader


class TimeLoader(Loader):
    """A time as PostgreSQL writes it, a fifth of the time that psycopg's own takes."""

    def load(self, data: Any) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class PreparingCursor(ServerBindingCursor):
    """Remembers its query when it is prepared, too: Django's log of queries asks for it."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)  # type: ignore[call-arg]
        self._adapters = _adapters_of(connection)

    def _send_query_prepared(self, name: bytes, pgq: Any, **kwargs: Any) -> None:
        self._query = pgq
        super()._send_query_prepared(name, pgq, **kwargs)  # type: ignore[misc]


# By connection: to make them takes longer than to ask a small question.
_adapters: WeakKeyDictionary[Any, AdaptersMap] = WeakKeyDictionary()


def _adapters_of(connection: Any) -> AdaptersMap:
    found = _adapters.get(connection)
    if found is None:
        found = AdaptersMap(connection.adapters)
        # Of one type, however large they are: a query of other types is another to prepare.
        found.register_dumper(int, Int8Dumper)
        found.register_loader("timestamptz", TimeLoader)
        # The days of a row are only passed on, to PostgreSQL again: in a cursor.
        found.register_loader("daterange", TextLoader)
        _adapters[connection] = found
    return found


class Question(NamedTuple):
    sql: str
    values: Sequence[Any] = ()


def ask(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """The rows of a query whose values go apart from its SQL."""
    with _cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def ask_together(questions: Sequence[Question]) -> list[list[tuple[Any, ...]]]:
    """The rows of each, for one wait: none is sent later because of the answer to another."""
    connection.ensure_connection()
    with ExitStack() as stack:
        stack.enter_context(connection.wrap_database_errors)
        stack.enter_context(connection.connection.pipeline())
        cursors = [stack.enter_context(_cursor()) for _ in questions]
        for cursor, question in zip(cursors, questions, strict=True):
            cursor.execute(*question)
        return [cursor.fetchall() for cursor in cursors]


def _cursor() -> Any:
    """Wrapped as Django does it, so that whoever counts or logs queries sees these, too."""
    connection.ensure_connection()
    made = PreparingCursor(connection.connection)
    return connection._prepare_cursor(made)  # type: ignore[attr-defined]
