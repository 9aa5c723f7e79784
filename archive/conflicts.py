"""Two editors at once: what another changed since a form was loaded, beside one's own.

A form takes `token()` before it reads what it shows, and carries it along. When it is saved,
`conflict()` locks what will be written and lists each field that another changed since, so
that nothing is overwritten unseen. Both know nothing of HTTP.

A form shows the record, what belongs to it, and the requests of an event or the responses of a
request: one token stands for all of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.core import signing
from django.db import models
from django.db.models import Max, Value

from archive.versions import (
    Column,
    Past,
    belonging,
    columns,
    model_of,
    row_of,
    rows_of,
)

# A row by its model and its natural key: ("participation", "sev-lich", "ARM", "target").
Key = tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """A field that another changed since; texts are in words, “” is nothing."""

    row: Key
    name: str  # the row, in words
    field: str  # “” is the row as a whole: another added it, or deleted it
    label: str
    at_loading: str
    theirs: str
    yours: str
    is_yours_too: bool  # you changed it as well; else you would undo the other's change
    who: str
    when: datetime


def token(record: Any) -> str:
    """A short text that stands for the present content of all that the record's form shows.

    Equal content, equal token. It holds the newest version of each row: a single highest
    number would miss a change that was numbered early and committed late.
    """
    content: dict[str, list[int]] = {}
    newest = [
        rows.order_by()
        .values("pk")
        .annotate(newest=Max("version"), kind=Value(model._meta.model_name))
        .filter(newest__isnull=False)
        .values_list("kind", "newest")
        for model, rows in _on_form(record).items()
    ]
    for kind, version in newest[0].union(*newest[1:], all=True):
        content.setdefault(kind, []).append(version)
    in_order = {kind: sorted(versions) for kind, versions in sorted(content.items())}
    return _signer(record).sign_object(in_order, compress=True)


def has_changed(record: Any, loaded: str, kinds: Iterable[str]) -> bool:
    """Whether anything on the form changed since `loaded`, its token.

    To be called in the transaction that saves: it locks the record, and all rows of these
    kinds. Raises `signing.BadSignature` if the token is not one of this record.
    """
    _signer(record).unsign_object(loaded)
    _lock(record, set(kinds))
    return token(record) != loaded


def rows_at_loading(record: Any, loaded: str) -> dict[tuple[str, int], Any]:
    """The rows on the form as they were then, unsaved, by model and database key."""
    comparison = _Comparison(record, _signer(record).unsign_object(loaded))
    return {
        (kind, version.pgh_obj_id): comparison.past.names.row(version)
        for (kind, *_), version in comparison.then.items()
    }


def conflict(
    record: Any,
    loaded: str,
    proposed: Mapping[str, Any],
    rows: Mapping[Key, Mapping[str, Any] | None] | None = None,
) -> list[Conflict] | None:
    """What another changed since `loaded`, the token of the form, and you would overwrite.

    `proposed` holds your fields and values; an actor, or a citation's target, is one field.
    `rows` holds those of the other rows on the form, each under the key that it had at
    loading; None instead of fields deletes the row.

    It locks and raises as `has_changed` does, for the kinds that are named in `rows`.
    """
    rows = rows or {}
    if not has_changed(record, loaded, {name for name, *_ in rows}):
        return None
    comparison = _Comparison(record, _signer(record).unsign_object(loaded))
    found = list(comparison.of_record(proposed))
    for key, values in rows.items():
        found += comparison.of_row(key, values)
    return found or None


def _signer(record: Any) -> signing.Signer:
    """Its salt keeps the token of one record from being taken for another's."""
    return signing.Signer(salt=f"{__name__}:{record._meta.model_name}:{record.pk}")


def _on_form(record: Any) -> dict[Any, Any]:
    return belonging(record, rows_of, "pk", with_shown=True)


def _lock(record: Any, names: set[str]) -> None:
    for model, rows in _on_form(record).items():
        if model is type(record) or model._meta.model_name in names:
            list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


