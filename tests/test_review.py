"""Proposals, notes, stale passages and the queue: who may, and what comes of it.

Tests that ask who changed a record, or when, commit what they write: the time of a version is
that of its transaction.
"""

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from archive import audit, models, publication, review
from archive.choices import NoteKind, ProposalState, Stance, Status
from archive.refusals import Refused
from tests import factories
from tests.admin.users import (
    make_editor,
    make_researcher,
    make_reviewer,
    make_superuser,
    make_user,
)
from tests.factories import cite, propose, publish

committing = pytest.mark.django_db(transaction=True)


@pytest.fixture
def editor(db):
    return make_editor()


@pytest.fixture
def reviewer(db):
    return make_reviewer()


@pytest.fixture
def event(db):
    return publish(factories.EventFactory(place="Freedonia"))


def stored(record):
    return type(record).objects.get(pk=record.pk)


# --- What the database holds -------------------------------------------------------------


def write(table, **values):
    names = ", ".join(values)
    marks = ", ".join(["%s"] * len(values))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def proposal_row(event, editor, **values):
    return {
        "event_id": event.pk,
        "proposed": '{"place": "Sylvania"}',
        "reason": "Read again.",
        "based_on": 1,
        "made_by_id": editor.pk,
        "comment": "",
        **values,
    }


def note_row(event, editor, **values):
    return {
        "event_id": event.pk,
        "kind": "returned",
        "text": "Cite it.",
        "made_by_id": editor.pk,
        **values,
    }


DECIDED = {"decided_at": "2026-01-01T00:00Z"}


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("is_about_one_record", {"event_id": None}),
        ("proposes_fields", {"proposed": "{}"}),
        ("proposes_fields", {"proposed": '["place"]'}),
        ("proposes_fields", {"proposed": "null"}),
        ("adds_in_vocabulary", {"adds": "request"}),
        ("adds_what_its_record_has", {"adds": "vote", "proposed": '{"vote": {}, "citation": {}}'}),
        ("added_part_comes_with_its_passage", {"adds": "participation"}),
        (
            "added_part_comes_with_its_passage",
            {"adds": "participation", "proposed": '{"participation": {}}'},
        ),
        (
            "added_part_comes_with_its_passage",
            {"adds": "participation", "proposed": '{"participation": {}, "citation": null}'},
        ),
        ("reason_not_blank", {"reason": " \n"}),
        ("state_in_vocabulary", {"state": "anything", "decided_by_id": 1, **DECIDED}),
        ("decided_once_no_longer_open", {"state": "returned", "comment": "No."}),
        ("decided_once_no_longer_open", DECIDED),
        ("decided_once_no_longer_open", {"state": "withdrawn", **DECIDED}),
        ("applied_says_what", {"state": "applied", "decided_by_id": 1, **DECIDED}),
        ("applied_says_what", {"applied": '{"place": "Sylvania"}'}),
        ("returned_with_comment", {"state": "returned", "decided_by_id": 1, **DECIDED}),
        ("taken_back_by_its_author", {"state": "withdrawn", "decided_by_id": 0, **DECIDED}),
    ],
)
def test_sql_meets_the_rules_of_proposals(event, editor, rule, values):
    if values.get("decided_by_id") is not None:
        other = make_reviewer()
        values = values | {"decided_by_id": other.pk}
    with pytest.raises(IntegrityError) as error:
        write("archive_proposal", **proposal_row(event, editor, **values))
    assert error.value.__cause__.diag.constraint_name == f"archive_proposal_{rule}"
    write("archive_proposal", **proposal_row(event, editor))


def test_a_proposal_is_not_about_two_records(event, editor):
    other = publish(factories.MembershipFactory())
    with pytest.raises(IntegrityError, match="archive_proposal_is_about_one_record"):
        write("archive_proposal", **proposal_row(event, editor, membership_id=other.pk))


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("is_about_one_record", {"event_id": None}),
        ("kind_in_vocabulary", {"kind": "anything"}),
        ("returned_with_comment", {"text": " "}),
        ("only_a_citation_is_confirmed", {"kind": "confirmed"}),
    ],
)
def test_sql_meets_the_rules_of_notes(event, editor, rule, values):
    with pytest.raises(IntegrityError) as error:
        write("archive_reviewnote", **note_row(event, editor, **values))
    assert error.value.__cause__.diag.constraint_name == f"archive_reviewnote_{rule}"
    write("archive_reviewnote", **note_row(event, editor))


