"""Django's PostgreSQL backend on the embedded server.

`{"ENGINE": "config.embedded"}` is all that `DATABASES` needs. The server is started or joined right
before the first connection, so a command that never touches the database starts nothing.
"""

from collections.abc import Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.postgresql import base, client

from config.embedded.server import DATABASE, ensure_started


class DatabaseClient(client.DatabaseClient):
    """Lets `manage.py dbshell` find the server, and the psql that came with it."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        server = ensure_started()
        where = {"HOST": server.host, "PORT": server.port, "USER": server.user}
        args, env = super().settings_to_cmd_args_env(settings_dict | where, parameters)
        return [str(server.binaries / cls.executable_name), *args[1:]], env


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        # In place, as the test runner changes the name, too. None means the database `postgres`.
        if settings_dict["NAME"] == "":
            settings_dict["NAME"] = DATABASE
        super().__init__(settings_dict, alias)

    def get_connection_params(self) -> dict[str, Any]:
        """Return Django's parameters with the place of the server, which now runs.

        Raises EmbeddedPostgresError if it cannot be started.
        """
        server = ensure_started()
        where = {"host": server.host, "port": server.port, "user": server.user}
        return super().get_connection_params() | where
