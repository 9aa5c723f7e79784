from django.db import models

from archive.choices import SourceKind
from archive.models.base import Record, RecordQuerySet
from archive.models.constraints import not_blank, valid_choice, valid_slug
from archive.models.history import tracked
from archive.models.triggers import findable


class SourceQuerySet(RecordQuerySet):
    pass


@tracked()
class Source(Record):
    """An outlet that publishes."""

    slug = models.SlugField(unique=True, help_text="Short name for addresses: global-comment.")
    name = models.CharField(max_length=200, help_text="As the outlet calls itself.")
    kind = models.CharField(
        max_length=16, choices=SourceKind.choices, help_text="What sort of outlet it is."
    )
    homepage = models.URLField(blank=True, help_text="The outlet's address on the web.")
    country = models.ForeignKey(
        "archive.State",
        on_delete=models.PROTECT,  # an outlet must not vanish with its country
        null=True,
        blank=True,
        related_name="sources",
        help_text="Where it is published, if that is known.",
    )
    note = models.TextField(
        blank=True, help_text="Owner, funding, leaning: what a reader must know."
    )

    objects = SourceQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ("slug",)
        constraints = [valid_slug(), not_blank("name"), valid_choice("kind", SourceKind)]
        triggers = [*Record.Meta.triggers, *findable("source", "name", "note")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/api/v1/sources/{self.slug}/"
