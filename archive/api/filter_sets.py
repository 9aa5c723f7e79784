"""What all lists' parameters do together: find, in days where rows have a date, and order."""

from collections import defaultdict
from typing import Any, ClassVar

import django_filters  # type: ignore[import-untyped]  # it has no types
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef, Q, QuerySet
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request
from rest_framework.views import APIView

from archive import models
from archive.api.errors import BadParameter
from archive.api.parameters import Certain, Day, Parameter, Through


class RecordFilterSet(django_filters.FilterSet):
    """The parameters of one list. A parameter named by a word of Python ends in "_"."""

    # The parameters by whose values ?facets= counts.
    facets: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def get_filters(cls) -> dict[str, Parameter]:
        return {name.rstrip("_"): parameter for name, parameter in super().get_filters().items()}

    @property
    def given(self) -> dict[str, Any]:
        """What was asked, by parameter."""
        values = self.form.cleaned_data.items()
        return {name: value for name, value in values if value is not None}

    def through_conditions(self) -> dict[Through, Q]:
        """What is asked of the rows that hang on the records, together."""
        through: dict[Through, Q] = defaultdict(Q)
        for name, value in self.given.items():
            parameter = self.filters[name]
            if parameter.through:
                through[parameter.through] &= parameter.condition(value)
        return through

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        for name, value in self.given.items():
            parameter = self.filters[name]
            if not parameter.through:
                queryset = queryset.filter(parameter.condition(value))
        for (model, link), condition in self.through_conditions().items():
            owner = link or models.Citation.target_field_of(queryset.model)
            rows = model.objects.public().filter(condition, **{f"{owner}": OuterRef("pk")})
            queryset = queryset.filter(Exists(rows))
        return queryset.order_by(*self.filters["ordering"].terms(self.given.get("ordering")))


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

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        given = self.given
        if not {"from", "to", "certain"} & set(given):
            return super().filter_queryset(queryset)
        first = given["from"].earliest if "from" in given else None
        last = given["to"].latest if "to" in given else None
        if first and last and first > last:
            raise BadParameter("to", f"“to” ({last}) is before “from” ({first}).")
        days = DateRange(first, last, "[]")
        if given.get("certain"):
            condition = Q(**{f"{self.possible}__contained_by": days})
            if self.certainly:
                condition |= Q(**{f"{self.certainly}__overlap": days})
        else:
            condition = Q(**{f"{self.possible}__overlap": days})
        return super().filter_queryset(queryset.filter(condition))


class ParameterBackend(BaseFilterBackend):
    """Runs the filter set of a view, and turns the first value refused into a 400."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Any], view: APIView
    ) -> QuerySet[Any]:
        filter_set = view.filterset_class(request.query_params, queryset)  # type: ignore[attr-defined]
        for name, errors in filter_set.errors.as_data().items():
            raise BadParameter(name, errors[0].message, getattr(errors[0], "allowed", ()))
        view.filter_set = filter_set  # type: ignore[attr-defined]  # the facets ask it
        rows: QuerySet[Any] = filter_set.qs
        return rows

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = view.filterset_class.base_filters.items()
        return [parameter.in_openapi(name) for name, parameter in parameters]
