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

PUBLISHED = Status.PUBLISHED.value


class Page(NamedTuple):
    """What rows are written for: the address that theirs begin with, and what they share."""

    base: str
    shared: SharedRows


Write = Callable[[Any], Any]
# A field is compiled to what gives, once for each answer, the function that writes it.
Bind = Callable[[Page], Write]


class Shape(NamedTuple):
    """A serializer class, compiled."""

    fields: dict[str, Bind]
    model: Any
    # Foreign keys that its fields, title or address look at.
    links: tuple[str, ...]
    # The relations of which it shows the rows, and the fields that show them.
    below: dict[str, str]

    def only(self, names: Collection[str]) -> Self:
        """The same shape with these of its fields alone."""
        if len(names) == len(self.fields):
            return self
        fields = {name: bind for name, bind in self.fields.items() if name in names}
        below = {relation: name for relation, name in self.below.items() if name in names}
        return self._replace(fields=fields, below=below)

    def writer(self, page: Page) -> Callable[[Any], dict[str, Any]]:
        writers = [(name, bind(page)) for name, bind in self.fields.items()]
        return lambda record: {name: write(record) for name, write in writers}


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


def _compile(field: Any) -> Bind:
    if isinstance(field, serializers.ListSerializer):
        return _several(field)
    if isinstance(field, ReferenceBase) or hasattr(field, "about"):
        return _shared(field)
    if isinstance(field, serializers.Serializer):
        return _nested(field)
    if isinstance(field, AddressField):
        return _address(field)
    write: Write = _reader(field.source)
    if isinstance(field, TitleField):
        write = _after(field.source, _title(field))
    elif isinstance(field, PartialDateField):
        write = _after(field.source, _date)
    elif isinstance(field, serializers.JSONField):
        write = _after(field.source, orjson.Fragment)  # it comes as the database writes it
    elif isinstance(field, serializers.SerializerMethodField):
        write = getattr(field.parent, field.method_name)
    return lambda page: write


def _title(field: TitleField) -> Write:
    """`title_of`, or no more than `str` where the rows are of a model without title or name."""
    model: Any = getattr(getattr(field.parent, "Meta", None), "model", None)
    if field.source != "*" or model is None:
        return title_of
    names = {each.name for each in model._meta.concrete_fields}
    return str if names.isdisjoint({"title", "name"}) else title_of


def _reader(source: Any) -> Write:
    return _itself if source == "*" else attrgetter(source)


def _after(source: Any, write: Write) -> Write:
    """Reads `source`, then writes it."""
    if source == "*":
        return write
    read = attrgetter(source)
    return lambda record: write(read(record))


def _address(field: Any) -> Bind:
    def bind(page: Page) -> Write:
        base = page.base
        return _after(field.source, lambda record: f"{base}{record.get_absolute_url()}")

    return bind


def _nested(field: Any) -> Bind:
    shape = shape_of(type(field))
    return lambda page: _after(field.source, shape.writer(page))


def _several(field: Any) -> Bind:
    name, shape = field.source, shape_of(type(field.child))

    def bind(page: Page) -> Write:
        write = shape.writer(page)
        return lambda record: [write(row) for row in hanging(record, name)]

    return bind


def hanging(record: Any, name: str) -> list[Any]:
    """The rows that were fetched with the record."""
    rows: list[Any] = record._prefetched_objects_cache[name]
    return rows


def _shared(field: Any) -> Bind:
    """A small object that many rows hold: written once for the record that it stands for."""
    kind, shape, read = type(field), shape_of(type(field)), _reader(field.source)
    # What `read` finds, unless the class says that it stands for a part of that.
    stands_for = attrgetter(field.about) if getattr(field, "about", "") else None

    def bind(page: Page) -> Write:
        written = page.shared.written_below(page.base)[kind]
        write_out = shape.writer(page)

        def write(row: Any) -> Any:
            found = read(row)
            record = stands_for(found) if stands_for and found else found
            if record is None:
                return None
            key = (record.__class__, record.id)
            try:
                return written[key]
            except KeyError:
                is_public = getattr(record, "status", PUBLISHED) == PUBLISHED
                made = orjson.Fragment(dumps(write_out(found))) if is_public else None
                return page.shared.keep(written, key, made)

        return write

    return bind


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