def test_every_rule_of_the_desk_is_tried():
    tried = {
        (table, rule)
        for table, test in (
            ("proposal", test_sql_meets_the_rules_of_proposals),
            ("reviewnote", test_sql_meets_the_rules_of_notes),
        )
        for rule, _ in test.pytestmark[0].args[1]
    }
    declared = {
        (model._meta.model_name, constraint.name.removeprefix(f"archive_{model.__name__.lower()}_"))
        for model in (models.Proposal, models.ReviewNote)
        for constraint in model._meta.constraints
    }
    assert tried == declared


def test_what_was_proposed_and_decided_stays(event, editor, reviewer):
    proposal = propose(event, editor, place="Sylvania")
    for change in (
        {"reason": "Other."},
        {"proposed": {"place": "X"}},
        {"adds": "participation"},
        {"made_by": reviewer},
    ):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            models.Proposal.objects.filter(pk=proposal.pk).update(**change)
    review.return_proposal(proposal, reviewer, "Not so.")
    with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
        models.Proposal.objects.filter(pk=proposal.pk).update(comment="I never said so.")


def test_desk_rows_have_a_history_and_fall_with_their_record(editor):
    event = factories.EventFactory()
    proposal = propose(event, editor)
    assert proposal.versions.count() == 1
    event.delete()
    assert not models.Proposal.objects.exists()
    assert models.Proposal.versions.rel.related_model.objects.count() == 2


@pytest.mark.parametrize("model", [models.Proposal, models.ReviewNote])
def test_each_kind_of_record_is_the_record(model, editor):
    for name in model.ABOUT:
        kind = model._meta.get_field(name).related_model
        record = getattr(factories, f"{kind.__name__}Factory")()
        row = model(made_by=editor)
        row.record = record
        assert row.record == record
        assert [one for one in model.ABOUT if getattr(row, f"{one}_id")] == [name]


def test_desk_rows_are_no_records():
    from archive import fixtures

    for model in (models.Proposal, models.ReviewNote):
        assert not issubclass(model, models.Record)
        assert model not in fixtures.FILES.values()
        assert model._meta.default_permissions == ()


# --- Proposing ---------------------------------------------------------------------------


def test_a_proposal_changes_nothing(event, editor):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, " The map says so. ")

    assert (proposal.record, proposal.made_by, proposal.state) == (event, editor, "open")
    assert proposal.proposed == {"place": "Sylvania"}
    assert proposal.reason == "The map says so."
    assert stored(event).place == "Freedonia"
    assert event.versions.filter(place="Sylvania").count() == 0


@pytest.mark.parametrize("role", ["editor", "reviewer", "researcher", "nobody"])
@pytest.mark.parametrize("status", Status)
def test_who_may_propose(role, status):
    makers = {"editor": make_editor, "reviewer": make_reviewer, "researcher": make_researcher}
    user = makers.get(role, lambda: make_user("Nobody"))()
    event = factories.EventFactory()
    if status == Status.PUBLISHED:
        publish(event)
    elif status != Status.DRAFT:
        reason = "Wrong." if status == Status.WITHDRAWN else ""
        event.status, event.withdrawal_reason = status, reason
        event.save()
    allowed = role in {"editor", "reviewer"} and status == Status.PUBLISHED

    assert review.may_propose(user, event) == allowed
    assert review.proposes_only(user, event) == (allowed and role == "editor")
    if allowed:
        review.propose(event, user, {"place": "Sylvania"}, "So it says.")
    else:
        with pytest.raises(Refused):
            review.propose(event, user, {"place": "Sylvania"}, "So it says.")
    assert models.Proposal.objects.count() == allowed


test_who_may_propose = pytest.mark.django_db(test_who_may_propose)


