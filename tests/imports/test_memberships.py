"""Files of members: drafts as exact as the data, compared with what is held, taken back."""

import gzip
from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from archive import fixtures, models
from archive.audit import memberships_possibly_overlap
from archive.choices import MembershipStanding, Status
from archive.history import changes
from tests.factories import MembershipFactory, OrganizationFactory, StateFactory, publish

pytestmark = pytest.mark.django_db

ATOP_HEADER = "atopid,member,yrent,moent,dayent,yrexit,moexit,dayexit,phase,defense,version"
COW_HEADER = (
    "version4id,ccode,state_name,all_st_day,all_st_month,all_st_year,all_end_day,all_end_month,"
    "all_end_year,ss_type,mem_st_day,mem_st_month,mem_st_year,mem_end_day,mem_end_month,"
    "mem_end_year,left_censor,right_censor,version"
)
STILL_IN = "0,0,0"


def table(header, *lines, end="\n"):
    return end.join([header, *lines, ""]).encode()


ATOP, COW = partial(table, ATOP_HEADER), partial(table, COW_HEADER)


def atop(member, begun="1992,5,15", ended=STILL_IN, number=4220, phase=0):
    return f"{number},{member},{begun},{ended}.0,{phase},1,4.01"


def cow(member, begun="15,5,1992", ended=",,", number=350, left=0, right=None, alliance=None):
    right = int(ended == ",,") if right is None else right
    founded = alliance or begun
    return (
        f'{number},{member},"Name",{founded},,,,"Type I: Defense Pact",{begun},{ended},'
        f"{left},{right},4.1"
    )


# The Collective Security Treaty, as the two data sets have it.
ATOP_TREATY = ATOP(
    atop(371, ended="2002,10,7", phase=1),
    atop(704, ended="1999,4,20", phase=1),
    atop(373, "1993,9,24", "1999,4,20", phase=1),
    atop(372, "1993,12,9", "1999,4,20", phase=1),
    atop(370, "1994,1,3", "2002,10,7", phase=1),
    atop(371, "2002,10,7", phase=2),
    atop(370, "2002,10,7", phase=2),
    atop(704, "2006,8,17", "2012,6,28", phase=2),
    atop(200, number=1, ended="1993,0,0"),
)
COW_TREATY = COW(*(cow(member) for member in (370, 371, 372, 373, 704)))
TO_CSTO = ("--alliance", "4220=csto,350=csto")
CSTO_OF_ATOP, CSTO_OF_COW = ("--alliance", "4220=csto"), ("--alliance", "350=csto")


@pytest.fixture
def csto():
    """The Treaty as the documents know it, without Georgia."""
    organization = OrganizationFactory(slug="csto")
    numbers = {"ARM": 371, "AZE": 373, "BLR": 370, "GEO": 372, "UZB": 704}
    states = {code: StateFactory(code=code, cow=number) for code, number in numbers.items()}
    periods = {"ARM": "1992/..", "AZE": "1993/1999", "BLR": "/..", "UZB": "1992/2012"}
    for code, period in periods.items():
        publish(
            MembershipFactory(
                slug=f"{code.lower()}-csto",
                state=states[code],
                organization=organization,
                period=period,
            )
        )
    return organization


@pytest.fixture
def take(run_import):
    """Runs the command on these bytes; its report."""

    def run(content, *options, name="members.csv"):
        return run_import("import_memberships", content, *options, name=name)

    return run


def everything(*, sources=True):
    return [
        fixtures.dump(model)
        for name, model in fixtures.FILES.items()
        if sources or name != "03_sources.yaml"
    ]


def periods(**filters):
    return dict(models.Membership.objects.filter(**filters).values_list("slug", "period"))


def undo(slug):
    err = StringIO()
    try:
        call_command("undo_import", slug, "--by", "Rita", stdout=StringIO(), stderr=err)
    except CommandError:
        return err.getvalue()
    return ""


