"""``…/record/``: what was asked of an actor or by it, what came, and the share answered."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from archive import models
from archive.api import serializers as shapes
from archive.api.agreement import CountSerializer
from archive.api.parameters import Certain, Choice, Day, Parameter
from archive.api.questions import QuestionView, described, link, rows
from archive.api.references import (
    ReferenceSerializer,
    StateReferenceSerializer,
)
from archive.api.views import (
    RESPONSE_TITLE,
    MembershipViewSet,
    RequestViewSet,
    ResponseViewSet,
    VoteViewSet,
    found,
)
from archive.choices import Behaviour, RequestStanding, ResponseKind, behaviour_of

CODED = (Behaviour.ANSWERED, Behaviour.REFUSED, Behaviour.SILENT)

METHOD = (
    "The share is answered / (answered + refused + silent), of the requests whose standing is "
    "counted and of whose addressee a response is coded.",
    "Only what the addressee itself did counts. What members of an alliance did, together or on "
    "their own, is in each request's roster.",
    "Where the addressee has several responses, an act (deployment, materiel, mission, mediation, "
    "other) outweighs a refusal, a refusal outweighs words (contact, statement), and words "
    "outweigh silence.",
    "Answered means that something came, words included, not that it was what was sought: "
    "“answers” tells how many requests got what.",
    "Left out are requests of another standing, such as those not made, and requests without a "
    "coded response of the addressee: no row is no behaviour.",
)

ASKED: dict[str, Parameter] = {
    "standing": Choice(RequestStanding, "Which requests the share counts. By default: made."),
    "from": Day(
        "Only rows that may overlap the time from this day on; a month or a year stands for its "
        "first day."
    ),
    "to": Day("Up to this day, inclusive; a month or a year stands for its last day."),
    "certain": Certain("`true` leaves out what only may overlap."),
}


class RecordRequestSerializer(shapes.RequestSummarySerializer):
    """A request, and what its addressee itself did about it."""

    behaviour = serializers.ChoiceField(choices=Behaviour.choices)
    responses = shapes.ResponseBaseSerializer(
        many=True, source="answers", help_text="Those of the addressee itself."
    )
    roster = serializers.SerializerMethodField(help_text="What each member did.")

    class Meta:
        model = models.Request
        fields = (*shapes.RequestSummarySerializer.Meta.fields, "behaviour", "responses", "roster")

    def get_roster(self, request: models.Request) -> str:
        address: str = self.context["request"].build_absolute_uri(request.get_absolute_url())
        return f"{address}roster/"


class BehaviourCountSerializer(CountSerializer):
    behaviour = serializers.ChoiceField(choices=Behaviour.choices)


class LeftOutSerializer(CountSerializer):
    reason = serializers.ChoiceField(
        choices=[*RequestStanding.values, str(Behaviour.NOT_CODED)],
        help_text="The standing that is not counted, or that no response is coded.",
    )


class AnswerCountSerializer(CountSerializer):
    kind = serializers.ChoiceField(choices=ResponseKind.choices)


class ShareMethodSerializer(serializers.Serializer[Any]):
    standing = serializers.ListField(
        child=serializers.ChoiceField(choices=RequestStanding.choices),
        help_text="The standings that are counted.",
    )
    words = serializers.ListField(child=serializers.CharField())


class FractionSerializer(serializers.Serializer[Any]):
    numerator = serializers.IntegerField()
    denominator = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text="Null where nothing is counted.")


class ShareSerializer(FractionSerializer):
    """The share answered, and everything that it was made of."""

    counted = BehaviourCountSerializer(
        many=True, help_text="The denominator, by what the addressee did."
    )
    left_out = LeftOutSerializer(many=True, help_text="What the denominator does not hold.")
    answers = AnswerCountSerializer(
        many=True,
        help_text="Of the requests counted, how many got a response of each kind; a request may "
        "have several.",
    )


class OrganizationRecordSerializer(serializers.Serializer[Any]):
    """What was asked of an organization, and what it answered."""

    url = serializers.URLField()
    organization = ReferenceSerializer()
    method = ShareMethodSerializer()
    share_answered = ShareSerializer()
    requests = RecordRequestSerializer(
        many=True, help_text="What was asked of it, made or not; whatever the share counts."
    )
    responses = shapes.ResponseSummarySerializer(
        many=True, help_text="Its responses, to requests addressed to others too."
    )


class StateSharesSerializer(serializers.Serializer[Any]):
    requests = ShareSerializer(help_text="Of what the state asked.")
    requests_received = ShareSerializer(help_text="Of what the state was asked itself.")


class StateRecordSerializer(serializers.Serializer[Any]):
    """What one state was in, asked for, was asked, answered and voted."""

    url = serializers.URLField()
    state = StateReferenceSerializer()
    method = ShareMethodSerializer()
    share_answered = StateSharesSerializer()
    memberships = shapes.MembershipSerializer(many=True)
    requests = RecordRequestSerializer(many=True, help_text="Calls of this state, made or not.")
    requests_received = RecordRequestSerializer(
        many=True, help_text="Calls to this state itself; those to its alliances are theirs."
    )
    responses = shapes.ResponseSummarySerializer(many=True)
    votes = shapes.VoteSummarySerializer(many=True)


class RecordView(QuestionView):
    """What records of states and of organizations share."""

    asked = ASKED

    def period(self, request: Request) -> dict[str, str]:
        """The parameters that narrow every list of a record."""
        names = ("from", "to", "certain")
        return {name: request.query_params[name] for name in names if name in request.query_params}

    def requests(self, request: Request, **condition: Any) -> list[models.Request]:
        """Requests with `behaviour` and `answers` of the addressee."""
        answers = (
            models.Response.objects.public()
            .of_addressee()
            .with_evidence()
            .select_related(*RESPONSE_TITLE, *(f"part_of__{path}" for path in RESPONSE_TITLE))
        )
        asked = list(
            rows(RequestViewSet, self.period(request))
            .filter(**condition)
            .prefetch_related(Prefetch("responses", answers, to_attr="answers"))
        )
        for each in asked:
            each.behaviour = behaviour_of([answer.kind for answer in each.answers])
        return asked

    def method(self, request: Request) -> dict[str, Any]:
        return {
            "standing": self.given(request).get("standing", [RequestStanding.MADE]),
            "words": METHOD,
        }

    def share(
        self, request: Request, asked: Sequence[models.Request], **parameters: str
    ) -> dict[str, Any]:
        """The share answered; `parameters` lead to the list of `asked`."""
        parameters |= self.period(request)
        standings = self.method(request)["standing"]
        standing = ",".join(standings)

        def count(number: int, **more: str) -> dict[str, Any]:
            return {"number": number, "rows": link(request, "requests", **parameters, **more)}

        chosen = [each for each in asked if each.standing in standings]
        behaviours = Counter(each.behaviour for each in chosen)  # type: ignore[attr-defined]
        others = Counter(each.standing for each in asked if each.standing not in standings)
        kinds = Counter(
            kind
            for each in chosen
            for kind in {answer.kind for answer in each.answers}  # type: ignore[attr-defined]
        )
        return {
            **fraction(behaviours),
            "counted": [
                {"behaviour": each, **count(behaviours[each], standing=standing, behaviour=each)}
                for each in CODED
            ],
            "left_out": [
                *(
                    {"reason": each, **count(others[each], standing=each)}
                    for each in RequestStanding.values
                    if each not in standings
                ),
                {
                    "reason": Behaviour.NOT_CODED,
                    **count(
                        behaviours[Behaviour.NOT_CODED],
                        standing=standing,
                        behaviour=Behaviour.NOT_CODED,
                    ),
                },
            ],
            "answers": [
                {"kind": each, **count(kinds[each], standing=standing, answer=each)}
                for each in ResponseKind.values
                if kinds[each]
            ],
        }


def fraction(behaviours: Counter[str]) -> dict[str, Any]:
    """Those that answered, of those whose behaviour is coded."""
    numerator = behaviours[Behaviour.ANSWERED]
    denominator = sum(behaviours[each] for each in CODED)
    return {
        "numerator": numerator,
        "denominator": denominator,
        "share": numerator / denominator if denominator else None,
    }


class OrganizationRecordView(RecordView):
    """What was asked of an organization and what it answered, with the share answered:
    numerator, denominator, what was left out and why. Each number has a link to its rows.
    """

    @extend_schema(parameters=described(ASKED), responses=OrganizationRecordSerializer)
    def get(self, request: Request, slug: str) -> Response:
        organization = found(models.Organization, slug=slug)
        self.given(request)
        asked = self.requests(request, addressee_organization=organization)
        responses = rows(ResponseViewSet, self.period(request))
        record = {
            "url": request.build_absolute_uri(),
            "organization": organization,
            "method": self.method(request),
            "share_answered": self.share(request, asked, addressee=slug),
            "requests": asked,
            "responses": responses.filter(responder_organization=organization),
        }
        return Response(OrganizationRecordSerializer(record, context={"request": request}).data)


class StateRecordView(RecordView):
    """What one state was a member of, asked for, was asked, answered and voted, with the shares
    answered of what it asked and of what it was asked. Each number has a link to its rows.
    """

    @extend_schema(parameters=described(ASKED), responses=StateRecordSerializer)
    def get(self, request: Request, code: str) -> Response:
        state = found(models.State, code=code)
        self.given(request)
        period = self.period(request)
        made = self.requests(request, requester=state)
        received = self.requests(request, addressee_state=state)
        record = {
            "url": request.build_absolute_uri(),
            "state": state,
            "method": self.method(request),
            "share_answered": {
                "requests": self.share(request, made, requester=code),
                "requests_received": self.share(request, received, addressee=code),
            },
            "memberships": rows(MembershipViewSet, period).filter(state=state),
            "requests": made,
            "requests_received": received,
            "responses": rows(ResponseViewSet, period).filter(responder_state=state),
            "votes": rows(VoteViewSet, period).filter(state=state),
        }
        return Response(StateRecordSerializer(record, context={"request": request}).data)
