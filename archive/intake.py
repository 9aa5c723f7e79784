"""Taking in a document: what a file proposes for its article, and whether we have it already;
and putting a corrected capture in the place of an old one.

Everything is a proposal, and the editor corrects it. Nothing here knows of HTTP, and nothing
reaches out to the network. A refusal is a `Refused` that says why and what to do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from importlib.metadata import version
from operator import add
from pathlib import PurePath
from urllib.parse import urlsplit
from uuid import UUID

from django.db.models import Case, F, IntegerField, Value, When
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

from archive import anchoring, furniture
from archive.anchoring import Capture, Lost
from archive.audit import LIKENESS
from archive.models import Article, Citation
from archive.models.citation import CITABLE
from archive.refusals import Refused, refused_in_words

MAX_BYTES = 5_000_000

TEXT_SUFFIXES = (".txt", ".text")
PAGE_SUFFIXES = (".html", ".htm", ".xhtml")


@dataclass(frozen=True)
class Proposal:
    """What a document proposes for its article; `text` is the capture, letter by letter."""

    text: str
    title: str
    authors: list[str]
    published: str
    outlet: str
    language: str
    body_start: int
    body_end: int
    original_sha256: str
    # For the editor: what was noticed, cut or left open.
    notes: list[str]
    # For the article's note, where the capture is not the file itself.
    provenance: str = ""

    @property
    def body(self) -> str:
        return self.text[self.body_start : self.body_end]


def propose(upload: bytes, filename: str, url: str = "") -> Proposal:
    """What a .txt or .html file proposes; with no `filename`, `upload` is pasted text in UTF-8.

    Text is captured byte for byte. Pasted text comes with the line ends of browsers' forms
    (CR LF), whatever it had, and is captured with LF.
    """
    suffix = PurePath(filename).suffix.lower()
    if filename and suffix not in (*TEXT_SUFFIXES, *PAGE_SUFFIXES):
        raise Refused(
            f"“{filename}” is neither .txt nor .html. Save the document as one of these, or "
            "copy the article's text and paste it."
        )
    _refuse_unreadable(upload)
    digest = sha256(upload).hexdigest()
    if suffix in PAGE_SUFFIXES:
        return _propose_page(upload, filename, url, digest)
    text, notes = _decode(upload, "utf-8"), []
    if not filename:
        text = text.replace("\r\n", "\n")
    elif "\r\n" in text:
        notes.append("The file's lines end in CR LF; the capture keeps them.")
    if text.startswith("\ufeff"):
        notes.append("The file begins with a byte order mark; the capture keeps it.")
    if re.match(r"\s*<(!doctype|html)\b", text.lstrip("\ufeff"), re.IGNORECASE):
        notes.append("This looks like the source of a web page: upload it as .html instead.")
    found = furniture.find(text, url)
    return Proposal(
        text=text,
        title=found.title,
        authors=found.authors,
        published=found.published,
        outlet=_host(url),
        language="",
        body_start=found.body_start,
        body_end=found.body_end,
        original_sha256=digest,
        notes=notes + found.notes,
    )


# --- Reading bytes -----------------------------------------------------------------------

# How files begin that people take for documents of text.
SIGNATURES = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a Word or OpenOffice document, or another archive",
    b"\xd0\xcf\x11\xe0": "an old Word document",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a compressed file",
}
BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
AS_UTF8 = "Open it in an editor and save it with the encoding UTF-8."


def _refuse_unreadable(upload: bytes) -> None:
    if not upload.removeprefix(b"\xef\xbb\xbf").strip():
        raise Refused("There is no text in this document: it is empty.")
    if len(upload) > MAX_BYTES:
        raise Refused(
            f"This document has {len(upload) / 1e6:.1f} MB, and {MAX_BYTES / 1e6:.0f} MB are the "
            "most that is taken in. Copy the article's text and paste it."
        )
    for signature, kind in SIGNATURES.items():
        if upload.startswith(signature):
            raise Refused(f"This is {kind}, not text. Open it, copy the text, and paste it.")
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if upload.startswith(mark):
            raise Refused(f"This document is in {encoding}. {AS_UTF8}")
    if b"\0" in upload:
        # Text of Western or Cyrillic letters in UTF-16 has a small high byte in each pair.
        high_bytes = max(sum(byte < 5 for byte in upload[side::2]) for side in (0, 1))
        if high_bytes > 0.9 * (len(upload) // 2):
            raise Refused(f"This document seems to be in UTF-16. {AS_UTF8}")
        raise Refused("This is not text: it holds zero bytes. Copy the text and paste it.")


def _decode(upload: bytes, encoding: str) -> str:
    """Decodes strictly; a refusal shows how the place would read in common encodings."""
    try:
        return upload.decode(encoding)
    except UnicodeDecodeError as error:
        around = upload[max(0, error.start - 20) : error.start + 20]
        readings = " or ".join(
            f"“{' '.join(around.decode(codec, 'replace').split())}” in {name}"
            for codec, name in (("cp1252", "Windows-1252"), ("cp1251", "Windows-1251"))
        )
        raise Refused(
            f"This document is not in {encoding.upper()}: byte {error.start} does not fit. "
            f"The place would read {readings}. Open it with the encoding that reads right, and "
            "save it with the encoding UTF-8."
        ) from error


# --- Web pages ---------------------------------------------------------------------------

# Encodings that pages declare, as the WHATWG standard reads them. Python knows stranger ones.
DECLARED = re.compile(
    rb"""<\?xml[^>]{,100}encoding=["']([\w:.-]+)|<meta[^>]{,200}charset=["']?\s*([\w:.-]+)""",
    re.IGNORECASE,
)
WEB_ENCODING = re.compile(
    r"utf-?8|us-ascii|ascii|latin1|iso-8859-\d+|windows-125\d|windows-874|koi8-[ru]|macintosh"
    r"|gbk|gb2312|gb18030|big5|shift_jis|euc-jp|euc-kr|iso-2022-jp"
)
LATIN_1 = ("us-ascii", "ascii", "latin1", "iso-8859-1")


