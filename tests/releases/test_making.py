"""What a release holds, what it does not, and what keeps it back."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from datetime import date

import frictionless
import pandas
import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from archive import audit, choices, fixtures, models
from archive.models import FirstRelease, Release
from archive.releases import codebook, making, package, records
from archive.releases.making import Edition, ReleaseError
from archive.releases.tables import TABLES
from tests import factories as make
from tests.api.conftest import SECRET, withdraw
from tests.factories import QUOTES, cite, publish

SECOND = Edition("1.1", date(2026, 2, 28))


def rows_of(release, name):
    text = (release.folder / f"data/{name}.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def loaded(path):
    return [each["fields"] for each in yaml.safe_load(path.read_text("utf-8"))]


# --- The files ------------------------------------------------------------------------------


def test_folder_and_zip_hold_the_same(release):
    with zipfile.ZipFile(release.zip) as archive:
        for entry in archive.infolist():
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)
            path = release.root / entry.filename
            assert archive.read(entry) == path.read_bytes()
        names = {entry.filename.removeprefix("casus-1.0/") for entry in archive.infolist()}
    assert names == {
        each.relative_to(release.folder).as_posix()
        for each in release.folder.rglob("*")
        if each.is_file()
    }
    subprocess.run(
        ["sha256sum", "--quiet", "--check", "SHA256SUMS"], cwd=release.folder, check=True
    )
    assert sorted(each.name for each in release.root.iterdir()) == ["casus-1.0", "casus-1.0.zip"]


def test_frictionless_accepts_the_package(release):
    report = frictionless.validate(str(release.folder / "datapackage.json"))
    assert report.valid, report.flatten(["name", "type", "message"])
    assert {task.name for task in report.tasks} >= {"events", "roll-calls", "votes", "records"}


def test_a_key_within_a_table_names_no_resource(release, tmp_path):
    """So says version 2; frictionless follows it all the same."""
    folder = shutil.copytree(release.folder, tmp_path / "casus-1.0")
    package = json.loads((folder / "datapackage.json").read_text())
    [events] = [each for each in package["resources"] if each["name"] == "events"]
    within = {"fields": ["part_of"], "reference": {"fields": ["slug"]}}
    assert within in events["schema"]["foreignKeys"]
    path = folder / "data/events.csv"
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    rows[1][rows[0].index("part_of")] = "nowhere"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)
    report = frictionless.validate(str(folder / "datapackage.json"))
    assert "foreign-key" in {kind for (kind,) in report.flatten(["type"])}


def test_every_public_record_is_in_its_table_and_its_fixture(release):
    lines = (release.folder / "records.csv").read_text().splitlines()
    manifest = [(row["table"], row["key"]) for row in csv.DictReader(lines)]
    assert len(set(manifest)) == len(manifest)
    for name, table in TABLES.items():
        rows = table.rows("default")
        assert rows
        assert Release.objects.get().counts[name] == len(rows) == len(rows_of(release, name))
        if name == "imported_rows":
            continue
        keys = {"/".join(map(str, each.natural_key())) for each in rows}
        assert {key for of, key in manifest if of == name} == keys
        assert {"/".join(row[part] for part in table.key) for row in rows_of(release, name)} == keys
        (path,) = records.names_of(table, len(keys))
        in_fixture = [each for each in rows if not getattr(each, "imported_id", None)]
        assert len(loaded(release.folder / "fixtures" / path)) == len(in_fixture)


def test_tables_are_named_as_the_first_release_knows_them():
    assert {name: FirstRelease.table_of(each.model) for name, each in TABLES.items()} == {
        name: name for name in TABLES
    }
    assert [each.model for each in TABLES.values()] != []
    assert {each.model for each in TABLES.values()} == {
        *fixtures.FILES.values(),
        *(models.Import, models.ImportedRow, models.Discrepancy),
    }


def test_fixtures_have_the_bytes_of_dump_archive(release):
    """Of what is public, and however odd a text is."""
    models.Source.objects.filter(slug="herald").update(note="yes\n two\r\nlines: “#”\n\n  x ")
    notes = ["no", "1_000", "a: b", "- x", " x", "x #y", "NULL", "ÿ[,]", "'", "A, b (c); d’e “f”."]
    notes.append("Who said so; and - not, “why”, to the A/RES/1.2 of 'all', or none in the end.")
    for number, note in enumerate([*notes, notes[-1] * 2, f"{notes[-1]}: {notes[-1]}"]):
        make.SourceFactory(slug=f"odd-{number}", name=f"{number}", note=note, homepage="")
    make.StateFactory(code="ODD", aliases=["no", "a, b", "[x]", "plain", "1992-01-01"])
    models.Article.objects.filter(slug="gazette-1933").update(retrieved_on="2020-02-03")
    for model in (models.Source, models.State, models.Organization, models.Provision):
        table = next(each for each in TABLES.values() if each.model is model)
        assert b"".join(each.text for each in records.written(table, "default")) == fixtures.dump(
            model
        )
    for table in TABLES.values():
        if table.model not in fixtures.FILES.values():
            continue
        dumped = yaml.safe_load(fixtures.dump(table.model))
        for each in records.written(table, "default"):
            [record] = yaml.safe_load(each.text)
            assert record in dumped or "withheld" in record["fields"]["text"]


def test_many_records_stand_in_several_files(release, monkeypatch):
    monkeypatch.setattr(records, "PART", 2)
    table = TABLES["memberships"]
    assert records.names_of(table, 2) == ["06_memberships.yaml"]
    assert records.names_of(table, 3) == ["06_memberships-001.yaml", "06_memberships-002.yaml"]
    folder = making.make(Edition("0.9", date(2026, 1, 1)), release.root / "elsewhere")
    parts = [loaded(folder / "fixtures" / name) for name in records.names_of(table, 3)]
    assert [len(part) for part in parts] == [2, 1]
    assert [*parts[0], *parts[1]] == loaded(release.folder / "fixtures/06_memberships.yaml")
    assert not Release.objects.filter(version="0.9").exists()  # a trial


def test_passages_are_annotations_that_find_their_words(release):
    articles = {each.slug: each for each in models.Article.objects.all()}
    lines = (release.folder / "citations.jsonl").read_text("utf-8").splitlines()
    assert len(lines) == models.Citation.objects.public().count()
    with_context = 0
    for line in map(json.loads, lines):
        quote, place = line["target"]["selector"]
        text = articles[line["target"]["article"]].text
        assert text[place["start"] : place["end"]] == quote["exact"]
        around = (quote.get("prefix", ""), quote.get("suffix", ""))
        assert "".join((around[0], quote["exact"], around[1])) in text
        with_context += any(around)
        table = TABLES[line["body"]["table"]]
        assert table.model.objects.get_by_natural_key(*line["body"]["key"].split("/"))
    assert with_context


def test_where_a_row_came_from_is_told(release):
    brought = [row for row in rows_of(release, "votes") if row["import"]]
    assert [(row["import"], row["import_line"], row["citation_count"]) for row in brought] == [
        ("votes-file", "3", "1"),
        ("votes-file", "5", "0"),
    ]
    assert [row["slug"] for row in rows_of(release, "imports")] == ["later-file", "votes-file"]
    lines = rows_of(release, "imported_rows")
    assert {(row["import"], row["target_type"], row["made"]) for row in lines} == {
        ("votes-file", "membership", "FALSE"),
        ("votes-file", "roll_call", "TRUE"),
        ("votes-file", "vote", "FALSE"),
    }
    differing = rows_of(release, "discrepancies")
    assert [(row["target_type"], row["settlement"]) for row in differing] == [
        ("vote", "held"),
        ("membership", ""),
        ("vote", ""),
    ]


# --- What must not be in it -----------------------------------------------------------------


def test_nothing_that_is_not_public_is_in_it(release):
    paths = [each for each in release.folder.rglob("*") if each.is_file()]
    assert len(paths) > 30
    for path in paths:
        content = path.read_text("utf-8").lower()
        assert SECRET.lower() not in content, path
        assert "localhost" not in content, path
        assert "testserver" not in content, path


def test_a_restricted_text_is_not_in_it(release):
    restricted = release.world.restricted
    cite(release.world.war, article=restricted, quote=QUOTES[1])
    folder = making.make(Edition("0.9", date(2026, 1, 1)), release.root / "restricted")
    held = {each["slug"]: each for each in loaded(folder / "fixtures/05_articles.yaml")}
    text, original = held["herald-1934"]["text"], restricted.text
    assert len(text) == len(original)
    assert text.index(QUOTES[1]) == original.index(QUOTES[1])
    assert "herald-1934: withheld" in text
    gone = [quote for quote in QUOTES if quote not in (QUOTES[1], QUOTES[3])]
    assert all(quote in original and quote not in text for quote in gone)
    assert held["gazette-1933"]["text"] == release.world.article.text
    passages = (folder / "citations.jsonl").read_text("utf-8").splitlines()
    about = [each for each in map(json.loads, passages) if "herald-1934" in str(each)]
    assert len(about) == 2
    assert all("prefix" not in each["target"]["selector"][0] for each in about)
    licences = (folder / "LICENCES.md").read_text("utf-8")
    assert "No licence is given for the data as a whole." in licences
    assert re_line(licences, "herald-1934").endswith("**Cited passages only.**")
    assert re_line(licences, "gazette-1933").endswith("**Full text.**")


def re_line(text, word):
    return next(line for line in text.splitlines() if f"`{word}`" in line)


# --- The codebook ---------------------------------------------------------------------------


def test_codebook_is_made_from_what_the_archive_says(release):
    text = (release.folder / "codebook.md").read_text("utf-8")
    for table in TABLES.values():
        for column in table.columns:
            assert f"| `{column.name}` | {column.type} | " in text
    header = (release.folder / "records.csv").read_text().splitlines()[0].split(",")
    [manifest] = text.split("### records\n")[1:]
    assert re.findall(r"^\| `(\w+)` \| text \| .", manifest.split("\n#")[0], re.M) == header
    for name, vocabulary in codebook.vocabularies().items():
        meanings = codebook.glosses(vocabulary)
        assert list(meanings) == vocabulary.values, name
        assert all(meanings.values()), name
        for value, meaning in meanings.items():
            assert f"| `{value}` | {vocabulary(value).label} | {meaning} |" in text
    assert codebook.vocabularies()["Response kind"] is choices.ResponseKind
    rules = (settings.BASE_DIR / "docs/codebook.md").read_text("utf-8")
    assert "## Coding rules" in text
    assert rules.strip().splitlines()[-1] in text
    page = (release.folder / "codebook.html").read_text("utf-8")
    assert '<h3 id="roll-calls">roll_calls</h3>' in page
    assert 'href="#roll-calls"' in page
    assert "http" not in page.split("</style>")[0]


# --- Readers --------------------------------------------------------------------------------


def test_pandas_and_libreoffice_read_the_tables(release, tmp_path):
    responses = pandas.read_csv(release.folder / "data/responses.csv")
    assert responses.columns[0] == "slug"
    assert responses["contested"].dtype == bool
    assert responses["troops_low"].sum() == 2500
    votes = pandas.read_csv(release.folder / "data/votes.csv")
    files = pandas.read_csv(release.folder / "data/imports.csv", index_col="slug")["file_name"]
    brought = votes.dropna(subset="import").join(files, on="import")
    assert list(brought["file_name"]) == ["votes.csv"] * 2
    if not shutil.which("soffice"):
        pytest.skip("LibreOffice is not installed")
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--infilter=CSV:44,34,UTF8",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,UTF8",
            "--outdir",
            str(tmp_path / "out"),
            str(release.folder / "data/responses.csv"),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    read = pandas.read_csv(tmp_path / "out/responses.csv")
    assert list(read["slug"]) == list(responses["slug"])
    assert list(read["evidence_quote"].dropna()) == list(responses["evidence_quote"].dropna())


# --- One after another ----------------------------------------------------------------------


def test_the_next_release_tells_what_has_changed(release):
    world = release.world
    added = publish(make.EventFactory(slug="new-event", title="New"))
    make.VoteFactory(roll_call=world.roll_call, state=world.klopstokia)
    cite(world.roll_call.votes.get(state=world.klopstokia), article=world.article)
    models.Event.objects.filter(slug="undated").update(place="Geneva")
    models.Vote.objects.filter(pk=world.votes[2].pk).update(intended="abstain")
    withdraw(models.Membership.objects.get(slug="ost-league-1925"))
    with pytest.raises(ReleaseError, match=r"memberships from 3 to 2.*--allow-shrink"):
        making.make(SECOND, release.root)
    folder = making.make(SECOND, release.root, allow_shrink=True)
    text = (folder / "CHANGELOG.md").read_text("utf-8")
    newest, earlier = text.split("## 1.0 – 2026-01-31")
    assert "## 1.1 – 2026-02-28" in newest
    assert "| events | 1 | 1 | 0 |" in newest
    assert "| memberships | 0 | 0 | 1 |" in newest
    assert "- events: `new-event`\n- votes: `league-1/KLO`\n- citations: " in newest
    assert "### Changed\n\n- events: `undated`\n- votes: `entente-1/FRE`\n" in newest
    assert "### Withdrawn\n\n- memberships: `ost-league-1925`\n- citations: " in newest
    assert earlier in (release.folder / "CHANGELOG.md").read_text("utf-8")
    assert "| votes | 4 | 0 | 0 |" in earlier
    first = {
        record: type(record).objects.with_first_release().get(pk=record.pk).first_release
        for record in (added, world.event, world.attacker, *world.roll_call.votes.all())
    }
    assert [*first.values()].count("1.1") == 2
    assert first[added] == "1.1"
    assert first[world.roll_call.votes.get(state=world.klopstokia)] == "1.1"
    assert first[world.attacker] == "1.0"
    # Only what came later than its roll call has a row.
    assert [each.key for each in FirstRelease.objects.filter(table="votes")] == ["league-1/KLO"]


def test_a_release_without_changes_says_so(release):
    folder = making.make(SECOND, release.root / "same")
    assert "No record has changed." in (folder / "CHANGELOG.md").read_text("utf-8")
    assert (folder / "records.csv").read_bytes() == (release.folder / "records.csv").read_bytes()


def test_without_the_files_of_the_last_one_nobody_can_tell(release):
    models.Release.objects.all().delete()
    make.ReleaseFactory(files={"records.csv": {"sha256": "0" * 64, "bytes": 1}}, counts={})
    with pytest.raises(ReleaseError, match=r"records\.csv is not what was released"):
        making.make(SECOND, release.root)


# --- Refusals -------------------------------------------------------------------------------


def test_what_was_released_is_not_made_again(release):
    with pytest.raises(CommandError, match="is not changed: give another version"):
        call_command("export_release", "1.0")
    with pytest.raises(CommandError, match="is no version"):
        call_command("export_release", "latest")
    with pytest.raises(CommandError, match="is no licence"):
        call_command("export_release", "1.1", licence="free: for all")


@pytest.mark.parametrize("version", ["0.9", "0.10.1", "1", "1.0-beta"])
def test_a_release_does_not_go_back_behind_the_last(release, version):
    day = date(2026, 2, 28)
    with pytest.raises(ReleaseError, match=rf"{version} is lower .* 1\.0.*give a higher version"):
        making.make(Edition(version, day), release.root)
    making.make(Edition(version, date(2026, 1, 1)), release.root / f"trial-{version}")


def test_a_release_is_not_dated_before_the_last(release):
    with pytest.raises(ReleaseError, match=r"2026-01-30.* bears 2026-01-31.*--date"):
        making.make(Edition("1.1", date(2026, 1, 30)), release.root)


def test_a_release_is_not_of_a_day_to_come(release, monkeypatch):
    """Any other would be dated before it, and refused."""
    day = date(2026, 2, 2)
    monkeypatch.setattr(making, "today", lambda: date(2026, 2, 1))
    with pytest.raises(ReleaseError, match=r"2026-02-02 is yet to come.* 2026-02-01 in UTC"):
        making.make(Edition("1.1", day), release.root)
    making.make(Edition("1.1", day), release.root / "trial-to-come")
    # One that bears such a day from before stops no other.
    monkeypatch.setattr(making, "today", lambda: date(2026, 1, 1))
    with pytest.raises(ReleaseError, match=r"2026-02-02 is yet to come"):
        making.make(Edition("1.1", day), release.root)
    making.make(Edition("1.1", date(2026, 1, 31)), release.root)


@pytest.mark.parametrize(
    ("earlier", "later"), [("1.9", "1.10"), ("1.1", "2026.1"), ("1.0-rc9", "1.0-rc10")]
)
def test_versions_go_by_their_numbers(earlier, later):
    assert not making.is_lower(later, earlier)


def test_what_is_no_day_is_refused(db):
    with pytest.raises(CommandError, match=r"“yesterday” is no day: .* such as 2026-01-31"):
        call_command("export_release", "1.1", "--date=yesterday")
    with pytest.raises(CommandError, match="“2026-02-30” is no day"):
        call_command("export_release", "1.1", "--date=2026-02-30")


def test_an_error_of_the_audit_keeps_it_back(release):
    models.RollCall.objects.filter(slug="league-1").update(complete=True, total_yes=7)
    found = [each for each in audit.findings() if each.level == audit.ERROR]
    assert [str(each) for each in audit.errors()] == [str(each) for each in found]
    with pytest.raises(CommandError, match="announced 7 yes"):
        call_command("export_release", "1.1")


def test_a_release_that_is_interrupted_says_so(release, monkeypatch):
    def interrupt(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "datapackage", interrupt)
    with pytest.raises(CommandError, match=r"Interrupted\. Nothing was released\.") as stopped:
        call_command("export_release", "1.1")
    assert stopped.value.returncode == 130
    assert sorted(path.name for path in release.root.glob("[.c]*1.1*")) == []


def test_nothing_stays_of_a_release_that_failed(release, monkeypatch):
    def fail(*args):
        raise OSError("The disk is full")

    (release.root / ".casus-left").mkdir()  # of a process that was killed
    for step in ("_register", "datapackage"):
        with monkeypatch.context() as patch:
            patch.setattr(making, step, fail)
            with pytest.raises(OSError, match="disk"):
                making.make(SECOND, release.root)
        assert sorted(path.name for path in release.root.glob("[.c]*1.1*")) == []
    assert not (release.root / ".casus-left").exists()
    assert not Release.objects.filter(version="1.1").exists()


def test_two_at_once_are_refused(release):
    with (
        making.staging(release.root / "both", "1.1"),
        pytest.raises(ReleaseError, match="Another release is being written"),
    ):
        making.make(SECOND, release.root / "both")


def test_the_database_changes_no_release(release):
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        Release.objects.update(notes="Better.")
    with pytest.raises(DatabaseError, match="version_is_a_number"), transaction.atomic():
        make.ReleaseFactory(version="latest")
    assert package.read_sums((release.folder / package.SUMS).read_text())
