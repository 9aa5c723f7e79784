"""``/requests/<slug>/roster/``: what each member of the addressee did about one request.

A member without a response row is “not coded”, never silent: silence is a response too.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from archive import models
from archive.api import serializers as shapes
from archive.api.parameters import Certain, Choice, Parameter
from archive.api.questions import QuestionView, described
from archive.api.record import FractionSerializer, fraction
from archive.api.references import (
    ActorReferenceSerializer,
    AddressField,
    PartialDateField,
    ReferenceSerializer,
    StateReferenceSerializer,
)
from archive.api.views import RecordViewSet, RequestViewSet, responses
from archive.choices import Behaviour, MembershipStanding, behaviour_of

METHOD = (
    "Members are the states with a membership in force on the day of the request, or of its event "
    "where the request has none: “certain” where it covers every day that the date may touch, "
    "“possible” where it covers some. Without any date, whoever was ever a member is possible.",
    "Where a member has several responses, an act (deployment, materiel, mission, mediation, "
    "other) outweighs a refusal, a refusal outweighs words (contact, statement), and words "
    "outweigh silence. A share in the alliance's act is an act of the member.",
    "The alliance's own response is shown apart and makes no member answered or silent. A member "
    "without a response row is not coded, which is no behaviour.",
    "The requester is counted nowhere: it cannot answer itself.",
)

ASKED: dict[str, Parameter] = {
    "standing": Choice(
        MembershipStanding, "Which members the totals count. By default: full. All are listed."
    ),
    "certain": Certain("`true`: the totals count only those who were members for certain."),
}


class RosterMembershipSerializer(serializers.ModelSerializer[Any]):
    url = AddressField()
    on = serializers.ChoiceField(
        choices=["certain", "possible"],
        help_text="How sure it is that it was in force on the day of the request.",
    )
    period = PartialDateField()

    class Meta:
        model = models.Membership
        fields = ("slug", "url", "standing", "period", "on")


class StandingSerializer(serializers.Serializer[Any]):
    """A state and its standing in the addressee on the day of the request."""

    state = StateReferenceSerializer()
    on = serializers.ChoiceField(
        choices=["certain", "possible"],
        allow_null=True,
        help_text="How sure it is that the state was a member then; null where it was none.",
    )
    memberships = RosterMembershipSerializer(
        many=True,
        help_text="Several where the standing changed, or dates leave it open. None where the "
        "addressee is the state itself.",
    )


class MemberSerializer(StandingSerializer):
    behaviour = serializers.ChoiceField(choices=Behaviour.choices)
    counted = serializers.BooleanField(help_text="Whether the totals count it.")
    responses = shapes.NestedResponseSerializer(many=True, help_text="Its own.")
    shares = shapes.NestedResponseSerializer(
        many=True, help_text="Its shares in what the alliance, or another, did."
    )


class WholeSerializer(serializers.Serializer[Any]):
    """What the organization did as one."""

    behaviour = serializers.ChoiceField(choices=Behaviour.choices)
    responses = shapes.NestedResponseSerializer(many=True)


class TotalsSerializer(serializers.Serializer[Any]):
    """Members by behaviour; the four add up to `members`."""

    members = serializers.IntegerField(help_text="Members counted, without the requester.")
    answered = serializers.IntegerField()
    refused = serializers.IntegerField()
    silent = serializers.IntegerField()
    not_coded = serializers.IntegerField()
    left_out = serializers.IntegerField(
        help_text="Members listed and not counted, for their standing or as only possible."
    )


class RosterMethodSerializer(serializers.Serializer[Any]):
    standing = serializers.ListField(
        child=serializers.ChoiceField(choices=MembershipStanding.choices)
    )
    certain = serializers.BooleanField()
    words = serializers.ListField(child=serializers.CharField())


class RosterSerializer(serializers.Serializer[Any]):
    """A request, and what each member of its addressee did about it."""

    url = serializers.URLField()
    request = ReferenceSerializer()
    addressee = ActorReferenceSerializer()
    date = PartialDateField(allow_null=True, help_text="The date by which members are found.")
    date_of = serializers.ChoiceField(
        choices=["request", "event"], allow_null=True, help_text="Whose date it is."
    )
    method = RosterMethodSerializer()
    requester = StandingSerializer(help_text="Who asked; it is none of the members below.")
    as_a_whole = WholeSerializer(
        allow_null=True, help_text="What the organization did as one; null for a state."
    )
    totals = TotalsSerializer()
    share_answered = FractionSerializer(
        help_text="Members that answered, of those counted whose behaviour is coded."
    )
    members = MemberSerializer(many=True)
    others = shapes.NestedResponseSerializer(
        many=True,
        help_text="Responses of all others: no members, other organizations, the requester itself.",
    )


class RosterViewSet(QuestionView, RecordViewSet):
    """What each member of the addressee did about one request: answered, refused, was silent, or
    is not coded, each with its evidence. Where the addressee is a state, it is the only member.
    """

    asked = ASKED
    queryset = RequestViewSet.queryset
    serializer_class = detail_serializer_class = RosterSerializer
    detail_prefetch = (responses(),)
    filterset_class = RequestViewSet.filterset_class

    @extend_schema(parameters=described(ASKED), responses=RosterSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        given = self.given(request)
        asked = self.get_object()
        roster = _roster(
            asked,
            standings=given.get("standing", [MembershipStanding.FULL]),
            certain=given.get("certain", False),
        )
        roster["url"] = request.build_absolute_uri()
        return Response(self.get_serializer(roster).data)


def _roster(asked: models.Request, *, standings: Sequence[str], certain: bool) -> dict[str, Any]:
    given: dict[Any, list[models.Response]] = defaultdict(list)
    for response in asked.responses.all():
        given[response.responder].append(response)

    memberships = _memberships(asked)
    organization = asked.addressee_organization
    states = set(memberships) if organization else {asked.addressee_state}
    members = []
    for state in sorted(states - {asked.requester}, key=lambda each: each.code):
        shown = _standing(asked, state, memberships)
        everything = given.pop(state, [])
        of_standing = [each for each in memberships.get(state, []) if each.standing in standings]
        is_counted = organization is None or (
            _on(asked, of_standing) == "certain" if certain else bool(of_standing)
        )
        members.append(
            {
                **shown,
                "behaviour": behaviour_of([each.kind for each in everything]),
                "counted": is_counted,
                "responses": [each for each in everything if each.part_of is None],
                "shares": [each for each in everything if each.part_of is not None],
            }
        )
    whole = given.pop(organization, [])
    behaviours = Counter(each["behaviour"] for each in members if each["counted"])
    return {
        "request": asked,
        "addressee": asked.addressee,
        "date": asked.date or asked.event.date,
        "date_of": "request" if asked.date else "event" if asked.event.date else None,
        "method": {"standing": standings, "certain": certain, "words": METHOD},
        "requester": _standing(asked, asked.requester, memberships),
        "as_a_whole": organization
        and {"behaviour": behaviour_of([each.kind for each in whole]), "responses": whole},
        "totals": {
            "members": behaviours.total(),
            **{each: behaviours[each] for each in Behaviour},
            "left_out": len(members) - behaviours.total(),
        },
        "share_answered": fraction(behaviours),
        "members": members,
        "others": [response for responses in given.values() for response in responses],
    }


def _memberships(asked: models.Request) -> dict[models.State, list[models.Membership]]:
    """By state, those that may be in force on a day of the request, each with `on`."""
    if asked.addressee_organization is None:
        return {}
    rows = models.Membership.objects.public().filter(organization=asked.addressee_organization)
    days = asked.days_possible
    if days is not None:
        rows = rows.filter(period_possible__overlap=days)
    found: dict[models.State, list[models.Membership]] = defaultdict(list)
    for row in rows.select_related("state").order_by("period_possible", "slug"):
        row.on = _on(asked, [row])
        found[row.state].append(row)
    return found


def _standing(asked: models.Request, state: models.State, memberships: Any) -> dict[str, Any]:
    own = memberships.get(state, [])
    on = "certain" if state == asked.addressee_state else _on(asked, own)
    return {"state": state, "on": on, "memberships": own}


def _on(asked: models.Request, memberships: Sequence[models.Membership]) -> str | None:
    """A change of standing ends no membership: two rows may cover the days together."""
    if not memberships:
        return None
    days = asked.days_possible
    is_certain = _covered(days, [each.period_certain for each in memberships])
    return "certain" if is_certain else "possible"


def _covered(days: DateRange | None, periods: Iterable[DateRange | None]) -> bool:
    """Whether the periods together hold every one of the days. No days are never covered."""
    if days is None:
        return False
    reached = days.lower or date.min
    for period in sorted(
        (each for each in periods if each), key=lambda each: each.lower or date.min
    ):
        if (period.lower or date.min) <= reached:
            reached = max(reached, period.upper or date.max)
    return reached >= (days.upper or date.max)
