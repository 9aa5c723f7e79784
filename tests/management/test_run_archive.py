"""`make run`, as a newcomer meets it: a process of its own on a data directory of its own."""

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not settings.LOCAL, reason="DATABASE_URL is set: nothing is embedded"),
]


class Run:
    """A running `manage.py run_archive`, and what it said so far."""

    def __init__(self, data: Path, port: str) -> None:
        environment = os.environ | {"CASUS_POSTGRES_DATA": str(data), "PORT": port}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "run_archive"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.said: list[str] = []
        self.is_up = threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if "Ctrl-C stops it" in line:
                self.is_up.set()
        self.is_up.set()

    def wait(self) -> str:
        """What it said until it was up, or ended."""
        assert self.is_up.wait(60), self.said
        return "".join(self.said)

    def worker(self) -> int:
        """A descriptor that can be read once its only child has ended."""
        pid = self.process.pid
        (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return os.pidfd_open(int(child))

    def end(self, how: int) -> int:
        # As a terminal does: to all that did not leave the group.
        os.killpg(self.process.pid, how)
        code = self.process.wait(30)
        self.close()
        return code

    def close(self) -> None:
        assert self.process.stdout
        self.reader.join(10)
        self.process.stdout.close()


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="casus-", dir="/tmp") as directory:
        # The server may run as another account, which must get in.
        Path(directory).chmod(0o755)
        yield Path(directory) / "postgres"


@pytest.fixture
def run(data: Path) -> Iterator[Callable[[str], Run]]:
    started: list[Run] = []

    def start(port: str) -> Run:
        started.append(Run(data, port))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.end(signal.SIGTERM)
        one.close()


@pytest.fixture
def port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def server_pids(data: Path) -> list[int]:
    """The processes of a PostgreSQL on that data."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if f"{data}/".encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def idle_connections(data: Path) -> list[str]:
    """Those of that PostgreSQL, as its processes call themselves."""
    found = []
    for pid in server_pids(data):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            title = Path(f"/proc/{child}/cmdline").read_text().rstrip("\0 ")
            if title.endswith(" idle"):
                found.append(title)
    return found


def get(port: str, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        assert answer.status == 200
        return answer.read().decode()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_serves_the_archive_and_stops_or_recovers(run, data, port, how):
    archive = run(port)
    said = archive.wait()
    for address in ("/", "/admin/", "/api/v1/", "/api/v1/docs/"):
        assert f"http://localhost:{port}{address}" in said
    assert "CSTO" in get(port, "/")
    assert "results" in get(port, "/api/v1/requests/")

    worker = archive.worker()
    code = archive.end(how)
    # Killed, it cannot end its worker, which must not keep the port for the next start.
    assert select.select([worker], [], [], 20)[0], "the worker lives on"
    os.close(worker)
    if how != signal.SIGKILL:
        assert code == 0, archive.said
        assert server_pids(data) == []
        assert not any("Traceback" in line for line in archive.said), archive.said


def test_a_second_run_keeps_the_data_and_loads_nothing(run, data, port):
    archive = run(port)
    said = archive.wait()
    assert "Loading the fixtures" not in said
    assert "CSTO" in get(port, "/")
    assert idle_connections(data), "each answer needs a connection of its own"
    assert archive.end(signal.SIGTERM) == 0
    assert server_pids(data) == []


@pytest.mark.parametrize("port", ["eighty", "0", "70000"])
def test_a_wrong_port_is_named(run, port):
    said = run(port).wait()
    assert f"PORT is “{port}”" in said
    assert "Traceback" not in said


def test_a_port_in_use_is_named_with_another(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        number = taken.getsockname()[1]
        said = run(str(number)).wait()
    assert f"Port {number} cannot be used" in said
    assert "make run" in said
