"""The archive's commands, as who runs the archive starts them; their time and their memory."""

import os
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

from bench.fill import ROOT, SCRATCH, Database, environment

KILOBYTE, MEGABYTE = 1_024, 1_000_000


class Ran(NamedTuple):
    seconds: float
    megabytes: float  # the most that the process held at once
    said: str


def run(database: Database, *command: str) -> Ran:
    """Runs `python …` from its start to its end; raises RuntimeError where that fails."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=compiled(database),
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        words = said.read().decode()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} fails:\n{words[-3000:]}")
    return Ran(seconds, usage.ru_maxrss * KILOBYTE / MEGABYTE, words)


def compiled(database: Database) -> dict[str, str]:
    """As in the image, where Python's byte code is ready."""
    variables = environment(database)
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables | {
        "PYTHONPYCACHEPREFIX": str(SCRATCH / "bytecode"),
        "RELEASES_DIR": str(SCRATCH / "releases"),
    }
