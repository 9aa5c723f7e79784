from django.contrib import admin

from archive import models
from archive.admin.base import RecordAdmin, date_column
from archive.admin.filters import coded, titled


@admin.register(models.Organization)
class OrganizationAdmin(RecordAdmin):
    list_display = ("name", "acronym", "slug", "kind", "began", "ended", "also_called")
    list_filter = (
        ("kind", coded("kind")),
        ("dissolved", titled("date of its end", admin.EmptyFieldListFilter)),
    )
    search_fields = ("slug", "name", "acronym", "aliases")
    ordering = ("name",)
    prepopulated_fields = {"slug": ("acronym",)}
    evidence = False
    fieldsets = (
        (None, {"fields": ("name", ("acronym", "slug"), "kind", "aliases")}),
        ("When", {"fields": ("founded", "dissolved")}),
    )

    began = date_column("founded", description="founded", ordering="founded")
    ended = date_column("dissolved", description="dissolved", ordering="dissolved")

    @admin.display(description="also called")
    def also_called(self, organization: models.Organization) -> str:
        return ", ".join(organization.aliases)
