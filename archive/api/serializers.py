"""The shapes of records: a summary in lists, a detail at the record's own address.

The texts of the schema are the models' ``help_text``, written once. All fields are read
only. What a shape needs from the database stands beside it, on the viewset in ``views.py``;
what all shapes share is in ``base.py``, the small objects of other records in
``references.py``.
"""

from rest_framework import serializers

from archive import models
from archive.api.base import (
    HEAD,
    PASSAGE,
    CitationSerializer,
    CitedSerializer,
    ImportedSerializer,
    ReadOnlySerializer,
    RecordSerializer,
    ReferenceRowSerializer,
    ReleasedSerializer,
    UncitedSerializer,
)
from archive.api.references import (
    ActorReferenceSerializer,
    EventReferenceSerializer,
    ReferenceSerializer,
    RollCallReferenceSerializer,
    StateReferenceSerializer,
)
from archive.choices import Status, TextAccess

# --- Reference rows -------------------------------------------------------------------------


class SourceSummarySerializer(ReferenceRowSerializer):
    country = StateReferenceSerializer(allow_null=True)

    class Meta:
        model = models.Source
        fields: tuple[str, ...] = ("slug", *HEAD, "name", "kind", "homepage", "country", "note")


class SourceDetailSerializer(SourceSummarySerializer, ReleasedSerializer, UncitedSerializer):
    class Meta:
        model = models.Source
        fields = (*SourceSummarySerializer.Meta.fields, "first_release", "citations")


class StateSummarySerializer(ReferenceRowSerializer):
    class Meta:
        model = models.State
        fields: tuple[str, ...] = (
            "code",
            *HEAD,
            "name",
            "official_name",
            "iso2",
            "m49",
            "cow",
            "cow_letters",
            "gw",
            "existed",
            "aliases",
        )


class StateDetailSerializer(StateSummarySerializer, ReleasedSerializer, UncitedSerializer):
    class Meta:
        model = models.State
        fields = (*StateSummarySerializer.Meta.fields, "first_release", "citations")


class OrganizationSummarySerializer(ReferenceRowSerializer):
    class Meta:
        model = models.Organization
        fields: tuple[str, ...] = (
            "slug",
            *HEAD,
            "name",
            "acronym",
            "kind",
            "founded",
            "dissolved",
            "aliases",
        )


class OrganizationDetailSerializer(
    OrganizationSummarySerializer, ReleasedSerializer, UncitedSerializer
):
    class Meta:
        model = models.Organization
        fields = (*OrganizationSummarySerializer.Meta.fields, "first_release", "citations")


class ProvisionSummarySerializer(ReferenceRowSerializer):
    organization = ReferenceSerializer()

    class Meta:
        model = models.Provision
        fields: tuple[str, ...] = (
            "slug",
            *HEAD,
            "organization",
            "instrument",
            "article_number",
            "gist",
        )


class ProvisionDetailSerializer(ProvisionSummarySerializer, ReleasedSerializer, CitedSerializer):
    class Meta:
        model = models.Provision
        fields = (*ProvisionSummarySerializer.Meta.fields, "first_release", "citations")


# --- Articles, citations, memberships --------------------------------------------------------


class ArticleSummarySerializer(RecordSerializer):
    source = ReferenceSerializer()  # type: ignore[assignment]
    first_published_by = ReferenceSerializer(allow_null=True)
    original_url = serializers.CharField(
        source="url", read_only=True, help_text="Where it was read; blank if unknown."
    )

    class Meta:
        model = models.Article
        fields: tuple[str, ...] = (
            "slug",
            *HEAD,
            "source",
            "first_published_by",
            "authors",
            "published",
            "original_url",
            "archived_url",
            "retrieved_on",
            "language",
            "text_access",
            "note",
        )


class ArticleDetailSerializer(ArticleSummarySerializer, ReleasedSerializer, CitedSerializer):
    text = serializers.SerializerMethodField(
        help_text="The capture, letter by letter; null where the article is restricted."
    )
    sha256 = serializers.CharField(
        read_only=True, help_text="SHA-256 of the capture's UTF-8 bytes, computed by the database."
    )

    class Meta:
        model = models.Article
        fields = (
            *ArticleSummarySerializer.Meta.fields,
            "text",
            "body_start",
            "body_end",
            "sha256",
            "first_release",
            "citations",
        )

    def get_text(self, article: models.Article) -> str | None:
        return article.text if article.text_access == TextAccess.OPEN else None


class CitationSummarySerializer(RecordSerializer, CitationSerializer):
    """A passage as a record of its own."""

    class Meta:
        model = models.Citation
        fields = ("uuid", *HEAD, *PASSAGE)


class CitationDetailSerializer(CitationSummarySerializer, ReleasedSerializer, UncitedSerializer):
    class Meta:
        model = models.Citation
        fields = (*CitationSummarySerializer.Meta.fields, "first_release", "citations")


class MembershipSerializer(RecordSerializer):
    state = StateReferenceSerializer()
    organization = ReferenceSerializer()

    class Meta:
        model = models.Membership
        fields: tuple[str, ...] = (
            "slug",
            *HEAD,
            "state",
            "organization",
            "standing",
            "period",
            "note",
        )