@pytest.mark.parametrize(
    ("fields", "reason", "words"),
    [
        ({"place": "Sylvania"}, " ", "Say why"),
        ({"place": "Freedonia"}, "So.", "Nothing is changed"),
        ({}, "So.", "Nothing is changed"),
        ({"status": "withdrawn"}, "So.", "No proposal can be made about “status”"),
        ({"id": 7}, "So.", "No proposal can be made about “id”"),
        ({"colour": "red"}, "So.", "No proposal can be made about “colour”"),
        ({"date": "yesterday"}, "So.", "not a date in EDTF"),
        ({"kind": "picnic"}, "So.", "Choose one of the listed values"),
        ({"part_of": ["nowhere"]}, "So.", "refers to nowhere, which is gone"),
        ({"slug": "Not A Slug"}, "So.", "A slug has small letters"),
    ],
)
def test_what_cannot_be_is_refused_at_once(event, editor, fields, reason, words):
    with pytest.raises(Refused, match=words):
        review.propose(event, editor, fields, reason)
    assert not models.Proposal.objects.exists()
    assert stored(event).place == "Freedonia"


def test_values_are_those_of_the_fixtures(editor):
    response = publish(factories.ResponseFactory(troops_low=5))
    state = factories.StateFactory(code="FRE")
    wanted = stored(response)
    wanted.responder, wanted.troops_low, wanted.troops_approximate = state, None, True

    values = review.changed_values(response, wanted)

    assert values == {
        "responder_state": ["FRE"],
        "responder_organization": None,
        "troops_low": None,
        "troops_approximate": True,
    }
    proposal = review.propose(response, editor, values, "It was the state.")
    again = review.with_values(response, proposal.proposed)
    assert (again.responder, again.troops_low, again.troops_approximate) == (state, None, True)


@pytest.mark.parametrize("name", models.Proposal.ABOUT)
def test_a_proposal_about_each_kind_is_made_and_applied(name, editor, reviewer):
    changes = {
        "article": {"authors": ["A. Writer", "B. Writer"], "retrieved_on": "2026-01-02"},
        "event": {"date": "1933-06"},
        "participation": {"person": "A minister"},
        "request": {"sought": "mediation"},
        "response": {"summary": "It answered twice."},
        "membership": {"period": "1921/1933"},
        "roll_call": {"total_yes": 12},
        "vote": {"intended": "no"},
        "citation": {"quote": "for help on 3 May 1933", "start": None},
    }
    kind = models.Proposal._meta.get_field(name).related_model
    record = publish(getattr(factories, f"{kind.__name__}Factory")())

    proposal = review.propose(record, editor, changes[name], "The page says so.")
    review.apply(proposal, reviewer)

    assert proposal.state == ProposalState.APPLIED
    assert review.values_of(stored(record), changes[name]) | {"start": None} == changes[name] | {
        "start": None
    }


# --- Deciding ----------------------------------------------------------------------------


@committing
def test_applying_is_a_change_of_the_reviewer_with_the_reason():
    editor, reviewer = make_editor(), make_reviewer()
    event = publish(factories.EventFactory(place="Freedonia"))
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")

    review.apply(proposal, reviewer)

    assert stored(event).place == "Sylvania"
    context = event.versions.order_by("-pgh_id").first().pgh_context.metadata
    assert context["user"] == reviewer.pk
    assert context["reason"] == "The map says so. (proposed by Edith)"
    assert context["proposal"] == proposal.pk
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by) == (ProposalState.APPLIED, reviewer)
    assert proposal.applied == {"place": "Sylvania"}
    assert not proposal.is_altered


def test_a_reviewer_applies_it_altered(event, editor, reviewer):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")

    review.apply(proposal, reviewer, {"place": "North Sylvania"}, comment="Only the north.")

    proposal.refresh_from_db()
    assert stored(event).place == "North Sylvania"
    assert proposal.proposed == {"place": "Sylvania"}
    assert proposal.applied == {"place": "North Sylvania"}
    assert proposal.is_altered
    assert proposal.comment == "Only the north."