def test_two_data_sets_confirm_add_disagree_and_are_taken_back(csto, take, at_commit):
    before, without_sources = everything(), everything(sources=False)
    dry = take(ATOP_TREATY, *CSTO_OF_ATOP, "--dry-run")
    assert "Memberships: 1 made, 3 confirmed, 1 differing" in dry
    assert "Alliances left out: 1 (not named by --alliance" in dry
    assert "the data end on 31 December 2016" in dry
    assert everything() == before
    assert not models.Import.objects.exists()

    told = take(ATOP_TREATY, *CSTO_OF_ATOP)
    at_commit()
    assert (
        "line 3: uzb-csto, period: held “1992/2012”, the file says “1992-05-15/1999-04-20, "
        "2006-08-17/2012-06-28”" in told
    )
    made = models.Membership.objects.get(slug="geo-csto-1993")
    assert (made.period, made.status) == ("1993-12-09/1999-04-20", Status.DRAFT)
    assert list(made.imported_rows.values_list("line", "number", "made")) == [(5, "4220", True)]
    [change] = changes(made)
    assert "import_memberships by Edith" in change.who
    armenia = models.Membership.objects.get(slug="arm-csto")
    assert armenia.period == "1992/.."
    assert list(armenia.imported_rows.values_list("line", "made")) == [(2, False), (7, False)]
    assert models.Discrepancy.objects.open().get().membership.slug == "uzb-csto"
    assert "No change" in take(ATOP_TREATY, *CSTO_OF_ATOP)

    told = take(COW_TREATY, *CSTO_OF_COW)
    at_commit()
    assert "Memberships: 0 made, 2 confirmed, 3 differing" in told
    assert [line.strip() for line in told.splitlines() if "held" in line] == [
        f"line {line}, period: held “{held}”, the file says “1992-05-15/..”"
        for line, held in (
            ("4: geo-csto-1993", "1993-12-09/1999-04-20"),
            ("5: aze-csto", "1993/1999"),
            ("6: uzb-csto", "1992/2012"),
        )
    ]
    assert list(memberships_possibly_overlap()) == []

    atop_import, cow_import = models.Import.objects.order_by("pk").values_list("slug", flat=True)
    assert "another import differs about “geo-csto-1993”" in undo(atop_import)
    assert undo(cow_import) == undo(atop_import) == ""
    at_commit()
    assert everything(sources=False) == without_sources
    # Once taken back, it may come again; the numbers are known no longer.
    with pytest.raises(CommandError, match="none is an organization that the archive knows"):
        take(ATOP_TREATY)


def test_whole_files_make_organizations_and_states_that_go_with_the_last(take, at_commit):
    before = everything(sources=False)
    told = take(
        COW(
            cow(200, "1,1,1816", left=1, number=1, alliance="9,5,1386"),
            cow(235, "1,1,1816", "15,2,1911", left=1, number=1),
            cow(365, "6,7,1961", "7,9,1995", number=264),
            cow(731, "6,7,1961", "-9,9,1995", number=264),
            cow(345, "27,-9,1981", "31,12,2012", right=1, number=9),
            # Germany under two numbers, without a break; Egypt leaves and comes back.
            cow(260, "9,5,1955", "2,10,1990", number=210),
            cow(255, "3,10,1990", number=210),
            cow(651, "22,3,1945", "31,3,1979", number=210),
            cow(651, "22,5,1989", number=210),
            cow(678, "-9,-9,1945", "-9,-9,1990", number=210),
        ),
        "--make-organizations",
        "--make-states",
    )
    at_commit()
    assert "Alliances: 4 made, 0 known" in told
    assert "States made: 11: DEU EGY GBR PRK PRT RUS SCG SRB SUN YEM YUG" in told
    assert periods() == {
        "gbr-cow-1": "/..",
        "prt-cow-1": "/1911-02-15",
        "sun-cow-264-1961": "1961-07-06/1991-12-26",
        "rus-cow-264-1991": "1991-12-26/1995-09-07",
        "prk-cow-264-1961": "1961-07-06/1995-09",
        "yug-cow-9-1981": "1981/2003-02-04",
        "scg-cow-9-2003": "2003-02-04/2006-06-03",
        "srb-cow-9-2006": "2006-06-03/..",
        "deu-cow-210-1955": "1955-05-09/..",
        "egy-cow-210-1945": "1945-03-22/1979-03-31",
        "egy-cow-210-1989": "1989-05-22/..",
        "yem-cow-210-1945": "1945/1990",
    }
    names = dict(models.Organization.objects.values_list("slug", "name"))
    assert names["cow-1"] == "Defense pact of Portugal and United Kingdom, 1386 (COW 1)"
    assert names["cow-210"] == "Defense pact of Egypt, Germany and Yemen, 1955 (COW 210)"
    assert models.Organization.objects.get(slug="cow-1").founded == "1386-05-09"
    germany = models.State.objects.get(code="DEU")
    assert (germany.name, germany.iso2, germany.cow) == ("Germany", "DE", 255)
    note = models.Membership.objects.get(slug="deu-cow-210-1955").note
    assert note.startswith("Still a member when the data of Correlates of War end, on 31 December")

    # A later version of the data set knows the same numbers, and the other data set the states.
    told = take(COW(cow(731, "6,7,1961", "8,9,1995", number=264)))
    assert "Alliances: 0 made, 1 known" in told
    assert "Memberships: 0 made, 1 confirmed, 2 differing" in told  # silent on SUN and RUS
    told = take(ATOP(atop(365, "1992,1,1"), atop(731, "1992,1,1")), "--make-organizations")
    assert "Memberships: 2 made" in told
    first, second, third = models.Import.objects.order_by("pk").values_list("slug", flat=True)
    assert "another import says the same of “prk-cow-264-1961”" in undo(first)
    assert undo(second) == undo(first) == ""
    assert set(models.State.objects.values_list("code", flat=True)) == {"PRK", "RUS"}
    assert undo(third) == ""
    at_commit()
    assert everything(sources=False) == before


def test_what_somebody_built_on_is_not_undone(csto, take, at_commit):
    take(ATOP_TREATY, *CSTO_OF_ATOP)
    [made] = models.Membership.objects.filter(slug="geo-csto-1993")
    made.status = Status.PUBLISHED  # the line of the file is its proof
    made.save()
    at_commit()
    slug = models.Import.objects.get().slug
    assert "“geo-csto-1993” has been changed since" in undo(slug)
    assert periods(slug="geo-csto-1993")


