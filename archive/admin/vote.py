from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils.text import smart_split, unescape_string_literal

from archive import models
from archive.admin.base import evidence_link
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, year_filter
from archive.admin.forms import RecordForm
from archive.admin.origin import line_link
from archive.admin.pages import PageByKey
from archive.admin.publishing import PartAdmin, PartInline

SEARCHED: dict[str, tuple[Any, tuple[str, ...]]] = {
    "state": (models.State, ("name", "code", "aliases")),
    "roll_call": (models.RollCall, ("slug", "symbol", "title")),
}


def _with(path: str, word: str) -> Q:
    """Votes of the states, or in the roll calls, that have the word in one of their fields."""
    model, fields = SEARCHED[path]
    found = Q()
    for name in fields:
        found |= Q(**{f"{name}__icontains": word})
    return Q(**{f"{path}__in": model.objects.filter(found).values("pk")})


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
    search_fields = [f"{path}__{name}" for path, (_, names) in SEARCHED.items() for name in names]
    ordering = ("-roll_call__date_possible", "roll_call__slug", "state__name")
    autocomplete_fields = ("roll_call", "state")
    inlines = (CitationInline,)
    fieldsets = ((None, {"fields": (("roll_call", "state"), ("choice", "intended"))}),)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Each word is looked for among states and roll calls, not in each of a million votes."""
        for typed in smart_split(search_term):
            is_quoted = typed[0] in "'\"" and typed[0] == typed[-1]
            word = unescape_string_literal(typed) if is_quoted else typed
            queryset = queryset.filter(_with("state", word) | _with("roll_call", word))
        return queryset, False


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
