"""Each rule finds a planted failure, and is silent beside it."""

import pytest
from django.db import connection
from django.utils.timezone import now

from archive import audit, models
from archive.choices import RequestStanding, ResponseKind, Stance, Status, VoteChoice
from tests.factories import (
    ArticleFactory,
    CitationFactory,
    DiscrepancyFactory,
    EventFactory,
    ImportFactory,
    MembershipFactory,
    OrganizationFactory,
    ParticipationFactory,
    RequestFactory,
    ResponseFactory,
    RollCallFactory,
    SourceFactory,
    StateFactory,
    VoteFactory,
    cite,
    publish,
)

pytestmark = pytest.mark.django_db


def found_by(rule):
    """The keys of the records that a rule finds."""
    return [finding.record for finding in rule()]


def test_every_rule_is_tested_here():
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {rule.__name__ for rule in audit.RULES} <= tested


def test_findings_lists_errors_first():
    RequestFactory()
    ArticleFactory(published="", note="")
    levels = [finding.level for finding in audit.findings()]
    assert levels == sorted(levels)
    assert set(levels) == {audit.ERROR, audit.NOTICE}


def test_a_finding_names_the_record_by_its_key():
    request = RequestFactory(slug="arm-csto-2021-05")
    (finding,) = audit.request_without_response()
    assert finding.key == "request arm-csto-2021-05"
    assert "request arm-csto-2021-05" in str(finding)
    assert finding.record == request


def test_roll_differs_from_totals():
    whole = RollCallFactory(complete=True, total_yes=1, total_no=0)
    short = RollCallFactory(complete=True, total_yes=2)
    RollCallFactory(complete=False, total_yes=9)
    for roll_call in (whole, short):
        VoteFactory(roll_call=roll_call, choice=VoteChoice.YES)
    assert found_by(audit.roll_differs_from_totals) == [short]


def test_voter_did_not_exist():
    roll_call = RollCallFactory(date="1933-05-10")
    early = VoteFactory(roll_call=roll_call, state=StateFactory(existed="1934/"))
    late = VoteFactory(roll_call=roll_call, state=StateFactory(existed="1900/1932"))
    VoteFactory(roll_call=roll_call, state=StateFactory(existed="1933/"))
    VoteFactory(roll_call=roll_call, state=StateFactory(existed=""))
    assert set(found_by(audit.voter_did_not_exist)) == {early, late}
    # A data set knows the roll: Ukraine, Belarus and India voted from 1946 on.
    taken = ImportFactory()
    models.Vote.objects.filter(pk=early.pk).update(imported=taken, import_line=2)
    taken.imported_rows.create(line=3, made=False, vote=late)
    assert found_by(audit.voter_did_not_exist) == []


def test_import_says_otherwise():
    one = DiscrepancyFactory(vote=VoteFactory(state__code="BLR", roll_call__slug="unga-1"))
    settled = {"settled_at": now(), "settled_by": "R", "settlement": "held", "reason": "So."}
    DiscrepancyFactory(**settled)
    (finding,) = audit.import_says_otherwise()
    assert finding.record == one
    assert "the vote unga-1/BLR, line 2" in finding.message


def test_state_counted_twice():
    roll_call = RollCallFactory()
    first = VoteFactory(roll_call=roll_call, state=StateFactory(code="RUS", cow=365))
    VoteFactory(roll_call=roll_call, state=StateFactory(code="SUN", cow=365))
    VoteFactory(state=first.state)
    (finding,) = audit.state_counted_twice()
    assert finding.record.roll_call == roll_call
    assert "RUS" in finding.message
    assert "SUN" in finding.message


def test_memberships_possibly_overlap():
    state, league = StateFactory(), OrganizationFactory()
    first = MembershipFactory(state=state, organization=league, period="1920/1933")
    MembershipFactory(state=state, organization=league, period="1933/1940")
    MembershipFactory(state=state, organization=league, period="1941/1942")
    MembershipFactory(state=state, period="1930/1940")
    assert found_by(audit.memberships_possibly_overlap) == [first]


def test_rests_on_one_source():
    one_outlet, one_author, fine = (EventFactory(status=Status.PUBLISHED) for _ in range(3))
    gazette, herald = SourceFactory(), SourceFactory()
    article = {"status": Status.PUBLISHED}
    cite(one_outlet, article=ArticleFactory(source=gazette, authors=["A"], **article))
    cite(one_outlet, article=ArticleFactory(source=gazette, authors=["B"], **article))
    # A reprint counts as the outlet that printed it first.
    cite(
        one_outlet,
        article=ArticleFactory(source=herald, first_published_by=gazette, authors=["C"], **article),
    )
    cite(one_author, article=ArticleFactory(source=gazette, authors=["A"], **article))
    cite(one_author, article=ArticleFactory(source=herald, authors=["A"], **article))
    cite(fine, article=ArticleFactory(source=gazette, authors=["A"], **article))
    cite(fine, article=ArticleFactory(source=herald, authors=["B"], **article))
    found = {finding.record: finding.message for finding in audit.rests_on_one_source()}
    assert set(found) == {one_outlet, one_author}
    assert gazette.name in found[one_outlet]
    assert "one author: A" in found[one_author]


