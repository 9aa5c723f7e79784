"""Which of two values stands: what a reviewer may decide, and what comes of it."""

import pytest

from archive import models, settling
from archive.choices import Settlement, Status
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
    settled = models.Discrepancy.objects.get()
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
