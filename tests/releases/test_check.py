"""A release is rebuilt elsewhere to the byte; and whatever was done to one is found."""

import csv
import errno
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from datetime import date

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

from archive.releases import check, opening
from archive.releases.opening import CheckFailedError
from archive.releases.package import digest_of, sums_of

# What another machine has otherwise.
ELSEWHERE = {"TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"}
EXPORT = """
import sys
from datetime import date
from pathlib import Path
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from django.core.management import call_command
call_command(
    "export_release", "1.0", into=Path(sys.argv[2]), date=date(2026, 1, 31), notes=sys.argv[3]
)
"""


@pytest.fixture
def copy(release, tmp_path):
    """A copy of the folder, to be tampered with."""
    return shutil.copytree(release.folder, tmp_path / "casus-1.0")


def resum(folder):
    """Writes the sums anew, as who tampers would."""
    files = {
        path.relative_to(folder).as_posix(): digest_of(path)
        for path in folder.rglob("*")
        if path.is_file() and path.name != "SHA256SUMS"
    }
    (folder / "SHA256SUMS").write_text(sums_of(files))


def change(path, old, new):
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def test_a_release_is_rebuilt_to_the_byte_wherever_it_is_made(release, tmp_path, monkeypatch):
    """Once by the check, and once by a process in another zone, locale and order of sets.

    The world has a restricted article: its withheld text carries the quotations.
    """
    write, made = check.write, []

    def write_here_and_elsewhere(edition, place, using):
        subprocess.run(
            [sys.executable, "-c", EXPORT, using, str(tmp_path), "The League."],
            check=True,
            cwd=settings.BASE_DIR,
            env={**os.environ, **ELSEWHERE, "DJANGO_SETTINGS_MODULE": "config.settings"},
        )
        made.append(using)
        return write(edition, place, using)

    monkeypatch.setattr(check, "write", write_here_and_elsewhere)
    words = check.check(release.zip)
    assert words.startswith("Release 1.0: ")
    assert words.endswith(" files are as they were made, and rebuilt to the byte.")
    assert (tmp_path / "casus-1.0.zip").read_bytes() == release.zip.read_bytes()
    [scratch] = made
    assert scratch not in connections.databases
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT FROM pg_database WHERE datname = %s", [scratch])
        assert cursor.fetchone() is None


# --- Sums -----------------------------------------------------------------------------------


def test_a_file_that_was_changed_is_named(copy):
    change(copy / "data/events.csv", b"War", b"war")
    (copy / "LICENCES.md").unlink()
    (copy / "more.txt").write_text("More.")
    with pytest.raises(CommandError) as refusal:
        call_command("check_release", copy)
    assert str(refusal.value).splitlines() == [
        "LICENCES.md is missing.",
        "more.txt is not in SHA256SUMS.",
        "data/events.csv is not as it was made: its SHA-256 is another.",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"../casus-1.0/a": ""}, "outside of its folder"),
        ({"/etc/a": ""}, "outside of its folder"),
        ({"a": ""}, "outside of its folder"),
        ({"a/a": "", "b/a": ""}, "holds one folder"),
        ({}, "holds one folder"),
        ({"casus-1.0/a": ""}, "no SHA256SUMS"),
        ({"casus-1.0/SHA256SUMS": "no sums"}, "no line of SHA256SUMS"),
    ],
)
def test_what_is_no_release_is_refused(tmp_path, content, words):
    path = tmp_path / "casus.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    with pytest.raises(CheckFailedError, match=words):
        check.check(path)


def test_what_is_no_zip_is_refused(release, tmp_path):
    with pytest.raises(CheckFailedError, match="There is no "):
        check.check(tmp_path / "none.zip")
    cut = tmp_path / "cut.zip"
    cut.write_bytes(release.zip.read_bytes()[:20_000])
    with pytest.raises(CheckFailedError, match=r"is damaged: .*\. Fetch it again\."):
        check.check(cut)
    content = bytearray(release.zip.read_bytes())
    content[2000:2100] = bytes(100)
    cut.write_bytes(content)
    with pytest.raises(CheckFailedError, match=r"is damaged: .*\. Fetch it again\."):
        check.check(cut)
    cut.write_text("<html>Not found</html>")
    with pytest.raises(CheckFailedError, match="neither a folder nor a zip"):
        check.check(cut)


def test_a_full_disk_is_no_damage(release, monkeypatch):
    def extractall(archive, place):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", extractall)
    with pytest.raises(CheckFailedError, match="cannot be unpacked: No space left on device"):
        check.check(release.zip)


# --- Tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "column", "cell", "words"),
    [
        ("events", "kind", "picnic", "line 2: “picnic” cannot stand in kind"),
        ("events", "date_earliest", "1933-13-01", "“1933-13-01” cannot stand in date_earliest"),
        ("events", "contested", "maybe", "“maybe” cannot stand in contested"),
        ("responses", "troops_low", "2,000", "“2,000” cannot stand in troops_low"),
        ("events", "slug", "", "“” cannot stand in slug"),
        ("votes", "state", "XXX", "state “XXX” is no row of states"),
        ("participations", "evidence_citation", "x", "“x” is no row of citations"),
    ],
)
def test_cells_that_the_schema_does_not_allow_are_named(copy, name, column, cell, words):
    path = copy / f"data/{name}.csv"
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    rows[1][rows[0].index(column)] = cell
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    resum(copy)
    with pytest.raises(CheckFailedError, match=words):
        check.check(copy)


