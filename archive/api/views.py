"""The addresses of the API. Beside each serializer stands what it needs from the database.

Whatever is shown comes through ``public()``, nested rows included.
"""

from operator import attrgetter
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from archive import models
from archive.api import filters, tables
from archive.api import serializers as shapes
from archive.api.imports import DiscrepancyViewSet, ImportViewSet
from archive.api.lists import ListView, RecordViewSet
from archive.api.prepared import Slot
from archive.api.strict import StrictView

# What a reference to a request or a response needs, to make its title.
REQUEST_TITLE = ("requester", "addressee_state", "addressee_organization")
RESPONSE_TITLE = ("responder_state", "responder_organization")

TARGETS = (
    "event",
    "participation__event",
    "participation__actor_state",
    "participation__actor_organization",
    *(f"request__{path}" for path in REQUEST_TITLE),
    *(f"response__{path}" for path in RESPONSE_TITLE),
    "membership__state",
    "membership__organization",
    "provision",
    "roll_call",
    "vote__roll_call",
    "vote__state",
)


def cited_passages() -> Any:
    """Passages without their targets: within a record, the target is that record."""
    return (
        models.Citation.objects.public()
        .with_context()
        .select_related("article__source")
        .defer("article__text")
    )


def citations() -> Prefetch:
    return Prefetch("citations", cited_passages())


def imported_rows() -> Prefetch:
    rows = models.ImportedRow.objects.select_related("source_import")
    return Prefetch("imported_rows", rows.order_by("-made", "source_import__slug", "line"))


def responses() -> Prefetch:
    rows = (
        models.Response.objects.public()
        .with_evidence()
        .select_related(*RESPONSE_TITLE, *(f"part_of__{path}" for path in RESPONSE_TITLE))
        .prefetch_related(citations())
    )
    return Prefetch("responses", rows)


def requests() -> Prefetch:
    rows = (
        models.Request.objects.public()
        .with_evidence()
        .with_first_release()
        .select_related(*REQUEST_TITLE, "provision")
        .prefetch_related(responses(), citations())
    )
    return Prefetch("requests", rows)


def participations() -> Prefetch:
    rows = (
        models.Participation.objects.public()
        .select_related("actor_state", "actor_organization", "alleged_by")
        .prefetch_related(citations())
    )
    return Prefetch("participations", rows)


# --- Reference rows -------------------------------------------------------------------------


class SourceViewSet(RecordViewSet):
    """Outlets that publish."""

    queryset = models.Source.objects.public().with_evidence().select_related("country")
    serializer_class = shapes.SourceSummarySerializer
    detail_serializer_class = shapes.SourceDetailSerializer
    filterset_class = filters.SourceFilterSet
    columns = tables.SOURCES


class StateViewSet(RecordViewSet):
    """States in the international system, past and present."""

    key = {"code": "code"}
    queryset = models.State.objects.public().with_evidence()
    serializer_class = shapes.StateSummarySerializer
    detail_serializer_class = shapes.StateDetailSerializer
    filterset_class = filters.StateFilterSet
    columns = tables.STATES


class OrganizationViewSet(RecordViewSet):
    """Alliances, assemblies, unions, armed groups and groups of countries."""

    queryset = models.Organization.objects.public().with_evidence()
    serializer_class = shapes.OrganizationSummarySerializer
    detail_serializer_class = shapes.OrganizationDetailSerializer
    filterset_class = filters.OrganizationFilterSet
    columns = tables.ORGANIZATIONS


class ProvisionViewSet(RecordViewSet):
    """Clauses of treaties that can be invoked."""

    queryset = models.Provision.objects.public().with_evidence().select_related("organization")
    serializer_class = shapes.ProvisionSummarySerializer
    detail_serializer_class = shapes.ProvisionDetailSerializer
    detail_prefetch = (citations(),)
    filterset_class = filters.ProvisionFilterSet
    columns = tables.PROVISIONS


# --- Articles and citations -----------------------------------------------------------------


class ArticleViewSet(RecordViewSet):
    """Documents, captured verbatim. The detail gives the text and all its cited passages."""

    queryset = (
        models.Article.objects.public()
        .with_evidence()
        .select_related("source", "first_published_by")
    )
    serializer_class = shapes.ArticleSummarySerializer
    detail_serializer_class = shapes.ArticleDetailSerializer
    detail_prefetch = (Prefetch("citations", cited_passages().select_related(*TARGETS)),)
    filterset_class = filters.ArticleFilterSet
    columns = tables.ARTICLES

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        return queryset if self.detail else queryset.defer("text")


class CitationViewSet(RecordViewSet):
    """Passages, each with the record that it supports, disputes or qualifies."""

    key = {"uuid": "uuid"}
    queryset = cited_passages().with_evidence().select_related(*TARGETS)
    serializer_class = shapes.CitationSummarySerializer
    detail_serializer_class = shapes.CitationDetailSerializer
    filterset_class = filters.CitationFilterSet
    columns = tables.CITATIONS


