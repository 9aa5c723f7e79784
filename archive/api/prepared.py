"""Querysets compiled to SQL once for each kind of question, and read into bare records.

To build a queryset and compile it takes longer than PostgreSQL takes to answer. A question is
asked again and again with other values, so its SQL is kept; the values stand in it as `Slot`s.
A bare record is an instance of the model that holds the columns read and no more: what it
refers to is attached from the rows that all records share.

Where the queryset counts passages (`with_evidence`), a prepared query does not: for a page of
records one query more is asked (`rows.py`), where a subquery would be run for each row.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from functools import cache
from threading import Lock
from typing import Any

from cachetools import LRUCache
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Expression, Field, Lookup, QuerySet
from django.db.models.base import ModelState

from archive.cursors import Question, ask
from archive.models.fields import is_derived

# Annotations that a row shows; the others serve to filter and to order, or come by `rows.py`.
SHOWN = ("prefix", "suffix", "on", "first_release")
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
    """One SELECT: of `names`, or of the columns that make bare records of `queryset`."""

    def __init__(
        self, queryset: QuerySet[Any], extra: Iterable[str] = (), names: Iterable[str] = ()
    ) -> None:
        model: Any = queryset.model
        self.model, self.bare = model, bare_class(model)
        self.names = [*(names or _columns(queryset)), *extra]
        try:
            self.sql, self.values = queryset.values_list(*self.names).query.sql_with_params()
        except EmptyResultSet:
            self.sql, self.values = "", ()

    def question(self, values: dict[str, Any], limit: int | None = None) -> Question:
        """The SQL, with its slots filled."""
        given = [values[one.name] if isinstance(one, Slot) else one for one in self.values]
        # The limit is no value: a plan for any number of rows is none for the first hundred.
        return Question(self.sql if limit is None else f"{self.sql} LIMIT {int(limit)}", given)

    def rows(self, values: dict[str, Any], limit: int | None = None) -> list[tuple[Any, ...]]:
        return ask(*self.question(values, limit)) if self.sql else []

    def records(self, values: dict[str, Any], limit: int | None = None) -> list[Any]:
        return self.made(self.rows(values, limit))

    def made(self, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Bare records of rows."""
        return [self._record(row) for row in rows]

    def chunks(self, size: int) -> Iterator[list[Any]]:
        """All records of SQL without slots, `size` at a time; only within a transaction."""
        if not self.sql:
            return
        with connection.chunked_cursor() as cursor:
            cursor.execute(self.sql, self.values)
            while rows := cursor.fetchmany(size):
                yield self.made(rows)

    def _record(self, row: tuple[Any, ...]) -> Any:
        record = self.bare()
        record.__dict__.update(zip(self.names, row, strict=True))
        return record


@cache
def bare_class(model: Any) -> Any:
    """The model, but its foreign keys are attributes like any other, without a cache behind them.

    No model of its own: made past Django's metaclass, it has no table, no manager and no fields
    but those that it inherits.
    """
    state = ModelState()
    state.adding, state.db = False, "default"
    relations = [field for field in model._meta.concrete_fields if field.is_relation]
    links = {name: None for field in relations for name in (field.name, field.attname)}
    names = {
        "__module__": __name__,
        "__doc__": model.__doc__,
        "__init__": object.__init__,  # not the model's, which would set each field
        "_state": state,
        **links,
    }
    return type.__new__(type(model), model.__name__, (model,), names)


def _columns(queryset: QuerySet[Any]) -> list[str]:
    """What is read of a row: neither what was deferred nor what only serves to find it."""
    deferred, is_deferring = queryset.query.deferred_loading
    left_out = deferred if is_deferring else frozenset()
    return [
        *(
            field.attname
            for field in queryset.model._meta.concrete_fields
            if field.name not in left_out and not _only_finds(field)
        ),
        *(name for name in SHOWN if name in queryset.query.annotations),
    ]


def _only_finds(field: Any) -> bool:
    """Derived columns serve to find rows and to sort them; but shown are a text's sum and end."""
    return is_derived(field) and field.name not in {"sha256", "end"}


_prepared: LRUCache[Hashable, Any] = LRUCache(KEPT)
_lock = Lock()


def prepared(key: Hashable, make: Callable[[], Any]) -> Any:
    """What was prepared for `key`: SQL, or several; made when it is first asked for."""
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
        below[record.id] = record
        record.__dict__.setdefault("_prefetched_objects_cache", {})[name] = []
    attname = f"{link}_id"
    for row in rows:
        # Passages hang by one of several keys.
        if record := below.get(getattr(row, attname)):
            setattr(row, link, record)
            record._prefetched_objects_cache[name].append(row)
