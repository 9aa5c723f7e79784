from django.contrib import admin

from archive import models
from archive.admin.base import RecordAdmin, date_column
from archive.admin.filters import coded, given


@admin.register(models.Organization)
class OrganizationAdmin(RecordAdmin):
    list_display = ("name", "acronym", "short_name", "kind", "began", "ended", "also_called")
    list_filter = (
        ("kind", coded("kind")),
        ("dissolved", given("end", yes="Dissolved", no="Exists, or not known")),
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
