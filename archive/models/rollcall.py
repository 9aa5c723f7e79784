from django.db import models

from archive import edtf
from archive.models.base import Publishable, PublishableQuerySet
from archive.models.constraints import not_blank, valid_edtf, valid_slug
from archive.models.fields import EDTFField, certain_range, possible_range
from archive.models.history import tracked
from archive.models.triggers import findable, proven_when_published


class RollCallQuerySet(PublishableQuerySet):
    pass


def _total(what: str) -> "models.PositiveIntegerField[int | None, int | None]":
    return models.PositiveIntegerField(
        null=True, blank=True, help_text=f"{what}, as the body announced it; blank if not known."
    )


@tracked()
class RollCall(Publishable):
    """A text put to a recorded vote."""

    slug = models.SlugField(max_length=100, unique=True, help_text="Such as unga-es-11-1.")
    body = models.ForeignKey(
        "archive.Organization",
        on_delete=models.PROTECT,  # who voted
        related_name="roll_calls",
        help_text="The organization that voted.",
    )
    symbol = models.CharField(
        max_length=60,
        blank=True,
        help_text="The document's symbol, such as A/RES/ES-11/1; blank where it has none.",
    )
    title = models.CharField(max_length=500, help_text="The official title of the text.")
    date = EDTFField(help_text="The day of the vote.")
    total_yes = _total("Number in favour")
    total_no = _total("Number against")
    total_abstain = _total("Number of abstentions")
    total_absent = _total("Number of members that did not vote")
    complete = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The votes below hold every member; the audit then checks them with the totals.",
    )
    url = models.URLField("address", max_length=500, blank=True, help_text="The official record.")
    date_possible = possible_range("date")
    date_certain = certain_range("date")

    objects = RollCallQuerySet.as_manager()

    class Meta(Publishable.Meta):
        verbose_name = "roll call"
        ordering = ("date_possible", "slug")
        # Lists of roll calls and of votes begin here; what votes are found by is in the index.
        indexes = [
            models.Index(
                fields=["date_possible", "slug"],
                include=["id", "status"],
                name="roll_calls_by_date",
            )
        ]
        constraints = [
            *Publishable.Meta.constraints,
            valid_slug(),
            not_blank("title"),
            valid_edtf("date"),
        ]
        triggers = [
            *Publishable.Meta.triggers,
            *proven_when_published("roll_call"),
            *findable("roll_call", "symbol", "title", "body", "date", "status"),
        ]

    def __str__(self) -> str:
        return f"{self.symbol or self.title} ({edtf.describe(self.date)})"

    def get_absolute_url(self) -> str:
        return f"/api/v1/roll-calls/{self.slug}/"
