import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Case, Q, Value, When

from archive import edtf
from archive.choices import MembershipStanding, Status
from archive.models.base import Publishable, PublishableQuerySet
from archive.models.constraints import rule, valid_choice, valid_edtf, valid_slug
from archive.models.fields import EDTF_HELP, EDTFField, certain_range, possible_range
from archive.models.history import tracked
from archive.models.triggers import findable, proven_when_published


class MembershipQuerySet(PublishableQuerySet):
    def in_force_on(self, day: datetime.date) -> Self:
        """Memberships that may cover `day`, with `on` saying “certain” or “possible”.

        Whatever the standing: an observer's membership is in force too.
        """
        return self.filter(period_possible__contains=day).annotate(
            on=Case(
                When(period_certain__contains=day, then=Value("certain")),
                default=Value("possible"),
            )
        )


@tracked()
class Membership(Publishable):
    """A state's standing in an organization for a period."""

    slug = models.SlugField(
        unique=True, help_text="State, organization, first year: uzb-csto-1992."
    )
    state = models.ForeignKey(
        "archive.State",
        on_delete=models.PROTECT,  # reference rows outlive no record
        related_name="memberships",
        help_text="The member.",
    )
    organization = models.ForeignKey(
        "archive.Organization",
        on_delete=models.PROTECT,  # as above
        related_name="memberships",
        help_text="What it is a member of.",
    )
    standing = models.CharField(
        max_length=16,
        choices=MembershipStanding.choices,
        default=MembershipStanding.FULL,
        help_text="Full member, observer, signatory, suspended or frozen.",
    )
    period = EDTFField(
        help_text="An interval: 1992/2012, or 1992/ where no source tells of an end. Leaving and "
        f"returning is two memberships. {EDTF_HELP}"
    )
    note = models.TextField(blank=True, help_text="What a reader must know about the dates.")
    period_possible = possible_range("period")
    period_certain = certain_range("period")

    objects = MembershipQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ("organization__slug", "state__code", "period_possible", "slug")
        constraints = [
            *Publishable.Meta.constraints,
            valid_slug(),
            valid_choice("standing", MembershipStanding),
            valid_edtf("period"),
            rule(
                "period_is_interval",
                Q(period__contains="/"),
                "A period is an interval, such as 1992/2012, 2002/ or /1999.",
            ),
            ExclusionConstraint(
                name="archive_membership_certain_periods_do_not_overlap",
                expressions=[
                    ("state", RangeOperators.EQUAL),
                    ("organization", RangeOperators.EQUAL),
                    ("period_certain", RangeOperators.OVERLAPS),
                ],
                condition=~Q(status=Status.WITHDRAWN),
                violation_error_message="This state already has a membership in this organization "
                "that surely covers part of this period. End the one before the other begins.",
            ),
        ]
        triggers = [
            *Publishable.Meta.triggers,
            *proven_when_published("membership"),
            *findable("membership", "state", "organization", "period", "note", "status"),
        ]

    def __str__(self) -> str:
        return f"{self.state} in {self.organization}, {edtf.describe(self.period)}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/memberships/{self.slug}/"
