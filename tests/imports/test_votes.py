"""Files of votes: taken in whole or not at all, compared, refused in words, taken back."""

import gzip
import os
from io import StringIO
from pathlib import Path
from unittest.mock import MagicMock

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection

from archive import fixtures, models
from archive.choices import Status
from archive.imports import mass
from archive.imports import undo as undoing
from archive.imports.votes import VoteIntake
from tests.factories import (
    CitationFactory,
    OrganizationFactory,
    RollCallFactory,
    StateFactory,
    VoteFactory,
    publish,
)
from tests.models.breaches import force_deferred

pytestmark = pytest.mark.django_db

HEADER = (
    "undl_id,ms_code,ms_name,ms_vote,date,session,resolution,draft,committee_report,meeting,title,"
    "agenda_title,subjects,total_yes,total_no,total_abstentions,total_non_voting,total_ms,undl_link"
)
COUNCIL = (
    "undl_id,ms_code,ms_name,permanent_member,ms_vote,date,resolution,draft,meeting,description,"
    "agenda,subjects,vote_note,total_yes,total_no,total_abstentions,total_non_voting,total_ms,"
    "modality,undl_link"
)
NAMES = {"ARM": "ARMENIA", "BLR": "BELARUS", "KAZ": "KAZAKHSTAN", "RUS": "RUSSIAN FEDERATION"}


def line(number, code, vote, totals="1.0,1.0,1.0,1.0,4.0", symbol="A/RES/ES-11/1"):
    return (
        f"{number},{code},{NAMES.get(code, code)},{vote},2022-03-02,ES-11,{symbol},,,,"
        f"Aggression against Ukraine,,,{totals},https://example.org/{number}"
    )


def roll(number=7, votes="YNAX", **kwargs):
    return [line(number, code, vote, **kwargs) for code, vote in zip(NAMES, votes, strict=True)]


def table(*lines, header=HEADER, end="\n"):
    return end.join([header, *lines, ""]).encode()


@pytest.fixture(autouse=True, params=["a few votes", "a mass"])
def number(request, monkeypatch):
    """Votes come into the archive by one of two ways, which only the number of them decides."""
    if request.param == "a mass":
        monkeypatch.setattr(mass, "MANY", 1)
        monkeypatch.setattr(VoteIntake, "_is_mass", lambda self: not self.options.dry_run)


@pytest.fixture
def unga():
    for code, name in NAMES.items():
        StateFactory(
            code=code, name=name.title(), iso2={"BLR": "BY", "KAZ": "KZ"}.get(code, code[:2])
        )
    return OrganizationFactory(slug="unga")


@pytest.fixture
def take(run_import):
    """Runs the command on these bytes; its report."""

    def run(content, *options, name="votes.csv"):
        return run_import("import_votes", content, *options, name=name)

    return run


def everything():
    return [fixtures.dump(model) for model in fixtures.FILES.values()]


def test_a_file_confirms_adds_and_is_taken_back(unga, take, at_commit):
    held = RollCallFactory(body=unga, slug="held", symbol="A/RES/ES-11/1", date="2022-03-02")
    known = publish(VoteFactory(roll_call=held, state__code="ARM", choice="yes"))
    VoteFactory(roll_call=held, state=models.State.objects.get(code="BLR"), choice="abstain")
    disputed = models.Vote.objects.get(state__code="BLR")
    publish(disputed)
    before = everything()
    content = table(*roll(), *roll(8, symbol="A/RES/ES-11/2"))

    dry = take(content, "--dry-run")
    assert "Votes: 6 made, 1 confirmed, 1 differing" in dry
    assert everything() == before
    assert not models.Import.objects.exists()

    told = take(content)
    at_commit()
    assert "Votes: 6 made, 1 confirmed, 1 differing" in told
    assert "held/BLR, choice: held “abstain”, the file says “no”" in told
    made = models.RollCall.objects.get(slug="unga-undl-8")
    assert (made.complete, made.total_yes, made.status) == (True, 1, Status.PUBLISHED)
    assert {vote.state.code: vote.choice for vote in made.votes.all()} == {
        "ARM": "yes", "BLR": "no", "KAZ": "abstain", "RUS": "absent"
    }  # fmt: skip
    vote = made.votes.get(state__code="KAZ")
    assert (vote.imported.sha256[:12], vote.import_line) == (vote.imported.slug[-12:], 8)
    disputed.refresh_from_db()
    assert (disputed.choice, disputed.discrepancies.open().get().imported) == ("abstain", "no")
    assert known.imported_rows.get().made is False

    assert "No change" in take(content)
    slug = models.Import.objects.get().slug
    call_command("undo_import", slug, stdout=StringIO())
    at_commit()
    after = everything()
    sources = list(fixtures.FILES).index("03_sources.yaml")
    assert [*after[:sources], *after[sources + 1 :]] == [
        *before[:sources], *before[sources + 1 :]
    ]  # fmt: skip
    assert models.Import.objects.get().undone_by
    assert "Votes: 6 made" in take(content)  # and once more


