"""The five documents and their records, as the fixtures hold them."""

import csv
import hashlib
import io
import json
import os
from collections import Counter, defaultdict

import pytest
from django.conf import settings
from django.db import connection, transaction

from archive import audit, fixtures, models
from archive.api import examples, throttle
from archive.choices import Status
from archive.releases import records
from archive.releases.tables import TABLES
from archive.views import GUIDE
from tests import factories as make
from tests.samples import run_curl, run_python, run_r, samples
from tests.test_fixtures import history, load

FIXTURES = settings.BASE_DIR / "fixtures"


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The real fixtures, loaded once for this module and taken back after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        load(*fixtures.paths(FIXTURES))
        yield
        transaction.set_rollback(True)


@pytest.fixture
def archive(loaded, db):
    """The real fixtures; each test sees them untouched."""


def test_real_fixtures_are_what_dump_archive_writes(archive):
    for name, model in fixtures.FILES.items():
        assert fixtures.dump(model) == (FIXTURES / name).read_bytes(), name


def test_a_release_holds_the_real_fixtures_to_the_byte(archive):
    for name, model in fixtures.FILES.items():
        [table] = [each for each in TABLES.values() if each.model is model]
        assert records.names_of(table, 1) == [name]
        written = b"".join(each.text for each in records.written(table, "default"))
        assert written == (FIXTURES / name).read_bytes(), name


def test_real_fixtures_load_again_without_change(archive):
    versions = history()
    load(*fixtures.paths(FIXTURES))
    assert history() == versions


def test_real_fixtures_pass_the_audit(archive):
    assert [str(f) for f in audit.findings() if f.level == audit.ERROR] == []


def test_real_articles_are_the_captures_byte_for_byte(archive):
    for article in models.Article.objects.all():
        assert article.sha256 == hashlib.sha256(article.text.encode()).hexdigest()
    assert set(models.Article.objects.values_list("sha256", flat=True)) == {
        line.split()[0] for line in (FIXTURES / "SHA256SUMS").read_text().splitlines()
    }


def test_every_real_record_is_public_and_has_evidence(archive):
    connection.check_constraints()
    for model in (*audit.PROVEN_MODELS, models.Provision):
        rows = model.objects.all()
        assert rows.exists(), model
        assert rows.count() == model.objects.public().count(), model
        unproven = rows.with_evidence().filter(citation_count=0)
        excepted = unproven.filter(standing="unreported") if model is models.Request else []
        assert list(unproven) == list(excepted), model


@pytest.mark.parametrize(
    ("article", "first", "last", "furniture"),
    [
        (
            "diplomatic-courier-2022-csto-allies-turning-their-back",
            "Are Russia’s CSTO Allies Turning",
            "the very future of the CSTO.",
            "a global affairs media network",
        ),
        (
            "global-comment-2024-russian-led-csto-falling-apart",
            "The Russian-led Collective Security",
            "foreign policy and security vectors.",
            "Image: Kassym-Jomart Tokayev",
        ),
        (
            "global-comment-2022-russia-no-true-allies",
            "Why Russia does not have",
            "so shall he reap.",
            "Where the world thinks out loud",
        ),
        (
            "open-forum-2022-russias-aggression-drives-allies-away",
            "Russia’s aggression drives",
            "in the ongoing war in Ukraine.",
            "This article was published by",
        ),
        (
            "caravanserai-2022-doubts-grow-over-csto-membership",
            "Doubts grow over CSTO",
            "signify support for Russia's invasion.",
            "The CSTO is a half-dead outfit",
        ),
    ],
)
def test_bodies_are_the_articles_without_furniture(archive, article, first, last, furniture):
    row = models.Article.objects.with_body().get(slug=article)
    assert row.body.startswith(first)
    assert row.body.rstrip().endswith(last)
    assert furniture in row.text
    assert furniture not in row.body


# --- The numbers of the record, counted again from the CSV ---------------------------------

ACTS = {"deployment", "materiel", "mission", "mediation", "other"}
WORDS = {"contact", "statement"}
PLACES = {"yes": 1, "abstain": 2, "no": 3}


@pytest.fixture
def rows(archive, client):
    """All rows of a list of the API, as they stand in its CSV."""

    def rows(address):
        url = f"/api/v1/{address}" if "://" not in address else address
        answer = client.get(f"{url}{'&' if '?' in url else '?'}format=csv")
        assert answer.status_code == 200, answer.content
        text = answer.getvalue().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    return rows


@pytest.fixture
def answer(archive, client):
    return lambda address: client.get(f"/api/v1/{address}").json()


def behaviour(kinds):
    if ACTS & kinds:
        return "answered"
    if "refusal" in kinds:
        return "refused"
    return "answered" if WORDS & kinds else "silent" if kinds else "not_coded"


