from collections.abc import Callable

import pytest
from django.db import connection


@pytest.fixture
def at_commit(db: None) -> Callable[[], None]:
    """Runs the deferred triggers now, as COMMIT would; raises what they raise."""

    def force() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return force
