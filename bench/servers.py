"""The candidates, each started as it would be in production."""

import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

from bench.client import Connection
from bench.fill import ROOT, SCRATCH, Database, environment

BIN = Path(sys.executable).parent


class Server:
    """One running candidate."""

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], port: int
    ) -> None:
        self.name, self.port = name, port
        self.log = SCRATCH / f"{name.replace(' ', '-')}.log"
        with self.log.open("wb") as log:
            # The lines about each request go nowhere, but they are written, as in production.
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=log
            )
        self.connection = Connection(port)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"{self.name} does not start:\n{self.log.read_text()[-3000:]}")

    def stop(self) -> None:
        self.connection.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def memory(self) -> int:
        """The most memory, in bytes, that the server's processes have held so far."""
        return sum(
            int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024  # type: ignore[index]
            for status in (Path(f"/proc/{pid}/status") for pid in self._processes())
        )

    def _processes(self) -> list[int]:
        found, new = [], [self.process.pid]
        while new:
            found += new
            new = [
                int(child)
                for pid in new
                for task in Path(f"/proc/{pid}/task").iterdir()
                for child in (task / "children").read_text().split()
            ]
        return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def like_production(application: str, port: int, workers: int) -> list[str]:
    """The command of the image, for another application, port and number of workers."""
    (line,) = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    command = json.loads(line)
    command[0] = str(BIN / command[0])
    new = {
        "--host": "127.0.0.1",
        "--port": str(port),
        "--workers": str(workers),
    }
    for place, word in enumerate(command):
        if word in new:
            command[place + 1] = new[word]
    return [application if word == "config.wsgi:application" else word for word in command]


def uvicorn(application: str, port: int, workers: int) -> list[str]:
    options = "--no-access-log --log-level warning --loop uvloop --http httptools"
    options += " --timeout-keep-alive 60"
    place = ["--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    return [str(BIN / "uvicorn"), application, *place, *options.split()]


COMMANDS = {
    "archive": (like_production, "config.wsgi:application"),
    "floor": (like_production, "bench.peers.floor:application"),
    "drf": (like_production, "bench.peers.drf.wsgi:application"),
    "datasette": (uvicorn, "bench.peers.tables:application"),
    "fastapi": (uvicorn, "bench.peers.fast:application"),
}


def start(
    candidate: str,
    database: Database,
    *,
    sqlite: Path | None = None,
    workers: int = 1,
    name: str = "",
) -> Server:
    command, application = COMMANDS[candidate]
    port = free_port()
    variables = environment(database) | {"BENCH_SQLITE": str(sqlite or "")}
    return Server(name or candidate, command(application, port, workers), variables, port)