def test_what_is_taken_back_is_counted_in_words(unga, take, at_commit):
    held = RollCallFactory(body=unga, slug="held", symbol="A/RES/ES-11/1", date="2022-03-02")
    VoteFactory(roll_call=held, state=models.State.objects.get(code="BLR"), choice="abstain")
    take(table(*roll(votes="YNAX"), *roll(8, symbol="A/RES/ES-11/2")))
    at_commit()
    out = StringIO()
    slug = models.Import.objects.get().slug
    call_command("undo_import", slug, "--dry-run", stdout=out)
    assert out.getvalue() == (
        "Would take back: 1 discrepancy, 7 votes, 2 imported rows, 1 roll call.\n"
    )


def test_what_somebody_built_on_is_not_undone(unga, take):
    take(table(*roll()))
    vote = models.Vote.objects.get(state__code="ARM")
    vote.intended = "no"
    vote.save()
    slug = models.Import.objects.get().slug
    err = StringIO()
    with pytest.raises(CommandError, match="built on"):
        call_command("undo_import", slug, stderr=err)
    assert "“unga-undl-7/ARM” has been changed since" in err.getvalue()
    assert models.Vote.objects.count() == 4


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (table(*roll(), header=HEADER.replace("ms_vote,", "")), "lacks the column ms_vote"),
        (table(*roll(), HEADER), "second header"),
        (gzip.compress(table(*roll()))[:-9], "breaks off"),
        (b"\xff\xfe" + "undl_id".encode("utf-16-le"), "UTF-16"),
        (table(*roll()).replace(b"ARMENIA", b"ARM\xc9NIE"), "line 2: this is not UTF-8"),
        (table(*roll(totals="2.0,1.0,1.0,1.0,4.0")), "has 1 row of them"),
        (table(*roll(totals="1.5,1.0,1.0,1.0,4.0")), "not a whole number"),
        (table(*roll(votes="YNAQ")), "not one of Y, N, A, X"),
        (table(*roll()[:3], line(7, "QQQ", "X")), "no such state"),
        (table(*roll(), roll()[0]), "votes twice"),
        (table(*roll()[:3], "7,RUS"), "2 values in the place of 19"),
        (table(*roll()[:3], roll(totals="9,9,9,9,9")[3]), "line 2 says"),
        (table(*roll()).replace(b"2022-03-02", b"March"), "not a date"),
        (table(), "no rows"),
        (b"", "empty"),
        (b"a,b\n1,2\n", "no known layout"),
        (table(*roll()).replace(b",", b";"), "no commas between its values"),
        (table(*roll(), end="\r"), "lines end in CR alone"),
        (table(*roll("1/2"), *roll("1-2")), "the same as 1/2"),
        (table(*roll("ÄÖ")), "not the number of a roll call"),
        (table(*roll()).replace(b"https:", b"javascript:"), "not an address"),
        ((table(*roll()), "--roll-calls", "rolls.csv"), "--roll-calls is for unvotes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_trap_is_a_clear_word_and_nothing_is_written(unga, tmp_path, content, words):
    path, rejects = tmp_path / "votes.csv", tmp_path / "rejects.csv"
    content, *options = content if isinstance(content, tuple) else (content,)
    path.write_bytes(content)
    err = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("import_votes", str(path), "--rejects", str(rejects), *options, stderr=err)
    listed = rejects.read_text() if rejects.exists() else ""
    assert words in str(refused.value) + listed
    assert "Nothing was" in str(refused.value)
    assert not models.RollCall.objects.exists()
    assert not models.Source.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + table(*roll()),
        table(*roll(), end="\r\n"),
        gzip.compress(table(*roll())),
        table(
            *(one.replace("Ukraine,,,", "Ukraine,,,a note,") for one in roll()),
            header=HEADER.replace("total_yes", "vote_note,total_yes"),
        ),
        table(*roll()[:2], "", *roll()[2:], ""),
    ],
    ids=["byte-order mark", "CR LF", "gzip", "20 columns", "empty lines"],
)
def test_what_can_be_read_is_read(unga, take, content):
    assert "Votes: 4 made" in take(content)


