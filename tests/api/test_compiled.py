"""Rows written by compiled shapes are those that the serializers themselves would write."""

import json

import pytest
from rest_framework.renderers import JSONRenderer

from archive.api.views import LISTS
from tests.api.test_queries import DETAILS


def rendered(serializer_class, records, **kwargs):
    return json.loads(JSONRenderer().render(serializer_class(records, **kwargs).data))


@pytest.mark.parametrize("name", LISTS)
def test_lists(get, world, rf, name):
    view = LISTS[name]
    queryset = view(detail=False, request=None, kwargs={}).get_queryset()
    ordering = view.filterset_class.base_filters["ordering"].terms(None)
    context = {"request": rf.get("/")}
    if "on" in view.serializer_class().fields:
        queryset = view.filterset_class.read(rf.get("/").GET).filter_queryset(queryset)
    expected = rendered(
        view.serializer_class, queryset.order_by(*ordering), many=True, context=context
    )
    assert get(f"{name}/")["results"] == expected
    assert len(expected) > 1


@pytest.mark.parametrize("name", LISTS)
def test_details(get, world, rf, name):
    view = LISTS[name]
    queryset = view(detail=True, request=None, kwargs={}).get_queryset()
    queryset = queryset.prefetch_related(*view.detail_prefetch)
    records = queryset.filter(pk__in=queryset.values("pk"))
    context = {"request": rf.get("/")}
    for record in records:
        expected = rendered(view.detail_serializer_class, record, context=context)
        assert get(record.get_absolute_url()) == expected


def test_every_detail_is_among_them():
    assert set(DETAILS) | {"citations", "discrepancies"} == set(LISTS)
