"""Ways to break the rules of the database, each tried by plain SQL and by `loaddata`.

A test module lists its `BREACHES`: the name of a rule, and a plan that sets the stage and
returns the writes that break it. `test_constraints.py` sees to it that no rule is left out.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.models.expressions import BaseExpression

from archive import fixtures
from archive.choices import Status
from archive.models import State
from tests.factories import publish

WITHDRAWN = {"status": Status.WITHDRAWN, "withdrawal_reason": "An error."}


@dataclass
class Write:
    """One row to be inserted, changed or deleted."""

    record: Any
    changes: dict[str, Any]
    deletes: bool = False

    def by_sql(self) -> None:
        table = connection.ops.quote_name(self.record._meta.db_table)
        key = self.record.pk
        if self.deletes:
            _execute(f"DELETE FROM {table} WHERE id = %s", [key])
            return
        values = dict(self._columns())
        names = [connection.ops.quote_name(name) for name in values]
        if key is None:
            marks = ", ".join(["%s"] * len(values))
            _execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", values.values())
        else:
            pairs = ", ".join(f"{name} = %s" for name in names)
            _execute(f"UPDATE {table} SET {pairs} WHERE id = %s", [*values.values(), key])

    def _columns(self) -> Iterable[tuple[str, Any]]:
        """The columns that change; of a new row, all but those that the database fills."""
        for field in self.record._meta.concrete_fields:
            if field.primary_key or field.generated:
                continue
            value = getattr(self.record, field.attname)
            is_new = self.record.pk is None and not isinstance(value, BaseExpression)
            if field.name in self.changes or is_new:
                yield field.column, field.get_db_prep_save(value, connection)

    def apply(self) -> None:
        for name, value in self.changes.items():
            setattr(self.record, name, _fresh(value) if isinstance(value, models.Model) else value)

    def as_yaml(self) -> str:
        text = fixtures.Serializer().serialize([self.record])
        if self.record.pk is not None and not self._is_found_by_its_key():
            # Only a number can tell which row is meant where the key itself changes.
            text = text.replace("\n", f"\n  pk: {self.record.pk}\n", 1)
        return text

    def _is_found_by_its_key(self) -> bool:
        stored = type(self.record).objects.get(pk=self.record.pk)
        return stored.natural_key() == self.record.natural_key()


def change(record: Any, **changes: Any) -> Write:
    return Write(_fresh(record), changes)


def delete(record: Any) -> Write:
    return Write(record, {}, deletes=True)


def add(record: Any, **changes: Any) -> Write:
    """Writes `record` as a new row, also if a factory has stored it."""
    if record.pk is not None:
        record.delete()
    return Write(record, changes)


@dataclass
class Breach:
    rule: str
    plan: Callable[[], Write | list[Write]]
    how: str = ""

    def __str__(self) -> str:
        return f"{self.rule.removeprefix('archive_')} {self.how}".strip()

    @property
    def is_loadable(self) -> bool:
        """A fixture cannot delete."""
        return not self.how.endswith("deleted")

    def refused_by_sql(self) -> None:
        writes = self._prepare()
        with refused(self.rule):
            for write in writes:
                write.by_sql()
            force_deferred()

    def refused_by_loaddata(self, folder: Path) -> None:
        writes = self._prepare()
        before = [_stored(write.record) for write in writes]
        innocent = fixtures.Serializer().serialize([State(code="ZZZ", name="Zembla")])
        path = folder / "fixture.yaml"
        path.write_text(innocent + "".join(write.as_yaml() for write in writes), newline="")
        with refused(self.rule):
            call_command("loaddata", str(path), verbosity=0)
        assert not State.objects.filter(code="ZZZ").exists()
        assert [_stored(write.record) for write in writes] == before

    def _prepare(self) -> list[Write]:
        plan = self.plan()
        writes = plan if isinstance(plan, list) else [plan]
        force_deferred()  # what stands before the breach is in order
        for write in writes:
            write.apply()
        return writes


@dataclass
class Refusal:
    """What a person reads: what is wrong, and the remedy."""

    message: str = ""
    hint: str = ""


@contextmanager
def refused(rule: str) -> Iterator[Refusal]:
    """A transaction that meets `rule`, at the latest when it ends."""
    refusal = Refusal()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        yield refusal
    diag = error.value.__cause__.diag
    assert diag.constraint_name == rule
    refusal.message, refusal.hint = diag.message_primary, diag.message_hint or ""


def force_deferred() -> None:
    """Runs the deferred triggers now, as COMMIT would; raises what they raise."""
    _execute("SET CONSTRAINTS ALL IMMEDIATE")
    _execute("SET CONSTRAINTS ALL DEFERRED")


def each(breaches: list[Breach]) -> Any:
    return pytest.mark.parametrize("breach", breaches, ids=str)


def each_loadable(breaches: list[Breach]) -> Any:
    return each([breach for breach in breaches if breach.is_loadable])


# --- What several models share -----------------------------------------------------------


def of_slug(make: Callable[..., Any]) -> list[Breach]:
    model = make._meta.model._meta.model_name

    def duplicate() -> Write:
        return change(make(), slug=make().slug)

    return [
        Breach(f"archive_{model}_slug_key", duplicate),
        *(
            Breach(
                f"archive_{model}_slug_is_readable",
                lambda slug=slug: change(make(), slug=slug),
                repr(slug),
            )
            for slug in ("Big", "a\n")
        ),
    ]


def of_vocabulary(make: Callable[..., Any], field: str, **stage: Any) -> list[Breach]:
    model = make._meta.model._meta
    rule = f"archive_{model.model_name}_{field}_in_vocabulary"
    values = ["anything"] + ([] if model.get_field(field).blank else [""])
    return [
        Breach(rule, lambda value=value: change(make(**stage), **{field: value}), repr(value))
        for value in values
    ]


def of_blank(make: Callable[..., Any], *fields: str) -> list[Breach]:
    model = make._meta.model._meta.model_name
    return [
        Breach(
            f"archive_{model}_{field}_not_blank",
            lambda field=field: change(make(), **{field: " \n"}),
        )
        for field in fields
    ]


def of_date(make: Callable[..., Any], *fields: str, blank: bool = True) -> list[Breach]:
    model = make._meta.model._meta.model_name
    values = ["1933-02-29", "1934/1933"] + ([] if blank else [""])
    return [
        Breach(
            f"archive_{model}_{field}_is_edtf",
            lambda field=field, value=value: change(make(), **{field: value}),
            repr(value),
        )
        for field in fields
        for value in values
    ]


def of_negative(make: Callable[..., Any], *fields: str) -> list[Breach]:
    model = make._meta.model._meta.model_name
    return [
        Breach(f"archive_{model}_{field}_check", lambda field=field: change(make(), **{field: -1}))
        for field in fields
    ]


def of_status(make: Callable[..., Any]) -> list[Breach]:
    model = make._meta.model._meta.model_name
    reason = f"archive_{model}_withdrawn_has_reason"
    once_public = "archive_published_can_only_be_withdrawn"
    return [
        *of_vocabulary(make, "status"),
        Breach(reason, lambda: change(make(), status="withdrawn"), "without"),
        Breach(
            reason, lambda: change(make(), status="withdrawn", withdrawal_reason=" "), "of a blank"
        ),
        Breach(reason, lambda: change(make(), withdrawal_reason="Wrong."), "of a draft"),
        *(
            Breach(
                once_public,
                lambda status=status: change(publish(make()), status=status),
                f"{model} to {status}",
            )
            for status in ("draft", "in_review")
        ),
        Breach(
            once_public,
            lambda: change(
                make(status="withdrawn", withdrawal_reason="Wrong."),
                status="draft",
                withdrawal_reason="",
            ),
            f"withdrawn {model} to draft",
        ),
    ]


# --- Parts -------------------------------------------------------------------------------


def _execute(sql: str, params: Iterable[Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))


def _fresh(record: Any) -> Any:
    """The record as the database has it: one from a factory holds members of vocabularies."""
    return type(record).objects.get(pk=record.pk)


def _stored(record: models.Model) -> list[dict[str, Any]]:
    """The row as it stands in the database; of a new one, how many there are."""
    rows = type(record).objects.order_by("pk")
    return list(rows.filter(pk=record.pk).values() if record.pk else rows.values("pk"))
