"""Invented votes in the layout of the UN Digital Library; seeded, so always the same bytes."""

import csv
import datetime
import io
import itertools
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.sizes import SEED, Size
from bench.words import Vocabulary

HEADER = (
    "undl_id,ms_code,ms_name,ms_vote,date,session,resolution,draft,committee_report,meeting,title,"
    "agenda_title,subjects,total_yes,total_no,total_abstentions,total_non_voting,total_ms,undl_link"
)
FIRST_DAY = datetime.date(1946, 2, 1)
DAYS = 28_000
MEMBERS = 193
CHOICES = "YNAX"
# What of a changed file differs.
CHANGED = 0.01
# Of one leaning are states that vote alike, mostly.
LEANINGS = 8


class Roll(NamedTuple):
    """A roll call, and what each member did."""

    number: int
    symbol: str
    day: datetime.date
    texts: list[str]
    votes: list[tuple[str, str]]


def members() -> list[str]:
    """The codes of those who vote; the first ones have done so since the beginning.

    All but one are invented. The seat of that one was the Soviet Union's for most of the time.
    """
    codes = ["".join(three) for three in itertools.product("ABCDEFGHIJKLMNOP", repeat=3)]
    return ["RUS", *random.Random(SEED).sample(codes, MEMBERS - 1)]


def rolls(size: Size, first_number: int) -> Iterator[Roll]:
    """About `size.roll_calls` × `size.voters` votes, in the order of time."""
    rng = random.Random(f"{SEED} {first_number}")
    vocabulary = Vocabulary(random.Random(SEED))
    codes = members()
    leanings = {code: rng.randrange(LEANINGS) for code in codes}
    spread = min(MEMBERS - size.voters, size.voters - 1)
    for place in range(size.roll_calls):
        joined = size.voters - spread + 1 + 2 * spread * place // size.roll_calls
        line = [rng.choices(CHOICES, [70, 10, 17, 3])[0] for _ in range(LEANINGS)]
        number = first_number + place
        texts = [" ".join(vocabulary.draw(rng, rng.randint(4, 16))) for _ in range(3)]
        texts[0] += ", adopted by the General Assembly"  # so that CSV needs its quotes
        yield Roll(
            number=number,
            symbol=f"A/RES/{1 + place // 100}/{number}",
            day=FIRST_DAY + datetime.timedelta(DAYS * place // size.roll_calls),
            texts=texts,
            votes=[
                (code, line[leanings[code]] if rng.random() < 0.8 else rng.choice(CHOICES))
                for code in sorted(codes[:joined])
            ],
        )


def changed(votes: list[tuple[str, str]], rng: random.Random) -> list[tuple[str, str]]:
    """The same votes, some of them otherwise."""
    return [
        (code, rng.choice(CHOICES.replace(choice, "")) if rng.random() < CHANGED else choice)
        for code, choice in votes
    ]


def write(path: Path, size: Size, first_number: int, *, is_changed: bool = False) -> int:
    """Writes the file; how many votes it holds."""
    rng = random.Random(f"{SEED} changed")
    rows = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(f"{HEADER}\n")
        for roll in rolls(size, first_number):
            votes = changed(roll.votes, rng) if is_changed else roll.votes
            shared = _shared(roll, [choice for _, choice in votes])
            file.writelines(
                f"{roll.number},{code},REPUBLIC OF {code},{choice},{shared}"
                for code, choice in votes
            )
            rows += len(votes)
    return rows


def _shared(roll: Roll, cast: list[str]) -> str:
    """What each line of a roll call ends with."""
    title, agenda, subjects = roll.texts
    values = (
        *(roll.day.isoformat(), str(1 + roll.day.year - FIRST_DAY.year), roll.symbol),
        *(f"A/{roll.number}/L.1", f"A/{roll.number}", f"A/{roll.number}/PV.1"),
        *(title, agenda, subjects.upper()),
        *(f"{cast.count(choice)}.0" for choice in CHOICES),
        *(f"{len(cast)}.0", f"https://digitallibrary.example/record/{roll.number}"),
    )
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(values)
    return line.getvalue()
