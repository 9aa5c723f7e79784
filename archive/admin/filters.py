"""Filters of the lists, beside Django's own."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.views.main import ERROR_FLAG, PAGE_VAR
from django.db.models import DateField, Exists, F, Func, OuterRef
from django.db.models.constants import LOOKUP_SEP
from django.db.models.functions import ExtractYear
from django.http import HttpRequest
from psycopg.types.range import DateRange

from archive.admin.lookup import LookupSelect, label_of
from archive.choices import Status
from archive.models import Citation
from archive.models.base import cited_keys, contested_keys

# Of more choices than these, links are too many to read: one is chosen in a box.
MANY = 25


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


def in_use(model: Any, path: str) -> tuple[Any, str]:
    """Where to find the values of `path`: rows, and the rest of the path that leads on from them.

    These are the rows that records refer to by its first step, where it has several: to go through
    six thousand roll calls is faster than through the million votes in them.
    """
    rows = model._default_manager.order_by()
    first, _, rest = path.partition(LOOKUP_SEP)
    if not rest:
        return rows, path
    above = model._meta.get_field(first).related_model._default_manager.order_by()
    return above.filter(Exists(rows.filter(**{first: OuterRef("pk")}))), rest


def given(words: str, *, yes: str, no: str) -> Any:
    """Whether a field is filled in, and what that says of the record."""

    class Given(admin.EmptyFieldListFilter):
        def choices(self, changelist: Any) -> Any:
            for choice in super().choices(changelist):
                shown = str(choice["display"]).replace("Not empty", yes).replace("Empty", no)
                yield {**choice, "display": shown}

    return titled(words, Given)


class InBox(admin.ListFilter):
    """A filter that may show links to all and to what is chosen, and a box to choose another."""

    select: forms.Select | None = None  # where links would be too many

    def put_in_box(self, name: str, select: forms.Select) -> None:
        self.template = "admin/archive/filter_box.html"
        self.box_name, self.box_id, self.select = name, f"filter-{name}", select

    def box(self) -> str:
        assert self.select is not None
        return self.select.render(self.box_name, "", {"id": self.box_id, "required": True})

    @property
    def media(self) -> forms.Media:
        return self.select.media if self.select else forms.Media()

    def kept(self) -> list[tuple[str, str]]:
        """The rest of what the list was asked, which goes along; the page begins anew."""
        own = {*self.expected_parameters(), PAGE_VAR, ERROR_FLAG}
        asked = self.request.GET.lists()
        return [(name, value) for name, values in asked if name not in own for value in values]

    def has_output(self) -> bool:
        return self.select is not None or super().has_output()


class RelatedFilter(InBox, admin.RelatedFieldListFilter):
    """Those related rows that the list uses; of many, any is found by the search of the forms."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        used, path = in_use(model_admin.model, self.field_path)
        rows: Any = field.related_model._default_manager
        ordering = self.field_admin_ordering(field, request, model_admin)
        found = list(rows.filter(pk__in=used.values(f"{path}__pk")).order_by(*ordering)[: MANY + 1])
        if len(found) <= MANY:
            return [(row.pk, str(row)) for row in found]
        self.put_in_box(self.lookup_kwarg, LookupSelect(field, model_admin.admin_site))
        chosen = [key for key in self.lookup_val or () if key.isdecimal()][-1:]
        return [(row.pk, label_of(row)) for key in chosen for row in rows.filter(pk=key)]


def related(words: str) -> Any:
    return titled(words, RelatedFilter)


def year_filter(path: str, words: str = "year") -> type[admin.SimpleListFilter]:
    """Records whose possible range (at `path`) touches a year; offers the years of starts."""

    class YearFilter(InBox, admin.SimpleListFilter):
        title = words
        parameter_name = "year"

        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            offered = self.lookup_choices
            if len(offered) > MANY:
                self.put_in_box("year", forms.Select(choices=[("", ""), *offered]))
                self.lookup_choices = [one for one in offered if one[0] == self.value()]

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            used, column = in_use(model_admin.model, path)
            start = Func(F(column), function="lower", output_field=DateField())
            years = (
                used.annotate(start_year=ExtractYear(start))
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
        standing = Citation.objects.exclude(status=Status.WITHDRAWN)
        target = str(Citation.target_field_of(queryset.model))
        match self.value():
            case "contested":
                return queryset.filter(pk__in=contested_keys(standing, target))
            case "some":
                return queryset.filter(pk__in=cited_keys(standing, target))
            case "none":
                return queryset.exclude(pk__in=cited_keys(standing, target))
        return queryset