def test_the_body_must_be_there(take):
    with pytest.raises(CommandError, match=r"no organization “unga”.*--body"):
        take(table(*roll()))


# The Council of 1973, with an adoption without a vote, and of 2022, on calling the Assembly.
COUNCIL_1973 = [
    *("AUS", "AUT", "CHN", "FRA", "GBR", "GIN", "IDN", "IND"),
    *("KEN", "PAN", "PER", "SDN", "SUN", "USA", "YUG"),
]
COUNCIL_2022 = {"RUS": "N", "ARE": "A", "CHN": "A", "IND": "A"} | dict.fromkeys(
    ("ALB", "BRA", "FRA", "GAB", "GBR", "GHA", "IRL", "KEN", "MEX", "NOR", "USA"), "Y"
)


def council(number, votes, totals, *, date="1973-04-20", symbol="331(1973)", note="", modality=""):
    return [
        f"{number},{code},{code},{code in 'CHN FRA GBR RUS SUN USA'},{vote},{date},S/RES/{symbol},"
        f",S/PV.1,Security Council resolution {symbol},THE SITUATION,,{note},{totals},{modality},"
        f"https://digitallibrary.un.org/record/{number}"
        for code, vote in votes.items()
    ]


def test_adoption_without_a_vote_is_no_recorded_vote(unga, take):
    OrganizationFactory(slug="unsc")
    yes = dict.fromkeys(COUNCIL_1973, "Y")
    told = take(
        table(
            *council(1, yes, "0,0,0,0,15", modality="Without Vote"),
            *council(2, yes, "15,0,0,0,15", note="Adopted without vote"),
            *council(3, yes, "15,0,0,0,15", note="Adopted by acclamation", modality="Vote"),
            *council(4, yes, ",,,,15"),
            *council(5, yes, "15,0,0,0,15", note="CHINA left without waiting for the vote"),
            *council(
                *(6, COUNCIL_2022, "11.0,1.0,3.0,0.0,15.0"),
                date="2022-02-27",
                symbol="2623 (2022)",
                modality="Vote",
            ),
            header=COUNCIL,
        ),
        "--make-states",
    )
    assert "left out: 4 (adopted without a vote" in told
    five, six = models.RollCall.objects.order_by("slug")
    assert (five.slug, five.total_yes, five.complete) == ("unsc-undl-5", 15, True)
    assert (six.symbol, six.title) == (
        "S/RES/2623 (2022)", "Security Council resolution 2623 (2022)"
    )  # fmt: skip
    assert {vote.state.code: vote.choice[:1].upper() for vote in six.votes.all()} == COUNCIL_2022


def test_rejected_roll_calls_can_be_left_out(unga, take):
    told = take(table(*roll(votes="YNAQ"), *roll(8)), "--leave-out-rejected")
    assert "Roll calls: 1 made" in told
    assert models.Vote.objects.count() == 4


def test_what_is_rejected_is_listed_before_anything_is_written(unga, take, tmp_path):
    nowhere = tmp_path / "nowhere" / "rejects.csv"
    options = ("--leave-out-rejected", "--rejects", str(nowhere))
    with pytest.raises(CommandError, match="Name another file with --rejects"):
        take(table(*roll(votes="YNAQ"), *roll(8)), *options)
    assert not models.Import.objects.exists()


