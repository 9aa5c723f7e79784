"""Fixtures: YAML that people review in a diff, and that gives back the same bytes.

Django takes this module for the format ``yaml`` (``SERIALIZATION_MODULES``). It differs
from Django's own in what it writes, not in what it reads: texts of several lines stand as
literal blocks, and what the database derives or what equals the field's default is left
out. ``FILES`` names the files in the order in which they load.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from django.contrib.postgres.fields import ArrayField
from django.core.serializers import python
from django.core.serializers.pyyaml import Deserializer
from django.db import models
from django.db.models import Exists, OuterRef, Q
from yaml.emitter import ScalarAnalysis

from archive.choices import Stance
from archive.models import (
    Article,
    Citation,
    Event,
    ImportedRow,
    Membership,
    Organization,
    Participation,
    Provision,
    Record,
    Request,
    Response,
    RollCall,
    Source,
    State,
    Vote,
)
from archive.models.fields import is_derived

__all__ = [
    "FILES",
    "Deserializer",
    "Serializer",
    "dump",
    "left_out",
    "paths",
    "proven_by_imports_alone",
]

# File → model. A file refers only to files before it, so one `loaddata` takes them all.
FILES: dict[str, type[Record]] = {
    "01_states.yaml": State,
    "02_organizations.yaml": Organization,
    "03_sources.yaml": Source,
    "04_provisions.yaml": Provision,
    "05_articles.yaml": Article,
    "06_memberships.yaml": Membership,
    "07_events.yaml": Event,
    "08_participations.yaml": Participation,
    "09_requests.yaml": Request,
    "10_responses.yaml": Response,
    "11_roll_calls.yaml": RollCall,
    "12_votes.yaml": Vote,
    "13_citations.yaml": Citation,
}


# Kept by the database, or by imports: fixtures hold what people write.
NOT_WRITTEN = {"updated_at", "imported", "import_line"}


class Dumper(yaml.SafeDumper):
    """Safe YAML with literal blocks, also for lines that end in blanks."""

    def analyze_scalar(self, scalar: str) -> ScalarAnalysis:
        analysis = super().analyze_scalar(scalar)
        # PyYAML avoids blocks where a line ends in a blank, though YAML keeps them.
        if "\n" in scalar and _is_plain(scalar):
            analysis.allow_block = True
        return analysis


def _is_plain(text: str) -> bool:
    """No control characters and no line breaks but \\n, which YAML would not keep as they are."""
    return all(char == "\n" or char.isprintable() for char in text)


def _represent_text(dumper: Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if not _is_plain(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _represent_list(dumper: Dumper, items: list[Any]) -> yaml.SequenceNode:
    """References and lists of names on one line, records below one another."""
    one_line = all(isinstance(item, str) for item in items)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=one_line)


Dumper.add_representer(str, _represent_text)
Dumper.add_representer(list, _represent_list)


class Serializer(python.Serializer):
    """Writes natural keys, no database ids, and only what a person would write."""

    _current: dict[str, Any]
    internal_use_only = False

    def serialize(self, queryset: Iterable[models.Model], **options: Any) -> Any:
        options.update(use_natural_foreign_keys=True, use_natural_primary_keys=True)
        return super().serialize(queryset, **options)

    def handle_field(self, obj: models.Model, field: models.Field) -> None:
        if is_derived(field) or field.name in NOT_WRITTEN:
            return
        value = field.value_from_object(obj)
        if value == field.get_default():
            return
        if isinstance(field, ArrayField):
            self._current[field.name] = list(value)
        else:
            super().handle_field(obj, field)

    def handle_fk_field(self, obj: models.Model, field: models.ForeignKey) -> None:
        if getattr(obj, field.attname) is not None and field.name not in NOT_WRITTEN:
            super().handle_fk_field(obj, field)
            self._current[field.name] = list(self._current[field.name])

    def end_object(self, obj: models.Model) -> None:
        """What a record is comes first, where it stands on its way to the public last."""
        for name in ("status", "withdrawal_reason"):
            if name in self._current:
                self._current[name] = self._current.pop(name)
        super().end_object(obj)

    def end_serialization(self) -> None:
        yaml.dump(
            self.objects,
            self.stream,
            Dumper=Dumper,
            allow_unicode=True,
            default_flow_style=False,
            sort_keys=False,
            width=float("inf"),
        )

    def getvalue(self) -> Any:
        return self.stream.getvalue()  # type: ignore[attr-defined]


def paths(directory: Path) -> list[Path]:
    """The fixture files of `directory`, in the order in which they load."""
    return [directory / name for name in FILES]


def dump(model: type[Record]) -> bytes:
    """The fixture file of a model: all its rows in a fixed order."""
    rows = (
        _written_by_people(model)
        .select_related(*_foreign_keys(model))
        .order_by(*(model._meta.ordering or ()))
    )
    return Serializer().serialize(wholes_first(rows)).encode()


def _written_by_people(model: type[Record]) -> Any:
    """All rows but those that an import made and nobody cited: their file is taken in again."""
    rows = model._default_manager.all()
    if model is Vote:
        cited = Citation.objects.filter(vote=OuterRef("pk"))
        return rows.filter(Q(imported__isnull=True) | Exists(cited))
    if model is RollCall:
        made = ImportedRow.objects.filter(roll_call=OuterRef("pk"), made=True)
        cited = Citation.objects.filter(
            Q(roll_call=OuterRef("pk")) | Q(vote__roll_call=OuterRef("pk"))
        )
        return rows.filter(~Exists(made) | Exists(cited))
    return rows


def left_out() -> dict[str, int]:
    """How many records of which kind `dump` leaves to the files that imports brought them from."""
    numbers = {
        str(model._meta.verbose_name_plural): model._default_manager.count()
        - _written_by_people(model).count()
        for model in (RollCall, Vote)
    }
    return {name: number for name, number in numbers.items() if number}


def proven_by_imports_alone() -> list[str]:
    """The keys of public records whose fixtures would be refused: no passage proves them."""
    found: list[str] = []
    for model in (RollCall, Membership, Vote):
        target = str(Citation.target_field_of(model))
        about = {target: OuterRef("pk")}
        proofs = Citation.objects.published().filter(stance=Stance.SUPPORTS, **about)
        brought: Any = Exists(ImportedRow.objects.filter(**about).order_by())
        if model is Vote:
            brought |= Q(imported__isnull=False)
        rows = _written_by_people(model).public().filter(brought, ~Exists(proofs.order_by()))
        found += ["/".join(row.natural_key()) for row in rows]
    return found


def _foreign_keys(model: type[Record]) -> list[str]:
    """References whose rows are read along, with those that their own keys need."""
    names = [field.name for field in model._meta.fields if isinstance(field, models.ForeignKey)]
    if model is Citation:
        names += [
            "participation__event",
            "participation__actor_state",
            "participation__actor_organization",
            "vote__roll_call",
            "vote__state",
        ]
    return names


def wholes_first(rows: Iterable[Any]) -> Iterator[Any]:
    """The rows in their order, but each after the one that it is `part_of`."""
    waiting: dict[int, list[Any]] = {}
    written: set[int] = set()

    def write(row: Any) -> Iterator[Any]:
        yield row
        written.add(row.pk)
        for part in waiting.pop(row.pk, ()):
            yield from write(part)

    for row in rows:
        whole = getattr(row, "part_of_id", None)
        if whole is None or whole in written:
            yield from write(row)
        else:
            waiting.setdefault(whole, []).append(row)
