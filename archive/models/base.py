"""What every record of the archive has in common."""

from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Exists, FilteredRelation, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce, Now

from archive.choices import Stance, Status
from archive.models.constraints import rule, valid_choice
from archive.models.triggers import KEEP_PUBLIC_HISTORY, MOVES_REVISION, TOUCH

# The relation to the passage that stands for a record; see `RecordQuerySet.with_passage`.
PASSAGE = "passage"

# What `contested` says of a record, wherever it is shown.
CONTESTED = (
    "Whether a passage disputes the record, or an import says otherwise and nobody has settled it."
)


class RecordQuerySet(models.QuerySet[Any]):
    """Questions that every record answers."""

    def get_by_natural_key(self, *key: str) -> Any:
        return self.get(**dict(zip(self.model.natural_key_lookups, key, strict=True)))

    def with_evidence(self) -> Self:
        """Adds `citation_count` (published passages) and `contested`.

        Contested is what a passage disputes, or an import, and nobody has settled it. A model
        that no citation can be about gets 0 and false.
        """
        from archive.models import Citation

        return self._with_citations(Citation.objects.published())

    def with_passage(self) -> Self:
        """Adds the relation `passage`: the one public citation that stands for each record.

        A join, so that it costs nothing where no field of it is asked for.
        """
        from archive.models import Citation
        from archive.models.citation import CITABLE

        target = Citation.target_field_of(self.model)
        if target not in CITABLE:
            return self
        first = (
            Citation.objects.published()
            .filter(**{target: OuterRef(f"{PASSAGE}__{target}")})
            .strongest_first()
            .values("pk")[:1]
        )
        condition = Q(citations__pk=Subquery(first))
        return self.annotate(**{PASSAGE: FilteredRelation("citations", condition=condition)})

    def with_first_release(self) -> Self:
        """Adds `first_release`: the version that first held the record, or None."""
        from archive.models import FirstRelease

        return self.annotate(first_release=FirstRelease.version_of(self.model))

    def with_desk_evidence(self) -> Self:
        """The same for the desk: counts every citation that is not withdrawn, drafts too."""
        from archive.models import Citation

        return self._with_citations(Citation.objects.exclude(status=Status.WITHDRAWN))

    def _with_citations(self, citations: "models.QuerySet[Any]") -> Self:
        from archive.models import Citation, Discrepancy

        target = Citation.target_field_of(self.model)
        if target is None:
            return self.annotate(
                citation_count=models.Value(0), contested=models.Value(value=False)
            )
        citations = citations.order_by().filter(**{target: OuterRef("pk")})
        counted = citations.values(target).annotate(number=models.Count("pk")).values("number")
        contested: Any = Exists(citations.filter(stance=Stance.DISPUTES))
        if target in Discrepancy.ABOUT:
            contested |= Exists(Discrepancy.objects.open().filter(**{target: OuterRef("pk")}))
        return self.annotate(
            citation_count=models.functions.Coalesce(models.Subquery(counted), 0),
            contested=contested,
        )

    def public(self) -> Self:
        """What the public sees. Reference rows have no status and are all public."""
        return self

    def gone(self) -> Self:
        """What the public saw once and sees no more. Reference rows are never withdrawn."""
        return self.none()


def cited_keys(citations: "models.QuerySet[Any]", target: str) -> "models.QuerySet[Any]":
    """The keys of the records that `citations` are about, where those are of one kind."""
    return citations.order_by().filter(**{f"{target}__isnull": False}).values(target)


def contested_keys(citations: "models.QuerySet[Any]", target: str) -> "models.QuerySet[Any]":
    """The keys of the records that one of `citations` disputes, or an import as long as it is open.

    To filter by: among a million rows these few are found by their keys, none is looked at.
    """
    from archive.models import Discrepancy

    keys = cited_keys(citations.filter(stance=Stance.DISPUTES), target)
    if target not in Discrepancy.ABOUT:
        return keys
    return keys.union(Discrepancy.objects.differing(target), all=True)


class PublishableQuerySet(RecordQuerySet):
    def published(self) -> Self:
        return self.filter(status=Status.PUBLISHED)

    def public(self) -> Self:
        return self.published()

    def waiting(self) -> Self:
        """In review; adds `handed_in_at` and `handed_in_by`: the key of a user, if known."""
        versions = self.model.versions.rel.related_model.objects.order_by("pgh_id").filter(
            pgh_obj=OuterRef("pk")
        )
        earlier = versions.exclude(status=Status.IN_REVIEW).reverse().values("pgh_id")
        handed_in = versions.filter(pgh_id__gt=OuterRef("_last_elsewhere"))
        user = KeyTextTransform("user", "pgh_context__metadata")
        return self.filter(status=Status.IN_REVIEW).annotate(
            _last_elsewhere=Coalesce(Subquery(earlier[:1]), 0),
            handed_in_at=Subquery(handed_in.values("pgh_created_at")[:1]),
            handed_in_by=Cast(Subquery(handed_in.values(by=user)[:1]), models.IntegerField()),
        )

    def gone(self) -> Self:
        """Withdrawn (or in review again) after the public saw them: their history tells."""
        history = self.model.versions.rel.related_model.objects
        return self.filter(
            Exists(history.filter(pgh_obj=OuterRef("pk"), status=Status.PUBLISHED)),
            ~Q(status=Status.PUBLISHED),
        )


class Record(models.Model):
    """A row with a natural key and the time of its last change."""

    # Lookups that together find one row; the same key as in fixtures and addresses.
    natural_key_lookups: ClassVar[tuple[str, ...]] = ("slug",)

    updated_at = models.DateTimeField(
        db_default=Now(),
        editable=False,
        help_text="When the content of this row last changed; kept by the database.",
    )

    class Meta:
        abstract = True
        triggers: list[pgtrigger.Trigger] = [TOUCH, *MOVES_REVISION]

    def natural_key(self) -> tuple[str, ...]:
        return (self.slug,)  # type: ignore[attr-defined]


class Publishable(Record):
    """A record that goes from draft to the public, and is withdrawn rather than deleted."""

    status = models.CharField(
        max_length=16,
        choices=Status.choices,
        default=Status.DRAFT,
        db_default=Status.DRAFT,
        help_text="Draft, in review, published or withdrawn. The public sees what is published.",
    )
    withdrawal_reason = models.CharField(
        max_length=500,
        blank=True,
        default="",
        db_default="",
        help_text="Why the record was withdrawn. The public reads this where the record stood.",
    )

    class Meta(Record.Meta):
        abstract = True
        default_permissions = ("add", "change", "delete", "view", "publish")
        constraints = [
            valid_choice("status", Status),
            rule(
                "withdrawn_has_reason",
                Q(status=Status.WITHDRAWN, withdrawal_reason__regex=r"\S")
                | (~Q(status=Status.WITHDRAWN) & Q(withdrawal_reason="")),
                "Give the reason when you withdraw a record, and only then.",
            ),
        ]
        triggers = [*Record.Meta.triggers, KEEP_PUBLIC_HISTORY]
