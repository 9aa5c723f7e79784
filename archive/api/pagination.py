"""Pages by position: a page begins after the last row of the one before, not after n rows.

So a page costs the same wherever it is, and rows that are added meanwhile move no other.
REST framework's cursors cannot do it for us: ours order by dates that may be missing.
"""

import datetime
from collections.abc import Hashable, Iterable
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import FieldDoesNotExist
from django.core.signing import BadSignature, Signer
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import F, Model, OrderBy, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request

from archive.api.errors import BadParameter
from archive.api.prepared import Slot
from archive.models.fields import is_derived

DEFAULT_SIZE = 100
MAX_SIZE = 1000
CURSOR = "cursor"

_signer = Signer(salt="archive.api.pagination")


class Term(NamedTuple):
    """One part of the order: a column whose value each row carries, under `name`.

    Rows without a value come last, in either direction.
    """

    name: str
    path: str
    is_descending: bool
    # Where every row has a value, one index serves both directions.
    can_be_missing: bool = True

    @property
    def is_copied(self) -> bool:
        """Whether it is none of the columns that are read anyway."""
        return self.name.startswith("keyset_")

    def order(self, *, is_backward: bool) -> OrderBy:
        if not self.can_be_missing:
            return OrderBy(F(self.name), descending=self.is_descending != is_backward)
        return OrderBy(
            F(self.name),
            descending=self.is_descending != is_backward,
            nulls_last=True if not is_backward else None,
            nulls_first=True if is_backward else None,
        )

    def equals(self, value: Any) -> Q:
        return Q(**{f"{self.name}__isnull": True}) if value is None else Q(**{self.name: value})

    def passes(self, value: Any, *, is_backward: bool) -> Q:
        """True for the rows that this term alone places beyond `value`."""
        if is_backward and value is None:
            return Q(**{f"{self.name}__isnull": False})
        if value is None:
            return Q(pk__in=[])  # nothing comes after the rows without a value
        lookup = "lt" if self.is_descending != is_backward else "gt"
        beyond = Q(**{f"{self.name}__{lookup}": value})
        return (
            beyond
            if is_backward or not self.can_be_missing
            else beyond | Q(**{f"{self.name}__isnull": True})
        )


class Cursor(NamedTuple):
    """Where a page begins: at the row with these `values`, or just beyond it."""

    values: list[Any]
    is_backward: bool
    is_inclusive: bool = False

    def condition(self, terms: list[Term]) -> Q:
        """(a beyond) or (a equal and b beyond) or …; the last term is unique."""
        condition, equal = Q(pk__in=[]), Q()
        for term, value in zip(terms, self.values, strict=True):
            condition |= equal & term.passes(value, is_backward=self.is_backward)
            equal &= term.equals(value)
        condition = condition | equal if self.is_inclusive else condition
        # It follows already; but from it PostgreSQL sees where in the index to begin.
        first, value = terms[0], self.values[0]
        if not first.can_be_missing and value is not None:
            lookup = "lte" if first.is_descending != self.is_backward else "gte"
            condition &= Q(**{f"{first.name}__{lookup}": value})
        return condition

    def slotted(self) -> tuple["Cursor", Hashable, dict[str, Any]]:
        """The same place without its values; what tells it from others; the values."""
        values = {
            f"cursor_{number}": value
            for number, value in enumerate(self.values)
            if value is not None
        }
        slots = [
            None if value is None else Slot(f"cursor_{n}") for n, value in enumerate(self.values)
        ]
        return self._replace(values=slots), (*values, *self[1:]), values