def _propose_page(upload: bytes, filename: str, url: str, digest: str) -> Proposal:
    # Here, for no other use of the archive needs it, and it takes long to start.
    import trafilatura
    from trafilatura.settings import Document

    page, notes = _decode_page(upload)
    # Without extensive search: else any date in the article's sentences could be its own.
    document = trafilatura.bare_extraction(
        page,
        url=url or None,
        with_metadata=True,
        include_comments=False,
        date_extraction_params={
            "original_date": True,
            "extensive_search": False,
            "min_date": "1800-01-01",
        },
    )
    text = (document.text or "").strip() if isinstance(document, Document) else ""
    if not isinstance(document, Document) or len(text.split()) < furniture.PROSE:
        raise Refused(
            "No article was found in this page. Open it, copy the article's text, and paste it."
        )
    taken, there = len(text.split()), len((trafilatura.html2txt(page) or "").split())
    notes.append(f"Taken from the page: {taken} of its {max(taken, there)} words.")
    if re.search(r"^\|.*\|\s*$", text, re.MULTILINE):
        notes.append("The page has tables; their bars (|) are the extractor's, not the page's.")
    published = document.date or ""
    # Even without extensive search, dates in digits are taken from sentences.
    if published and re.search(rf"{published}|{'[.]'.join(published.split('-')[::-1])}", text):
        notes.append(f"{published} stands in a sentence: is it the article's date?")
    printed = [
        re.sub(r"\s+", " ", _as_printed(name.strip(), page))
        for name in (document.author or "").split(";")
        if name.strip()
    ]
    found = furniture.find(text, url or document.url or "", title=document.title or "")
    return Proposal(
        text=text,
        title=found.title,
        authors=printed or found.authors,
        published=published or found.published,
        outlet=document.sitename or _host(url or document.url or ""),
        language=_language(page),
        body_start=found.body_start,
        body_end=found.body_end,
        original_sha256=digest,
        notes=notes + found.notes,
        provenance=f"Extracted with trafilatura {version('trafilatura')} from “{filename}”, a "
        f"file with the SHA-256 {digest}.",
    )


