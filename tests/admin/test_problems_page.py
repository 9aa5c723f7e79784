"""The audit's findings as a list, each with a link to where it is mended."""

from itertools import count

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archive import audit, models, problems
from archive.admin import problems as problems_page
from archive.choices import RequestStanding, ResponseKind, Stance
from tests import factories
from tests.admin import query_counts
from tests.admin.forms import page
from tests.admin.reading import with_permissions
from tests.factories import cite, publish

pytestmark = pytest.mark.django_db

URL = "/admin/problems/"


def text(response):
    assert response.status_code == 200
    return response.content.decode()


def test_errors_come_first_and_lead_to_their_forms(reviewer):
    request = factories.RequestFactory()
    lost = factories.CitationFactory(stance=Stance.DISPUTES).event

    content = text(reviewer.get(URL))

    error, notice = "Disputed without support", "Request without response"
    assert content.index(f"{error}</h2>") < content.index(f"{notice}</h2>")
    assert f'href="{page(lost, "change")}"' in content
    assert f'href="{page(request, "change")}"' in content
    assert "1 error to be mended" in content
    assert "A record that a passage disputes and none supports." in content


def test_one_rule_at_a_time(reviewer):
    request = factories.RequestFactory()
    article = factories.CitationFactory().article

    content = text(reviewer.get(f"{URL}?rule=paragraph_without_citation"))

    assert page(request, "change") not in content
    assert reverse("admin:archive_article_read", args=[article.pk]) in content
    assert reviewer.get(f"{URL}?rule=anything").status_code == 404


def test_many_findings_are_shown_in_part(reviewer):
    for _ in range(25):
        factories.RequestFactory()
    assert text(reviewer.get(URL)).count("no response is coded") == 20
    assert "All 25" in text(reviewer.get(URL))
    found = text(reviewer.get(f"{URL}?rule=request_without_response"))
    assert found.count("no response is coded") == 25


def test_one_rule_page_by_page(reviewer, monkeypatch):
    monkeypatch.setattr(problems_page, "ROWS_ON_A_PAGE", 2)
    for _ in range(5):
        factories.RequestFactory()
    url = f"{URL}?rule=request_without_response"
    assert "Page 1 of 3" in text(reviewer.get(url))
    assert text(reviewer.get(f"{url}&page=3")).count("no response is coded") == 1


def test_nothing_found(reviewer):
    assert "The audit finds nothing." in text(reviewer.get(URL))
    assert "Nothing is found." in text(reviewer.get(f"{URL}?rule=citation_is_stale"))


# --- Who sees them -----------------------------------------------------------------------


@pytest.mark.parametrize("role", ["editor", "researcher", "superuser"])
def test_who_sees_the_problems(role, request):
    factories.RequestFactory()
    client = request.getfixturevalue(role)
    assert "no response is coded" in text(client.get(URL))
    assert f'href="{URL}"' in text(client.get("/admin/"))


def test_who_may_not_see_every_kind_of_record_sees_no_problems():
    client = with_permissions("Eve", "view_event", "view_article", "view_request")
    assert client.get(URL).status_code == 403
    assert URL not in text(client.get("/admin/"))


# --- A large archive ---------------------------------------------------------------------


@pytest.fixture
def runs(monkeypatch):
    """How often a rule is run that pretends to be slow."""
    cache.clear()
    times = []

    def slow_rule():
        """What takes long."""
        times.append(None)
        for request in models.Request.objects.all():
            yield audit.Finding(audit.NOTICE, "slow_rule", request, "told slowly")

    clock = count()
    monkeypatch.setattr(problems, "monotonic", lambda: next(clock))  # each look takes a second
    monkeypatch.setattr(audit, "RULES", [slow_rule])
    return times


def test_findings_are_kept_until_something_changes(reviewer, runs, monkeypatch):
    monkeypatch.setattr(problems, "PATIENCE", 60)
    for _ in range(2):
        reviewer.get("/admin/")
        assert "The audit finds nothing." in text(reviewer.get(URL))
    assert len(runs) == 1
    factories.RequestFactory()
    assert "told slowly" in text(reviewer.get(URL))
    assert reviewer.get("/admin/").context["problems"].notices == 1
    assert len(runs) == 2


def test_a_page_waits_only_so_long_and_says_so(reviewer, runs, monkeypatch):
    monkeypatch.setattr(problems, "PATIENCE", 0)
    assert "Not checked yet." in text(reviewer.get(URL))
    assert "1 rule not checked yet." in text(reviewer.get("/admin/"))
    assert len(runs) == 0

    assert "Nothing is found." in text(reviewer.get(f"{URL}?rule=slow_rule&again=1"))
    request = factories.RequestFactory()

    for url in (URL, f"{URL}?rule=slow_rule"):
        content = text(reviewer.get(url))
        assert "the archive has changed since" in content
        assert "told slowly" not in content
    assert "the archive has changed since" in text(reviewer.get("/admin/"))
    assert len(runs) == 1
    assert "told slowly" in text(reviewer.get(f"{URL}?rule=slow_rule&again=1"))
    assert len(runs) == 2

    request.delete()
    assert "told slowly" not in text(reviewer.get(URL))  # kept, but its record is gone
    assert len(runs) == 2


def plant(number):
    """As many findings of most rules."""
    for _ in range(number):
        roll_call = factories.RollCallFactory(complete=True, total_yes=9, date="1933-05-10")
        for code in ("RUS", "SUN"):
            state = factories.StateFactory(code=code, cow=365, existed="1934/")
            factories.VoteFactory(roll_call=roll_call, state=state)
        factories.CitationFactory(stance=Stance.DISPUTES)
        factories.ArticleFactory(published="", note="")
        publish(factories.ParticipationFactory())
        cite(roll_call.votes.first(), stance=Stance.DISPUTES)
        event = factories.EventFactory(date="1933-05")
        cite(event, field="date")
        event.date = "1933-06"
        event.save()
        response = factories.ResponseFactory(
            kind=ResponseKind.DEPLOYMENT, troops_low=1, troops_high=1
        )
        for _ in range(2):
            factories.ResponseFactory(
                request=response.request,
                part_of=response,
                kind=ResponseKind.DEPLOYMENT,
                troops_low=2,
            )
        factories.RequestFactory(standing=RequestStanding.UNREPORTED)
    state, league = factories.StateFactory(code="ARM"), factories.OrganizationFactory()
    for year in range(1921, 1921 + number):
        factories.MembershipFactory(state=state, organization=league, period=f"/{year}")


@pytest.mark.parametrize("number", [2, 6])
def test_queries_do_not_grow_with_findings(reviewer, number):
    plant(number)
    assert len({finding.rule for finding in audit.findings()}) >= 9
    reviewer.get(URL)
    for where, ask in (
        ("problems", lambda: text(reviewer.get(URL))),
        ("audit", lambda: problems.checked("", anew=True)),
    ):
        with CaptureQueriesContext(connection) as captured:
            ask()
        sql = [query["sql"] for query in captured]
        assert len(sql) == query_counts.REVIEW[where], "\n".join([where, *sql])


def test_every_kind_of_finding_has_a_place(reviewer):
    plant(1)
    for finding in audit.findings():
        if not isinstance(finding.record, models.Article):
            assert page(finding.record, "change") in text(
                reviewer.get(f"{URL}?rule={finding.rule}")
            )
