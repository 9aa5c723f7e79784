"""Measure imports and releases against what PostgreSQL needs for the rows alone.

  make bench-data                the whole: files of 1.2 million votes; half an hour
  make bench-data SIZE=small     60 thousand votes, for a quick look; the goals are the same,
                                 but hold for the whole only: there the start of Python counts
  python -m bench.data --file un_votes.csv.gz
                                 the same with a real file, of any layout that import_votes reads

It invents two files in the layout of the UN Digital Library: one that the archive holds already,
one that comes in. Every task is a command of the archive, timed from its start to its end, in a
fresh copy of its archive on a server with the settings of docker-compose.yml. Beside it, in turns:

  first import     COPY of the rows that it made, into the bare table; then the table's indexes
                   and keys; beside it `bulk_create` of the same votes, which rest on an import, so
                   that the database asks no more of them: a twentieth and a tenth of them, scaled
                   up where twice the votes took twice the time
  living import    COPY of the rows that it made, into the table as it stands, with its indexes,
                   keys and triggers; one reader asks for pages of votes meanwhile
  release          COPY of each released table to a file, its SHA-256, and a zip of all (level 6)

A ratio is that of two medians. Only ratios are comparable: other work on the machine slows all of
them alike. The exit code is 1 where a must is missed by more than 30 %.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

from bench import fill
from bench.data.databases import Databases
from bench.data.table import rows
from bench.data.tasks import Tasks
from bench.goals import as_json, details, table
from bench.measure import wall
from bench.sizes import SEED, SIZES

RESULTS = Path(__file__).parent.parent / "results-data.json"


def main() -> int:
    options = _options()
    began = time.monotonic()
    load = os.getloadavg()[0]
    databases = Databases(fill.server(), f"data_{fill.CHECKOUT}")
    databases.drop_all()
    try:
        tasks = Tasks(SIZES[options.size], databases, options.file)
        tasks.prepare()
        for _ in range(options.rounds):
            tasks.round()
        tasks.finish()
    finally:
        databases.drop_all()
    found = rows(tasks)
    sys.stdout.write("\n".join([*table(found), "", *details(found)]) + "\n")
    result = {
        "size": options.size,
        "file": options.file.name if options.file else "invented",
        "votes": tasks.votes,
        "seed": SEED,
        "rounds": options.rounds,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load_at_start": round(load, 1),
        "rows": as_json(found),
    }
    options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    fill.say(f"{wall(began)}; written to {options.json}")
    return 1 if any(check.is_failure() for row in found for check in row.checks) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.data",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument("--file", type=Path, help="a real file, in the place of the invented one")
    parser.add_argument("--rounds", type=int, default=3, help="(default: 3)")
    parser.add_argument(
        "--json",
        type=Path,
        help="where the result is written (default: bench/results-data.json, which is committed; "
        "of a quick look or a real file .bench/results-data.json)",
    )
    options = parser.parse_args()
    if options.json is None:
        is_whole = options.size == "full" and options.file is None
        options.json = RESULTS if is_whole else fill.SCRATCH / RESULTS.name
    if options.file:
        options.file = options.file.resolve()
    return options


if __name__ == "__main__":
    sys.exit(main())
