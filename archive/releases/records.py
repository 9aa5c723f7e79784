"""The fixtures of a release: the public records, in the bytes that `dump_archive` would write.

They come from the database as plain values and not as model instances: several times faster than
the serializer, and flat in memory. A test compares the two.

Imported votes are not among them, nor are the lines of imports: of those there can be millions, and
they are all codes, so that their tables in `data/` are what is loaded.

Of a restricted article the public has the cited passages only. Its fixture keeps each of them
where it stands, and in the place of all other words says that they are withheld, so that the
quotations can be loaded and are compared as ever.
"""

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

import yaml
from django.contrib.postgres.fields import ArrayField
from django.db import models as orm
from django.db.models import F, Func, Value
from django.db.models.functions import Coalesce

from archive import fixtures, models
from archive.api import exports
from archive.api.columns import joined
from archive.choices import TextAccess
from archive.fixtures import Dumper, wholes_first
from archive.models.fields import is_derived
from archive.releases.tables import Table

# File → model, as in `archive.fixtures`, and what only releases hold.
FILES: dict[str, Any] = {
    **fixtures.FILES,
    "14_imports.yaml": models.Import,
    "15_discrepancies.yaml": models.Discrepancy,
}

# Who took a file in, or settled a difference, stays inside.
INSIDE = {"imported_by", "undone_at", "undone_by", "settled_by"}

# Records in one file: who loads them holds one file in memory at a time.
PART = 20_000
CHUNK = 2_000

# What stands last in a fixture, see `archive.fixtures.Serializer`.
LAST = ("status", "withdrawal_reason")

# Text that YAML takes for nothing but a string as it stands, but for these words.
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_/-]*(?: [A-Za-z0-9_/-]+)*")
WORDS = {"yes", "no", "true", "false", "on", "off", "null"}

NOTHING = orm.Value(None, output_field=orm.IntegerField())


class Written(NamedTuple):
    """One record: its table, its natural key with slashes, and its YAML."""

    table: str
    key: str
    text: bytes

    @property
    def digest(self) -> str:
        return blake2b(self.text, digest_size=8).hexdigest()


class Row(NamedTuple):
    pk: int
    part_of_id: int | None
    values: list[Any]


