"""The archive's shapes in the usual way: `ModelSerializer`s that nest one another."""

from typing import Any

from rest_framework import serializers

from archive import edtf, models


class DateField(serializers.CharField):
    def to_representation(self, value: str) -> Any:
        return edtf.as_dict(value)


class UrlField(serializers.Field[Any, Any, Any, Any]):
    """The address of a record, or of the one that `source` leads to."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **{"source": "*", **kwargs})

    def to_representation(self, value: Any) -> str:
        address: str = self.context["request"].build_absolute_uri(value.get_absolute_url())
        return address


class TitleField(serializers.Field[Any, Any, Any, Any]):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **{"source": "*", **kwargs})

    def to_representation(self, value: Any) -> str:
        return getattr(value, "title", None) or getattr(value, "name", None) or str(value)


# --- References -----------------------------------------------------------------------------


class StateReference(serializers.ModelSerializer[Any]):
    url = UrlField()

    class Meta:
        model = models.State
        fields = ("code", "name", "url")


class Reference(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = TitleField()
    url = UrlField()


class DatedReference(Reference):
    date = DateField()


class RollCallReference(DatedReference):
    symbol = serializers.CharField()


class ActorReference(serializers.Serializer[Any]):
    type = serializers.CharField(source="_meta.model_name")
    key = serializers.SerializerMethodField()
    name = serializers.CharField()
    url = UrlField()

    def get_key(self, actor: Any) -> str:
        key: str = actor.natural_key()[0]
        return key


# --- Citations ------------------------------------------------------------------------------


class CitedSource(serializers.Serializer[Any]):
    slug = serializers.CharField()
    title = TitleField()


class CitedArticle(serializers.ModelSerializer[Any]):
    source = CitedSource()  # type: ignore[assignment]
    published = DateField()
    url = UrlField()

    class Meta:
        model = models.Article
        fields = ("slug", "title", "source", "published", "url")


class Target(serializers.Serializer[Any]):
    type = serializers.CharField(source="target_type")
    title = TitleField(source="target")
    url = UrlField(source="target")


PASSAGE = (
    *("uuid", "article", "quote", "prefix", "suffix", "start", "end", "target"),
    *("field", "stance", "asserted", "note"),
)


class Passage(serializers.ModelSerializer[Any]):
    article = CitedArticle()
    prefix = serializers.CharField()
    suffix = serializers.CharField()
    end = serializers.IntegerField()
    target = Target(source="*")

    class Meta:
        model = models.Citation
        fields: tuple[str, ...] = PASSAGE


# --- Records --------------------------------------------------------------------------------

HEAD = ("url", "title", "status", "citation_count", "contested", "updated_at")


class Record(serializers.ModelSerializer[Any]):
    url = UrlField()
    title = TitleField()
    citation_count = serializers.IntegerField()
    contested = serializers.BooleanField()


class ReferenceRow(Record):
    status = serializers.SerializerMethodField()

    def get_status(self, row: Any) -> str:
        return "published"


class CitationSerializer(Record, Passage):
    class Meta:
        model = models.Citation
        fields = (*HEAD, *PASSAGE)


class SourceSerializer(ReferenceRow):
    country = StateReference()

    class Meta:
        model = models.Source
        fields = ("slug", *HEAD, "name", "kind", "homepage", "country", "note")


class StateSerializer(ReferenceRow):
    existed = DateField()

    class Meta:
        model = models.State
        fields = (
            *("code", *HEAD, "name", "official_name", "iso2", "m49", "cow", "cow_letters", "gw"),
            *("existed", "aliases"),
        )


class OrganizationSerializer(ReferenceRow):
    founded = DateField()
    dissolved = DateField()

    class Meta:
        model = models.Organization
        fields = ("slug", *HEAD, "name", "acronym", "kind", "founded", "dissolved", "aliases")


class ProvisionSerializer(ReferenceRow):
    organization = Reference()

    class Meta:
        model = models.Provision
        fields = ("slug", *HEAD, "organization", "instrument", "article_number", "gist")


class ArticleSerializer(Record):
    source = Reference()  # type: ignore[assignment]
    first_published_by = Reference()
    published = DateField()
    original_url = serializers.CharField(source="url")

    class Meta:
        model = models.Article
        fields = (
            *("slug", *HEAD, "source", "first_published_by", "authors", "published"),
            *("original_url", "archived_url", "retrieved_on", "language", "text_access", "note"),
        )


class MembershipSerializer(Record):
    state = StateReference()
    organization = Reference()
    period = DateField()
    on = serializers.ReadOnlyField(default=None)

    class Meta:
        model = models.Membership
        fields = ("slug", *HEAD, "state", "organization", "standing", "period", "note", "on")


ANSWER = (
    *("responder", "part_of", "kind", "basis", "search", "date"),
    *("troops_low", "troops_high", "troops_approximate", "summary"),
)


class NestedResponse(Record):
    responder = ActorReference()
    part_of = Reference()
    date = DateField()
    citations = Passage(many=True)

    class Meta:
        model = models.Response
        fields = ("slug", *HEAD, *ANSWER, "citations")


class ResponseSerializer(Record):
    request = Reference()
    responder = ActorReference()
    part_of = Reference()
    date = DateField()

    class Meta:
        model = models.Response
        fields = ("slug", *HEAD, "request", *ANSWER)


class RequestSerializer(Record):
    event = DatedReference()
    requester = StateReference()
    addressee = ActorReference()
    provision = Reference()
    date = DateField()

    class Meta:
        model = models.Request
        fields: tuple[str, ...] = (
            *("slug", *HEAD, "event", "requester", "addressee", "standing", "sought"),
            *("provision", "date", "summary"),
        )


class NestedRequest(RequestSerializer):
    first_release = serializers.CharField()
    responses = NestedResponse(many=True)
    citations = Passage(many=True)

    class Meta:
        model = models.Request
        fields = (*RequestSerializer.Meta.fields, "first_release", "responses", "citations")


class Participant(serializers.ModelSerializer[Any]):
    actor = ActorReference()
    alleged_by = StateReference()
    citations = Passage(many=True)

    class Meta:
        model = models.Participation
        fields = ("actor", "role", "person", "office", "alleged_by", "citations")


class EventSerializer(Record):
    date = DateField()
    part_of = DatedReference()

    class Meta:
        model = models.Event
        fields: tuple[str, ...] = ("slug", *HEAD, "kind", "date", "place", "part_of", "summary")


class EventDetail(EventSerializer):
    first_release = serializers.CharField()
    participants = Participant(many=True, source="participations")
    requests = NestedRequest(many=True)
    citations = Passage(many=True)

    class Meta:
        model = models.Event
        fields = (
            *EventSerializer.Meta.fields,
            *("first_release", "participants", "requests", "citations"),
        )


class RollCallSerializer(Record):
    body = Reference()
    date = DateField()
    original_url = serializers.CharField(source="url")

    class Meta:
        model = models.RollCall
        fields = (
            *("slug", *HEAD, "body", "symbol", "date", "total_yes", "total_no"),
            *("total_abstain", "total_absent", "complete", "original_url"),
        )


class VoteSerializer(Record):
    roll_call = RollCallReference()
    state = StateReference()
    status = serializers.CharField(source="roll_call.status")

    class Meta:
        model = models.Vote
        fields = ("roll_call", "state", *HEAD, "choice", "intended")
