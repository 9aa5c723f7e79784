"""Start, share and stop a private PostgreSQL server for the processes of this project.

A process calls `ensure_started()` and, from then until it ends, holds a shared lock on a file
beside the data. The kernel frees that lock however the process ends, so whoever gets it exclusively
knows that nobody is left: the last one out stops the server. A process that is killed cannot stop
it; the next process finds it running and takes it over.

Below the base directory (`.postgres` in the project, unless root must put it elsewhere):

    pg18/               the data directory, one for each major version
    pg18/server.log     what the server says
    pg18.start.lock     held exclusively while the server is being started or stopped
    pg18.users.lock     held shared by every user of the server
    binaries-18.6/      only where the binaries' own place is closed to the server's account

The server listens on a Unix socket in a private directory, and on no port.
"""

import atexit
import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from config.embedded.binaries import (
    OR_OWN_SERVER,
    Account,
    EmbeddedPostgresError,
    find_binaries,
    major,
    run,
    usable_binaries,
)

__all__ = ["ConnectionInfo", "EmbeddedPostgresError", "ensure_started", "find_binaries", "stop"]

DATABASE = "casus"
USER = "casus"
PORT = 5432  # only a part of the socket's file name
PATIENCE = 10  # seconds in which a server that is starting or recovering must answer

DEFAULT_BASE = Path(
    os.environ.get("CASUS_POSTGRES_DATA") or Path(__file__).resolve().parents[2] / ".postgres"
)
SYSTEM_BASE = Path("/var/lib/casus")  # for root, where DEFAULT_BASE is closed to other accounts
# Not tempfile.gettempdir(): every user must arrive at the same place whatever its TMPDIR, and a
# socket's path may have no more than 107 bytes.
SOCKET_BASE = Path("/tmp")

CREATE_DATABASE = (
    f"SELECT 'CREATE DATABASE {DATABASE}'"
    f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec"
)


@dataclass(frozen=True)
class ConnectionInfo:
    """How to reach the server; `host` is a socket's directory, `binaries` holds psql, pg_dump…"""

    host: str
    port: int
    user: str
    dbname: str
    binaries: Path


