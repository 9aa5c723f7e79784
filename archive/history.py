"""The history of a record as the database kept it: read, compared, and restored.

`changes()` tells who changed what and when, in a record and in what belongs to it: its
citations, the participations of an event, the votes of a roll call, and their citations. It
reads the versions that triggers wrote (``archive.models.history``), so it knows of fixtures
and plain SQL, and of rows that are gone. `restore()` makes an old state the present one, as a
new change. Nothing here knows of HTTP, or of who may do what.

A version is named by its model and number, such as ``citation-57``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any, NamedTuple

import pghistory
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import CASCADE

from archive.choices import Status
from archive.refusals import Refused, name_of, refused_in_words
from archive.versions import (
    Model,
    Names,
    Past,
    belonging,
    columns,
    context_of,
    id_of,
    model_of,
    names_of_users,
    newest,
    references,
    row_of,
    rows_of,
    versions_of,
    who,
)

CREATED, CHANGED, DELETED = "created", "changed", "deleted"
LABELS = {"insert": CREATED, "update": CHANGED, "delete": DELETED}

# What `restore` never writes: publication is a decision of today.
NOT_RESTORED = ("status", "withdrawal_reason")


# --- Word by word ------------------------------------------------------------------------

SAME, REMOVED, ADDED, NOTE = "same", "removed", "added", "note"

# Comparing takes the square of the length: half a second for so many words, a minute for ten
# times as many. Few articles have more, and fewer change at both ends at once.
WORDS_COMPARED = 3_000


class Segment(NamedTuple):
    kind: str  # SAME, REMOVED or ADDED; or NOTE, about the comparison
    text: str


def word_difference(before: str, after: str) -> list[Segment]:
    """What stayed, went and came, word by word.

    The texts of what is same or removed join to `before`, those of same or added to `after`.
    Between its first and its last change a text may have `WORDS_COMPARED` words; where it has
    more, all between them is removed and added, and a note says so.
    """
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    same = "".join(old[:start]), "".join(old[len(old) - end :])
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    words = [sum(not token.isspace() for token in tokens) for tokens in (old, new)]
    segments = [Segment(SAME, same[0])] if same[0] else []
    if all(words) and max(words) > WORDS_COMPARED:
        note = f"Too long to be compared word by word ({max(words):,} words):"
        segments.append(Segment(NOTE, note))
        segments += [Segment(REMOVED, "".join(old)), Segment(ADDED, "".join(new))]
        old = new = []
    # Blanks are everywhere: they follow the words that match, but are no match of their own.
    matcher = SequenceMatcher(str.isspace, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            segments.append(Segment(SAME, "".join(old[i1:i2])))
            continue
        if i1 < i2:
            segments.append(Segment(REMOVED, "".join(old[i1:i2])))
        if j1 < j2:
            segments.append(Segment(ADDED, "".join(new[j1:j2])))
    return [*segments, Segment(SAME, same[1])] if same[1] else segments


def _alike(one: list[str], other: list[str]) -> int:
    """How many tokens both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


# --- What was ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """One field, before and after, in words; “” is nothing."""

    field: str
    label: str
    before: str
    after: str
    is_long: bool

    @property
    def words(self) -> list[Segment]:
        return word_difference(self.before, self.after)


@dataclass(frozen=True)
class RowChange:
    """What one change did to one row."""

    label: str  # CREATED, CHANGED or DELETED
    model: str  # such as participation
    pk: int
    kind: str  # the model, in words
    name: str  # the row, as it was then; it may be gone
    version: str  # what `state_at` and `restore` take
    is_current: bool  # the row stands so today
    differences: list[Difference]


@dataclass(frozen=True)
class Change:
    """What one request, command or transaction did to a record and what belongs to it."""

    when: datetime
    who: str
    reason: str
    restored: str  # the version that was restored, or “”
    rows: list[RowChange]


def differences(model: Model, before: Any, after: Any, names: Names) -> list[Difference]:
    """Between two rows or versions; None is a row that is not there."""
    found = []
    for column in columns(model).values():
        old, new = column.of(before), column.of(after)
        texts = names.words(column, old), names.words(column, new)
        if old != new and any(texts):
            found.append(Difference(column.name, column.label, *texts, column.is_long))
    return found


def changes(record: Any) -> list[Change]:
    """Who changed the record and what belongs to it, when, why and how; newest first.

    Of a record that is gone too, such as `deleted()` gives: only its model and key are read.
    """
    past = Past(record)
    groups: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
    for before, version in past.steps():
        moment = (version.pgh_created_at, version.database_role)
        groups[version.pgh_context_id or moment].append((before, version))
    found = []
    for steps in groups.values():
        last = max((version for _, version in steps), key=lambda one: one.pgh_created_at)
        context = context_of(last)
        found.append(
            Change(
                when=last.pgh_created_at,
                who=past.who(last),
                reason=context.get("reason") or "",
                restored=context.get("restored", ""),
                rows=[_row_change(past, *step) for step in steps],
            )
        )
    found.sort(key=lambda change: change.when)
    return found[::-1]


