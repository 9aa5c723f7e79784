"""The addresses of the API. Beside each serializer stands what it needs from the database.

Whatever is shown comes through ``public()``, nested rows included.
"""

from operator import attrgetter
from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from archive import models
from archive.api import exports, facets, filters, selection, tables
from archive.api import serializers as shapes
from archive.api.columns import Column
from archive.api.errors import Gone
from archive.api.filter_sets import ParameterBackend, RecordFilterSet
from archive.api.pagination import KeysetPagination
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


class ListView(StrictView, mixins.ListModelMixin, viewsets.GenericViewSet[Any]):
    """A list: filters, order, pages."""

    filter_backends = [ParameterBackend]
    filterset_class: ClassVar[type[RecordFilterSet]]
    pagination_class = KeysetPagination
    # The columns of the CSV, and the parameters as they were read.
    columns: ClassVar[tuple[Column, ...]]
    filter_set: RecordFilterSet

    def parameters(self) -> list[dict[str, Any]]:
        fields = _fields_of(self.get_serializer_class()())
        if self.detail:
            return selection.in_openapi(fields, ())
        sources = (ParameterBackend(), KeysetPagination())
        return [
            *(each for source in sources for each in source.get_schema_operation_parameters(self)),
            facets.in_openapi(self.filterset_class),
            *selection.in_openapi(fields, (column.name for column in self.columns)),
        ]

    def get_renderers(self) -> list[BaseRenderer]:
        streams = () if self.detail else exports.STREAMS
        return [*super().get_renderers(), *(renderer() for renderer in streams)]

    @property
    def default_response_headers(self) -> dict[str, str]:
        headers: dict[str, str] = super().default_response_headers
        return headers if self.detail else {**headers, "Vary": "Accept"}

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        serializer = super().get_serializer(*args, **kwargs)
        fields = _fields_of(getattr(serializer, "child", serializer))
        kept = selection.selected(self.request.query_params, fields)
        for name in set(fields) - set(kept):
            fields.pop(name)
        return serializer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        rows = self.filter_queryset(self.get_queryset())
        renderer = type(request.accepted_renderer)
        if renderer in exports.STREAMS:
            return self.stream(rows, renderer)
        page = self.get_serializer(self.paginate_queryset(rows), many=True).data
        response = self.get_paginated_response(page)
        if asked := facets.asked(request.query_params, self.filterset_class):
            response.data["facets"] = facets.counted(asked, rows, self.filter_set)
        return response

    def stream(self, rows: QuerySet[Any], renderer: type[exports.StreamRenderer]) -> Any:
        """The whole list in another format than JSON."""
        given = self.request.query_params
        exports.refuse_pages(given, renderer.format)
        if renderer is exports.CSVRenderer:
            names = selection.selected(given, (column.name for column in self.columns))
            columns = [column for column in self.columns if column.name in names]
            pieces = exports.as_csv(rows, columns, self.request.build_absolute_uri("/"))
        else:
            pieces = exports.as_json_lines(self, rows)
        return exports.streamed(self.request, self.file_name, renderer, pieces)

    @property
    def file_name(self) -> str:
        """What the list is called in the name of a file."""
        return self.request.path.removeprefix("/api/v1/").strip("/").replace("/", "-")


class RecordViewSet(ListView):
    """The list and the details of one model. `key` leads from the address to the columns."""

    key: ClassVar[dict[str, str]] = {"slug": "slug"}
    detail_serializer_class: ClassVar[type[serializers.BaseSerializer[Any]]]
    detail_prefetch: ClassVar[tuple[Prefetch, ...]] = (citations(),)
    # Where a record that is gone says why.
    reason = attrgetter("withdrawal_reason")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.get_serializer(self.get_object()).data)

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return self.detail_serializer_class if self.detail else super().get_serializer_class()

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        return queryset.prefetch_related(*self.detail_prefetch) if self.detail else queryset

    def get_object(self) -> Any:
        key = {column: self.kwargs[name] for name, column in self.key.items()}
        if record := self.get_queryset().filter(**key).first():
            return record
        model: Any = self.get_queryset().model
        if gone := model.objects.gone().filter(**key).first():
            raise Gone(self.reason(gone))
        raise Http404


# --- Reference rows -------------------------------------------------------------------------


