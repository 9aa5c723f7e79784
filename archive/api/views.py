"""The addresses of the API. Beside each serializer stands what it needs from the database.

Whatever is shown comes through ``public()``, nested rows included.
"""

from operator import attrgetter
from typing import Any, ClassVar, NoReturn

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from archive import models
from archive.api import filters
from archive.api import serializers as shapes
from archive.api.errors import Gone
from archive.api.filter_sets import ParameterBackend, RecordFilterSet
from archive.api.pagination import KeysetPagination
from archive.api.prepared import Prepared, Slot, prepared
from archive.api.rows import fetch_below, written
from archive.api.shapes import Page, dumps, shape_of
from archive.api.shared import shared_rows
from archive.api.strict import StrictView
from archive.models import Revision

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


def page_of(request: Request) -> Page:
    """What the rows of this answer are written for."""
    # The middleware has asked already; OPTIONS and the like pass it by.
    revision = getattr(request, "revision", None) or Revision.current()
    return Page(request.build_absolute_uri("/")[:-1], shared_rows(revision))


def json_response(answer: Any) -> HttpResponse:
    return HttpResponse(dumps(answer), content_type="application/json")


class ListView(StrictView, viewsets.GenericViewSet[Any]):
    """A list: filters, order, pages."""

    filter_backends = [ParameterBackend]
    filterset_class: ClassVar[type[RecordFilterSet]]
    pagination_class = KeysetPagination

    def slotted_queryset(self) -> QuerySet[Any]:
        """The queryset with slots in the places of what `scope` finds out."""
        return self.get_queryset()

    def scope(self) -> dict[str, Any]:
        """What the address itself asks for, beside the parameters."""
        return {}

    def parameters(self) -> list[dict[str, Any]]:
        if not self.detail:
            sources = (ParameterBackend(), KeysetPagination())
            return [
                each for source in sources for each in source.get_schema_operation_parameters(self)
            ]
        return super().parameters()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        page = page_of(request)
        asked = self.filterset_class.read(request.query_params, page.shared.find)
        pages = KeysetPagination()
        pages.ask(request, asked.order(), self.slotted_queryset().model)
        question, asked_key, values = asked.slotted()
        cursor, cursor_key, places = pages.slotted()
        plan = prepared(
            (type(self), asked_key, cursor_key),
            lambda: Prepared(
                pages.narrow(question.filter_queryset(self.slotted_queryset()), cursor),
                extra=[term.name for term in pages.terms],
            ),
        )
        values |= places | self.scope()
        rows = pages.take(plan.records(values, limit=pages.size + 1))
        total = asked.filter_queryset(self.get_queryset()).count() if pages.is_counted else None
        results = written(rows, shape_of(self.get_serializer_class()), page)
        return json_response(pages.answer(results, total))


class RecordViewSet(ListView):
    """The list and the details of one model. `key` leads from the address to the columns."""

    key: ClassVar[dict[str, str]] = {"slug": "slug"}
    detail_serializer_class: ClassVar[type[serializers.BaseSerializer[Any]]]
    detail_prefetch: ClassVar[tuple[Prefetch, ...]] = (citations(),)
    # Where a record that is gone says why.
    reason = attrgetter("withdrawal_reason")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        slots = {column: Slot(name) for name, column in self.key.items()}
        plan = prepared(
            (type(self), "one"), lambda: Prepared(self.get_queryset().order_by().filter(**slots))
        )
        records = plan.records(kwargs)
        if not records:
            self._refuse()
        page = page_of(request)
        fetch_below(records, self.detail_prefetch, page)
        [row] = written(records, shape_of(self.get_serializer_class()), page)
        return json_response(row)

    def get_object(self) -> Any:
        key = {column: self.kwargs[name] for name, column in self.key.items()}
        rows = self.get_queryset().prefetch_related(*self.detail_prefetch)
        return rows.filter(**key).first() or self._refuse()

    def _refuse(self) -> NoReturn:
        key = {column: self.kwargs[name] for name, column in self.key.items()}
        model: Any = self.get_queryset().model
        if gone := model.objects.gone().filter(**key).first():
            raise Gone(self.reason(gone))
        raise Http404

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return self.detail_serializer_class if self.detail else super().get_serializer_class()


# --- Reference rows -------------------------------------------------------------------------


class SourceViewSet(RecordViewSet):
    """Outlets that publish."""

    queryset = models.Source.objects.public().with_evidence().select_related("country")
    serializer_class = shapes.SourceSummarySerializer
    detail_serializer_class = shapes.SourceDetailSerializer
    detail_prefetch = ()
    filterset_class = filters.SourceFilterSet


