import fcntl
import gc
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands import flush
from django.db import connection


def pytest_collection_finish(session: pytest.Session) -> None:
    """What is loaded now stays to the end: looked for garbage in it, a fifth of the time goes."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


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


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, request: Any, tmp_path_factory: Any, django_db_blocker: Any
) -> None:
    """Workers copy one migrated database: to migrate takes much longer than to copy."""
    if not hasattr(request.config, "workerinput"):
        return
    made = tmp_path_factory.getbasetemp().parent / "template"
    settings, template = connection.settings_dict, "template_casus"
    with made.open("a") as file, django_db_blocker.unblock():
        fcntl.flock(file, fcntl.LOCK_EX)  # one makes it, the others wait
        if not made.stat().st_size:
            with connection.creation._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {template}")
                cursor.execute(f"CREATE DATABASE {template}")
            own_name, settings["NAME"] = settings["NAME"], template
            call_command("migrate", verbosity=0)
            connection.close()
            settings["NAME"] = own_name
            file.write("made")
    settings["TEST"]["TEMPLATE"] = template


# What `post_migrate` makes, and no test changes.
KEPT = {"django_content_type", "auth_permission", "auth_group", "auth_group_permissions"}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """After a test with transactions of its own, rows are deleted, without triggers.

    Django's TRUNCATE makes each table and index anew, twenty times as slowly for a few rows; then
    it asks all applications whether permissions are missing. Only a superuser can switch triggers
    off, as on the embedded server; others wait.
    """

    def sql_flush(self: Any, style: Any, tables: list[str], **options: Any) -> list[str]:
        names = [self.quote_name(table) for table in tables if table not in KEPT]
        deletions = "; ".join(f"DELETE FROM {name}" for name in names)
        return [f"SET LOCAL session_replication_role = replica; {deletions}"]

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        if cursor.fetchone() == ("on",):
            # Of the class: browser tests have a connection of their own.
            type(connection.ops).sql_flush = sql_flush
            flush.emit_post_migrate_signal = lambda *args, **options: None
