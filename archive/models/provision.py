from django.db import models

from archive.models.base import Record, RecordQuerySet
from archive.models.constraints import not_blank, valid_slug
from archive.models.history import tracked
from archive.models.triggers import findable


class ProvisionQuerySet(RecordQuerySet):
    pass


@tracked()
class Provision(Record):
    """One clause of a treaty that can be invoked."""

    slug = models.SlugField(unique=True, help_text="Such as cst-article-4.")
    organization = models.ForeignKey(
        "archive.Organization",
        on_delete=models.PROTECT,  # a clause means nothing without its organization
        related_name="provisions",
        help_text="The organization whose treaty it is.",
    )
    instrument = models.CharField(
        max_length=200, help_text="The treaty or charter: Collective Security Treaty."
    )
    article_number = models.CharField(
        max_length=20, blank=True, help_text="As the treaty numbers it: 4."
    )
    gist = models.TextField(help_text="What it obliges the parties to, in one neutral sentence.")

    objects = ProvisionQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ("slug",)
        constraints = [valid_slug(), not_blank("instrument"), not_blank("gist")]
        triggers = [
            *Record.Meta.triggers,
            *findable("provision", "instrument", "article_number", "gist"),
        ]

    def __str__(self) -> str:
        if self.article_number:
            return f"Article {self.article_number}, {self.instrument}"
        return self.instrument

    def get_absolute_url(self) -> str:
        return f"/api/v1/provisions/{self.slug}/"
