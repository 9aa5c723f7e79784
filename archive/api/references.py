"""Small objects that stand for a record inside another, and the fields of their making."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from archive import edtf
from archive.choices import Status


def title_of(record: Any) -> str:
    """The title or name of a record; made from the row where the model has none."""
    return getattr(record, "title", None) or getattr(record, "name", None) or str(record)


class PartialDateSerializer(serializers.Serializer[Any]):
    edtf = serializers.CharField(help_text="The date as the archive writes it: a subset of EDTF.")
    earliest = serializers.DateField(
        allow_null=True, help_text="The first day that it may touch; null where open or unknown."
    )
    latest = serializers.DateField(
        allow_null=True, help_text="The last, inclusive; null where open or unknown."
    )


@extend_schema_field(PartialDateSerializer)
class PartialDateField(serializers.CharField):
    """A date; null where the record has none."""

    def to_representation(self, value: str) -> Any:
        return edtf.as_dict(value)


@extend_schema_field({"type": "string", "format": "uri"})
class AddressField(serializers.Field[Any, Any, Any, Any]):
    """The absolute address of the record."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("source", "*")
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        address: str = self.context["request"].build_absolute_uri(value.get_absolute_url())
        return address


@extend_schema_field({"type": "string"})
class TitleField(serializers.Field[Any, Any, Any, Any]):
    """The title of the record, or a short description made from the row."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("source", "*")
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: Any) -> str:
        return title_of(value)


class ReferenceBase(serializers.Serializer[Any]):
    """Null for a record that the public does not see."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, read_only=True, **kwargs)

    def get_attribute(self, instance: Any) -> Any:
        record = super().get_attribute(instance)
        return record if getattr(record, "status", Status.PUBLISHED) == Status.PUBLISHED else None


class ReferenceSerializer(ReferenceBase):
    slug = serializers.CharField()
    title = TitleField()
    url = AddressField()


class StateReferenceSerializer(ReferenceBase):
    code = serializers.CharField()
    name = serializers.CharField()
    url = AddressField()


class ActorReferenceSerializer(ReferenceBase):
    """A state or an organization."""

    type = serializers.ChoiceField(
        choices=["state", "organization"], source="_meta.model_name", help_text="Which of the two."
    )
    key = serializers.SerializerMethodField(
        help_text="The code of the state, or the organization's slug."
    )
    name = serializers.CharField()
    url = AddressField()

    def get_key(self, actor: Any) -> str:
        (key,) = actor.natural_key()
        return str(key)


class EventReferenceSerializer(ReferenceSerializer):
    date = PartialDateField(allow_null=True)


class RollCallReferenceSerializer(ReferenceSerializer):
    symbol = serializers.CharField(help_text="Blank where the document has none.")
    date = PartialDateField()
