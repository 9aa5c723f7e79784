"""Which of two values stands: what a reviewer may decide, and what comes of it."""

import pytest
from django.db import transaction

from archive import models, settling
from archive.choices import Settlement, Status
from archive.imports import undo as undoing
from archive.refusals import Refused
from tests.admin.users import make_editor, make_reviewer
from tests.factories import (
    DiscrepancyFactory,
    ImportFactory,
    MembershipFactory,
    RollCallFactory,
    VoteFactory,
    publish,
)

pytestmark = pytest.mark.django_db

HELD, IMPORTED = Settlement.HELD, Settlement.IMPORTED
WHY = "The Official Journal, page 3."


@pytest.fixture
def ruth():
    return make_reviewer()


def differing_vote(**kwargs):
    vote = publish(VoteFactory(choice="no", **kwargs))
    return DiscrepancyFactory(vote=vote, line=7, field="choice", held="no", imported="yes")


def confirming(vote, line=12, **kwargs):
    """An import that says the same as the vote, on this line."""
    taken = ImportFactory(**kwargs)
    taken.imported_rows.create(line=line, made=False, vote=vote)
    return taken


def told(taken):
    """The only discrepancy of an import: line, held, imported, which stands."""
    one = models.Discrepancy.objects.get(source_import=taken)
    return one.line, one.held, one.imported, one.settlement


def is_contested():
    return models.Vote.objects.with_evidence().get().contested


def test_the_held_value_stands_and_nothing_changes(ruth):
    discrepancy = differing_vote()
    versions = discrepancy.vote.versions.count()
    settling.settle(discrepancy, ruth, HELD, f" {WHY} ")
    discrepancy.refresh_from_db()
    assert (discrepancy.settled_by, discrepancy.reason) == ("Ruth", WHY)
    assert discrepancy.vote.versions.count() == versions
    assert not models.Vote.objects.with_evidence().get().contested


def test_the_imported_value_is_taken_over_by_the_reviewer_and_rests_on_its_line(ruth, at_commit):
    before = ImportFactory()
    discrepancy = differing_vote(imported=before, import_line=3)
    discrepancy.vote.citations.all().delete()  # nothing proves the vote but the import
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    at_commit()
    vote = models.Vote.objects.get()
    assert (vote.choice, vote.imported, vote.import_line) == ("yes", discrepancy.source_import, 7)
    newest = vote.versions.order_by("-pgh_id").first()
    assert newest.pgh_context.metadata["user"] == ruth.pk
    assert newest.pgh_context.metadata["reason"] == WHY
    settled = models.Discrepancy.objects.get(pk=discrepancy.pk)
    assert settled.versions.order_by("-pgh_id").first().pgh_context == newest.pgh_context


@pytest.mark.parametrize(
    ("make", "field", "held", "imported"),
    [
        (lambda: RollCallFactory(total_yes=1), "total_yes", "1", "2"),
        (lambda: RollCallFactory(date="1933-05-10"), "date", "1933-05-10", "1933-05-11"),
        (lambda: MembershipFactory(period="1920/1933"), "period", "1920/1933", "1920/1934"),
    ],
)
def test_other_records_take_values_over_too(ruth, make, field, held, imported):
    record = publish(make())
    about = {str(models.Citation.target_field_of(type(record))): record}
    discrepancy = DiscrepancyFactory(field=field, held=held, imported=imported, **about)
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    record.refresh_from_db()
    assert str(getattr(record, field)) == imported


@pytest.mark.parametrize(
    ("change", "settlement", "reason", "words"),
    [
        ({}, "", WHY, "which of the two"),
        ({}, "both", WHY, "which of the two"),
        ({}, HELD, " \n", "Give the reason"),
        ({"choice": "abstain"}, IMPORTED, WHY, "says “abstain” by now"),
        ({"choice": "yes"}, HELD, WHY, "restore an earlier version"),
    ],
)
def test_what_cannot_be_decided_is_said(ruth, change, settlement, reason, words):
    discrepancy = differing_vote()
    models.Vote.objects.update(**change, intended="")
    with pytest.raises(Refused, match=words):
        settling.settle(models.Discrepancy.objects.get(), ruth, settlement, reason)
    assert models.Discrepancy.objects.open().get() == discrepancy


@pytest.mark.parametrize(
    ("imported", "words"),
    [("", "knows nothing of"), ("1920/1925, 1930/1933", "Change the record on its form")],
)
def test_what_cannot_be_taken_over_is_done_by_a_person_first(ruth, imported, words):
    membership = publish(MembershipFactory(period="1920/1933"))
    differs = {"field": "period", "held": "1920/1933", "imported": imported}
    discrepancy = DiscrepancyFactory(membership=membership, **differs)
    with pytest.raises(Refused, match=words):
        settling.settle(discrepancy, ruth, IMPORTED, WHY)
    membership.refresh_from_db()
    assert membership.period == "1920/1933"
    if imported:
        membership.period = "1920/1925"
    else:
        membership.status, membership.withdrawal_reason = Status.WITHDRAWN, "Never joined."
    membership.save()
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    assert not models.Discrepancy.objects.open().exists()


def test_a_record_that_was_changed_by_hand_may_be_settled_for_the_import(ruth):
    discrepancy = differing_vote()
    models.Vote.objects.update(choice="yes")
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    assert models.Vote.objects.get().imported is None  # it rests on its passage, as before


def test_an_editor_settles_nothing():
    discrepancy = differing_vote()
    for decide in (
        lambda: settling.settle(discrepancy, make_editor(), HELD, WHY),
        lambda: settling.reopen(discrepancy, make_editor("Eve"), WHY),
    ):
        with pytest.raises(Refused, match="takes a reviewer"):
            decide()


