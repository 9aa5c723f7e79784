"""Triggers that several models share; each is declared in the ``Meta`` of its model.

A rule within one row is a constraint (``archive.models.constraints``). These triggers
hold what needs other rows; they call the functions of ``archive/sql/rules.sql``. Most are
deferred: they judge the transaction as a whole, when it commits.
"""

from typing import Any

import pgtrigger
from django.db import models


class TouchUpdatedAt(pgtrigger.Trigger):
    """Moves ``updated_at`` when, and only when, content differs.

    Generated columns are left out of the comparison: they are not computed yet when a
    BEFORE trigger runs, and they follow from the others.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Update

    def get_func(self, model: models.Model) -> str:
        columns = [
            field.column
            for field in model._meta.concrete_fields
            if field.name != "updated_at" and not isinstance(field, models.GeneratedField)
        ]
        old, new = (", ".join(f'{row}."{column}"' for column in columns) for row in ("OLD", "NEW"))
        return f"""
            NEW.updated_at := OLD.updated_at;
            IF ROW({old}) IS DISTINCT FROM ROW({new}) THEN
                NEW.updated_at := clock_timestamp();
            END IF;
            RETURN NEW;
        """


class Deferred(pgtrigger.Trigger):
    """Runs one statement for each changed row when the transaction commits."""

    when = pgtrigger.After
    timing = pgtrigger.Deferred

    def __init__(self, *, statement: str, **kwargs: object) -> None:
        super().__init__(func=f"{statement} RETURN NULL;", **kwargs)  # type: ignore[arg-type]


TOUCH = TouchUpdatedAt(name="touch_updated_at")

# A record that was public stays findable: it can be withdrawn, with a reason, and
# reviewed again from there, but it never slips back into a draft.
KEEP_PUBLIC_HISTORY = pgtrigger.Trigger(
    name="keep_public_history",
    when=pgtrigger.Before,
    operation=pgtrigger.Update,
    condition=pgtrigger.Q(old__status="published", new__status__in=["draft", "in_review"])
    | pgtrigger.Q(old__status="withdrawn", new__status="draft"),
    func="""
        PERFORM archive_refuse('archive_published_can_only_be_withdrawn',
            'A record that was published or withdrawn cannot become a draft again.',
            'Withdraw it, with a reason; a withdrawn record can be submitted for review.');
        RETURN NULL;
    """,
)


def proven_when_published(kind: str, *parents: str) -> list[pgtrigger.Trigger]:
    """What the public sees is proven: checked when the row appears, moves or is published.

    `kind` is the name of the record's column in a citation without ``_id``; `parents` are
    the fields through which the record hangs on another.
    """
    recheck = f"PERFORM archive_recheck('{kind}', NEW.id);"
    has_status = kind not in {"participation", "vote"}
    watched = [*(["status"] if has_status else []), *parents]
    return [
        Deferred(
            name="prove_insert",
            operation=pgtrigger.Insert,
            condition=pgtrigger.Q(new__status="published") if has_status else None,
            statement=recheck,
        ),
        Deferred(
            name="prove_update",
            operation=pgtrigger.Update,
            condition=pgtrigger.AnyChange(*watched),
            statement=recheck,
        ),
    ]


def findable(
    kind: str, *watched: str, parts_follow: tuple[str, ...] = ()
) -> list[pgtrigger.Trigger]:
    """Keeps what search finds of a record: see ``archive/sql/search.sql``.

    `kind` is the model's name there; `watched` are the fields that search shows or depends on.
    A change of those in `parts_follow` also touches what is found of records that hang on it.
    """

    def after(name: str, operation: Any, call: str, fields: tuple[str, ...] = ()) -> Any:
        return pgtrigger.Trigger(
            name=f"index_{name}",
            when=pgtrigger.After,
            operation=operation,
            condition=pgtrigger.AnyChange(*fields) if fields else None,
            func=f"PERFORM {call}; RETURN NULL;",
        )

    triggers = [
        after("insert", pgtrigger.Insert, f"archive_index('{kind}', NEW.id)"),
        after("update", pgtrigger.Update, f"archive_index('{kind}', NEW.id)", watched),
        after("delete", pgtrigger.Delete, f"archive_index('{kind}', OLD.id)"),
    ]
    if parts_follow:
        parts = f"archive_index_parts('{kind}', NEW.id)"
        triggers.append(after("parts", pgtrigger.Update, parts, parts_follow))
    return triggers
