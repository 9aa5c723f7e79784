from django.contrib import admin

from archive import models
from archive.admin.base import evidence_link
from archive.admin.citation import CitationInline
from archive.admin.filters import EvidenceFilter, coded, related, year_filter
from archive.admin.forms import RecordForm
from archive.admin.lookup import ActorField
from archive.admin.publishing import PartAdmin, PartInline


class ParticipationForm(RecordForm):
    actor = ActorField()


@admin.register(models.Participation)
class ParticipationAdmin(PartAdmin):
    form = ParticipationForm
    list_display = (
        "actor_name",
        "role",
        "event",
        "person",
        "office",
        "alleged_by",
        "status_badge",
        "passages",
        "is_contested",
    )
    list_filter = (
        ("event__status", coded("status of the event")),
        ("role", coded("role")),
        EvidenceFilter,
        year_filter("event__date_possible"),
        ("actor_state", related("state")),
        ("actor_organization", related("organization")),
        ("alleged_by", related("accuser")),
    )
    list_select_related = ("event", "actor_state", "actor_organization", "alleged_by")
    search_fields = (
        "event__slug",
        "event__title",
        "actor_state__name",
        "actor_state__code",
        "actor_state__aliases",
        "actor_organization__name",
        "actor_organization__acronym",
        "actor_organization__aliases",
        "person",
        "office",
    )
    ordering = ("event__date_possible", "event__slug", "role")
    autocomplete_fields = ("event", "alleged_by")
    inlines = (CitationInline,)
    fieldsets = (
        (None, {"fields": ("event", ("actor", "role"))}),
        ("Who spoke or signed", {"fields": (("person", "office"),)}),
        ("An accusation, not a fact", {"fields": ("alleged_by",)}),
    )

    @admin.display(description="actor", ordering="actor_state__name")
    def actor_name(self, participation: models.Participation) -> str:
        return str(participation.actor)


class ParticipationInline(PartInline):
    model = models.Participation
    form = ParticipationForm
    verbose_name = "participant"
    verbose_name_plural = "who took part, and how"
    row_needs = ("actor_state", "actor_organization", "alleged_by")
    autocomplete_fields = ("alleged_by",)
    readonly_fields = ("evidence_of",)
    fields = ("actor", "role", "person", "office", "alleged_by", "evidence_of")
    evidence_of = evidence_link