@pytest.mark.parametrize("verb", ["apply", "return"])
@pytest.mark.parametrize("role", ["editor", "reviewer", "researcher", "superuser", "author"])
def test_who_may_decide(event, editor, role, verb):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")
    user = {
        "editor": lambda: make_editor("Emil"),
        "reviewer": make_reviewer,
        "researcher": make_researcher,
        "superuser": make_superuser,
        "author": lambda: editor,
    }[role]()
    decide = {
        "apply": lambda: review.apply(proposal, user),
        "return": lambda: review.return_proposal(proposal, user, "Not so."),
    }[verb]

    if role in {"reviewer", "superuser"}:
        decide()
        assert stored(event).place == ("Sylvania" if verb == "apply" else "Freedonia")
    else:
        with pytest.raises(Refused, match="takes a reviewer"):
            decide()
        assert stored(proposal).is_open
        assert stored(event).place == "Freedonia"


def test_nobody_applies_his_own_proposal_save_a_superuser(event, reviewer):
    own = review.propose(event, reviewer, {"place": "Sylvania"}, "The map says so.")
    with pytest.raises(Refused, match="Another reviewer must apply it"):
        review.apply(own, reviewer)
    assert stored(event).place == "Freedonia"

    sue = make_superuser()
    review.apply(review.propose(event, sue, {"place": "Osterlich"}, "So."), sue)
    assert stored(event).place == "Osterlich"


def test_a_proposal_goes_back_with_a_comment(event, editor, reviewer):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")
    with pytest.raises(Refused, match="Say why the proposal goes back"):
        review.return_proposal(proposal, reviewer, "  ")
    assert stored(proposal).is_open

    review.return_proposal(stored(proposal), reviewer, "Which map?")

    assert stored(proposal).state == ProposalState.RETURNED
    assert stored(proposal).comment == "Which map?"
    assert stored(event).place == "Freedonia"


def test_only_its_author_takes_a_proposal_back(event, editor, reviewer):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")
    with pytest.raises(Refused, match="Only its author"):
        review.take_back(proposal, reviewer)
    review.take_back(proposal, editor)
    assert stored(proposal).state == ProposalState.WITHDRAWN


def test_a_proposal_is_decided_once(event, editor, reviewer):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")
    same = stored(proposal)
    review.take_back(proposal, editor)
    for decide in (
        lambda: review.apply(same, reviewer),
        lambda: review.return_proposal(same, reviewer, "No."),
        lambda: review.take_back(same, editor),
    ):
        with pytest.raises(Refused, match="decided already"):
            decide()


def test_what_changed_meanwhile_is_not_overwritten_unseen(event, editor, reviewer):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")
    event.place = "Osterlich"
    event.save()

    (field,) = review.fields_of(stored(proposal))
    assert field.is_conflict
    assert (field.then, field.difference.before, field.difference.after) == (
        "Freedonia",
        "Osterlich",
        "Sylvania",
    )
    with pytest.raises(Refused, match="“place” was changed meanwhile"):
        review.apply(proposal, reviewer)
    assert stored(event).place == "Osterlich"

    review.apply(stored(proposal), reviewer, seen=review.newest_version(event))
    assert stored(event).place == "Sylvania"


def test_another_field_that_changed_meanwhile_is_no_conflict(event, editor, reviewer):
    proposal = review.propose(event, editor, {"place": "Sylvania"}, "The map says so.")
    event.summary = "Told better."
    event.save()

    assert not review.fields_of(stored(proposal))[0].is_conflict
    review.apply(proposal, reviewer)
    assert (stored(event).place, stored(event).summary) == ("Sylvania", "Told better.")


def test_what_the_database_refuses_leaves_the_proposal_open(event, editor, reviewer):
    proposal = review.propose(event, editor, {"slug": "the-crisis"}, "A better name.")
    factories.EventFactory(slug="the-crisis")

    with pytest.raises(Refused, match="already exists"):
        review.apply(proposal, reviewer)

    assert stored(proposal).is_open
    assert stored(proposal).applied is None


