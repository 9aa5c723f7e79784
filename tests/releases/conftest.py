"""One release of the small public world, made once a module; see tests/api/conftest.py."""

import shutil
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from archive import models
from archive.choices import Stance
from archive.releases import making
from archive.releases.making import Edition
from tests.api.conftest import build_world
from tests.factories import cite

FIRST = Edition("1.0", date(2026, 1, 31), "The League.")


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[SimpleNamespace]:
    root = tmp_path_factory.mktemp("releases")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(RELEASES_DIR=root):
        world = build_world()
        # What is only disputed is an error, among drafts too: tested by itself.
        cite(world.pact, article=world.article)
        models.Citation.objects.exclude(pk__in=models.Citation.objects.public()).filter(
            stance=Stance.DISPUTES
        ).update(stance=Stance.QUALIFIES)
        folder = making.make(FIRST, root)
        yield SimpleNamespace(world=world, root=root, folder=folder, zip=root / "casus-1.0.zip")
        transaction.set_rollback(True)


@pytest.fixture
def db(made: SimpleNamespace, django_db_blocker: Any) -> Iterator[None]:
    """In the place of pytest-django's: what a test changes is undone, the release stays."""
    with (
        django_db_blocker.unblock(),
        transaction.atomic(),
        override_settings(RELEASES_DIR=made.root),
    ):
        yield
        transaction.set_rollback(True)
    for path in made.root.glob("casus-1.1*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture
def release(db: None, made: SimpleNamespace) -> SimpleNamespace:
    return made