class MembershipSummarySerializer(MembershipSerializer):
    """A membership in a list that can be asked with ``?on=``."""

    on = serializers.ChoiceField(
        choices=["certain", "possible"],
        allow_null=True,
        read_only=True,
        help_text="How sure it is that the membership was in force on the day asked for with "
        "?on=; null where none was.",
    )

    class Meta:
        model = models.Membership
        fields = (*MembershipSerializer.Meta.fields, "on")


class MembershipDetailSerializer(
    MembershipSerializer, ReleasedSerializer, ImportedSerializer, CitedSerializer
):
    class Meta:
        model = models.Membership
        fields = (*MembershipSerializer.Meta.fields, "first_release", "imports", "citations")


# --- Events, requests, responses ------------------------------------------------------------


ANSWER = (
    "responder",
    "part_of",
    "kind",
    "basis",
    "search",
    "date",
    "troops_low",
    "troops_high",
    "troops_approximate",
    "summary",
)


class ResponseBaseSerializer(RecordSerializer):
    responder = ActorReferenceSerializer()
    part_of = ReferenceSerializer(allow_null=True)

    class Meta:
        model = models.Response
        fields: tuple[str, ...] = ("slug", *HEAD, *ANSWER)


class NestedResponseSerializer(ResponseBaseSerializer, CitedSerializer):
    """A response as it stands within its request."""

    class Meta:
        model = models.Response
        fields = (*ResponseBaseSerializer.Meta.fields, "citations")


class ResponseSummarySerializer(ResponseBaseSerializer):
    request = ReferenceSerializer()

    class Meta:
        model = models.Response
        fields: tuple[str, ...] = ("slug", *HEAD, "request", *ANSWER)


class ResponseDetailSerializer(ResponseSummarySerializer, ReleasedSerializer, CitedSerializer):
    class Meta:
        model = models.Response
        fields = (*ResponseSummarySerializer.Meta.fields, "first_release", "citations")


class RequestSummarySerializer(RecordSerializer):
    event = EventReferenceSerializer()
    requester = StateReferenceSerializer()
    addressee = ActorReferenceSerializer()
    provision = ReferenceSerializer(allow_null=True)

    class Meta:
        model = models.Request
        fields: tuple[str, ...] = (
            "slug",
            *HEAD,
            "event",
            "requester",
            "addressee",
            "standing",
            "sought",
            "provision",
            "date",
            "summary",
        )


class RequestDetailSerializer(RequestSummarySerializer, ReleasedSerializer, CitedSerializer):
    """A request with its responses: the same alone and within its event."""

    responses = NestedResponseSerializer(many=True, read_only=True)

    class Meta:
        model = models.Request
        fields = (*RequestSummarySerializer.Meta.fields, "responses", "first_release", "citations")


class ParticipantSerializer(ReadOnlySerializer, CitedSerializer):
    actor = ActorReferenceSerializer()
    alleged_by = StateReferenceSerializer(allow_null=True)

    class Meta:
        model = models.Participation
        fields = ("actor", "role", "person", "office", "alleged_by", "citations")


class EventSummarySerializer(RecordSerializer):
    part_of = EventReferenceSerializer(allow_null=True)

    class Meta:
        model = models.Event
        fields: tuple[str, ...] = ("slug", *HEAD, "kind", "date", "place", "part_of", "summary")


class EventDetailSerializer(EventSummarySerializer, ReleasedSerializer, CitedSerializer):
    participants = ParticipantSerializer(many=True, read_only=True, source="participations")
    requests = RequestDetailSerializer(many=True, read_only=True)

    class Meta:
        model = models.Event
        fields = (
            *EventSummarySerializer.Meta.fields,
            "participants",
            "requests",
            "first_release",
            "citations",
        )


# --- Votes ----------------------------------------------------------------------------------


class RollCallSummarySerializer(RecordSerializer):
    body = ReferenceSerializer()
    original_url = serializers.CharField(
        source="url", read_only=True, help_text="The official record; blank if unknown."
    )

    class Meta:
        model = models.RollCall
        fields: tuple[str, ...] = (
            "slug",
            *HEAD,
            "body",
            "symbol",
            "date",
            "total_yes",
            "total_no",
            "total_abstain",
            "total_absent",
            "complete",
            "original_url",
        )


class RollCallDetailSerializer(
    RollCallSummarySerializer, ReleasedSerializer, ImportedSerializer, CitedSerializer
):
    class Meta:
        model = models.RollCall
        fields = (*RollCallSummarySerializer.Meta.fields, "first_release", "imports", "citations")


class VoteSummarySerializer(RecordSerializer):
    roll_call = RollCallReferenceSerializer()
    state = StateReferenceSerializer()
    status = serializers.ChoiceField(
        choices=Status.choices,
        source="roll_call.status",
        read_only=True,
        help_text="A vote shares its roll call's.",
    )

    class Meta:
        model = models.Vote
        fields: tuple[str, ...] = ("roll_call", "state", *HEAD, "choice", "intended")


class VoteDetailSerializer(
    VoteSummarySerializer, ReleasedSerializer, ImportedSerializer, CitedSerializer
):
    class Meta:
        model = models.Vote
        fields = (*VoteSummarySerializer.Meta.fields, "first_release", "imports", "citations")
