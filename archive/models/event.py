import pgtrigger
from django.db import models

from archive import edtf
from archive.choices import EventKind
from archive.models.base import Publishable, PublishableQuerySet
from archive.models.constraints import not_blank, rule, valid_choice, valid_edtf, valid_slug
from archive.models.fields import EDTF_HELP, EDTFField, certain_range, possible_range
from archive.models.history import tracked
from archive.models.triggers import (
    Deferred,
    findable,
    passes_date_on,
    proven_when_published,
)


class EventQuerySet(PublishableQuerySet):
    pass


@tracked()
class Event(Publishable):
    """Something that happened, or was pointedly not done."""

    slug = models.SlugField(
        max_length=100, unique=True, help_text="Place or matter, and year: sev-lich-2021-05."
    )
    title = models.CharField(max_length=200, help_text="What happened, as a short headline.")
    kind = models.CharField(
        max_length=16, choices=EventKind.choices, help_text="The nearest in the list."
    )
    date = EDTFField(
        blank=True, help_text=f"When it happened. Blank where no source says. {EDTF_HELP}"
    )
    place = models.CharField(max_length=200, blank=True, help_text="As the sources name it.")
    part_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,  # parts would lose their meaning
        null=True,
        blank=True,
        related_name="parts",
        help_text="The larger event that this one belongs to.",
    )
    summary = models.TextField(help_text="One neutral sentence of your own.")
    date_possible = possible_range("date")
    date_certain = certain_range("date")

    objects = EventQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ("date_possible", "slug")
        indexes = [
            models.Index(fields=["date_possible", "slug"], name="event_by_date"),
            # What is undated has the days of its event: lists of requests and responses look here.
            models.Index(
                fields=["id"], include=["date_possible", "status"], name="event_for_its_days"
            ),
        ]
        constraints = [
            *Publishable.Meta.constraints,
            valid_slug(),
            not_blank("title"),
            not_blank("summary"),
            valid_choice("kind", EventKind),
            valid_edtf("date", blank=True),
            rule(
                "is_not_part_of_itself",
                models.Q(part_of__isnull=True) | ~models.Q(part_of=models.F("id")),
                "An event cannot be a part of itself.",
            ),
        ]
        triggers = [
            *Publishable.Meta.triggers,
            *proven_when_published("event", "part_of"),
            Deferred(
                name="responses_fit",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("date"),
                statement="PERFORM archive_assert_response_fits(r.id) "
                "FROM archive_response r JOIN archive_request q ON q.id = r.request_id "
                "WHERE q.event_id = NEW.id;",
            ),
            passes_date_on("request", "event", "date"),
            *findable(
                "event",
                "title",
                "place",
                "summary",
                "date",
                "status",
                parts_follow=("date", "status"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({edtf.describe(self.date)})" if self.date else self.title

    def get_absolute_url(self) -> str:
        return f"/api/v1/events/{self.slug}/"
