import uuid
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.aggregates import BoolOr
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, Collate, Least, Length, Substr
from django.db.models.lookups import GreaterThan

from archive.choices import Stance, Status, TextAccess
from archive.models.base import Publishable, PublishableQuerySet
from archive.models.constraints import exactly_one_set, rule, valid_choice
from archive.models.history import tracked
from archive.models.triggers import Deferred, findable

# What a citation can be about: the column, and the fields of it that a passage can bear on.
CITABLE: dict[str, tuple[str, ...]] = {
    "event": ("title", "kind", "date", "place", "part_of", "summary"),
    "participation": ("actor", "role", "person", "office", "alleged_by"),
    "request": (
        "requester",
        "addressee",
        "standing",
        "sought",
        "provision",
        "date",
        "summary",
    ),
    "response": (
        "responder",
        "part_of",
        "kind",
        "basis",
        "date",
        "troops_low",
        "troops_high",
        "summary",
    ),
    "membership": ("state", "organization", "standing", "period"),
    "provision": ("organization", "instrument", "article_number", "gist"),
    "roll_call": (
        "body",
        "symbol",
        "title",
        "date",
        "total_yes",
        "total_no",
        "total_abstain",
        "total_absent",
    ),
    "vote": ("choice", "intended"),
}
TARGET_COLUMNS = tuple((f"{name}_id", name) for name in CITABLE)


# Where the status of each stands; a provision is always public.
STATUS_OF_TARGET = {
    **dict.fromkeys(("event", "request", "response", "membership", "roll_call"), "status"),
    "participation": "event__status",
    "vote": "roll_call__status",
    "provision": "",
}

# From the passages that prove a record to those that deny it.
STRENGTH = (Stance.SUPPORTS, Stance.QUALIFIES, Stance.DISPUTES)

# Characters on either side of a quote that show where it stands.
CONTEXT = 60


# Who printed a passage, by name: a reprint is the word of the outlet that printed it first.
OUTLET = Coalesce("article__first_published_by__name", "article__source__name")

# Who wrote it, one a row; whoever is not named is one unknown author an outlet.
_NAMES: Any = ArrayField(models.CharField())
WRITERS = Func(
    Case(
        When(
            article__authors=[],
            then=Func(
                F("article__source__name"),
                template="ARRAY[%(expressions)s]::varchar[]",
                output_field=_NAMES,
            ),
        ),
        default=F("article__authors"),
        output_field=_NAMES,
    ),
    function="unnest",
    output_field=models.TextField(),
)


