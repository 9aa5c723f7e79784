from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from archive import history, models, settling
from archive.admin.base import LookAtAdmin, badge
from archive.admin.filters import related, titled
from archive.admin.lookup import label_of
from archive.admin.origin import agreeing
from archive.admin.records import form_of
from archive.choices import Settlement, Status
from archive.refusals import Refused

CHOICES = [
    (
        Settlement.HELD.value,
        Settlement.HELD.label,
        "The data set errs, or means something else. The record stays as it is.",
    ),
    (
        Settlement.IMPORTED.value,
        Settlement.IMPORTED.label,
        "The record takes this value over, as a change of yours, for this reason. A vote then "
        "rests on this line of the import; other imports that confirmed the old choice differ.",
    ),
]


def choices_for(discrepancy: Any) -> list[tuple[str, str, str]]:
    """The two, in words that are true of the record as it stands by now."""
    (held, held_words, held_help), (imported, imported_words, imported_help) = CHOICES
    record, now = discrepancy.record, discrepancy.value_now
    if now == discrepancy.imported:
        held_words = "What the archive held"
        held_help = format_html(
            "The record says “{}” by now. If that is wrong, restore an earlier version in its "
            '<a href="{}">history</a> first.',
            now,
            reverse(f"admin:archive_{record._meta.model_name}_history", args=[record.pk]),
        )
        imported_help = "The record says so by now, and stays as it is."
    elif not discrepancy.imported:
        imported_help = "If the import is right, withdraw the record first."
    elif now != discrepancy.held:
        held_words = "What the archive held"
        held_help = f"The data set errs. The record stays as it is by now: “{now}”."
        imported_help = f"The record says “{now}” by now: change it on its form first."
    return [(held, held_words, held_help), (imported, imported_words, imported_help)]


class StateFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), *((value, f"Settled: {words}") for value, words, _ in CHOICES)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value == "open":
            return queryset.open()
        return queryset.filter(settlement=value) if value in Settlement.values else queryset


class KindFilter(admin.SimpleListFilter):
    title = "kind of record"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(name, capfirst(name.replace("_", " "))) for name in models.Discrepancy.ABOUT]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        known = self.value() in models.Discrepancy.ABOUT
        return queryset.filter(**{f"{self.value()}__isnull": False}) if known else queryset


