"""What each list can be asked: one table of parameters a resource.

A new filter is one line here; the schema, the documentation pages, the 400s and the tests
that walk all parameters follow. The kinds of parameters stand in ``parameters.py``.
"""

from typing import Any, ClassVar

from django.db.models import CharField, QuerySet, Value

from archive import models
from archive.api.ballots import IsUnanimous
from archive.api.filter_sets import DatedFilterSet, RecordFilterSet
from archive.api.parameters import (
    Actor,
    AnswerOfAddressee,
    Certain,
    Choice,
    Code,
    Flag,
    IsContested,
    IsRoot,
    Key,
    Number,
    OneDay,
    Ordering,
    Search,
    TargetKind,
    Through,
)
from archive.choices import (
    Behaviour,
    EventKind,
    HelpSought,
    MembershipStanding,
    OrganizationKind,
    ParticipationRole,
    RequestStanding,
    ResponseKind,
    SilenceBasis,
    SourceKind,
    Stance,
    TextAccess,
    VoteChoice,
)
from archive.models.citation import CITABLE

EVIDENCE = Through(models.Citation, "")
PARTICIPATIONS = Through(models.Participation, "event")
RESPONSES = Through(models.Response, "request")
MEMBERS = Through(models.Membership, "organization")
MEMBERSHIPS = Through(models.Membership, "state")


DISPUTED = "`true`: a passage disputes the record; `false`: none does."
# Of what data sets bring.
DIFFERS = (
    "`true`: a passage disputes the record, or an import says otherwise and nobody has settled "
    "it; `false`: neither."
)


class ContestableFilterSet(RecordFilterSet):
    contested = IsContested(DISPUTED)


CITED_FACETS = ("article", "source", "stance")


class CitedFilterSet(ContestableFilterSet):
    """Parameters of records with citations; together they ask for one passage."""

    article = Key(models.Article, "Cited in one of these articles.", through=EVIDENCE)
    source = Key(
        models.Source,
        "Cited in an article of one of these sources.",
        "article__source",
        through=EVIDENCE,
    )
    stance = Choice(
        Stance, "With a passage of this stance, in the article or source given.", through=EVIDENCE
    )


class SourceFilterSet(ContestableFilterSet):
    facets = ("kind", "country")
    kind = Choice(SourceKind, "What sort of outlet it is.")
    country = Key(models.State, "Codes of the states where it is published.")
    q = Search("name", "note")
    ordering = Ordering("slug", ("slug",), slug="slug", name="name", updated_at="updated_at")


class ArticleFilterSet(DatedFilterSet, ContestableFilterSet):
    facets = ("source", "first_published_by", "text_access")
    possible = "published_possible"
    certainly = ""

    source = Key(models.Source, "The outlets that the captures were taken from.")
    first_published_by = Key(models.Source, "The outlets that printed them first.")
    language = Code("BCP 47 tags, such as en or ru.")
    text_access = Choice(TextAccess, "Whether the text is given.")
    q = Search("title", "authors", "note")
    ordering = Ordering(
        "published",
        ("slug",),
        published="published_possible",
        slug="slug",
        title="title",
        updated_at="updated_at",
    )


class StateFilterSet(ContestableFilterSet):
    facets = ("organization", "standing")
    organization = Key(
        models.Organization, "With a membership in one of these, at any time.", through=MEMBERSHIPS
    )
    standing = Choice(
        MembershipStanding, "With a membership of this standing there.", through=MEMBERSHIPS
    )
    iso2 = Code("ISO 3166-1 alpha-2 codes.")
    m49 = Code("Numeric codes of the United Nations, with their leading zeros.")
    cow = Number("Correlates of War numbers.")
    cow_letters = Code("Correlates of War abbreviations.")
    gw = Number("Gleditsch and Ward's numbers.")
    q = Search("code", "name", "official_name", "aliases")
    ordering = Ordering("code", ("code",), code="code", name="name", updated_at="updated_at")


class OrganizationFilterSet(ContestableFilterSet):
    facets = ("kind", "state", "standing")
    kind = Choice(OrganizationKind, "What sort of organization it is.")
    state = Key(models.State, "With a membership of one of these, at any time.", through=MEMBERS)
    standing = Choice(
        MembershipStanding, "With a membership of this standing, of the state.", through=MEMBERS
    )
    q = Search("slug", "name", "acronym", "aliases")
    ordering = Ordering("slug", ("slug",), slug="slug", name="name", updated_at="updated_at")