class CitationQuerySet(PublishableQuerySet):
    def published(self) -> Self:
        """Published passages of published articles, whatever the status of their record."""
        return self.filter(status=Status.PUBLISHED, article__status=Status.PUBLISHED)

    def public(self) -> Self:
        """What the public sees: published, and about a record that is public itself."""
        return self.published().about_public_records()

    def about_public_records(self, *, few: bool = False) -> Self:
        """The one target is looked up; to join all eight of them takes three times as long.

        Of a whole list, each look is a question of yes or no: of these PostgreSQL expects half
        the passages, and may read all records at once. Of `few` it must not: it is to fetch the
        status of each record, and expects so little that it joins row by row.
        """
        look, answer = (_status_of, Value(Status.PUBLISHED)) if few else (_is_public, Value(True))
        whens = [
            When(**{f"{target}__isnull": False}, then=look(target, path) if path else answer)
            for target, path in STATUS_OF_TARGET.items()
        ]
        return self.alias(_seen=Case(*whens)).filter(_seen=answer)

    def gone(self) -> Self:
        """Withdrawn, after a time in which the public saw passage, article and record."""
        seen = Q(provision__isnull=False)
        for owner in ("event", "request", "response", "membership", "roll_call"):
            seen |= Q(**{f"{owner}__version__status": Status.PUBLISHED})
        seen |= Q(participation__event__version__status=Status.PUBLISHED)
        seen |= Q(vote__roll_call__version__status=Status.PUBLISHED)
        return super().gone().filter(seen, article__version__status=Status.PUBLISHED).distinct()

    def strongest_first(self) -> Self:
        """The order in which passages stand for their record where there is room for one.

        Supporting before qualifying before disputing; about the whole record before about a
        field of it; then the earliest published; then by place, so that there are no ties.
        """
        ranks = [When(stance=stance, then=Value(rank)) for rank, stance in enumerate(STRENGTH)]
        return self.order_by(
            Case(*ranks, output_field=models.IntegerField()),
            Case(When(field="", then=Value(0)), default=Value(1)),
            "article__published_possible",
            Collate("article__slug", "C"),  # the same passage on every host
            "start",
            "uuid",
        )

    def counted_by(self, target: str) -> Self:
        """Rows of `target`, the key of a record, with `passages` and `disputed`.

        The same as `with_evidence` adds to each record, for many records at once.
        """
        return (
            self.order_by()
            .values(target)
            .annotate(passages=Count("pk"), disputed=BoolOr(Q(stance=Stance.DISPUTES)))
        )

    def with_context(self, width: int = CONTEXT, *, for_desk: bool = False) -> Self:
        """Adds `prefix` and `suffix`: the words of the body around the quote, 60 characters each.

        Cut in SQL, at word boundaries, so that no whole text is fetched. Empty where the
        article is restricted: of such a text the public sees the cited passages only. The desk
        sees more, and of every article.
        """
        enough = width + 1  # one more character shows whether the outermost word is whole
        before = F("start") - F("article__body_start")
        after = F("article__body_end") - F("end")
        prefix = Substr(
            "article__text", F("start") - Least(before, enough) + 1, Least(before, enough)
        )
        suffix = Substr("article__text", F("end") + 1, Least(after, enough))
        hidden = [When(article__text_access=TextAccess.RESTRICTED, then=Value(""))]
        return self.annotate(
            prefix=Case(
                *([] if for_desk else hidden),
                When(GreaterThan(before, width), then=_without(prefix, r"^\S*\s+")),
                default=prefix,
                output_field=models.TextField(),
            ),
            suffix=Case(
                *([] if for_desk else hidden),
                When(GreaterThan(after, width), then=_without(suffix, r"\s+\S*$")),
                default=suffix,
                output_field=models.TextField(),
            ),
        )


def _record_of(target: str) -> Any:
    model: Any = Citation._meta.get_field(target).related_model
    return model.objects.order_by().filter(pk=OuterRef(target))


def _status_of(target: str, path: str) -> Any:
    return Subquery(_record_of(target).values(path))


def _is_public(target: str, path: str) -> Any:
    return Exists(_record_of(target).filter(**{path: Status.PUBLISHED}))


def _without(text: Substr, pattern: str) -> Func:
    return Func(
        text,
        Value(pattern),
        Value(""),
        function="regexp_replace",
        output_field=models.TextField(),
    )


def field_of_target(*targets: str) -> Q:
    """`field` is one of the citable fields of the target that is set."""
    condition = Q()
    for target in targets:
        condition |= Q(**{f"{target}__isnull": False, "field__in": CITABLE[target]})
    return condition


def _target(model: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        f"archive.{model}",
        on_delete=models.CASCADE,  # a passage is about a record; without it, about nothing
        null=True,
        blank=True,
        related_name="citations",
    )


