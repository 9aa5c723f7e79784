"""What granian leaves to the application."""

import logging
import os
import select
import socket
import subprocess
import sys
from io import StringIO

import pytest
from django.conf import settings

from config import wsgi


class Answer:
    closed = False

    def __init__(self, *pieces):
        self.pieces = pieces

    def __iter__(self):
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            yield piece

    def close(self):
        self.closed = True


def connected(listener):
    client = socket.create_connection(listener.getsockname(), timeout=10)
    return client, listener.accept()[0]


def test_what_fails_is_told_where_the_server_writes(monkeypatch):
    [handler] = logging.getLogger("django.request").handlers
    monkeypatch.setattr(handler, "stream", StringIO())
    logging.getLogger("django.request").error("It fails")
    assert handler.stream.getvalue() == "It fails\n"


def test_stream_that_fails_breaks_its_connection_off():
    """Not that of another port, nor the socket that listens."""
    with socket.create_server(("127.0.0.1", 0)) as ours, socket.create_server(("", 0)) as other:
        (client, served), (elsewhere, kept) = connected(ours), connected(other)
        answer = Answer(b"one", RuntimeError("no more"))
        stream = wsgi.Stream(answer, {"SERVER_PORT": str(ours.getsockname()[1])})
        with client, served, elsewhere, kept:
            pieces = iter(stream)
            served.sendall(next(pieces))
            with pytest.raises(RuntimeError, match="no more"):
                next(pieces)
            assert client.recv(10) == b"one"
            assert client.recv(10) == b""  # the end, without that of the last chunk
            with pytest.raises(BrokenPipeError):
                served.sendall(b"0\r\n\r\n")
            kept.sendall(b"more")
            assert elsewhere.recv(10) == b"more"
            for end in connected(ours):
                end.close()
            stream.close()
            assert answer.closed


def test_stream_that_is_left_is_closed_and_nothing_broken_off(monkeypatch):
    monkeypatch.setattr(wsgi, "break_off", lambda port: pytest.fail("broken off"))
    answer = Answer(b"one", b"two")
    stream = wsgi.Stream(answer, {"SERVER_PORT": "8000"})
    pieces = iter(stream)
    assert next(pieces) == b"one"
    stream.close()
    pieces.close()
    assert answer.closed


def test_access_log_has_a_line_a_request():
    asked = {"path": "/a b/\n[2026] forged\xe9\x1b", "query_string": "q=%0A", "status": 404}
    record = logging.LogRecord("granian.access", logging.INFO, "", 0, "%(path)s", (asked,), None)
    assert all(each.filter(record) for each in logging.getLogger("granian.access").filters)
    assert record.getMessage() == "/a%20b/%0A%5B2026%5D%20forged%E9%1B?q=%0A"


def test_worker_does_not_outlive_who_started_it():
    """A process that starts one, and is killed."""
    code = """
import multiprocessing, os, signal, sys, time
def work():
    import config.wsgi
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(60)
if __name__ == "__main__":
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    worker.join()
"""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=subprocess.PIPE) as starter:
        assert starter.stdout
        worker = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()
        ended = select.select([worker], [], [], 20)[0]
        os.close(worker)
    assert ended