def test_a_reference_that_is_gone_meanwhile_is_said(editor, reviewer):
    event = publish(factories.EventFactory())
    whole = publish(factories.EventFactory(slug="the-war"))
    proposal = review.propose(event, editor, {"part_of": ["the-war"]}, "It is a part of it.")
    whole.slug = "the-long-war"
    whole.save()

    with pytest.raises(Refused, match="refers to the-war, which is gone"):
        review.apply(proposal, reviewer)


# --- Returned with a comment -------------------------------------------------------------


@committing
def test_a_note_goes_to_whoever_handed_the_record_in():
    editor, reviewer = make_editor(), make_reviewer()
    event = factories.EventFactory()
    publication.submit(event, editor)

    publication.return_to_draft(event, reviewer, " Cite the second article. ")

    note = models.ReviewNote.objects.get()
    assert (note.record, note.kind, note.made_by) == (event, NoteKind.RETURNED, reviewer)
    assert (note.text, note.addressed_to) == ("Cite the second article.", editor)
    assert list(models.ReviewNote.objects.waiting_for(editor)) == [note]
    assert not models.ReviewNote.objects.waiting_for(reviewer)

    publication.submit(event, editor)
    assert not models.ReviewNote.objects.waiting_for(editor)


def test_a_return_without_a_comment_is_refused(reviewer):
    event = factories.EventFactory(status=Status.IN_REVIEW)
    with pytest.raises(Refused, match="Say what is to be done"):
        publication.return_to_draft(event, reviewer, " ")
    assert stored(event).status == Status.IN_REVIEW
    assert not models.ReviewNote.objects.exists()

    publication.return_to_draft(event, reviewer, "Cite it.")
    assert models.ReviewNote.objects.get().addressed_to is None


# --- Stale passages ----------------------------------------------------------------------


def stale():
    return [finding.record for finding in audit.citation_is_stale()]


@committing
def test_a_passage_is_stale_until_someone_confirms_it():
    editor = make_editor()
    event = publish(factories.EventFactory(date="1933-05", place="Freedonia"))
    of_date, of_place = cite(event, field="date"), cite(event, field="place")
    event.date = "1933-06"
    event.save()
    assert stale() == [of_date]
    assert review.is_stale(of_date)

    with pytest.raises(Refused, match="may not confirm"):
        review.confirm(of_date, make_researcher())
    with pytest.raises(Refused, match="Nothing changed"):
        review.confirm(of_place, editor)
    review.confirm(of_date, editor)

    assert stale() == []
    assert stored(of_date).versions.count() == of_date.versions.count()
    event.date = "1933-07"
    event.save()
    assert stale() == [of_date]


@committing
def test_moving_a_passage_to_the_public_is_not_reading_it():
    event = factories.EventFactory(date="1933-05")
    citation = factories.CitationFactory(event=event, field="date")
    event.date = "1933-06"
    event.save()
    for status in (Status.IN_REVIEW, Status.PUBLISHED):
        citation.status = status
        citation.save()
    assert stale() == [citation]

    citation.asserted = "in May"
    citation.save()
    assert stale() == []


@committing
def test_an_applied_proposal_makes_its_passages_stale():
    editor, reviewer = make_editor(), make_reviewer()
    event = publish(factories.EventFactory(date="1933-05"))
    citation = cite(event, field="date")
    proposal = review.propose(event, editor, {"date": "1933-06"}, "The page says so.")
    assert stale() == []
    review.apply(proposal, reviewer)
    assert stale() == [citation]


def test_queries_for_stale_passages_do_not_grow(db, django_assert_num_queries):
    for number in (2, 6):
        for _ in range(number):
            event = factories.EventFactory(date="1933-05")
            cite(event, field="date")
            factories.CitationFactory(membership=factories.MembershipFactory(), field="period")
            event.date = "1933-06"
            event.save()
        with django_assert_num_queries(5):
            audit.stale(models.Citation.objects.all())


# --- The queue ---------------------------------------------------------------------------


def keys(rows):
    return [(row["what"], row["key"]) for row in rows]