def test_keys_that_stand_twice_and_lines_cut_short_are_named(copy):
    path = copy / "data/votes.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines, lines[1], b"a,b\r\n"]))
    resum(copy)
    with pytest.raises(CheckFailedError) as failure:
        check.check(copy)
    assert [words.split(": ")[1] for words in failure.value.problems] == [
        "its key stands twice.",
        "2 cells.",
    ]


def test_a_descriptor_of_other_columns_is_refused(copy):
    path = copy / "datapackage.json"
    package = json.loads(path.read_text())
    package["resources"][0]["schema"]["fields"].pop()
    path.write_text(json.dumps(package))
    resum(copy)
    with pytest.raises(CheckFailedError, match=r"states\.csv has other columns .* aliases"):
        check.check(copy)
    path.write_text("[]")
    resum(copy)
    with pytest.raises(CheckFailedError, match="cannot be read"):
        check.check(copy)


# --- Rebuilding -----------------------------------------------------------------------------


@pytest.fixture
def nearly_rebuilt(monkeypatch):
    """Up to the database, which takes its time: the one test above goes all the way."""

    def refuse(say):
        raise CheckFailedError("It came to the database.")

    monkeypatch.setattr(check, "scratch_database", refuse)


def test_only_a_release_that_is_whole_is_loaded(copy, nearly_rebuilt):
    with pytest.raises(CheckFailedError, match="came to the database"):
        check.check(copy)


def test_a_check_that_is_interrupted_says_so(copy, monkeypatch):
    def interrupt(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "verify_package", interrupt)
    with pytest.raises(CommandError, match=r"Interrupted\. Nothing was proven\.") as stopped:
        call_command("check_release", copy)
    assert stopped.value.returncode == 130


def test_a_role_that_may_make_no_database_is_told_so(db, monkeypatch):
    default = connections["default"]
    as_usual = default._nodb_cursor

    @contextmanager
    def as_another():
        with as_usual() as cursor:
            cursor.execute("CREATE ROLE casus_test_no_databases")
            try:
                cursor.execute("SET ROLE casus_test_no_databases")
                yield cursor
            finally:
                cursor.execute("RESET ROLE")
                cursor.execute("DROP ROLE casus_test_no_databases")

    monkeypatch.setattr(default, "_nodb_cursor", as_another)
    with (
        pytest.raises(CheckFailedError, match="CREATEDB"),
        check.scratch_database(lambda words: None),
    ):
        pytest.fail("There is a database.")


def databases(cursor):
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'casus_check_')")
    return {name for (name,) in cursor.fetchall()}


def test_what_a_killed_check_left_goes_and_what_is_in_use_stays(db, monkeypatch):
    monkeypatch.setattr(check, "call_command", lambda *arguments, **options: None)
    default = connections["default"]
    busy = default.copy()
    busy.settings_dict = {**default.settings_dict, "NAME": "casus_check_4711"}
    with default._nodb_cursor() as cursor:
        try:
            with default._nodb_cursor() as alone:
                alone.execute(check.ALONE)
                cursor.execute("CREATE DATABASE casus_check_4711")
                busy.connect()
            cursor.execute("CREATE DATABASE casus_check_left")
            with check.scratch_database(lambda words: None) as first:
                assert first not in {"casus_check_4711", "casus_check_left"}
                held = databases(cursor)
                assert {first, "casus_check_4711"} <= held
                assert "casus_check_left" not in held
                # As another process would that has the same number, in another container.
                with check.scratch_database(lambda words: None) as second:
                    assert {first, second, "casus_check_4711"} <= databases(cursor)
            assert not {first, second} & databases(cursor)
        finally:
            busy.close()
            cursor.execute("DROP DATABASE IF EXISTS casus_check_4711")
            cursor.execute("DROP DATABASE IF EXISTS casus_check_left")


# --- Folders --------------------------------------------------------------------------------

UNPACK = """
from pathlib import Path
from archive.releases.opening import temporary_folder
with temporary_folder() as place:
    print(place, flush=True)
    input()
"""


def test_folders_of_killed_processes_go_and_those_in_use_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    other = tmp_path / ".casus-other"
    other.mkdir()
    (tmp_path / f"{opening.PLACE}link").symlink_to(settings.BASE_DIR)
    new = tmp_path / f"{opening.PLACE}new"
    new.mkdir()  # and about to be locked
    with subprocess.Popen(
        [sys.executable, "-c", UNPACK],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            place = pathlib.Path(process.stdout.readline().strip())
            with opening.temporary_folder() as mine, opening.temporary_folder() as another:
                assert mine != another
                assert mine.is_dir()
                assert place.is_dir()
            assert not mine.exists()
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=60)
        finally:
            process.kill()
    assert place.is_dir()
    with opening.temporary_folder():
        assert not place.parent.exists()
    assert (settings.BASE_DIR / "manage.py").exists()
    assert other.is_dir()
    assert new.is_dir()


def test_the_day_of_a_release_is_read_from_it(copy):
    edition = opening.edition_of(copy)
    assert (edition.version, edition.date) == ("1.0", date(2026, 1, 31))
    assert edition.changelog == (copy / "CHANGELOG.md").read_bytes()
