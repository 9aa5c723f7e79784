"""Places in a capture: offsets count Unicode code points from its start, as everywhere.

Pure functions on text; the database holds the rule that a quotation stands at its place.
"""

from collections.abc import Iterator
from typing import NamedTuple


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