@admin.register(models.Discrepancy)
class DiscrepancyAdmin(LookAtAdmin):
    """Nothing of a discrepancy is typed: it is settled, with a reason, or opened again."""

    list_display = ("about", "field", "held", "imported", "line", "source_import", "state")
    list_filter = (
        StateFilter,
        KindFilter,
        ("field", titled("field", admin.AllValuesFieldListFilter)),
        ("source_import", related("import")),
    )
    search_fields = (
        "held",
        "imported",
        "reason",
        "source_import__file_name",
        "roll_call__slug",
        "roll_call__symbol",
        "roll_call__title",
        "vote__roll_call__slug",
        "vote__roll_call__symbol",
        "vote__state__name",
        "vote__state__code",
        "membership__slug",
        "membership__state__name",
    )
    ordering = ("source_import", "line", "pk")
    actions = ["settle_chosen"]

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset: Any = super().get_queryset(request)
        return queryset.with_records().select_related("source_import__source")

    @admin.display(description="record")
    def about(self, discrepancy: models.Discrepancy) -> str:
        record = discrepancy.record
        return f"{capfirst(record._meta.verbose_name)} {label_of(record)}"

    @admin.display(description="status", ordering="settled_at")
    def state(self, discrepancy: models.Discrepancy) -> str:
        if discrepancy.settled_at is None:
            return badge("open", "open")
        return badge("supports", f"{discrepancy.settlement} stands")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return settling.may_settle(request.user)

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        # The form of a roll call leads to those about its votes.
        is_ours = lookup == "vote__roll_call__id__exact"
        return is_ours or super().lookup_allowed(lookup, value, request)

    # --- One ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Both values side by side, and by POST the decision."""
        discrepancy: Any = self.get_object(request, object_id)
        if not self.has_view_permission(request, discrepancy):
            raise PermissionDenied
        if discrepancy is None:
            raise Http404
        refused = ""
        if request.method == "POST":
            try:
                words = self._decide(request, discrepancy)
            except Refused as refusal:
                refused = str(refusal)
            else:
                messages.success(request, words)
                return HttpResponseRedirect(request.get_full_path())
        record = discrepancy.record
        passages = record.citations.exclude(status=Status.WITHDRAWN).select_related("article")
        context = {
            "title": "Discrepancy" if discrepancy.settled_at else "Which of the two stands?",
            "subtitle": str(discrepancy),
            "discrepancy": discrepancy,
            "record": record,
            "record_name": label_of(record),
            "record_form": form_of(record),
            "passages": passages.defer("article__text"),
            "may_settle": self.has_change_permission(request, discrepancy),
            "agreeing": list(agreeing(discrepancy)),
            "choices": choices_for(discrepancy),
            "refused": refused,
            "changes": history.changes(discrepancy),
            **self._typed(request),
        }
        return self._page(request, "discrepancy", context)

    def _decide(self, request: HttpRequest, discrepancy: Any) -> str:
        """Settles it, or opens it again; what to say of it."""
        if not self.has_change_permission(request, discrepancy):
            raise PermissionDenied
        typed = self._typed(request)
        if "_reopen" in request.POST:
            settling.reopen(discrepancy, request.user, typed["reason"])
            return "It is open again, and the record contested."
        settling.settle(discrepancy, request.user, **typed)
        if typed["settlement"] == Settlement.HELD:
            return "Settled. The record stays as it is."
        record = discrepancy.record
        words = format_html("Settled, and the record says “{}” now.", discrepancy.imported)
        if record.citations.exists():
            words += format_html(
                ' <a href="{}">Read its passages again</a>: some may say otherwise.',
                form_of(record),
            )
        if models.Discrepancy.objects.open().about(record).exists():
            words += format_html(
                ' It stays contested: <a href="{}">another discrepancy</a> is open.',
                form_of(record),
            )
        return words

    @staticmethod
    def _typed(request: HttpRequest) -> dict[str, str]:
        reason = request.POST.get("reason", "").replace("\r\n", "\n").strip()
        return {"settlement": request.POST.get("settlement", ""), "reason": reason}

    # --- Several alike ---

    @admin.action(description="Settle…", permissions=["change"])
    def settle_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        """One decision and one reason for all of them; each is reported."""
        typed, rows = self._typed(request), list(queryset)
        if "settlement" in request.POST and all(typed.values()):
            return self._report(request, rows, typed)
        context = {
            "title": "Which of the two stands, in each of these?",
            "rows": [(self._name(row), row) for row in rows],
            "choices": CHOICES,
            "refused": "Say which stands, and why." if "reason" in request.POST else "",
            "action": request.POST.get("action", ""),
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
            **typed,
        }
        return self._page(request, "settle_several", context)

    def _report(
        self, request: HttpRequest, rows: Iterable[Any], typed: dict[str, str]
    ) -> TemplateResponse:
        report = []
        for row in rows:
            refused = ""
            try:
                settling.settle(row, request.user, **typed)
            except Refused as refusal:
                refused = str(refusal)
            report.append({"name": self._name(row), "url": form_of(row), "refused": refused})
        context = {
            "title": "Report",
            "rows": report,
            "done": "settled",
            "number_done": sum(not row["refused"] for row in report),
            "back": request.get_full_path(),
        }
        return self._page(request, "report", context)

    def _name(self, discrepancy: Any) -> str:
        return f"{self.about(discrepancy)} · {discrepancy}"

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/archive/{name}.html", context)