class ProvisionFilterSet(CitedFilterSet):
    facets = ("organization", *CITED_FACETS)
    organization = Key(models.Organization, "Whose treaty it is.")
    article_number = Code("As the treaty numbers its articles.")
    q = Search("instrument", "gist")
    ordering = Ordering(
        "slug", ("slug",), slug="slug", instrument="instrument", updated_at="updated_at"
    )


class MemberFilterSet(DatedFilterSet, CitedFilterSet):
    """The parameters of an organization's members."""

    facets: ClassVar[tuple[str, ...]] = ("state", "standing", *CITED_FACETS)
    possible = "period_possible"
    certainly = "period_certain"

    contested = IsContested(DIFFERS, "membership")
    state = Key(models.State, "Codes of the members.")
    standing = Choice(MembershipStanding, "Full member, observer and so on.")
    on = OneDay(
        "In force on this day. Each row then says in `on` whether that is certain or possible."
    )
    certain = Certain("`true` leaves out what only may overlap, or be in force on the day.")
    q = Search("state__name", "organization__name", "organization__acronym", "note")
    ordering = Ordering(
        "organization,state,period",
        ("slug",),
        organization="organization__slug",
        state="state__code",
        period="period_possible",
        slug="slug",
        updated_at="updated_at",
    )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if "on" not in self.given:
            nothing = Value(None, output_field=CharField(null=True))
            return super().filter_queryset(queryset.annotate(on=nothing))
        queryset = queryset.in_force_on(self.given["on"].earliest)  # type: ignore[attr-defined]
        if self.given.get("certain"):
            queryset = queryset.filter(on="certain")
        return super().filter_queryset(queryset)


class MembershipFilterSet(MemberFilterSet):
    facets = ("state", "organization", "standing", *CITED_FACETS)
    organization = Key(models.Organization, "What the states are members of.")


class EventFilterSet(DatedFilterSet, CitedFilterSet):
    facets = ("kind", "state", "organization", "role", "alleged_by", "part_of", *CITED_FACETS)
    kind = Choice(EventKind, "What sort of event it is.")
    state = Key(
        models.State, "Codes of states that took part.", "actor_state", through=PARTICIPATIONS
    )
    organization = Key(
        models.Organization,
        "Organizations that took part.",
        "actor_organization",
        through=PARTICIPATIONS,
    )
    role = Choice(
        ParticipationRole,
        "With a part of this role; of the state or organization, if one is given.",
        through=PARTICIPATIONS,
    )
    alleged_by = Key(
        models.State, "With a part that one of these states alleges.", through=PARTICIPATIONS
    )
    part_of = Key(models.Event, "Parts of these events.")
    root = IsRoot("`true`: part of no other event.")
    q = Search("title", "place", "summary")
    ordering = Ordering(
        "date",
        ("slug",),
        date="date_possible",
        slug="slug",
        title="title",
        kind="kind",
        updated_at="updated_at",
    )


class RequestFilterSet(DatedFilterSet, CitedFilterSet):
    facets = (
        "requester",
        "addressee",
        "responder",
        "standing",
        "sought",
        "provision",
        "event",
        *CITED_FACETS,
    )
    possible = "days_possible"
    certainly = "days_certain"

    event = Key(models.Event, "What the call was about.")
    requester = Key(models.State, "Codes of the states that asked, or pointedly did not.")
    addressee = Actor("Who was asked: codes of states, slugs of organizations.")
    responder = Actor("With a response of one of these states or organizations.", through=RESPONSES)
    standing = Choice(RequestStanding, "Made, not made, or unreported.")
    sought = Choice(HelpSought, "What was asked for.")
    provision = Key(models.Provision, "The clause invoked, or said to apply.")
    behaviour = Choice(
        Behaviour,
        "What the addressee itself did, all its responses taken together; the codebook has the "
        "rule. What members of an alliance did is in the request's roster.",
    )
    answer = AnswerOfAddressee(
        ResponseKind, "With a response of one of these kinds by the addressee itself."
    )
    q = Search("summary", "event__title")
    ordering = Ordering(
        "date",
        ("slug",),
        date="days_possible",
        slug="slug",
        requester="requester__code",
        standing="standing",
        updated_at="updated_at",
    )

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if "behaviour" in self.given:
            queryset = queryset.with_behaviour()  # type: ignore[attr-defined]
        return super().filter_queryset(queryset)


