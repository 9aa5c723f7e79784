from typing import Any

from django.contrib import admin
from django.db.models import Count
from django.http import HttpRequest

from archive import models
from archive.admin.base import RecordInline, date_column
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, year_filter
from archive.admin.forms import RecordForm
from archive.admin.lookup import ActorField
from archive.admin.publishing import PublishableAdmin
from archive.admin.response import ResponseInline


class RequestForm(RecordForm):
    addressee = ActorField(
        help_text="Whose help was sought, a state or an organization; who answered may be another."
    )


@admin.register(models.Request)
class RequestAdmin(PublishableAdmin):
    form = RequestForm
    list_display = (
        "__str__",
        "event",
        "when",
        "standing",
        "answers",
        "status_badge",
        "passages",
        "is_contested",
    )
    list_filter = (
        ("status", coded("status")),
        ("standing", coded("standing")),
        ("sought", coded("help sought")),
        EvidenceFilter,
        year_filter("event__date_possible", "year of the event"),
        ("requester", related("requester")),
        ("addressee_state", related("addressee (state)")),
        ("addressee_organization", related("addressee (organization)")),
    )
    list_select_related = (
        "event",
        "requester",
        "addressee_state",
        "addressee_organization",
        "provision",
    )
    search_fields = (
        "slug",
        "summary",
        "event__title",
        "event__slug",
        "requester__name",
        "requester__aliases",
        "addressee_state__name",
        "addressee_state__aliases",
        "addressee_organization__name",
        "addressee_organization__acronym",
        "addressee_organization__aliases",
    )
    ordering = ("-event__date_possible", "slug")
    autocomplete_fields = ("event", "requester", "provision")
    inlines = (ResponseInline, CitationInline)
    fieldsets = (
        (None, {"fields": ("event", ("requester", "addressee"), "slug")}),
        (
            "The call",
            {"fields": (("standing", "sought"), "provision", "date", "summary")},
        ),
    )

    when = date_column("date")

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset = super().get_queryset(request)
        return queryset.annotate(answer_count=Count("responses", distinct=True))

    @admin.display(description="responses", ordering="answer_count")
    def answers(self, record: Any) -> int:
        return int(record.answer_count)


class RequestInline(RecordInline, admin.StackedInline):
    model = models.Request
    form = RequestForm
    verbose_name_plural = "requests for help (their responses are on their own forms)"
    row_needs = ("requester", "addressee_state", "addressee_organization", "provision")
    autocomplete_fields = ("requester", "provision")
    readonly_fields = ("status_badge",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("requester", "addressee", "slug"),
                    ("standing", "sought", "provision"),
                    ("date", "status_badge"),
                    "summary",
                )
            },
        ),
    )