class StateViewSet(RecordViewSet):
    """States in the international system, past and present."""

    key = {"code": "code"}
    queryset = models.State.objects.public().with_evidence()
    serializer_class = shapes.StateSummarySerializer
    detail_serializer_class = shapes.StateDetailSerializer
    detail_prefetch = ()
    filterset_class = filters.StateFilterSet


class OrganizationViewSet(RecordViewSet):
    """Alliances, assemblies, unions, armed groups and groups of countries."""

    queryset = models.Organization.objects.public().with_evidence()
    serializer_class = shapes.OrganizationSummarySerializer
    detail_serializer_class = shapes.OrganizationDetailSerializer
    detail_prefetch = ()
    filterset_class = filters.OrganizationFilterSet


class ProvisionViewSet(RecordViewSet):
    """Clauses of treaties that can be invoked."""

    queryset = models.Provision.objects.public().with_evidence().select_related("organization")
    serializer_class = shapes.ProvisionSummarySerializer
    detail_serializer_class = shapes.ProvisionDetailSerializer
    filterset_class = filters.ProvisionFilterSet


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

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        return queryset if self.detail else queryset.defer("text")


class CitationViewSet(RecordViewSet):
    """Passages, each with the record that it supports, disputes or qualifies."""

    key = {"uuid": "uuid"}
    queryset = cited_passages().with_evidence().select_related(*TARGETS)
    serializer_class = shapes.CitationSummarySerializer
    detail_serializer_class = shapes.CitationDetailSerializer
    detail_prefetch = ()
    filterset_class = filters.CitationFilterSet


# --- Records --------------------------------------------------------------------------------


class MembershipViewSet(RecordViewSet):
    """Standings of states in organizations, each for a period."""

    queryset = (
        models.Membership.objects.public().with_evidence().select_related("state", "organization")
    )
    serializer_class = shapes.MembershipSummarySerializer
    detail_serializer_class = shapes.MembershipDetailSerializer
    filterset_class = filters.MembershipFilterSet


class EventViewSet(RecordViewSet):
    """What happened, or was pointedly not done; the detail gives who took part, who asked
    whom for help, and what answered.
    """

    queryset = models.Event.objects.public().with_evidence().select_related("part_of")
    serializer_class = shapes.EventSummarySerializer
    detail_serializer_class = shapes.EventDetailSerializer
    detail_prefetch = (participations(), requests(), citations())
    filterset_class = filters.EventFilterSet


class RequestViewSet(RecordViewSet):
    """Calls for help, made or pointedly not made; the detail gives the responses."""

    queryset = (
        models.Request.objects.public()
        .with_evidence()
        .with_days()
        .select_related(*REQUEST_TITLE, "event", "provision")
    )
    serializer_class = shapes.RequestSummarySerializer
    detail_serializer_class = shapes.RequestDetailSerializer
    detail_prefetch = (responses(), citations())
    filterset_class = filters.RequestFilterSet


class ResponseViewSet(RecordViewSet):
    """What was done about a request; silence is one of the answers."""

    queryset = (
        models.Response.objects.public()
        .with_evidence()
        .with_days()
        .select_related(
            *RESPONSE_TITLE,
            *(f"part_of__{path}" for path in RESPONSE_TITLE),
            *(f"request__{path}" for path in REQUEST_TITLE),
        )
    )
    serializer_class = shapes.ResponseSummarySerializer
    detail_serializer_class = shapes.ResponseDetailSerializer
    filterset_class = filters.ResponseFilterSet


class RollCallViewSet(RecordViewSet):
    """Texts put to a recorded vote; ``/votes/?roll_call=`` gives the votes."""

    queryset = models.RollCall.objects.public().with_evidence().select_related("body")
    serializer_class = shapes.RollCallSummarySerializer
    detail_serializer_class = shapes.RollCallDetailSerializer
    filterset_class = filters.RollCallFilterSet


class VoteViewSet(RecordViewSet):
    """Votes of states in roll calls."""

    key = {"roll_call": "roll_call__slug", "state": "state__code"}
    queryset = models.Vote.objects.public().with_evidence().select_related("roll_call", "state")
    serializer_class = shapes.VoteSummarySerializer
    detail_serializer_class = shapes.VoteDetailSerializer
    filterset_class = filters.VoteFilterSet
    reason = attrgetter("roll_call.withdrawal_reason")


# --- Further addresses ----------------------------------------------------------------------


class MemberViewSet(ListView):
    """The memberships in one organization; with ``?on=``, those in force on that day."""

    queryset = MembershipViewSet.queryset
    serializer_class = shapes.MembershipSummarySerializer
    filterset_class = filters.MemberFilterSet

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
        names = (*LISTS, "agreement", "search", "schema", "docs", "guide")
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
}
