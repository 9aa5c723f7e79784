"""Whole lists as CSV and JSON Lines: the same rows as in JSON, readable without a flag."""

import csv
import io
import json
import shutil
import subprocess
from collections import Counter

import pandas
import pytest
from django.db import transaction

from archive import models
from archive.api import exports, tables
from archive.api.views import LISTS, EventViewSet
from archive.choices import Stance, Status
from tests import factories as make
from tests.api.conftest import SECRET, withdraw
from tests.factories import QUOTES, cite, publish

MEMBERS = "organizations/league/members"
ADDRESSES = [*LISTS, MEMBERS]
COLUMNS = {**{name: view.columns for name, view in LISTS.items()}, MEMBERS: tables.MEMBERSHIPS}

NASTY = "“Nobody”, said\r\nthe \"minister\";\tin\nthe 'evening', 🕊 \\. ünïcödé \\N ,,"


@pytest.fixture
def download(client):
    """The bytes of a file."""

    def download(address, format="csv", **parameters):
        response = client.get(f"/api/v1/{address}/", {"format": format, **parameters})
        assert response.status_code == 200, response.content.decode()
        return b"".join(response.streaming_content)

    return download


@pytest.fixture
def rows_of(download):
    def rows_of(address, **parameters):
        text = download(address, **parameters).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    return rows_of


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_list_is_the_same_in_every_format(get, world, download, rows_of, address):
    shown = get(f"{address}/", page_size=1000)["results"]
    assert shown
    rows = rows_of(address)
    assert list(rows[0]) == [column.name for column in COLUMNS[address]]
    assert [row["url"] for row in rows] == [row["url"] for row in shown]
    lines = download(address, "jsonl").decode().split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == shown
    for row, record in zip(rows, shown, strict=True):
        for name in set(row) & set(record) - {"target", "report"}:
            assert row[name] == in_a_cell(record[name]), name