@tracked()
class Citation(Publishable):
    """A passage of an article that bears on one record."""

    natural_key_lookups = ("uuid",)

    uuid = models.UUIDField(
        unique=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    article = models.ForeignKey(
        "archive.Article",
        on_delete=models.PROTECT,  # the evidence
        db_index=False,  # `citation_by_place` begins with it
        related_name="citations",
        help_text="Where the passage stands.",
    )
    quote = models.TextField(
        help_text="The passage, letter by letter: as short as proves the point, three words at "
        "least. The database compares it with the article."
    )
    start = models.PositiveIntegerField(
        blank=True,
        help_text="Where the passage begins in the capture, in characters from 0. Leave it empty "
        "to have it found; needed only where the same words stand more than once.",
    )
    end = models.GeneratedField(
        expression=F("start") + Length("quote"),
        output_field=models.PositiveIntegerField(),
        db_persist=True,
        editable=False,
    )
    event = _target("Event")
    participation = _target("Participation")
    request = _target("Request")
    response = _target("Response")
    membership = _target("Membership")
    provision = _target("Provision")
    roll_call = _target("RollCall")
    vote = _target("Vote")
    field = models.CharField(
        max_length=24,
        blank=True,
        help_text="The field of the record that the passage bears on; blank for the whole record.",
    )
    stance = models.CharField(
        max_length=16,
        choices=Stance.choices,
        default=Stance.SUPPORTS,
        help_text="Supports the record; disputes it (both cannot be so); or qualifies it "
        "(narrows it, adds to it, puts it otherwise).",
    )
    asserted = models.CharField(
        max_length=300,
        blank=True,
        help_text="What the passage says, where it differs from the record.",
    )
    note = models.TextField(blank=True, help_text="How you read the passage, if it needs saying.")

    objects = CitationQuerySet.as_manager()

    class Meta(Publishable.Meta):
        ordering = ("article__slug", "start", "uuid")
        indexes = [models.Index(fields=["article", "start"], name="citation_by_place")]
        constraints = [
            *Publishable.Meta.constraints,
            exactly_one_set(
                *CITABLE,
                name="has_one_target",
                message="A citation is about exactly one record: choose it.",
            ),
            rule(
                "field_is_a_field_of_the_target",
                Q(field="") | field_of_target(*CITABLE),
                "“Field” names no field of the record that the citation is about.",
            ),
            rule(
                "quote_has_three_words",
                Q(quote__regex=r"^\S+\s+\S+\s+\S(.*\S)?$"),
                "A quotation has three words at least, and no blank before or after it.",
            ),
            valid_choice("stance", Stance),
            models.UniqueConstraint(
                # The place stands for the words: a long quote would not fit into an index.
                fields=["article", "start", "end", "field", *CITABLE],
                nulls_distinct=False,
                name="archive_citation_passage_is_cited_once_for_a_record",
                violation_error_message="This passage is already cited for this record.",
            ),
        ]
        triggers = [
            *Publishable.Meta.triggers,
            pgtrigger.Trigger(
                name="place_quotation",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func="NEW.start := archive_quotation_start(NEW.article_id, NEW.quote, NEW.start); "
                "RETURN NEW;",
            ),
            *(
                Deferred(
                    name=f"keep_proof_of_{target}",
                    operation=pgtrigger.Update | pgtrigger.Delete,
                    statement=f"PERFORM archive_recheck('{target}', OLD.{target}_id);",
                    condition=pgtrigger.Q(old__status=Status.PUBLISHED),
                )
                for target in CITABLE
                if target != "provision"
            ),
            *findable("citation", "article", "quote", "start", "status"),
        ]

    def __str__(self) -> str:
        quote = self.quote if len(self.quote) <= 60 else f"{self.quote[:59]}…"
        return f"“{quote}”"

    def get_absolute_url(self) -> str:
        return f"/api/v1/citations/{self.uuid}/"

    def natural_key(self) -> tuple[str, ...]:
        return (str(self.uuid),)

    @classmethod
    def target_field_of(cls, model: type[models.Model]) -> str | None:
        """The foreign key through which a citation bears on `model`; None if it cannot."""
        name = model._meta.model_name
        for field in (*CITABLE, "article"):
            if cls._meta.get_field(field).related_model._meta.model_name == name:  # type: ignore[union-attr]
                return field
        return None

    @property
    def target_type(self) -> str:
        """Which of the targets is set, such as “event”; “” on an unfinished row."""
        for column, name in TARGET_COLUMNS:  # asked of each passage that is shown
            if getattr(self, column):
                return name
        return ""

    @property
    def target(self) -> Any:
        """The record that the passage bears on."""
        name = self.target_type
        return getattr(self, name) if name else None
