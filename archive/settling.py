"""Where an import says otherwise than the archive: a reviewer settles which of the two stands.

Nothing held is overwritten in silence. If the archive is right, nothing changes. If the import is
right, the record changes in the same step, in the reviewer's name and with his reason; so what is
settled is never about a record that says what was found wrong. What other imports said of the old
value contradicts the new one, and is kept so. Nothing here knows of HTTP. A refusal is a `Refused`
that says why and what to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pghistory
from django.core.exceptions import ValidationError
from django.db.models.functions import Now

from archive import models, publication
from archive.choices import Settlement, Status
from archive.refusals import Refused, name_of, refused_in_words

OPEN = {"settled_at": None, "settled_by": "", "settlement": "", "reason": ""}


class Said(NamedTuple):
    """What one line of an import says of a field."""

    taken: int  # the import
    line: int
    value: str
    followed: bool  # the record said so by its word


def may_settle(user: Any) -> bool:
    return publication.has_permission(user, "change", models.Discrepancy)


def settle(discrepancy: Any, user: Any, settlement: str, reason: str) -> None:
    """Decides which value stands. If it is the imported one, the record takes it over."""
    if settlement not in Settlement.values:
        raise Refused("Say which of the two stands.")
    with _deciding(discrepancy, user, reason) as current:
        if current.settled_at:
            raise Refused(f"{current.settled_by} has settled it meanwhile.")
        decided = {"settled_at": Now(), "settled_by": user.get_username(), "reason": reason.strip()}
        if settlement == Settlement.IMPORTED:
            said = _said_by_others(current)
            _take_over(current, user)
            _contradict(current, said, decided)
        elif current.value_now == current.imported:
            raise Refused(
                "The record says by now what the import says. If that is wrong, restore an "
                "earlier version in the record's history first."
            )
        _write(current, settlement=settlement, **decided)


def reopen(discrepancy: Any, user: Any, reason: str) -> None:
    """Takes the decision back. The record stays as it is; the history keeps who decided what."""
    with _deciding(discrepancy, user, reason) as current:
        if current.settled_at is None:
            raise Refused("It is open already.")
        _write(current, **OPEN)


def confirmed(vote: Any) -> list[tuple[Any, str]]:
    """The lines of standing imports that confirmed a vote, each with the choice that it gives.

    That is what the vote said on the day of the import: a person may have changed it since.
    """
    rows = vote.imported_rows.filter(made=False, source_import__undone_at__isnull=True)
    rows = rows.select_related("source_import").defer("source_import__report")
    found = list(rows.order_by("source_import__slug"))
    if not found:
        return []
    past = list(vote.versions.order_by("pgh_id").values_list("pgh_created_at", "choice"))
    # What a release brought is older than its history here: then the oldest counts.
    oldest = past[0][1] if past else vote.choice

    def on_the_day(row: Any) -> str:
        known = [choice for when, choice in past if when <= row.source_import.imported_at]
        return str(known[-1] if known else oldest)

    return [(row, on_the_day(row)) for row in found]


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
            record.refresh_from_db()
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


def _said_by_others(discrepancy: Any) -> list[Said]:
    """What other standing imports say of the field, as far as it is kept.

    Of roll calls and memberships no line tells which values it confirmed.
    """
    record, field, now = discrepancy.record, discrepancy.field, discrepancy.value_now
    same = models.Discrepancy.objects.about(record).filter(field=field, imported=now)
    followed = same.filter(settlement=Settlement.IMPORTED).exclude(pk=discrepancy.pk)
    said = [Said(one.source_import_id, one.line, now, followed=True) for one in followed]
    if discrepancy.kind == "vote" and field == "choice":
        said += [
            Said(row.source_import_id, row.line, choice, followed=False)
            for row, choice in confirmed(record)
        ]
        if record.imported_id:
            said.append(Said(record.imported_id, record.import_line, now, followed=True))
    # Locked: an import that is being undone meanwhile leaves no word behind.
    standing = models.Import.objects.standing().exclude(pk=discrepancy.source_import_id)
    locked = standing.filter(pk__in={one.taken for one in said}).order_by("pk")
    keys = set(locked.select_for_update(no_key=True).values_list("pk", flat=True))
    return [one for one in said if one.taken in keys]


def _contradict(discrepancy: Any, said: list[Said], decided: dict[str, Any]) -> None:
    """Of what others said, keeps what contradicts the new value, no more as a confirmation.

    Whom the record followed till now is answered by this decision; who confirmed it is not.
    """
    record, now = discrepancy.record, discrepancy.value_now
    for one in said:
        if one.value == now:
            continue
        answer = {"settlement": Settlement.HELD, **decided} if one.followed else OPEN
        about = {"source_import_id": one.taken, discrepancy.kind: record}
        models.Discrepancy.objects.update_or_create(
            **about,
            field=discrepancy.field,
            defaults={"line": one.line, "held": now, "imported": one.value, **answer},
        )
        if not one.followed:
            models.ImportedRow.objects.filter(**about, made=False).delete()


def _write(discrepancy: Any, **values: Any) -> None:
    for name, value in values.items():
        setattr(discrepancy, name, value)
    discrepancy.save()


def _is_withdrawn(record: Any) -> bool:
    owner = publication.owner_of(record)
    return bool(owner.status == Status.WITHDRAWN)