def _decode_page(upload: bytes) -> tuple[str, list[str]]:
    """The page's source, read with the encoding that it declares, else as UTF-8."""
    declared = DECLARED.search(upload, 0, 4096)
    name = (declared[1] or declared[2]).decode().lower() if declared else "utf-8"
    if upload.startswith(b"\xef\xbb\xbf") or name.startswith("utf-16"):
        name = "utf-8"  # as browsers read it
    if not WEB_ENCODING.fullmatch(name):
        raise Refused(f"The page says that its encoding is “{name}”, which is unknown. {AS_UTF8}")
    encoding = "cp1252" if name in LATIN_1 else name
    page = _decode(upload, encoding).removeprefix("\ufeff")
    is_utf8 = encoding in ("utf-8", "utf8")
    return page, [] if is_utf8 else [f"Read as {name}, as the page declares."]


def _as_printed(name: str, page: str) -> str:
    """The name as the page prints it: trafilatura drops the dots of initials."""
    pattern = r"[.,]?\s+".join(re.escape(word) for word in name.split())
    places = re.findall(rf"\b{pattern}\b", page)
    return name if not places or name in places else str(places[0])


def _language(page: str) -> str:
    declared = re.search(r"<html\b[^>]{,500}?\blang\s*=\s*[\"']?([\w-]{2,35})", page, re.IGNORECASE)
    return declared[1].replace("_", "-") if declared else ""


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


# --- What we have already ----------------------------------------------------------------

# Of so many samples of a body, two bodies that are just alike enough share half.
SAMPLES = 16
# A body alike has more in common with the new one than any but a few others.
CANDIDATES = 50


def same_capture(text: str) -> Article | None:
    """The article with exactly this capture."""
    return Article.objects.filter(sha256=sha256(text.encode()).hexdigest()).first()


