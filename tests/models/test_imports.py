"""Imports, their lines and their discrepancies: each rule meets a plain SQL write."""

import pytest
from django.db import connection
from django.utils.timezone import now

from archive import models
from archive.choices import ImportLayout, Settlement, Status
from tests.factories import (
    ImportFactory,
    MembershipFactory,
    RollCallFactory,
    SourceFactory,
    StateFactory,
    VoteFactory,
)
from tests.models.breaches import Breach, add, change, each, force_deferred

pytestmark = pytest.mark.django_db

PROVEN = "archive_published_is_proven"
SETTLED = "archive_discrepancy_settled_with_reason"
UNDONE = {"undone_at": now(), "undone_by": "Edith"}


def new_import(**kwargs):
    """Not yet stored."""
    return ImportFactory.build(source=SourceFactory(), **kwargs)


def row(**kwargs):
    taken = ImportFactory()
    values = {"source_import": taken, "line": 2, "made": True}
    if "membership" not in kwargs:
        values["roll_call"] = RollCallFactory()
    return models.ImportedRow(**values | kwargs)


def row_of_member():
    return row(membership=MembershipFactory())


def discrepancy(**kwargs):
    values = {"source_import": ImportFactory(), "line": 2, "roll_call": RollCallFactory()}
    values |= {"field": "total_yes", "held": "1", "imported": "2"}
    return models.Discrepancy(**values | kwargs)


def imported_roll():
    """A public roll call with a vote, both proven by an import alone."""
    line = row()
    line.save()
    roll_call = line.roll_call
    VoteFactory(roll_call=roll_call, imported=line.source_import, import_line=2)
    roll_call.status = Status.PUBLISHED
    roll_call.save()
    force_deferred()
    return line


def twice(thing, **kwargs):
    thing.save()
    copy = type(thing)(**{
        field.name: getattr(thing, field.name)
        for field in thing._meta.concrete_fields
        if not field.primary_key
    })  # fmt: skip
    return add(copy, **kwargs)


def undone_without_rows():
    return change(imported_roll().source_import, **UNDONE)


def row_moved():
    return change(imported_roll(), roll_call=RollCallFactory())


def choice_changed():
    vote = imported_roll().roll_call.votes.get()
    return change(vote, choice="no")


def vote_of_undone():
    taken = ImportFactory(**UNDONE)
    vote = VoteFactory.build(roll_call=RollCallFactory(), state=StateFactory())
    return add(vote, imported=taken, import_line=3)


BREACHES = [
    Breach("archive_import_slug_is_readable", lambda: add(new_import(), slug="A_b")),
    Breach("archive_import_layout_in_vocabulary", lambda: add(new_import(), layout="guess")),
    Breach("archive_import_file_name_not_blank", lambda: add(new_import(), file_name=" ")),
    Breach("archive_import_imported_by_not_blank", lambda: add(new_import(), imported_by="")),
    Breach("archive_import_sha256_is_a_sum", lambda: add(new_import(), sha256="F" * 64)),
    Breach("archive_import_undone_by_somebody", lambda: add(new_import(), undone_by="Edith")),
    Breach("archive_import_file_is_taken_in_once", lambda: twice(new_import(), slug="again")),
    Breach("archive_importedrow_is_about_one_record", lambda: add(row(), roll_call=None)),
    Breach("archive_importedrow_roll_call_comes_once_in_an_import", lambda: twice(row())),
    Breach("archive_importedrow_membership_comes_once_in_a_line", lambda: twice(row_of_member())),
    Breach(
        "archive_discrepancy_is_about_one_record", lambda: add(discrepancy(), vote=VoteFactory())
    ),
    Breach(
        "archive_discrepancy_field_is_a_field_of_the_record",
        lambda: add(discrepancy(), field="choice"),
    ),
    Breach("archive_discrepancy_values_differ", lambda: add(discrepancy(), imported="1")),
    Breach(
        "archive_discrepancy_settlement_in_vocabulary",
        lambda: add(
            discrepancy(), settlement="both", settled_at=now(), settled_by="Edith", reason="So."
        ),
    ),
    Breach(SETTLED, lambda: add(discrepancy(), reason="So."), "by nobody"),
    Breach(
        SETTLED,
        lambda: add(
            discrepancy(), settlement=Settlement.HELD, settled_at=now(), settled_by="Edith"
        ),
        "without a reason",
    ),
    Breach("archive_discrepancy_field_differs_once_in_an_import", lambda: twice(discrepancy())),
    Breach("archive_vote_import_has_line", lambda: change(VoteFactory(), import_line=3)),
    Breach(
        "archive_vote_import_line_check",
        lambda: change(VoteFactory(imported=ImportFactory(), import_line=2), import_line=-1),
    ),
    Breach("archive_vote_import_stands", vote_of_undone),
    Breach(PROVEN, undone_without_rows, "when its import is undone"),
    Breach(PROVEN, row_moved, "when its line names another"),
    Breach(PROVEN, choice_changed, "when somebody changes an imported vote"),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


def test_what_an_import_brought_is_proven(at_commit):
    vote = imported_roll().roll_call.votes.get()
    at_commit()
    assert models.Vote.objects.public().get() == vote


def test_an_imported_vote_has_a_history_from_its_first_change_on():
    vote = imported_roll().roll_call.votes.get()
    assert not vote.versions.exists()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE archive_vote SET choice = choice")
    assert not vote.versions.exists()
    vote.intended = "no"
    vote.save()
    first, second = vote.versions.order_by("pgh_id")
    assert (first.pgh_label, first.intended, second.pgh_label) == ("insert", "", "update")
    assert first.pgh_created_at == vote.imported.imported_at
    vote.delete()
    assert models.Vote.versions.rel.related_model.objects.latest("pgh_id").pgh_label == "delete"


def test_what_a_person_changes_rests_on_the_import_no_longer():
    vote = VoteFactory(imported=ImportFactory(), import_line=2)
    models.Vote.objects.update(choice="no")
    vote.refresh_from_db()
    assert (vote.choice, vote.imported, vote.import_line) == ("no", None, None)


def test_the_layout_has_a_word():
    taken = ImportFactory(layout=ImportLayout.UNVOTES)
    assert models.Import.objects.standing().get() == taken
    assert str(taken).startswith(taken.file_name)
