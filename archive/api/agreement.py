"""``/agreement/``: how alike states vote, pair by pair, by a method of the reader's choice.

The formulas and their sources are in ``archive/agreement.py`` and the codebook.
"""

from collections.abc import Container
from itertools import combinations
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from archive import agreement, models
from archive.agreement import Absent, Abstain, Intended, Method, Unanimous
from archive.api import ballots
from archive.api.errors import BadParameter
from archive.api.filter_sets import days_asked
from archive.api.parameters import (
    Certain,
    Day,
    Key,
    Parameter,
    RefusedError,
    found,
    values_in,
)
from archive.api.questions import QuestionView, Setting, described, link
from archive.api.references import StateReferenceSerializer
from archive.choices import MembershipStanding

MOST_STATES = 25


class Keys(Parameter):
    """Keys of records, each once. They are looked up among the ballots, not in the database:
    see `_known`.
    """

    is_list = True

    def __init__(self, description: str, least: int = 1, most: int | None = None) -> None:
        super().__init__(description)
        self.least, self.most = least, most

    def read(self, text: str) -> list[str]:
        keys = values_in(text)
        if len(keys) != len(set(keys)):
            raise RefusedError("A value is given twice.")
        if len(keys) < self.least or (self.most and len(keys) > self.most):
            raise RefusedError(f"Give from {self.least} to {self.most} values, not {len(keys)}.")
        return keys


def _known(name: str, keys: list[str], among: Container[str], model: Any) -> list[str]:
    """The keys; those without ballots must at least be keys of public records."""
    if missing := [key for key in keys if key not in among]:
        try:
            found(model, missing)
        except RefusedError as error:
            raise BadParameter(name, str(error.message)) from None
    return keys


ASKED: dict[str, Parameter] = {
    "states": Keys(
        f"Codes of the states to compare, from 2 to {MOST_STATES}.", least=2, most=MOST_STATES
    ),
    "members_of": Key(
        models.Organization,
        "In place of `states`: all states that were full members of one of these on a day "
        "between `from` and `to`, for certain or possibly. Their votes of the whole time are "
        "compared, those before they joined and after they left too.",
    ),
    "body": Keys("The organizations that voted."),
    "roll_call": Keys("What was voted on."),
    "from": Day("Roll calls from this day on; a month or a year stands for its first day."),
    "to": Day("Up to this day, inclusive; a month or a year stands for its last day."),
    "certain": Certain("`true` leaves out roll calls that only may fall between `from` and `to`."),
    "absent": Setting(Absent, "What an absence means."),
    "abstain": Setting(Abstain, "What an abstention means."),
    "unanimous": Setting(Unanimous, "What is done with unanimous roll calls."),
    "intended": Setting(Intended, "Which vote is meant."),
}
SETTINGS = {
    "absent": Absent,
    "abstain": Abstain,
    "unanimous": Unanimous,
    "intended": Intended,
}
SCORE = (
    "The score is (agree + half / 2) / compared, Lijphart's index of agreement: 1 where all "
    "votes compared are the same, 0 where all are opposite."
)


class MethodSerializer(serializers.Serializer[Any]):
    absent = serializers.ChoiceField(choices=Absent.choices)
    abstain = serializers.ChoiceField(choices=Abstain.choices)
    unanimous = serializers.ChoiceField(choices=Unanimous.choices)
    intended = serializers.ChoiceField(choices=Intended.choices)
    words = serializers.ListField(
        child=serializers.CharField(), help_text="The same in words, and the formula."
    )


class CountSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    rows = serializers.URLField(help_text="The list of these very rows.")


class ExcludedSerializer(serializers.Serializer[Any]):
    """Roll calls that were not compared, each under the first reason that fits."""

    not_coded = serializers.IntegerField(
        help_text="No vote of one or both is coded: not a member then, or not coded yet."
    )
    unanimous = serializers.IntegerField(help_text="Dropped as unanimous.")
    absent = serializers.IntegerField(help_text="One or both were absent.")
    abstain = serializers.IntegerField(help_text="One or both abstained.")


class PairSerializer(serializers.Serializer[Any]):
    state_a = StateReferenceSerializer()
    state_b = StateReferenceSerializer()
    score = serializers.FloatField(
        allow_null=True, help_text="From 0 to 1; null where nothing was compared."
    )
    compared = serializers.IntegerField(help_text="Roll calls compared: the three that follow.")
    agree = serializers.IntegerField(help_text="The same vote.")
    half = serializers.IntegerField(
        help_text="One abstained, the other voted yes or no; counted so with abstain=half only."
    )
    disagree = serializers.IntegerField()
    excluded = ExcludedSerializer()
    votes = serializers.URLField(
        help_text="The list of the votes of both in the roll calls asked for. Those with a vote "
        "of each are the ones compared, or excluded for their votes."
    )


