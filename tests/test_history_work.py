"""The history as the desk reads it: what changed, word by word; old states.

Tests that need several moments commit: all versions of one transaction bear one time.
"""

import pghistory
import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from archive import choices, fixtures, models
from archive.choices import Status
from archive.history import (
    ADDED,
    NOTE,
    REMOVED,
    SAME,
    changes,
    deleted,
    restore,
    restore_preview,
    state_at,
    word_difference,
)
from archive.refusals import Refused
from archive.versions import Names, columns
from tests import factories
from tests.factories import (
    QUOTES,
    CitationFactory,
    EventFactory,
    MembershipFactory,
    OrganizationFactory,
    ParticipationFactory,
    ProvisionFactory,
    RequestFactory,
    ResponseFactory,
    RollCallFactory,
    StateFactory,
    VoteFactory,
    cite,
    publish,
)
from tests.models.test_constraints import MODELS

each_transaction = pytest.mark.django_db(transaction=True)


def unnamed() -> str:
    """Who did what no login did: the role that PostgreSQL knows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        return f"SQL or command (role {cursor.fetchone()[0]})"


def by_sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def row_changes(record):
    return [row for change in changes(record) for row in change.rows]


def told(record):
    """The history in short, newest first: what, which row, and its fields."""
    return [
        (row.label, row.model, {d.field: (d.before, d.after) for d in row.differences})
        for row in row_changes(record)
    ]


def version_where(record, **fields):
    """The version id of the newest state of `record` with these values."""
    newest = record.versions.filter(**fields).latest("pgh_id")
    return f"{record._meta.model_name}-{newest.pgh_id}"


# --- Word by word ------------------------------------------------------------------------

texts = st.text(alphabet="ab .,\n\u00a0é🕊", max_size=60) | st.text(max_size=40)


@given(texts, texts)
def test_word_difference_loses_nothing(before, after):
    segments = word_difference(before, after)
    assert "".join(s.text for s in segments if s.kind != ADDED) == before
    assert "".join(s.text for s in segments if s.kind != REMOVED) == after
    assert all(s.text and s.kind in (SAME, REMOVED, ADDED) for s in segments)


@given(texts)
def test_word_difference_of_equal_texts_is_one_segment(text):
    assert word_difference(text, text) == ([(SAME, text)] if text else [])


def test_word_difference_is_by_word():
    assert word_difference("Armenia asked for help.", "Armenia never asked for aid.") == [
        (SAME, "Armenia "),
        (ADDED, "never "),
        (SAME, "asked for "),
        (REMOVED, "help"),
        (ADDED, "aid"),
        (SAME, "."),
    ]


def test_blanks_alone_are_no_common_ground():
    assert word_difference("one two three", "four five six") == [
        (REMOVED, "one two three"),
        (ADDED, "four five six"),
    ]


def test_a_very_long_text_is_compared_only_between_its_first_and_last_change(monkeypatch):
    monkeypatch.setattr("archive.history.WORDS_COMPARED", 3)
    ends = "It begins so. ", " And so it ends."
    assert word_difference(" one two three ".join(ends), " one 2 three ".join(ends)) == [
        (SAME, f"{ends[0]} one "),
        (REMOVED, "two"),
        (ADDED, "2"),
        (SAME, f" three {ends[1]}"),
    ]
    before, after = "a b c d", "1 b c 2"
    found = word_difference(before.join(ends), after.join(ends))
    note = "Too long to be compared word by word (4 words):"
    assert found == [
        (SAME, ends[0]),
        (NOTE, note),
        (REMOVED, before),
        (ADDED, after),
        (SAME, ends[1]),
    ]
    assert word_difference("So.", "So it was said then.")[1] == (ADDED, " it was said then")


# --- Who, when, why ----------------------------------------------------------------------


@each_transaction
def test_user_reason_and_moment_of_a_change():
    user = User.objects.create_user("ani")
    event = EventFactory(title="Before")
    with pghistory.context(user=user.pk, reason="The source says so."):
        event.title = "After"
        event.save()
    newest, oldest = changes(event)
    assert (newest.who, newest.reason) == ("ani", "The source says so.")
    assert newest.when == event.versions.latest("pgh_id").pgh_created_at
    assert newest.when > oldest.when
    assert told(event)[0] == ("changed", "event", {"title": ("Before", "After")})


@each_transaction
def test_sql_and_fixtures_show_up(tmp_path):
    state = StateFactory(code="ARM", name="Hayastan")
    by_sql("UPDATE archive_state SET name = 'Armenia' WHERE code = 'ARM'")
    path = tmp_path / "states.yaml"
    path.write_text(fixtures.Serializer().serialize([models.State(code="ARM", name="Haik")]))
    call_command("loaddata", str(path), verbosity=0)
    found = changes(state)
    assert [change.who for change in found] == [unnamed()] * 3
    assert [row.differences[-1].after for change in found for row in change.rows] == [
        "Haik",
        "Armenia",
        "Hayastan",
    ]
    assert len({change.when for change in found}) == 3


@each_transaction
def test_a_deletion_by_sql_shows_up():
    citation = CitationFactory(note="Seen.")
    by_sql("DELETE FROM archive_citation")
    newest = changes(citation.event)[0]
    assert newest.who == unnamed()
    assert [(row.label, row.version) for row in newest.rows] == [
        ("deleted", version_where(citation))
    ]
    assert ("note", "Seen.", "") in [
        (d.field, d.before, d.after) for d in newest.rows[0].differences
    ]


@each_transaction
@pytest.mark.parametrize(
    ("metadata", "who"),
    [
        ({"user": None, "url": "/admin/archive/event/1/change/"}, "page /admin/archive/event/1/"),
        ({"command": "import_roll_calls"}, "command import_roll_calls"),
    ],
)
def test_without_a_user_the_context_tells(metadata, who):
    with pghistory.context(**metadata):
        event = EventFactory()
    assert changes(event)[0].who.startswith(who)


@each_transaction
def test_a_user_who_is_gone_is_still_told_apart():
    user = User.objects.create_user("ani")
    with pghistory.context(user=user.pk):
        event = EventFactory()
    number = user.pk
    user.delete()
    assert changes(event)[0].who == f"user no. {number}, since deleted"


@each_transaction
def test_what_one_request_did_is_one_change():
    event = EventFactory()
    with pghistory.context(url="/admin/"):
        event.title = "After"
        event.save()
        ParticipationFactory(event=event)
    with transaction.atomic():
        by_sql("UPDATE archive_event SET place = 'Here'")
        by_sql("UPDATE archive_participation SET person = 'A minister'")
    assert [[row.model for row in change.rows] for change in changes(event)] == [
        ["event", "participation"],
        ["event", "participation"],
        ["event"],
    ]


# --- What belongs to a record ------------------------------------------------------------


def test_parts_and_citations_are_included(db):
    event = EventFactory()
    part = ParticipationFactory(event=event, actor_state__name="Freedonia")
    on_part, on_event = CitationFactory(participation=part), CitationFactory(event=event)
    EventFactory()
    CitationFactory(participation=ParticipationFactory())
    RequestFactory(event=event)
    assert {(row.model, row.pk) for row in row_changes(event)} == {
        ("event", event.pk),
        ("participation", part.pk),
        ("citation", on_part.pk),
        ("citation", on_event.pk),
    }
    assert {row.name for row in row_changes(event)} >= {"Freedonia: target", f"“{QUOTES[0]}”"}


def test_votes_belong_to_their_roll_call(db):
    vote = VoteFactory()
    citation = CitationFactory(vote=vote)
    assert {(row.model, row.pk) for row in row_changes(vote.roll_call)} == {
        ("rollcall", vote.roll_call_id),
        ("vote", vote.pk),
        ("citation", citation.pk),
    }


@pytest.mark.parametrize(
    "factory", [RequestFactory, ResponseFactory, MembershipFactory, ProvisionFactory]
)
def test_citations_belong_to_the_record(db, factory):
    record = factory()
    target = models.Citation.target_field_of(type(record))
    citation = CitationFactory(**{target: record})
    assert [(row.model, row.pk) for row in row_changes(record)] == [
        (record._meta.model_name, record.pk),
        ("citation", citation.pk),
    ]


def test_citations_in_an_article_are_of_other_records(db):
    citation = CitationFactory()
    assert [row.model for row in row_changes(citation.article)] == ["article"]
    assert [row.model for row in row_changes(citation)] == ["citation"]


@each_transaction
def test_what_moves_is_told_on_both_sides():
    part = ParticipationFactory(event__title="Here", event__date="")
    old, new = part.event, EventFactory(title="There", date="")
    part.event = new
    part.save()
    part.person = "A minister"
    part.save()
    moved = ("changed", "participation", {"event": ("Here", "There")})
    assert told(old)[0] == moved
    assert told(new)[0][2] == {"person": ("", "A minister")}
    assert told(new)[1] == moved


@each_transaction
def test_rows_that_are_gone_keep_their_names():
    part = ParticipationFactory(actor_state__name="Freedonia")
    event = part.event
    quote = CitationFactory(participation=part).quote
    part.delete()
    models.State.objects.all().delete()
    rows = changes(event)[0].rows
    assert [(row.label, row.name) for row in rows] == [
        ("deleted", "Freedonia: target"),
        ("deleted", f"“{quote}”"),
    ]
    assert ("target", "Freedonia: target", "") in [
        (d.field, d.before, d.after) for d in rows[1].differences
    ]
    assert not any(row.is_current for row in rows)


@each_transaction
def test_a_record_that_is_gone_has_its_history():
    user = User.objects.create_user("ani")
    event = EventFactory(title="Gone")
    assert deleted(models.Event) == []
    with pghistory.context(user=user.pk, reason="Twice."):
        models.Event.objects.all().delete()
    (deletion,) = deleted(models.Event)
    assert (deletion.row, deletion.row.title) == (event, "Gone")
    assert (deletion.who, deletion.reason) == ("ani", "Twice.")
    assert [row.label for row in row_changes(deletion.row)] == ["deleted", "created"]


# --- Fields in words ---------------------------------------------------------------------


@each_transaction
def test_fields_in_words():
    response = ResponseFactory(
        responder_organization=OrganizationFactory(name="League"), date="1933-05"
    )
    response.responder = StateFactory(name="Freedonia")
    response.kind = choices.ResponseKind.SILENCE
    response.basis = choices.SilenceBasis.REPORTED
    response.date = "1933-05-03~"
    response.troops_low = 0
    response.troops_approximate = True
    response.status = Status.IN_REVIEW
    response.save()
    (row,) = changes(response)[0].rows
    assert [(d.label, d.before, d.after) for d in row.differences] == [
        ("status", "Draft", "In review"),
        ("responder", "League", "Freedonia"),
        ("kind", "Statement", "Silence"),
        ("basis of the silence", "", "Reported"),
        ("date", "1933-05", "1933-05-03~"),
        ("troops low", "", "0"),
        ("troops approximate", "no", "yes"),
    ]


@each_transaction
def test_names_of_what_a_row_refers_to_outlive_it():
    request = RequestFactory(requester__name="Freedonia")
    response = ResponseFactory(request=request)
    response.request = RequestFactory(requester__name="Sylvania")
    response.save()
    request.delete()
    request.requester.delete()
    (difference,) = changes(response)[0].rows[0].differences
    assert difference.before == str(request)
    assert difference.before.startswith("Freedonia asks League")
    assert difference.after.startswith("Sylvania asks League")


@each_transaction
def test_long_text_is_compared_by_words():
    event = EventFactory(summary="Nothing happened.")
    models.Event.objects.update(summary="Something happened.", place="Here")
    place, summary = changes(event)[0].rows[0].differences
    assert (place.is_long, summary.is_long) == (False, True)
    assert summary.words == [(REMOVED, "Nothing"), (ADDED, "Something"), (SAME, " happened.")]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_history_of_every_model(db, model):
    record = getattr(factories, f"{model.__name__}Factory")()
    (change,) = [row for row in row_changes(record) if row.pk == record.pk]
    assert (change.label, change.name, change.is_current) == ("created", str(record), True)
    assert change.differences
    (version,) = record.versions.all()
    names = Names([version])
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert str(names.row(version)) == str(record)
    assert len(queries) == 0
    kept = {f.name for column in columns(model).values() for f in column.fields}
    of_version = {f.name for f in type(version)._meta.concrete_fields}
    assert kept == {n for n in of_version if not n.startswith("pgh_")} - {"id", "database_role"}


# Queries for all that an event's or a roll call's history holds, by any number of versions:
# three for versions, one for users, the rest for names, one a model and round.
QUERIES = {"event": 9, "rollcall": 10}


@pytest.mark.parametrize("factory", [EventFactory, RollCallFactory])
@each_transaction
def test_queries_do_not_grow(factory):
    def edit(number):
        with pghistory.context(user=User.objects.create_user(f"user-{number}").pk):
            record.title = f"Title {number}"
            record.save()
            if factory is EventFactory:
                part = ParticipationFactory(event=record, alleged_by=StateFactory())
                CitationFactory(participation=part, event=None)
            else:
                CitationFactory(vote=VoteFactory(roll_call=record))
        CitationFactory(**{models.Citation.target_field_of(type(record)): record})

    record = factory()
    counts = []
    for numbers in (range(1), range(1, 6)):
        for number in numbers:
            edit(number)
        with CaptureQueriesContext(connection) as queries:
            changes(record)
        counts.append(len(queries))
    assert counts == [QUERIES[record._meta.model_name]] * 2, queries.captured_queries


# --- Old states --------------------------------------------------------------------------


def test_restoring_is_a_new_change(db):
    event = EventFactory(title="First", date="1933", summary="One.")
    models.Event.objects.update(title="Second", date="1934-05", summary="Two.")
    first = version_where(event, title="First")
    assert state_at(event, first).title == "First"
    assert [(d.field, d.before, d.after) for d in restore_preview(event, first)] == [
        ("title", "Second", "First"),
        ("date", "1934-05", "1933"),
        ("summary", "Two.", "One."),
    ]
    restored = restore(event, first)
    assert (restored.title, restored.date, restored.summary) == ("First", "1933", "One.")
    assert restored.date_possible.lower.year == 1933
    assert event.versions.count() == 3
    assert changes(event)[0].restored == first
    with pytest.raises(Refused, match="stands so already"):
        restore(event, first)


@each_transaction
def test_who_restored_and_why_is_kept():
    user = User.objects.create_user("ani")
    event = EventFactory(title="First")
    models.Event.objects.update(title="Second")
    first = version_where(event, title="First")
    with pghistory.context(user=user.pk, reason="The first was right."):
        restore(event, first)
    newest = changes(event)[0]
    assert (newest.who, newest.reason, newest.restored) == ("ani", "The first was right.", first)
    (row,) = newest.rows
    assert (row.label, row.is_current, row.differences[0].after) == ("changed", True, "First")


@pytest.mark.parametrize("now", [Status.PUBLISHED, Status.WITHDRAWN])
def test_restoring_never_restores_a_status(db, at_commit, now):
    event = EventFactory(title="As a draft")
    publish(event)
    models.Event.objects.update(title="Later")
    if now == Status.WITHDRAWN:
        models.Event.objects.update(status=now, withdrawal_reason="An error.")
    at_commit()
    draft = version_where(event, title="As a draft", status=Status.DRAFT)
    restored = restore(event, draft)
    assert (restored.title, restored.status) == ("As a draft", now)
    assert restored.withdrawal_reason == ("An error." if now == Status.WITHDRAWN else "")
    assert not {"status", "withdrawal_reason"} & {d.field for d in restore_preview(event, draft)}


def test_a_status_alone_is_nothing_to_restore(db):
    event = publish(EventFactory())
    with pytest.raises(Refused, match="stands so already"):
        restore(event, version_where(event, status=Status.DRAFT))


def test_parts_and_citations_are_restored_through_their_record(db):
    part = ParticipationFactory(person="Rufus Firefly")
    citation = CitationFactory(participation=part, note="First.")
    models.Participation.objects.update(person="")
    models.Citation.objects.update(note="Second.")
    event = part.event
    assert restore(event, version_where(part, person="Rufus Firefly")) == part
    assert restore(event, version_where(citation, note="First.")) == citation
    assert models.Participation.objects.get().person == "Rufus Firefly"
    assert models.Citation.objects.get().note == "First."


def test_versions_of_other_records_are_not_found(db):
    event, other = EventFactory(), EventFactory()
    of_part = version_where(ParticipationFactory(event=other))
    for version in (version_where(other), of_part, "event-x", "vote-1", "event", "nonsense-1"):
        for ask in (restore, restore_preview, state_at):
            with pytest.raises(ObjectDoesNotExist):
                ask(event, version)


def test_a_deleted_citation_is_made_again(db):
    citation = publish(CitationFactory(stance=choices.Stance.QUALIFIES))
    event, key = citation.event, citation.pk
    citation.delete()
    restored = restore(event, version_where(models.Citation(pk=key)))
    assert (restored.pk, restored.uuid, restored.status) == (key, citation.uuid, Status.DRAFT)
    assert (restored.quote, restored.start) == (citation.quote, citation.start)
    assert [v.pgh_label for v in restored.versions.order_by("pgh_id")][-2:] == ["delete", "insert"]


@each_transaction
def test_a_deleted_record_is_made_again_with_what_fell_with_it():
    part = ParticipationFactory()
    later = cite(part)
    event = publish(part.event)
    earlier = CitationFactory(participation=part)
    earlier.delete()
    models.Event.objects.get().delete()
    assert not models.Participation.objects.exists()
    (deletion,) = deleted(models.Event)
    restored = restore(deletion.row, deletion.version)
    assert (restored, restored.status) == (event, Status.DRAFT)
    assert list(models.Participation.objects.all()) == [part]
    on_event = models.Citation.objects.get(event=event)
    assert on_event.status == Status.DRAFT
    assert set(models.Citation.objects.all()) == {later, on_event}
    assert changes(restored)[0].restored == deletion.version
    assert deleted(models.Event) == []


# --- Old states that cannot come back ----------------------------------------------------


def refusal_of(record, version):
    with pytest.raises(Refused) as refusal:
        restore(record, version)
    return str(refusal.value)


def test_what_is_gone_cannot_be_referred_to(db):
    organization = OrganizationFactory(name="Old League")
    response = ResponseFactory(responder_organization=organization)
    models.Response.objects.update(responder_organization=OrganizationFactory())
    version = version_where(response, responder_organization=organization)
    organization.delete()
    words = refusal_of(response, version)
    assert words.startswith("The organization “Old League” is gone")
    assert response.versions.count() == 2


def test_a_citation_of_a_part_that_is_gone_comes_back_with_it(db):
    part = ParticipationFactory(actor_state__name="Freedonia")
    citation = CitationFactory(participation=part)
    event, key = part.event, part.pk
    part.delete()
    words = refusal_of(event, version_where(citation))
    assert words.startswith("The participation “Freedonia: target” is gone")
    restore(event, version_where(models.Participation(pk=key)))
    assert models.Citation.objects.get() == citation


def test_constraints_refuse_in_words(db):
    event = EventFactory()
    state = StateFactory()
    first = ParticipationFactory(event=event, actor_state=state)
    key = first.pk
    first.delete()
    ParticipationFactory(event=event, actor_state=state)
    words = refusal_of(event, version_where(models.Participation(pk=key)))
    assert words == "This actor already has this role in this event."
    assert models.Participation.objects.count() == 1


def test_deferred_rules_refuse_in_words(db, at_commit):
    response = ResponseFactory(date="1933-01")
    models.Response.objects.update(date="1934-01")
    models.Request.objects.update(date="1933-12")
    at_commit()
    words = refusal_of(response, version_where(response, date="1933-01"))
    assert "would end before its request" in words
    assert "Correct one of the two dates" in words
    assert models.Response.objects.get().date == "1934-01"


def test_the_proof_stays(db, at_commit):
    event = EventFactory()
    citation = cite(event, stance=choices.Stance.DISPUTES)
    models.Citation.objects.update(stance=choices.Stance.SUPPORTS)
    models.Event.objects.update(status=Status.PUBLISHED)
    at_commit()
    words = refusal_of(event, version_where(citation, stance=choices.Stance.DISPUTES))
    assert "no published passage of a published article supports it" in words
    assert models.Citation.objects.get().stance == choices.Stance.SUPPORTS


def test_a_quotation_must_still_stand(db):
    citation = CitationFactory(quote=QUOTES[0])
    article = citation.article
    models.Citation.objects.update(quote=QUOTES[3], start=None)
    article.text = article.text.replace("Freedonia asked", "Freedonia begged")
    models.Citation.objects.all().delete()
    article.save()
    words = refusal_of(citation.event, version_where(citation, quote=QUOTES[0]))
    assert "does not stand" in words
