"""The versions that the database kept of a record and of what belongs to it, and their names.

What ``archive.history`` and ``archive.conflicts`` both read. Queries are few: as many as there
are models, however many versions there are.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models import Q
from django.utils.dateformat import format as date_format

from archive.models import Citation, Participation, Request, Response, Vote
from archive.models.actors import Actor
from archive.models.citation import CITABLE
from archive.models.fields import is_derived

Model = type[models.Model]

# The parts of a record, which have no life of their own: by its model's name, the part's
# model and the column through which it hangs on the record.
PARTS: dict[str, tuple[Model, str]] = {
    "event": (Participation, "event"),
    "rollcall": (Vote, "roll_call"),
}

# Records with a history of their own that the form of another shows too, as PARTS.
SHOWN: dict[str, tuple[Model, str]] = {
    "event": (Request, "event"),
    "request": (Response, "request"),
}


class Column(NamedTuple):
    """A field; or several of which one is set: an actor, the target of a citation."""

    name: str
    label: str
    fields: tuple[Any, ...]

    def of(self, row: Any) -> tuple[Any, ...]:
        """The value in a row or a version of it; all empty where there is no row."""
        return tuple(getattr(row, field.attname) if row else None for field in self.fields)

    @property
    def is_long(self) -> bool:
        return isinstance(self.fields[0], models.TextField)


@cache
def columns(model: Model) -> dict[str, Column]:
    """What a person writes, by name. Derived columns are not in the history."""
    pairs: dict[str, tuple[str, ...]] = {
        name: (actor.state, actor.organization)
        for name, actor in vars(model).items()
        if isinstance(actor, Actor)
    }
    if model is Citation:
        pairs["target"] = tuple(CITABLE)
    joined = {part: name for name, parts in pairs.items() for part in parts}
    found: dict[str, Column] = {}
    for field in model._meta.concrete_fields:
        if field.primary_key or field.name == "updated_at" or is_derived(field):
            continue
        name = joined.get(field.name, field.name)
        if name == field.name:
            found[name] = Column(name, str(field.verbose_name), (field,))
        elif name not in found:
            fields = tuple(model._meta.get_field(part) for part in pairs[name])
            found[name] = Column(name, name, fields)
    return found


# --- Which rows and versions --------------------------------------------------------------


def versions_of(model: Model) -> Any:
    return model.versions.rel.related_model._default_manager.all()  # type: ignore[attr-defined]


def rows_of(model: Model) -> Any:
    return model._default_manager.all()


def belonging(
    record: Any, source: Callable[[Model], Any], key: str, *, with_shown: bool = False
) -> dict[Model, Any]:
    """The record and what belongs to it, by model: from the rows, or from all versions.

    Last the citations on them; and, if asked for, the records that its form shows too.
    """
    name = record._meta.model_name
    found = {type(record): source(type(record)).filter(**{key: record.pk})}
    if name in PARTS:
        part, column = PARTS[name]
        found[part] = source(part).filter(**{column: record.pk})
    citing = Q()
    for model, rows in found.items():
        if target := _target_of(model):
            citing |= Q(**{f"{target}__in": rows.values(key)})
    if with_shown and name in SHOWN:
        shown, column = SHOWN[name]
        found[shown] = source(shown).filter(**{column: record.pk})
    return {**found, Citation: source(Citation).filter(citing)} if citing else found


def _target_of(model: Model) -> str | None:
    """The column of citations about `model`. Those *in* an article are about other records."""
    target = Citation.target_field_of(model)
    return target if target in CITABLE else None


def model_of(row: Any) -> Model:
    """The model of a row, or of the row of a version."""
    is_version = hasattr(row, "pgh_id")
    model: Model = row._meta.get_field("pgh_obj").related_model if is_version else type(row)
    return model


def id_of(version: Any) -> str:
    return f"{model_of(version)._meta.model_name}-{version.pgh_id}"


class Past:
    """All versions of a record and of what belongs to it, and the names that they need.

    As many queries as there are models, however many versions there are.
    """

    def __init__(self, record: Any, *, with_shown: bool = False) -> None:
        self.record = record
        # Of each model, oldest first. A row that once belonged to the record is here with
        # all its versions: where it came from and went to is a part of the history.
        self.versions: dict[Model, list[Any]] = {
            model: list(
                versions_of(model)
                .filter(pgh_obj_id__in=versions.values("pgh_obj_id"))
                .select_related("pgh_context")
                .order_by("pgh_id")
            )
            for model, versions in belonging(
                record, versions_of, "pgh_obj_id", with_shown=with_shown
            ).items()
        }
        every = [version for versions in self.versions.values() for version in versions]
        self.newest = {(model_of(version), version.pgh_obj_id): version for version in every}
        self.names = Names(every)
        self.users = names_of_users(every)

    def owns(self, version: Any) -> bool:
        """Whether the row belonged to the record then."""
        model = model_of(version)
        if model is type(self.record):
            return True
        for hanging in (PARTS, SHOWN):
            part, column = hanging.get(self.record._meta.model_name, (None, ""))
            if model is part:
                return bool(getattr(version, f"{column}_id") == self.record.pk)
        return any(
            (cited, getattr(version, f"{target}_id")) in self.newest
            for cited in self.versions
            if (target := _target_of(cited))
        )

    def steps(self) -> Iterator[tuple[Any, Any]]:
        """Each version of something that belongs to the record, and the one before it."""
        before: dict[tuple[Model, int], Any] = {}
        for model, versions in self.versions.items():
            for version in versions:
                earlier = before.get((model, version.pgh_obj_id))
                if self.owns(version) or (earlier and self.owns(earlier)):
                    yield earlier, version
                before[model, version.pgh_obj_id] = version

    def who(self, version: Any) -> str:
        return who(version, self.users)


# --- Names -------------------------------------------------------------------------------


class Names:
    """What versions refer to, as it last was, whether it is still there or not."""

    def __init__(self, versions: Iterable[Any]) -> None:
        self.rows: dict[tuple[Model, int], Any] = {}
        self.learn(versions)

    def learn(self, rows: Iterable[Any]) -> None:
        """Learn what the rows refer to, and what the names of these refer to in turn."""
        for _ in range(2):
            wanted = defaultdict(set)
            for row in rows:
                for field in references(row):
                    key = (field.related_model, getattr(row, field.attname))
                    if key[1] is not None and key not in self.rows:
                        wanted[key[0]].add(key[1])
            rows = [
                self.rows.setdefault((model, version.pgh_obj_id), row_of(version))
                for model, keys in wanted.items()
                for version in newest(versions_of(model).filter(pgh_obj_id__in=keys))
            ]
        for known in self.rows.values():
            self._join(known)

    def row(self, version: Any) -> Any:
        """The row as it was in this version; unsaved."""
        return self._join(row_of(version))

    def _join(self, row: Any) -> Any:
        for field in references(row):
            key = (field.related_model, getattr(row, field.attname))
            if key in self.rows:
                field.set_cached_value(row, self.rows[key])
        return row

    def of(self, row: Any) -> str:
        try:
            return str(row)
        except ObjectDoesNotExist:  # gone, and without a history
            return f"no. {row.pk}"

    def words(self, column: Column, values: tuple[Any, ...]) -> str:
        return "".join(map(self.word, column.fields, values))

    def word(self, field: Any, value: Any) -> str:
        if value is None:
            return ""
        if field.is_relation:
            row = self.rows.get((field.related_model, value))
            return self.of(row) if row else f"no. {value}"
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, datetime):
            return f"{date_format(value, 'j F Y, H:i')} UTC"
        return "; ".join(value) if isinstance(value, list) else str(value)


def references(row: Any) -> list[Any]:
    """The foreign keys of a row or of the row of a version."""
    every = columns(model_of(row)).values()
    return [field for column in every for field in column.fields if field.is_relation]


def row_of(version: Any) -> Any:
    model = model_of(version)
    values = {
        field.attname: getattr(version, field.attname)
        for column in columns(model).values()
        for field in column.fields
    }
    return model(pk=version.pgh_obj_id, **values)


def newest(versions: Any) -> Any:
    return versions.order_by("pgh_obj_id", "-pgh_id").distinct("pgh_obj_id")


def context_of(version: Any) -> dict[str, Any]:
    return version.pgh_context.metadata if version.pgh_context else {}


def names_of_users(versions: Iterable[Any]) -> dict[Any, str]:
    users = {user for version in versions if (user := context_of(version).get("user"))}
    found = get_user_model()._default_manager.filter(pk__in=users) if users else ()
    return {user.pk: user.get_username() for user in found}


def who(version: Any, users: dict[Any, str]) -> str:
    """A user; else what the context tells; else the database role, for fixtures and SQL."""
    context = context_of(version)
    if user := context.get("user"):
        return users.get(user) or f"user no. {user}, since deleted"
    if command := context.get("command"):
        return f"command {command} by {context['by']}" if "by" in context else f"command {command}"
    if url := context.get("url"):
        return f"page {url}"
    return f"SQL or command (role {version.database_role})"
