from typing import Any

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from archive import models
from archive.admin.base import LookAtAdmin, badge
from archive.admin.filters import coded, related
from archive.models.imports import IMPORTABLE

# Of what an import made so many are named.
NAMED = 20


def in_words(report: dict[str, Any]) -> list[str]:
    """What the registration of an import keeps of what came of it, a sentence each."""
    return [
        f"{name.replace('_', ' ').capitalize()}: {words}."
        for name, value in report.items()
        if (words := _words(value))
    ]


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{number:,} {what}" for what, number in value.items())
    if isinstance(value, list):
        named = "; ".join(map(str, value[:NAMED]))
        return f"{len(value):,}, such as {named}" if len(value) > NAMED else named
    return f"{value:,}" if isinstance(value, int) else str(value)


class UndoneFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("stands", "Stands"), ("undone", "Undone")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = {"stands": Q(undone_at=None), "undone": Q(undone_at__isnull=False)}
        return queryset.filter(chosen.get(self.value() or "", Q()))


@admin.register(models.Import)
class ImportAdmin(LookAtAdmin):
    list_display = (
        "file_name",
        "layout",
        "source",
        "rows",
        "imported_at",
        "imported_by",
        "state",
        "differences",
    )
    list_filter = (UndoneFilter, ("layout", coded("layout")), ("source", related("source")))
    list_select_related = ("source",)
    search_fields = ("slug", "file_name", "sha256", "imported_by")
    ordering = ("-imported_at", "slug")
    fieldsets = (
        (None, {"fields": ("file_name", "layout", "source", "rows", "sha256")}),
        ("When and by whom", {"fields": ("imported_at", "imported_by", "tool_version", "state")}),
        ("What came of it", {"fields": ("outcome", "lines", "differences", "taking_back")}),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        is_open = Q(discrepancies__settled_at=None)
        return (
            super()
            .get_queryset(request)
            .annotate(
                differing=Count("discrepancies"),
                open=Count("discrepancies", filter=is_open),
            )
        )

    def view_on_site(self, obj: Any) -> str:
        return str(obj.get_absolute_url())

    @admin.display(description="status", ordering="undone_at")
    def state(self, taken: models.Import) -> str:
        if taken.undone_at is None:
            return badge("supports", "stands")
        when = f"undone by {taken.undone_by}, {taken.undone_at:%d %B %Y}"
        return badge("withdrawn", when)

    @admin.display(description="discrepancies", ordering="open")
    def differences(self, taken: Any) -> str:
        if not taken.differing:
            return "none"
        url = reverse("admin:archive_discrepancy_changelist")
        return format_html(
            '<a href="{}?source_import__id__exact={}">{} open of {}</a>',
            url,
            taken.pk,
            taken.open,
            taken.differing,
        )

    @admin.display(description="report")
    def outcome(self, taken: models.Import) -> str:
        return format_html_join("", "<div>{}</div>", ((one,) for one in in_words(taken.report)))

    @admin.display(description="by now")
    def lines(self, taken: models.Import) -> str:
        """What rests on it; the report tells what it was on the day."""
        votes = taken.votes.count()
        # Several lines may tell of one record.
        records = taken.imported_rows.order_by().values(*IMPORTABLE).distinct()
        made, confirmed = (records.filter(made=one).count() for one in (True, False))
        return (
            f"{votes:,} vote{pluralize(votes)} rest{pluralize(votes, 's,')} on it; it made "
            f"{made:,} other record{pluralize(made)}, and confirms {confirmed:,}."
        )

    @admin.display(description="to take it back")
    def taking_back(self, taken: models.Import) -> str:
        if taken.undone_at:
            return "It is taken back. The same file can be imported again."
        return format_html(
            "<code>manage.py undo_import {}</code> takes back what it brought, unless somebody "
            "has built on it; with <code>--dry-run</code> it only says what would go.",
            taken.slug,
        )
