from django.contrib.postgres.fields import ArrayField
from django.db import models

from archive.models.base import Record, RecordQuerySet
from archive.models.constraints import not_blank, rule, valid_edtf
from archive.models.fields import EDTF_HELP, EDTFField
from archive.models.history import tracked
from archive.models.triggers import findable


class StateQuerySet(RecordQuerySet):
    pass


@tracked()
class State(Record):
    """A state in the international system, past or present."""

    natural_key_lookups = ("code",)

    code = models.CharField(
        max_length=3,
        unique=True,
        help_text="ISO 3166-1 alpha-3, such as ARM; for a former state its withdrawn code: "
        "SUN, YUG, CSK, DDR.",
    )
    name = models.CharField(max_length=100, help_text="The short English name, such as Armenia.")
    official_name = models.CharField(
        max_length=200, blank=True, help_text="The full name, such as Republic of Armenia."
    )
    iso2 = models.CharField(
        "ISO alpha-2", max_length=2, blank=True, help_text="ISO 3166-1 alpha-2, such as AM."
    )
    m49 = models.CharField(
        "UN M49",
        max_length=3,
        blank=True,
        help_text="The United Nations' numeric code with its leading zeros, such as 051.",
    )
    cow = models.PositiveSmallIntegerField(
        "COW number", null=True, blank=True, help_text="Correlates of War number, such as 371."
    )
    cow_letters = models.CharField(
        "COW letters",
        max_length=3,
        blank=True,
        help_text="Correlates of War abbreviation; often not the ISO code (KYR, TAJ, GRG).",
    )
    gw = models.PositiveSmallIntegerField(
        "GW number", null=True, blank=True, help_text="Gleditsch and Ward's number."
    )
    existed = EDTFField(
        blank=True,
        help_text=f"When the state existed, as an interval; blank where it is not in doubt. "
        f"{EDTF_HELP}",
    )
    aliases = ArrayField(
        models.CharField(max_length=100),
        blank=True,
        default=list,
        db_default=[],
        help_text="Other names in the sources, one a line: “Kremlin”, “Nur-Sultan”.",
    )

    objects = StateQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ("code",)
        constraints = [
            rule(
                "code_is_alpha3",
                models.Q(code__regex=r"^[A-Z]{3}$"),
                "The code of a state is three capital letters, such as ARM.",
            ),
            rule(
                "m49_has_three_digits",
                models.Q(m49="") | models.Q(m49__regex=r"^[0-9]{3}$"),
                "An M49 code has three digits, leading zeros included, such as 051.",
            ),
            not_blank("name"),
            valid_edtf("existed", blank=True),
        ]
        triggers = [
            *Record.Meta.triggers,
            *findable("state", "code", "name", "official_name", "aliases", parts_follow=("name",)),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/api/v1/states/{self.code}/"

    def natural_key(self) -> tuple[str, ...]:
        return (self.code,)
