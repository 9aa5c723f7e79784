"""Reads the fixtures of a release into an empty archive, many records at once.

`loaddata` asks for each key of each record by itself, and writes record after record; here keys
are remembered and records written by the hundred, under the same rules of the database. A release
may come from anybody: a file holds records of its own model, in the fields that releases have, and
nothing else is taken in.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError

from archive import models
from archive.releases.records import FILES, is_written

# Records that are read and written at once.
BATCH = 500
# Keys that are remembered of the records that others refer to.
KEYS = 50_000
# How each record begins, in a line that nothing else can begin with.
BEGINS = "- model: "
YAML = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class FixtureError(Exception):
    """What is wrong with a fixture, in words."""


class MissingError(Exception):
    """A record refers to one of `model` that is not there."""

    def __init__(self, model: Any, key: Any) -> None:
        super().__init__(f"there is no {model._meta.verbose_name} {'/'.join(map(str, key))}")
        self.model = model


class Reader:
    """Writes fixtures into the database `using`; in the place of persons stands `signature`."""

    def __init__(self, using: str, signature: str) -> None:
        self.using, self.signature = using, signature
        # What is about an imported vote waits for it: a passage, or a discrepancy.
        self.waiting: list[tuple[Any, dict[str, Any]]] = []
        self.key_of = lru_cache(KEYS)(self._key_of)

    def read(self, path: Path) -> None:
        """Writes the records of a file; what is about a vote that is not there yet waits."""
        model = _model_of(path.name)
        rows: list[Any] = []
        for content in _records(path, model):
            try:
                try:
                    row = self._row(model, content)
                except MissingError as error:
                    if error.model is not model:
                        raise
                    # Of its own file: it may stand among those that are not written yet.
                    self._write(model, rows)
                    row = self._row(model, content)
            except MissingError as error:
                if error.model is not models.Vote:
                    raise FixtureError(f"fixtures/{path.name}: {error}.") from error
                self.waiting.append((model, content))
                continue
            rows.append(row)
            if len(rows) == BATCH:
                self._write(model, rows)
        self._write(model, rows)

    def write_waiting(self) -> None:
        """What waited; raises FixtureError where its record is still not there."""
        for model, content in self.waiting:
            try:
                row = self._row(model, content)
            except MissingError as error:
                raise FixtureError(f"A {model._meta.verbose_name}: {error}.") from error
            self._write(model, [row])

    def _write(self, model: Any, rows: list[Any]) -> None:
        model.objects.using(self.using).bulk_create(rows)
        rows.clear()

    def _row(self, model: Any, content: dict[str, Any]) -> Any:
        values: dict[str, Any] = {}
        for name, value in content.items():
            try:
                field = model._meta.get_field(name)
            except FieldDoesNotExist as error:
                raise FixtureError(f"{model._meta.label} has no field {name}.") from error
            if not is_written(field):
                raise FixtureError(f"No release says {name} of {model._meta.label}.")
            try:
                values[field.attname] = (
                    self.key_of(field.related_model, tuple(value))
                    if field.is_relation
                    else field.to_python(value)
                )
            except (TypeError, ValueError, ValidationError) as error:
                raise FixtureError(f"{model._meta.label}.{name} cannot be {value!r}.") from error
        row = model(**values)
        if model is models.Import:
            row.imported_by = self.signature
        elif model is models.Discrepancy and row.settled_at:
            row.settled_by = self.signature
        return row

    def _key_of(self, model: Any, key: tuple[Any, ...]) -> int:
        try:
            found = model.objects.db_manager(self.using).get_by_natural_key(*key)
        except ObjectDoesNotExist as error:
            raise MissingError(model, key) from error
        return int(found.pk)


def _model_of(file: str) -> Any:
    """The model of a fixture by its name: 12_votes.yaml, or one of several, 12_votes-001.yaml."""
    stem = file.removesuffix(".yaml")
    for name in (stem, stem.rpartition("-")[0]):
        if f"{name}.yaml" in FILES:
            return FILES[f"{name}.yaml"]
    raise FixtureError(f"fixtures/{file} is no file of a release.")


def _records(path: Path, model: Any) -> Iterator[dict[str, Any]]:
    """The fields of each record, read some hundred at a time: files can be long."""
    label = model._meta.label_lower
    with path.open(encoding="utf-8", newline="") as lines:
        texts = _texts(lines)
        while some := "".join(islice(texts, BATCH)):
            try:
                found = yaml.load(some, YAML)
            except yaml.YAMLError as error:
                raise FixtureError(f"fixtures/{path.name} is no YAML: {error}") from error
            for each in found:
                if not isinstance(each, dict) or each.keys() != {"model", "fields"}:
                    raise FixtureError(f"fixtures/{path.name} holds something else than records.")
                if each["model"] != label:
                    raise FixtureError(f"fixtures/{path.name} holds a record of {each['model']}.")
                yield each["fields"]


def _texts(lines: Any) -> Iterator[str]:
    """The YAML of each record, cut where the next begins."""
    text: list[str] = []
    for line in lines:
        if line.startswith(BEGINS) and text:
            yield "".join(text)
            text = []
        text.append(line)
    yield "".join(text)
