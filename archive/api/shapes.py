"""Serializer classes compiled into plain functions: one declaration, no cost a field.

REST framework asks each field of each row anew how it is to be shown. The answer is the same
for all rows, so it is found once a class: what remains a row is a list of functions. The
serializers stay the one place that says what an answer looks like, here and in the schema;
a test compares the two ways over every list and detail.
"""

from collections.abc import Callable, Collection
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, Self

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from rest_framework import serializers

from archive import edtf
from archive.api.references import (
    AddressField,
    PartialDateField,
    ReferenceBase,
    TitleField,
    title_of,
)
from archive.api.shared import TITLE_PARTS, SharedRows
from archive.choices import Status


class Page(NamedTuple):
    """What rows are written for: the address that theirs begin with, and what they share."""

    base: str
    shared: SharedRows


Write = Callable[[Any, Page], Any]


class Shape(NamedTuple):
    """A serializer class, compiled."""

    fields: dict[str, Write]
    model: Any
    # Foreign keys that its fields, title or address look at.
    links: tuple[str, ...]
    # The relations of which it shows the rows, and the fields that show them.
    below: dict[str, str]

    def only(self, names: Collection[str]) -> Self:
        """The same shape with these of its fields alone."""
        if len(names) == len(self.fields):
            return self
        fields = {name: write for name, write in self.fields.items() if name in names}
        below = {relation: name for relation, name in self.below.items() if name in names}
        return self._replace(fields=fields, below=below)

    def write(self, record: Any, page: Page) -> dict[str, Any]:
        return {name: write(record, page) for name, write in self.fields.items()}


def shape_of(serializer_class: Any) -> Shape:
    """The shape of a serializer class; compiled when it is first asked for."""
    return _compiled(serializer_class)


@cache
def _compiled(serializer_class: Any) -> Shape:
    serializer = serializer_class()
    model: Any = getattr(getattr(serializer_class, "Meta", None), "model", None)
    fields = {name: _compile(field) for name, field in serializer.fields.items()}
    links = dict.fromkeys(TITLE_PARTS.get(model, ()))
    columns = {field.name for field in model._meta.concrete_fields} if model else set()
    for field in serializer.fields.values():
        name = field.source.split(".")[0]
        if name in columns and model._meta.get_field(name).is_relation:
            links[name] = None
    below = {
        str(field.source): name
        for name, field in serializer.fields.items()
        if isinstance(field, serializers.ListSerializer)
    }
    return Shape(fields, model, tuple(links), below)


def _compile(field: Any) -> Write:
    read = _reader(field.source)
    write: Write = lambda record, page: read(record)  # noqa: E731 - one of several below
    match field:
        case AddressField():
            write = lambda record, page: page.base + read(record).get_absolute_url()  # noqa: E731
        case TitleField():
            write = lambda record, page: title_of(read(record))  # noqa: E731
        case PartialDateField():
            write = lambda record, page: _date(read(record))  # noqa: E731
        case serializers.SerializerMethodField():
            method = getattr(field.parent, field.method_name)
            write = lambda record, page: method(record)  # noqa: E731
        case serializers.ListSerializer():
            write = _several(field)
        case ReferenceBase():
            write = _shared(field, read)
        case serializers.Serializer() if hasattr(field, "about"):
            write = _shared(field, read)
        case serializers.Serializer():
            shape = shape_of(type(field))
            write = lambda record, page: shape.write(read(record), page)  # noqa: E731
    return write


def _reader(source: str) -> Callable[[Any], Any]:
    return _itself if source == "*" else attrgetter(source)


def _several(field: Any) -> Write:
    name, shape = field.source, shape_of(type(field.child))
    return lambda record, page: [shape.write(row, page) for row in _hanging(record, name)]


def _hanging(record: Any, name: str) -> Any:
    """The rows that were fetched with the record."""
    return record._prefetched_objects_cache[name]


def _shared(field: Any, read: Callable[[Any], Any]) -> Write:
    """A small object that many rows hold: written once for the record that it stands for."""
    kind, shape = type(field), shape_of(type(field))
    # What `read` finds, unless the class says that it stands for a part of that.
    stands_for = attrgetter(field.about) if getattr(field, "about", "") else _itself

    def write(row: Any, page: Page) -> Any:
        found = read(row)
        record = stands_for(found) if found else None
        if record is None or getattr(record, "status", Status.PUBLISHED) != Status.PUBLISHED:
            return None
        return page.shared.once(
            page.base,
            (kind, type(record), record.pk),
            lambda: orjson.Fragment(dumps(shape.write(found, page))),
        )

    return write


def _itself(record: Any) -> Any:
    return record


@lru_cache(maxsize=50_000)
def _known_date(text: str) -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(edtf.as_dict(text)))


def _date(text: str) -> Any:
    return _known_date(text) if text else None


def dumps(value: Any) -> bytes:
    """JSON as REST framework writes it: times in UTC end in Z."""
    return orjson.dumps(value, default=_default, option=orjson.OPT_UTC_Z)


def _default(value: Any) -> Any:
    return DjangoJSONEncoder().default(value)