def names_of(table: Table, count: int) -> list[str]:
    """The fixture files of a table with `count` records, in the order in which they load."""
    name = next(name for name, model in FILES.items() if model is table.model)
    if count <= PART:
        return [name]
    stem = name.removesuffix(".yaml")
    return [f"{stem}-{number:03}.yaml" for number in range(1, -(-count // PART) + 1)]


def rows(table: Table, using: str) -> Any:
    """The public records of a table that stand in its fixture, in their order."""
    found = table.rows(using)
    return found.filter(imported__isnull=True) if table.model is models.Vote else found


def digests_of_votes(table: Table, using: str) -> Iterator[bytes]:
    """The lines of all votes in `records.csv`: PostgreSQL makes a million of them by itself.

    Of a vote only what was voted and intended counts: where a data set now says the same that an
    article said, nothing has changed.
    """
    content = Func(
        joined(F("choice"), Value(" "), F("intended")), Value("UTF8"), function="convert_to"
    )
    digest = Func(
        content,
        template="left(encode(sha256(%(expressions)s), 'hex'), 16)",
        output_field=orm.TextField(),
    )
    key = joined(F("roll_call__slug"), Value("/"), F("state__code"))
    name = Value(table.name, output_field=orm.TextField())
    yield from exports.copied(
        table.rows(using)
        .annotate(of=name, key=key, digest=digest)
        .values_list("of", "key", "digest")
    )


def written(table: Table, using: str) -> Iterator[Written]:
    """The public records of a table, in the order of its fixture."""
    model = table.model
    fields = [field for field in model._meta.local_fields if is_written(field)]
    paths: list[Any] = []
    cells: list[tuple[Any, int]] = []  # each field, and how many values make it
    for field in fields:
        values = list(_values_of(field))
        paths += values
        cells.append((field, len(values)))
    has_wholes = any(field.name == "part_of" for field in fields)
    found = (
        rows(table, using)
        .values_list("pk", F("part_of_id") if has_wholes else NOTHING, *paths)
        .iterator(chunk_size=CHUNK)
    )
    ordered: Iterable[Any] = (Row(pk, whole, values) for pk, whole, *values in found)
    if has_wholes:
        ordered = wholes_first(ordered)  # remembers each row: not for a million votes
    head = f"- model: {model._meta.label_lower}\n  fields:\n"
    keys = _key_of(model, cells)
    write = _writer(head, cells)
    for row in ordered:
        content = _content(cells, row.values)
        if content.get("text_access") == TextAccess.RESTRICTED:
            content["text"] = withheld(row.pk, content["slug"], content["text"], using)
        yield Written(table.name, keys(row.values), write(content))


def is_written(field: Any) -> bool:
    """Whether a release says it: neither what is derived, nor who did what."""
    left_out = fixtures.NOT_WRITTEN if issubclass(field.model, models.Record) else INSIDE
    return not (field.primary_key or is_derived(field) or field.name in left_out)


def _values_of(field: Any) -> Iterator[Any]:
    """Where the values of a field come from: its column, or the natural key that it leads to."""
    if field.is_relation:
        yield from _key_paths(field.related_model, f"{field.name}__")
    else:
        yield F(field.name)


def _key_paths(model: Any, prefix: str = "") -> Iterator[Any]:
    for lookup in model.natural_key_lookups:
        if lookup == "actor":
            yield Coalesce(
                f"{prefix}actor_state__code",
                f"{prefix}actor_organization__slug",
                output_field=orm.TextField(),
            )
        else:
            yield F(f"{prefix}{lookup}")


def _key_of(model: Any, cells: list[tuple[Any, int]]) -> Any:
    """A function that gives the natural key of a row, with slashes between its parts."""
    places: dict[str, int] = {}
    at = 0
    for field, width in cells:
        places[field.name] = at
        at += width
    indexes = []
    for lookup in model.natural_key_lookups:
        name = lookup.split("__")[0]
        indexes.append(
            (places["actor_state"], places["actor_organization"])
            if name == "actor"
            else (places[name], places[name])
        )
    return lambda values: "/".join(
        str(values[first] if values[first] is not None else values[second])
        for first, second in indexes
    )


def _content(cells: list[tuple[Any, int]], values: Any) -> dict[str, Any]:
    """What a fixture says of a row: neither what is derived nor what equals the default."""
    content: dict[str, Any] = {}
    at = 0
    for field, width in cells:
        if field.is_relation:
            key = values[at : at + width]
            if key[0] is not None:
                content[field.name] = list(key)
        else:
            value = values[at]
            if isinstance(value, uuid.UUID):
                content[field.name] = str(value)
            elif value != field.get_default():
                content[field.name] = list(value) if isinstance(field, ArrayField) else value
        at += width
    for name in LAST:
        if name in content:
            content[name] = content.pop(name)
    return content


def _writer(head: str, cells: list[tuple[Any, int]]) -> Any:
    label = head.split()[2]

    def write(content: dict[str, Any]) -> bytes:
        lines = [head]
        for name, value in content.items():
            is_block = isinstance(value, str) and ("\n" in value or not value.isprintable())
            if is_block or isinstance(value, dict):
                # A block's lines depend on where it stands: PyYAML writes the whole record.
                return _dumped([{"model": label, "fields": content}]).encode()
            lines.append(f"    {name}: {_shown(value)}\n")
        return "".join(lines).encode()

    return write


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return _scalar(value) if len(value) < 80 else _dumped_value(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_in_list, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return _dumped_value(value)


@lru_cache(maxsize=50_000)
def _scalar(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    return _dumped_value(text)


@lru_cache(maxsize=50_000)
def _in_list(text: str) -> str:
    if PLAIN.fullmatch(text) and text.lower() not in WORDS:
        return text
    return _dumped_value([text])[1:-1]


def _dumped_value(value: Any) -> str:
    return _dumped({"k": value}).removeprefix("k: ").removesuffix("\n")


def _dumped(data: Any) -> str:
    text: str = yaml.dump(
        data,
        Dumper=Dumper,
        allow_unicode=True,
        default_flow_style=False,
        sort_keys=False,
        width=float("inf"),
    )
    return text


def withheld(article: int, slug: str, text: str, using: str) -> str:
    """The text of a restricted article with its public passages alone, each in its place.

    As long as the text itself. The filling names the article: no two captures may be equal.
    """
    notice = f"[{slug}: withheld] "
    filled = list((notice * (len(text) // len(notice) + 1))[: len(text)])
    passages = models.Citation.objects.using(using).public().filter(article=article)
    for start, end in passages.values_list("start", "end").order_by("start"):
        filled[start:end] = text[start:end]
    return "".join(filled)
