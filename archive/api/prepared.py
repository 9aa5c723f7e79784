"""Querysets compiled to SQL once for each kind of question, and read into bare records.

To build a queryset and compile it takes longer than PostgreSQL takes to answer. A question is
asked again and again with other values, so its SQL is kept; the values stand in it as `Slot`s.
A bare record is an instance of the model that holds the columns read and no more: what it
refers to is attached from the rows that all records share.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models import Expression, Field, GeneratedField, Lookup, QuerySet
from django.db.models.base import ModelState

# Annotations that a row shows; the others serve to filter and to order.
SHOWN = ("citation_count", "contested", "prefix", "suffix", "on")
KEPT = 500


class Slot(Expression):
    """The place of a value that is known when the question is asked."""

    def __init__(self, name: str, output_field: Any = None) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]

    def __repr__(self) -> str:
        return f"Slot({self.name!r})"


@Field.register_lookup
class AnyOf(Lookup):
    """``column__any=[…]``: one of the values, however many; the SQL is always the same."""

    lookup_name = "any"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [list(value)]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*left_values, *right_values]


class Prepared:
    """One SELECT of the columns that make bare records of `queryset`."""

    def __init__(self, queryset: QuerySet[Any], extra: Iterable[str] = ()) -> None:
        self.model: Any = queryset.model
        self.names = [*_columns(queryset), *extra]
        try:
            self.sql, self.values = queryset.values_list(*self.names).query.sql_with_params()
        except EmptyResultSet:
            self.sql, self.values = "", ()

    def records(self, values: dict[str, Any], limit: int | None = None) -> list[Any]:
        if not self.sql:
            return []
        given = [values[one.name] if isinstance(one, Slot) else one for one in self.values]
        sql = self.sql
        if limit is not None:
            # Not a value: a plan for any number of rows is none for the first hundred.
            sql = f"{sql} LIMIT {int(limit)}"
        with _cursor() as cursor:
            cursor.execute(sql, given)
            return [self._bare(row) for row in cursor.fetchall()]

    def chunks(self, size: int) -> Iterator[list[Any]]:
        """All records of SQL without slots, `size` at a time; only within a transaction."""
        if not self.sql:
            return
        with connection.chunked_cursor() as cursor:
            cursor.execute(self.sql, self.values)
            while rows := cursor.fetchmany(size):
                yield [self._bare(row) for row in rows]

    def _bare(self, row: tuple[Any, ...]) -> Any:
        record = self.model.__new__(self.model)
        record.__dict__.update(zip(self.names, row, strict=True))
        record._state = state = ModelState()
        state.adding, state.db = False, "default"
        return record


class PreparingCursor(ServerBindingCursor):
    """Remembers its query when it is prepared, too: Django's log of queries asks for it."""

    def _send_query_prepared(self, name: bytes, pgq: Any, **kwargs: Any) -> None:
        self._query = pgq
        super()._send_query_prepared(name, pgq, **kwargs)  # type: ignore[misc]


def _cursor() -> Any:
    """A cursor that sends values apart from the SQL, so that PostgreSQL plans a question once.

    Django's own writes the values into the SQL. Wrapped as Django does it, so that whoever
    counts or logs queries sees these, too.
    """
    connection.ensure_connection()
    return connection._prepare_cursor(PreparingCursor(connection.connection))  # type: ignore[attr-defined,call-arg]


def _columns(queryset: QuerySet[Any]) -> list[str]:
    """What is read of a row: neither what was deferred nor what only serves to find it."""
    deferred, is_deferring = queryset.query.deferred_loading
    left_out = deferred if is_deferring else frozenset()
    return [
        *(
            field.attname
            for field in queryset.model._meta.concrete_fields
            if field.name not in left_out and not _is_range(field)
        ),
        *(name for name in SHOWN if name in queryset.query.annotations),
    ]


def _is_range(field: Any) -> bool:
    return isinstance(field, GeneratedField) and field.name.endswith(("_possible", "_certain"))


_prepared: LRUCache[Hashable, Prepared] = LRUCache(KEPT)
_lock = Lock()


def prepared(key: Hashable, make: Callable[[], Prepared]) -> Prepared:
    """The SQL kept for `key`; made when it is first asked for."""
    with _lock:
        found = _prepared.get(key)
    if found is None:
        found = make()
        with _lock:
            _prepared[key] = found
    return found


def hang(records: list[Any], name: str, rows: Iterable[Any], link: str) -> None:
    """Puts `rows` below the records that their foreign key `link` leads to, under `name`."""
    below: dict[int, Any] = {}
    for record in records:
        below[record.pk] = record
        record.__dict__.setdefault("_prefetched_objects_cache", {})[name] = []
    for row in rows:
        field: Any = row._meta.get_field(link)
        record = below[getattr(row, field.attname)]
        field.set_cached_value(row, record)
        record._prefetched_objects_cache[name].append(row)
