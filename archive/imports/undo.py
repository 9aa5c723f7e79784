"""Takes back what an import brought, and nothing else; or says who has built on it."""

from contextlib import nullcontext
from typing import Any

import pghistory
from django.db import connection, transaction
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.db.models.functions import Now

from archive.imports import mass
from archive.models import (
    Discrepancy,
    Import,
    ImportedRow,
    Membership,
    Organization,
    RollCall,
    State,
    Vote,
)

# Of each kind so many are named.
SHOWN = 20


class BuiltOn(Exception):  # noqa: N818 - an answer, not a malfunction
    """Others rest on what the import brought, so nothing is undone; `rows` names them."""

    def __init__(self, rows: list[str]) -> None:
        super().__init__(f"{len(rows)} things rest on it.")
        self.rows = rows


MADE = {
    "roll_call": "SELECT roll_call_id FROM archive_importedrow "
    "WHERE source_import_id = %(import)s AND made AND roll_call_id IS NOT NULL",
    "membership": "SELECT membership_id FROM archive_importedrow "
    "WHERE source_import_id = %(import)s AND made AND membership_id IS NOT NULL",
    "vote": "SELECT id FROM archive_vote WHERE imported_id = %(import)s",
}
LABELS = {
    "roll_call": "(SELECT slug FROM archive_rollcall WHERE id = {})",
    "membership": "(SELECT slug FROM archive_membership WHERE id = {})",
    "vote": "(SELECT r.slug || '/' || s.code FROM archive_vote v "
    "JOIN archive_rollcall r ON r.id = v.roll_call_id JOIN archive_state s ON s.id = v.state_id "
    "WHERE v.id = {})",
}
# What can hang on a record that an import made, by its table; and what it is called.
HANGING = {
    "archive_citation": "a citation is about {}",
    "archive_proposal": "a proposal is about {}",
    "archive_reviewnote": "a note of a review is about {}",
}


def _questions() -> list[tuple[str, str]]:
    """What nothing may answer: a sentence, and the SQL of the records it is about."""
    questions = []
    for kind, made in MADE.items():
        label, column = LABELS[kind], f"{kind}_id"
        for table, sentence in HANGING.items():
            if table == "archive_reviewnote" and kind == "vote":
                continue
            questions.append(
                (sentence, f"SELECT {label.format(f't.{column}')} FROM {table} t "
                 f"WHERE t.{column} IN ({made})")
            )  # fmt: skip
        others = f"t.{column} IN ({made}) AND t.source_import_id <> %(import)s"
        questions += [
            (
                "another import says the same of {}",
                f"SELECT {label.format(f't.{column}')} FROM archive_importedrow t WHERE {others}",
            ),
            (
                "another import differs about {}",
                f"SELECT {label.format(f't.{column}')} FROM archive_discrepancy t WHERE {others}",
            ),
        ]
        if kind != "vote":
            table = f"archive_{kind.replace('_', '')}"
            questions.append(
                (
                    "{} has been changed since",
                    f"SELECT t.slug FROM {table} t WHERE t.id IN ({made}) AND EXISTS ("
                    f"SELECT FROM {table}version w WHERE w.pgh_obj_id = t.id "
                    "AND w.pgh_label <> 'insert')",
                )
            )
    vote = LABELS["vote"].format("t.id")
    # Of votes that say the same the roll call alone keeps the confirmation: see ADR 14.
    confirmed = (
        "SELECT c.slug FROM archive_rollcall c WHERE EXISTS (SELECT FROM archive_vote v "
        "WHERE v.roll_call_id = c.id AND v.imported_id = %(import)s) "
        f"AND c.id NOT IN ({MADE['roll_call']}) AND EXISTS ("
        "SELECT FROM archive_importedrow w JOIN archive_import o ON o.id = w.source_import_id "
        "JOIN archive_import i ON i.id = %(import)s "
        "WHERE w.roll_call_id = c.id AND (o.imported_at, o.id) > (i.imported_at, i.id))"
    )
    changed = (
        "SELECT FROM archive_voteversion w WHERE w.pgh_obj_id = t.id AND w.imported_id = %(import)s"
    )
    return [
        *questions,
        ("a later import may say the same of its votes in {}", confirmed),
        (
            "{} has been changed since",
            f"SELECT {vote} FROM archive_vote t WHERE EXISTS ({changed})",
        ),
        (
            "{} is a vote of other origin in a roll call of the import",
            f"SELECT {vote} FROM archive_vote t WHERE t.roll_call_id IN ({MADE['roll_call']}) "
            f"AND t.imported_id IS DISTINCT FROM %(import)s AND NOT EXISTS ({changed})",
        ),
        (
            "a discrepancy of the import is settled, about {}",
            f"SELECT coalesce({LABELS['roll_call'].format('t.roll_call_id')}, "
            f"{LABELS['membership'].format('t.membership_id')}, "
            f"{LABELS['vote'].format('t.vote_id')}) FROM archive_discrepancy t "
            "WHERE t.source_import_id = %(import)s AND t.settled_at IS NOT NULL",
        ),
    ]


