from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html

from archive import models
from archive.admin.base import LookAtAdmin


@admin.register(models.Release)
class ReleaseAdmin(LookAtAdmin):
    """What was released: `export_release` makes one."""

    change_list_template = "admin/archive/release/change_list.html"
    list_display = ("version", "date", "records", "megabytes", "made_at", "link")
    fields = ("version", "date", "notes", "made_at", "size", "sha256", "counts", "link")

    @admin.display(description="records")
    def records(self, release: models.Release) -> int:
        return sum(release.counts.values())

    @admin.display(description="MB", ordering="size")
    def megabytes(self, release: models.Release) -> str:
        return f"{release.size / 1_000_000:,.1f}"

    @admin.display(description="files")
    def link(self, release: models.Release) -> str:
        address = release.get_absolute_url()
        return format_html(
            '<a href="{0}{1}.zip">zip</a>, <a href="{0}codebook.html">codebook</a>, '
            '<a href="{0}">all</a>',
            address,
            release.name,
        )

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_active and request.user.is_staff
