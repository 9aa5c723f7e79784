"""The peer of the import: `bulk_create`, as Django's documentation shows it, under the same rules.

`python -m bench.peers.bulk FILE SHARE` takes that share of the file's votes into the archive and
prints their number and the seconds, without Python's start. Each vote names the import and its
line, so that the database asks no passage of it.
"""

import csv
import os
import sys
import time
from itertools import islice
from pathlib import Path

import django

BATCH = 5_000
CHOICES = {"Y": "yes", "N": "no", "A": "abstain", "X": "absent"}


def take_in(path: Path, number: int) -> int:
    """Imports the first `number` votes, and no more; how many there were."""
    from django.db import transaction

    from archive.models import Import, ImportedRow, Organization, RollCall, Source, State, Vote

    states = {state.code: state for state in State.objects.all()}
    body = Organization.objects.get(slug="unga")
    roll_calls: dict[str, RollCall] = {}
    lines: dict[str, int] = {}
    votes = []
    with path.open(encoding="utf-8", newline="") as file, transaction.atomic():
        source = Source.objects.create(slug="peer", name="Peer", kind="dataset")
        taken = Import.objects.create(
            slug="peer",
            layout="undl_general_assembly",
            source=source,
            file_name=path.name,
            sha256="0" * 64,
            rows=number,
            imported_by="bench",
            tool_version="0",
        )
        for line, row in enumerate(islice(csv.DictReader(file), number), 2):
            roll_call = roll_calls.get(row["undl_id"])
            if roll_call is None:
                roll_call = RollCall(
                    slug=f"unga-undl-{row['undl_id']}",
                    body=body,
                    symbol=row["resolution"],
                    title=row["title"],
                    date=row["date"],
                    total_yes=int(float(row["total_yes"])),
                    total_no=int(float(row["total_no"])),
                    total_abstain=int(float(row["total_abstentions"])),
                    total_absent=int(float(row["total_non_voting"])),
                    complete=True,
                    url=row["undl_link"],
                    status="published",
                )
                roll_calls[row["undl_id"]] = roll_call
                lines[row["undl_id"]] = line
            votes.append(
                Vote(
                    roll_call=roll_call,
                    state=states[row["ms_code"]],
                    choice=CHOICES[row["ms_vote"]],
                    imported=taken,
                    import_line=line,
                )
            )
        RollCall.objects.bulk_create(roll_calls.values(), batch_size=BATCH)
        ImportedRow.objects.bulk_create(
            (
                ImportedRow(source_import=taken, line=lines[key], made=True, roll_call=roll_call)
                for key, roll_call in roll_calls.items()
            ),
            batch_size=BATCH,
        )
        Vote.objects.bulk_create(votes, batch_size=BATCH)
    return len(votes)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    path, number = Path(sys.argv[1]), int(sys.argv[2])
    began = time.perf_counter()
    votes = take_in(path, number)
    sys.stdout.write(f"{votes} {time.perf_counter() - began}\n")


if __name__ == "__main__":
    main()
