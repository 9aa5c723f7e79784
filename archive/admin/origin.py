"""Where a record came from: the imports that brought or confirm it, each with its lines."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import get_text_list

from archive import models, publication, settling
from archive.models.imports import IMPORTABLE


class Origin(NamedTuple):
    """The lines of one import that made a record, or that say what it says already."""

    taken: models.Import
    made: bool
    lines: list[int]

    @property
    def where(self) -> str:
        """Such as “lines 3, 4 and 9”."""
        numbers = get_text_list(list(map(str, self.lines)), "and")
        return f"line {numbers}" if len(self.lines) == 1 else f"lines {numbers}"


def origins_of(user: Any, record: Any) -> dict[str, Any]:
    """For the form of a record: the imports that it comes from, those that made it first."""
    if record is None or models.Citation.target_field_of(type(record)) not in IMPORTABLE:
        return {}
    if not publication.has_permission(user, "view", models.Import):
        return {}
    return {"origins": list(_origins(record))}


def _origins(record: Any) -> Iterator[Origin]:
    if getattr(record, "imported_id", None):  # of a vote, its own line is no row
        yield Origin(record.imported, True, [record.import_line])
    yield from _by_import(record.imported_rows.all())


def agreeing(discrepancy: Any) -> Iterator[Origin]:
    """The other imports that a record has what it says from, or that say the same.

    Of a roll call or a membership, those that do not differ there: which values their lines
    confirm is not kept.
    """
    record = discrepancy.record
    if discrepancy.kind == "vote" and discrepancy.field == "choice":
        if record.imported_id not in (None, discrepancy.source_import_id):
            yield Origin(record.imported, True, [record.import_line])
        for row, choice in settling.confirmed(record):
            if choice == discrepancy.held:
                yield Origin(row.source_import, False, [row.line])
        return
    differing = models.Discrepancy.objects.about(record).filter(field=discrepancy.field)
    yield from _by_import(
        record.imported_rows.exclude(source_import__in=differing.values("source_import"))
    )


def _by_import(rows: Any) -> Iterator[Origin]:
    rows = rows.select_related("source_import").defer("source_import__report")
    ordered = rows.order_by("-made", "source_import__slug", "line")
    for (made, taken), lines in groupby(ordered, lambda row: (row.made, row.source_import)):
        yield Origin(taken, made, [row.line for row in lines])


@admin.display(description="import")
def line_link(self: Any, vote: models.Vote) -> str:
    """In the row of a vote: the line that made it; nothing where a person did."""
    if vote.imported is None:
        return ""
    return format_html(
        '<a href="{}" aria-label="Line {} of {}">line {}</a>',
        reverse("admin:archive_import_change", args=[vote.imported_id]),
        vote.import_line,
        vote.imported.file_name,
        vote.import_line,
    )
