"""The passages as Web Annotations (W3C, 2017), one a line.

Each tells twice where its words stand: by the words themselves, with those around them, and by
the characters from the beginning of the capture, from 0 and without the last. So it can be found
in the page on the web, which may have moved, and in the capture, which has not. Of a restricted
article there are no words around the passage.
"""

from collections.abc import Iterator
from typing import Any

import orjson

from archive import models
from archive.api import tables
from archive.releases.tables import ordering

CHUNK = 1000
# What is no word of the W3C's is one of ours.
CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"@vocab": "urn:casus:"}]

COLUMNS = {column.name: column.expression for column in tables.CITATIONS}


def pieces(using: str) -> Iterator[bytes]:
    citations = (
        models.Citation.objects.using(using)
        .public()
        .with_context()
        .annotate(about=COLUMNS["target_type"], key=COLUMNS["target"])
        .order_by(*ordering(models.Citation))
        .values(
            *("uuid", "about", "key", "field", "stance", "asserted", "note"),
            *("quote", "start", "end", "prefix", "suffix"),
            *("article__slug", "article__url", "article__language"),
        )
    )
    for citation in citations.iterator(chunk_size=CHUNK):
        yield orjson.dumps(annotation(citation)) + b"\n"


def annotation(citation: dict[str, Any]) -> dict[str, Any]:
    words = {"type": "TextQuoteSelector", "exact": citation["quote"]}
    around = {name: citation[name] for name in ("prefix", "suffix") if citation[name]}
    place = {
        "type": "TextPositionSelector",
        "start": citation["start"],
        "end": citation["end"],
    }
    slug = citation["article__slug"]
    body = {
        "type": "Record",
        "id": f"urn:casus:{citation['about']}:{citation['key']}",
        "table": f"{citation['about']}s",
        "key": citation["key"],
    }
    said = {name: citation[name] for name in ("field", "asserted", "note") if citation[name]}
    return {
        "@context": CONTEXT,
        "id": f"urn:uuid:{citation['uuid']}",
        "type": "Annotation",
        "motivation": "assessing",
        "body": {**body, "stance": citation["stance"], **said},
        "target": {
            "type": "SpecificResource",
            "source": citation["article__url"] or f"urn:casus:article:{slug}",
            "article": slug,
            "language": citation["article__language"],
            "selector": [{**words, **around}, place],
        },
    }