def by_hand(requests, responses):
    """The share answered of requests made, and what it leaves out."""
    counts = Counter()
    for request in requests:
        if request["standing"] != "made":
            counts[request["standing"]] += 1
            continue
        kinds = {
            response["kind"]
            for response in responses
            if response["request"] == request["slug"]
            and response["responder"] == request["addressee"]
        }
        counts[behaviour(kinds)] += 1
    return counts


def as_given(share):
    numbers = {row["behaviour"]: row["number"] for row in share["counted"]}
    return Counter(numbers | {row["reason"]: row["number"] for row in share["left_out"]})


def test_shares_answered_can_be_counted_from_the_csv(rows, answer):
    requests, responses = rows("requests/"), rows("responses/")

    def check(share, asked):
        counts = by_hand(asked, responses)
        assert +as_given(share) == counts
        coded = counts["answered"] + counts["refused"] + counts["silent"]
        assert (share["numerator"], share["denominator"]) == (counts["answered"], coded)
        assert share["share"] == (counts["answered"] / coded if coded else None)

    record = answer("organizations/csto/record/")["share_answered"]
    check(record, [row for row in requests if row["addressee"] == "csto"])
    for each in (*record["counted"], *record["left_out"], *record["answers"]):
        assert len(rows(each["rows"])) == each["number"]
    # Kazakhstan in 2022 and Armenia in September 2022; not Kyrgyzstan in 2010, Armenia in 2021.
    assert (record["numerator"], record["denominator"]) == (2, 4)
    assert as_given(record)["not_made"] == 2
    assert as_given(record)["unreported"] == 6
    for code, made, received in (
        ("ARM", (1, 3), (0, 0)),
        ("KAZ", (1, 1), (0, 0)),
        ("KGZ", (1, 4), (0, 0)),
        ("RUS", (0, 0), (1, 4)),
    ):
        shares = answer(f"states/{code}/record/")["share_answered"]
        check(shares["requests"], [r for r in requests if r["requester"] == code])
        check(shares["requests_received"], [r for r in requests if r["addressee"] == code])
        for share, expected in (
            (shares["requests"], made),
            (shares["requests_received"], received),
        ):
            assert (share["numerator"], share["denominator"]) == expected, code


@pytest.mark.parametrize(
    ("request_slug", "day", "totals"),
    [
        ("kaz-csto-2022-01", "2022-01-31", {"answered": 5}),
        ("arm-csto-2022-09", "2022-09-13", {"not_coded": 5}),
        ("kgz-csto-2010", "2010-06-30", {"refused": 1, "not_coded": 5}),
    ],
)
def test_rosters_can_be_counted_from_the_csv(rows, answer, request_slug, day, totals):
    roster = answer(f"requests/{request_slug}/roster/")
    requester = roster["requester"]["state"]["code"]
    members = {row["state"]: row["on"] for row in rows(f"organizations/csto/members/?on={day}")}
    members.pop(requester)
    kinds = defaultdict(set)
    for response in rows(f"responses/?request={request_slug}"):
        kinds[response["responder"]].add(response["kind"])
    assert {row["state"]["code"]: (row["on"], row["behaviour"]) for row in roster["members"]} == {
        code: (on, behaviour(kinds[code])) for code, on in members.items()
    }
    assert roster["as_a_whole"]["behaviour"] == behaviour(kinds["csto"])
    assert {name: roster["totals"][name] for name in totals} == totals
    assert roster["totals"]["members"] == len(members) == sum(totals.values())


def test_agreement_in_the_two_votes_can_be_counted_from_the_csv(rows, answer):
    """Half an agreement for an abstention beside a yes or no; an absence is not compared."""
    found = answer("agreement/?states=ARM,BLR,KAZ,KGZ,TJK&body=unga&from=2022&to=2022")
    assert found["roll_calls"]["number"] == len(rows(found["roll_calls"]["rows"])) == 2
    scores = {}
    for pair in found["pairs"]:
        codes = (pair["state_a"]["code"], pair["state_b"]["code"])
        votes = defaultdict(dict)
        for row in rows(pair["votes"]):
            votes[row["roll_call"]][row["state"]] = row["choice"]
        alike = [
            1 - abs(PLACES[cast[codes[0]]] - PLACES[cast[codes[1]]]) / 2
            for cast in votes.values()
            if len(cast) == 2 and "absent" not in cast.values()
        ]
        assert pair["compared"] == len(alike)
        assert pair["score"] == sum(alike) / len(alike)
        assert pair["excluded"]["absent"] == 2 - len(alike)
        scores[codes] = (pair["score"], pair["compared"])
    # Abstained together on 2 March; on 7 April Armenia was absent, the others voted no.
    assert scores[("ARM", "KAZ")] == scores[("ARM", "KGZ")] == scores[("ARM", "TJK")] == (1, 1)
    assert scores[("ARM", "BLR")] == (0.5, 1)
    assert scores[("KAZ", "KGZ")] == scores[("KAZ", "TJK")] == scores[("KGZ", "TJK")] == (1, 2)
    assert scores[("BLR", "KAZ")] == scores[("BLR", "KGZ")] == scores[("BLR", "TJK")] == (0.75, 2)


