from typing import Self

from django.db import models

from archive.choices import Status, VoteChoice, in_words
from archive.models.base import Record, RecordQuerySet
from archive.models.constraints import valid_choice
from archive.models.history import tracked
from archive.models.triggers import proven_when_published


class VoteQuerySet(RecordQuerySet):
    def published(self) -> Self:
        """Votes share their roll call's status."""
        return self.filter(roll_call__status=Status.PUBLISHED)

    def public(self) -> Self:
        return self.published()

    def gone(self) -> Self:
        """Votes follow their roll call: see `PublishableQuerySet.gone`."""
        from archive.models import RollCall

        return self.filter(roll_call__in=RollCall.objects.gone())


@tracked()
class Vote(Record):
    """One state's vote in one roll call."""

    natural_key_lookups = ("roll_call__slug", "state__code")

    roll_call = models.ForeignKey(
        "archive.RollCall",
        on_delete=models.CASCADE,  # a part of the roll call: it has no life of its own
        db_index=False,  # the constraint's index begins with it
        related_name="votes",
    )
    state = models.ForeignKey(
        "archive.State",
        on_delete=models.PROTECT,  # reference rows outlive no record
        related_name="votes",
        help_text="Who voted.",
    )
    choice = models.CharField(
        max_length=8, choices=VoteChoice.choices, help_text="Absent: a member that did not vote."
    )
    intended = models.CharField(
        max_length=8,
        choices=VoteChoice.choices,
        blank=True,
        help_text="What the state later said it had meant to vote; blank where it said nothing.",
    )

    objects = VoteQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ("roll_call__date_possible", "roll_call__slug", "state__code")
        # For the list in the order of changes; the others follow from the roll calls'.
        indexes = [models.Index(fields=["updated_at", "id"], name="vote_by_change")]
        constraints = [
            valid_choice("choice", VoteChoice),
            valid_choice("intended", VoteChoice, blank=True),
            models.UniqueConstraint(
                fields=["roll_call", "state"],
                name="archive_vote_state_votes_once",
                violation_error_message="This state already has a vote in this roll call.",
            ),
        ]
        triggers = [*Record.Meta.triggers, *proven_when_published("vote", "roll_call")]

    def __str__(self) -> str:
        return f"{self.state}: {in_words(VoteChoice, self.choice)}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/votes/{self.roll_call.slug}/{self.state.code}/"

    def natural_key(self) -> tuple[str, ...]:
        return (self.roll_call.slug, self.state.code)
