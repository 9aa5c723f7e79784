from django.contrib import admin

from archive import models
from archive.admin.base import date_column
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, year_filter
from archive.admin.publishing import PublishableAdmin


@admin.register(models.Membership)
class MembershipAdmin(PublishableAdmin):
    list_display = (
        "state",
        "organization",
        "standing",
        "when",
        "status_badge",
        "passages",
        "is_contested",
    )
    list_filter = (
        ("status", coded("status")),
        ("organization", related("organization")),
        ("standing", coded("standing")),
        EvidenceFilter,
        year_filter("period_possible", "year (may be in force)"),
        ("state", related("state")),
    )
    list_select_related = ("state", "organization")
    search_fields = (
        "slug",
        "state__name",
        "state__code",
        "state__aliases",
        "organization__name",
        "organization__acronym",
        "organization__slug",
        "note",
    )
    ordering = ("organization__slug", "state__code", "period_possible")
    autocomplete_fields = ("state", "organization")
    inlines = (CitationInline,)
    fieldsets = (
        (None, {"fields": (("state", "organization"), "standing", "period", "slug")}),
        ("For the reader", {"fields": ("note",)}),
    )

    when = date_column("period", description="period")