# --- Records --------------------------------------------------------------------------------


class MembershipViewSet(RecordViewSet):
    """Standings of states in organizations, each for a period."""

    queryset = (
        models.Membership.objects.public().with_evidence().select_related("state", "organization")
    )
    serializer_class = shapes.MembershipSummarySerializer
    detail_serializer_class = shapes.MembershipDetailSerializer
    detail_prefetch = (imported_rows(), citations())
    filterset_class = filters.MembershipFilterSet
    columns = tables.MEMBERSHIPS


class EventViewSet(RecordViewSet):
    """What happened, or was pointedly not done; the detail gives who took part, who asked
    whom for help, and what answered.
    """

    queryset = models.Event.objects.public().with_evidence().select_related("part_of")
    serializer_class = shapes.EventSummarySerializer
    detail_serializer_class = shapes.EventDetailSerializer
    detail_prefetch = (participations(), requests(), citations())
    filterset_class = filters.EventFilterSet
    columns = tables.EVENTS


class RequestViewSet(RecordViewSet):
    """Calls for help, made or pointedly not made; the detail gives the responses."""

    queryset = (
        models.Request.objects.public()
        .with_evidence()
        .select_related(*REQUEST_TITLE, "event", "provision")
    )
    serializer_class = shapes.RequestSummarySerializer
    detail_serializer_class = shapes.RequestDetailSerializer
    detail_prefetch = (responses(), citations())
    filterset_class = filters.RequestFilterSet
    columns = tables.REQUESTS


class ResponseViewSet(RecordViewSet):
    """What was done about a request; silence is one of the answers."""

    queryset = (
        models.Response.objects.public()
        .with_evidence()
        .select_related(
            *RESPONSE_TITLE,
            *(f"part_of__{path}" for path in RESPONSE_TITLE),
            *(f"request__{path}" for path in REQUEST_TITLE),
        )
    )
    serializer_class = shapes.ResponseSummarySerializer
    detail_serializer_class = shapes.ResponseDetailSerializer
    detail_prefetch = (citations(),)
    filterset_class = filters.ResponseFilterSet
    columns = tables.RESPONSES


class RollCallViewSet(RecordViewSet):
    """Texts put to a recorded vote; ``/votes/?roll_call=`` gives the votes."""

    queryset = models.RollCall.objects.public().with_evidence().select_related("body")
    serializer_class = shapes.RollCallSummarySerializer
    detail_serializer_class = shapes.RollCallDetailSerializer
    detail_prefetch = (imported_rows(), citations())
    filterset_class = filters.RollCallFilterSet
    columns = tables.ROLL_CALLS


class VoteViewSet(RecordViewSet):
    """Votes of states in roll calls."""

    key = {"roll_call": "roll_call__slug", "state": "state__code"}
    queryset = models.Vote.objects.public().with_evidence().select_related("roll_call", "state")
    serializer_class = shapes.VoteSummarySerializer
    detail_serializer_class = shapes.VoteDetailSerializer
    detail_prefetch = (imported_rows(), citations())
    filterset_class = filters.VoteFilterSet
    columns = tables.VOTES
    reason = attrgetter("roll_call.withdrawal_reason")

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        return queryset if self.detail else queryset.defer("imported", "import_line")


# --- Further addresses ----------------------------------------------------------------------


class MemberViewSet(ListView):
    """The memberships in one organization; with ``?on=``, those in force on that day."""

    queryset = MembershipViewSet.queryset
    serializer_class = shapes.MembershipSummarySerializer
    filterset_class = filters.MemberFilterSet
    columns = tables.MEMBERSHIPS

    def get_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(organization=self.scope()["organization"])

    def slotted_queryset(self) -> QuerySet[Any]:
        return super().get_queryset().filter(organization=Slot("organization"))

    def scope(self) -> dict[str, Any]:
        if "slug" not in self.kwargs:  # while the schema is made
            return {"organization": None}
        return {"organization": found(models.Organization, slug=self.kwargs["slug"]).pk}


class RootView(StrictView):
    """The addresses of this API. It is read only, and open to everyone."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        names = (*LISTS, "agreement", "search", "releases", "schema", "docs", "guide")
        return Response({name: reverse(name, request=request) for name in names})


def found(model: Any, **key: str) -> Any:
    """The public row with this key; else a 404."""
    record = model.objects.public().filter(**key).first()
    if record is None:
        raise Http404
    return record


# The lists and details, by the first part of their address.
LISTS: dict[str, type[RecordViewSet]] = {
    "sources": SourceViewSet,
    "articles": ArticleViewSet,
    "states": StateViewSet,
    "organizations": OrganizationViewSet,
    "provisions": ProvisionViewSet,
    "memberships": MembershipViewSet,
    "events": EventViewSet,
    "requests": RequestViewSet,
    "responses": ResponseViewSet,
    "roll-calls": RollCallViewSet,
    "votes": VoteViewSet,
    "citations": CitationViewSet,
    "imports": ImportViewSet,
    "discrepancies": DiscrepancyViewSet,
}
