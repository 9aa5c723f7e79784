"""Triggers that several models share; each is declared in the ``Meta`` of its model.

A rule within one row is a constraint (``archive.models.constraints``). These triggers
hold what needs other rows; they call the functions of ``archive/sql/rules.sql``. Most are
deferred: they judge the transaction as a whole, when it commits.
"""

from typing import Any

import pgtrigger
from django.db import models

from archive.models.fields import is_derived


class TouchUpdatedAt(pgtrigger.Trigger):
    """Moves ``updated_at`` when, and only when, content differs.

    Derived columns are left out of the comparison: they follow from the others, and generated
    ones are not computed yet when a BEFORE trigger runs.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Update

    def get_func(self, model: models.Model) -> str:
        columns = [
            field.column
            for field in model._meta.concrete_fields
            if field.name != "updated_at" and not is_derived(field)
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


# What is shown of votes, and of who voted: comparisons of states are kept until it changes.
OF_VOTES = {"vote", "rollcall", "state", "organization"}


class MovesRevision(pgtrigger.Trigger):
    """Moves the archive's revision when a statement changed something that the public sees."""

    level = pgtrigger.Statement
    when = pgtrigger.After

    def __init__(self, operation: pgtrigger.Operation) -> None:
        rows = {
            pgtrigger.Insert: {"new": "new_rows"},
            pgtrigger.Update: {"old": "old_rows", "new": "new_rows"},
            pgtrigger.Delete: {"old": "old_rows"},
        }.get(operation)
        super().__init__(
            name=f"move_revision_{str(operation).lower()}",
            operation=operation,
            referencing=pgtrigger.Referencing(**rows) if rows else None,
        )

    def get_func(self, model: models.Model) -> str:
        name = model._meta.model_name
        move = f"PERFORM archive_move_revision({name in OF_VOTES});"
        seen, seen_before = (_is_seen(model, row) for row in ("n", "o"))
        changed = {
            pgtrigger.Insert: f"SELECT FROM new_rows n WHERE {seen}",
            pgtrigger.Update: "SELECT FROM old_rows o JOIN new_rows n USING (id) "
            f"WHERE o.updated_at <> n.updated_at AND ({seen_before} OR {seen})",
            pgtrigger.Delete: f"SELECT FROM old_rows o WHERE {seen_before}",
        }.get(self.operation or pgtrigger.Truncate)
        if changed is None:
            return f"{move} RETURN NULL;"
        return f"IF EXISTS ({changed}) THEN {move} END IF; RETURN NULL;"


def _is_seen(model: models.Model, row: str) -> str:
    """SQL: whether the public sees this `row`; of a citation, whether its article and record."""
    fields: dict[str, Any] = {field.name: field for field in model._meta.concrete_fields}

    def is_public(*names: str) -> str:
        tables = {name: fields[name].related_model._meta.db_table for name in names}
        return " OR ".join(
            f"EXISTS (SELECT FROM {table} p WHERE p.id = {row}.{name}_id "
            "AND p.status = 'published')"
            for name, table in tables.items()
        )

    match model._meta.model_name:
        case "participation":
            return is_public("event")
        case "vote":
            return is_public("roll_call")
        case "citation":
            owners = is_public("event", "request", "response", "membership", "roll_call")
            parts = (
                f"EXISTS (SELECT FROM archive_participation t JOIN archive_event p "
                f"ON p.id = t.event_id WHERE t.id = {row}.participation_id "
                f"AND p.status = 'published') "
                f"OR EXISTS (SELECT FROM archive_vote t JOIN archive_rollcall p "
                f"ON p.id = t.roll_call_id WHERE t.id = {row}.vote_id "
                f"AND p.status = 'published')"
            )
            return (
                f"({row}.status = 'published' AND {is_public('article')} "
                f"AND ({row}.provision_id IS NOT NULL OR {owners} OR {parts}))"
            )
    return f"{row}.status = 'published'" if "status" in fields else "true"


MOVES_REVISION = [
    MovesRevision(operation)
    for operation in (pgtrigger.Insert, pgtrigger.Update, pgtrigger.Delete, pgtrigger.Truncate)
]


def moves_revision_always() -> list[pgtrigger.Trigger]:
    """For what is no record, but tells something of public ones: each statement counts."""
    return [
        pgtrigger.Trigger(
            name=f"move_revision_{str(operation).lower()}",
            level=pgtrigger.Statement,
            when=pgtrigger.After,
            operation=operation,
            func="PERFORM archive_move_revision(true); RETURN NULL;",
        )
        for operation in (pgtrigger.Insert, pgtrigger.Update, pgtrigger.Delete)
    ]


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


def proven_when_published(
    kind: str, *parents: str, inserted: pgtrigger.Q | None = None
) -> list[pgtrigger.Trigger]:
    """What the public sees is proven: checked when the row appears, moves or is published.

    `kind` is the name of the record's column in a citation without ``_id``; `parents` are
    the fields through which the record hangs on another. Of a kind without a status, `inserted`
    says which new rows are checked here; by default all are.
    """
    recheck = f"PERFORM archive_recheck('{kind}', NEW.id);"
    has_status = kind not in {"participation", "vote"}
    watched = [*(["status"] if has_status else []), *parents]
    return [
        Deferred(
            name="prove_insert",
            operation=pgtrigger.Insert,
            condition=pgtrigger.Q(new__status="published") if has_status else inserted,
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


def inherits_date(parent: str, column: str) -> pgtrigger.Trigger:
    """Keeps `effective_date`: the row's own date, or where it has none, its parent's `column`.

    The parent is locked against change until the transaction ends, so that it cannot get
    another date unseen.
    """
    return pgtrigger.Trigger(
        name="inherit_date",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
                IF NEW.date <> '' THEN
                    NEW.effective_date := NEW.date;
                ELSE
                    SELECT p.{column} INTO NEW.effective_date
                      FROM archive_{parent} p WHERE p.id = NEW.{parent}_id FOR SHARE;
                    -- It may come later in this transaction, and passes its date on then.
                    NEW.effective_date := coalesce(NEW.effective_date, '');
                END IF;
                RETURN NEW;
            """,
    )


def passes_date_on(child: str, link: str, column: str) -> pgtrigger.Trigger:
    """Gives `column` to the rows that hang on this one by `link` and have no date of their own."""
    return pgtrigger.Trigger(
        name="pass_date_on",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update,
        func=f"""
                UPDATE archive_{child} SET effective_date = NEW.{column}
                 WHERE {link}_id = NEW.id AND date = '' AND effective_date <> NEW.{column};
                RETURN NULL;
            """,
    )
