"""A file is one state of the archive; outside of a transaction, as it is when served."""

import pytest
from django.db import connection

from archive.api import exports
from tests import factories as make


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_a_file_is_one_read_only_snapshot(client, format, monkeypatch):
    make.SourceFactory(slug="herald")
    seen = []
    order = exports._order

    def look(queryset):
        with connection.cursor() as cursor:
            for setting in ("transaction_isolation", "transaction_read_only"):
                cursor.execute(f"SHOW {setting}")
                seen.append(cursor.fetchone()[0])
        return order(queryset)

    monkeypatch.setattr(exports, "_order", look)
    response = client.get(f"/api/v1/sources/?format={format}")
    assert b"herald" in b"".join(response.streaming_content)
    assert seen == ["repeatable read", "on"]
    assert not connection.in_atomic_block
