"""What data sets brought: the imports, and where they say otherwise than the archive.

They are no records of the archive, but tell where records came from and what is in doubt: they
have neither status nor passages. Who took a file in or settled a difference stays inside.
"""

from typing import Any

from django.db.models import F, Model, Q
from django.db.models.functions import Coalesce
from rest_framework import serializers

from archive import models
from archive.api import tables
from archive.api.base import ReadOnlySerializer, ReleasedSerializer, TargetSerializer
from archive.api.filter_sets import RecordFilterSet
from archive.api.lists import RecordViewSet
from archive.api.parameters import Choice, Code, Flag, Key, Ordering, Search, TargetKind
from archive.api.references import AddressField, ReferenceSerializer, TitleField
from archive.choices import ImportLayout, Settlement
from archive.models.citation import CITABLE

ABOUT = list(models.Discrepancy.ABOUT)

# --- Shapes ---------------------------------------------------------------------------------


class ImportSummarySerializer(ReadOnlySerializer):
    url = AddressField(help_text="The address of this import.")
    title = TitleField(help_text="The name of the file, and the slug.")
    source = ReferenceSerializer()  # type: ignore[assignment]

    class Meta:
        model = models.Import
        fields = (
            "slug",
            "url",
            "title",
            "source",
            "layout",
            "file_name",
            "sha256",
            "rows",
            "imported_at",
            "tool_version",
            "report",
            "undone_at",
        )


class ImportDetailSerializer(ImportSummarySerializer, ReleasedSerializer):
    class Meta:
        model = models.Import
        fields = (*ImportSummarySerializer.Meta.fields, "first_release")


class DifferingTargetSerializer(TargetSerializer):
    about = "record"
    type = serializers.ChoiceField(choices=ABOUT, source="kind", read_only=True)
    title = TitleField(source="record")
    url = AddressField(source="record")


class DiscrepancySummarySerializer(ReadOnlySerializer):
    url = AddressField(help_text="The address of this discrepancy.")
    title = TitleField(help_text="The field, and both values.")
    import_ = ReferenceSerializer(source="source_import")
    target = DifferingTargetSerializer(
        source="*", read_only=True, help_text="The record of which the import says otherwise."
    )

    class Meta:
        model = models.Discrepancy
        fields = (
            "uuid",
            "url",
            "title",
            "import_",
            "line",
            "target",
            "field",
            "held",
            "imported",
            "settled_at",
            "settlement",
            "reason",
        )


class DiscrepancyDetailSerializer(DiscrepancySummarySerializer, ReleasedSerializer):
    class Meta:
        model = models.Discrepancy
        fields = (*DiscrepancySummarySerializer.Meta.fields, "first_release")


# --- Parameters -----------------------------------------------------------------------------


class Settled(Flag):
    """Whether somebody has decided which value stands."""

    def condition(self, value: bool) -> Q:
        return Q(settled_at__isnull=not value)


class Undone(Flag):
    """Whether the import was taken back."""

    def condition(self, value: bool) -> Q:
        return Q(undone_at__isnull=not value)


class KeyOfTarget(Key):
    """Keys of what the records are about that differ: one of `paths` leads there from each."""

    def __init__(self, model: type[Model], description: str, *paths: str) -> None:
        super().__init__(model, description, paths[0])
        self.paths = paths

    def condition(self, value: Any) -> Q:
        condition = Q()
        for path in self.paths:
            condition |= Q(**{f"{path}__pk__any": value})
        return condition

    def groups(self) -> list[Any]:
        return [Coalesce(*(F(path) for path in self.paths))]


class ImportFilterSet(RecordFilterSet):
    facets = ("layout", "source")
    layout = Choice(ImportLayout, "How the file is laid out.")
    source = Key(models.Source, "Who publishes the data set.")
    sha256 = Code("The sum of a file, to learn whether it was taken in.")
    undone = Undone("`true`: was taken back; `false`: stands.")
    q = Search("slug", "file_name")
    ordering = Ordering(
        "-imported_at",
        ("slug",),
        imported_at="imported_at",
        slug="slug",
        file_name="file_name",
        rows="rows",
    )


class DiscrepancyFilterSet(RecordFilterSet):
    facets = (
        "import",
        "source",
        "target",
        "field",
        "settlement",
        "roll_call",
        "state",
        "organization",
    )
    import_ = Key(models.Import, "The imports that say otherwise.", "source_import")
    source = Key(models.Source, "Who publishes these data sets.", "source_import__source")
    target = TargetKind(ABOUT, "What kind of record it is about.")
    field = Choice(
        sorted({field for target in ABOUT for field in CITABLE[target]}),
        "The field of the record that differs.",
    )
    settled = Settled("`true`: a reviewer decided which value stands; `false`: open.")
    settlement = Choice(Settlement, "Which value stands.")
    roll_call = KeyOfTarget(
        models.RollCall, "About these roll calls, or votes in them.", "roll_call", "vote__roll_call"
    )
    state = KeyOfTarget(
        models.State, "About votes or memberships of these.", "vote__state", "membership__state"
    )
    organization = KeyOfTarget(
        models.Organization,
        "About roll calls of these organizations, votes in them, or memberships there.",
        "roll_call__body",
        "vote__roll_call__body",
        "membership__organization",
    )
    q = Search("field", "held", "imported", "reason")
    ordering = Ordering(
        "import,line",
        ("uuid",),
        **{"import": "source_import__slug"},
        line="line",
        field="field",
        settled_at="settled_at",
    )


# --- Views ----------------------------------------------------------------------------------


class ImportViewSet(RecordViewSet):
    """Files of data sets that were taken in, those taken back included."""

    queryset = models.Import.objects.public().select_related("source")
    serializer_class = ImportSummarySerializer
    detail_serializer_class = ImportDetailSerializer
    filterset_class = ImportFilterSet
    columns = tables.IMPORTS


class DiscrepancyViewSet(RecordViewSet):
    """Where an import says otherwise than a record. While one is open, the record is contested."""

    key = {"uuid": "uuid"}
    queryset = models.Discrepancy.objects.public().with_records()
    serializer_class = DiscrepancySummarySerializer
    detail_serializer_class = DiscrepancyDetailSerializer
    filterset_class = DiscrepancyFilterSet
    columns = tables.DISCREPANCIES
