from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from archive import models
from archive.admin.base import date_column
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, titled, year_filter
from archive.admin.publishing import PublishableAdmin
from archive.admin.vote import VoteInline
from archive.choices import VoteChoice


@admin.register(models.RollCall)
class RollCallAdmin(PublishableAdmin):
    list_display = (
        "symbol_or_title",
        "about",
        "body",
        "when",
        "votes_held",
        "totals",
        "status_badge",
        "passages",
        "is_contested",
    )
    list_filter = (
        ("status", coded("status")),
        ("body", related("body")),
        ("complete", titled("complete roll", admin.BooleanFieldListFilter)),
        EvidenceFilter,
        year_filter("date_possible"),
    )
    list_select_related = ("body",)
    search_fields = ("slug", "symbol", "title", "body__name", "body__acronym")
    ordering = ("-date_possible", "slug")
    autocomplete_fields = ("body",)
    inlines = (VoteInline, CitationInline)
    fieldsets = (
        (None, {"fields": ("title", ("slug", "symbol"), ("body", "date"), "url")}),
        (
            "Totals as announced",
            {"fields": (("total_yes", "total_no", "total_abstain", "total_absent"), "complete")},
        ),
    )

    when = date_column("date")

    def get_queryset(self, request: HttpRequest) -> Any:
        # Counted for the rows that are shown: a join would bring every vote before the first row.
        votes = models.Vote.objects.order_by().filter(roll_call=OuterRef("pk")).values("roll_call")
        counted = votes.annotate(number=Count("pk")).values("number")
        return super().get_queryset(request).annotate(vote_count=Coalesce(Subquery(counted), 0))

    @admin.display(description="roll call", ordering="symbol")
    def symbol_or_title(self, roll_call: models.RollCall) -> str:
        return roll_call.symbol or self.about(roll_call)

    @admin.display(description="title", ordering="title")
    def about(self, roll_call: models.RollCall) -> str:
        title = roll_call.title
        return title if len(title) <= 80 else f"{title[:79]}…"

    @admin.display(description="votes held", ordering="vote_count")
    def votes_held(self, roll_call: Any) -> str:
        return f"{roll_call.vote_count}{' (complete)' if roll_call.complete else ''}"

    @admin.display(description="announced")
    def totals(self, roll_call: models.RollCall) -> str | None:
        numbers = {choice: getattr(roll_call, f"total_{choice}") for choice in VoteChoice.values}
        return ", ".join(f"{n} {choice}" for choice, n in numbers.items() if n is not None) or None
