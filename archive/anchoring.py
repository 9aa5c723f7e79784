"""Places in a capture: offsets count Unicode code points from its start, as everywhere.

Pure functions on text; the database holds the rule that a quotation stands at its place.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

import regex

# Words beside a quote that must be the same before it counts as the same passage: as many as
# a quotation has at least.
NEIGHBOURS = 3

# How far beside a quote words are compared, in characters: enough to tell apart captions or
# refrains that stand twice, and short beside a text.
REACH = 1000


class Capture(NamedTuple):
    """A text and the bounds of the article proper inside it."""

    text: str
    body_start: int
    body_end: int

    @property
    def body(self) -> str:
        return self.text[self.body_start : self.body_end]


# --- Paragraphs --------------------------------------------------------------------------


class Paragraph(NamedTuple):
    """A line of the body that holds words, from `start` to `end` in the capture."""

    start: int
    end: int
    text: str


def paragraphs(text: str, body_start: int, body_end: int) -> Iterator[Paragraph]:
    """The body's paragraphs. A capture has one a line, with or without blank lines between."""
    start = body_start
    for line in text[body_start:body_end].split("\n"):
        words = line.strip()
        if words:
            at = start + line.index(words[0])
            yield Paragraph(at, at + len(words), words)
        start += len(line) + 1


# --- Re-anchoring: where a quote stands in another capture of the same article --------------


class Lost(StrEnum):
    """Why a quote does not move by itself: a person must decide."""

    GONE = "The new text does not have these words."
    OUTSIDE = "These words stand outside the new body only."
    ELSEWHERE = "These words stand among other words than before: perhaps another passage."
    SEVERAL = "These words stand in several places, and their surroundings single none of them out."


class Anchor(NamedTuple):
    """Where a quote stands now, or why not; and all places that a person may choose from."""

    start: int | None
    reason: Lost | None
    places: tuple[int, ...]


def places_of(quote: str, capture: Capture) -> tuple[int, ...]:
    """Every start of `quote` inside the body, overlapping ones included."""
    found = []
    at = capture.text.find(quote, capture.body_start, capture.body_end)
    while at >= 0 and quote:
        found.append(at)
        at = capture.text.find(quote, at + 1, capture.body_end)
    return tuple(found)


def reanchor(old: Capture, new: Capture, start: int, quote: str) -> Anchor:
    """Where the passage at `start` of `old` stands in `new`: exactly, and in one place only.

    - The same text with other bounds moves nothing: the passage stays, or is outside now.
    - Words that stood once and stand once move if they have kept their neighbours on one side
      at least; else they may be another passage that happens to say the same.
    - Words that stood or stand several times move only with their surroundings: these are
      widened, on both sides, until no other place in the old body has them. If then exactly
      one place in the new body has them, that is it.
    """
    if old.text[start : start + len(quote)] != quote:
        raise ValueError(f"“{quote}” does not stand at {start} in the old text.")
    places = places_of(quote, new)
    if not places:
        return Anchor(None, Lost.OUTSIDE if quote in new.text else Lost.GONE, places)
    if old.text == new.text:
        at, reason = (start, None) if start in places else (None, Lost.OUTSIDE)
        return Anchor(at, reason, places)
    at = _same_passage(old, new, start, quote, places)
    reason = Lost.SEVERAL if len(places) > 1 else Lost.ELSEWHERE
    return Anchor(at, None if at is not None else reason, places)


def _same_passage(
    old: Capture, new: Capture, start: int, quote: str, places: tuple[int, ...]
) -> int | None:
    """The one of `places` in `new` that is the passage at `start` of `old`, if one surely is."""
    here = _Surroundings.of(old, start, quote)
    around = {at: _Surroundings.of(new, at, quote) for at in places}
    rivals = [_Surroundings.of(old, at, quote) for at in places_of(quote, old) if at != start]
    if len(places) == 1 and not rivals:
        return places[0] if here.has_neighbour_in(around[places[0]]) else None
    for width in range(NEIGHBOURS, here.width + 1):
        if any(here.fits(rival, width) for rival in rivals):
            continue
        fitting = [at for at in places if here.fits(around[at], width)]
        if len(fitting) <= 1:
            return fitting[0] if fitting else None
    return None


