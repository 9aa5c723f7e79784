from typing import Any, ClassVar

import pgtrigger
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, Now

from archive.models.constraints import rule

# Numbers with dots, and a word after a hyphen: 2026.1, 1.0.2, 1.0-beta.
VERSION = r"^[0-9]+(\.[0-9]+){0,3}(-[a-z0-9]+)?$"


class Release(models.Model):
    """What the public saw of the archive at one moment, as files that never change."""

    version = models.CharField(
        max_length=40,
        unique=True,
        validators=[RegexValidator(VERSION)],
        help_text="Its number, such as 1.0 or 2026.1; the reference in citations.",
    )
    date = models.DateField(help_text="The day that the release bears.")
    notes = models.TextField(blank=True, help_text="What is new, in a few words; may be blank.")
    sha256 = models.CharField(
        "SHA-256", max_length=64, help_text="SHA-256 of the zip, in small hexadecimal letters."
    )
    size = models.BigIntegerField(help_text="Bytes of the zip.")
    counts = models.JSONField(help_text="Records of each table.")
    files = models.JSONField(
        help_text="Each file by its path in the folder: its SHA-256 and its bytes."
    )
    made_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text="When the release was made."
    )

    class Meta:
        ordering: ClassVar[Any] = ("-id",)
        default_permissions = ("view",)
        constraints = [
            rule(
                "version_is_a_number",
                Q(version__regex=VERSION),
                "A version is a number such as 1.0 or 2026.1, with a word after a hyphen at most.",
            ),
            rule(
                "sha256_is_hexadecimal",
                Q(sha256__regex=r"^[0-9a-f]{64}$"),
                "A SHA-256 has 64 hexadecimal letters.",
            ),
        ]
        triggers = [
            # Who cites a release must find what he cited.
            pgtrigger.Trigger(
                name="stays_as_it_is",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    PERFORM archive_refuse('archive_release_stays_as_it_is',
                        'A release is never changed.', 'Make a new one.');
                    RETURN NULL;
                """,
            ),
            # The list of releases, and what each record says of its first, are answers too.
            pgtrigger.Trigger(
                name="move_revision",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Delete,
                func="PERFORM archive_move_revision(false); RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return f"Casus {self.version}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/releases/{self.version}/"

    @property
    def name(self) -> str:
        """Of the folder, and of the zip without its ending."""
        return f"casus-{self.version}"


class FirstRelease(models.Model):
    """The release that first held a record.

    A vote has a row only where it came later than its roll call: otherwise its roll call's is
    its own, and a million rows need not be written.
    """

    table = models.CharField(max_length=24, help_text="The table of the record, such as events.")
    key = models.CharField(
        max_length=300, help_text="Its natural key, with slashes between the parts."
    )
    release = models.ForeignKey(
        "archive.Release",
        on_delete=models.CASCADE,  # says nothing without it
        db_index=False,  # never asked for by release
        related_name="first_records",
    )

    class Meta:
        default_permissions = ()  # nobody edits it
        constraints = [
            models.UniqueConstraint(
                fields=["table", "key"],
                include=["release"],
                name="archive_firstrelease_is_one_a_record",
            )
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key}"

    @staticmethod
    def table_of(model: type[models.Model]) -> str:
        """The name of the model's table in a release."""
        return str(model._meta.verbose_name_plural).replace(" ", "_")

    @classmethod
    def version_of(cls, model: Any, prefix: str = "") -> Any:
        """SQL: the version that first held a record of `model`; null where none did."""
        parts: list[Any] = []
        for lookup in model.natural_key_lookups:
            sides = ("actor_state__code", "actor_organization__slug")
            columns = [
                Cast(OuterRef(f"{prefix}{each}"), models.TextField())
                for each in (sides if lookup == "actor" else (lookup,))
            ]
            parts.append(Coalesce(*columns) if len(columns) > 1 else columns[0])
        key = parts[0]
        for part in parts[1:]:
            key = Concat(key, Value("/"), part, output_field=models.TextField())
        own = cls.objects.filter(table=cls.table_of(model), key=key)
        version = Subquery(own.values("release__version")[:1])
        if model._meta.model_name != "vote":
            return version
        roll_call = model._meta.get_field("roll_call").related_model
        return Coalesce(version, cls.version_of(roll_call, "roll_call__"))
