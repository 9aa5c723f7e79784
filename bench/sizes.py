"""How much the scratch database holds."""

from typing import NamedTuple

SEED = 2026


class Size(NamedTuple):
    """Numbers of rows; of votes there are about `roll_calls` × `voters`."""

    name: str
    states: int
    voters: int
    roll_calls: int
    articles: int
    events: int
    requests: int
    responses: int
    citations: int
    organizations: int = 250
    sources: int = 300
    memberships: int = 3_000
    # A vote is published with its roll call; only in the tiny archive has each a passage.
    cite_votes: bool = False


SIZES = {
    size.name: size
    for size in (
        Size("full", 200, 185, 6_500, 20_000, 50_000, 10_000, 15_000, 200_000),
        Size("small", 200, 185, 325, 1_000, 2_500, 500, 750, 12_000),
        # What the votes are compared with when they grow: ten thousand, and little else.
        Size("growth", 200, 185, 54, 200, 500, 100, 150, 6_000),
        Size("tiny", 12, 10, 6, 30, 40, 12, 18, 300, 8, 5, 15, cite_votes=True),
    )
}
