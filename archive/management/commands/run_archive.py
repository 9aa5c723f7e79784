import os
import signal
import socket
import threading
import time
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser
from django.db import OperationalError, connection, connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

from archive import fixtures, models
from archive.management.base import DescribedCommand
from archive.roles import EDITORS, RESEARCHERS, REVIEWERS
from config.embedded.server import EmbeddedPostgresError

# Name (and password) → group; only where the archive serves this machine alone.
DEMO_USERS = {"demo": None, "editor": EDITORS, "reviewer": REVIEWERS, "researcher": RESEARCHERS}


class Command(DescribedCommand):
    help = """Bring the archive up on this machine: what `make run` calls.

Starts PostgreSQL if DATABASE_URL is not set (its data is in .postgres/), brings
the tables up to date, loads the fixtures if the archive is empty, and serves.
A second run keeps all data. Ctrl-C stops the server and the database.

Without DATABASE_URL it also makes four logins for trying the admin, each with
its name as password: demo (superuser), editor, reviewer and researcher.

  manage.py run_archive               on port 8000, or the environment's PORT
  manage.py run_archive --port 8001
"""

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--port",
            default=os.environ.get("PORT") or "8000",
            help="the port to serve on (default: the environment's PORT, else 8000)",
        )

    def handle(self, *, port: str, **options: Any) -> None:
        number = self.free_port(port)
        self.start_database()
        self.step("Bringing the tables up to date")
        call_command("migrate", verbosity=0)
        if not models.Article.objects.exists() and not models.Event.objects.exists():
            self.step("Loading the fixtures into the empty archive")
            files = fixtures.paths(settings.BASE_DIR / "fixtures")
            call_command("loaddata", *map(str, files), verbosity=0)
        if settings.LOCAL:
            self.make_demo_users()
        # The worker opens its own connection; none must be carried over the fork.
        connections.close_all()
        self.serve(number)

    def serve(self, port: int) -> None:
        """Granian as in production, but on this machine only, with one worker."""
        server = Granian(
            "config.wsgi:application",
            port=port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            websockets=False,
            blocking_threads=4,
            log_level=LogLevels.error,
            # Whoever reads slowly does not keep the server from ending.
            workers_kill_timeout=3,
        )

        @server.on_startup
        def prepare() -> None:
            # A terminal that is closed ends the server, too; granian would load it again.
            signal.signal(signal.SIGHUP, server.signal_handler_interrupt)
            threading.Thread(target=self.greet_when_up, args=(port,), daemon=True).start()

        server.serve()

    def step(self, text: str) -> None:
        self.stdout.write(f"• {text} …")
        self.stdout.flush()

    def free_port(self, port: str) -> int:
        """The port as a number, if it can be served on."""
        if not port.isascii() or not port.isdigit() or not 1 <= int(port) <= 65535:
            raise CommandError(f"PORT is “{port}”; give a number from 1 to 65535.")
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", int(port)))
            except OSError as error:
                raise CommandError(
                    f"Port {port} cannot be used ({error.strerror}). "
                    f"Choose another: PORT={int(port) % 65535 + 1} make run"
                ) from error
        return int(port)

    def start_database(self) -> None:
        kind = "embedded" if settings.LOCAL else "DATABASE_URL"
        self.step(f"Connecting to PostgreSQL ({kind})")
        try:
            connection.ensure_connection()
        except EmbeddedPostgresError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(
                f"The database of DATABASE_URL does not answer: {error}"
                "Start it, or unset DATABASE_URL to use the embedded one."
            ) from error

    def make_demo_users(self) -> None:
        users = get_user_model().objects
        for name, group in DEMO_USERS.items():
            if users.filter(username=name).exists():
                continue
            user = users.create_user(name, password=name, is_staff=True, is_superuser=not group)
            if group:
                user.groups.add(Group.objects.get(name=group))

    def greet_when_up(self, port: int) -> None:
        while True:
            # Not at once: this thread sleeps while the worker is forked.
            time.sleep(0.1)
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
        self.greet(port)

    def greet(self, port: int) -> None:
        here = f"http://localhost:{port}"
        logins = (
            "log in as demo, editor, reviewer or researcher; the password is the name"
            if settings.LOCAL
            else "make a login with: manage.py createsuperuser"
        )
        self.stdout.write(
            f"\nCasus is up:\n"
            f"  Home      {here}/\n"
            f"  Admin     {here}/admin/   ({logins})\n"
            f"  API       {here}/api/v1/\n"
            f"  API docs  {here}/api/v1/docs/\n"
            f"Ctrl-C stops it; your data stays.\n"
        )
        self.stdout.flush()