class AgreementSerializer(serializers.Serializer[Any]):
    url = serializers.URLField()
    method = MethodSerializer()
    roll_calls = CountSerializer(help_text="The roll calls asked for: of each pair, the sum.")
    pairs = PairSerializer(many=True)


class AgreementView(QuestionView):
    """How alike states vote: an agreement score for each pair, by a stated method.

    The score is (agree + half / 2) / compared (Lijphart 1963), which with votes coded 1 yes,
    2 abstain, 3 no is the mean of 1 − |v₁ − v₂| / 2 (Voeten's coding). `abstain=disagree` gives
    the share of identical votes, `abstain=exclude` that among yes and no alone. Each answer
    says how it was computed, how many roll calls were compared, how many excluded and why,
    and links to the votes themselves. The codebook has the sources.
    """

    asked = ASKED

    @extend_schema(parameters=described(ASKED), responses=AgreementSerializer)
    def get(self, request: Request) -> Response:
        given = self.given(request)
        if ("states" in given) == ("members_of" in given):
            raise BadParameter(
                "states",
                "Name either states, as ?states=ARM,BLR, or whose members: ?members_of=csto",
            )
        days = days_asked(given) if {"from", "to", "certain"} & set(given) else None
        method = Method(**{name: given[name] for name in SETTINGS if name in given})
        votes = ballots.current(getattr(request, "revision", None))
        states = (
            _voters(given["states"], votes)
            if "states" in given
            else _members(given["members_of"], days)
        )
        selected = votes.select(
            given.get("body") and _known("body", given["body"], votes.bodies, models.Organization),
            given.get("roll_call")
            and _known("roll_call", given["roll_call"], votes.bits, models.RollCall),
            days,
            certain=given.get("certain", False),
        )
        roll_calls, addresses = _links(request, method)
        cast = [
            votes.votes(state.pk, intended=method.intended == Intended.USE).among(selected)
            for state in states
        ]
        references = [
            {
                "code": state.code,
                "name": state.name,
                "url": request.build_absolute_uri(state.get_absolute_url()),
            }
            for state in states
        ]
        pairs = [
            {
                "state_a": references[a],
                "state_b": references[b],
                **_shown(agreement.tally(cast[a], cast[b], selected, votes.unanimous, method)),
                "votes": f"{addresses}{states[a].code},{states[b].code}",
            }
            for a, b in combinations(range(len(states)), 2)
        ]
        return Response(
            {
                "url": request.build_absolute_uri(),
                "method": {**method._asdict(), "words": _words(method)},
                "roll_calls": {"number": selected.bit_count(), "rows": roll_calls},
                "pairs": pairs,
            }
        )


def _voters(codes: list[str], votes: ballots.Ballots) -> list[models.State]:
    """The states with these codes, in this order; most have voted."""
    _known("states", codes, votes.states, models.State)
    others = [code for code in codes if code not in votes.states]
    silent = models.State.objects.in_bulk(others, field_name="code") if others else {}
    return [votes.states.get(code) or silent[code] for code in codes]


def _members(organizations: list[int], days: Any) -> list[models.State]:
    """Who was a full member on one of the days, or ever."""
    memberships = models.Membership.objects.public().filter(
        organization__in=organizations, standing=MembershipStanding.FULL
    )
    if days is not None:
        memberships = memberships.filter(period_possible__overlap=days)
    states = list(models.State.objects.public().filter(memberships__in=memberships).distinct())
    if len(states) > MOST_STATES:
        raise BadParameter(
            "members_of",
            f"These were {len(states)} states, and at most {MOST_STATES} are compared at once: "
            "name some in “states”.",
        )
    return states


def _links(request: Request, method: Method) -> tuple[str, str]:
    """The list of the roll calls, and that of the votes but for the codes of the states."""
    names = {name: name for name in ("roll_call", "from", "to", "certain")}
    asked = {
        theirs: request.query_params[ours]
        for ours, theirs in {"body": "organization", **names}.items()
        if ours in request.query_params
    }
    roll_calls = link(request, "roll-calls", **asked)
    if method.unanimous == Unanimous.DROP:
        asked["unanimous"] = "false"
    votes = link(request, "votes", **asked)
    return roll_calls, f"{votes}{'&' if asked else '?'}state="


def _words(method: Method) -> list[str]:
    chosen: list[str] = [SETTINGS[name](value).label for name, value in method._asdict().items()]
    return [SCORE, *(f"{sentence}." for sentence in chosen)]


def _shown(tally: agreement.Tally) -> dict[str, Any]:
    counts = tally._asdict()
    compared = {name: counts.pop(name) for name in ("agree", "half", "disagree")}
    return {"score": tally.score, "compared": tally.compared, **compared, "excluded": counts}
