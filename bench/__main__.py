"""Measure the archive against the floor and against its peers, in one interleaved run.

  make bench                the whole: 1.2 million votes; a quarter of an hour, the first
                            time some minutes more, for filling
  make bench SIZE=small     60 thousand votes, for a quick look; the goals are the same,
                            but hold for the whole only

It keeps its databases in .bench/ (or CASUS_BENCH_DATA): invented, but with every rule of the
archive's kept. It starts the archive with the command of the Dockerfile, and beside it, on the
same data:

  floor       raw psycopg in a bare WSGI application under the same server, which sends what
              PostgreSQL composed; field for field the archive's answers, compared at the start
  drf         plain idiomatic Django REST framework on the same models, same server
  datasette   its JSON table view (and canned queries) over SQLite with indexes and FTS5
  fastapi     hand-written SQL, nested in Python, orjson, uvloop

A round asks each candidate for each call three times, over a connection that is kept; the first
answer does not count. No page is asked for twice, but in the row that measures the cache. A ratio
is that of two medians. Only ratios are comparable: other work on the machine slows all candidates
alike.

The result is written as JSON. The exit code is 1 where a must is missed by more than 30 %, or
where candidates compared do not hold the same.
"""

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

from bench import fill
from bench.goals import as_json, details, table
from bench.measure import WARM_UP, Bench, wall
from bench.sizes import SEED, SIZES

HERE = Path(__file__).parent


def main() -> int:
    options = _options()
    began = time.monotonic()
    size = SIZES[options.size]
    server = fill.server()
    small = fill.filled(SIZES["growth"], server)
    large = fill.filled(size, server)
    sqlite = fill.sqlite_copy(large)
    filled = wall(began)
    bench = Bench(size, large, small, sqlite, options.rounds)
    load = os.getloadavg()[0]
    try:
        fill.say("Starting the candidates")
        bench.start("archive", "archive, 10 k", "floor", "drf", "datasette", "fastapi")
        bench.plan()
        bench.probe()
        bench.read_through()
        fill.say(f"{WARM_UP} rounds of warming up, {options.rounds} that count")
        bench.run()
        bench.stop()
        rows = [*bench.rows(), bench.export(3), bench.throughput(options.seconds, 3)]
    finally:
        bench.stop()
    lines = [*table(rows), "", *details(rows)]
    if bench.differences:
        lines += ["", "Not the same content:", *(f"  {each}" for each in bench.differences)]
    sys.stdout.write("\n".join(lines) + "\n")
    result = {
        "size": options.size,
        "seed": SEED,
        "rounds": options.rounds,
        "python": platform.python_version(),
        "postgresql": bench.connection.info.server_version // 10000,
        "processors": os.cpu_count(),
        "load_at_start": round(load, 1),
        "differences": bench.differences,
        "rows": as_json(rows),
    }
    options.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    fill.say(f"{wall(began)}, of which filling {filled}; written to {options.json}")
    failed = bench.differences or any(check.is_failure() for row in rows for check in row.checks)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", choices=("full", "small"), default="full")
    parser.add_argument("--rounds", type=int, default=24, help="that count (default: 24)")
    parser.add_argument(
        "--seconds", type=float, default=3, help="a slice of throughput takes (default: 3)"
    )
    parser.add_argument(
        "--json",
        type=Path,
        help="where the result is written (default: bench/results.json, which is committed; of "
        "a quick look .bench/results-small.json)",
    )
    options = parser.parse_args()
    if options.json is None:
        is_full = options.size == "full"
        options.json = HERE / "results.json" if is_full else fill.SCRATCH / "results-small.json"
    if not 1 <= options.rounds <= 24:
        parser.error("--rounds is a number from 1 to 24: more different pages small lists have not")
    return options


if __name__ == "__main__":
    sys.exit(main())