@dataclass(frozen=True)
class Cluster:
    """One data directory, with the programs and the account that run it.

    Its methods leave the locks to their callers: `start` and `stop` need the start lock.
    """

    base: Path
    binaries: Path
    version: str
    account: Account | None

    @property
    def data(self) -> Path:
        return self.base / f"pg{major(self.version)}"

    @property
    def start_lock(self) -> Path:
        return self.data.with_suffix(".start.lock")

    @property
    def users_lock(self) -> Path:
        return self.data.with_suffix(".users.lock")

    @property
    def socket_directory(self) -> Path:
        return SOCKET_BASE / f"casus-{_digest(self.data)}"

    @property
    def _socket_lock(self) -> Path:
        return self.socket_directory / f".s.PGSQL.{PORT}.lock"

    @property
    def connection_info(self) -> ConnectionInfo:
        return ConnectionInfo(str(self.socket_directory), PORT, USER, DATABASE, self.binaries)

    def start(self, start_lock: int) -> None:
        """Create what is missing, and return when the database answers."""
        if not self.data.exists():
            self._end_orphan()
            self._create(start_lock)
        self._make_socket_directory()
        log = self.data / "server.log"
        options = f"-p {PORT} -c listen_addresses= -k {self.socket_directory}"
        server = [f"--host={self.socket_directory}", f"--port={PORT}", f"--username={USER}"]
        # More than one round is needed while a killed server's last backends are still there, or
        # while a start goes on that a killed process has begun.
        deadline = time.monotonic() + PATIENCE
        said = ""
        while True:
            if not self.is_running():
                self._remove_stale_files()
                said = self._pg_ctl("start", f"--log={log}", f"--options={options}")
            psql = self._program(
                "psql", *server, "-Xq", "--set=ON_ERROR_STOP=1", "postgres", text=CREATE_DATABASE
            )
            if psql.returncode == 0:
                return
            if time.monotonic() > deadline:
                end = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL in {self.data} does not start. Remove the cause,"
                    f" {OR_OWN_SERVER}\n{said}{psql.stdout}"
                    + "\n".join([f"The end of {log}:", *end])
                )
            time.sleep(0.25)

    def stop(self) -> None:
        """Stop the server if it runs."""
        if self.is_running():
            said = self._pg_ctl("stop", "--mode=fast")
            if self.is_running():
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL in {self.data} does not stop:\n{said}"
                )
        with contextlib.suppress(OSError):
            self.socket_directory.rmdir()

    def is_running(self) -> bool:
        return self._server_in(self.data / "postmaster.pid") is not None

    def _server_in(self, pid_file: Path) -> int | None:
        """Return the process named in a pid file if it is the living server of this very directory.

        After a crash or a reboot the number may belong to any other process.
        """
        try:
            pid = int(pid_file.read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if f"postgres -D {self.data} " in _command_line(pid) else None

    def _end_orphan(self) -> None:
        """End the server whose data directory was removed, if there is one.

        It would notice within a minute, and then take the files of its successor with it.
        """
        if pid := self._server_in(self._socket_lock):
            os.kill(pid, signal.SIGQUIT)
            while self._server_in(self._socket_lock):
                time.sleep(0.05)

    def _create(self, start_lock: int) -> None:
        """Run initdb beside the final place, then rename, so that nothing half made stays."""
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self.account:
            os.chown(new, *self.account)
        # Order and case are those of Unicode's code points on every host. The C library's ctype
        # must know UTF-8 nevertheless: full text search takes “quotes” for letters without it.
        options = ["--encoding=UTF8", "--locale=C", "--text-search-config=english"]
        options += [f"--lc-ctype={'UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}"]
        if major(self.version) >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # initdb inherits the lock: if we are killed, the next process waits until it has ended.
        initdb = self._program(
            *("initdb", f"--pgdata={new}", f"--username={USER}", "--auth=trust", *options),
            pass_fds=(start_lock,),
        )
        if initdb.returncode != 0:
            raise EmbeddedPostgresError(
                f"initdb could not create {self.data}. Remove the cause, {OR_OWN_SERVER}\n"
                f"{initdb.stdout}"
            )
        new.rename(self.data)

    def _make_socket_directory(self) -> None:
        """Make the directory, and trust nobody else's: its name can be guessed in advance."""
        with contextlib.suppress(FileExistsError):
            self.socket_directory.mkdir(mode=0o700)
        found = self.socket_directory.lstat()
        owners = {os.geteuid(), self.account.uid if self.account else os.geteuid()}
        if (
            not stat.S_ISDIR(found.st_mode)
            or found.st_uid not in owners
            or found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        ):
            raise EmbeddedPostgresError(
                f"{self.socket_directory} is not a private directory of ours: remove it,"
                f" {OR_OWN_SERVER}"
            )
        if self.account:
            os.chown(self.socket_directory, *self.account)

    def _remove_stale_files(self) -> None:
        """Remove what a killed server left; it would not start if a number were in use again."""
        socket = self.socket_directory / f".s.PGSQL.{PORT}"
        for path in (self.data / "postmaster.pid", socket, self._socket_lock):
            path.unlink(missing_ok=True)

    def _pg_ctl(self, *arguments: str) -> str:
        command = ("pg_ctl", "--wait", "--silent", f"--pgdata={self.data}", *arguments)
        return self._program(*command).stdout

    def _program(
        self, name: str, *arguments: str, text: str = "", pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [self.binaries / name, *arguments]
        return run(command, self.account, cwd=self.base, text=text, pass_fds=pass_fds)


def _command_line(pid: int) -> str:
    """Return the words of a process's command with a blank after each; "" if there is none."""
    if not Path("/proc/self").exists():  # macOS
        return run(["ps", "-ww", "-o", "args=", "-p", str(pid)], None).stdout.strip() + " "
    try:
        # Unlike /proc/<pid>/cwd, readable even for root in a container without CAP_SYS_PTRACE.
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return ""
    return os.fsdecode(words).replace("\0", " ")


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _locate(base: Path) -> Cluster:
    """Find the programs, the place for the data and, as root, the account to run under."""
    binaries, version = find_binaries()
    if os.geteuid() != 0:
        cluster = Cluster(base, binaries, version, account=None)
        if cluster.data.exists() and cluster.data.stat().st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{cluster.data} belongs to another user: work as that user, remove {base},"
                f" {OR_OWN_SERVER}"
            )
        base.mkdir(exist_ok=True)
        return cluster
    for place in (base, SYSTEM_BASE / _digest(base)):
        if place != base:
            _make_open_directory(SYSTEM_BASE)
        account = _account_for(place / f"pg{major(version)}")
        # Tried, because mode bits alone do not tell (access control lists, parent directories).
        enter = run(["/bin/sh", "-c", 'cd "$1"', "sh", place.parent], account)
        if enter.returncode == 0:
            _make_open_directory(place)
            return Cluster(place, binaries, version, account)
    raise EmbeddedPostgresError(
        f"PostgreSQL refuses to run as root, and no other account can enter {base.parent} or"
        f" {SYSTEM_BASE}: work as another user, {OR_OWN_SERVER}"
    )


def _account_for(data: Path) -> Account:
    """Return the owner of an existing data directory, else `postgres`, else `nobody`."""
    if data.exists():
        return Account(data.stat().st_uid, data.stat().st_gid)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`: create"
        f" one, {OR_OWN_SERVER}"
    )


def _make_open_directory(directory: Path) -> None:
    """Make a directory of ours that every account can enter, whatever the umask."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir()
        directory.chmod(0o755)


@contextlib.contextmanager
def _exclusively(path: Path) -> Iterator[int]:
    """Hold the lock file `path` exclusively, waiting for it if need be; yield its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back what would end the process: a second Ctrl-C must not leave a server behind."""
    stopping = {signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGHUP}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stopping)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@dataclass(frozen=True)
class _Lease:
    """This process's part in a server: what was asked for, what it got, its shared lock."""

    requested_base: Path
    cluster: Cluster
    users_lock: int


_lease: _Lease | None = None
_guard = threading.Lock()
# No fork in the middle of a start or stop. A child inherits the descriptor of the shared lock, and
# such a lock (flock) stays until every copy of the descriptor is closed: parent and child each keep
# the server alive, and whichever ends last stops it.
os.register_at_fork(
    before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_guard.release
)


def ensure_started(base: Path | None = None) -> ConnectionInfo:
    """Start or join the server whose data lie below `base`, and say how to reach it.

    Further calls in a process, or in its forked children, only look whether the server still runs,
    and start it again if it was killed. A process joins one server: another `base` while the first
    is in use, like everything that prevents a start, raises EmbeddedPostgresError.
    """
    global _lease  # noqa: PLW0603  # a process has one, whoever asks
    requested = (base or DEFAULT_BASE).resolve()
    with _guard:
        lease = _lease
        if lease and lease.requested_base != requested:
            raise EmbeddedPostgresError(
                f"This process uses the server in {lease.requested_base}; call stop() before"
                f" it uses another one in {requested}."
            )
        try:
            if lease and lease.cluster.is_running():
                return lease.cluster.connection_info
            cluster = lease.cluster if lease else _locate(requested)
            with _exclusively(cluster.start_lock) as start_lock:
                if lease is None:
                    # First of all, so that what an interrupted start leaves is stopped at the end.
                    cluster = replace(
                        cluster,
                        binaries=usable_binaries(
                            cluster.binaries, cluster.version, cluster.account, cluster.base
                        ),
                    )
                    users_lock = os.open(cluster.users_lock, os.O_RDWR | os.O_CREAT, 0o600)
                    fcntl.flock(users_lock, fcntl.LOCK_SH)
                    _lease = _Lease(requested, cluster, users_lock)
                cluster.start(start_lock)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The embedded PostgreSQL could not be started: {error}. Remove the cause,"
                f" {OR_OWN_SERVER}"
            ) from error
        return cluster.connection_info


@atexit.register
def stop() -> None:
    """Leave the server, and stop it if this process is the last user; else do nothing."""
    global _lease
    with _undisturbed(), _guard:
        lease, _lease = _lease, None
        if lease is None:
            return
        os.close(lease.users_lock)
        with (
            # Where the whole base was removed, the server notices within a minute and ends itself.
            contextlib.suppress(FileNotFoundError),
            _exclusively(lease.cluster.start_lock),
        ):
            descriptor = os.open(lease.cluster.users_lock, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                lease.cluster.stop()
            except BlockingIOError:
                pass  # somebody else still uses it
            finally:
                os.close(descriptor)