@committing
def test_the_queue_says_what_waits_how_long_and_from_whom():
    editor, reviewer = make_editor(), make_reviewer()
    first, second = factories.EventFactory(), factories.MembershipFactory()
    factories.EventFactory()
    publication.submit(first, editor)
    publication.submit(second, reviewer)
    public = publish(factories.EventFactory())
    proposal = review.propose(public, editor, {"place": "Sylvania"}, "The map says so.")

    rows = list(review.waiting(reviewer))

    assert keys(rows) == [("event", first.pk), ("membership", second.pk), ("proposal", proposal.pk)]
    assert [row["by"] for row in rows] == [editor.pk, reviewer.pk, editor.pk]
    moved = first.versions.get(status=Status.IN_REVIEW)
    assert [row["since"] for row in rows][::2] == [moved.pgh_created_at, proposal.made_at]
    assert keys(review.waiting(editor)) == [("event", first.pk), ("proposal", proposal.pk)]
    assert keys(review.waiting(reviewer, "event")) == [("event", first.pk)]
    assert keys(review.waiting(reviewer, "anything")) == []
    assert keys(review.waiting(make_researcher())) == []
    assert review.waiting(reviewer).count() == 3


@committing
def test_waiting_begins_anew_when_a_record_is_handed_in_again():
    editor, reviewer = make_editor(), make_reviewer()
    event = factories.EventFactory()
    publication.submit(event, reviewer)
    publication.return_to_draft(event, make_reviewer("Rob"), "Cite it.")
    publication.submit(event, editor)
    event.summary = "Better said, while it waits."
    event.save()

    (row,) = review.waiting(reviewer)

    assert row["by"] == editor.pk
    assert (
        row["since"]
        == event.versions.filter(status=Status.IN_REVIEW).order_by("-pgh_id")[1].pgh_created_at
    )


def test_passages_wait_with_their_record_or_alone(reviewer):
    part = factories.ParticipationFactory(event=factories.EventFactory(status=Status.IN_REVIEW))
    cite(part.event, status=Status.IN_REVIEW)
    cite(part, status=Status.IN_REVIEW)
    alone = cite(publish(factories.EventFactory()), status=Status.IN_REVIEW)
    of_clause = cite(factories.ProvisionFactory(), status=Status.IN_REVIEW, stance=Stance.QUALIFIES)

    assert set(keys(review.waiting(reviewer))) == {
        ("event", part.event.pk),
        ("citation", alone.pk),
        ("citation", of_clause.pk),
    }


def test_proposals_about_parts_wait_for_reviewers_of_the_whole(editor, reviewer):
    part = publish(factories.ParticipationFactory())
    proposal = review.propose(part, editor, {"person": "A minister"}, "The page names him.")
    assert keys(review.waiting(reviewer)) == [("proposal", proposal.pk)]
    assert review.may_decide(reviewer, part)
    assert not review.may_decide(editor, part)


# --- What changed since ------------------------------------------------------------------


@committing
def test_what_changed_since_the_public_saw_it():
    reviewer = make_reviewer()
    event = publish(factories.EventFactory(place="Freedonia", summary="As told."))
    assert review.since_last_seen(event) is None
    publication.withdraw(event, reviewer, "The place is wrong.")
    event = stored(event)
    event.place = "Sylvania"
    event.save()
    cite(event, status=Status.DRAFT)
    publication.submit(event, reviewer)

    since = review.since_last_seen(stored(event))

    assert since.was_public
    assert [(one.field, one.before, one.after) for one in since.differences] == [
        ("place", "Freedonia", "Sylvania")
    ]
    assert {row.model for change in since.changes for row in change.rows} == {"event", "citation"}
    assert [change.reason for change in since.changes][-1] == "The place is wrong."


@committing
def test_what_changed_since_it_was_returned():
    editor, reviewer = make_editor(), make_reviewer()
    event = factories.EventFactory(place="Freedonia")
    publication.submit(event, editor)
    assert review.since_last_seen(event) is None
    publication.return_to_draft(event, reviewer, "Where was it?")
    event.place = "Sylvania"
    event.save()
    publication.submit(event, editor)

    since = review.since_last_seen(stored(event))

    assert not since.was_public
    assert [one.field for one in since.differences] == ["place"]
