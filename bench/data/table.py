"""The rows of the table in issue 5, from what was measured."""

from bench.data.tasks import Tasks
from bench.goals import NOT_THERE, Check, Row

MEMORY = 150


def rows(tasks: Tasks) -> list[Row]:
    return [
        _first(tasks),
        _living(tasks),
        _again(tasks),
        _undo(tasks),
        _memory(tasks),
        _release(tasks),
    ]


def _first(tasks: Tasks) -> Row:
    taken = tasks.medians()
    names = ("first", "first, floor", "bulk_create")
    return Row(
        f"first import, {tasks.votes:,} votes",
        {name: taken[name] for name in names},
        [
            Check("COPY, then indexes and keys", taken["first"] / taken["first, floor"], 2, 1.3),
            Check("bulk_create", taken["bulk_create"] / taken["first"], 8, at_least=True),
        ],
        f"seconds; bulk_create: {tasks.how_bulk}",
    )


def _living(tasks: Tasks) -> Row:
    taken = tasks.medians()
    names = ("living", "living, floor", "reader, quiet", "reader, import", "reader, floor")
    return Row(
        "import onto as many votes",
        {name: taken[name] for name in names},
        [
            Check("COPY into that table", taken["living"] / taken["living, floor"], 1.5, 1.1),
            Check("a reader's waits for a lock", tasks.most("reader, locked"), 0, unit=""),
            Check(
                "his slowest answer, during COPY",
                taken["reader, import"] / taken["reader, floor"],
                None,
                1.5,
            ),
        ],
        "seconds; the reader's slowest answers in milliseconds",
    )


def _again(tasks: Tasks) -> Row:
    taken = tasks.medians()
    found = {name: taken[name] for name in ("dry run", "changed") if name in taken}
    against = {
        "dry run": "--dry-run, beside the import",
        "changed": "1 % differ, beside the import",
    }
    return Row(
        "what writes little, onto as many votes",
        found,
        [Check(against[name], value / taken["living"], 0.3) for name, value in found.items()],
        "seconds",
    )


def _undo(tasks: Tasks) -> Row:
    taken = tasks.medians()
    ratio = taken["undo"] / taken["first"]
    return Row(
        "undo of the first import",
        {"undo": taken["undo"]},
        [Check("the import", ratio, None, 1)],
        "seconds",
    )


def _memory(tasks: Tasks) -> Row:
    names = [name for name in tasks.measured if name.endswith(", MB")]
    checks = []
    for what in ("import", "export", "release"):
        both = [name for name in names if name.startswith(what)]
        checks.append(
            Check(f"{what}, few or all", tasks.most(*both) if both else None, MEMORY, unit="MB")
        )
    return Row(
        f"memory, from {tasks.few_votes:,} votes to all",
        {name.removesuffix(", MB"): tasks.most(name) for name in names},
        checks,
        "MB",
    )


def _release(tasks: Tasks) -> Row:
    taken = tasks.medians()
    ours, floor = taken.get("release"), taken["release, floor"]
    return Row(
        "release of everything",
        {"release": ours, "floor": floor} if ours else {"floor": floor},
        [Check("COPY TO, SHA-256, zip", ours and ours / floor, 3, 1.5)],
        "seconds" if ours else f"{NOT_THERE}: {tasks.refused}",
    )
