"""What all lists' parameters do together: find, in days where rows have a date, and order."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Any, ClassVar, Self

import django_filters  # type: ignore[import-untyped]  # it has no types
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from archive import models
from archive.api.errors import BadParameter
from archive.api.parameters import Certain, Day, Find, Parameter, Through, read_all
from archive.api.prepared import Slot


class RecordFilterSet(django_filters.FilterSet):
    """The parameters of one list. A parameter named by a word of Python ends in "_".

    An instance holds what was asked, by parameter, in `given`.
    """

    # The parameters by whose values ?facets= counts.
    facets: ClassVar[tuple[str, ...]] = ()

    def __init__(self, given: dict[str, Any]) -> None:
        # Not the base class's: it would copy all parameters, to make a form of them.
        self.filters = self.base_filters
        self.given = given

    @classmethod
    def get_filters(cls) -> dict[str, Parameter]:
        return {name.rstrip("_"): parameter for name, parameter in super().get_filters().items()}

    @classmethod
    def read(cls, query: QueryDict, find: Find | None = None) -> Self:
        """What `query` asks; raises `BadParameter` at the first value that is refused."""
        return cls(cls.prepare(read_all(cls.base_filters, query, find)))

    @classmethod
    def prepare(cls, given: dict[str, Any]) -> dict[str, Any]:
        """What several parameters say together takes their place here."""
        return given

    def slotted(self) -> tuple[Self, Hashable, dict[str, Any]]:
        """The same question without its values; what tells it from others; the values."""
        given: dict[str, Any] = {}
        values: dict[str, Any] = {}
        key: list[Hashable] = []
        for name, value in self.given.items():
            parameter = self.filters.get(name)
            slots = parameter.slots(name, value) if parameter else {name: value}
            given[name] = parameter.slotted(name, value) if parameter else Slot(name)
            values |= slots
            key.append((name, parameter.shape(name, value) if parameter else None))
        return type(self)(given), tuple(key), values

    def through_conditions(self) -> dict[Through, Q]:
        """What is asked of the rows that hang on the records, together."""
        through: dict[Through, Q] = defaultdict(Q)
        for name, value in self.given.items():
            parameter = self.filters.get(name)
            if parameter and parameter.through:
                through[parameter.through] &= parameter.condition(value)
        return through

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for name, value in self.given.items():
            parameter = self.filters.get(name)
            if parameter and not parameter.through:
                queryset = queryset.filter(parameter.condition(value))
        for (model, link), condition in self.through_conditions().items():
            owner = link or models.Citation.target_field_of(queryset.model)
            rows = model.objects.public().filter(condition, **{f"{owner}": OuterRef("pk")})
            queryset = queryset.filter(Exists(rows))
        return queryset.order_by(*self.order())

    def order(self) -> list[str]:
        terms: list[str] = self.filters["ordering"].terms(self.given.get("ordering"))
        return terms


def days_asked(given: Mapping[str, Any]) -> DateRange:
    """The days of `from` and `to`, both inclusive."""
    first = given["from"].earliest if "from" in given else None
    last = given["to"].latest if "to" in given else None
    if first and last and first > last:
        raise BadParameter("to", f"“to” ({last}) is before “from” ({first}).")
    return DateRange(first, last, "[]")


class DatedFilterSet(RecordFilterSet):
    """Parameters of records with a date: what may, or must, overlap a stretch of days."""

    # The columns with the days that the record may touch, and those that it surely covers.
    possible = "date_possible"
    certainly = "date_certain"

    from_ = Day(
        "From this day on: finds what may overlap, or with `certain=true` what must. A month "
        "or a year stands for its first day. Undated records are left out."
    )
    to = Day("Up to this day, inclusive; a month or a year stands for its last day.")
    certain = Certain("`true` leaves out what only may overlap.")

    @classmethod
    def prepare(cls, given: dict[str, Any]) -> dict[str, Any]:
        if not {"from", "to", "certain"} & set(given):
            return given
        others = {name: value for name, value in given.items() if name not in {"from", "to"}}
        return {**others, "days": days_asked(given)}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.given
        if "days" not in given:
            return super().filter_queryset(queryset)
        if given.get("certain"):
            condition = Q(**{f"{self.possible}__contained_by": given["days"]})
            if self.certainly:
                condition |= Q(**{f"{self.certainly}__overlap": given["days"]})
        else:
            condition = Q(**{f"{self.possible}__overlap": given["days"]})
        return super().filter_queryset(queryset.filter(condition))


class ParameterBackend(BaseFilterBackend):
    """Runs the filter set of a view."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        asked: RecordFilterSet = view.filterset_class.read(request.query_params)  # type: ignore[attr-defined]
        return asked.filter_queryset(queryset)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = view.filterset_class.base_filters.items()
        return [parameter.in_openapi(name) for name, parameter in parameters]
