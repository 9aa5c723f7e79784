"""Where the article proper begins and ends in a capture, and what its first lines say of it.

A few habits of web pages, read line by line. Each is a proposal that the editor corrects, so
a habit that needs more than a line or two to recognise has no place here.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from urllib.parse import urlsplit

from archive.anchoring import Paragraph, paragraphs

# From so many words on, a line is running text: titles, menus and most captions are shorter.
PROSE = 25

# Lines after which nothing of the article follows. Boxes that also stand in the middle of
# articles (“Related stories”, “Read more”) are left to the editor.
END = re.compile(
    r"about(?: the authors?)?:?"  # the box about the author
    r"|do you like this article\?"
    r"|(?:\d+ )?comments?(?:\(s\)|s)?(?: ?\(\d+\))?:?"
    r"|comment policy\b.*"
    r"|(?:leave|post|write) a (?:comment|reply)\b.*"
    r"|join the (?:conversation|discussion)\b.*",
    re.IGNORECASE,
)
# Credits, of pictures and to the first publisher, are cut where they are the last lines.
CREDIT = re.compile(
    r"(?:(?:featured |cover )?image|photo(?:graph)?|picture)s?"
    r"(?::| by | courtesy | credits?:? ).{1,150}",
    re.IGNORECASE,
)
BYLINE = re.compile(r"by:? ([^\W\d_][\w.'’-]*(?:[ ,]+[^\W\d_][\w.'’-]*){,7})", re.IGNORECASE)
DATE = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d)"
    r"|(?P<month>[A-Z][a-z]{2,8})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})"
    r"|(?P<day2>\d{1,2}) (?P<month2>[A-Z][a-z]{2,8})\.?,? (?P<year2>\d{4})"
)
REPRINT = re.compile(
    r"\b(?:(?:first|originally) (?:published|appeared)|was published by|republished from)\b",
    re.IGNORECASE,
)


@dataclass
class Found:
    """What the lines of a capture propose."""

    body_start: int
    body_end: int
    title: str = ""
    authors: list[str] = field(default_factory=list)
    published: str = ""
    notes: list[str] = field(default_factory=list)


def find(text: str, url: str = "", title: str = "") -> Found:
    """The bounds of the body, and title, authors and date where lines beside the title say so.

    `title` is one already known, from a page's metadata; the words of an address often are
    those of the title.
    """
    lines = list(paragraphs(text, 0, len(text)))
    notes: list[str] = []
    at = _title_line(lines, [title, _slug(url)])
    printings = _printings(lines)
    if at is None:
        at = _longest_heading(lines[: _first_prose(lines, 0)])
        if at is None and len(printings) > 1:
            skipped = printings[-2] + 1
            at = _longest_heading(lines[skipped : printings[-1]], skipped)
    if len(printings) > 1:
        notes.append(
            "The text seems to stand more than once: compare the printings that begin at "
            f"{' and '.join(str(lines[one].start) for one in printings)}."
        )
    first = 0 if at is None else at
    prose = _first_prose(lines, first)
    last = _last_line(lines, prose, notes)
    start = lines[first].start
    if text.startswith("\ufeff") and first == 0:
        start = max(start, 1)
    if start > 1:
        notes.append(f"The body begins at “{_short(lines[first].text)}”.")

    heading = [line.text for line in lines[max(0, first - 5) : prose]]
    found = Found(start, lines[last].end, title, notes=notes)
    if not title and at is not None:
        found.title = lines[at].text.lstrip("\ufeff")
    elif not title and (slug := _slug(url)):
        found.title = f"[{slug.capitalize()}]"
        notes.append("The title stands in the address only: correct its capital letters.")
    bylines = filter(None, (BYLINE.fullmatch(line) for line in heading))
    if byline := next(bylines, None):
        found.authors = re.split(r",? and |, ", byline[1])
    days = filter(None, (_date_in(line) for line in heading if len(line.split()) <= 8))
    found.published = next(days, "") or _date_in_address(url)
    notes += [f"Is it a reprint? “{_short(line.text)}”" for line in lines if _is_reprint(line.text)]
    return found


def _title_line(lines: list[Paragraph], titles: list[str]) -> int | None:
    """The first line that says what a known title says."""
    keys = {_key(title) for title in titles} - {""}
    return next((at for at, line in enumerate(lines) if _key(line.text) in keys), None)


def _longest_heading(lines: list[Paragraph], offset: int = 0) -> int | None:
    """The line with the most words among those above the text and its byline or date.

    Above it stand names of the site and its sections; below it captions and standfirsts.
    """
    best = None
    for at, line in enumerate(lines):
        words = len(line.text.split())
        if BYLINE.fullmatch(line.text) or _date_in(line.text):
            if best is not None:
                break
        elif (
            3 <= words < PROSE
            and not line.text.endswith((".", ":", "]"))
            and (best is None or words > len(lines[best].text.split()))
        ):
            best = at
    return None if best is None else best + offset


def _first_prose(lines: list[Paragraph], start: int) -> int:
    """The first line of running text from `start` on; the last line where there is none."""
    is_prose = (at for at in range(start, len(lines)) if len(lines[at].text.split()) >= PROSE)
    return next(is_prose, len(lines) - 1)


def _printings(lines: list[Paragraph]) -> list[int]:
    """Every place of the first paragraph that stands twice: more than one if the text does.

    Captions stand twice in many pages, so two paragraphs must come again, one after the other.
    """
    prose = [at for at, line in enumerate(lines) if len(line.text.split()) >= PROSE]
    places: dict[tuple[str, str], list[int]] = {}
    for one, other in pairwise(prose):
        pair = lines[one].text, lines[other].text
        if pair[0] != pair[1]:
            places.setdefault(pair, []).append(one)
    return next((found for found in places.values() if len(found) > 1), [])


def _last_line(lines: list[Paragraph], prose: int, notes: list[str]) -> int:
    """The article's last line: what follows a closing line is cut, and so are closing credits."""
    last = len(lines) - 1
    for at in range(prose + 1, len(lines)):
        if END.fullmatch(lines[at].text):
            notes.append(
                f"Cut from “{_short(lines[at].text)}” on: the last {len(lines) - at} lines."
            )
            last = at - 1
            break
    while last > prose and (CREDIT.fullmatch(lines[last].text) or _is_reprint(lines[last].text)):
        notes.append(f"Cut as a credit: “{_short(lines[last].text)}”.")
        last -= 1
    return last