class _Comparison:
    def __init__(self, record: Any, at_loading: dict[str, list[int]]) -> None:
        self.past = Past(record, with_shown=True)
        self.record_key: Key = ()
        self.then: dict[Key, Any] = {}
        self.now: dict[Key, Any] = {}
        for model, versions in self.past.versions.items():
            known = set(at_loading.get(str(model._meta.model_name), ()))
            for version in versions:
                key = (str(model._meta.model_name), *self.past.names.row(version).natural_key())
                if version.pgh_id in known:
                    self.then[key] = version
                    if model is type(record):
                        self.record_key = key
                if self._stands(version):
                    self.now[key] = version

    def _stands(self, version: Any) -> bool:
        """Whether this is the present state of a row that belongs to the record."""
        newest = self.past.newest[model_of(version), version.pgh_obj_id]
        return newest is version and version.pgh_label != "delete" and self.past.owns(version)

    def of_record(self, proposed: Mapping[str, Any]) -> Iterator[Conflict]:
        return self.of_row(self.record_key, proposed)

    def of_row(self, key: Key, values: Mapping[str, Any] | None) -> Iterator[Conflict]:
        then, now = self.then.get(key), self.now.get(key)
        if then is not None:
            # Another may have given the row another key meanwhile.
            newest = self.past.newest[model_of(then), then.pgh_obj_id]
            now = newest if self._stands(newest) else now
        if now is None:
            if then is not None and values is not None:
                yield self._of_whole(key, then, None, values)
            return
        if then is None or then.pgh_obj_id != now.pgh_obj_id:
            yield self._of_whole(key, then, now, values)
        model = model_of(now)
        mine = None if values is None else self._proposed(then or now, values)
        for name in columns(model) if values is None else values:
            column = columns(model)[name]
            old, theirs, yours = (column.of(row) for row in (then, now, mine))
            if theirs not in (old, yours):
                yield self._conflict(key, column, then, now, mine)

    def _proposed(self, version: Any, values: Mapping[str, Any]) -> Any:
        row = row_of(version)
        for name, value in values.items():
            for field in columns(model_of(row))[name].fields:
                setattr(row, field.attname, _stored(field, value))
        self.past.names.learn([row])
        return row

    def _changes(self, then: Any, values: Mapping[str, Any]) -> bool:
        mine = self._proposed(then, values)
        known = columns(model_of(then))
        return any(known[name].of(mine) != known[name].of(then) for name in values)

    def _of_whole(self, key: Key, then: Any, now: Any, values: Any) -> Conflict:
        row = now or then
        name = self.past.names.of(self.past.names.row(row))
        newest = self.past.newest[model_of(row), row.pgh_obj_id]
        return Conflict(
            row=key,
            name=name,
            field="",
            label=str(model_of(row)._meta.verbose_name),
            at_loading=name if then else "",
            theirs=name if now else "",
            yours=name if values is not None else "",
            is_yours_too=then is None or values is None or self._changes(then, values),
            who=self.past.who(newest),
            when=newest.pgh_created_at,
        )

    def _conflict(self, key: Key, column: Column, then: Any, now: Any, mine: Any) -> Conflict:
        names, change = self.past.names, self._change_of(column, now)
        return Conflict(
            row=key,
            name=names.of(names.row(now)),
            field=column.name,
            label=column.label,
            at_loading=names.words(column, column.of(then)),
            theirs=names.words(column, column.of(now)),
            yours=names.words(column, column.of(mine)),
            is_yours_too=column.of(mine) != column.of(then),
            who=self.past.who(change),
            when=change.pgh_created_at,
        )

    def _change_of(self, column: Column, now: Any) -> Any:
        """The version that gave the column its present value."""
        versions = [
            version
            for version in self.past.versions[model_of(now)]
            if version.pgh_obj_id == now.pgh_obj_id
        ]
        for before, after in reversed(list(pairwise(versions))):
            if column.of(before) != column.of(after):
                return after
        return versions[0]


def _stored(field: Any, value: Any) -> Any:
    """A value of a form as the column holds it; of several foreign keys, one takes a record."""
    if not field.is_relation:
        return field.to_python(value)
    if isinstance(value, models.Model):
        return value.pk if isinstance(value, field.related_model) else None
    return value
