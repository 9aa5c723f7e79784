"""Where an import says otherwise than the archive: a reviewer settles which of the two stands.

Nothing held is overwritten in silence. If the archive is right, nothing changes. If the import is
right, the record changes in the same step, in the reviewer's name and with his reason; so what is
settled is never about a record that says what was found wrong. Nothing here knows of HTTP. A
refusal is a `Refused` that says why and what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from archive import models, publication
from archive.choices import Settlement, Status
from archive.refusals import Refused, name_of, refused_in_words


def may_settle(user: Any) -> bool:
    return publication.has_permission(user, "change", models.Discrepancy)


def settle(discrepancy: Any, user: Any, settlement: str, reason: str) -> None:
    """Decides which value stands. If it is the imported one, the record takes it over."""
    if settlement not in Settlement.values:
        raise Refused("Say which of the two stands.")
    with _deciding(discrepancy, user, reason) as current:
        if current.settled_at:
            raise Refused(f"{current.settled_by} has settled it meanwhile.")
        if settlement == Settlement.IMPORTED:
            _take_over(current, user)
        elif current.value_now == current.imported:
            raise Refused(
                "The record says by now what the import says. If that is wrong, restore an "
                "earlier version in the record's history first."
            )
        current.settled_at, current.settled_by = Now(), user.get_username()
        current.settlement, current.reason = settlement, reason.strip()
        current.save()


def reopen(discrepancy: Any, user: Any, reason: str) -> None:
    """Takes the decision back. The record stays as it is; the history keeps who decided what."""
    with _deciding(discrepancy, user, reason) as current:
        if current.settled_at is None:
            raise Refused("It is open already.")
        current.settled_at, current.settled_by = None, ""
        current.settlement, current.reason = "", ""
        current.save()


@contextmanager
def _deciding(discrepancy: Any, user: Any, reason: str) -> Iterator[Any]:
    """Yields the discrepancy and its record as they now stand, locked."""
    if not reason.strip():
        raise Refused("Give the reason: whoever reads it later wants to know why.")
    with refused_in_words(), pghistory.context(user=user.pk, reason=reason.strip()):
        rows = models.Discrepancy.objects.with_records()
        current = rows.select_for_update(of=("self",)).filter(pk=discrepancy.pk).first()
        if current is None:
            raise Refused("The discrepancy is gone: its record is, or its import was undone.")
        if not may_settle(user):
            raise Refused("To settle it takes a reviewer.")
        record = current.record
        current.record = type(record)._default_manager.select_for_update().get(pk=record.pk)
        yield current


def _take_over(discrepancy: Any, user: Any) -> None:
    """The record takes the imported value over, unless a person has seen to it."""
    record, imported, now = discrepancy.record, discrepancy.imported, discrepancy.value_now
    if now == imported or (not imported and _is_withdrawn(record)):
        return
    if not imported:
        raise Refused(
            f"The import knows nothing of {name_of(record)}. If it is right, withdraw the record, "
            "then settle; if the record is deleted, the discrepancy goes with it."
        )
    values = {discrepancy.field: imported}
    if isinstance(record, models.Vote) and discrepancy.field == "choice":
        # It rests on this line by now: what proved another choice proves it no longer.
        values |= {"imported": discrepancy.source_import, "import_line": discrepancy.line}
    for name, value in values.items():
        setattr(record, name, value)
    try:
        record.full_clean()
    except ValidationError as error:
        if now != discrepancy.held:
            return  # somebody has changed it in this sense, such as divided a period
        words = " ".join(error.messages)
        raise Refused(
            f"Change the record on its form, then settle. It cannot say so: {words}"
        ) from error
    if now != discrepancy.held:
        raise Refused(
            f"The record says “{now}” by now, which is neither of the two. Change it on its form, "
            "then settle."
        )
    if not publication.may_change(user, record):
        raise Refused(f"You may not change {name_of(record)}.")
    record.save(update_fields=values)


def _is_withdrawn(record: Any) -> bool:
    owner = publication.owner_of(record)
    return bool(owner.status == Status.WITHDRAWN)
