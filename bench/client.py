"""A small HTTP client that costs next to nothing: keep-alive, one request after another."""

import json
import selectors
import socket
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

HEADERS = (
    "Host: localhost\r\n"
    # What the proxy before the application would say; the peers do not mind.
    "X-Forwarded-Proto: https\r\n"
    "Accept: */*\r\n"
)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def request_bytes(path: str, headers: str = "") -> bytes:
    return f"GET {path} HTTP/1.1\r\n{HEADERS}{headers}\r\n".encode()


class Connection:
    """A connection that is kept alive, and made anew, outside of the timing, where it was not."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.socket: socket.socket | None = None
        self.buffer = b""

    def ready(self) -> socket.socket:
        if self.socket and self._is_closed(self.socket):
            self.close()
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=600)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.buffer = b""
        return self.socket

    @staticmethod
    def _is_closed(connection: socket.socket) -> bool:
        """Servers close what is idle for some seconds; then there is an end to be read."""
        connection.setblocking(False)
        try:
            return connection.recv(1, socket.MSG_PEEK) == b""
        except BlockingIOError:
            return False
        except OSError:
            return True
        finally:
            connection.settimeout(600)

    def close(self) -> None:
        if self.socket:
            self.socket.close()
        self.socket = None

    def get(self, path: str, headers: str = "") -> tuple[Answer, float]:
        """The answer, and the milliseconds from the first byte sent to the last one read."""
        connection, message = self.ready(), request_bytes(path, headers)
        start = time.perf_counter()
        connection.sendall(message)
        status, found = self._head()
        body = b"".join(self._body(status, found))
        taken = (time.perf_counter() - start) * 1000
        if found.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, found, body), taken

    def download(self, path: str) -> tuple[Answer, int, float, float]:
        """The answer with the first piece of its body; its bytes; ms to the first byte, to the end.

        The body goes nowhere: a download of gigabytes needs no memory here.
        """
        self.close()
        connection, message = self.ready(), request_bytes(path)
        start = time.perf_counter()
        connection.sendall(message)
        status, found = self._head()
        first, at_first, size = b"", 0.0, 0
        for piece in self._body(status, found):
            if not size:
                first, at_first = piece, (time.perf_counter() - start) * 1000
            size += len(piece)
        taken = (time.perf_counter() - start) * 1000
        self.close()
        return Answer(status, found, first), size, at_first, taken

    def _receive(self) -> bytes:
        assert self.socket
        data = self.socket.recv(262_144)
        if not data:
            raise ConnectionError("The server closed the connection within an answer.")
        return data

    def _head(self) -> tuple[int, dict[str, str]]:
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            self.buffer += self._receive()
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        self.buffer = self.buffer[end + 4 :]
        pairs = (line.split(":", 1) for line in lines[1:])
        return int(lines[0].split()[1]), {name.lower(): value.strip() for name, value in pairs}

    def _body(self, status: int, headers: dict[str, str]) -> Iterator[bytes]:
        if status in (204, 304):
            return
        if "content-length" in headers:
            yield from self._exactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            while size := int(self._line().partition(b";")[0], 16):
                yield from self._exactly(size)
                self._line()
            self._line()
        else:
            yield self.buffer
            self.buffer = b""
            assert self.socket
            while piece := self.socket.recv(262_144):
                yield piece
            self.close()

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size:
            if not self.buffer:
                self.buffer = self._receive()
            piece, self.buffer = self.buffer[:size], self.buffer[size:]
            size -= len(piece)
            yield piece

    def _line(self) -> bytes:
        while (end := self.buffer.find(b"\r\n")) < 0:
            self.buffer += self._receive()
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        return line


def throughput(port: int, paths: Iterator[str], clients: int, seconds: float) -> float:
    """Answers a second, of `clients` that each ask again as soon as they are answered.

    One loop serves all of them, so that they take as little of the machine as can be. Raises
    ValueError for an answer that is none.
    """
    selector = selectors.DefaultSelector()
    answers: dict[socket.socket, bytearray] = {}
    end = time.perf_counter() + seconds

    def ask(connection: socket.socket) -> None:
        answers[connection] = bytearray()
        connection.sendall(request_bytes(next(paths)))

    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ)
        ask(connection)
    done, start = 0, time.perf_counter()
    while time.perf_counter() < end:
        for key, _ in selector.select(timeout=1):
            connection = key.fileobj  # type: ignore[assignment]
            answers[connection] += connection.recv(262_144)
            if _is_whole(answers[connection]):
                done += 1
                ask(connection)
    taken = time.perf_counter() - start
    for connection in answers:
        connection.close()
    return done / taken


def _is_whole(answer: bytearray) -> bool:
    """Whether the only answer under way has come to its end."""
    if (end := answer.find(b"\r\n\r\n")) < 0:
        return False
    head = bytes(answer[:end]).lower()
    if not head.startswith(b"http/1.1 200"):
        raise ValueError(f"The server answers under load: {head.splitlines()[0].decode()}")
    if b"chunked" in head:
        return answer.endswith(b"\r\n0\r\n\r\n")
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    return len(answer) >= end + 4 + int(length)
