import uuid
from typing import Any, ClassVar, Self

from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Q

from archive.choices import Settlement
from archive.models.base import RecordQuerySet
from archive.models.citation import field_of_target
from archive.models.constraints import exactly_one_set, rule, valid_choice
from archive.models.history import tracked
from archive.models.imports import IMPORTABLE, about_public
from archive.models.proposal import About, is_about
from archive.models.triggers import moves_revision_always


class DiscrepancyQuerySet(RecordQuerySet):
    def open(self) -> Self:
        """Those that nobody has settled: they make their record contested."""
        return self.filter(settled_at__isnull=True)

    def differing(self, target: str) -> Any:
        """The keys of the records of one kind, `target`, that are so contested."""
        rows = self.open().order_by().filter(**{f"{target}__isnull": False})
        return rows.values(target)

    def with_records(self) -> Self:
        """With what naming a discrepancy, its import and its record reads."""
        return self.select_related(
            "source_import",
            "roll_call",
            "membership__state",
            "membership__organization",
            "vote__roll_call",
            "vote__state",
        )

    def about(self, record: Any) -> Self:
        return self.filter(is_about(record, *Discrepancy.ABOUT))

    def public(self) -> Self:
        """Those about records that the public sees."""
        return self.filter(about_public())

    def released(self) -> Self:
        """Those of imports that stand: of others nothing is released."""
        return self.public().filter(source_import__undone_at__isnull=True)


def _about(model: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        f"archive.{model}",
        on_delete=models.CASCADE,  # about a record that is gone nothing can differ
        null=True,
        blank=True,
        related_name="discrepancies",
    )


@tracked()
class Discrepancy(models.Model):
    """Where an import says something else than the record that the archive holds."""

    natural_key_lookups: ClassVar[tuple[str, ...]] = ("uuid",)
    ABOUT = IMPORTABLE

    uuid = models.UUIDField(
        unique=True, default=uuid.uuid4, db_default=RandomUUID(), editable=False
    )
    source_import = models.ForeignKey(
        "archive.Import",
        on_delete=models.PROTECT,  # who says otherwise
        related_name="discrepancies",
        verbose_name="import",
    )
    line = models.PositiveIntegerField(help_text="The line of the file, from 1.")
    roll_call = _about("RollCall")
    membership = _about("Membership")
    vote = _about("Vote")
    record = About()
    field = models.CharField(max_length=40, help_text="The field of the record that differs.")
    held = models.CharField(max_length=300, blank=True, help_text="What the archive holds.")
    imported = models.CharField(
        max_length=300, blank=True, help_text="What the import says; empty where it has nothing."
    )
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_by = models.CharField(max_length=150, blank=True, editable=False)
    settlement = models.CharField(
        max_length=16,
        choices=Settlement.choices,
        blank=True,
        help_text="Which of the two stands.",
    )
    reason = models.TextField(blank=True, help_text="Why. The public reads it, too.")

    objects = DiscrepancyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "discrepancies"
        ordering = ("source_import", "line", "pk")
        default_permissions = ("view", "change")
        constraints = [
            exactly_one_set(
                *IMPORTABLE,
                name="is_about_one_record",
                message="A discrepancy is about exactly one record.",
            ),
            rule(
                "field_is_a_field_of_the_record",
                field_of_target(*IMPORTABLE),
                "The field that differs is one of the record's.",
            ),
            rule(
                "values_differ",
                ~Q(held=models.F("imported")),
                "Where both say the same, nothing differs.",
            ),
            valid_choice("settlement", Settlement, blank=True),
            rule(
                "settled_with_reason",
                Q(settled_at__isnull=True, settled_by="", settlement="", reason="")
                | (
                    Q(settled_at__isnull=False, settled_by__regex=r"\S", reason__regex=r"\S")
                    & ~Q(settlement="")
                ),
                "Whoever settles it says which value stands, and why.",
            ),
            models.UniqueConstraint(
                fields=["source_import", *IMPORTABLE, "field"],
                nulls_distinct=False,
                name="archive_discrepancy_field_differs_once_in_an_import",
            ),
        ]
        triggers = moves_revision_always()

    def __str__(self) -> str:
        imported = f"imported “{self.imported}”" if self.imported else "nothing imported"
        return f"{self.field}: held “{self.held}”, {imported}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/discrepancies/{self.uuid}/"

    def natural_key(self) -> tuple[str, ...]:
        return (str(self.uuid),)

    @property
    def kind(self) -> str:
        """What it is about: the name of the column that is set."""
        return next(name for name in self.ABOUT if getattr(self, f"{name}_id"))

    @property
    def value_now(self) -> str:
        """What the record says by now."""
        value = getattr(self.record, self.field)
        return "" if value is None else str(value)
