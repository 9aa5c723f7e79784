"""No rule can be forgotten: each is met in the tables of this folder, by SQL and a fixture."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, models

from archive.models import Record
from tests.models.breaches import Breach

HERE = Path(__file__).parent

MODELS = [
    model for model in apps.get_app_config("archive").get_models() if issubclass(model, Record)
]

UNREACHABLE = {
    # The trigger that places the quotation finds no words before the text begins.
    "archive_citation_start_check",
}


def breaches() -> list[Breach]:
    modules = [import_module(f"tests.models.{path.stem}") for path in HERE.glob("test_*.py")]
    return [breach for module in modules for breach in getattr(module, "BREACHES", [])]


def test_constraints_of_the_models_are_tried():
    declared = {constraint.name for model in MODELS for constraint in model._meta.constraints}
    assert len(declared) > 60
    assert declared <= {breach.rule for breach in breaches()}


def test_refusals_of_the_triggers_are_tried():
    sources = [settings.BASE_DIR / "archive/sql/rules.sql"]
    sources += (settings.BASE_DIR / "archive/models").glob("*.py")
    named = {
        name
        for path in sources
        for name in re.findall(r"archive_refuse\(\s*'(\w+)'", path.read_text())
    }
    assert "archive_published_is_proven" in named
    # No fixture holds a release: tests/releases/test_making.py tries to change one.
    named.remove("archive_release_stays_as_it_is")
    assert named <= {breach.rule for breach in breaches()}


@pytest.mark.django_db
def test_constraints_in_the_database_are_tried():
    """Those too that come with a field: unique keys, and numbers that are not negative."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = ANY(%s::regclass[]) "
            "AND contype IN ('c', 'u', 'x')",
            [[model._meta.db_table for model in MODELS]],
        )
        stored = {name for (name,) in cursor.fetchall()}
    assert stored - UNREACHABLE <= {breach.rule for breach in breaches()}
    assert stored >= UNREACHABLE


def test_fixtures_meet_every_rule_that_sql_meets():
    loadable = {breach.rule for breach in breaches() if breach.is_loadable}
    assert loadable == {breach.rule for breach in breaches()}


def test_every_module_with_breaches_tries_them_both_ways():
    for path in HERE.glob("test_*.py"):
        module = import_module(f"tests.models.{path.stem}")
        if not hasattr(module, "BREACHES"):
            continue
        tests = {"test_sql_meets_the_rule", "test_loaddata_meets_the_rule"}
        if path.stem == "test_imports":
            tests = {"test_sql_meets_the_rule"}  # imports do not travel in fixtures
        assert tests <= set(vars(module))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_vocabularies_are_checked_by_the_database(model):
    checked = {constraint.name for constraint in model._meta.constraints}
    for field in model._meta.concrete_fields:
        if field.choices:
            assert f"archive_{model._meta.model_name}_{field.name}_in_vocabulary" in checked


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_checks_speak_to_people(model):
    for constraint in model._meta.constraints:
        default = models.BaseConstraint.default_violation_error_message
        assert constraint.violation_error_message != default, constraint.name
