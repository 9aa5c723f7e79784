"""One factory a model. Each makes a draft that breaks no rule; `publish` makes it public."""

from typing import Any

import factory
from factory.django import DjangoModelFactory

from archive import models
from archive.choices import (
    EventKind,
    ImportLayout,
    MembershipStanding,
    OrganizationKind,
    ParticipationRole,
    RequestStanding,
    ResponseKind,
    SourceKind,
    Stance,
    Status,
    VoteChoice,
)

TEXT = (
    "Menu\n\n"
    "Freedonia asked the League for help on 3 May 1933. The League never answered the call.\n\n"
    "“Nobody came”, said the minister 🕊 of Freedonia in the evening.\n\n"
    "Comments (1)"
)
BODY_START = len("Menu\n\n")
BODY_END = TEXT.index("\n\nComments")
QUOTES = (
    "Freedonia asked the League",
    "asked the League for help",
    "for help on 3 May 1933",
    "The League never answered",
    "never answered the call",
    "said the minister 🕊 of Freedonia",
    "of Freedonia in the evening",
)


class StateFactory(DjangoModelFactory):
    class Meta:
        model = models.State
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"X{chr(65 + n // 26 % 26)}{chr(65 + n % 26)}")
    name = factory.LazyAttribute(lambda state: f"State {state.code}")


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = models.Source

    slug = factory.Sequence(lambda n: f"gazette-{n}")
    name = factory.Sequence(lambda n: f"Gazette {n}")
    kind = SourceKind.NEWS


class OrganizationFactory(DjangoModelFactory):
    class Meta:
        model = models.Organization

    slug = factory.Sequence(lambda n: f"league-{n}")
    name = factory.Sequence(lambda n: f"League {n}")
    kind = OrganizationKind.ALLIANCE


class ProvisionFactory(DjangoModelFactory):
    class Meta:
        model = models.Provision

    slug = factory.Sequence(lambda n: f"covenant-article-{n}")
    organization = factory.SubFactory(OrganizationFactory)
    instrument = "Covenant"
    article_number = "10"
    gist = "Members come to each other's help."


class ArticleFactory(DjangoModelFactory):
    class Meta:
        model = models.Article

    slug = factory.Sequence(lambda n: f"article-{n}")
    title = factory.Sequence(lambda n: f"Article {n}")
    source = factory.SubFactory(SourceFactory)
    published = "1933-05-04"
    # The same bytes are captured once only, so each copy ends in a number.
    text = factory.Sequence(lambda n: f"{TEXT} {n}")
    body_start = BODY_START
    body_end = BODY_END


class EventFactory(DjangoModelFactory):
    class Meta:
        model = models.Event

    slug = factory.Sequence(lambda n: f"event-{n}")
    title = factory.Sequence(lambda n: f"Event {n}")
    kind = EventKind.INCURSION
    date = "1933-05"
    summary = "Something happened."


class ParticipationFactory(DjangoModelFactory):
    class Meta:
        model = models.Participation

    event = factory.SubFactory(EventFactory)
    actor_state = factory.SubFactory(StateFactory)
    role = ParticipationRole.TARGET


class RequestFactory(DjangoModelFactory):
    class Meta:
        model = models.Request

    slug = factory.Sequence(lambda n: f"request-{n}")
    event = factory.SubFactory(EventFactory)
    requester = factory.SubFactory(StateFactory)
    addressee_organization = factory.SubFactory(OrganizationFactory)
    standing = RequestStanding.MADE
    summary = "A state asked for help."


class ResponseFactory(DjangoModelFactory):
    class Meta:
        model = models.Response

    slug = factory.Sequence(lambda n: f"response-{n}")
    request = factory.SubFactory(RequestFactory)
    responder_organization = factory.SubFactory(OrganizationFactory)
    kind = ResponseKind.STATEMENT
    summary = "It answered."


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = models.Membership

    slug = factory.Sequence(lambda n: f"membership-{n}")
    state = factory.SubFactory(StateFactory)
    organization = factory.SubFactory(OrganizationFactory)
    standing = MembershipStanding.FULL
    period = "1920/1933"