def test_rejects_are_not_listed_in_the_place_of_the_file(unga, take, tmp_path):
    path = tmp_path / "votes.csv"
    content = table(*roll(votes="YNAQ"))
    with pytest.raises(CommandError, match="is read, and cannot list"):
        take(content, "--rejects", str(path))
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (os.mkfifo, "is a pipe: save what it gives as a file first"),
        (lambda path: path.symlink_to(os.devnull), "is a device: save what it gives as a file"),
        (Path.mkdir, "is a folder: name a file"),
        (lambda path: path.symlink_to("nothing"), "No such file"),
    ],
    ids=["pipe", "device", "folder", "nothing"],
)
def test_what_is_no_file_is_not_waited_for(unga, tmp_path, make, words):
    thing = tmp_path / "un_votes.csv"
    make(thing)
    with pytest.raises(CommandError, match=words):
        call_command("import_votes", str(thing))
    votes = tmp_path / "votes.csv"
    votes.write_bytes(b"rcid,country,country_code,vote\n3,Russia,RU,yes\n")
    with pytest.raises(CommandError, match=words.replace("No such file", "needs its roll calls")):
        call_command("import_votes", str(votes), "--roll-calls", str(thing))
    assert not models.Import.objects.exists()


def test_a_file_in_a_locked_folder_is_a_clear_word(unga, tmp_path, monkeypatch):
    locked, ask = tmp_path / "locked", Path.stat

    def stat(path, **options):
        if path.parent == locked:
            raise PermissionError(13, "Permission denied")
        return ask(path, **options)

    monkeypatch.setattr(Path, "stat", stat)
    rejects = tmp_path / "rejects.csv"
    rejects.touch()
    with pytest.raises(CommandError, match="cannot be read: Permission denied"):
        call_command("import_votes", str(locked / "votes.csv"), "--rejects", str(rejects))


