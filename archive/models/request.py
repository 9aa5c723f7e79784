from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Case, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from archive.choices import BEHAVIOUR_BY_KIND, Behaviour, HelpSought, RequestStanding, Status
from archive.models.actors import Actor, actor_organization, actor_state
from archive.models.base import Publishable, PublishableQuerySet
from archive.models.constraints import not_blank, one_actor, valid_choice, valid_edtf, valid_slug
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
    passes_date_on,
    proven_when_published,
)


class RequestQuerySet(PublishableQuerySet):
    def public(self) -> Self:
        """Published, under a published event."""
        return self.published().filter(event__status=Status.PUBLISHED)

    def with_behaviour(self) -> Self:
        """Adds `behaviour`: what the addressee itself did, as far as the public can see it.

        The rule is `archive.choices.BEHAVIOUR_BY_KIND`. What others did, members of an
        alliance too, does not count here.
        """
        from archive.models import Response

        by_weight = [
            When(kind__in=kinds, then=weight) for weight, (_, kinds) in enumerate(BEHAVIOUR_BY_KIND)
        ]
        named = [When(kind__in=kinds, then=Value(name)) for name, kinds in BEHAVIOUR_BY_KIND]
        decisive = (
            Response.objects.public()
            .of_addressee()
            .filter(request=OuterRef("pk"))
            .order_by(Case(*by_weight, output_field=models.IntegerField()))
            .values(behaviour=Case(*named, output_field=models.CharField()))[:1]
        )
        return self.annotate(
            behaviour=Coalesce(Subquery(decisive), Value(str(Behaviour.NOT_CODED)))
        )


@tracked()
class Request(Publishable):
    """One call for help by one state to one addressee, or one that was pointedly not made."""

    slug = models.SlugField(
        max_length=100,
        unique=True,
        help_text="Requester, addressee and date: arm-csto-2021-05.",
    )
    event = models.ForeignKey(
        "archive.Event",
        on_delete=models.PROTECT,  # what the call was about
        db_index=False,  # the constraint's index begins with it
        related_name="requests",
        help_text="What the call was about.",
    )
    requester = models.ForeignKey(
        "archive.State",
        on_delete=models.PROTECT,  # reference rows outlive no record
        related_name="requests_made",
        help_text="The state that asked, or pointedly did not.",
    )
    addressee_state = actor_state("requests_received", "The state that was asked.")
    addressee_organization = actor_organization(
        "requests_received", "The organization that was asked."
    )
    standing = models.CharField(
        max_length=16,
        choices=RequestStanding.choices,
        help_text="Made; not made, where a source says so; or unreported, where a source tells "
        "of an answer but of no call.",
    )
    sought = models.CharField(
        max_length=24,
        choices=HelpSought.choices,
        default=HelpSought.UNSPECIFIED,
        help_text="What was asked for; unspecified where the sources say only “help”.",
    )
    provision = models.ForeignKey(
        "archive.Provision",
        on_delete=models.PROTECT,  # the clause that the call rests on
        null=True,
        blank=True,
        related_name="requests",
        help_text="The clause invoked; in a request not made, the one that a source says applies.",
    )
    date = EDTFField(
        blank=True, help_text=f"When it was made. Blank: at the time of the event. {EDTF_HELP}"
    )
    summary = models.TextField(help_text="One neutral sentence of your own.")
    date_possible = possible_range("date")
    date_certain = certain_range("date")
    effective_date = InheritedDateField(help_text="Its own date, or else its event's.")
    days_possible = possible_range("effective_date")
    days_certain = certain_range("effective_date")

    addressee = Actor()
    objects = RequestQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ("event__date_possible", "slug")
        # The public list begins here.
        indexes = [models.Index(fields=["days_possible", "slug"], name="requests_by_days")]
        constraints = [
            *Publishable.Meta.constraints,
            valid_slug(),
            not_blank("summary"),
            one_actor("addressee"),
            valid_choice("standing", RequestStanding),
            valid_choice("sought", HelpSought),
            valid_edtf("date", blank=True),
            models.UniqueConstraint(
                fields=["event", "requester", "addressee_state", "addressee_organization"],
                nulls_distinct=False,
                name="archive_request_one_per_requester_addressee_event",
                violation_error_message="There is already a request of this state to this "
                "addressee in this event: add what you know to that one.",
            ),
        ]
        triggers = [
            *Publishable.Meta.triggers,
            *proven_when_published("request", "event", "standing"),
            Deferred(
                name="responses_fit",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("standing", "date", "event"),
                statement="PERFORM archive_assert_response_fits(r.id) "
                "FROM archive_response r WHERE r.request_id = NEW.id;",
            ),
            inherits_date("event", "date"),
            passes_date_on("response", "request", "effective_date"),
            *findable(
                "request",
                "event",
                "requester",
                "addressee_state",
                "addressee_organization",
                "summary",
                "date",
                "status",
                parts_follow=("event", "date"),
            ),
        ]

    def __str__(self) -> str:
        verb = {"made": "asks", "not_made": "does not ask", "unreported": "answered by"}
        tail = "" if self.standing == RequestStanding.UNREPORTED else " for help"
        return f"{self.requester} {verb.get(self.standing, 'asks')} {self.addressee}{tail}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/requests/{self.slug}/"
