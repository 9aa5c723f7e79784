"""The API's first question shows whether its connection still works."""

import psycopg
import pytest
from django.db import connection


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_is_made_anew(client):
    assert client.get("/api/v1/states/").status_code == 200
    lost = connection.connection.info.backend_pid
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [lost])
    assert client.get("/api/v1/states/").status_code == 200
    assert connection.connection.info.backend_pid != lost
