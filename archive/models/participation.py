from typing import Self

from django.db import models

from archive.choices import ParticipationRole, Status, in_words
from archive.models.actors import Actor, actor_organization, actor_state
from archive.models.base import Record, RecordQuerySet
from archive.models.constraints import one_actor, valid_choice
from archive.models.history import tracked
from archive.models.triggers import findable, proven_when_published


class ParticipationQuerySet(RecordQuerySet):
    def get_by_natural_key(self, *key: str) -> "Participation":
        """Event, actor, role. An actor is a state's code or an organization's slug."""
        event, actor, role = key
        side = "actor_state__code" if actor.isupper() else "actor_organization__slug"
        return self.get(**{"event__slug": event, side: actor, "role": role})

    def published(self) -> Self:
        """Participations share their event's status."""
        return self.filter(event__status=Status.PUBLISHED)

    def public(self) -> Self:
        return self.published()


@tracked()
class Participation(Record):
    """An actor's part in an event."""

    natural_key_lookups = ("event__slug", "actor", "role")

    event = models.ForeignKey(
        "archive.Event",
        on_delete=models.CASCADE,  # a part of the event: it has no life of its own
        db_index=False,  # the constraint's index begins with it
        related_name="participations",
    )
    actor_state = actor_state("participations", "The state, if the actor is one.")
    actor_organization = actor_organization(
        "participations", "The organization, if the actor is one."
    )
    role = models.CharField(
        max_length=16,
        choices=ParticipationRole.choices,
        help_text="What it did in the event; a decliner pointedly did not do it.",
    )
    person = models.CharField(
        max_length=200, blank=True, help_text="Who spoke or signed for the actor."
    )
    office = models.CharField(
        max_length=200, blank=True, help_text="That person's office at the time."
    )
    alleged_by = models.ForeignKey(
        "archive.State",
        on_delete=models.PROTECT,  # an accusation without its accuser would read as a fact
        null=True,
        blank=True,
        related_name="allegations",
        help_text="The accuser, where the source reports an accusation and not a fact.",
    )

    actor = Actor()
    objects = ParticipationQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ("event__slug", "role", "actor_state__code", "actor_organization__slug")
        constraints = [
            one_actor("actor"),
            valid_choice("role", ParticipationRole),
            models.UniqueConstraint(
                fields=["event", "actor_state", "actor_organization", "role"],
                nulls_distinct=False,
                name="archive_participation_actor_has_a_role_once",
                violation_error_message="This actor already has this role in this event.",
            ),
        ]
        triggers = [
            *Record.Meta.triggers,
            *proven_when_published("participation", "event"),
            *findable("participation", "event", "person", "office"),
        ]

    def __str__(self) -> str:
        return f"{self.actor}: {in_words(ParticipationRole, self.role)}"

    def get_absolute_url(self) -> str:
        return self.event.get_absolute_url()

    def natural_key(self) -> tuple[str, ...]:
        # A row without an actor is asked for its key too, before the database refuses it.
        actor = self.actor.natural_key()[0] if self.actor else ""
        return (self.event.slug, actor, self.role)
