"""An article set for reading: its paragraphs, cut where cited passages begin and end.

No queries: the reading desk (`archive.admin.reading`) brings the article and its citations.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from archive.anchoring import Paragraph, paragraphs
from archive.choices import Stance

# Underlines that can be told apart. A fifth passage over the same words takes the first again.
LANES = 4


@dataclass(eq=False)
class Passage:
    """Words that one or more citations quote, with the lane of their underline."""

    start: int
    end: int
    lane: int = 0
    citations: list[Any] = field(default_factory=list)

    @property
    def quote(self) -> str:
        return str(self.citations[0].quote)

    @property
    def css(self) -> str:
        """Its lane; and how its line is drawn where a citation disputes or qualifies."""
        stances = {citation.stance for citation in self.citations}
        drawn = next((one for one in (Stance.DISPUTES, Stance.QUALIFIES) if one in stances), "")
        return f"lane-{self.lane} {drawn}-{self.lane}" if drawn else f"lane-{self.lane}"


@dataclass
class Piece:
    """A stretch of a paragraph that the same passages cover; plain text where none does."""

    text: str
    passages: list[Passage]
    is_first: bool  # of a passage: there it takes the focus

    @property
    def citations(self) -> list[Any]:
        return [citation for passage in self.passages for citation in passage.citations]

    @property
    def css(self) -> str:
        return " ".join(passage.css for passage in self.passages)


@dataclass
class Block:
    """A paragraph of the body, with the passages that begin in it."""

    number: int
    start: int
    pieces: list[Piece]
    passages: list[Passage]
    is_cited: bool


@dataclass
class Reading:
    """The article: furniture, body, furniture; and how much of the body is cited."""

    before: list[Paragraph]
    blocks: list[Block]
    after: list[Paragraph]
    characters_after: int

    @property
    def total(self) -> int:
        return len(self.blocks)

    @property
    def cited(self) -> int:
        return sum(block.is_cited for block in self.blocks)

    @property
    def percent(self) -> int:
        return 100 * self.cited // self.total if self.total else 0


def set_for_reading(article: Any, citations: Iterable[Any]) -> Reading:
    text, start, end = article.text, article.body_start, article.body_end
    passages = passages_of(citations)
    return Reading(
        before=list(paragraphs(text, 0, start)),
        blocks=list(_blocks(paragraphs(text, start, end), passages)),
        after=list(paragraphs(text, end, len(text))),
        characters_after=len(text) - end,
    )


def passages_of(citations: Iterable[Any]) -> list[Passage]:
    """The passages in text order, each in the first lane that is free where it begins."""
    found: dict[tuple[int, int], Passage] = {}
    for citation in sorted(citations, key=lambda one: (one.start, -one.end, one.pk)):
        place = (citation.start, citation.end)
        found.setdefault(place, Passage(*place)).citations.append(citation)
    free_from: list[int] = []
    for passage in found.values():
        lane = next((n for n, end in enumerate(free_from) if end <= passage.start), len(free_from))
        free_from[lane : lane + 1] = [passage.end]
        passage.lane = lane % LANES
    return list(found.values())


def _blocks(lines: Iterable[Paragraph], passages: list[Passage]) -> Iterator[Block]:
    seen: set[Passage] = set()
    for number, line in enumerate(lines, start=1):
        here = [one for one in passages if one.start < line.end and one.end > line.start]
        new = [one for one in here if one not in seen]
        yield Block(number, line.start, list(_pieces(line, here, seen)), new, is_cited=bool(here))


def _pieces(line: Paragraph, passages: list[Passage], seen: set[Passage]) -> Iterator[Piece]:
    """The paragraph cut at every bound of a passage; notes in `seen` what has begun."""
    cuts = {line.start, line.end}
    for passage in passages:
        cuts |= {max(passage.start, line.start), min(passage.end, line.end)}
    for start, end in pairwise(sorted(cuts)):
        over = [one for one in passages if one.start <= start and one.end >= end]
        text = line.text[start - line.start : end - line.start]
        yield Piece(text, over, is_first=not seen.issuperset(over))
        seen.update(over)


# --- Words typed instead of marked ------------------------------------------------------------

# What keyboards do not have: any of a group is found by any other.
_ALIKE = ("'’‘ʼ`", '"“”„«»', "-‐‑–—")


def places_like(typed: str, text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where typed words stand between `start` and `end`, at most ten places.

    Letters count, but not their case, nor which quotes, dashes and blanks are between them.
    """
    words = typed.split()
    if not words:
        return []
    pattern = re.compile(r"\s+".join("".join(map(_like, word)) for word in words), re.IGNORECASE)
    found: list[tuple[int, int]] = []
    place = pattern.search(text, start, end)
    while place and len(found) < 10:
        found.append(place.span())
        place = pattern.search(text, place.start() + 1, end)
    return found


def _like(character: str) -> str:
    for group in _ALIKE:
        if character in group:
            return f"[{re.escape(group)}]"
    return re.escape(character)
