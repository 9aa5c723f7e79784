from typing import Any, ClassVar, Self

import pgtrigger
from django.db import models
from django.db.models import Exists, Q
from django.db.models.functions import Now

from archive.choices import ImportLayout, Status
from archive.models.base import RecordQuerySet
from archive.models.constraints import exactly_one_set, not_blank, rule, valid_choice, valid_slug
from archive.models.history import tracked
from archive.models.triggers import Deferred, moves_revision_always


class ImportQuerySet(RecordQuerySet):
    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(undone_at__isnull=True)

    def released(self) -> Self:
        """Those standing that brought, confirm or contradict something public."""
        from archive.models import Discrepancy, Vote

        here = {"source_import": models.OuterRef("pk")}
        votes = Vote.objects.published().filter(imported=models.OuterRef("pk"))
        return self.standing().filter(
            Exists(ImportedRow.objects.public().order_by().filter(**here))
            | Exists(Discrepancy.objects.public().order_by().filter(**here))
            | Exists(votes.order_by())
        )


@tracked()
class Import(models.Model):
    """The registration of one file of a data set that was taken in."""

    natural_key_lookups: ClassVar[tuple[str, ...]] = ("slug",)

    slug = models.SlugField(
        max_length=60, unique=True, help_text="The layout and the first digits of the sum."
    )
    layout = models.CharField(
        max_length=32, choices=ImportLayout.choices, help_text="How the file is laid out."
    )
    source = models.ForeignKey(
        "archive.Source",
        on_delete=models.PROTECT,  # who published what is proven by it
        related_name="imports",
        help_text="Who publishes the data set.",
    )
    file_name = models.CharField(max_length=255, help_text="The name of the file, without folder.")
    sha256 = models.CharField("SHA-256", max_length=64, help_text="Of the file's bytes.")
    rows = models.PositiveIntegerField(help_text="The rows of the file, without its header.")
    imported_at = models.DateTimeField(db_default=Now(), help_text="When it was taken in.")
    imported_by = models.CharField(max_length=150, help_text="Who took it in.")
    tool_version = models.CharField(
        max_length=40, help_text="The version of the archive's software that read it."
    )
    report = models.JSONField(default=dict, help_text="What came of it, in numbers.")
    undone_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was undone; empty while it stands."
    )
    undone_by = models.CharField(max_length=150, blank=True, help_text="Who undid it.")

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ("-imported_at", "slug")
        default_permissions = ("view",)  # made and undone by commands
        constraints = [
            valid_slug(),
            valid_choice("layout", ImportLayout),
            not_blank("file_name"),
            not_blank("imported_by"),
            rule(
                "sha256_is_a_sum",
                Q(sha256__regex=r"^[0-9a-f]{64}$"),
                "A SHA-256 has 64 hexadecimal digits, in small letters.",
            ),
            rule(
                "undone_by_somebody",
                Q(undone_at__isnull=True, undone_by="")
                | Q(undone_at__isnull=False, undone_by__regex=r"\S"),
                "An undone import tells when and by whom, and only that.",
            ),
            models.UniqueConstraint(
                fields=["sha256"],
                condition=Q(undone_at__isnull=True),
                name="archive_import_file_is_taken_in_once",
                violation_error_message="This file is imported already.",
            ),
        ]
        triggers = [
            Deferred(
                name="keep_proof",
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("undone_at"),
                statement="PERFORM archive_recheck_imported_in(NEW.id);",
            ),
            *moves_revision_always(),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.slug})"

    def get_absolute_url(self) -> str:
        return f"/api/v1/imports/{self.slug}/"

    def natural_key(self) -> tuple[str, ...]:
        return (self.slug,)


# What a line of a data set can make or confirm, by the column that names it here.
IMPORTABLE = ("roll_call", "membership", "vote")


def about_public() -> Q:
    """Of a row that is about one of these: whether the public sees it."""
    return (
        Q(roll_call__status=Status.PUBLISHED)
        | Q(membership__status=Status.PUBLISHED)
        | Q(vote__roll_call__status=Status.PUBLISHED)
    )


class ImportedRowQuerySet(RecordQuerySet):
    def public(self) -> Self:
        """Those of standing imports about records that the public sees."""
        return self.filter(about_public(), source_import__undone_at__isnull=True)


def _brought(model: str, related_name: str) -> "models.ForeignKey[Any, Any]":
    return models.ForeignKey(
        f"archive.{model}",
        on_delete=models.CASCADE,  # a line about a record that is gone proves nothing
        null=True,
        blank=True,
        related_name=related_name,
    )


class ImportedRow(models.Model):
    """One line of an imported file that made a record, or says what a record says already.

    Votes that the import made are not here: they name import and line themselves.
    """

    source_import = models.ForeignKey(
        "archive.Import",
        on_delete=models.PROTECT,  # the proof of the record
        db_index=False,  # the constraints' indexes begin with it
        related_name="imported_rows",
    )
    line = models.PositiveIntegerField(help_text="The line of the file, from 1.")
    number = models.CharField(
        max_length=40, blank=True, help_text="The record's number in the data set."
    )
    made = models.BooleanField(help_text="It made the record; else it confirms one.")
    roll_call = _brought("RollCall", "imported_rows")
    membership = _brought("Membership", "imported_rows")
    vote = _brought("Vote", "imported_rows")

    objects = ImportedRowQuerySet.as_manager()

    class Meta:
        ordering = ("source_import", "line", "pk")
        default_permissions = ()  # written by imports
        constraints = [
            exactly_one_set(
                *IMPORTABLE,
                name="is_about_one_record",
                message="A line made or confirms exactly one record.",
            ),
            *(
                models.UniqueConstraint(
                    fields=["source_import", name],
                    name=f"archive_importedrow_{name}_comes_once_in_an_import",
                )
                for name in ("roll_call", "vote")
            ),
            # Several lines may tell of one membership: phases of an alliance, say.
            models.UniqueConstraint(
                fields=["source_import", "membership", "line"],
                name="archive_importedrow_membership_comes_once_in_a_line",
            ),
        ]
        triggers = [
            Deferred(
                name="keep_proof",
                operation=pgtrigger.Update | pgtrigger.Delete,
                statement=" ".join(
                    f"PERFORM archive_recheck('{name}', OLD.{name}_id);" for name in IMPORTABLE
                ),
            )
        ]

    def __str__(self) -> str:
        return f"line {self.line} of {self.source_import}"