def test_several_alliances_may_be_one_organization(csto, take):
    told = take(
        COW(
            cow(371),
            cow(371, "10,2,1995", number=349),
            cow(372, "9,12,1993", "31,12,1999", number=349),
            cow(704, "24,6,1992", "1,1,2013", number=1),
        ),
        *("--alliance", "350=csto", "--alliance", "349=csto"),
    )
    assert "Memberships: 1 made, 1 confirmed, 3 differing" in told
    assert "uzb-csto, period: held “1992/2012”, the file says nothing" in told
    rows = models.ImportedRow.objects.filter(membership__slug="arm-csto")
    assert list(rows.values_list("line", "number")) == [(2, "350"), (3, "349")]


def test_a_party_is_neither_observer_nor_signatory(csto, take):
    models.Membership.objects.filter(slug__in=["arm-csto", "aze-csto"]).update(
        standing=MembershipStanding.OBSERVER
    )
    told = take(ATOP(atop(371), atop(370), atop(704, ended="2012,6,28")), *CSTO_OF_ATOP)
    assert "Memberships: 0 made, 2 confirmed, 1 differing" in told  # Azerbaijan did but observe
    assert "arm-csto, standing: held “observer”, the file says “full”" in told


def test_rejected_alliances_can_be_left_out(csto, take):
    content = ATOP(
        *(atop(371), atop(704, "1992,13,1"), atop(371, number=7)),
        *(atop(702, number=8), atop(9999, number=8), ATOP_HEADER),
    )
    options = ("--make-organizations", "--make-states", "--leave-out-rejected", *CSTO_OF_ATOP)
    told = take(content, *options)
    assert "Alliances left out: 2 (has rejected lines)" in told
    assert "Rejected lines: 3" in told
    assert periods(organization__slug__startswith="atop") == {"arm-atop-7-1992": "1992-05-15/.."}
    assert not models.State.objects.filter(code="TJK").exists()
    # Of which alliance a broken row is nobody knows, so no member can be called absent.
    with pytest.raises(CommandError, match="Nothing was imported"):
        take(content + b"4220,370", *options)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (ATOP(atop(371)).replace(b"yrexit,", b""), "lacks the column yrexit"),
        (ATOP(atop(371), ATOP_HEADER), "second header"),
        (gzip.compress(ATOP_TREATY)[:-9], "breaks off"),
        (b"\xff\xfe" + "atopid".encode("utf-16-le"), "UTF-16"),
        (COW(cow(371)).replace(b"Name", b"Arm\xe9nie"), "line 2: this is not UTF-8"),
        (ATOP(atop(371, "1992,2,30")), "2,dayent,1992-02-30,'1992-02-30' names a day"),
        (ATOP(atop(371, "0,0,0")), "has no year"),
        (ATOP(atop(371, "1992,5,15", "1991,5,15")), "ends before it starts"),
        (ATOP(atop("Armenia")), "member,Armenia,no state has this number"),
        (ATOP(atop(702)), "no state TJK in the archive"),
        (ATOP(atop(371), "4220,704"), "2 values in the place of 11"),
        (ATOP(atop(371, number="4220\0")), "zero byte"),
        (COW(cow(371, ended=",,", right=0)), "though right_censor does not say"),
        (ATOP(atop(371, number=7)), "holds no alliance 4220, 350"),
        (ATOP(), "no rows"),
        (b"", "empty"),
        (b"a,b\n1,2\n", "no known layout"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_trap_is_a_clear_word_and_nothing_is_written(csto, refusal, content, words):
    said = refusal("import_memberships", content, *TO_CSTO, name="members.csv")
    assert words in said
    assert "Nothing was" in said
    assert models.Membership.objects.count() == 4
    assert not models.Import.objects.exists()


def test_organizations_must_be_there_and_named_rightly(csto, take):
    with pytest.raises(CommandError, match="no organization “nato” that alliance 3180 could be"):
        take(ATOP_TREATY, "--alliance", "3180=nato")
    with pytest.raises(CommandError, match="“csto” is not NUMBER=ORGANIZATION"):
        take(ATOP_TREATY, "--alliance", "csto")


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (b"\xef\xbb\xbf" + COW_TREATY, ()),
        (COW_TREATY.replace(b"\n", b"\r\n"), ()),
        (gzip.compress(COW_TREATY), ()),
        (COW_TREATY.replace(b"Name", b"Arm\xe9nie"), ("--encoding", "latin-1")),
        (COW_TREATY.replace(b",4.1", b".0,4.1"), ()),
    ],
    ids=["byte-order mark", "CR LF", "gzip", "Latin-1", "numbers such as 1.0"],
)
def test_what_can_be_read_is_read(csto, take, content, options):
    told = take(content, *CSTO_OF_COW, "--dry-run", *options)
    assert "Memberships: 1 made, 2 confirmed, 2 differing" in told
