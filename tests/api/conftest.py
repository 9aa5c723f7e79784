"""A small public world, with a draft, and something withdrawn, beside every record of it."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from archive import models
from archive.choices import (
    ParticipationRole,
    RequestStanding,
    ResponseKind,
    SilenceBasis,
    Stance,
    Status,
    VoteChoice,
)
from tests import factories as make
from tests.factories import QUOTES, cite, publish

SECRET = "Sylvania"  # stands in every draft, and nowhere in public

Get = Callable[..., Any]


@pytest.fixture
def get(client: Client) -> Get:
    """Gets an address below /api/v1/, and checks the status; the JSON of the answer."""

    def get(address: str, status: int = 200, **parameters: Any) -> Any:
        path = address if address.startswith(("/api/", "http")) else f"/api/v1/{address}"
        response = client.get(path, parameters or None)
        assert response.status_code == status, response.content.decode()
        expected = "application/json" if status == 200 else "application/problem+json"
        assert response.headers["Content-Type"] == expected
        return response.json()

    return get


@pytest.fixture(scope="module")
def build() -> Callable[[], Any]:
    """What makes the records that the tests of a module start from."""
    return build_world


@pytest.fixture(scope="module")
def built(build: Callable[[], Any], django_db_setup: None, django_db_blocker: Any) -> Iterator[Any]:
    """The records, made once a module: to make them takes longer than most tests of them."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture
def db(built: Any, django_db_blocker: Any) -> Iterator[None]:
    """In the place of pytest-django's: what a test changes is undone, what was built stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def world(db: None, built: SimpleNamespace) -> SimpleNamespace:
    return deepcopy(built)


@pytest.fixture
def never_committed(db: None) -> Iterator[None]:
    """For a state of things that the database would refuse at commit."""
    here = transaction.savepoint()
    yield
    transaction.savepoint_rollback(here)


def walk(get: Get, page: Any, direction: str = "next") -> list[Any]:
    """The page, and all that follow."""
    pages = [page]
    while page[direction]:
        page = get(page[direction])
        pages.append(page)
    return pages


def withdraw(record: Any, reason: str = "It was a mistake.") -> Any:
    record.status, record.withdrawal_reason = Status.WITHDRAWN, reason
    record.save()
    return record


def build_world() -> SimpleNamespace:
    """Freedonia asks the League, which sends troops, and does not ask Osterlich."""
    freedonia = make.StateFactory(code="FRE", name="Freedonia", aliases=["Freedonian Republic"])
    osterlich = make.StateFactory(
        code="OST", name="Osterlich", cow=300, iso2="OS", m49="040", cow_letters="AUH", gw=305
    )
    klopstokia = make.StateFactory(code="KLO", name="Klopstokia")
    gazette = make.SourceFactory(slug="gazette", name="The Gazette", country=freedonia)
    herald = make.SourceFactory(slug="herald", name="Herald", kind="think_tank", note="Gone.")
    league = make.OrganizationFactory(
        slug="league", name="League of Nations", acronym="LoN", founded="1920"
    )
    entente = make.OrganizationFactory(slug="entente", name="Entente", kind="union")
    clause = make.ProvisionFactory(slug="covenant-10", organization=league)
    pact = make.ProvisionFactory(
        slug="pact-2", organization=entente, instrument="Pact", article_number="2"
    )
    article = make.ArticleFactory(
        slug="gazette-1933",
        source=gazette,
        first_published_by=herald,
        title="War!",
        authors=["A. Reporter"],
        status=Status.PUBLISHED,
    )
    restricted = make.ArticleFactory(
        slug="herald-1934",
        source=herald,
        title="After",
        published="1934",
        language="de",
        text_access="restricted",
        status=Status.PUBLISHED,
    )
    cite(clause, article=article, note="clause")
    cite(pact, article=restricted, note="pact", quote=QUOTES[3], stance=Stance.DISPUTES)

    war = publish(make.EventFactory(slug="war-1933", title="War", date="1933", kind="war"))
    event = publish(
        make.EventFactory(
            slug="incursion-1933", title="Incursion", date="1933-05-01/1933-05-10", part_of=war
        )
    )
    undated = publish(make.EventFactory(slug="undated", title="Some day", date=""))
    host = make.ParticipationFactory(
        event=undated, actor_state=None, actor_organization=league, role=ParticipationRole.HOST
    )
    target = make.ParticipationFactory(event=event, actor_state=freedonia)
    attacker = make.ParticipationFactory(
        event=event,
        actor_state=klopstokia,
        role=ParticipationRole.ATTACKER,
        alleged_by=freedonia,
        person="Rufus T. Firefly",
        office="President",
    )
    for participation in (target, attacker, host):
        cite(participation, article=article)
    cite(attacker, article=article, quote=QUOTES[3], stance=Stance.DISPUTES, asserted="Not so")
    cite(event, article=article, field="date", stance=Stance.QUALIFIES, note="event")

    request = publish(
        make.RequestFactory(
            slug="fre-league-1933",
            event=event,
            requester=freedonia,
            addressee_organization=league,
            provision=clause,
            date="1933-05-03",
        )
    )
    not_made = publish(
        make.RequestFactory(
            slug="fre-ost-1933",
            event=event,
            requester=freedonia,
            addressee_organization=None,
            addressee_state=osterlich,
            standing=RequestStanding.NOT_MADE,
            sought="peacekeepers",
        )
    )
    silence = publish(
        make.ResponseFactory(
            slug="league-fre-1933",
            request=not_made,
            responder_organization=league,
            kind=ResponseKind.SILENCE,
            basis=SilenceBasis.DOCUMENTED_SEARCH,
            search="The Official Journal of May 1933, by the editors.",
        )
    )
    deployment = publish(
        make.ResponseFactory(
            slug="league-fre-1933-05",
            request=request,
            responder_organization=league,
            kind=ResponseKind.DEPLOYMENT,
            date="1933-05-08",
            troops_low=2000,
            troops_approximate=True,
        )
    )
    share = publish(
        make.ResponseFactory(
            slug="ost-fre-1933-05",
            request=request,
            responder_organization=None,
            responder_state=osterlich,
            part_of=deployment,
            kind=ResponseKind.DEPLOYMENT,
            troops_low=500,
            troops_high=500,
        )
    )
    cite(
        deployment,
        article=article,
        field="troops_low",
        stance=Stance.DISPUTES,
        asserted="1,000",
        note="response",
    )
    cite(request, article=article, note="request")

    membership = publish(
        make.MembershipFactory(
            slug="fre-league-1920", state=freedonia, organization=league, period="1920/1933"
        )
    )
    publish(
        make.MembershipFactory(
            slug="ost-league-1925",
            state=osterlich,
            organization=league,
            period="1925-06/",
            standing="observer",
        )
    )
    publish(
        make.MembershipFactory(
            slug="fre-entente-1933", state=freedonia, organization=entente, period="1933-05/.."
        )
    )
    cite(membership, article=article, note="membership")
    roll_call = publish(
        make.RollCallFactory(slug="league-1", body=league, symbol="L/1", total_yes=2)
    )
    other_roll_call = publish(
        make.RollCallFactory(
            slug="entente-1", body=entente, title="On peace", date="1934", complete=True
        )
    )
    cite(roll_call, article=article, note="roll call")
    votes = [
        make.VoteFactory(roll_call=roll_call, state=freedonia),
        make.VoteFactory(
            roll_call=roll_call, state=osterlich, choice=VoteChoice.ABSTAIN, intended=VoteChoice.YES
        ),
    ]
    votes.append(make.VoteFactory(roll_call=other_roll_call, state=freedonia, choice=VoteChoice.NO))
    for vote in votes:
        cite(vote, article=article)
    bring(world := SimpleNamespace(**locals()))
    hide_drafts(world)
    return world


def bring(world: SimpleNamespace) -> None:
    """A data set brings one vote, confirms others, and differs about some; another is undone."""
    now = timezone.now()
    taken = make.ImportFactory(
        slug="votes-file", source=world.herald, file_name="votes.csv", report={"votes": {"made": 1}}
    )
    undone = make.ImportFactory(
        slug="atop-file",
        layout="atop_members",
        file_name="members.csv",
        undone_at=now,
        undone_by=SECRET,
    )
    brought = world.votes[1]
    brought.imported, brought.import_line = taken, 3
    brought.save()
    for record in (world.roll_call, world.membership, world.votes[0]):
        taken.imported_rows.create(
            line=2,
            made=record is world.roll_call,
            **{str(models.Citation.target_field_of(type(record))): record},
        )
    make.DiscrepancyFactory(
        source_import=taken, vote=world.votes[2], line=9, field="choice", held="no", imported="yes"
    )
    make.DiscrepancyFactory(
        source_import=taken,
        membership=models.Membership.objects.get(slug="fre-entente-1933"),
        line=8,
        field="period",
        held="1933-05/..",
        imported="1933-06/..",
    )
    make.DiscrepancyFactory(
        source_import=undone,
        roll_call=world.roll_call,
        settled_at=now,
        settled_by=SECRET,
        settlement="held",
        reason="The Official Journal says so.",
    )


def about(record: Any) -> dict[str, Any]:
    return {str(models.Citation.target_field_of(type(record))): record}


def hide_drafts(world: SimpleNamespace) -> None:
    """Everywhere something that the public must not see; each carries the word `SECRET`."""
    draft_article = make.ArticleFactory(slug="sylvania-article", title=SECRET, source=world.gazette)
    draft_event = make.EventFactory(slug="sylvania-event", title=SECRET, summary=SECRET)
    make.EventFactory(slug="sylvania-part", title=SECRET, part_of=world.event)
    make.ParticipationFactory(event=draft_event, actor_state=world.freedonia, person=SECRET)
    draft_request = make.RequestFactory(
        slug="sylvania-request",
        event=world.event,
        requester=world.freedonia,
        addressee_organization=None,
        addressee_state=world.klopstokia,
        summary=SECRET,
    )
    make.ResponseFactory(slug="sylvania-answer", request=draft_request, summary=SECRET)
    draft_response = make.ResponseFactory(
        slug="sylvania-response",
        request=world.request,
        responder_organization=None,
        responder_state=world.klopstokia,
        summary=SECRET,
    )
    draft_membership = make.MembershipFactory(
        slug="sylvania-membership",
        state=world.klopstokia,
        organization=world.league,
        standing="suspended",
        note=SECRET,
    )
    draft_roll_call = make.RollCallFactory(
        slug="sylvania-roll-call", body=world.league, title=SECRET, symbol=SECRET
    )
    draft_vote = make.VoteFactory(roll_call=draft_roll_call, state=world.freedonia, choice="absent")

    cited = {"article": world.article, "note": SECRET, "quote": QUOTES[4]}
    # Drafts of passages about what is public,
    for record in (
        world.event,
        world.target,
        world.request,
        world.deployment,
        world.membership,
        world.clause,
        world.roll_call,
        world.votes[0],
    ):
        cite(record, status=Status.DRAFT, stance=Stance.DISPUTES, **cited)
        # published passages of an article that is not,
        cite(record, stance=Stance.DISPUTES, article=draft_article, note=SECRET)
    # and published passages of a public article about what is not public.
    for record in (draft_event, draft_request, draft_response, draft_membership, draft_roll_call):
        cite(record, stance=Stance.DISPUTES, **cited)
    cite(draft_vote, stance=Stance.DISPUTES, **cited)
    for record in (draft_roll_call, draft_vote, draft_membership):
        make.DiscrepancyFactory(held=SECRET, **about(record))
    # What was withdrawn is as hidden as a draft.
    withdrawn = make.EventFactory(slug="sylvania-withdrawn", title=SECRET, part_of=world.war)
    publish(withdrawn)
    withdraw(withdrawn)
    withdrawn_response = publish(
        make.ResponseFactory(slug="sylvania-gone", request=world.request, summary=SECRET)
    )
    withdraw(withdrawn_response)