class KeysetPagination(BasePagination):
    """One page of an ordered queryset whose order ends in something unique.

    Built for a question: `narrow` gives the rows of the page, and one more; `take` keeps the
    page; then `answer` knows the way on and back.
    """

    def ask(self, request: Request, order: Iterable[str], model: type[Model]) -> None:
        self.terms = _terms(order, model)
        self.size = _size(request.query_params.get("page_size"))
        self.is_counted = _flag(request.query_params.get("count"))
        self.address = request.build_absolute_uri(request.path)
        self.others = {name: text for name, text in request.query_params.items() if name != CURSOR}
        self.cursor = self._read(request.query_params.get(CURSOR))

    @property
    def is_backward(self) -> bool:
        return self.cursor is not None and self.cursor.is_backward

    def slotted(self) -> tuple[Cursor | None, Hashable, dict[str, Any]]:
        return self.cursor.slotted() if self.cursor else (None, None, {})

    def narrow(self, queryset: QuerySet[Any], cursor: Cursor | None) -> QuerySet[Any]:
        """The rows from `cursor` on, in the order of reading; how many is said elsewhere."""
        copied = {term.name: F(term.path) for term in self.terms if term.is_copied}
        queryset = queryset.annotate(**copied)
        if cursor:
            queryset = queryset.filter(cursor.condition(self.terms))
        return queryset.order_by(*(term.order(is_backward=self.is_backward) for term in self.terms))

    def take(self, rows: list[Any]) -> list[Any]:
        """The page, of rows that hold one more where there is one."""
        has_more, rows = len(rows) > self.size, rows[: self.size]
        if self.is_backward:
            rows.reverse()
        on = has_more or self.is_backward
        back = self.cursor is not None and (has_more or not self.is_backward)
        self.next = self._beyond(rows[-1:], is_backward=False) if on else None
        self.previous = self._beyond(rows[:1], is_backward=True) if back else None
        return rows

    def answer(self, results: list[Any], total: int | None) -> dict[str, Any]:
        count = {} if total is None else {"count": total}
        return {**count, "next": self.next, "previous": self.previous, "results": results}

    def _beyond(self, row: list[Any], *, is_backward: bool) -> str | None:
        """The address of the page beyond `row`, or back from a page that has none."""
        if row:
            values = [_write(getattr(row[0], term.name)) for term in self.terms]
            return self._address(values, is_backward=is_backward, is_inclusive=False)
        if self.cursor:  # the rows of this page are gone; where it began may still be there
            values = [_write(value) for value in self.cursor.values]
            return self._address(values, is_backward=is_backward, is_inclusive=True)
        return None

    def _address(self, values: list[Any], *, is_backward: bool, is_inclusive: bool) -> str:
        signed = _signer.sign_object([self._order(), values, is_backward, is_inclusive])
        return f"{self.address}?{urlencode(sorted({**self.others, CURSOR: signed}.items()))}"

    def _order(self) -> str:
        return ",".join(f"{'-' if term.is_descending else ''}{term.path}" for term in self.terms)

    def _read(self, text: str | None) -> Cursor | None:
        if text is None:
            return None
        try:
            order, values, is_backward, is_inclusive = _signer.unsign_object(text)
        except BadSignature:
            raise BadParameter(
                CURSOR, "This cursor is not one of ours. Follow “next” and “previous” as given."
            ) from None
        if order != self._order():
            raise BadParameter(
                CURSOR, "This cursor belongs to a list in another order: begin without it."
            )
        return Cursor([_revive(value) for value in values], is_backward, is_inclusive)

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": "Only on ?count=true."},
                "next": address,
                "previous": address,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            _parameter(
                "count",
                "`true` adds the number of all rows that the filters leave.",
                {"type": "boolean", "default": False},
            ),
            _parameter(
                CURSOR,
                "Where the page begins. Never written by hand: follow `next` and `previous`.",
                {"type": "string"},
            ),
            _parameter(
                "page_size",
                "Rows a page.",
                {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE},
            ),
        ]


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _terms(order: Iterable[str], model: type[Model]) -> list[Term]:
    paths = [(path.removeprefix("-"), path.startswith("-")) for path in order]
    return [
        Term(
            _own_column(model, path) or f"keyset_{number}",
            path,
            is_descending,
            _can_be_missing(model, path),
        )
        for number, (path, is_descending) in enumerate(paths)
    ]


@cache
def _own_column(model: Any, path: str) -> str:
    """The attribute that holds the value in each row; none of a derived or another's column."""
    for field in model._meta.concrete_fields:
        if path == field.name or (path == "pk" and field.primary_key):
            return "" if is_derived(field) or field.is_relation else str(field.attname)
    return ""


@cache
def _can_be_missing(model: Any, path: str) -> bool:
    """Whether a row may have no value there: days follow from a date that may be blank."""
    *links, name = path.removesuffix("_possible").split("__")
    for link in links:
        field = model._meta.get_field(link)
        if field.null:
            return True
        model = field.related_model
    if name == "pk":
        return False
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:  # an annotation
        return True
    return bool(field.null or (path.endswith("_possible") and field.blank))


def _size(text: str | None) -> int:
    if text is None:
        return DEFAULT_SIZE
    # Not isdigit() alone: it takes the digits of every script, and superscripts.
    if text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_SIZE:
        return int(text)
    raise BadParameter("page_size", f"“page_size” is a whole number from 1 to {MAX_SIZE}.")


def _flag(text: str | None) -> bool:
    if text not in (None, "true", "false"):
        raise BadParameter("count", "“count” is true or false.", ["true", "false"])
    return text == "true"


def _write(value: Any) -> Any:
    """A value of a row as JSON; a range of days becomes a list of two."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, DateRange):
        return [bound and bound.isoformat() for bound in (value.lower, value.upper)]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return str(value)


def _revive(value: Any) -> Any:
    if isinstance(value, list):
        return DateRange(*(bound and datetime.date.fromisoformat(bound) for bound in value))
    return value