class SourceViewSet(RecordViewSet):
    """Outlets that publish."""

    queryset = models.Source.objects.public().with_evidence().select_related("country")
    serializer_class = shapes.SourceSummarySerializer
    detail_serializer_class = shapes.SourceDetailSerializer
    detail_prefetch = ()
    filterset_class = filters.SourceFilterSet
    columns = tables.SOURCES


class StateViewSet(RecordViewSet):
    """States in the international system, past and present."""

    key = {"code": "code"}
    queryset = models.State.objects.public().with_evidence()
    serializer_class = shapes.StateSummarySerializer
    detail_serializer_class = shapes.StateDetailSerializer
    detail_prefetch = ()
    filterset_class = filters.StateFilterSet
    columns = tables.STATES


class OrganizationViewSet(RecordViewSet):
    """Alliances, assemblies, unions, armed groups and groups of countries."""

    queryset = models.Organization.objects.public().with_evidence()
    serializer_class = shapes.OrganizationSummarySerializer
    detail_serializer_class = shapes.OrganizationDetailSerializer
    detail_prefetch = ()
    filterset_class = filters.OrganizationFilterSet
    columns = tables.ORGANIZATIONS


class ProvisionViewSet(RecordViewSet):
    """Clauses of treaties that can be invoked."""

    queryset = models.Provision.objects.public().with_evidence().select_related("organization")
    serializer_class = shapes.ProvisionSummarySerializer
    detail_serializer_class = shapes.ProvisionDetailSerializer
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
    detail_prefetch = ()
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
        .with_days()
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
    columns = tables.RESPONSES


class RollCallViewSet(RecordViewSet):
    """Texts put to a recorded vote; ``/votes/?roll_call=`` gives the votes."""

    queryset = models.RollCall.objects.public().with_evidence().select_related("body")
    serializer_class = shapes.RollCallSummarySerializer
    detail_serializer_class = shapes.RollCallDetailSerializer
    filterset_class = filters.RollCallFilterSet
    columns = tables.ROLL_CALLS


class VoteViewSet(RecordViewSet):
    """Votes of states in roll calls."""

    key = {"roll_call": "roll_call__slug", "state": "state__code"}
    queryset = models.Vote.objects.public().with_evidence().select_related("roll_call", "state")
    serializer_class = shapes.VoteSummarySerializer
    detail_serializer_class = shapes.VoteDetailSerializer
    filterset_class = filters.VoteFilterSet
    columns = tables.VOTES
    reason = attrgetter("roll_call.withdrawal_reason")


# --- Further addresses ----------------------------------------------------------------------


class MemberViewSet(ListView):
    """The memberships in one organization; with ``?on=``, those in force on that day."""

    queryset = MembershipViewSet.queryset
    serializer_class = shapes.MembershipSummarySerializer
    filterset_class = filters.MemberFilterSet
    columns = tables.MEMBERSHIPS

    def get_queryset(self) -> QuerySet[Any]:
        if "slug" not in self.kwargs:  # while the schema is made
            return super().get_queryset()
        organization = _found(models.Organization, slug=self.kwargs["slug"])
        return super().get_queryset().filter(organization=organization)


class StateRecordView(StrictView, GenericAPIView[Any]):
    """What one state was a member of, asked for, answered and voted."""

    queryset = models.State.objects.public()
    serializer_class = shapes.StateRecordSerializer

    def get(self, request: Request, code: str) -> Response:
        state = _found(models.State, code=code)
        record = {
            "url": request.build_absolute_uri(request.path),
            "state": state,
            "memberships": _rows(MembershipViewSet).filter(state=state),
            "requests": _rows(RequestViewSet).filter(requester=state),
            "responses": _rows(ResponseViewSet).filter(responder_state=state),
            "votes": _rows(VoteViewSet).filter(state=state),
        }
        return Response(self.get_serializer(record).data)


class RootView(StrictView):
    """The addresses of this API. It is read only, and open to everyone."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> Response:
        names = (*LISTS, "schema", "docs")
        return Response({name: reverse(name, request=request) for name in names})


def _rows(view: type[RecordViewSet]) -> QuerySet[Any]:
    """The queryset of a list in the list's own order."""
    ordering = view.filterset_class.base_filters["ordering"]
    return view.queryset.order_by(*ordering.terms(None))  # type: ignore[union-attr]


def _fields_of(serializer: Any) -> dict[str, Any]:
    fields: dict[str, Any] = serializer.fields
    return fields


def _found(model: Any, **key: str) -> Any:
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