def _row_change(past: Past, before: Any, version: Any) -> RowChange:
    model, label = model_of(version), LABELS[version.pgh_label]
    is_newest = past.newest[model, version.pgh_obj_id] is version
    if label == CREATED:
        before, after = None, version
    elif label == DELETED:
        before, after = version, None
    else:  # a row that is older than its history has no version before
        before, after = before or version, version
    return RowChange(
        label=label,
        model=str(model._meta.model_name),
        pk=version.pgh_obj_id,
        kind=str(model._meta.verbose_name),
        name=past.names.of(past.names.row(version)),
        version=id_of(version),
        is_current=is_newest and label != DELETED,
        differences=differences(model, before, after, past.names),
    )


@dataclass(frozen=True)
class Deletion:
    """A row that is gone, as it last was, and who deleted it."""

    row: Any  # unsaved; `changes` and `restore` take it for the record
    version: str
    when: datetime
    who: str
    reason: str


def deleted(model: Model) -> list[Deletion]:
    """The rows of a model that are gone, the last one deleted first."""
    gone = versions_of(model).exclude(pgh_obj_id__in=rows_of(model).values("pk"))
    versions = list(newest(gone.select_related("pgh_context")))
    names, users = Names(versions), names_of_users(versions)
    found = [
        Deletion(
            row=names.row(version),
            version=id_of(version),
            when=version.pgh_created_at,
            who=who(version, users),
            reason=context_of(version).get("reason") or "",
        )
        for version in versions
    ]
    return sorted(found, key=lambda deletion: deletion.when, reverse=True)


# --- What shall be again -----------------------------------------------------------------


def state_at(record: Any, version_id: str) -> Any:
    """The row as it was in this version: the record, or what belongs or belonged to it.

    Unsaved. Raises `ObjectDoesNotExist` where the record has no such version.
    """
    version = _version(record, version_id)
    return Names([version]).row(version)


def restore_preview(record: Any, version_id: str) -> list[Difference]:
    """What `restore` would change: the row as it stands, and as it would stand again."""
    version = _version(record, version_id)
    row = rows_of(model_of(version)).filter(pk=version.pgh_obj_id).first()
    found = differences(model_of(version), row, version, Names(filter(None, [row, version])))
    return [difference for difference in found if difference.field not in NOT_RESTORED]


def restore(record: Any, version_id: str) -> Any:
    """Make this version the present state of its row, as a new change; gives the row.

    Its status stays as it is. A row that is gone is made again, under the key that it had,
    with what fell with it, all as drafts. Raises `Refused` where the database refuses the
    state, or where what it refers to is gone. The caller gives user and reason to
    `pghistory.context`, and judges whether the user may.
    """
    version = _version(record, version_id)
    with refused_in_words(), pghistory.context(restored=version_id):
        rows = rows_of(model_of(version)).select_for_update().order_by("pk")
        row = rows.filter(pk=version.pgh_obj_id).first()
        if row is None:
            row = _make_again(version)
        else:
            _write(row, version)
    row.refresh_from_db()
    return row


def _version(record: Any, version_id: str) -> Any:
    name, _, number = version_id.partition("-")
    for model, versions in belonging(record, versions_of, "pgh_obj_id").items():
        if model._meta.model_name == name and number.isdecimal():
            rows = versions_of(model).filter(pgh_obj_id__in=versions.values("pgh_obj_id"))
            return rows.get(pgh_id=number)
    raise ObjectDoesNotExist(f"This record has no version {version_id}.")


def _write(row: Any, version: Any) -> None:
    fields = [
        field
        for column in columns(model_of(row)).values()
        if column.name not in NOT_RESTORED and column.of(row) != column.of(version)
        for field in column.fields
    ]
    if not fields:
        raise Refused(f"{name_of(row)} stands so already.")
    _require_references(version, fields)
    for field in fields:
        setattr(row, field.attname, getattr(version, field.attname))
    row.save(update_fields=[field.name for field in fields])


def _make_again(version: Any) -> Any:
    """Insert a row that was deleted, and what fell with it."""
    row = row_of(version)
    if hasattr(row, "status"):
        row.status, row.withdrawal_reason = Status.DRAFT, ""
    _require_references(version, references(version))
    row.save(force_insert=True)
    for part in _fallen_with(row):
        _make_again(part)
    return row


def _fallen_with(row: Any) -> Iterator[Any]:
    """What the last deletion of the row took along: versions of one transaction bear one time."""
    deletions = versions_of(type(row)).filter(pgh_obj_id=row.pk, pgh_label="delete")
    for deletion in newest(deletions):
        for relation in type(row)._meta.related_objects:
            if relation.on_delete is CASCADE:
                yield from newest(
                    versions_of(relation.related_model).filter(
                        **{relation.field.name: row.pk},
                        pgh_label="delete",
                        pgh_created_at=deletion.pgh_created_at,
                    )
                )


def _require_references(version: Any, fields: Iterable[Any]) -> None:
    for field in fields:
        key = getattr(version, field.attname) if field.is_relation else None
        if key is not None and not rows_of(field.related_model).filter(pk=key).exists():
            kind = field.related_model._meta.verbose_name
            raise Refused(
                f"The {kind} “{Names([version]).word(field, key)}” is gone, "
                "and this state refers to it. Restore it first."
            )