def _is_reprint(line: str) -> bool:
    return len(line.split()) < PROSE and bool(REPRINT.search(line))


def _date_in(line: str) -> str:
    """The first day that the line names, in EDTF."""
    match = DATE.search(line)
    if not match:
        return ""
    try:
        if match["iso"]:
            return date.fromisoformat(match["iso"]).isoformat()
        day, month, year = (match[name] or match[f"{name}2"] for name in ("day", "month", "year"))
        return datetime.strptime(f"{day} {month[:3]} {year}", "%d %b %Y").date().isoformat()
    except ValueError:
        return ""


def _date_in_address(url: str) -> str:
    match = re.search(r"/(\d{4})/(\d\d?)/(\d\d?)(?:/|$)", urlsplit(url).path)
    try:
        return date(*map(int, match.groups())).isoformat() if match else ""
    except ValueError:
        return ""


def _slug(url: str) -> str:
    """The words of an address's last part, where there are three or more."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    words = re.sub(r"\.\w+$", "", parts[-1]).split("-") if parts else []
    is_title = len([word for word in words if re.fullmatch(r"[^\W\d_]+", word)]) >= 3
    return " ".join(words) if is_title else ""


def _key(text: str) -> str:
    """The bare words, for comparing a line with an address: these have no apostrophes."""
    return " ".join(re.findall(r"\w+", re.sub(r"['’]", "", text.lower())))


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
