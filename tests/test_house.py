"""Walks all models, and what else must not fall apart unnoticed."""

import ast
import re
from io import StringIO
from pathlib import Path

import pgtrigger
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection, models

import archive.models
from tests import factories
from tests.models.test_constraints import MODELS

BASE = settings.BASE_DIR

# Fields that a curator fills in, but whose label says all.
NEEDS_NO_HELP: dict[str, str] = {}
for target in archive.models.citation.CITABLE:
    NEEDS_NO_HELP[f"Citation.{target}"] = "one of the targets; the form explains them together"
for part, owner in (("Participation", "event"), ("Vote", "roll_call")):
    NEEDS_NO_HELP[f"{part}.{owner}"] = "filled in by the form of the record that it is a part of"

# Deletions that take other rows along.
CASCADES = {
    "Participation.event": "a part of the event",
    "Vote.roll_call": "a part of the roll call",
    **{
        f"Citation.{target}": "a passage about a record that is gone is about nothing"
        for target in archive.models.citation.CITABLE
    },
}


def each_model():
    return pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


def curated_fields(model):
    """What a person writes: neither keys nor what the database fills in."""
    return [
        field
        for field in model._meta.get_fields()
        if field.concrete and field.editable and not field.auto_created
    ]


def test_there_are_thirteen_models():
    assert len(MODELS) == 13


@each_model()
def test_docstring_says_what_a_row_is(model):
    assert model.__doc__
    assert not model.__doc__.startswith(f"{model.__name__}(")  # Django's own
    assert model.__doc__.splitlines()[0].endswith(".")


@each_model()
def test_ordering_leaves_no_ties(model):
    """Pages and dumps come in one order: it ends in a key that is unique."""
    ordering = [name.split("__") for name in model._meta.ordering]
    assert ordering
    roots = {path[0] for path in ordering}
    assert any(key <= roots for key in unique_keys(model)), (ordering, unique_keys(model))


@each_model()
def test_natural_key_is_unique_in_the_database(model):
    roots = set()
    for lookup in model.natural_key_lookups:
        name = lookup.split("__")[0]
        is_actor = not hasattr(model, f"{name}_id") and hasattr(model, f"{name}_state")
        roots |= {f"{name}_state", f"{name}_organization"} if is_actor else {name}
    assert roots in unique_keys(model)


def unique_keys(model):
    keys = [{field.name} for field in model._meta.concrete_fields if field.unique]
    keys += [
        set(constraint.fields)
        for constraint in model._meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None
    ]
    return keys


@each_model()
@pytest.mark.django_db
def test_natural_key_finds_its_row_among_others(model):
    make = factory_of(model)
    records = [make() for _ in range(3)]
    for record in records:
        assert model.objects.get_by_natural_key(*record.natural_key()) == record


@each_model()
@pytest.mark.django_db
def test_factory_makes_a_row_that_breaks_no_rule(model, at_commit):
    record = factory_of(model)()
    at_commit()
    assert factory_of(model)._meta.model is model
    assert str(type(record).objects.get(pk=record.pk))


def factory_of(model):
    return getattr(factories, f"{model.__name__}Factory")


@each_model()
def test_fields_tell_the_curator_what_to_write(model):
    silent = {
        f"{model.__name__}.{field.name}"
        for field in curated_fields(model)
        if not field.help_text.strip()
    }
    assert silent == {name for name in NEEDS_NO_HELP if name.startswith(f"{model.__name__}.")}


@each_model()
def test_help_is_made_of_sentences(model):
    for field in curated_fields(model):
        assert not field.help_text or field.help_text[-1] in ".”", field


@each_model()
def test_references_protect_what_they_point_to(model):
    for field in model._meta.concrete_fields:
        if field.is_relation:
            name = f"{model.__name__}.{field.name}"
            expected = models.CASCADE if name in CASCADES else models.PROTECT
            assert field.remote_field.on_delete is expected, name


@each_model()
def test_references_can_be_followed_back(model):
    for field in model._meta.concrete_fields:
        if field.is_relation:
            assert field.remote_field.related_name, field


def test_exceptions_are_still_needed():
    fields = {f"{model.__name__}.{field.name}" for model in MODELS for field in model._meta.fields}
    assert {*NEEDS_NO_HELP, *CASCADES} <= fields