def test_disputed_without_support():
    lost = CitationFactory(stance=Stance.DISPUTES).event
    balanced = CitationFactory(stance=Stance.DISPUTES).event
    CitationFactory(event=balanced, stance=Stance.SUPPORTS)
    assert found_by(audit.disputed_without_support) == [lost]


def test_request_without_response():
    uncoded = RequestFactory()
    RequestFactory(standing=RequestStanding.NOT_MADE)
    ResponseFactory(request=RequestFactory())
    assert found_by(audit.request_without_response) == [uncoded]


@pytest.mark.django_db(transaction=True)
def test_citation_is_stale():
    # Each save is a transaction of its own: history tells them apart by their time.
    stale = CitationFactory(event=EventFactory(date="1933-05"), field="date")
    fresh = CitationFactory(event=EventFactory(date="1933-05"), field="place")
    for event in (stale.event, fresh.event):
        event.date = "1933-06"
        event.save()
    actor = CitationFactory(request=RequestFactory(), event=None, field="addressee")
    actor.request.addressee = StateFactory()
    actor.request.save()
    assert set(found_by(audit.citation_is_stale)) == {stale, actor}

    stale.note = "Read again: still so."
    stale.save()
    assert found_by(audit.citation_is_stale) == [actor]


def test_article_without_date_or_note():
    silent = ArticleFactory(published="", note="")
    ArticleFactory(published="", note="The page carries no date.")
    ArticleFactory(published="1933")
    assert found_by(audit.article_without_date_or_note) == [silent]


def test_paragraph_without_citation():
    citation = CitationFactory()
    (finding,) = audit.paragraph_without_citation()
    assert finding.record == citation.article
    assert "1 of 2 paragraphs" in finding.message

    CitationFactory(article=citation.article, quote="of Freedonia in the evening")
    assert found_by(audit.paragraph_without_citation) == []


def test_capture_is_near_duplicate():
    words = " ".join(f"word{n}" for n in range(200))
    first = ArticleFactory(text=words, body_start=0, body_end=len(words))
    copy = f"{words} with a new ending of its own"
    second = ArticleFactory(text=copy, body_start=0, body_end=len(copy))
    other = " ".join(f"other{n}" for n in range(200))
    ArticleFactory(text=other, body_start=0, body_end=len(other))
    (finding,) = audit.capture_is_near_duplicate()
    assert finding.record == first
    assert second.slug in finding.message


def test_alias_claimed_by_two():
    russia = StateFactory(code="RUS", name="Russia", aliases=["Moscow"])
    OrganizationFactory(name="The Moscow bloc", aliases=["MOSCOW"])
    (finding,) = audit.alias_claimed_by_two()
    assert finding.record == russia
    assert "moscow" in finding.message


def test_event_within_itself():
    outer = EventFactory()
    inner = EventFactory(part_of=outer)
    EventFactory(part_of=inner)
    assert found_by(audit.event_within_itself) == []
    outer.part_of = inner
    outer.save()
    assert set(found_by(audit.event_within_itself)) == {outer, inner}


def test_troops_of_parts_exceed_whole():
    whole = ResponseFactory(kind=ResponseKind.DEPLOYMENT, troops_low=100, troops_high=100)
    for troops in (60, 50):
        ResponseFactory(
            request=whole.request,
            part_of=whole,
            kind=ResponseKind.DEPLOYMENT,
            responder_organization=None,
            responder_state=StateFactory(),
            troops_low=troops,
        )
    assert found_by(audit.troops_of_parts_exceed_whole) == [whole]


def test_coverage_counts_what_stands_in_the_paragraph():
    citation = CitationFactory()
    ((article, cited, uncited),) = audit.coverage()
    assert article == citation.article
    assert [p.text[:9] for p in cited] == ["Freedonia"]
    assert [p.text[:7] for p in uncited] == ["“Nobody"]


def test_a_clean_archive_has_no_errors():
    publish(ParticipationFactory())
    publish(ResponseFactory(request=RequestFactory(standing=RequestStanding.MADE)))
    publish(VoteFactory())
    assert [f for f in audit.findings() if f.level == audit.ERROR] == []


def test_findings_do_not_change_the_archive():
    publish(ResponseFactory())
    before = models.Event.versions.rel.related_model.objects.count()
    with connection.execute_wrapper(_no_writes):
        assert audit.findings()
    assert models.Event.versions.rel.related_model.objects.count() == before


def _no_writes(execute, sql, params, many, context):
    assert sql.startswith("SELECT")
    return execute(sql, params, many, context)