class _Surroundings(NamedTuple):
    """The words of the body on either side of a quote, the nearest first.

    Words as blanks part them, so that punctuation counts, but not how lines are broken.
    """

    before: list[str]
    after: list[str]

    @classmethod
    def of(cls, capture: Capture, start: int, quote: str) -> "_Surroundings":
        end = start + len(quote)
        first = max(capture.body_start, start - REACH)
        last = min(capture.body_end, end + REACH)
        before = capture.text[first:start].split()[::-1]
        after = capture.text[end:last].split()
        # Where the reach cuts the text, it may cut a word.
        return cls(
            before[:-1] if first > capture.body_start else before,
            after[:-1] if last < capture.body_end else after,
        )

    @property
    def width(self) -> int:
        return max(len(self.before), len(self.after), NEIGHBOURS)

    def fits(self, other: "_Surroundings", width: int) -> bool:
        """Whether `other` has the same `width` words on both sides, or as many as we have.

        Fewer are there at the bounds of the old body, which are an editor's cut: a note may
        now stand above what was the first paragraph.
        """
        before, after = self.before[:width], self.after[:width]
        return other.before[: len(before)] == before and other.after[: len(after)] == after

    def has_neighbour_in(self, other: "_Surroundings") -> bool:
        """Whether on one side the nearest words are the same, or both bodies end there."""
        return (
            self.before[:NEIGHBOURS] == other.before[:NEIGHBOURS]
            or self.after[:NEIGHBOURS] == other.after[:NEIGHBOURS]
        )


# --- Selections --------------------------------------------------------------------------

_CLUSTER = regex.compile(r"\X")
# Numbers with their separators, and words with their apostrophes and hyphens.
_WORD = regex.compile(r"\d+(?:[.,]\d+)+|\w[\w\p{M}]*(?:['’\-‐]\w[\w\p{M}]*)*")


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The selection in whole characters as people see them, without blanks at its ends.

    A character that the selection cuts (a letter and its accent, an emoji of several, a flag)
    belongs to it. Only blanks: an empty selection at its start.
    """
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"{start} to {end} is no part of a text of {len(text)} characters.")
    if start == end:
        return start, start
    clusters = [
        cluster.span()
        for cluster in _CLUSTER.finditer(text, *_lines_around(text, start, end))
        if cluster.end() > start and cluster.start() < end and not _is_blank(cluster.group())
    ]
    return (clusters[0][0], clusters[-1][1]) if clusters else (start, start)


def whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The trimmed selection, widened where it begins or ends inside a word."""
    start, end = trim(text, start, end)
    for word in _WORD.finditer(text, *_lines_around(text, start, end)):
        first, last = word.span()
        if start < end and first < start < last:
            start = first
        if start < end and first < end < last:
            end = last
    return trim(text, start, end)


def _lines_around(text: str, start: int, end: int) -> tuple[int, int]:
    """The bounds of the lines that a selection touches: no character or word crosses them."""
    last = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if last < 0 else last


def _is_blank(cluster: str) -> bool:
    """White space, or what shows as nothing: zero-width space, word joiner, byte order mark."""
    return cluster[0].isspace() or cluster[0] in "\u200b\u2060\ufeff"


# --- Offsets in browsers -----------------------------------------------------------------


def to_utf16(text: str, offset: int) -> int:
    """The offset in UTF-16 code units, as JavaScript counts, of an offset in code points."""
    if not 0 <= offset <= len(text):
        raise ValueError(f"{offset} lies outside a text of {len(text)} characters.")
    return len(text[:offset].encode("utf-16-le")) // 2


def from_utf16(text: str, offset: int) -> int:
    """The offset in code points of an offset in UTF-16 code units.

    A ValueError where it lies outside the text, or inside a character of two units.
    """
    units = text.encode("utf-16-le")
    if not 0 <= 2 * offset <= len(units):
        raise ValueError(f"{offset} lies outside a text of {len(units) // 2} UTF-16 units.")
    try:
        return len(units[: 2 * offset].decode("utf-16-le"))
    except UnicodeDecodeError as error:
        raise ValueError(f"{offset} lies inside a character.") from error


# --- Likeness ----------------------------------------------------------------------------


def runs(text: str) -> set[int]:
    """Hashes of the text's runs of five words."""
    words = re.findall(r"\w+", text.lower())
    return {
        int.from_bytes(blake2b(" ".join(words[at : at + 5]).encode(), digest_size=8).digest())
        for at in range(max(len(words) - 4, 1))
    }


def likeness(one: set[int], other: set[int]) -> float:
    """The share of common runs in all runs of two texts, from 0 to 1."""
    return len(one & other) / len(one | other)
