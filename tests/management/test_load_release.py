"""A release becomes an archive again, under every rule; or nothing of it is taken in."""

import shutil
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from archive import models
from archive.imports import mass
from archive.releases import making, opening
from archive.releases.making import Edition
from archive.releases.package import digest_of, sums_of
from tests.releases.conftest import releasable_world

pytestmark = pytest.mark.django_db

FIRST = Edition("1.0", date(2026, 1, 31), licence="CC-BY-4.0", changelog=b"# Changes\n")


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    """A release of an archive that is gone again."""
    root = tmp_path_factory.mktemp("release")
    with django_db_blocker.unblock(), transaction.atomic():
        releasable_world()
        folder = making.make(FIRST, root)
        transaction.set_rollback(True)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "casus-1.0")


def load(path):
    out = StringIO()
    call_command("load_release", path, stdout=out)
    return out.getvalue()


def change(folder, path, old, new):
    """As who tampers would: with the sums written anew."""
    content = (folder / path).read_bytes()
    assert old.encode() in content
    (folder / path).write_bytes(content.replace(old.encode(), new.encode(), 1))
    files = {
        each.relative_to(folder).as_posix(): digest_of(each)
        for each in folder.rglob("*")
        if each.is_file() and each.name != "SHA256SUMS"
    }
    (folder / "SHA256SUMS").write_text(sums_of(files))


def test_an_archive_is_rebuilt_with_what_imports_brought(made, tmp_path, monkeypatch, at_commit):
    monkeypatch.setattr(mass, "MANY", 1)  # so that the table of votes is filled bare
    said = load(made.parent / "casus-1.0.zip")
    at_commit()
    assert said.startswith("Loaded release 1.0: ")
    assert "3 votes" not in said
    assert "4 votes" in said
    taken = models.Import.objects.get(slug="votes-file")
    assert taken.imported_by == "release 1.0"
    assert taken.report == {"votes": {"made": 1}}
    brought = models.Vote.objects.filter(imported=taken).order_by("import_line")
    assert [each.import_line for each in brought] == [3, 5]
    settled = models.Discrepancy.objects.get(settled_at__isnull=False)
    assert settled.record == brought[1]
    assert (settled.settled_by, settled.reason) == ("release 1.0", "The journal says so:\n“yes”.")
    assert models.RollCall.objects.filter(imported_rows__source_import=taken).get() in (
        models.RollCall.objects.public()
    )
    assert opening.edition_of(made).licence == "CC-BY-4.0"
    assert "texts of others: CC-BY-4.0." in (made / "LICENCES.md").read_text()
    assert "license: CC-BY-4.0\n" in (made / "CITATION.cff").read_text()
    again = making.make(FIRST, tmp_path / "again")
    assert {path.name: path.read_bytes() for path in again.rglob("*.*")} == {
        path.name: path.read_bytes() for path in made.rglob("*.*")
    }
    with pytest.raises(CommandError, match=r"holds records already \(states, .* into an empty one"):
        load(made)


@pytest.mark.parametrize(
    ("path", "old", "new", "words"),
    [
        ("data/imported_rows.csv", ",league-1", ",league-9", "exactly one record"),
        ("data/votes.csv", "votes-file,3", "votes-file,x", "invalid input syntax"),
        ("data/votes.csv", "import_line", "line", "other columns"),
        ("data/votes.csv", "votes-file,3", "my-file,3", "An imported vote has its import"),
        ("fixtures/13_citations.yaml", "quote: ", "quote: not ", "does not stand"),
        ("fixtures/07_events.yaml", "archive.event", "auth.user", "holds a record of auth.user"),
        ("fixtures/14_imports.yaml", "rows:", "imported_by:", "No release says imported_by"),
        ("fixtures/01_states.yaml", "name:", "nom:", "has no field nom"),
        ("fixtures/13_citations.yaml", "[gazette-1933", "[gazette-1999", "there is no article"),
        ("fixtures/14_imports.yaml", "slug: votes", "slug: my", "there is no import votes-file"),
        ("fixtures/01_states.yaml", "name:", "name: [", "is no YAML"),
    ],
)
def test_what_breaks_a_rule_is_refused_whole(folder, path, old, new, words):
    change(folder, path, old, new)
    with pytest.raises(CommandError, match=words) as refusal:
        load(folder)
    assert "Nothing was loaded." in str(refusal.value)
    assert not models.State.objects.exists()
    assert not models.Source.objects.exists()


def test_files_of_other_names_are_no_fixtures(folder):
    shutil.copy(folder / "fixtures/01_states.yaml", folder / "fixtures/16_users.yaml")
    change(folder, "CITATION.cff", "Casus", "Casus")
    with pytest.raises(CommandError, match=r"16_users\.yaml is no file of a release"):
        load(folder)


def test_sums_are_compared_before_anything_is_loaded(folder):
    (folder / "fixtures/01_states.yaml").write_text("[]\n")
    with pytest.raises(CommandError, match=r"01_states\.yaml is not as it was made"):
        load(folder)
