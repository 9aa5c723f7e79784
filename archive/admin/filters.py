"""Filters of the lists, beside Django's own."""

import datetime
from typing import Any

from django.contrib import admin
from django.db.models import DateField, F, Func, Q
from django.db.models.functions import ExtractYear
from django.http import HttpRequest
from psycopg.types.range import DateRange

from archive.choices import Status
from archive.models import Citation
from archive.models.base import contested_keys


def titled(words: str, filter_class: Any) -> Any:
    """One of Django's filters on a field, under a title of our own."""

    class Titled(filter_class):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = words

    return Titled


def coded(words: str) -> Any:
    """The values of a vocabulary."""
    return titled(words, admin.ChoicesFieldListFilter)


def related(words: str) -> Any:
    """Those related rows that the list uses."""
    return titled(words, admin.RelatedOnlyFieldListFilter)


def year_filter(path: str, words: str = "year") -> type[admin.SimpleListFilter]:
    """Records whose possible range (at `path`) touches a year; offers the years of starts."""

    class YearFilter(admin.SimpleListFilter):
        title = words
        parameter_name = "year"

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            start = Func(F(path), function="lower", output_field=DateField())
            years = (
                model_admin.model._default_manager.order_by()
                .annotate(start_year=ExtractYear(start))
                .filter(start_year__isnull=False)
                .values_list("start_year", flat=True)
                .distinct()
                .order_by("-start_year")
            )
            return [(f"{year:04}", str(year)) for year in years]

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            value = self.value() or ""
            if not (value.isdecimal() and 1 <= int(value) <= 9998):
                return queryset
            year = int(value)
            days = DateRange(datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1))
            return queryset.filter(**{f"{path}__overlap": days})

    return YearFilter


class EvidenceFilter(admin.SimpleListFilter):
    """What the passages say, and imports; passages that are withdrawn do not count."""

    title = "evidence"
    parameter_name = "evidence"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("none", "No passage"), ("some", "Cited"), ("contested", "Contested")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "contested":
            standing = Citation.objects.exclude(status=Status.WITHDRAWN)
            target = str(Citation.target_field_of(queryset.model))
            return queryset.filter(pk__in=contested_keys(standing, target))
        chosen = {"none": Q(citation_count=0), "some": Q(citation_count__gt=0)}
        return queryset.filter(chosen.get(self.value() or "", Q()))
