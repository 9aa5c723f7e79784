from django.contrib import admin

from archive import models
from archive.admin.base import RecordAdmin
from archive.admin.filters import coded, related


@admin.register(models.Source)
class SourceAdmin(RecordAdmin):
    list_display = ("name", "short_name", "kind", "country", "homepage")
    list_filter = (("kind", coded("kind")), ("country", related("country")))
    list_select_related = ("country",)
    search_fields = ("slug", "name", "homepage", "note")
    ordering = ("name",)
    autocomplete_fields = ("country",)
    prepopulated_fields = {"slug": ("name",)}
    evidence = False
    fieldsets = (
        (None, {"fields": (("name", "slug"), "kind", "homepage", "country")}),
        ("For the reader", {"fields": ("note",)}),
    )
