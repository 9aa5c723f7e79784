from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from archive import models
from archive.admin.base import evidence_link
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, year_filter
from archive.admin.forms import RecordForm
from archive.admin.origin import line_link
from archive.admin.pages import PageByKey
from archive.admin.publishing import PartAdmin, PartInline


@admin.register(models.Vote)
class VoteAdmin(PartAdmin):
    list_display = (
        "state",
        "choice",
        "intended",
        "roll_call",
        "status_badge",
        "passages",
        "is_contested",
    )
    list_filter = (
        ("roll_call__status", coded("status of the roll call")),
        ("choice", coded("choice")),
        ("intended", coded("intended")),
        EvidenceFilter,
        year_filter("roll_call__date_possible"),
        ("roll_call__body", related("body")),
        ("state", related("state")),
    )
    paginator = PageByKey
    list_select_related = ("roll_call", "state")
    search_fields = (
        "roll_call__slug",
        "roll_call__symbol",
        "roll_call__title",
        "state__name",
        "state__code",
        "state__aliases",
    )
    ordering = ("-roll_call__date_possible", "roll_call__slug", "state__name")
    autocomplete_fields = ("roll_call", "state")
    inlines = (CitationInline,)
    fieldsets = ((None, {"fields": (("roll_call", "state"), ("choice", "intended"))}),)


class VoteInlineForm(RecordForm):
    """A vote that stands keeps its state: rolls are long, and a search in each row slow."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "state" in self.fields:
            self.fields["state"].disabled = True


class VoteInline(PartInline):
    model = models.Vote
    form = VoteInlineForm
    verbose_name_plural = "votes (to correct the state of one, delete it and add another)"
    row_needs = ("state", "imported")
    autocomplete_fields = ("state",)
    readonly_fields = ("evidence_of", "line")
    fields = ("state", "choice", "intended", "evidence_of", "line")
    ordering = ("state__name",)
    evidence_of = evidence_link
    line = line_link

    def get_queryset(self, request: HttpRequest) -> Any:
        # The report of an import is long, and each row would bring it.
        return super().get_queryset(request).defer("imported__report")