def in_a_cell(value):
    """What stands in the column of the name that a field of the JSON has."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, dict):
        key = next(key for key in ("edtf", "key", "code", "slug") if key in value)
        return value[key]
    return "" if value is None else str(value)


@pytest.mark.parametrize("name", LISTS)
def test_no_format_holds_a_trace_of_a_draft(world, download, name):
    for format in ("csv", "jsonl"):
        text = download(name, format).decode().lower()
        assert SECRET.lower() not in text
        assert "sylvania" not in text


def test_a_parent_that_is_not_public_is_an_empty_cell(never_committed, rows_of):
    """The database refuses it at commit; the file does not rely on that alone."""
    whole = publish(make.EventFactory(title="Whole"))
    part = publish(make.EventFactory(part_of=whole))
    assert next(row for row in rows_of("events") if row["slug"] == part.slug)["part_of"] != ""
    withdraw(whole)
    row = next(row for row in rows_of("events") if row["slug"] == part.slug)
    assert (row["part_of"], row["part_of_title"]) == ("", "")


def test_labels_stand_beside_codes_and_days_beside_dates(world, rows_of):
    vote = rows_of("votes", state="OST")[0]
    assert (vote["state"], vote["state_name"], vote["state_cow"]) == ("OST", "Osterlich", "300")
    assert (vote["choice"], vote["choice_label"]) == ("abstain", "Abstain")
    assert (vote["intended"], vote["intended_label"]) == ("yes", "Yes")
    silence = rows_of("responses", kind="silence")[0]
    assert silence["responder_type"] == "organization"
    assert (silence["basis"], silence["basis_label"]) == ("documented_search", "Documented search")
    assert (silence["addressee"], silence["addressee_name"]) == ("OST", "Osterlich")
    period = rows_of("memberships", state="OST")[0]
    assert [period[name] for name in ("period", "period_earliest", "period_latest")] == [
        "1925-06/",
        "1925-06-01",
        "",
    ]
    event = rows_of("events", kind="incursion", root="false")[0]
    assert (event["date"], event["date_latest"]) == ("1933-05-01/1933-05-10", "1933-05-10")
    assert event["participants"] == "attacker KLO (alleged by FRE); target FRE"
    members = rows_of(MEMBERS, on="1933-02-01")
    assert [row["on"] for row in members] == ["possible", "certain"]


def test_filters_and_order_are_those_of_the_list(get, world, rows_of):
    for ordering in ("date", "-date", "kind,-title"):
        parameters = {"ordering": ordering, "from": "1933", "kind": "incursion,war"}
        shown = get("events/", **parameters)["results"]
        assert [row["slug"] for row in rows_of("events", **parameters)] == [
            row["slug"] for row in shown
        ]
    assert rows_of("events", q=SECRET) == []


# --- Evidence -------------------------------------------------------------------------------


def test_the_strongest_passage_stands_for_the_record(never_committed, rows_of):
    event = make.EventFactory(slug="cited")
    late, early = (
        make.ArticleFactory(published=day, status=Status.PUBLISHED) for day in ("1940", "1930")
    )
    ranked = [
        cite(event, article=early, quote=QUOTES[0]),
        cite(event, article=late, quote=QUOTES[0]),
        cite(event, article=early, quote=QUOTES[1], field="date"),
        cite(event, article=early, quote=QUOTES[2], stance=Stance.QUALIFIES),
        cite(event, article=early, quote=QUOTES[3], stance=Stance.DISPUTES),
    ]
    event.status = Status.PUBLISHED
    event.save()
    for best in ranked:
        row = next(row for row in rows_of("events") if row["slug"] == "cited")
        assert row["evidence_url"].endswith(f"/citations/{best.uuid}/")
        assert row["evidence_quote"] == best.quote
        assert row["evidence_stance"] == best.stance
        assert row["evidence_field"] == best.field
        assert row["evidence_article"] == best.article.slug
        assert row["evidence_outlet_name"] == best.article.source.name
        assert row["evidence_date"] == best.article.published
        withdraw(best)
    row = next(row for row in rows_of("events") if row["slug"] == "cited")
    assert (row["evidence_quote"], row["citation_count"], row["contested"]) == ("", "0", "FALSE")


def test_passages_outlets_and_authors_are_counted(world, rows_of):
    """A reprint counts for who printed it first; who is unknown in an outlet counts once."""
    gazette, herald = world.gazette, world.herald
    for number, (source, first, authors) in enumerate(
        [
            (gazette, None, ["A. Reporter", "B. Reporter"]),
            (gazette, None, ["B. Reporter"]),
            (herald, gazette, []),
            (herald, None, []),
            (herald, None, []),
        ]
    ):
        article = make.ArticleFactory(
            source=source, first_published_by=first, authors=authors, status=Status.PUBLISHED
        )
        cite(world.silence, article=article, quote=QUOTES[number])
    cite(world.silence, stance=Stance.DISPUTES, article=world.article)
    row = next(row for row in rows_of("responses") if row["slug"] == world.silence.slug)
    assert int(row["citation_count"]) == int(row["supporting_citations"]) + 1
    passages = world.silence.citations.filter(stance=Stance.SUPPORTS, status=Status.PUBLISHED)
    articles = [passage.article for passage in passages]
    outlets = {(each.first_published_by or each.source).name for each in articles}
    authors = {name for each in articles for name in each.authors or [each.source.name]}
    assert row["supporting_outlets"] == str(len(outlets))
    assert row["supporting_authors"] == str(len(authors))
    assert row["contested"] == "TRUE"


# --- Spreadsheets, pandas -------------------------------------------------------------------


def test_formulas_are_defused(get, db, rows_of):
    signs = "=+-@＝＋－＠\t\r\n"
    for number, sign in enumerate(signs):
        make.SourceFactory(
            slug=f"formula-{number}",
            name=f'{sign}HYPERLINK("http://example.org";"Click")',
            note=f"No formula: 1{sign}1",
            homepage=f"{sign}1",
        )
    rows = {row["slug"]: row for row in rows_of("sources")}
    shown = {row["slug"]: row for row in get("sources/")["results"]}
    for number, sign in enumerate(signs):
        row, record = rows[f"formula-{number}"], shown[f"formula-{number}"]
        assert record["name"].startswith(sign)
        assert row["name"] == f"'{record['name']}"
        assert row["homepage"] == f"'{sign}1"
        assert row["note"] == record["note"]


def test_the_target_of_a_passage_is_named_by_its_key(get, world, rows_of):
    targets = {row["uuid"]: row for row in rows_of("citations")}
    for record in get("citations/")["results"]:
        row = targets[record["uuid"]]
        assert row["target_type"] == record["target"]["type"]
        assert row["target_url"] == record["target"]["url"]
        if row["target_type"] != "participation":
            assert row["target_url"].endswith(f"/{row['target']}/")
    keys = {row["target"] for row in targets.values() if row["target_type"] == "participation"}
    assert keys == {
        "undated/league/host",
        "incursion-1933/FRE/target",
        "incursion-1933/KLO/attacker",
    }


def test_numbers_and_dates_stay_as_they_are(db, rows_of):
    event = publish(make.EventFactory(date="[..1933-05-04]"))
    membership = publish(make.MembershipFactory(period="/.."))
    roll_call = publish(make.RollCallFactory(total_yes=0))
    for address, record, cells in (
        ("events", event, {"date": "[..1933-05-04]", "date_latest": "1933-05-04"}),
        ("memberships", membership, {"period": "/..", "period_earliest": ""}),
        ("roll-calls", roll_call, {"total_yes": "0", "complete": "FALSE"}),
    ):
        (row,) = (row for row in rows_of(address) if row["slug"] == record.slug)
        assert {name: row[name] for name in cells} == cells


def test_any_text_comes_back_letter_by_letter(db, download, rows_of):
    make.SourceFactory(kind="dataset", slug="a", note=NASTY)
    make.SourceFactory(kind="dataset", slug="b", note="“A”, “B”")
    assert [row["note"] for row in rows_of("sources", kind="dataset")] == [NASTY, "“A”, “B”"]
    file = download("sources", kind="dataset")
    assert file.startswith(b"\xef\xbb\xbfslug,")
    assert list(pandas.read_csv(io.BytesIO(file))["note"]) == [NASTY, "“A”, “B”"]
    # Each row ends as RFC 4180 says, and a line end within a text stays what it was.
    assert file.endswith(b"\r\n")
    assert file.count(b"\r\n") == 3 + NASTY.count("\r\n")
    assert file.count(b"\n") == 3 + NASTY.count("\n")


def test_pandas_reads_types_without_being_told(world, download):
    responses = pandas.read_csv(io.BytesIO(download("responses")))
    assert responses.columns[0] == "slug"
    assert responses["contested"].dtype == bool
    assert responses["troops_low"].sum() == 2500
    assert responses["date"].isna().sum() == 2
    roots = responses[responses["part_of"].isna()]
    assert Counter(roots["kind_label"]) == {"Silence": 1, "Deployment": 1}
    lines = pandas.read_json(io.BytesIO(download("responses", "jsonl")), lines=True)
    assert list(lines["slug"]) == list(responses["slug"])


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_reads_what_was_written(db, tmp_path, download):
    make.SourceFactory(kind="dataset", slug="a", name="=1+1", note=NASTY)
    make.SourceFactory(kind="dataset", slug="b", name="Ünïcödé 🕊")
    (tmp_path / "sources.csv").write_bytes(download("sources", kind="dataset"))
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--infilter=CSV:44,34,UTF8,,,,,,,,,,,true",  # the last: formulas are computed
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,UTF8",
            "--outdir",
            str(tmp_path / "out"),
            str(tmp_path / "sources.csv"),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    read = (tmp_path / "out" / "sources.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(read, newline="")))
    assert [row["name"] for row in rows] == ["'=1+1", "Ünïcödé 🕊"]
    assert rows[0]["note"].split() == NASTY.split()


# --- Manners --------------------------------------------------------------------------------


def test_a_file_says_what_it_is(client, world):
    for format, type_ in (
        ("csv", "text/csv; charset=utf-8; header=present"),
        ("jsonl", "application/jsonl; charset=utf-8"),
    ):
        for address, name in (("votes", "votes"), (MEMBERS, "organizations-league-members")):
            for method in (client.get, client.head):
                response = method(f"/api/v1/{address}/?format={format}")
                assert response.headers["Content-Type"] == type_
                assert response.headers["Content-Disposition"] == (
                    f'attachment; filename="casus-{name}.{format}"'
                )
                assert "Accept" in response.headers["Vary"]
                assert (b"".join(response.streaming_content) == b"") == (method == client.head)


def test_a_format_can_be_asked_for_by_header(client, world):
    response = client.get("/api/v1/votes/", headers={"Accept": "text/csv"})
    assert b"".join(response.streaming_content).decode("utf-8-sig").startswith("roll_call,")


@pytest.mark.parametrize(("format", "type_"), [("csv", "text/csv"), ("jsonl", "application/jsonl")])
def test_a_file_that_is_still_right_is_not_sent_again(client, world, format, type_):
    """Whichever way the format is asked for; and the tag of one format is none of another."""
    page = client.get("/api/v1/votes/")
    for query, accept in ((f"?format={format}", "*/*"), ("", type_)):
        address, headers = f"/api/v1/votes/{query}", {"Accept": accept}
        file = client.get(address, headers=headers)
        tag = file.headers["ETag"]
        assert file.headers["Last-Modified"] == page.headers["Last-Modified"]
        assert {"Accept", "Accept-Encoding"} <= set(file.headers["Vary"].split(", "))
        assert b"".join(file.streaming_content)
        head = client.head(address, headers=headers)
        assert (head.status_code, head.headers["ETag"]) == (200, tag)
        fresh = client.get(address, headers={**headers, "If-None-Match": tag})
        assert (fresh.status_code, fresh.content) == (304, b"")
        assert set(fresh.headers["Vary"].split(", ")) == set(file.headers["Vary"].split(", "))
        other = client.get("/api/v1/votes/", headers={"If-None-Match": tag})
        assert other.status_code == 200
        again = client.get(address, headers={**headers, "If-None-Match": page.headers["ETag"]})
        assert again.status_code == 200
        assert b"".join(again.streaming_content)


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(
    "parameter", [{"page_size": 5}, {"cursor": "x"}, {"count": "true"}, {"facets": "kind"}]
)
def test_a_file_has_no_pages(get, db, format, parameter):
    problem = get("events/", 400, format=format, **parameter)
    assert [problem["parameter"]] == list(parameter)
    assert "whole list" in problem["detail"]


def test_unknown_formats_are_refused(get, world):
    assert get("events/", 400, format="xlsx")["allowed"] == ["json", "csv", "jsonl"]
    assert get("events/war-1933/", 400, format="csv")["allowed"] == ["json"]
    assert get("states/FRE/record/", 400, format="csv")["allowed"] == ["json"]
    assert get("events/", 400, format="csv", colour="red")["parameter"] == "colour"
    assert get("organizations/nothing/members/", 404, format="csv")["status"] == 404


def test_columns_and_fields_can_be_chosen(get, world, rows_of, download):
    assert list(rows_of("votes", fields="choice,state")[0]) == ["state", "choice"]
    whole = list(rows_of("votes")[0])
    assert list(rows_of("votes", omit="url,evidence_quote")[0]) == [
        name for name in whole if name not in ("url", "evidence_quote")
    ]
    (line, *_) = download("votes", "jsonl", fields="choice,url").splitlines()
    assert list(json.loads(line)) == ["url", "choice"]
    refused = get("votes/", 400, format="csv", fields="state,status")
    assert refused["allowed"] == whole
    assert "status" in refused["detail"]


def test_options_describe_every_column(client, db):
    answer = client.options("/api/v1/votes/").json()
    assert answer["formats"] == ["json", "csv", "jsonl"]
    assert [each["name"] for each in answer["columns"]] == [each.name for each in tables.VOTES]


@pytest.mark.parametrize("address", ADDRESSES)
def test_columns_are_described_and_named_once(address):
    names = [column.name for column in COLUMNS[address]]
    assert len(set(names)) == len(names)
    for column in COLUMNS[address]:
        assert column.name.isidentifier()
        assert column.description.strip().endswith((".", "”"))
        assert "|" not in column.description
        assert column.type in (
            "text", "code", "number", "boolean", "edtf", "day", "time", "url"
        )  # fmt: skip


# --- The stream -----------------------------------------------------------------------------


def pieces_of(queryset):
    return exports.as_csv(queryset.order_by("slug"), list(tables.EVENTS), "http://testserver/")


def test_a_client_that_goes_away_leaves_the_connection_as_it_was(world, monkeypatch):
    monkeypatch.setattr(exports, "PIECE", 1)
    with transaction.atomic():
        pieces = pieces_of(EventViewSet.queryset)
        assert next(pieces) == b""
        assert next(pieces).startswith(b"\xef\xbb\xbfslug,")
        assert next(pieces).startswith(b"incursion-1933,")
        pieces.close()
        transaction.set_rollback(True)
    assert models.Event.objects.exists()


def test_a_failure_in_the_middle_is_no_complete_file(client, world, monkeypatch):
    """The server breaks the connection off where the body raises: the last chunk is missing."""

    def fail(rows):
        yield next(iter(rows))
        raise RuntimeError("The disk is full")

    monkeypatch.setattr(exports, "_pieces", fail)
    with transaction.atomic():
        response = client.get("/api/v1/events/?format=csv")
        with pytest.raises(RuntimeError, match="disk"):
            b"".join(response.streaming_content)
        transaction.set_rollback(True)
