"""Two editors at once: nothing is overwritten unseen."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pghistory
import pytest
from django.contrib.auth.models import User
from django.core import signing
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from archive import choices, models
from archive.conflicts import conflict, rows_at_loading, token
from tests.factories import (
    CitationFactory,
    EventFactory,
    OrganizationFactory,
    ParticipationFactory,
    RequestFactory,
    ResponseFactory,
    RollCallFactory,
    StateFactory,
    VoteFactory,
)

each_transaction = pytest.mark.django_db(transaction=True)


def brief(conflicts):
    return [(c.field, c.at_loading, c.theirs, c.yours, c.is_yours_too) for c in conflicts]


def test_token_stands_for_the_content(db):
    event = EventFactory()
    part = ParticipationFactory(event=event)
    tokens = [token(event)]

    def then():
        tokens.append(token(event))

    models.Event.objects.update(title="Another")
    then()
    models.Participation.objects.update(person="A minister")
    then()
    citation = CitationFactory(participation=part)
    then()
    models.Citation.objects.update(note="A note.")
    then()
    assert len(set(tokens)) == len(tokens)
    models.Event.objects.update(title="Another")
    ParticipationFactory()
    assert token(event) == tokens[-1]
    citation.delete()
    assert token(event) == tokens[2]


def test_token_is_short_and_sealed(db):
    roll_call = RollCallFactory()
    for number in range(60):
        VoteFactory(
            roll_call=roll_call,
            state=StateFactory(code=f"A{chr(65 + number // 26)}{chr(65 + number % 26)}"),
        )
    loaded = token(roll_call)
    assert len(loaded) < 400
    for wrong in (loaded[:-1], "", token(RollCallFactory())):
        with pytest.raises(signing.BadSignature):
            conflict(roll_call, wrong, {})


def test_a_token_costs_one_query(db, django_assert_num_queries):
    event = EventFactory()
    for _ in range(3):
        CitationFactory(participation=ParticipationFactory(event=event))
    with django_assert_num_queries(1):
        loaded = token(event)
    with django_assert_num_queries(2):  # and the lock
        assert conflict(event, loaded, {"title": "Mine"}) is None


def test_what_a_form_shows_too_is_on_its_token(db):
    event = EventFactory(title="Same")
    asked = RequestFactory(event=event, summary="First.")
    answer = ResponseFactory(request=asked, summary="First.")
    of_event, of_request = token(event), token(asked)
    CitationFactory(request=asked)
    assert token(event) == of_event, "a passage about a request is not on the event's form"
    of_request = token(asked)
    models.Response.objects.update(summary="Theirs.")
    assert token(event) == of_event
    models.Request.objects.update(summary="Theirs.")
    assert brief(conflict(event, of_event, {}, {key_of(asked): {"summary": "Mine."}})) == [
        ("summary", "First.", "Theirs.", "Mine.", True)
    ]
    assert brief(conflict(asked, of_request, {}, {key_of(answer): {"summary": "Mine."}})) == [
        ("summary", "First.", "Theirs.", "Mine.", True)
    ]


def test_rows_at_loading_are_told_by_their_database_keys(part):
    loaded, name, pk = token(part.event), str(part), part.pk
    part.delete()
    then = rows_at_loading(models.Event.objects.get(), loaded)
    assert str(then["participation", pk]) == name
    assert set(then) == {("participation", pk), ("event", models.Event.objects.get().pk)}


def test_a_row_left_alone_and_deleted_by_another_is_not_yours(part):
    event, key, loaded = part.event, key_of(part), token(part.event)
    part.delete()
    (found,) = conflict(event, loaded, {}, {key: {"person": "First"}})
    assert not found.is_yours_too


def test_without_another_there_is_no_conflict(db):
    event = EventFactory(title="First")
    assert conflict(event, token(event), {"title": "Mine"}) is None


@each_transaction
def test_the_others_change_is_shown_beside_ones_own():
    user = User.objects.create_user("ani")
    event = EventFactory(title="First", summary="One.", place="Here")
    loaded = token(event)
    with pghistory.context(user=user.pk):
        models.Event.objects.update(title="Theirs", summary="Two.", date="1934")
    models.Event.objects.update(kind=choices.EventKind.WAR)
    proposed = {"title": "Mine", "summary": "One.", "place": "Mine", "date": "1934"}
    with transaction.atomic():
        found = conflict(event, loaded, proposed)
    assert brief(found) == [
        ("title", "First", "Theirs", "Mine", True),
        ("summary", "One.", "Two.", "One.", False),
    ]
    assert {c.who for c in found} == {"ani"}
    assert {c.when for c in found} == {
        event.versions.get(title="Theirs", kind="incursion").pgh_created_at
    }
    assert {c.row for c in found} == {("event", event.slug)}
    with transaction.atomic():
        assert conflict(event, loaded, {"place": "Mine"}) is None


def test_references_are_compared_and_shown_by_name(db):
    response = ResponseFactory(
        responder_organization=None, responder_state=StateFactory(name="Freedonia")
    )
    loaded = token(response)
    league = OrganizationFactory(name="League")
    models.Response.objects.update(responder_state=None, responder_organization=league)
    mine = StateFactory(name="Sylvania")
    assert brief(conflict(response, loaded, {"responder": mine})) == [
        ("responder", "Freedonia", "League", "Sylvania", True)
    ]
    assert conflict(response, loaded, {"responder": league}) is None
    other = RequestFactory(requester__name="Moronia")
    models.Response.objects.update(request=RequestFactory(event=other.event))
    (found,) = conflict(response, loaded, {"request": other.pk})
    assert found.yours.startswith("Moronia asks")


def test_targets_of_citations_are_one_field(db):
    citation = CitationFactory(event=EventFactory(title="Here", date=""))
    loaded = token(citation)
    there = EventFactory(title="There", date="")
    models.Citation.objects.update(event=there, start=citation.start)
    mine = RequestFactory()
    assert brief(conflict(citation, loaded, {"target": mine, "note": ""})) == [
        ("target", "Here", "There", str(mine), True)
    ]


def test_a_slug_that_another_changed(db):
    event = EventFactory(slug="here-1933")
    loaded = token(event)
    models.Event.objects.update(slug="there-1933")
    assert brief(conflict(event, loaded, {"slug": "here-1933"})) == [
        ("slug", "here-1933", "there-1933", "here-1933", False)
    ]


def test_a_record_that_another_deleted(db):
    event = EventFactory(title="Gone", date="")
    loaded = token(event)
    models.Event.objects.all().delete()
    assert brief(conflict(event, loaded, {"title": "Mine"})) == [("", "Gone", "", "Gone", True)]


@pytest.fixture
def part(db):
    return ParticipationFactory(actor_state__name="Freedonia", person="First")


def key_of(part):
    return (part._meta.model_name, *part.natural_key())


def test_rows_are_found_by_their_natural_key(part):
    other = ParticipationFactory(event=part.event, person="First")
    loaded = token(part.event)
    models.Participation.objects.filter(pk=part.pk).update(person="Theirs")
    rows = {key_of(part): {"person": "Mine"}, key_of(other): {"person": "Mine"}}
    (found,) = conflict(part.event, loaded, {"title": part.event.title}, rows)
    assert (found.row, found.name) == (key_of(part), "Freedonia: target")
    assert brief([found]) == [("person", "First", "Theirs", "Mine", True)]


def test_a_row_whose_key_another_changed(part):
    loaded = token(part.event)
    models.Participation.objects.update(role=choices.ParticipationRole.PARTY)
    rows = {key_of(part): {"role": "target", "person": "Mine"}}
    assert brief(conflict(part.event, loaded, {}, rows)) == [
        ("role", "Target", "Party", "Target", False)
    ]


def test_a_row_that_you_delete_and_another_changed(part):
    loaded = token(part.event)
    assert conflict(part.event, loaded, {}, {key_of(part): None}) is None
    models.Participation.objects.update(person="Theirs")
    assert brief(conflict(part.event, loaded, {}, {key_of(part): None})) == [
        ("person", "First", "Theirs", "", True)
    ]


def test_a_row_that_another_deleted(part):
    event, key, loaded = part.event, key_of(part), token(part.event)
    part.delete()
    name = "Freedonia: target"
    assert brief(conflict(event, loaded, {}, {key: {"person": "Mine"}})) == [
        ("", name, "", name, True)
    ]
    assert conflict(event, loaded, {}, {key: None}) is None


def test_a_row_that_both_added(db):
    event, state = EventFactory(), StateFactory(name="Freedonia")
    loaded = token(event)
    part = ParticipationFactory(event=event, actor_state=state, person="Theirs")
    rows = {key_of(part): {"actor": state, "role": "target", "person": "Mine"}}
    assert brief(conflict(event, loaded, {}, rows)) == [
        ("", "", "Freedonia: target", "Freedonia: target", True),
        ("person", "", "Theirs", "Mine", True),
    ]


def test_a_row_that_another_made_anew(part):
    event, loaded = part.event, token(part.event)
    state = part.actor_state
    part.delete()
    anew = ParticipationFactory(event=event, actor_state=state, person="First")
    found = conflict(event, loaded, {}, {key_of(anew): {"person": "Mine"}})
    assert [(c.field, c.label) for c in found] == [("", "participation")]


def test_votes_and_citations_are_rows_too(db):
    vote = VoteFactory(choice="yes")
    citation = CitationFactory(vote=vote, note="First.")
    loaded = token(vote.roll_call)
    models.Vote.objects.update(choice="no")
    models.Citation.objects.update(note="Theirs.")
    rows = {
        key_of(vote): {"state": vote.state, "choice": "abstain"},
        key_of(citation): {"note": "Mine."},
    }
    assert brief(conflict(vote.roll_call, loaded, {}, rows)) == [
        ("choice", "Yes", "No", "Abstain", True),
        ("note", "First.", "Theirs.", "Mine.", True),
    ]


@each_transaction
def test_conflict_locks_what_will_be_written(part):
    event, loaded = part.event, token(part.event)
    with pytest.raises(transaction.TransactionManagementError):
        conflict(event, loaded, {})
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        conflict(event, loaded, {}, {key_of(part): None})
    locking = [q["sql"] for q in queries if "FOR UPDATE" in q["sql"]]
    assert len(locking) == 2
    assert 'FROM "archive_event"' in locking[0]
    assert 'FROM "archive_participation"' in locking[1]


def in_another_connection(pool, work):
    def run():
        try:
            with transaction.atomic():
                return work()
        finally:
            connection.close()

    return pool.submit(run)


def wait_for_a_blocked_connection():
    with connection.cursor() as cursor:
        for _ in range(400):
            cursor.execute(
                "SELECT pg_sleep(0.05), EXISTS (SELECT FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
            if cursor.fetchone()[1]:
                return
    raise AssertionError("No connection waits for a lock.")


@each_transaction
def test_the_second_to_save_waits_for_the_first():
    event = EventFactory(title="First")
    loaded = token(event)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            assert conflict(event, loaded, {"title": "Theirs"}) is None
            models.Event.objects.update(title="Theirs")
            second = in_another_connection(pool, lambda: conflict(event, loaded, {"title": "Mine"}))
            wait_for_a_blocked_connection()
        found = second.result(timeout=20)
    assert brief(found) == [("title", "First", "Theirs", "Mine", True)]


@each_transaction
def test_a_change_numbered_early_and_committed_late_is_noticed(part):
    other = ParticipationFactory(event=part.event)
    is_written, may_commit = threading.Event(), threading.Event()

    def slow():
        models.Participation.objects.filter(pk=part.pk).update(person="Early")
        is_written.set()
        assert may_commit.wait(20)

    with ThreadPoolExecutor(1) as pool:
        early = in_another_connection(pool, slow)
        assert is_written.wait(20)
        models.Participation.objects.filter(pk=other.pk).update(person="Late")
        loaded = token(part.event)
        may_commit.set()
        early.result(timeout=20)
    assert part.versions.latest("pgh_id").pgh_id < other.versions.latest("pgh_id").pgh_id
    assert token(part.event) != loaded
