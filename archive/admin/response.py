from django.contrib import admin

from archive import models
from archive.admin.base import RecordInline, date_column
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, year_filter
from archive.admin.forms import RecordForm
from archive.admin.lookup import ActorField, label_needs, label_of
from archive.admin.publishing import PublishableAdmin


class ResponseForm(RecordForm):
    responder = ActorField()


@admin.register(models.Response)
class ResponseAdmin(PublishableAdmin):
    form = ResponseForm
    list_display = (
        "__str__",
        "request_of",
        "kind_and_basis",
        "when",
        "troops",
        "status_badge",
        "passages",
        "is_contested",
    )
    list_filter = (
        ("status", coded("status")),
        ("kind", coded("kind")),
        ("basis", coded("basis of a silence")),
        EvidenceFilter,
        year_filter("request__event__date_possible", "year of the event"),
        ("responder_state", related("responder (state)")),
        ("responder_organization", related("responder (organization)")),
        ("request__requester", related("requester")),
    )
    list_select_related = (
        "responder_state",
        "responder_organization",
        *label_needs("request", "request"),
        "part_of__responder_state",
        "part_of__responder_organization",
    )
    search_fields = (
        "slug",
        "summary",
        "request__slug",
        "request__event__title",
        "responder_state__name",
        "responder_state__aliases",
        "responder_organization__name",
        "responder_organization__acronym",
        "responder_organization__aliases",
    )
    ordering = ("-request__event__date_possible", "request__slug", "slug")
    autocomplete_fields = ("request", "part_of")
    inlines = (CitationInline,)
    fieldsets = (
        (None, {"fields": ("request", "responder", "slug", "part_of")}),
        ("The answer", {"fields": ("kind", "date", "summary")}),
        ("If it was silence", {"fields": ("basis", "search")}),
        ("Troops", {"fields": (("troops_low", "troops_high", "troops_approximate"),)}),
    )

    when = date_column("date")

    @admin.display(description="request", ordering="request__event__date_possible")
    def request_of(self, response: models.Response) -> str:
        """With its event: the same two ask and answer year after year."""
        return label_of(response.request)

    @admin.display(description="kind", ordering="kind")
    def kind_and_basis(self, response: models.Response) -> str:
        basis = f" ({response.get_basis_display().lower()})" if response.basis else ""
        share = ", a share" if response.part_of_id else ""
        return f"{response.get_kind_display()}{basis}{share}"

    @admin.display(description="troops", ordering="troops_low")
    def troops(self, response: models.Response) -> str | None:
        low, high = response.troops_low, response.troops_high
        if low is None and high is None:
            return None
        about = "about " if response.troops_approximate else ""
        if low == high:
            return f"{about}{low:,}"
        if high is None:
            return f"{about}{low:,} or more"
        if low is None:
            return f"{about}{high:,} at most"
        return f"{about}{low:,} to {high:,}"


class ResponseInline(RecordInline, admin.StackedInline):
    model = models.Response
    form = ResponseForm
    verbose_name_plural = "what answered (passages for a response are on its own form)"
    row_needs = ("responder_state", "responder_organization")
    readonly_fields = ("status_badge",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("responder", "kind", "slug"),
                    ("date", "status_badge"),
                    "summary",
                    ("basis", "search"),
                    ("troops_low", "troops_high", "troops_approximate"),
                )
            },
        ),
    )
