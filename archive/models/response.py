from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q

from archive.choices import ResponseKind, SilenceBasis, Status, in_words
from archive.models.actors import Actor, actor_organization, actor_state
from archive.models.base import Publishable, PublishableQuerySet
from archive.models.constraints import (
    not_blank,
    one_actor,
    rule,
    valid_choice,
    valid_edtf,
    valid_slug,
)
from archive.models.fields import (
    EDTF_HELP,
    EDTFField,
    InheritedDateField,
    certain_range,
    possible_range,
)
from archive.models.history import tracked
from archive.models.triggers import (
    Deferred,
    findable,
    inherits_date,
    proven_when_published,
)


class ResponseQuerySet(PublishableQuerySet):
    def public(self) -> Self:
        """Published, to a published request under a published event."""
        return self.published().filter(
            request__status=Status.PUBLISHED, request__event__status=Status.PUBLISHED
        )

    def roots(self) -> Self:
        """Responses that are no member's share of another: what counts and sums take."""
        return self.filter(part_of__isnull=True)

    def of_addressee(self) -> Self:
        """Responses by the very actor that was asked; those of its members are left out."""
        return self.filter(
            Q(responder_state=F("request__addressee_state"))
            | Q(responder_organization=F("request__addressee_organization"))
        )


@tracked()
class Response(Publishable):
    """What one actor did about a request; doing nothing is one of the answers."""

    slug = models.SlugField(
        max_length=100, unique=True, help_text="Responder, requester and date: csto-arm-2021-05."
    )
    request = models.ForeignKey(
        "archive.Request",
        on_delete=models.PROTECT,  # what it answers
        related_name="responses",
        help_text="The request that it answers.",
    )
    responder_state = actor_state("responses", "The state that answered.")
    responder_organization = actor_organization("responses", "The organization that answered.")
    part_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,  # a share without its whole would be counted twice
        null=True,
        blank=True,
        related_name="parts",
        help_text="A state's share in its alliance's act: the alliance's response.",
    )
    kind = models.CharField(
        max_length=16,
        choices=ResponseKind.choices,
        help_text="What it did. Silence, if it did and said nothing.",
    )
    basis = models.CharField(
        "basis of the silence",
        max_length=24,
        choices=SilenceBasis.choices,
        blank=True,
        help_text="For a silence only: how we know that nothing came.",
    )
    search = models.TextField(
        blank=True,
        help_text="For a silence found by a search or in an official record: where, when and "
        "by whom it was looked for.",
    )
    date = EDTFField(blank=True, help_text=f"When it came. Blank where no source says. {EDTF_HELP}")
    troops_low = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="The least that the source allows: 2000 for “more than 2,000”, and for 2,000.",
    )
    troops_high = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="The most that the source allows: 2000 for “2,000”; blank for “more than”.",
    )
    troops_approximate = models.BooleanField(
        default=False, db_default=False, help_text="The source says “about” or “around”."
    )
    summary = models.TextField(help_text="One neutral sentence of your own.")
    date_possible = possible_range("date")
    date_certain = certain_range("date")
    effective_date = InheritedDateField(
        help_text="Its own date, or else its request's, or its event's."
    )
    days_possible = possible_range("effective_date")
    days_certain = certain_range("effective_date")

    responder = Actor()
    objects = ResponseQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ("request__event__date_possible", "request__slug", "slug")
        # The public list begins here.
        indexes = [models.Index(fields=["days_possible", "slug"], name="responses_by_days")]
        constraints = [
            *Publishable.Meta.constraints,
            valid_slug(),
            not_blank("summary"),
            one_actor("responder"),
            valid_choice("kind", ResponseKind),
            valid_choice("basis", SilenceBasis, blank=True),
            valid_edtf("date", blank=True),
            rule(
                "silence_and_only_silence_has_a_basis",
                (Q(kind=ResponseKind.SILENCE) & ~Q(basis=""))
                | (~Q(kind=ResponseKind.SILENCE) & Q(basis="", search="")),
                "A silence needs a basis; every other response has neither basis nor search.",
            ),
            rule(
                "troops_low_not_above_high",
                Q(troops_low__isnull=True)
                | Q(troops_high__isnull=True)
                | Q(troops_low__lte=F("troops_high")),
                "The lower number of troops is not above the higher.",
            ),
        ]
        triggers = [
            *Publishable.Meta.triggers,
            *proven_when_published("response", "request", "part_of", "kind", "basis", "search"),
            Deferred(
                name="prove_old_request",
                operation=pgtrigger.Update | pgtrigger.Delete,
                statement="PERFORM archive_recheck('request', OLD.request_id);",
            ),
            Deferred(
                name="fit_insert",
                operation=pgtrigger.Insert,
                statement="PERFORM archive_assert_response_fits(NEW.id);",
            ),
            Deferred(
                name="fit_update",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("request", "part_of", "kind", "date"),
                statement="PERFORM archive_assert_response_fits(NEW.id);",
            ),
            inherits_date("request", "effective_date"),
            *findable(
                "response",
                "request",
                "responder_state",
                "responder_organization",
                "summary",
                "search",
                "date",
                "status",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.responder}: {in_words(ResponseKind, self.kind)}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/responses/{self.slug}/"