# --- The API's examples are about them ------------------------------------------------------


@pytest.fixture
def ask(archive, client, settings, monkeypatch):
    """Gets an address as on the host that the examples name; the status and the JSON."""
    settings.ALLOWED_HOSTS = ["localhost"]

    def ask(name, address):
        if name == "problem_410":
            slug = address.split("/")[-2]
            withdrawn = {"status": Status.WITHDRAWN, "withdrawal_reason": "The article was false."}
            models.Membership.objects.filter(slug=slug).update(**withdrawn)
        if name == "problem_429":
            settings.REQUESTS_PER_MINUTE = 600
            ledger = throttle.Ledger()
            monkeypatch.setattr(throttle, "make_ledger", lambda: ledger)
            monkeypatch.setattr(throttle.time, "monotonic", lambda: 0.0)
            for _ in range(600):
                ledger.take("127.0.0.1", throttle.Scope("usual", 600), 0.0)
        if name.startswith("releases"):
            make.ReleaseFactory()
        if name.startswith(("imports", "discrepancies")):
            _import_that_differs()
        response = client.get(address, SERVER_NAME="localhost", SERVER_PORT="8000")
        return response.status_code, response.json()

    return ask


def _import_that_differs():
    """An import that confirms a roll call of the documents, but errs about one vote of it."""
    make.DiscrepancyFactory(
        uuid="5d1c34a2-6f2e-4c57-9d0b-6f0f3c0f9a11",
        source_import=make.ImportFactory(
            slug="undl-general-assembly-25e081e10281",
            layout="undl_general_assembly",
            source=make.SourceFactory(
                slug="un-digital-library", name="United Nations Digital Library", kind="dataset"
            ),
            file_name="es11.csv",
            sha256="25e081e10281".ljust(64, "0"),
            rows=193,
            imported_at="2026-01-31T12:00:00Z",
            report={
                "roll_calls": {"made": 0, "confirmed": 1},
                "votes": {"made": 188, "confirmed": 4, "differing": 1},
                "discrepancies": 1,
            },
        ),
        vote=models.Vote.objects.get(roll_call__slug="unga-es-11-1", state__code="ARM"),
        line=9,
        field="choice",
        held="abstain",
        imported="absent",
        settled_at="2026-01-31T13:00:00Z",
        settled_by="Ruth",
        settlement="held",
        reason="The official record lists Armenia among those that abstained.",
    )


@pytest.mark.parametrize("name", examples.read())
def test_example_is_what_the_api_answers(ask, name):
    example = examples.read()[name]
    status, answer = ask(name, example["address"])
    assert status == (int(name.removeprefix("problem_")) if "problem" in name else 200)
    if os.environ.get("RENEW_EXAMPLES"):
        examples.write(name, example["address"], examples.cut(answer))
    else:
        assert example["answer"] == examples.cut(answer), "if it should be so: make examples"


# --- The guide's samples are about them -----------------------------------------------------


@pytest.fixture
def sampled(archive, client):
    """The samples of a page of the guide, by kind."""

    def sampled(page, kind):
        address = f"/guide/{page}/" if page else "/guide/"
        found = samples(client.get(address).content.decode())
        return [code for each, code in found if each == kind]

    return sampled


@pytest.mark.parametrize("page", GUIDE)
def test_samples_with_curl_are_answered(sampled, client, page):
    for code in sampled(page, "curl"):
        for answer in run_curl(client, code):
            assert answer.status_code == 200, code
            rows = answer.json().get("results") if answer.content else None
            assert rows or rows is None or "certain=true" in code


def test_sample_of_an_error_is_that_error(sampled, client):
    (code,), (shown,) = sampled("errors", "curl refused"), sampled("errors", "answer")
    (answer,) = run_curl(client, code)
    assert answer.status_code == 400
    assert answer.json() == json.loads(shown)


@pytest.mark.parametrize("page", [page for page in GUIDE if page != "dates"])
def test_samples_in_python_run(sampled, client, monkeypatch, page):
    code, *exports = sampled(page, "python")
    printed = run_python(client, code, monkeypatch)
    for export in exports:
        ((rows,),) = run_python(client, export, monkeypatch)
        assert ["abstain", "Abstain"] in rows
    if page == "":
        (((first, *_), *_),), *_ = printed
        assert len(printed[0][0]) == models.Response.objects.filter(kind="silence").count()
        assert first == "Collective Security Treaty Organization"
    elif page == "silence":
        assert {stance for stance, *_ in printed} == {"supports", "disputes"}
    elif page == "errors":
        assert {request["slug"] for request in printed[0][0]} >= {"arm-csto-2021-05"}


def test_sample_in_r_asks_for_columns_that_there_are(sampled, client):
    (code,) = sampled("", "r")
    assert [row[1:] for row in run_r(client, code)] == [
        ["A/RES/ES-11/1", "2022-03-02", "abstain"],
        ["A/RES/ES-11/3", "2022-04-07", "absent"],
    ]