class RollCallFactory(DjangoModelFactory):
    class Meta:
        model = models.RollCall

    slug = factory.Sequence(lambda n: f"roll-call-{n}")
    body = factory.SubFactory(OrganizationFactory, kind=OrganizationKind.ASSEMBLY)
    title = "On the situation"
    date = "1933-05-10"


class VoteFactory(DjangoModelFactory):
    class Meta:
        model = models.Vote

    roll_call = factory.SubFactory(RollCallFactory)
    state = factory.SubFactory(StateFactory)
    choice = VoteChoice.YES


class ImportFactory(DjangoModelFactory):
    class Meta:
        model = models.Import

    slug = factory.Sequence(lambda n: f"unvotes-{n}")
    layout = ImportLayout.UNVOTES
    source = factory.SubFactory(SourceFactory)
    file_name = "un_votes.csv"
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    rows = 10
    imported_by = "Edith"
    tool_version = "0"


# Of each kind of record a field, what the archive holds there, and what an import says.
DIFFERENCES = {
    "roll_call": ("total_yes", "1", "2"),
    "membership": ("period", "1920/1933", "1920/1934"),
    "vote": ("choice", "yes", "no"),
}


class DiscrepancyFactory(DjangoModelFactory):
    """Pass what it is about: ``DiscrepancyFactory(vote=vote)``; else it makes a roll call."""

    class Meta:
        model = models.Discrepancy

    source_import = factory.SubFactory(ImportFactory)
    line = 2

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        about = next((name for name in DIFFERENCES if name in kwargs), "")
        if not about:
            about, kwargs["roll_call"] = "roll_call", RollCallFactory()
        differs = zip(("field", "held", "imported"), DIFFERENCES[about], strict=True)
        return super()._create(model_class, *args, **{**dict(differs), **kwargs})


class CitationFactory(DjangoModelFactory):
    """Pass one target: ``CitationFactory(event=event)``; without any, it makes an event."""

    class Meta:
        model = models.Citation

    article = factory.SubFactory(ArticleFactory)
    quote = QUOTES[0]
    stance = Stance.SUPPORTS

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        if not set(kwargs) & set(models.citation.CITABLE):
            kwargs["event"] = EventFactory()
        citation = super()._create(model_class, *args, **kwargs)
        citation.refresh_from_db()
        return citation


def cite(record: Any, **kwargs: Any) -> models.Citation:
    """A published citation of a published article for `record`."""
    target = models.Citation.target_field_of(type(record))
    kwargs.setdefault("status", Status.PUBLISHED)
    if "article" not in kwargs:
        kwargs["article"] = ArticleFactory(status=Status.PUBLISHED)
    return CitationFactory(**{target: record}, **kwargs)


def publish(record: Any) -> Any:
    """Makes `record` public together with what it hangs on, each with its proof."""
    if isinstance(record, models.Participation):
        cite(record)
        publish(record.event)
    elif isinstance(record, models.Vote):
        cite(record)
        publish(record.roll_call)
    else:
        if isinstance(record, models.Request):
            publish(record.event)
        elif isinstance(record, models.Response):
            publish(record.request)
        if record.status != Status.PUBLISHED:
            if isinstance(record, models.Article):
                pass
            elif isinstance(record, models.Citation):
                record.article.status = Status.PUBLISHED
                record.article.save()
                publish(record.target)
            else:
                cite(record)
            record.status = Status.PUBLISHED
            record.save()
    return record


class ReleaseFactory(DjangoModelFactory):
    """The row alone: there are no files behind it."""

    version = "1.0"
    date = "2026-01-31"
    notes = "The five documents."
    sha256 = "f" * 64
    size = 316_505
    counts = {"events": 105, "votes": 10}
    files = {"SHA256SUMS": {"sha256": "e" * 64, "bytes": 2949}}

    class Meta:
        model = models.Release


def propose(record: Any, by: Any, reason: str = "Read again.", **fields: Any) -> models.Proposal:
    """A proposal as it stands in the database, whoever may make it."""
    newest = record.versions.order_by("-pgh_id").first()
    proposal = models.Proposal(
        proposed=fields or {"note": "New."}, reason=reason, based_on=newest.pgh_id, made_by=by
    )
    proposal.record = record
    proposal.save()
    proposal.refresh_from_db()
    return proposal
