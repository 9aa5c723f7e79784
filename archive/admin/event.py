from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest

from archive import models
from archive.admin.base import date_column
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, year_filter
from archive.admin.participation import ParticipationInline
from archive.admin.publishing import PublishableAdmin
from archive.admin.request import RequestInline


@admin.register(models.Event)
class EventAdmin(PublishableAdmin):
    list_display = (
        "title",
        "when",
        "kind",
        "who",
        "place",
        "status_badge",
        "passages",
        "is_contested",
    )
    list_filter = (
        ("status", coded("status")),
        ("kind", coded("kind")),
        EvidenceFilter,
        year_filter("date_possible"),
        ("participations__actor_state", related("state taking part")),
    )
    list_select_related = ("part_of",)
    search_fields = (
        "slug",
        "title",
        "summary",
        "place",
        "participations__actor_state__name",
        "participations__actor_state__aliases",
        "participations__actor_organization__acronym",
    )
    ordering = ("-date_possible", "slug")
    autocomplete_fields = ("part_of",)
    inlines = (ParticipationInline, RequestInline, CitationInline)
    fieldsets = (
        (None, {"fields": ("title", "kind", "date", "place", "summary", "part_of", "slug")}),
    )

    when = date_column("date")

    def get_queryset(self, request: HttpRequest) -> Any:
        actors = models.Participation.objects.select_related("actor_state", "actor_organization")
        return super().get_queryset(request).prefetch_related(Prefetch("participations", actors))

    @admin.display(description="who")
    def who(self, event: models.Event) -> str:
        return ", ".join(dict.fromkeys(str(one.actor) for one in event.participations.all()))
