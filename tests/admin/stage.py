"""Rows enough for lists and forms: `Stage` makes so many of each, some tied to one record."""

from typing import Any

from archive import models
from archive.choices import Stance
from tests import factories
from tests.factories import QUOTES, CitationFactory, cite


def stage(number: int) -> dict[str, Any]:
    """Of each model, `number` rows; returns of each one whose form has `number` rows too."""
    event = factories.EventFactory(part_of=factories.EventFactory())
    request = factories.RequestFactory(event=event, provision=factories.ProvisionFactory())
    response = factories.ResponseFactory(request=request)
    roll_call = factories.RollCallFactory()
    membership = factories.MembershipFactory()
    article = factories.ArticleFactory(first_published_by=factories.SourceFactory())
    provision = request.provision
    for _ in range(number):
        accuser = factories.StateFactory(aliases=["The accuser"])
        part = factories.ParticipationFactory(event=event, alleged_by=accuser)
        factories.SourceFactory(country=accuser)
        factories.MembershipFactory()
        factories.RollCallFactory()
        another = factories.RequestFactory(event=event, provision=factories.ProvisionFactory())
        factories.ResponseFactory(request=another, part_of=None)
        answer = factories.ResponseFactory(
            request=request, responder_organization=None, responder_state=accuser, part_of=response
        )
        vote = factories.VoteFactory(roll_call=roll_call)
        targets = (event, part, request, response, membership, provision, roll_call, vote, answer)
        for target in targets:
            cite(target, stance=Stance.DISPUTES)
        factories.DiscrepancyFactory(vote=vote)
        factories.DiscrepancyFactory(roll_call=roll_call)
        factories.DiscrepancyFactory(membership=membership)
    for quote in QUOTES:
        CitationFactory(event=event, article=article, quote=quote)
    return {
        "article": article,
        "citation": event.citations.first(),
        "event": event,
        "membership": membership,
        "organization": membership.organization,
        "participation": part_of(event),
        "provision": provision,
        "request": request,
        "response": response,
        "rollcall": roll_call,
        "source": article.source,
        "state": membership.state,
        "vote": roll_call.votes.first(),
    }


def part_of(event: models.Event) -> models.Participation:
    """A participation whose own form has several passages."""
    part = event.participations.first()
    assert part is not None
    for quote in QUOTES[: event.participations.count()]:
        CitationFactory(participation=part, quote=quote)
    return part
