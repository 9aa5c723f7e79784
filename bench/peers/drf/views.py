"""One read-only viewset a model, with what its serializer needs joined or fetched along."""

from typing import Any

import django_filters  # type: ignore[import-untyped]  # it has no types
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Prefetch, QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet

from archive import models
from bench.peers.drf import serializers


class VoteFilter(django_filters.FilterSet):
    state = django_filters.CharFilter("state__code")
    days = django_filters.DateFromToRangeFilter(method="in_days")

    class Meta:
        model = models.Vote
        fields = ("choice", "intended")

    def in_days(self, votes: QuerySet[Any], name: str, days: slice) -> QuerySet[Any]:
        first, last = days.start.date(), days.stop.date()
        return votes.filter(roll_call__date_possible__overlap=DateRange(first, last, "[]"))


REQUEST_TITLE = ("requester", "addressee_state", "addressee_organization")
RESPONSE_TITLE = ("responder_state", "responder_organization")
TARGETS = (
    *("event", "participation__event", "participation__actor_state"),
    "participation__actor_organization",
    *(f"request__{path}" for path in REQUEST_TITLE),
    *(f"response__{path}" for path in RESPONSE_TITLE),
    *("membership__state", "membership__organization", "provision", "roll_call"),
    *("vote__roll_call", "vote__state"),
)

passages = (
    models.Citation.objects.public()
    .with_context()
    .select_related("article__source")
    .defer("article__text")
)
responses = (
    models.Response.objects.public()
    .with_evidence()
    .select_related(*RESPONSE_TITLE, *(f"part_of__{path}" for path in RESPONSE_TITLE))
    .prefetch_related(Prefetch("citations", passages))
)
requests = (
    models.Request.objects.public()
    .with_evidence()
    .with_first_release()
    .select_related(*REQUEST_TITLE, "provision")
    .prefetch_related(Prefetch("responses", responses), Prefetch("citations", passages))
)
participations = models.Participation.objects.select_related(
    "actor_state", "actor_organization", "alleged_by"
).prefetch_related(Prefetch("citations", passages))


class EventViewSet(ReadOnlyModelViewSet[Any]):
    queryset = models.Event.objects.public().with_evidence().select_related("part_of")
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Any]:
        queryset = super().get_queryset()
        if self.detail:
            queryset = queryset.with_first_release().prefetch_related(
                Prefetch("participations", participations),
                Prefetch("requests", requests),
                Prefetch("citations", passages),
            )
        return queryset

    def get_serializer_class(self) -> Any:
        return serializers.EventDetail if self.detail else serializers.EventSerializer


class VoteViewSet(ReadOnlyModelViewSet[Any]):
    queryset = models.Vote.objects.public().with_evidence().select_related("roll_call", "state")
    serializer_class = serializers.VoteSerializer
    filterset_class = VoteFilter


def _viewset(rows: QuerySet[Any], shape: Any) -> type[ReadOnlyModelViewSet[Any]]:
    return type("ViewSet", (ReadOnlyModelViewSet,), {"queryset": rows, "serializer_class": shape})


def _rows(model: Any, *related: str) -> Any:
    return model.objects.public().with_evidence().select_related(*related)


VIEWS: dict[str, type[ReadOnlyModelViewSet[Any]]] = {
    "sources": _viewset(_rows(models.Source, "country"), serializers.SourceSerializer),
    "states": _viewset(_rows(models.State), serializers.StateSerializer),
    "organizations": _viewset(_rows(models.Organization), serializers.OrganizationSerializer),
    "provisions": _viewset(
        _rows(models.Provision, "organization"), serializers.ProvisionSerializer
    ),
    "articles": _viewset(
        _rows(models.Article, "source", "first_published_by").defer("text"),
        serializers.ArticleSerializer,
    ),
    "memberships": _viewset(
        _rows(models.Membership, "state", "organization"), serializers.MembershipSerializer
    ),
    "events": EventViewSet,
    "requests": _viewset(
        _rows(models.Request, *REQUEST_TITLE, "event", "provision"), serializers.RequestSerializer
    ),
    "responses": _viewset(
        _rows(
            models.Response,
            *RESPONSE_TITLE,
            *(f"part_of__{path}" for path in RESPONSE_TITLE),
            *(f"request__{path}" for path in REQUEST_TITLE),
        ),
        serializers.ResponseSerializer,
    ),
    "roll-calls": _viewset(_rows(models.RollCall, "body"), serializers.RollCallSerializer),
    "votes": VoteViewSet,
    "citations": _viewset(
        passages.with_evidence().select_related(*TARGETS), serializers.CitationSerializer
    ),
}