@pytest.mark.django_db
def test_the_database_protects_references_by_itself():
    """No key lets PostgreSQL delete or empty rows along: what falls is what Django records."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND confdeltype <> 'a' "
            "AND conrelid = ANY(%s::regclass[])",
            [[model._meta.db_table for model in MODELS]],
        )
        assert cursor.fetchall() == []


# --- Migrations, functions, triggers ---------------------------------------------------------


@pytest.mark.django_db
def test_migrations_are_complete():
    out = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=out)  # exits if one is missing
    assert out.getvalue() == "No changes detected\n"


@pytest.mark.django_db
def test_sql_functions_are_those_of_the_files():
    before = functions()
    files = sorted((BASE / "archive/sql").glob("*.sql"))
    with connection.cursor() as cursor:
        for path in files:
            cursor.execute(path.read_text())
    assert functions() == before
    named = {
        name
        for path in files
        for name in re.findall(r"^CREATE OR REPLACE FUNCTION (\w+)", path.read_text(), re.M)
    }
    assert set(before) == named


def functions():
    """Our functions as PostgreSQL has them, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname, pg_get_functiondef(oid) FROM pg_proc "
            "WHERE pronamespace = 'public'::regnamespace AND proname ~ '^(archive|edtf)_'"
        )
        return dict(cursor.fetchall())


@pytest.mark.django_db
def test_triggers_are_installed_and_enabled():
    registered = [
        (model, trigger)
        for model, trigger in pgtrigger.registered()
        if model._meta.app_label == "archive"
    ]
    assert len(registered) > 100
    for model, trigger in registered:
        status, is_enabled = trigger.get_installation_status(model)
        assert (status, is_enabled) == (pgtrigger.core.INSTALLED, True), (model, trigger)


def test_every_model_module_is_exported():
    defined = {
        node.name
        for path in (BASE / "archive/models").glob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef)
    }
    assert {model.__name__ for model in MODELS} <= defined
    assert {model.__name__ for model in MODELS} <= set(archive.models.__all__)
    assert archive.models.__all__ == sorted(archive.models.__all__)
    for model in MODELS:
        assert model.__module__ == f"archive.models.{model.__name__.lower()}"
        assert (BASE / f"tests/models/test_{model.__name__.lower()}.py").exists()


# --- Documents -------------------------------------------------------------------------------

DOCUMENTS = [
    path
    for path in (
        BASE / "README.md",
        BASE / "CONTRIBUTING.md",
        *sorted((BASE / "docs").rglob("*.md")),
    )
    if path.exists()
]
ROOMS = ("archive", "bench", "config", "docs", "fixtures", "requirements", "tests", ".ci")
# In backticks: a path that begins with a folder of ours, or the bare name of a file.
NAMED_PATH = re.compile(
    rf"`((?:{'|'.join(map(re.escape, ROOMS))})/[\w./*-]*|[\w-]+\.(?:toml|yml|md|py|sql))`"
)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(BASE).as_posix())
def test_documents_name_only_files_that_exist(path):
    missing = {name for name in NAMED_PATH.findall(path.read_text()) if not exists(name)}
    assert missing == set()


def exists(name):
    """Whether there is such a file. In a name, x stands for any model: `archive/models/x.py`."""
    pattern = re.sub(r"(?<![a-z])x(?=\.)", "*", name.rstrip("/"))
    places = [BASE] if "/" in name else [BASE, *(BASE / room for room in ROOMS)]
    return any(
        next(place.glob(pattern if place == BASE else f"**/{pattern}"), None) for place in places
    )


def test_a_file_that_is_gone_is_noticed():
    assert exists("archive/sql/edtf.sql")
    assert exists("rules.sql")
    assert exists("tests/models/test_x.py")
    assert not exists("archive/sql/edtf.py")
    assert not exists("gone.py")


def test_named_paths_are_recognized():
    text = "See `archive/sql/edtf.sql`, `tests/`, `pyproject.toml`; not `csto/x.py` or `a.b`."
    assert NAMED_PATH.findall(text) == ["archive/sql/edtf.sql", "tests/", "pyproject.toml"]


def test_decision_records_are_numbered_and_short():
    records = sorted((BASE / "docs/adr").glob("*.md"))
    assert records
    for path in records:
        assert re.fullmatch(r"\d{4}(-[a-z0-9]+)+\.md", path.name), path.name
        lines = Path(path).read_text().splitlines()
        assert lines[0].startswith(f"# {int(path.name[:4])}. "), path.name
        assert 20 <= len(lines) <= 50, (path.name, len(lines))
