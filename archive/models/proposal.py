from typing import Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import Now
from django.db.models.lookups import Exact

from archive.choices import AddedPart, ProposalState
from archive.models.constraints import exactly_one_set, not_blank, rule, valid_choice
from archive.models.history import tracked

# The records that can be public, by the column that names them here.
PROPOSABLE = (
    "article",
    "event",
    "participation",
    "request",
    "response",
    "membership",
    "roll_call",
    "vote",
    "citation",
)


class About:
    """Reads and writes the one record that a row of the desk is about, as one attribute."""

    def __set_name__(self, owner: Any, name: str) -> None:
        self.columns: tuple[str, ...] = owner.ABOUT

    def __get__(self, row: Any, owner: type | None = None) -> Any:
        if row is None:
            return self
        return next(
            (getattr(row, name) for name in self.columns if getattr(row, f"{name}_id")), None
        )

    def __set__(self, row: Any, record: Any) -> None:
        for name in self.columns:
            field = row._meta.get_field(name)
            setattr(row, name, record if isinstance(record, field.related_model) else None)


def about(model: str, related_name: str) -> "models.ForeignKey[Any, Any]":
    """One of the keys of which exactly one is set: PostgreSQL then holds what they refer to."""
    return models.ForeignKey(
        f"archive.{model}",
        on_delete=models.CASCADE,  # about a record that is gone there is nothing to decide
        null=True,
        blank=True,
        related_name=related_name,
    )


def is_about(record: Any, *columns: str) -> Q:
    """The rows about this record; `columns` are those of the model that can be set."""
    name = record._meta.model_name
    return Q(**{next(one for one in columns if one.replace("_", "") == name): record.pk})


def person(related_name: str, **kwargs: Any) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,  # who said it stays known: accounts are closed, not deleted
        related_name=related_name,
        **kwargs,
    )


def _is_object(value: Any) -> Exact:
    return Exact(Func(value, function="jsonb_typeof"), Value("object"))


def _added_with_its_passage() -> Q:
    """What is added is there with its citation, each with fields of its own."""
    condition = Q()
    for part in AddedPart.values:
        condition &= ~Q(adds=part) | (
            # The type of a key that is not there is NULL, which no check refuses.
            Q(proposed__has_keys=[part, "citation"])
            & _is_object(KeyTransform(part, "proposed"))
            & _is_object(KeyTransform("citation", "proposed"))
        )
    return condition


class ProposalQuerySet(models.QuerySet[Any]):
    def open(self) -> Self:
        return self.filter(state=ProposalState.OPEN)

    def about(self, record: Any) -> Self:
        return self.filter(is_about(record, *Proposal.ABOUT))

    def with_people(self) -> Self:
        return self.select_related("made_by", "decided_by")


@tracked()
class Proposal(models.Model):
    """A change to something public that somebody proposes; nothing changes until it is applied.

    It changes fields of the record, or adds a part to it, together with the part's proof.
    """

    ABOUT: ClassVar[tuple[str, ...]] = PROPOSABLE

    article = about("Article", "proposals")
    event = about("Event", "proposals")
    participation = about("Participation", "proposals")
    request = about("Request", "proposals")
    response = about("Response", "proposals")
    membership = about("Membership", "proposals")
    roll_call = about("RollCall", "proposals")
    vote = about("Vote", "proposals")
    citation = about("Citation", "proposals")
    record = About()
    adds = models.CharField(
        max_length=16,
        choices=AddedPart.choices,
        blank=True,
        default="",
        db_default="",
        help_text="The kind of part that would be added to the record; blank where the record "
        "itself would change.",
    )
    proposed = models.JSONField(
        encoder=DjangoJSONEncoder,
        help_text="The fields and their values, as in the fixtures: of the record; or, by model "
        "name, of the part that would be added and of the citation that proves it.",
    )
    reason = models.CharField(max_length=500, help_text="Why the record should be changed.")
    based_on = models.PositiveBigIntegerField(
        help_text="The version of the record that the proposal was made from."
    )
    made_by = person("proposals")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    state = models.CharField(
        max_length=16,
        choices=ProposalState.choices,
        default=ProposalState.OPEN,
        db_default=ProposalState.OPEN,
    )
    applied = models.JSONField(
        encoder=DjangoJSONEncoder,
        null=True,
        blank=True,
        help_text="What the reviewer wrote into the record: as proposed, or altered.",
    )
    comment = models.TextField(
        blank=True, help_text="What the reviewer answers; needed where the proposal goes back."
    )
    decided_by = person("decided_proposals", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ("made_at", "pk")
        default_permissions = ()  # who may propose and decide follows from the record
        constraints = [
            exactly_one_set(
                *PROPOSABLE,
                name="is_about_one_record",
                message="A proposal is about exactly one record.",
            ),
            rule(
                "proposes_fields",
                Q(Exact(Func(F("proposed"), function="jsonb_typeof"), Value("object")))
                & ~Q(proposed={}),
                "A proposal names fields and their values.",
            ),
            valid_choice("adds", AddedPart, blank=True),
            rule(
                "adds_what_its_record_has",
                (~Q(adds=AddedPart.PARTICIPATION) | Q(event__isnull=False))
                & (~Q(adds=AddedPart.VOTE) | Q(roll_call__isnull=False)),
                "A participation is added to an event, a vote to a roll call.",
            ),
            rule(
                "added_part_comes_with_its_passage",
                _added_with_its_passage(),
                "What is added to something public comes with the passage that proves it.",
            ),
            not_blank("reason"),
            valid_choice("state", ProposalState),
            rule(
                "decided_once_no_longer_open",
                Q(state=ProposalState.OPEN, decided_by__isnull=True, decided_at__isnull=True)
                | (
                    ~Q(state=ProposalState.OPEN)
                    & Q(decided_by__isnull=False, decided_at__isnull=False)
                ),
                "A proposal that is closed says by whom and when, and only then.",
            ),
            rule(
                "applied_says_what",
                Q(state=ProposalState.APPLIED, applied__isnull=False)
                | (~Q(state=ProposalState.APPLIED) & Q(applied__isnull=True)),
                "A proposal that is applied says what was written, and only then.",
            ),
            rule(
                "returned_with_comment",
                ~Q(state=ProposalState.RETURNED) | Q(comment__regex=r"\S"),
                "Say why the proposal goes back: its author reads it.",
            ),
            rule(
                "taken_back_by_its_author",
                ~Q(state=ProposalState.WITHDRAWN) | Q(decided_by=F("made_by")),
                "Only its author takes a proposal back.",
            ),
        ]
        triggers = [
            pgtrigger.Protect(
                name="keep_decision",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state=ProposalState.OPEN),
            ),
            pgtrigger.ReadOnly(
                name="keep_what_was_proposed",
                exclude=["state", "applied", "comment", "decided_by", "decided_at"],
            ),
        ]

    def __str__(self) -> str:
        return f"proposal no. {self.pk}"

    @property
    def is_open(self) -> bool:
        return bool(self.state == ProposalState.OPEN)

    @property
    def is_altered(self) -> bool:
        """Applied, but not as it was proposed."""
        return self.applied is not None and self.applied != self.proposed