def test_where_rejects_are_listed_is_told_in_full(unga, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("votes.csv").write_bytes(table(*roll(votes="YNAQ")))
    err = StringIO()
    with pytest.raises(CommandError, match="Nothing was imported"):
        call_command("import_votes", "votes.csv", stderr=err)
    assert f"all of them in {tmp_path / 'votes.csv.rejects.csv'}" in err.getvalue()


def test_a_line_of_no_known_roll_call_stops_even_what_could_be_left_out(unga, take, tmp_path):
    """Without totals a roll that lacks a vote looks whole."""
    (tmp_path / "un_roll_calls.csv").write_text(ROLLS)
    votes = b"rcid,country,country_code,vote\n3,Russia,RU,yes\n4,Russia,RU,no\n"
    for broken in (b"4,Belarus\n", b"44,Belarus,BY,no\n"):
        with pytest.raises(CommandError, match="does not help"):
            take(votes + broken, "--make-states", "--leave-out-rejected", name="un_votes.csv")
    assert not models.RollCall.objects.exists()


def test_a_dry_run_tells_all_though_lines_are_rejected(unga, tmp_path):
    path, out = tmp_path / "votes.csv", StringIO()
    path.write_bytes(table(*roll(), line(8, "QAT", "Y"), line(8, "QAA", "N")))
    options = ("--dry-run", "--rejects", str(tmp_path / "rejects.csv"))
    with pytest.raises(CommandError, match=r"would be imported\. Have .* with --make-states"):
        call_command("import_votes", str(path), *options, stdout=out, stderr=StringIO())
    told = out.getvalue()
    assert "Votes: 4 made" in told
    assert "Roll calls left out: 1 (has rejected lines)" in told
    assert "States that the archive lacks: 2: QAA QAT" in told
    assert "A dry run: nothing was written" in told


def test_votes_of_which_a_later_import_says_the_same_are_not_undone(unga, take):
    RollCallFactory(body=unga, slug="held", symbol="A/RES/ES-11/1", date="2022-03-02")
    take(table(*roll()))
    first = models.Import.objects.get()
    assert "4 confirmed" in take(table(*reversed(roll())))
    later = models.Import.objects.exclude(pk=first.pk).get()
    err = StringIO()
    with pytest.raises(CommandError, match="built on"):
        call_command("undo_import", first.slug, stderr=err)
    assert "a later import may say the same of its votes in “held”" in err.getvalue()
    for each in (later, first):
        call_command("undo_import", each.slug, stdout=StringIO())
    assert not models.Vote.objects.exists()


def test_china_is_who_held_its_seat_on_the_day(unga, take):
    lines = [line(number, "CHN", "Y", totals="1.0,0.0,0.0,0.0,1.0") for number in (7, 8)]
    content = table(*lines).replace(b"CHN,CHN", b"CHN,CHINA")
    take(content.replace(b"2022-03-02", b"1971-10-24", 1), "--make-states")
    found = models.Vote.objects.values_list("roll_call__date", "state__code", "state__name")
    assert set(found) == {("1971-10-24", "TWN", "Taiwan"), ("2022-03-02", "CHN", "China")}


def test_a_state_that_is_made_has_its_last_name(unga, take):
    lines = [line(number, "MMR", "Y", totals="1.0,0.0,0.0,0.0,1.0") for number in (7, 8, 9)]
    content = table(*lines).replace(b"MMR,MMR", b"MMR,BURMA", 1).replace(b"MMR,MMR", b"MMR,MYANMAR")
    take(content.replace(b"2022-03", b"1971-03", 1), "--make-states")
    assert models.State.objects.get(code="MMR").name == "Myanmar"


ROLLS = (
    "rcid,session,importantvote,date,unres,amend,para,short,descr\n"
    "3,1.0,0,1946-01-01,R/1/66,1,0,RULES,TO ADOPT\n4,74.0,,2019-12-10,,,,Seas,\n"
)


def test_unvotes_means_the_state_of_the_day(unga, take, tmp_path, monkeypatch):
    monkeypatch.setattr(mass, "MANY", 1)  # so that the table is filled bare
    (tmp_path / "un_roll_calls.csv").write_text(ROLLS)
    content = (
        b"rcid,country,country_code,vote\n3.0,Russia,RU,yes\n3.0,Zanzibar,,no\n"
        b"3.0,Belarus,BY,yes\n4,Russia,RU,abstain\n4,Yugoslavia,YU,no\n"
    )
    with pytest.raises(CommandError, match="Nothing was imported"):
        take(content, name="un_votes.csv")
    before = structure()
    told = take(content, "--make-states", "--draft", name="un_votes.csv")
    assert structure() == before
    assert "States made: 3: EAZ SRB SUN" in told
    # The file calls it by the name of another state, of which there is one already.
    assert models.State.objects.get(code="SRB").name == "Serbia"
    found = models.Vote.objects.values_list("roll_call__slug", "state__code", "choice")
    assert set(found) == {
        ("unga-unvotes-3", "SUN", "yes"),
        ("unga-unvotes-3", "EAZ", "no"),
        ("unga-unvotes-3", "BLR", "yes"),
        ("unga-unvotes-4", "RUS", "abstain"),
        ("unga-unvotes-4", "SRB", "no"),
    }
    assert set(models.RollCall.objects.values_list("status", flat=True)) == {Status.DRAFT}

    revision = moved()
    call_command("undo_import", models.Import.objects.get().slug, stdout=StringIO())
    assert structure() == before
    assert not models.Vote.objects.exists()
    assert not models.Vote.versions.rel.related_model.objects.exists()
    assert moved() > revision


@pytest.mark.parametrize("number", ["a few votes"], indirect=True)
def test_only_for_a_mass_of_new_votes_readers_wait(unga, take, monkeypatch):
    monkeypatch.setattr(mass, "MANY", 1)
    locked = MagicMock(wraps=mass.built_afterwards)
    monkeypatch.setattr(mass, "built_afterwards", locked)
    take(table(*roll()), "--dry-run")
    with pytest.raises(CommandError):
        take(table(*roll(votes="QNAX")))
    with pytest.raises(CommandError, match="does not help"):
        take(table("7,ARM", *roll()), "--leave-out-rejected")
    assert not locked.called
    take(table(*roll()))
    assert locked.call_count == 1
    take(table(*roll(8)))
    assert locked.call_count == 1


def test_a_mass_that_a_passage_rests_on_is_not_undone(unga, take, monkeypatch):
    monkeypatch.setattr(mass, "MANY", 1)
    take(table(*roll()))
    CitationFactory(vote=models.Vote.objects.get(state__code="ARM"))
    force_deferred()
    # Whoever overlooks it meets the key that was laid aside.
    monkeypatch.setattr(undoing, "blockers", lambda cursor, values: [])
    before = structure()
    with pytest.raises(IntegrityError, match="archive_citation_vote_id"):
        call_command("undo_import", models.Import.objects.get().slug, stdout=StringIO())
    assert structure() == before
    assert models.Vote.objects.count() == 4


def test_what_a_line_says_is_known_from_others_like_it(unga, take):
    """Quotes, values over several lines and another order of columns are read as ever."""
    names = [*NAMES, "QAT"]
    StateFactory(code="QAT", name="Qatar", iso2="QA")
    quoted = [
        line(number, code, vote, totals="2.0,1.0,1.0,1.0,5.0").replace(NAMES.get(code, code), name)
        for number in (7, 8, 9)
        for code, vote, name in zip(
            names, "YNAXY", ["ARMENIA", "BELARUS", '"KAZ, ""THE"""', '"RUSSIAN\nFED."', "QAT"],
            strict=True,
        )
    ]  # fmt: skip
    content = table(*quoted)
    assert "Votes: 15 made" in take(content)
    lines = models.Vote.objects.order_by("import_line").values_list("import_line", "state__code")
    # The value of the Russian row goes on in the next line.
    assert list(lines)[:6] == [
        (2, "ARM"), (3, "BLR"), (4, "KAZ"), (5, "RUS"), (7, "QAT"), (8, "ARM")
    ]  # fmt: skip
    assert (
        models.Vote.objects.get(roll_call__slug="unga-undl-9", state__code="RUS").choice == "absent"
    )


def test_a_row_over_several_lines_is_rejected_by_its_first(unga, refusal):
    first, second, *others = roll(votes="YQAX")
    second = second.replace("BELARUS", '"BELA\nRUS"')  # in lines 3 and 4
    without_end = '7,"RUS\nSIAN'
    told = refusal("import_votes", table(first, second, *others, without_end), name="votes.csv")
    assert "\n3,ms_vote,Q," in told
    assert "\n7,,7,RUS" in told.replace('"', "")


def moved():
    return sum(models.Revision.objects.values_list("vote_changes", flat=True))


def structure():
    """Indexes, constraints and triggers of the table of votes, as PostgreSQL has them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'archive_vote'"
            "::regclass UNION SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE 'archive_vote'::regclass IN (conrelid, confrelid) "
            "UNION SELECT tgname || tgenabled::text FROM pg_trigger "
            "WHERE tgrelid = 'archive_vote'::regclass AND NOT tgisinternal"
        )
        return {name for (name,) in cursor.fetchall()}


@pytest.mark.parametrize(
    ("in_file", "name"),
    [
        ("CÔTE D'IVOIRE", "Côte d'Ivoire"),
        ("DEMOCRATIC PEOPLE'S REPUBLIC OF KOREA", "Democratic People's Republic of Korea"),
        ("VENEZUELA (BOLIVARIAN REPUBLIC OF)", "Venezuela (Bolivarian Republic of)"),
        ("GUINEA-BISSAU", "Guinea-Bissau"),
        ("TÜRKİYE", "Türkiye"),
        ("Republic of the USA's Friends", "Republic of the USA's Friends"),
    ],
)
def test_a_state_that_is_made_is_called_as_people_write_it(unga, take, in_file, name):
    take(
        table(
            line(7, "QAA", "Y", totals="1.0,0.0,0.0,0.0,1.0").replace("QAA,QAA", f"QAA,{in_file}")
        ),
        "--make-states",
    )
    assert models.State.objects.get(code="QAA").name == name
