from django.contrib.postgres.fields import ArrayField
from django.db import models

from archive.choices import OrganizationKind
from archive.models.base import Record, RecordQuerySet
from archive.models.constraints import not_blank, valid_choice, valid_edtf, valid_slug
from archive.models.fields import EDTFField
from archive.models.history import tracked
from archive.models.triggers import findable


class OrganizationQuerySet(RecordQuerySet):
    pass


@tracked()
class Organization(Record):
    """An alliance, assembly, union, armed group or group of countries."""

    slug = models.SlugField(unique=True, help_text="Short name for addresses: csto, unga.")
    name = models.CharField(max_length=200, help_text="The full English name.")
    acronym = models.CharField(max_length=20, blank=True, help_text="Such as CSTO.")
    kind = models.CharField(
        max_length=16,
        choices=OrganizationKind.choices,
        help_text="An alliance owes help, an assembly votes, a union integrates.",
    )
    founded = EDTFField(
        blank=True,
        help_text="When it began, if a source says so: 1992 for the CSTO, from its treaty on.",
    )
    dissolved = EDTFField(blank=True, help_text="When it ended, if a source says so.")
    aliases = ArrayField(
        models.CharField(max_length=100),
        blank=True,
        default=list,
        db_default=[],
        help_text="Other names in the sources, one a line.",
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ("slug",)
        constraints = [
            valid_slug(),
            not_blank("name"),
            valid_choice("kind", OrganizationKind),
            valid_edtf("founded", blank=True),
            valid_edtf("dissolved", blank=True),
        ]
        triggers = [
            *Record.Meta.triggers,
            *findable(
                "organization", "name", "acronym", "aliases", parts_follow=("name", "acronym")
            ),
        ]

    def __str__(self) -> str:
        return self.acronym or self.name

    def get_absolute_url(self) -> str:
        return f"/api/v1/organizations/{self.slug}/"