# Checks that wait for COMMIT pile up, and every trigger that runs meanwhile pays for their number:
# rows that go in the right order can be checked at once.
AT_ONCE = """
    SELECT 'SET CONSTRAINTS ' || string_agg(quote_ident(conname), ', ') || ' IMMEDIATE'
      FROM pg_constraint
     WHERE contype = 'f' AND condeferrable AND confrelid = ANY (
           ARRAY['archive_vote', 'archive_rollcall', 'archive_membership']::regclass[])
"""
# In this order: what names others goes first.
DELETIONS = {
    Discrepancy: "DELETE FROM archive_discrepancy WHERE source_import_id = %(import)s",
    Vote: "DELETE FROM archive_vote WHERE imported_id = %(import)s",
    ImportedRow: "DELETE FROM archive_importedrow WHERE source_import_id = %(import)s",
    RollCall: "DELETE FROM archive_rollcall WHERE id = ANY(%(roll_calls)s)",
    Membership: "DELETE FROM archive_membership WHERE id = ANY(%(memberships)s)",
}


def undo(
    slug: str, by: str, *, dry_run: bool = False, wait: mass.Wait = mass.unheard
) -> dict[type[Model], int]:
    """Takes an import back; how many rows of each model went. Raises `BuiltOn`."""
    with (
        pghistory.context(command="undo_import", by=by),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(mass.HEED_TRIGGERS)
        taken = Import.objects.select_for_update().get(slug=slug, undone_at__isnull=True)
        values: dict[str, Any] = {"import": taken.pk}
        if found := blockers(cursor, values):
            raise BuiltOn(found)
        for kind in ("roll_call", "membership"):
            cursor.execute(MADE[kind], values)
            values[f"{kind}s"] = [key for (key,) in cursor.fetchall()]
        # First: of what an undone import takes back, no versions are written.
        Import.objects.filter(pk=taken.pk).update(undone_at=Now(), undone_by=by)
        cursor.execute(AT_ONCE)
        cursor.execute(cursor.fetchone()[0])
        gone: dict[type[Model], int] = {}
        for model, statement in DELETIONS.items():
            is_mass = model is Vote and taken.rows >= mass.MANY
            with mass.taken_at_once(cursor, wait) if is_mass else nullcontext():
                cursor.execute(statement, values)
                gone[model] = cursor.rowcount
        for model, key in ((Organization, "slug"), (State, "code")):
            made = f"report__made_{model._meta.verbose_name_plural}"
            unused = [row.pk for row in _unused(model, key, made)]
            cursor.execute(f"DELETE FROM {model._meta.db_table} WHERE id = ANY(%s)", [unused])
            gone[model] = cursor.rowcount
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        if dry_run:
            transaction.set_rollback(True)
    return gone


def blockers(cursor: Any, values: dict[str, Any]) -> list[str]:
    """Who has built on what the import made, a sentence each."""
    found = []
    for sentence, question in _questions():
        cursor.execute(f"SELECT DISTINCT * FROM ({question}) q ORDER BY 1", values)
        rows = cursor.fetchmany(SHOWN + 1)
        found += [sentence.format(f"“{label}”") for (label,) in rows[:SHOWN]]
        if len(rows) > SHOWN:
            found.append("… and more of these")
    return found


def _unused(model: type[Any], key: str, made: str) -> QuerySet[Any]:
    """What undone imports made for their records, if nobody uses or has changed it.

    Not of one import alone: what it had to leave to another goes with that one.
    """
    undone = Import.objects.filter(undone_at__isnull=False)
    keys = {one for some in undone.values_list(made, flat=True) for one in some or ()}
    versions = model.versions.rel.related_model.objects.filter(pgh_obj=OuterRef("pk"))
    by_import = versions.filter(pgh_context__metadata__command__startswith="import_")
    users = [
        relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        for relation in model._meta.related_objects
        if not relation.related_model.__name__.endswith("Version")
    ]
    return model.objects.filter(
        Exists(by_import),
        ~Exists(versions.exclude(pgh_label="insert")),
        *(~Exists(user) for user in users),
        **{f"{key}__in": keys},
    )
