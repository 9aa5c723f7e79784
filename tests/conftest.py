from collections.abc import Callable

import pytest
from django.db import connection


@pytest.fixture(autouse=True)
def plain_static(settings):
    """Static files need no collecting and no scanning; the live server has its own way."""
    settings.STATIC_ROOT = None
    settings.WHITENOISE_USE_FINDERS = False
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def at_commit(db: None) -> Callable[[], None]:
    """Runs the deferred triggers now, as COMMIT would; raises what they raise."""

    def force() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    return force
