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
from archive.choices import Stance, Status
from archive.releases import making
from archive.releases.making import Edition
from tests import factories as make
from tests.api.conftest import SECRET, build_world, withdraw
from tests.factories import cite, publish

FIRST = Edition("1.0", date(2026, 1, 31), "The League.")


def releasable_world() -> Any:
    """The small public world without errors, and more of what imports bring."""
    world = build_world()
    # What is only disputed is an error, among drafts too: tested by itself.
    cite(world.pact, article=world.article)
    models.Citation.objects.exclude(pk__in=models.Citation.objects.public()).filter(
        stance=Stance.DISPUTES
    ).update(stance=Stance.QUALIFIES)
    taken = world.votes[1].imported
    models.Import.objects.filter(pk=taken.pk).update(imported_by=SECRET)
    uncited = make.VoteFactory(
        roll_call=world.other_roll_call, state=world.osterlich, imported=taken, import_line=5
    )
    # Another file says otherwise of an imported vote: a reviewer has decided.
    make.DiscrepancyFactory(
        source_import=make.ImportFactory(slug="later-file", source=world.herald, file_name="b.csv"),
        vote=uncited,
        field="choice",
        held=uncited.choice,
        imported="absent",
        settled_at="2026-01-05T12:00:00.000001Z",
        settled_by=SECRET,
        settlement="held",
        reason="The journal says so:\n“yes”.",
    )
    # Of a draft, and of what was withdrawn, nothing is released, nor its import.
    inner = make.ImportFactory(slug="sylvania-file", file_name=f"{SECRET}.csv")
    gone = make.RollCallFactory(slug="sylvania-gone", body=world.league)
    withdraw(publish(gone))
    for roll_call in (gone, models.RollCall.objects.get(status=Status.DRAFT)):
        for line, each in enumerate((taken, inner), 7):
            each.imported_rows.create(line=line, made=True, roll_call=roll_call)
        make.VoteFactory(roll_call=roll_call, state=world.osterlich, imported=inner, import_line=9)
    return world


@pytest.fixture(scope="module")
def made(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[SimpleNamespace]:
    root = tmp_path_factory.mktemp("releases")
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(RELEASES_DIR=root):
        world = releasable_world()
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