class ResponseFilterSet(DatedFilterSet, CitedFilterSet):
    facets = (
        "responder",
        "kind",
        "basis",
        "requester",
        "addressee",
        "standing",
        "provision",
        "event",
        *CITED_FACETS,
    )
    possible = "days_possible"
    certainly = "days_certain"

    request = Key(models.Request, "The requests that it answers.")
    event = Key(models.Event, "What the call was about.", "request__event")
    requester = Key(models.State, "Codes of the states that asked.", "request__requester")
    addressee = Actor(
        "Who was asked: codes of states, slugs of organizations.", "request__addressee"
    )
    responder = Actor("Who answered: codes of states, slugs of organizations.")
    provision = Key(models.Provision, "The clause invoked, or said to apply.", "request__provision")
    standing = Choice(RequestStanding, "Standing of the request.", "request__standing")
    kind = Choice(ResponseKind, "What the responder did.")
    basis = Choice(SilenceBasis, "How a silence is known.")
    part_of = Key(models.Response, "Shares in these responses.")
    root = IsRoot("`true`: no member's share of another response; counts and sums take these.")
    q = Search("summary", "search")
    ordering = Ordering(
        "date",
        ("slug",),
        date="days_possible",
        slug="slug",
        kind="kind",
        troops_low="troops_low",
        troops_high="troops_high",
        updated_at="updated_at",
    )


class RollCallFilterSet(DatedFilterSet, CitedFilterSet):
    facets = ("organization", *CITED_FACETS)
    contested = IsContested(DIFFERS, "roll_call")
    organization = Key(models.Organization, "The organizations that voted.", "body")
    roll_call = Key(models.RollCall, "These roll calls.", "pk")
    symbol = Code("Symbols of documents, such as A/RES/ES-11/1.")
    complete = Flag("`true`: the votes hold every member.")
    unanimous = IsUnanimous(
        "`true`: known to be unanimous, as all states that voted cast the same vote; `false`: "
        "not, or not known, as where votes are missing and no totals tell.",
        "pk",
    )
    q = Search("symbol", "title")
    ordering = Ordering(
        "date",
        ("slug",),
        date="date_possible",
        slug="slug",
        symbol="symbol",
        title="title",
        updated_at="updated_at",
    )


class VoteFilterSet(DatedFilterSet, CitedFilterSet):
    facets = ("state", "choice", "intended", "roll_call", "organization", *CITED_FACETS)
    possible = "roll_call__date_possible"
    certainly = "roll_call__date_certain"

    contested = IsContested(DIFFERS, "vote")
    state = Key(models.State, "Codes of the states that voted.")
    roll_call = Key(models.RollCall, "What was voted on.")
    organization = Key(models.Organization, "The organizations that voted.", "roll_call__body")
    unanimous = IsUnanimous("`true`: in roll calls known to be unanimous.", "roll_call__pk")
    choice = Choice(VoteChoice, "The vote cast.")
    intended = Choice(VoteChoice, "The vote that the state later said it had meant.")
    q = Search("state__name", "roll_call__symbol", "roll_call__title")
    ordering = Ordering(
        "date,roll_call,state",
        ("pk",),  # not slug and code, which stand in other tables: no index could hold the order
        date="roll_call__date_possible",
        roll_call="roll_call__slug",
        state="state__code",
        updated_at="updated_at",
    )


class CitationFilterSet(DatedFilterSet, ContestableFilterSet):
    facets = ("article", "source", "stance", "target", "field", "event", "provision", "roll_call")
    possible = "article__published_possible"
    certainly = ""

    article = Key(models.Article, "Where the passage stands.")
    source = Key(models.Source, "The outlets of these articles.", "article__source")
    stance = Choice(Stance, "Supports, disputes or qualifies its record.")
    target = TargetKind(list(CITABLE), "What kind of record the passage is about.")
    field = Choice(
        sorted({field for fields in CITABLE.values() for field in fields}),
        "The field of the record that the passage bears on.",
    )
    event = Key(models.Event, "Passages about these events.")
    request = Key(models.Request, "Passages about these requests.")
    response = Key(models.Response, "Passages about these responses.")
    membership = Key(models.Membership, "Passages about these memberships.")
    provision = Key(models.Provision, "Passages about these provisions.")
    roll_call = Key(models.RollCall, "Passages about these roll calls.")
    q = Search("quote", "asserted", "note")
    ordering = Ordering(
        "article,start",
        ("uuid",),
        article="article__slug",
        start="start",
        published="article__published_possible",
        updated_at="updated_at",
    )
