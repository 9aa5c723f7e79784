"""The kinds of query parameters of which ``filters.py`` composes its tables.

Each kind says once how its text is read, which rows it asks for, which values it allows
and how the schema shows it; so the filter, the 400 and the schema cannot disagree. What
several parameters ask together is in ``filter_sets.py``.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, NamedTuple

import django_filters  # type: ignore[import-untyped]  # it has no types
from django.core.exceptions import ValidationError
from django.db.models import (
    Case,
    CharField,
    Exists,
    F,
    Model,
    OuterRef,
    Q,
    TextChoices,
    Value,
    When,
)

from archive import edtf, models
from archive.api.errors import BadParameter, shortened
from archive.api.prepared import Slot
from archive.api.references import title_of
from archive.models.base import contested_keys

DAY_PATTERN = r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"
MAX_LENGTH = 200


# The ids of the public rows of a model with these keys; refuses a key that has none.
Find = Callable[[Any, list[str]], dict[str, int]]


class RefusedError(ValidationError):
    """The value of a parameter is wrong; `allowed` lists the right ones where it can."""

    def __init__(self, message: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.allowed = list(allowed)


def values_in(text: str, allowed: Iterable[str] = ()) -> list[str]:
    """Several values with commas, none of them empty."""
    values = text.split(",")
    if "" in values:
        raise RefusedError("One of the values is empty: there is a comma too many.", allowed)
    return values


class UnknownKeyError(RefusedError):
    """No public row of the model has this key."""

    def __init__(self, message: str, key: str) -> None:
        super().__init__(message)
        self.key = key


class Through(NamedTuple):
    """Rows that hang on the record by their field `link`; `link` is "" for citations.

    Parameters through the same rows ask for one row that fits them all: ``state=ARM`` and
    ``role=target`` find the events in which Armenia was the target.
    """

    model: Any
    link: str


class Parameter(django_filters.Filter):
    """One query parameter. `path` leads from the record to the column that it asks about."""

    # Several values with commas, any of which may be true.
    is_list = False

    def __init__(self, description: str, path: str | None = None, through: Any = None) -> None:
        super().__init__(field_name=path)
        self.description = description
        self.through = through

    def read(self, text: str) -> Any:
        """The value in `text`; raises `RefusedError`."""
        raise NotImplementedError

    def resolve(self, value: Any, find: Find) -> Any:
        """What `condition` takes, of what was read; `find` knows the ids of keys."""
        return value

    def condition(self, value: Any) -> Q:
        """True for the rows asked for; `value` may be a slot, where `slots` names it."""
        return Q(**{f"{self.field_name}__any" if self.is_list else self.field_name: value})

    def slots(self, name: str, value: Any) -> dict[str, Any]:
        """The values that the SQL of the condition leaves open; empty where it depends on them."""
        return {name: value} if self.is_list else {}

    def shape(self, name: str, value: Any) -> Hashable:
        """What of the value the SQL of the condition depends on."""
        return None if self.slots(name, value) else str(value)

    def slotted(self, name: str, value: Any) -> Any:
        """What `condition` takes in the place of `value`."""
        return Slot(name) if self.slots(name, value) else value

    def groups(self) -> list[Any]:
        """The columns by whose values together `?facets=` counts."""
        return [F(str(self.field_name))]

    def shown(self, groups: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[str, str]]:
        """The value and the label of each group; one that has none is not shown."""
        raise NotImplementedError

    def schema(self) -> dict[str, Any]:
        """The values (each of them, in a list) in the words of OpenAPI."""
        return {"type": "string"}

    def in_openapi(self, name: str) -> dict[str, Any]:
        described = {"name": name, "in": "query", "description": self.description}
        if self.is_list:
            several = {"type": "array", "items": self.schema()}
            return {**described, "schema": several, "explode": False, "style": "form"}
        return {**described, "schema": self.schema()}


class Choice(Parameter):
    """Values of a vocabulary."""

    is_list = True

    def __init__(
        self,
        vocabulary: type[TextChoices] | Iterable[str],
        description: str,
        path: str | None = None,
        through: Through | None = None,
    ) -> None:
        super().__init__(description, path, through)
        # The members of a vocabulary are its values.
        self.labels = {str(value): str(getattr(value, "label", value)) for value in vocabulary}
        self.allowed = list(self.labels)

    def read(self, text: str) -> list[str]:
        values = values_in(text, self.allowed)
        for value in values:
            if value not in self.allowed:
                raise RefusedError(f"“{shortened(value)}” is none of the values.", self.allowed)
        return values

    def shown(self, groups: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[str, str]]:
        return {(value,): (value, self.labels[value]) for (value,) in groups if value}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.allowed}


class AnswerOfAddressee(Choice):
    """Kinds of responses by the very actor that was asked."""

    def condition(self, value: list[str]) -> Q:
        responses = models.Response.objects.public().of_addressee()
        return Q(Exists(responses.filter(request=OuterRef("pk"), kind__any=value)))


class TargetKind(Choice):
    """What kind of record a citation is about."""

    def slots(self, name: str, value: list[str]) -> dict[str, Any]:
        return {}

    def condition(self, value: list[str]) -> Q:
        condition = Q()
        for target in value:
            condition |= Q(**{f"{target}__isnull": False})
        return condition

    def groups(self) -> list[Any]:
        whens = (When(self.condition([target]), then=Value(target)) for target in self.allowed)
        return [Case(*whens, output_field=CharField())]


class Flag(Parameter):
    """true or false."""

    def read(self, text: str) -> bool:
        if text not in ("true", "false"):
            raise RefusedError(f"“{shortened(text)}” is neither true nor false.", ["true", "false"])
        return text == "true"

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


class IsContested(Flag):
    """Whether a passage disputes the record, or an import. Told which kind, it asks by key."""

    def __init__(self, description: str, target: str = "") -> None:
        super().__init__(description)
        self.target = target

    def condition(self, value: bool) -> Q:
        if not self.target:
            return super().condition(value)
        known = Q(pk__in=contested_keys(models.Citation.objects.published(), self.target))
        return known if value else ~known


class IsRoot(Flag):
    """Whether the record is no part of another."""

    def condition(self, value: bool) -> Q:
        return Q(part_of__isnull=value)


class Key(Parameter):
    """Keys of other records: codes of states, slugs of everything else.

    They are looked up first: an unknown key is a mistake, not an empty answer; and rows
    are then found by their foreign key, through an index.
    """

    is_list = True

    def __init__(
        self,
        model: type[Model],
        description: str,
        path: str | None = None,
        through: Through | None = None,
    ) -> None:
        super().__init__(description, path, through)
        self.target = model

    def read(self, text: str) -> list[str]:
        return values_in(text)

    def resolve(self, value: list[str], find: Find) -> list[int]:
        return list(find(self.target, value).values())

    def condition(self, value: Any) -> Q:
        link = "" if self.field_name == "pk" else f"{self.field_name}__"
        return Q(**{f"{link}pk__any": value})

    def shown(self, groups: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[str, str]]:
        named = keys_and_titles(self.target, [key for (key,) in groups])
        return {(key,): shown for key, shown in named.items()}


class Actor(Parameter):
    """Codes of states and slugs of organizations, in one parameter."""

    is_list = True

    def read(self, text: str) -> list[str]:
        return values_in(text)

    def resolve(self, value: list[str], find: Find) -> dict[str, list[int]]:
        codes = [key for key in value if key.isupper()]
        slugs = [key for key in value if not key.isupper()]
        try:
            return {
                "state": list(find(models.State, codes).values()) if codes else [],
                "organization": list(find(models.Organization, slugs).values()) if slugs else [],
            }
        except UnknownKeyError as error:
            raise RefusedError(
                f"No state has the code and no organization the slug “{shortened(error.key)}”; "
                "/api/v1/states/ and /api/v1/organizations/ list them."
            ) from error

    def condition(self, value: dict[str, Any]) -> Q:
        return Q(**{f"{self.field_name}_state__pk__any": value["state"]}) | Q(
            **{f"{self.field_name}_organization__pk__any": value["organization"]}
        )

    def slots(self, name: str, value: dict[str, list[int]]) -> dict[str, Any]:
        return {f"{name}_{kind}": keys for kind, keys in value.items()}

    def slotted(self, name: str, value: dict[str, list[int]]) -> dict[str, Slot]:
        return {kind: Slot(f"{name}_{kind}") for kind in value}

    def groups(self) -> list[Any]:
        return [F(f"{self.field_name}_state"), F(f"{self.field_name}_organization")]

    def shown(self, groups: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], tuple[str, str]]:
        states = keys_and_titles(models.State, [state for state, _ in groups])
        organizations = keys_and_titles(models.Organization, [slug for _, slug in groups])
        return {(key, None): shown for key, shown in states.items()} | {
            (None, key): shown for key, shown in organizations.items()
        }


def keys_and_titles(model: Any, ids: list[int | None]) -> dict[int, tuple[str, str]]:
    """The natural key and the title of the public rows with these ids."""
    rows = model.objects.public().filter(pk__in=set(ids) - {None})
    return {row.pk: ("/".join(row.natural_key()), title_of(row)) for row in rows}


def read_all(
    parameters: Mapping[str, Parameter], query: Mapping[str, str], find: Find | None = None
) -> dict[str, Any]:
    """What `query` asks, by parameter; raises `BadParameter` at the first value refused."""
    given = {}
    for name, text in query.items():
        if parameter := parameters.get(name):
            try:
                given[name] = parameter.resolve(parameter.read(text), find or found)
            except RefusedError as error:
                raise BadParameter(name, str(error.message), error.allowed) from error
    return given


def found(model: Any, keys: list[str]) -> dict[str, int]:
    """The ids of the public rows with these keys; refuses a key that has none."""
    (field,) = model.natural_key_lookups
    name = model._meta.verbose_name
    rows = model.objects.public().filter(**{f"{field}__in": keys}).order_by()
    ids = dict(rows.values_list(field, "pk"))
    for key in keys:
        if key not in ids:
            address = f"/api/v1/{str(model._meta.verbose_name_plural).replace(' ', '-')}/"
            raise UnknownKeyError(
                f"No {name} has the {field} “{shortened(key)}”; {address} lists them.", key
            )
    return ids


class Code(Parameter):
    """Values of a column that is no vocabulary: compared as they stand."""

    is_list = True

    def read(self, text: str) -> list[str]:
        return values_in(text)


class Number(Parameter):
    """Whole numbers of at most four digits."""

    is_list = True

    def read(self, text: str) -> list[int]:
        values = text.split(",")
        if any(re.fullmatch(r"[0-9]{1,4}", value) is None for value in values):
            raise RefusedError(f"“{shortened(text)}” is no whole number of at most four digits.")
        return [int(value) for value in values]

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": 9999}


class Search(Parameter):
    """Text that stands in one of the columns, whatever its case."""

    def __init__(self, *paths: str) -> None:
        where = ", ".join(path.replace("__", "'s ").replace("_", " ") for path in paths)
        super().__init__(f"Text that stands in one of: {where}. Capitals do not matter.")
        self.paths = paths

    def read(self, text: str) -> str:
        if len(text) > MAX_LENGTH:
            raise RefusedError(f"A search has at most {MAX_LENGTH} characters.")
        return text

    def condition(self, value: str) -> Q:
        condition = Q()
        for path in self.paths:
            condition |= Q(**{f"{path}__icontains": value})
        return condition

    def slots(self, name: str, value: str) -> dict[str, Any]:
        return {name: value}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}


class Day(Parameter):
    """A day, a month or a year. The filter set asks with it: see `DatedFilterSet`."""

    def read(self, text: str) -> edtf.PartialDate:
        if re.fullmatch(DAY_PATTERN, text) is None:
            raise RefusedError(
                f"“{shortened(text)}” is no day, month or year: write it as 2022-09-14, "
                "2022-09 or 2022."
            )
        try:
            return edtf.parse(text)
        except edtf.EDTFError as error:
            raise RefusedError(str(error)) from error

    def condition(self, value: Any) -> Q:
        return Q()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": DAY_PATTERN}


class OneDay(Day):
    """A day and nothing less exact."""

    def read(self, text: str) -> edtf.PartialDate:
        day = super().read(text)
        if day.earliest != day.latest:
            raise RefusedError(
                f"“{text}” is more than a day: write it as 2012-01-01. For a month or a year, "
                "use from and to."
            )
        return day

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


class Certain(Flag):
    """How sure an overlap must be. The filter set asks with it: see `DatedFilterSet`."""

    def condition(self, value: bool) -> Q:
        return Q()


class Ordering(Parameter):
    """The order of the list; it ends in `key`, so that no two rows are equal in it."""

    is_list = True

    def __init__(self, default: str, key: tuple[str, ...], **paths: str) -> None:
        self.allowed = [f"{sign}{name}" for name in paths for sign in ("", "-")]
        super().__init__(f"The order; - turns it round. By default: {default}.")
        self.paths, self.key, self.default = paths, key, default

    def read(self, text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in self.allowed:
                raise RefusedError(f"There is no order by “{shortened(name)}”.", self.allowed)
        return names

    def condition(self, value: Any) -> Q:
        return Q()

    def slots(self, name: str, value: Any) -> dict[str, Any]:
        return {}

    def terms(self, names: list[str] | None) -> list[str]:
        """The paths to order by, "-" before those that descend; each path once."""
        terms: dict[str, str] = {}
        for name in names or self.default.split(","):
            path = self.paths[name.removeprefix("-")]
            terms.setdefault(path, f"-{path}" if name.startswith("-") else path)
        for path in self.key:
            terms.setdefault(path, path)
        return list(terms.values())

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "enum": self.allowed}
