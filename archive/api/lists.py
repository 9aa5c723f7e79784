"""What the lists of all models do, and the details of their records.

Each model's own view stands in ``views.py``.
"""

from operator import attrgetter
from typing import Any, ClassVar, NoReturn

from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework import serializers, viewsets
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from archive.api import exports, facets, selection
from archive.api.columns import Column
from archive.api.errors import Gone
from archive.api.filter_sets import ParameterBackend, RecordFilterSet
from archive.api.pagination import KeysetPagination
from archive.api.prepared import Prepared, Slot, prepared
from archive.api.rows import Tree, tree_of, written
from archive.api.shapes import Page, Shape, dumps, shape_of
from archive.api.shared import shared_rows
from archive.api.strict import StrictView
from archive.models import Revision
from archive.models.revision import CurrentRevision


def revision_of(request: Request) -> CurrentRevision:
    # The middleware has asked already; OPTIONS and the like pass it by.
    return getattr(request, "revision", None) or Revision.current()


def page_of(request: Request) -> Page:
    """What the rows of this answer are written for."""
    return Page(request.build_absolute_uri("/")[:-1], shared_rows(revision_of(request)))


def json_response(answer: Any) -> HttpResponse:
    return HttpResponse(dumps(answer), content_type="application/json")


class ListView(StrictView, viewsets.GenericViewSet[Any]):
    """A list: filters, order, pages, counts by value; or all of it in one file."""

    filter_backends = [ParameterBackend]
    filterset_class: ClassVar[type[RecordFilterSet]]
    pagination_class = KeysetPagination
    # Those of the CSV.
    columns: ClassVar[tuple[Column, ...]]

    def slotted_queryset(self) -> QuerySet[Any]:
        """The queryset with slots in the places of what `scope` finds out."""
        return self.get_queryset()

    def scope(self) -> dict[str, Any]:
        """What the address itself asks for, beside the parameters."""
        return {}

    def parameters(self) -> list[dict[str, Any]]:
        fields = shape_of(self.get_serializer_class()).fields
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

    def shape(self) -> Shape:
        """What is shown of a record: all its fields, or those asked for."""
        shape = shape_of(self.get_serializer_class())
        return shape.only(selection.selected(self.request.query_params, shape.fields))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        page = page_of(request)
        asked = self.filterset_class.read(request.query_params, page.shared.find)
        renderer = type(request.accepted_renderer)
        if renderer in exports.STREAMS:
            return self._streamed(renderer, asked, page)
        shape = self.shape()
        counted = facets.asked(request.query_params, self.filterset_class)
        pages = KeysetPagination()
        pages.ask(request, asked.order(), shape.model)
        question, asked_key, values = asked.slotted()
        cursor, cursor_key, places = pages.slotted()
        plan = prepared(
            (type(self), asked_key, cursor_key),
            lambda: Prepared(
                pages.narrow(question.filter_queryset(self.slotted_queryset()), cursor),
                extra=[term.name for term in pages.terms if term.is_copied],
            ),
        )
        values |= places | self.scope()
        rows = pages.take(plan.records(values, limit=pages.size + 1))
        total = asked.filter_queryset(self.get_queryset()).count() if pages.is_counted else None
        answer = pages.answer(written(rows, shape, page), total)
        if counted:
            everything = asked.filter_queryset(self.get_queryset())
            answer["facets"] = facets.counted(counted, everything, asked)
        return json_response(answer)

    def _streamed(
        self, renderer: type[exports.StreamRenderer], asked: RecordFilterSet, page: Page
    ) -> StreamingHttpResponse:
        """The whole list in another format than JSON."""
        given = self.request.query_params
        exports.refuse_pages(given, renderer.format)
        rows = asked.filter_queryset(self.get_queryset())
        if renderer is exports.CSVRenderer:
            names = selection.selected(given, (column.name for column in self.columns))
            columns = [column for column in self.columns if column.name in names]
            pieces = exports.as_csv(rows, columns, f"{page.base}/")
        else:
            pieces = exports.as_json_lines(rows, self.shape(), page)
        name = self.request.path.removeprefix("/api/v1/").strip("/").replace("/", "-")
        return exports.streamed(self.request, name, renderer, pieces)


class RecordViewSet(ListView):
    """The list and the details of one model. `key` leads from the address to the columns."""

    key: ClassVar[dict[str, str]] = {"slug": "slug"}
    detail_serializer_class: ClassVar[type[serializers.BaseSerializer[Any]]]
    # What hangs below a record in its detail.
    detail_prefetch: ClassVar[tuple[Prefetch, ...]] = ()
    # Where a record that is gone says why.
    reason = attrgetter("withdrawal_reason")

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        shape = self.shape()
        tree = prepared((type(self), *sorted(shape.below)), lambda: self._tree(shape))
        page = page_of(request)
        record = tree.fetch(kwargs, page) or self._refuse()
        [row] = written([record], shape, page)
        return json_response(row)

    def _tree(self, shape: Shape) -> Tree:
        slots = {column: Slot(name) for name, column in self.key.items()}
        shown = (each for each in self.detail_prefetch if each.prefetch_to in shape.below)
        rows: Any = self.get_queryset().order_by().filter(**slots)
        return tree_of(rows.with_first_release(), shown)

    def get_object(self) -> Any:
        key = {column: self.kwargs[name] for name, column in self.key.items()}
        rows: Any = self.get_queryset().prefetch_related(*self.detail_prefetch)
        return rows.with_first_release().filter(**key).first() or self._refuse()

    def _refuse(self) -> NoReturn:
        key = {column: self.kwargs[name] for name, column in self.key.items()}
        model: Any = self.get_queryset().model
        if gone := model.objects.gone().filter(**key).first():
            raise Gone(self.reason(gone))
        raise Http404

    def get_serializer_class(self) -> type[serializers.BaseSerializer[Any]]:
        return self.detail_serializer_class if self.detail else super().get_serializer_class()
