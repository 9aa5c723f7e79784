"""What waits for a second pair of eyes: proposals, records in review, passages gone stale.

A *proposal* keeps an editor's change to something public, and changes nothing until a reviewer
applies it, as proposed or altered. A *note* says why a record went back, or that a passage
still holds. Who moves a record from draft to the public stands in ``archive.publication``; what
a proposal adds to a record, in ``archive.additions``.
Nothing here knows of HTTP. What is refused is a `Refused`, and leaves no trace.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from archive import audit, models
from archive.choices import NoteKind, ProposalState, Status
from archive.history import Change, Difference, changes, differences
from archive.models.proposal import PROPOSABLE
from archive.models.reviewnote import REVIEWED
from archive.publication import (
    OWNERS,
    has_permission,
    is_public,
    may_change,
    owner_of,
)
from archive.refusals import Refused, judge_now, name_of, refused_in_words
from archive.together import with_its_record
from archive.versions import Column, Names, columns, names_of_users, who

# What no proposal is about: where a record stands is decided by buttons.
NOT_PROPOSED = ("status", "withdrawal_reason")

Values = Mapping[str, Any]


# --- Values as in the fixtures -----------------------------------------------------------


def proposable_fields(model: Any) -> dict[str, Any]:
    """The fields of a model that a proposal may name."""
    return {
        field.name: field
        for column in columns(model).values()
        for field in column.fields
        if field.editable and field.name not in NOT_PROPOSED
    }


def values_of(row: Any, names: Iterable[str]) -> dict[str, Any]:
    """Fields of a row as the fixtures have them: references by their natural keys."""
    fields = proposable_fields(type(row))
    return {name: _value(row, fields[name]) for name in names}


def _value(row: Any, field: Any) -> Any:
    value = field.value_from_object(row)
    if value is None:
        return None
    if field.is_relation:
        return list(getattr(row, field.name).natural_key())
    if isinstance(field, ArrayField):
        return list(value)
    return value if isinstance(value, (str, int)) else field.value_to_string(row)


def changed_values(before: Any, after: Any) -> dict[str, Any]:
    """What `after` says otherwise than `before`, two states of one row."""
    names = [
        name
        for name, field in proposable_fields(type(after)).items()
        if getattr(before, field.attname) != getattr(after, field.attname)
    ]
    return values_of(after, names)


def with_values(record: Any, values: Values) -> Any:
    """The record as it would be with these values; not saved."""
    row = copy.copy(record)
    fields = proposable_fields(type(record))
    for name, value in values.items():
        if name not in fields:
            raise Refused(f"No proposal can be made about “{name}”.")
        field = fields[name]
        try:
            if field.is_relation and value is not None:
                value = field.related_model._default_manager.get_by_natural_key(*value)  # noqa: PLW2901
            elif not field.is_relation:
                value = field.to_python(value)  # noqa: PLW2901
        except ObjectDoesNotExist as error:
            key = "/".join(value)
            raise Refused(f"“{field.verbose_name}” refers to {key}, which is gone.") from error
        except (ValidationError, TypeError, ValueError) as error:
            raise Refused(f"“{field.verbose_name}” cannot be {value}.") from error
        setattr(row, name, value)
    return row


# --- Proposals ---------------------------------------------------------------------------


def may_propose(user: Any, record: Any) -> bool:
    """Whether `user` works on such records, and this one is public."""
    return is_public(record) and has_permission(user, "change", record)


def proposes_only(user: Any, record: Any) -> bool:
    """Whether `user` may propose a change to `record`, but not make it."""
    return may_propose(user, record) and not may_change(user, record)


def may_decide(user: Any, record: Any) -> bool:
    """Reviewers of the record, or of what it is a part of."""
    owner = owner_of(record)
    return owner is not None and has_permission(user, "publish", owner)


def propose(record: Any, user: Any, fields: Values, reason: str) -> models.Proposal:
    """Keep a change to a public record for a reviewer; the record stays as it is.

    What the database would refuse is refused now.
    """
    if not reason.strip():
        raise Refused("Say why the record should be changed: a reviewer decides by it.")
    with refused_in_words(), pghistory.context(user=user.pk):
        current = locked(record)
        if not may_propose(user, current):
            raise Refused(
                f"You may not propose a change to {name_of(current)}."
                if is_public(current)
                else f"{name_of(current)} is not public: change it, or ask a reviewer to."
            )
        wanted = with_values(current, fields)
        values = changed_values(current, wanted)
        if not values:
            raise Refused("Nothing is changed: the record stands so already.")
        _try(wanted, values)
        proposal = models.Proposal(
            proposed=values,
            reason=reason.strip(),
            based_on=newest_version(current),
            made_by=user,
        )
        proposal.record = current
        proposal.save()
    proposal.refresh_from_db()
    return proposal


def apply(
    proposal: models.Proposal,
    user: Any,
    fields: Values | None = None,
    *,
    seen: int | None = None,
    comment: str = "",
) -> None:
    """Make the proposed change, or with `fields` another, as a change of the reviewer's.

    `seen` is the version of the record that the reviewer looked at; without it, the one that
    the proposal was made from. What another changed since is not overwritten unseen.
    """
    with refused_in_words():
        current = to_be_applied(proposal, user)
        wanted = with_values(current, proposal.proposed if fields is None else fields)
        values = changed_values(current, wanted)
        _require_seen(current, values, seen or proposal.based_on)
        names = proposal.proposed if fields is None else fields
        with applying(proposal, user, comment):
            if values:
                wanted.save(update_fields=list(values))
            proposal.applied = values_of(wanted, names)


def return_proposal(proposal: models.Proposal, user: Any, comment: str) -> None:
    """Say no, and why; its author reads it."""
    with refused_in_words(), pghistory.context(user=user.pk):
        to_be_decided(proposal, user)
        proposal.comment = comment.strip()
        close(proposal, user, ProposalState.RETURNED)


def take_back(proposal: models.Proposal, user: Any) -> None:
    """Its author thinks better of it."""
    with refused_in_words(), pghistory.context(user=user.pk):
        _lock_open(proposal)
        if proposal.made_by_id != user.pk:
            raise Refused("Only its author takes a proposal back.")
        close(proposal, user, ProposalState.WITHDRAWN)


def newest_version(record: Any) -> int:
    """The number of the version that the record stands in."""
    return int(record.versions.order_by("-pgh_id").values_list("pgh_id", flat=True)[0])


def locked(record: Any) -> Any:
    rows = type(record)._default_manager.select_for_update(of=("self",))
    current = rows.filter(pk=record.pk).first()
    if current is None:
        raise Refused(f"{name_of(record)} is no longer there.")
    return current


def _try(row: Any, values: Values) -> None:
    """Write, let the database judge, and undo."""
    with transaction.atomic():
        row.save(update_fields=list(values))
        judge_now()
        transaction.set_rollback(True)


def _lock_open(proposal: models.Proposal) -> None:
    state = models.Proposal.objects.select_for_update().values_list("state", flat=True)
    if state.get(pk=proposal.pk) != ProposalState.OPEN:
        raise Refused("This proposal was decided already.")


def to_be_decided(proposal: models.Proposal, user: Any) -> Any:
    """Locks the proposal and its record; gives the record as it stands."""
    _lock_open(proposal)
    current = locked(proposal.record)
    if not may_decide(user, current):
        raise Refused("To decide about a proposal takes a reviewer.")
    return current


def to_be_applied(proposal: models.Proposal, user: Any) -> Any:
    """The same, for whoever may apply it: not its author, save a superuser."""
    current = to_be_decided(proposal, user)
    if proposal.made_by_id == user.pk and not user.is_superuser:
        raise Refused("You proposed this yourself. Another reviewer must apply it.")
    return current


@contextmanager
def applying(proposal: models.Proposal, user: Any, comment: str) -> Iterator[None]:
    """What is written is the reviewer's change, for the author's reason; then it is closed."""
    reason = f"{proposal.reason} (proposed by {proposal.made_by})"
    with pghistory.context(user=user.pk, reason=reason, proposal=proposal.pk):
        yield
        proposal.comment = comment.strip()
        close(proposal, user, ProposalState.APPLIED)


def close(proposal: models.Proposal, user: Any, state: ProposalState) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, user, timezone.now()
    proposal.save(update_fields=["state", "applied", "comment", "decided_by", "decided_at"])


def _require_seen(current: Any, values: Values, seen: int) -> None:
    then = current.versions.filter(pgh_id=seen).first()
    for column in columns_of(type(current), values):
        if then is None or column.of(then) != column.of(current):
            raise Refused(
                f"“{column.label}” was changed meanwhile. Look at the record as it is now, "
                "and decide again."
            )


def columns_of(model: Any, names: Iterable[str]) -> list[Column]:
    """The columns of these fields: two halves of an actor are one."""
    wanted = set(names)
    return [
        column
        for column in columns(model).values()
        if wanted & {field.name for field in column.fields}
    ]


# --- A proposal beside the record --------------------------------------------------------


@dataclass(frozen=True)
class ProposedField:
    """One field of a proposal, in words; “” is nothing."""

    difference: Difference  # from the record as it is; of a closed one, as it was then
    then: str  # when it was proposed
    applied: str  # what the reviewer wrote, where it is applied
    is_conflict: bool  # another changed it since, to something else
    who: str  # and who that was
    when: datetime | None


def fields_of(proposal: models.Proposal) -> list[ProposedField]:
    """What the proposal would change in the record as it stands, and what changed meanwhile.

    Of one that is closed: what it would have changed, or has.
    """
    record = proposal.record
    versions = list(
        record.versions.filter(pgh_id__gte=proposal.based_on)
        .select_related("pgh_context")
        .order_by("pgh_id")
    )
    base = versions[0]
    now = record if proposal.is_open else base
    wanted = with_values(record, proposal.proposed)
    applied = with_values(record, proposal.applied) if proposal.applied else None
    known = [row for row in (base, record, wanted, applied) if row]
    names, users = Names(known), names_of_users(versions)
    found = []
    for column in columns_of(type(record), proposal.proposed):
        then, new = column.of(base), column.of(wanted)
        is_conflict = proposal.is_open and column.of(record) not in (then, new)
        changed = next(_changes_of(column, versions), None) if is_conflict else None
        found.append(
            ProposedField(
                difference=Difference(
                    field=column.name,
                    label=column.label,
                    before=names.words(column, column.of(now)),
                    after=names.words(column, new),
                    is_long=column.is_long,
                ),
                then=names.words(column, then),
                applied=names.words(column, column.of(applied)),
                is_conflict=is_conflict,
                who=who(changed, users) if changed else "",
                when=changed.pgh_created_at if changed else None,
            )
        )
    return found


def _changes_of(column: Column, versions: list[Any]) -> Iterator[Any]:
    """The versions that changed the column, newest first."""
    for index in range(len(versions) - 1, 0, -1):
        if column.of(versions[index]) != column.of(versions[index - 1]):
            yield versions[index]


# --- Passages that must be read again ----------------------------------------------------


def is_stale(citation: models.Citation) -> bool:
    """Whether the field that it is for has another value than when it was last read."""
    return bool(audit.stale(models.Citation.objects.filter(pk=citation.pk)))


def confirm(citation: models.Citation, user: Any) -> None:
    """Say that the passage was read again and still bears on the field as the citation says."""
    if not has_permission(user, "change", citation):
        raise Refused("You may not confirm citations.")
    with refused_in_words(), pghistory.context(user=user.pk):
        locked(citation.target)  # nobody changes the value while it is confirmed
        if not is_stale(citation):
            raise Refused("Nothing changed since this passage was last read.")
        note = models.ReviewNote(kind=NoteKind.CONFIRMED, made_by=user)
        note.record = citation
        note.save()


# --- The queue ---------------------------------------------------------------------------

PROPOSAL = "proposal"


def waiting(user: Any, kind: str = "") -> Any:
    """What waits for a reviewer, oldest first: `what`, `key`, `since`, `by` (a user's key).

    All that `user` may decide; for an editor, what he handed in himself. A citation that goes
    along with its record is not listed by itself.
    """
    rows = None
    for part in _waiting_by_kind(user, kind):
        rows = part if rows is None else rows.union(part, all=True)
    if rows is None:
        return models.Proposal.objects.none()
    return rows.order_by("since", "what", "key")


def _waiting_by_kind(user: Any, kind: str) -> Iterator[Any]:
    for name in REVIEWED:
        model: Any = models.ReviewNote._meta.get_field(name).related_model
        if kind in ("", model._meta.model_name) and has_permission(user, "change", model):
            rows = model.objects.waiting()
            if model is models.Citation:
                rows = rows.exclude(with_its_record(Status.IN_REVIEW))
            if not has_permission(user, "publish", model):
                rows = rows.filter(handed_in_by=user.pk)
            yield _as_row(
                rows,
                model._meta.model_name,
                since=Coalesce("handed_in_at", "updated_at"),
                by=F("handed_in_by"),
            )
    if kind in ("", PROPOSAL):
        mine = Q(made_by=user.pk)
        for name in PROPOSABLE:
            model = models.Proposal._meta.get_field(name).related_model
            if may_decide_some(user, model):
                mine |= Q(**{f"{name}__isnull": False})
        rows = models.Proposal.objects.open().filter(mine)
        yield _as_row(rows, PROPOSAL, since=F("made_at"), by=F("made_by_id"))


def _as_row(rows: Any, kind: str, since: Any, by: Any) -> Any:
    named = {"what": Value(kind), "key": F("pk"), "since": since, "by": by}
    return rows.order_by().values(**named)


def may_decide_some(user: Any, model: Any) -> bool:
    """Whether `user` reviews records of this model, or what they are a part of."""
    owner = OWNERS.get(model._meta.model_name)
    reviewed = model._meta.get_field(owner).related_model if owner else model
    return has_permission(user, "publish", reviewed)


# --- What changed since ------------------------------------------------------------------


@dataclass(frozen=True)
class Since:
    """What became of a record since the public last saw it, or since it was last returned."""

    when: datetime
    was_public: bool
    differences: list[Difference]  # of the record itself: then and now
    changes: list[Change]  # of the record and what belongs to it, newest first


def since_last_seen(record: Any) -> Since | None:
    """None where it never was, or is public now."""
    if is_public(record):
        return None
    then = record.versions.filter(status=Status.PUBLISHED).order_by("-pgh_id").first()
    if then is not None:
        after = record.versions.filter(pgh_id__gt=then.pgh_id).order_by("pgh_id").first()
        moment = after.pgh_created_at if after else then.pgh_created_at
    else:
        note = models.ReviewNote.objects.returned().about(record).first()
        if note is None:
            return None
        moment = note.made_at
        earlier = record.versions.filter(pgh_created_at__lte=moment)
        then = earlier.order_by("-pgh_id").first()
    was_public = then is not None and then.status == Status.PUBLISHED
    names = Names([one for one in (then, record) if one])
    return Since(
        when=moment,
        was_public=was_public,
        differences=[
            one
            for one in (differences(type(record), then, record, names) if then else [])
            if one.field not in NOT_PROPOSED
        ],
        # The withdrawal is of that moment itself; a return is not a change to be looked at.
        changes=[
            change
            for change in changes(record)
            if change.when > moment or (was_public and change.when == moment)
        ],
    )
