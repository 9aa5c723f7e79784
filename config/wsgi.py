"""The application as granian's workers load it, and what granian leaves to the application.

Why each of the four is needed: `docs/adr/0013-granian.md`.
"""

import contextlib
import gc
import logging
import multiprocessing
import os
import socket
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import quote

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

django = get_wsgi_application()

# A page is thousands of small objects that are gone when it is sent, without any cycle: looking
# for cycles at Python's pace, every 700 objects, took a fifth of the time of a page of votes.
gc.freeze()
gc.set_threshold(50_000, 20, 50)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    answer = django(environ, start_response)
    return Stream(answer, environ) if getattr(answer, "streaming", False) else answer


class Stream:
    """An answer in pieces, whose connection is broken off where it fails.

    Granian would end it as if it were complete, and a part would be taken for the whole.
    """

    def __init__(self, answer: Any, environ: dict[str, Any]) -> None:
        self.answer, self.port = answer, int(environ["SERVER_PORT"])

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self.answer
        except Exception:
            break_off(self.port)
            raise

    def close(self) -> None:
        self.answer.close()


def break_off(port: int) -> None:
    """Shut all connections that this process serves on the port: which one it is, nobody tells."""
    for number in map(int, os.listdir("/dev/fd")):
        # What is closed by now, or not connected, as the socket that listens.
        with contextlib.suppress(OSError):
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                with socket.socket(fileno=os.dup(number)) as connection:
                    if connection.getpeername() and connection.getsockname()[1:2] == (port,):
                        connection.shutdown(socket.SHUT_RDWR)


class AsAsked(logging.Filter):
    """Logs the address as it was asked for: a path with %0A in it would begin a line of its own."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, dict):
            path = quote(record.args["path"], safe="/:@!$&'()*+,;=~", encoding="latin-1")
            query = record.args["query_string"]
            record.args = record.args | {"path": f"{path}?{query}" if query else path}
        return True


logging.getLogger("granian.access").addFilter(AsAsked())


def end_with(parent: Any) -> None:
    """A worker does not outlive the process that started it: it would keep the port."""
    parent.join()
    os._exit(1)


if parent := multiprocessing.parent_process():
    threading.Thread(target=end_with, args=(parent,), daemon=True).start()
    # Ctrl-C is for that process alone, which then ends its workers: of two signals at once,
    # one of the terminal's and one of its, a worker may hear none.
    os.setpgrp()
