"""What the shapes of all records are made of: their common fields, and their citations."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from archive import models
from archive.api.references import (
    AddressField,
    PartialDateField,
    ReferenceSerializer,
    TitleField,
)
from archive.choices import Status
from archive.models.base import CONTESTED
from archive.models.citation import CITABLE
from archive.models.fields import EDTFField

# After the key, each record begins with these.
HEAD = ("url", "title", "status", "citation_count", "contested", "updated_at")


class ReadOnlySerializer(serializers.ModelSerializer[Any]):
    """Dates as objects, and nothing to be written.

    A field named by a word of Python ends in "_".
    """

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        EDTFField: PartialDateField,
    }

    def get_fields(self) -> dict[str, Any]:
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}

    def get_extra_kwargs(self) -> dict[str, Any]:
        return {name: {"read_only": True} for name in self.Meta.fields}

    def include_extra_kwargs(self, kwargs: Any, extra_kwargs: Any) -> Any:
        """Keeps what REST framework drops of read-only fields: the schema says “or blank”."""
        may_be_blank = kwargs.get("allow_blank") and "choices" in kwargs
        kept = {"allow_blank": True} if may_be_blank else {}
        return {**super().include_extra_kwargs(kwargs, extra_kwargs), **kept}

    def build_standard_field(self, field_name: str, model_field: Any) -> Any:
        field, kwargs = super().build_standard_field(field_name, model_field)
        if isinstance(model_field, EDTFField) and model_field.blank:
            kwargs["allow_null"] = True
        return field, kwargs


class RecordSerializer(ReadOnlySerializer):
    url = AddressField(help_text="The address of this record.")
    title = TitleField(help_text="The title, or a short description made from the row.")
    citation_count = serializers.IntegerField(
        read_only=True, help_text="Passages that bear on the record as a whole or on a field of it."
    )
    contested = serializers.BooleanField(read_only=True, help_text=CONTESTED)


class ReferenceRowSerializer(RecordSerializer):
    """A row that has no status of its own: reference rows are all public."""

    status = serializers.SerializerMethodField(help_text="Reference rows are always published.")

    @extend_schema_field(serializers.ChoiceField(choices=Status.choices))
    def get_status(self, record: models.Record) -> str:
        return Status.PUBLISHED


# --- Citations ------------------------------------------------------------------------------


class CitedSourceSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField(read_only=True)
    title = TitleField()


class CitedArticleSerializer(ReadOnlySerializer):
    about = ""  # the article itself: it is the same wherever it is cited, see `shapes`
    source = CitedSourceSerializer(read_only=True)  # type: ignore[assignment]
    url = AddressField()

    class Meta:
        model = models.Article
        fields = ("slug", "title", "source", "published", "url")


class TargetSerializer(serializers.Serializer[Any]):
    about = "target"  # as above
    type = serializers.ChoiceField(choices=list(CITABLE), source="target_type", read_only=True)
    title = TitleField(source="target")
    url = AddressField(source="target", help_text="A participation has its event's address.")


PASSAGE = (
    "article",
    "quote",
    "prefix",
    "suffix",
    "start",
    "end",
    "target",
    "field",
    "stance",
    "asserted",
    "note",
)


class CitationSerializer(ReadOnlySerializer):
    """A passage as it stands within the record that it bears on."""

    article = CitedArticleSerializer(read_only=True)
    prefix = serializers.CharField(
        read_only=True, help_text="The words before the quote. Blank in a restricted article."
    )
    suffix = serializers.CharField(
        read_only=True, help_text="The words after the quote. Blank in a restricted article."
    )
    end = serializers.IntegerField(read_only=True, help_text="Where the passage ends.")
    target = TargetSerializer(source="*", read_only=True, help_text="What the passage is about.")

    class Meta:
        model = models.Citation
        fields: tuple[str, ...] = ("uuid", *PASSAGE)


class ReleasedSerializer(serializers.Serializer[Any]):
    """The detail of a record that a release may hold."""

    first_release = serializers.CharField(
        read_only=True,
        allow_null=True,
        help_text="The version of the release that first held the record; null where none did.",
    )


class CitedSerializer(serializers.Serializer[Any]):
    """The detail of a record that passages bear on."""

    citations = CitationSerializer(many=True, read_only=True)


class LinesSerializer(serializers.ListSerializer[Any]):
    def get_attribute(self, instance: Any) -> Any:
        """The line that brought a vote is a column of it; those that confirm it are rows."""
        rows = instance.imported_rows.all()
        if not getattr(instance, "imported_id", None):
            return rows
        own = {"source_import": instance.imported, "line": instance.import_line, "made": True}
        return [models.ImportedRow(**own), *rows]


class ImportedRowSerializer(ReadOnlySerializer):
    import_ = ReferenceSerializer(source="source_import")

    class Meta:
        model = models.ImportedRow
        list_serializer_class = LinesSerializer
        fields = ("import_", "line", "made")


class ImportedSerializer(serializers.Serializer[Any]):
    """The detail of a record that data sets bring."""

    imports = ImportedRowSerializer(
        many=True,
        read_only=True,
        source="imported_rows",
        help_text="The imports that brought or confirm the record, each with its line.",
    )


class UncitedSerializer(serializers.Serializer[Any]):
    """The detail of a record that no passage can be about; the list is there for uniformity."""

    citations = serializers.SerializerMethodField(help_text="Always empty.")

    @extend_schema_field(CitationSerializer(many=True))
    def get_citations(self, record: models.Record) -> list[Any]:
        return []
