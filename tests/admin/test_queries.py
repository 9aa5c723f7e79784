"""Queries do not grow with rows, and their numbers are those of `query_counts.py`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin import query_counts
from tests.admin.forms import page
from tests.admin.stage import stage
from tests.admin.test_every_model import RECORDS

EXPECTED = {
    f"{name} {kind}": number
    for kind in ("changelist", "change")
    for name, number in getattr(query_counts, kind.upper()).items()
}


def queries_of(client, url):
    """What a second look at the page asks: the first may fill caches of the process."""
    assert client.get(url).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        client.get(url)
    return [query["sql"] for query in captured]


@pytest.mark.parametrize("number", [2, 6])
def test_pages_ask_as_many_queries_as_are_written_down(reviewer, number):
    records = stage(number)
    asked = {
        f"{name} {kind}": queries_of(reviewer, page(record, kind))
        for name, record in records.items()
        for kind in ("changelist", "change")
    }

    different = [
        f"{where}, {number} rows: {len(sql)} queries, not {EXPECTED.get(where)}:\n"
        + "\n".join(f"    {one}" for one in sql)
        for where, sql in asked.items()
        if len(sql) != EXPECTED.get(where)
    ]
    assert different == [], "\n\n".join(different)


def test_no_page_of_any_model_is_above_the_limit():
    assert set(EXPECTED) == {
        f"{model._meta.model_name} {kind}" for model in RECORDS for kind in ("changelist", "change")
    }
    assert max(EXPECTED.values()) <= query_counts.LIMIT
