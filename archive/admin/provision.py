from django.contrib import admin

from archive import models
from archive.admin.base import RecordAdmin
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, related


@admin.register(models.Provision)
class ProvisionAdmin(RecordAdmin):
    list_display = (
        "__str__",
        "organization",
        "gist",
        "passages",
        "is_contested",
    )
    list_filter = (("organization", related("organization")), EvidenceFilter)
    list_select_related = ("organization",)
    search_fields = ("slug", "instrument", "article_number", "gist", "organization__name")
    ordering = ("slug",)
    autocomplete_fields = ("organization",)
    inlines = (CitationInline,)
    fieldsets = (
        (None, {"fields": ("organization", ("instrument", "article_number"), "gist", "slug")}),
    )