def near_duplicates(body: str, exclude: Article | None = None) -> list[tuple[Article, float]]:
    """Articles with a body like this one, and their likeness, the most alike first.

    PostgreSQL looks for samples of five words in the texts, as they are written; only where
    several stand are the bodies fetched and compared. The audit, which is slower, compares all.
    """
    # Bodies of very different lengths cannot be alike.
    articles = (
        Article.objects.defer("text")
        .with_body()
        .annotate(length=F("body_end") - F("body_start"))
        .filter(length__range=(len(body) // 4, len(body) * 4))
    )
    if exclude:
        articles = articles.exclude(pk=exclude.pk)
    if samples := _samples(body):
        hits = reduce(
            add,
            (
                Case(
                    When(GreaterThan(StrIndex(F("text"), Value(sample)), 0), then=1),
                    default=0,
                    output_field=IntegerField(),
                )
                for sample in samples
            ),
        )
        least = 2 if len(samples) >= SAMPLES // 2 else 1
        articles = articles.annotate(hits=hits).filter(hits__gte=least)
        articles = articles.order_by("-hits", "pk")[:CANDIDATES]
    ours = anchoring.runs(body)
    found = [(one, anchoring.likeness(ours, anchoring.runs(one.body))) for one in articles]
    return sorted(
        (pair for pair in found if pair[1] >= LIKENESS), key=lambda pair: (-pair[1], pair[0].pk)
    )


def _samples(body: str) -> list[str]:
    """Runs of five words with nothing but a blank between them, from all over the body."""
    runs = re.findall(r"\b\w+(?: \w+){4}\b", body)
    step = max(1, len(runs) // SAMPLES)
    return runs[::step][:SAMPLES]


# --- Replacing a capture -----------------------------------------------------------------


@dataclass(frozen=True)
class Move:
    """One citation: where its passage stood, and where it stands now or why that is open."""

    citation: Citation
    quote: str
    old_start: int
    new_start: int | None
    reason: Lost | None
    places: tuple[int, ...]


@dataclass(frozen=True)
class Replacement:
    """What a new capture does to the citations of its article; nothing is saved yet."""

    article: Article
    old: Capture
    new: Capture
    moves: tuple[Move, ...]

    @property
    def settled(self) -> list[Move]:
        """The passages that stand exactly and in one place only in the new capture."""
        return [move for move in self.moves if move.new_start is not None]

    @property
    def open(self) -> list[Move]:
        """The passages that need a person."""
        return [move for move in self.moves if move.new_start is None]


def replacement(article: Article, new_text: str, body_start: int, body_end: int) -> Replacement:
    """What would become of the article's citations under a new text or new bounds."""
    if not 0 <= body_start < body_end <= len(new_text):
        raise Refused("The body begins before it ends, and ends within the text.")
    other = same_capture(new_text)
    if other and other.pk != article.pk:
        raise Refused(f"The same text is captured already, as “{other.slug}”.")
    old = Capture(article.text, article.body_start, article.body_end)
    new = Capture(new_text, body_start, body_end)
    # All of them, drafts and withdrawn ones too: the database asks that each quotation stands.
    citations = article.citations.select_related(*CITABLE).order_by("start", "uuid")
    return Replacement(article, old, new, tuple(_move(one, old, new) for one in citations))


def _move(citation: Citation, old: Capture, new: Capture) -> Move:
    anchor = anchoring.reanchor(old, new, citation.start, citation.quote)
    return Move(
        citation, citation.quote, citation.start, anchor.start, anchor.reason, anchor.places
    )


def apply(
    plan: Replacement,
    moved_by_hand: Mapping[UUID, int] | None = None,
    quoted_anew: Mapping[UUID, tuple[int, int]] | None = None,
) -> Article:
    """Save the new capture and the places of its citations: all in one transaction, or nothing.

    `moved_by_hand` has a start for each citation that a person placed. Where the correction
    touched the very words, `quoted_anew` has the start and end of what the citation is to quote
    instead.
    """
    passages = _decided(plan, moved_by_hand or {}, quoted_anew or {})
    with refused_in_words():
        # With the article locked, no citation can come or change meanwhile.
        article = Article.objects.select_for_update().get(pk=plan.article.pk)
        if replacement(article, *plan.new) != plan:
            raise Refused(
                "The article or its citations have changed since you looked. Look again at what "
                "becomes of the citations, then save."
            )
        # The article first: the database compares each citation with the text as it stands then.
        article.text, article.body_start, article.body_end = plan.new
        article.save(update_fields=["text", "body_start", "body_end"])
        for citation, start, quote in passages:
            citation.start, citation.quote = start, quote
            citation.save(update_fields=["start", "quote"])
    article.refresh_from_db()
    return article


def _decided(
    plan: Replacement, by_hand: Mapping[UUID, int], anew: Mapping[UUID, tuple[int, int]]
) -> list[tuple[Citation, int, str]]:
    """The citations that move, with their new start and quote, in an order that can be saved."""
    if strangers := {*by_hand, *anew} - {move.citation.uuid for move in plan.moves}:
        raise Refused(f"No citation of this article: {', '.join(sorted(map(str, strangers)))}.")
    if undecided := [move for move in plan.open if move.citation.uuid not in {*by_hand, *anew}]:
        raise Refused(
            f"{len(undecided)} citation(s) need a person first, such as “{undecided[0].quote}”: "
            f"{undecided[0].reason} Nothing was saved."
        )
    moved = []
    for move in plan.moves:
        uuid, quote = move.citation.uuid, move.quote
        start = by_hand.get(uuid, move.new_start)
        if uuid in anew:
            start, end = anew[uuid]
            if not plan.new.body_start <= start < end <= plan.new.body_end:
                raise Refused(f"{start} to {end} is no passage of the new body.")
            quote = plan.new.text[start:end]
        elif start not in move.places:
            raise Refused(f"“{quote}” does not stand at {start} in the new body.")
        assert start is not None
        if (start, quote) != (move.old_start, move.quote):
            moved.append((move, start, quote))
    # A passage cited twice for one record must not meet its twin on the way: what moves back
    # goes first to last, what moves forward last to first.
    moved.sort(key=lambda one: -one[1] if one[1] > one[0].old_start else one[1])
    return [(move.citation, start, quote) for move, start, quote in moved]