def test_what_was_decided_can_be_opened_again_and_stays_in_the_history(ruth):
    discrepancy = differing_vote()
    with pytest.raises(Refused, match="open already"):
        settling.reopen(discrepancy, ruth, "Why not.")
    settling.settle(discrepancy, ruth, HELD, WHY)
    with pytest.raises(Refused, match="Ruth has settled it"):
        settling.settle(discrepancy, ruth, HELD, WHY)
    settling.reopen(discrepancy, ruth, "Another edition differs.")
    assert models.Discrepancy.objects.open().get() == discrepancy
    made, settled, reopened = discrepancy.versions.order_by("pgh_id")
    assert (made.reason, settled.reason, reopened.reason) == ("", WHY, "")
    assert reopened.pgh_context.metadata["reason"] == "Another edition differs."


# --- What other imports said of the old value ------------------------------------------------


def test_who_confirmed_the_old_choice_contradicts_the_new_one(ruth, at_commit):
    discrepancy = differing_vote()
    other = confirming(discrepancy.vote)
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    at_commit()
    assert told(other) == (12, "yes", "no", "")
    assert not models.ImportedRow.objects.exists()
    assert is_contested()
    change = models.Discrepancy.objects.open().get().versions.get()
    assert change.pgh_context.metadata["user"] == ruth.pk


def test_where_the_held_value_stands_what_confirms_it_stays(ruth):
    discrepancy = differing_vote()
    confirming(discrepancy.vote)
    settling.settle(discrepancy, ruth, HELD, WHY)
    assert models.ImportedRow.objects.count() == models.Discrepancy.objects.count() == 1
    assert not is_contested()


def test_what_an_import_said_is_what_the_vote_said_on_that_day(ruth):
    """A person changed the vote since: the import knows nothing of what it says now."""
    vote = publish(VoteFactory(choice="no"))
    first = confirming(vote, imported_at="2020-01-31T00:00Z")
    models.Vote.objects.update(choice="abstain")
    for imported in ("yes", "no"):
        discrepancy = DiscrepancyFactory(vote=vote, held="abstain", imported=imported)
        with transaction.atomic():
            settling.settle(discrepancy, ruth, IMPORTED, WHY)
            if imported == "yes":
                assert told(first) == (12, "yes", "no", "")
            else:
                assert models.ImportedRow.objects.get().source_import == first  # it is so again
            transaction.set_rollback(True)


def test_an_undone_import_says_nothing(ruth):
    discrepancy = differing_vote()
    confirming(discrepancy.vote, undone_at="2026-01-31T00:00Z", undone_by="Edith")
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    assert not is_contested()


def test_the_line_that_a_vote_rested_on_is_answered_by_the_same_decision(ruth):
    first = ImportFactory()
    discrepancy = differing_vote(imported=first, import_line=3)
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    assert told(first) == (3, "yes", "no", HELD)
    assert not is_contested()
    answered = models.Discrepancy.objects.get(source_import=first)
    assert (answered.settled_by, answered.reason) == ("Ruth", WHY)
    # And the other way round, when somebody knows better.
    settling.reopen(answered, ruth, "The Official Journal errs.")
    settling.settle(answered, ruth, IMPORTED, "The minutes.")
    vote = models.Vote.objects.get()
    assert (vote.choice, vote.imported, vote.import_line) == ("no", first, 3)
    assert told(discrepancy.source_import) == (7, "no", "yes", HELD)
    assert not is_contested()


def test_an_import_that_was_followed_before_is_answered_too(ruth):
    roll_call = publish(RollCallFactory(total_yes=1))
    for held, imported in (("1", "2"), ("2", "3")):
        discrepancy = DiscrepancyFactory(roll_call=roll_call, held=held, imported=imported)
        settling.settle(discrepancy, ruth, IMPORTED, WHY)
    first, second = models.Discrepancy.objects.order_by("pk")
    assert (first.held, first.imported, first.settlement) == ("3", "2", HELD)
    assert (second.held, second.imported, second.settlement) == ("2", "3", IMPORTED)


def test_opened_again_the_others_keep_their_word(ruth):
    discrepancy = differing_vote()
    other = confirming(discrepancy.vote)
    settling.settle(discrepancy, ruth, IMPORTED, WHY)
    settling.reopen(discrepancy, ruth, "Read again.")
    assert told(other) == (12, "yes", "no", "")
    # The import that confirmed the old choice is followed now.
    settling.settle(models.Discrepancy.objects.get(source_import=other), ruth, IMPORTED, WHY)
    assert models.Vote.objects.get().choice == "no"
    assert told(discrepancy.source_import) == (7, "no", "yes", HELD)
    assert not models.Discrepancy.objects.open().exists()


@pytest.mark.parametrize("first", ["followed", "other"])
def test_who_differs_by_now_is_undone_and_who_was_followed_is_not(ruth, first):
    discrepancy = differing_vote()
    other = confirming(discrepancy.vote)
    settling.settle(discrepancy, ruth, IMPORTED, WHY)

    def refusal():
        with pytest.raises(undoing.BuiltOn) as refused:
            undoing.undo(discrepancy.source_import.slug, "Ruth")
        return " ".join(refused.value.rows)

    if first == "followed":
        assert "another import differs about" in refusal()
        assert "says the same" not in refusal()
    undoing.undo(other.slug, "Ruth")
    assert "a discrepancy of the import is settled" in refusal()
    assert "another import" not in refusal()
    assert models.Vote.objects.get().choice == "yes"
    assert not is_contested()
