"""Fields that several models share."""

from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func

from archive import edtf

EDTF_HELP = (
    "As exact as the sources are: 2022-09-14, 2021-05 or 1999; add ~ for “about”, ? for "
    "“uncertain”; 2022-09-13/2022-09-14 for a stretch of time, 1992/.. for one that goes on; "
    "[2024-01-03..] for “some time on or after”."
)


class EDTFField(models.CharField):
    """A date as text in our subset of EDTF; see ``archive.edtf``.

    The validator stands here because malformed text must not reach SQL functions from a
    form; the database has its own check (``constraints.valid_edtf``).
    """

    default_validators = [edtf.validate]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 64)
        kwargs.setdefault("help_text", EDTF_HELP)
        super().__init__(*args, **kwargs)


class InheritedDateField(EDTFField):
    """The date of a record, or where that is blank, of what it belongs to; kept by triggers.

    What a list is sorted by must stand in the row itself, for an index to hold it. See
    `archive.models.triggers.inherits_date`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"blank": True, "editable": False, "db_default": ""} | kwargs)


def is_derived(field: Any) -> bool:
    """Whether the database finds the value by itself: nobody writes it, no fixture holds it."""
    return isinstance(field, models.GeneratedField | InheritedDateField)


def possible_range(field: str) -> models.GeneratedField:
    """All days that the date in `field` may touch, derived by the database."""
    return models.GeneratedField(
        expression=Func(F(field), function="edtf_possible"),
        output_field=DateRangeField(null=True),
        db_persist=True,
        editable=False,
    )


def certain_range(field: str) -> models.GeneratedField:
    """For an interval in `field`: the days that it surely covers. Derived by the database."""
    return models.GeneratedField(
        expression=Func(F(field), function="edtf_certain"),
        output_field=DateRangeField(null=True),
        db_persist=True,
        editable=False,
    )
