"""History sees every change, whoever makes it, and only changes."""

import datetime

import pghistory
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from archive import fixtures
from archive.choices import Status
from archive.models import Article, Citation, Event, State
from archive.models.fields import is_derived
from tests import factories
from tests.factories import CitationFactory, EventFactory, StateFactory
from tests.models.test_constraints import MODELS

pytestmark = pytest.mark.django_db


def versions(record):
    return list(record.versions.order_by("pgh_id"))


def execute(sql, params=()):
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def by_sql(code, name):
    execute(
        "INSERT INTO archive_state (code, name, official_name, iso2, m49, cow_letters, existed) "
        "VALUES (%s, %s, '', '', '', '', '') ON CONFLICT (code) DO UPDATE SET name = excluded.name",
        [code, name],
    )


def by_orm(code, name):
    State.objects.update_or_create(code=code, defaults={"name": name})


def in_bulk(code, name):
    if State.objects.filter(code=code).update(name=name) == 0:
        State.objects.bulk_create([State(code=code, name=name)])


@pytest.fixture
def by_loaddata(tmp_path):
    def load(code, name):
        path = tmp_path / "states.yaml"
        path.write_text(fixtures.Serializer().serialize([State(code=code, name=name)]))
        call_command("loaddata", str(path), verbosity=0)

    return load


@pytest.fixture(params=["sql", "orm", "bulk", "loaddata"])
def write(request, by_loaddata):
    """Writes a state with this code and name, whether it is there or not."""
    ways = {"sql": by_sql, "orm": by_orm, "bulk": in_bulk, "loaddata": by_loaddata}
    return ways[request.param]


def test_inserts_and_changes_are_recorded_whoever_makes_them(write):
    write("ARM", "Hayastan")
    write("ARM", "Armenia")
    state = State.objects.get()
    first, second = versions(state)
    assert [(v.pgh_label, v.code, v.name) for v in (first, second)] == [
        ("insert", "ARM", "Hayastan"),
        ("update", "ARM", "Armenia"),
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT transaction_timestamp(), session_user")
        moment, role = cursor.fetchone()
    for version in (first, second):
        assert version.pgh_created_at == moment
        assert version.database_role == role
        assert version.pgh_obj == state
        assert version.pgh_context is None


def test_a_write_that_changes_nothing_leaves_no_trace(write):
    write("ARM", "Armenia")
    moment = State.objects.get().updated_at
    write("ARM", "Armenia")
    assert State.objects.get().updated_at == moment
    assert len(versions(State.objects.get())) == 1


def test_a_change_moves_updated_at(write):
    write("ARM", "Hayastan")
    moment = State.objects.get().updated_at
    write("ARM", "Armenia")
    assert State.objects.get().updated_at > moment


@pytest.mark.django_db(transaction=True)
def test_the_user_is_kept_with_the_change(write):
    user = User.objects.create_user("ani")
    with pghistory.context(user=user.pk, reason="Checked."):
        write("ARM", "Hayastan")
    write("ARM", "Armenia")
    first, second = versions(State.objects.get())
    assert first.pgh_context.metadata == {"user": user.pk, "reason": "Checked."}
    assert second.pgh_context is None


@pytest.mark.parametrize(
    "delete", [lambda: execute("DELETE FROM archive_state"), lambda: State.objects.all().delete()]
)
def test_deletions_are_recorded(delete):
    state = StateFactory(code="ARM", name="Armenia")
    user = User.objects.create_user("ani")
    with pghistory.context(user=user.pk):
        delete()
    assert not State.objects.exists()
    last = versions(state)[-1]
    assert (last.pgh_label, last.code, last.name) == ("delete", "ARM", "Armenia")
    assert last.pgh_context.metadata["user"] == user.pk


def test_citations_that_fall_with_their_record_are_recorded():
    citation = CitationFactory()
    citation.event.delete()
    assert not Citation.objects.exists()
    assert versions(citation)[-1].pgh_label == "delete"
    assert versions(citation)[-1].quote == citation.quote


def test_updated_at_cannot_be_written():
    event = EventFactory()
    event.refresh_from_db()
    Event.objects.update(updated_at=datetime.datetime(1933, 5, 3, tzinfo=datetime.UTC))
    assert Event.objects.get().updated_at == event.updated_at
    Event.objects.update(
        title="Another", updated_at=datetime.datetime(1933, 5, 3, tzinfo=datetime.UTC)
    )
    assert Event.objects.get().updated_at > event.updated_at


def test_a_found_start_is_no_change():
    """Loading a citation without its start finds the same place again."""
    citation = CitationFactory()
    Citation.objects.update(start=None)
    citation.refresh_from_db()
    assert len(versions(citation)) == 1
    assert versions(citation)[0].start == citation.start


def test_versions_tell_the_status_at_each_time():
    event = factories.publish(EventFactory())
    event.status, event.withdrawal_reason = Status.WITHDRAWN, "An error."
    event.save()
    assert [version.status for version in versions(event)] == ["draft", "published", "withdrawn"]
    assert versions(event)[-1].withdrawal_reason == "An error."


# --- Every record model --------------------------------------------------------------------


def each_model():
    return pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def make(model):
    return getattr(factories, f"{model.__name__}Factory")()


CHANGES = {
    "Article": {"note": "The page carries no date."},
    "Citation": {"note": "Read with the next sentence."},
    "Event": {"place": "Freedonia"},
    "Membership": {"note": "The year is the treaty's."},
    "Organization": {"acronym": "LON"},
    "Participation": {"person": "The minister"},
    "Provision": {"article_number": "11"},
    "Request": {"summary": "It asked."},
    "Response": {"troops_low": 2000},
    "RollCall": {"complete": True},
    "Source": {"note": "Weekly."},
    "State": {"aliases": ["Freedonia"]},
    "Vote": {"intended": "no"},
}


@each_model()
def test_every_model_has_versions(model):
    record = make(model)
    rows = model.objects.filter(pk=record.pk)
    moment = rows.get().updated_at
    rows.update(**CHANGES[model.__name__])
    changed = rows.get().updated_at
    rows.update(**CHANGES[model.__name__])
    assert moment < changed == rows.get().updated_at
    rows.delete()

    found = versions(record)
    assert [version.pgh_label for version in found] == ["insert", "update", "delete"]
    for name, value in CHANGES[model.__name__].items():
        assert [getattr(version, name) == value for version in found] == [False, True, True]


@each_model()
def test_versions_hold_every_field_but_what_the_database_derives(model):
    version = model.versions.rel.related_model
    kept = {f.name for f in version._meta.concrete_fields if not f.name.startswith("pgh_")}
    written = {
        f.name for f in model._meta.concrete_fields if not is_derived(f) and f.name != "updated_at"
    }
    assert kept == written | {"database_role"}


@each_model()
@pytest.mark.parametrize("sql", ["UPDATE {} SET pgh_label = 'insert'", "DELETE FROM {}"])
def test_versions_are_append_only(model, sql):
    record = make(model)
    table = model.versions.rel.related_model._meta.db_table
    with pytest.raises(DatabaseError, match=r"Cannot (update|delete)"), transaction.atomic():
        execute(sql.format(table))
    assert [version.pgh_label for version in versions(record)] == ["insert"]


def test_derived_columns_are_left_out():
    assert not hasattr(versions(factories.ArticleFactory())[0], "sha256")
    assert {"sha256", "published_possible"} <= {f.name for f in Article._meta.concrete_fields}
