"""The revision moves with every change that the public can see, and with no other."""

import pytest
from django.db import connection, connections, transaction

from archive import models
from archive.choices import Status
from archive.models import Revision
from tests import factories as make
from tests.factories import cite, publish

pytestmark = pytest.mark.django_db

TRACKED = [model for model in models.Record.__subclasses__() if not model._meta.abstract]
TRACKED += models.Publishable.__subclasses__()
REFERENCE = (models.Source, models.State, models.Organization, models.Provision)


@pytest.fixture
def moved():
    """Whether the revision has moved since it was last asked."""
    last = Revision.current()

    def moved():
        nonlocal last
        before, last = last, Revision.current()
        return before != last

    return moved


def a_public(model):
    record = getattr(make, f"{model.__name__}Factory")()
    match record:
        case models.Participation():
            publish(record.event)
            cite(record)
        case models.Vote():
            publish(record.roll_call)
            cite(record)
        case models.Citation():
            publish(record.event)
            record.article.status = Status.PUBLISHED
            record.article.save()
            record.status = Status.PUBLISHED
            record.save()
        case models.Article():
            record.status = Status.PUBLISHED
            record.save()
        case models.Publishable():
            publish(record)
    return record


@pytest.mark.parametrize("model", TRACKED)
def test_any_writer_moves_it(model, moved, at_commit):
    record = a_public(model)
    assert moved()
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET id = id WHERE id = %s", [record.pk])
        assert not moved()  # nothing has changed
    change(record)
    assert moved()
    at_commit()  # the database empties no table whose rows it has still to judge
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {table} CASCADE")
    assert moved()


def change(record):
    text, value = next(
        (field.name, "no" if field.choices else "Otherwise.")
        for field in record._meta.concrete_fields
        if field.name in {"title", "name", "summary", "note", "person", "intended", "gist"}
    )
    type(record).objects.filter(pk=record.pk).update(**{text: value})


@pytest.mark.parametrize("model", [model for model in TRACKED if model not in REFERENCE])
def test_drafts_do_not_move_it(model, moved):
    record = getattr(make, f"{model.__name__}Factory")()
    moved()
    change(record)
    assert not moved()


def test_a_passage_that_nobody_sees_does_not_move_it(moved):
    draft = make.EventFactory()
    citation = cite(draft, status=Status.PUBLISHED)
    citation.article.status = Status.PUBLISHED
    citation.article.save()
    moved()
    citation.note = "Read again."
    citation.save()
    assert not moved()


def test_votes_have_a_count_of_their_own():
    before = Revision.current()
    publish(make.EventFactory())
    assert Revision.current().votes == before.votes != Revision.current().changes
    vote = make.VoteFactory()
    publish(vote.roll_call)
    cite(vote)
    assert Revision.current().votes > before.votes


@pytest.mark.django_db(transaction=True)
def test_two_writers_wait_for_no_one_and_both_are_counted():
    before = Revision.current().changes
    other = connections.create_connection("default")
    try:
        with transaction.atomic():
            make.StateFactory()
            with other.cursor() as cursor:
                cursor.execute("SET lock_timeout = '2s'")
                cursor.execute("SELECT archive_move_revision(false)")
            assert Revision.current().changes == before + 2
        assert Revision.current().changes == before + 2
        assert Revision.objects.count() >= 1
    finally:
        other.close()
