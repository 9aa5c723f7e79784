"""What accompanies the data: how to cite it, and whose texts it holds."""

from collections.abc import Iterator

import yaml

from archive import models
from archive.choices import SourceKind, TextAccess, in_words
from archive.fixtures import Dumper
from archive.releases.package import Edition


def citation(edition: Edition) -> bytes:
    """`CITATION.cff` (Citation File Format 1.2)."""
    content = {
        "cff-version": "1.2.0",
        "message": "If you use these data, please cite the release.",
        "type": "dataset",
        "title": "Casus: how allies behave when an alliance must act",
        "authors": [{"name": "The editors of Casus"}],
        "version": edition.version,
        "date-released": edition.date.isoformat(),
        **({"license": edition.licence} if edition.licence else {}),
        "keywords": ["alliances", "casus foederis", "collective security", "roll-call votes"],
    }
    text: str = yaml.dump(content, Dumper=Dumper, allow_unicode=True, sort_keys=False, width=1000)
    return text.encode()


# --- Licences -------------------------------------------------------------------------------


def licences(licence: str, using: str) -> Iterator[bytes]:
    """`LICENCES.md`: of the data as a whole, and of each outlet what there is of its articles."""
    of_data = f"The records, without texts of others: {licence}." if licence else NO_LICENCE
    yield HEAD.format(of_data=of_data).encode()
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


NO_LICENCE = "No licence is given for the data as a whole."

HEAD = """\
# Licences

{of_data}

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
