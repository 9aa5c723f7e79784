"""What accompanies the data: how to cite it, and whose texts it holds."""

from collections.abc import Iterator

import yaml

from archive import models
from archive.choices import SourceKind, TextAccess, in_words
from archive.fixtures import Dumper


def citation(version: str, date: str) -> bytes:
    """`CITATION.cff` (Citation File Format 1.2)."""
    content = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite the release.",
        "type": "dataset",
        "title": "Casus: how allies behave when an alliance must act",
        "authors": [{"name": "The editors of Casus"}],
        "version": version,
        "date-released": date,
        "keywords": ["alliances", "casus foederis", "collective security", "roll-call votes"],
    }
    text: str = yaml.dump(content, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=1000)
    return text.encode()


# --- Licences -------------------------------------------------------------------------------


def licences(using: str) -> Iterator[bytes]:
    """`LICENCES.md`: of each outlet, what the release holds of its articles."""
    yield HEAD.encode()
    articles = models.Article.objects.using(using).public()
    for source in models.Source.objects.using(using).public().order_by("slug"):
        rows = list(
            articles.filter(source=source)
            .order_by("slug")
            .values_list("slug", "title", "url", "text_access", "first_published_by__name")
        )
        yield f"\n## {source.name}\n\n".encode()
        about = [f"`{source.slug}`, {in_words(SourceKind, source.kind)}"]
        if source.homepage:
            about.append(f"<{source.homepage}>")
        yield f"{', '.join(about)}.\n".encode()
        if source.note:
            yield f"\n{_one_line(source.note)}\n".encode()
        if rows:
            yield b"\n"
        for slug, title, url, access, first in rows:
            words = [f"- `{slug}`: “{_one_line(title)}”."]
            if url:
                words.append(f"<{url}>.")
            if first:
                words.append(f"First published by {first}.")
            words.append(HELD[access])
            yield f"{' '.join(words)}\n".encode()


HEAD = """\
# Licences

The articles belong to those who published them. What the release holds of each is listed here, by
the outlet that it was taken from. Where the archive says that a text is open, the fixtures have it
as it was captured; where it is restricted, they have the cited passages only. Whoever passes the
texts on does so on his own responsibility; quotations with their source are what citing needs.
"""

HELD = {
    TextAccess.OPEN: "**Full text.**",
    TextAccess.RESTRICTED: "**Cited passages only.**",
}


def _one_line(text: str) -> str:
    return " ".join(text.split())
