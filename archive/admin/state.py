from django.contrib import admin

from archive import models
from archive.admin.base import RecordAdmin, date_column
from archive.admin.filters import given, related


@admin.register(models.State)
class StateAdmin(RecordAdmin):
    list_display = ("name", "code", "also_called", "cow_letters", "cow", "gw", "existence")
    list_filter = (
        ("memberships__organization", related("member or observer of")),
        ("existed", given("existence", yes="Began or ended", no="Not in doubt")),
    )
    search_fields = ("code", "name", "official_name", "aliases", "iso2", "cow_letters")
    ordering = ("name",)
    evidence = False
    fieldsets = (
        (None, {"fields": (("name", "code"), "official_name", "aliases", "existed")}),
        (
            "Codes in other collections",
            {"fields": (("iso2", "m49"), ("cow", "cow_letters", "gw"))},
        ),
    )

    existence = date_column("existed", description="existed", ordering="existed")

    @admin.display(description="also called")
    def also_called(self, state: models.State) -> str:
        return ", ".join(state.aliases)
