"""A record as a reviewer reads it: what it says, beside the passages that bear on it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from archive import audit, edtf, models, publication
from archive.admin.lookup import LABEL_NEEDS, label_needs, label_of, typed_label_of
from archive.choices import Status
from archive.models.citation import CITABLE
from archive.models.fields import EDTFField
from archive.versions import PARTS, Column, Names, columns, model_of

# Characters around a quotation: enough to judge it without opening the article.
WIDTH = 280

# Not read here: the capture is on the reading desk, the standing at the top of the page.
NOT_SHOWN = {"status", "withdrawal_reason", "uuid", "text", "body_start", "body_end"}


@dataclass
class Sheet:
    """One row: its fields in words, and its passages in the order of their articles."""

    row: Any
    name: str
    fields: list[tuple[str, str]]
    passages: list[Any]


def sheets(record: Any, *along: Any) -> list[Sheet]:
    """The record and what waits along with it, each with its parts.

    Of a citation, the record that it is about. The passages of an article stand beside what
    they are about, where that is shown. Another article is read on the reading desk.
    """
    heads: dict[Any, None] = {}
    rows: dict[Any, None] = {}  # in order, and each once
    citations: Any = publication.citations_on(record, *along)
    for one in (record, *along):
        head = one
        if isinstance(one, models.Citation):
            head = _with_needs(type(one.target), pk=one.target.pk).get()
            citations |= models.Citation.objects.filter(pk=one.pk)
        elif isinstance(one, models.Article):
            if one != record:
                continue
            citations |= models.Citation.objects.filter(article=one)
        heads[head] = rows[head] = None
        if one._meta.model_name in PARTS:
            part, column = PARTS[one._meta.model_name]
            rows |= dict.fromkeys(_with_needs(part, **{column: one.pk}))
    citations = citations.exclude(status=Status.WITHDRAWN)
    stale = {citation.pk for citation in audit.stale(citations)}
    passages = list(
        citations.select_related(
            "article__source",
            *(path for name in CITABLE for path in label_needs(name.replace("_", ""), name)),
        )
        .with_context(WIDTH, for_desk=True)
        .defer("article__text")
    )
    beside: dict[Any, list[Any]] = defaultdict(list)
    for passage in passages:
        is_shown = passage.target in rows
        passage.is_stale = passage.pk in stale
        passage.about = "" if is_shown else typed_label_of(passage.target)
        beside[passage.target if is_shown else passage.article].append(passage)
    names = Names([*rows])
    return [
        Sheet(
            row=row,
            name=label_of(row) if row in heads else str(row),
            fields=_fields(row, names),
            passages=beside[row],
        )
        for row in rows
    ]


def sheet_of_new(row: Any, citation: models.Citation) -> Sheet:
    """A part that is only proposed, beside the passage that would prove it; both unsaved."""
    article: Any = citation.article
    passage: Any = citation
    if article.text.startswith(citation.quote, citation.start):
        end = citation.start + len(citation.quote)
        passage.prefix = article.text[
            max(article.body_start, citation.start - WIDTH) : citation.start
        ]
        passage.suffix = article.text[end : min(article.body_end, end + WIDTH)]
    else:
        passage.has_moved = True  # the capture was replaced meanwhile
    return Sheet(row=row, name=str(row), fields=_fields(row, Names([row])), passages=[passage])


def _with_needs(model: Any, **key: Any) -> Any:
    needs = LABEL_NEEDS.get(model._meta.model_name, ())
    return model._default_manager.filter(**key).select_related(*needs)


def _fields(row: Any, names: Names) -> list[tuple[str, str]]:
    """What is filled in; of a part, not what it is a part of. A box left open says nothing."""
    owner = publication.OWNERS.get(row._meta.model_name)
    return [
        (column.label, words)
        for column in columns(model_of(row)).values()
        if column.name not in NOT_SHOWN and column.name != owner and column.of(row) != (False,)
        if (words := _words(column, row, names))
    ]


def _words(column: Column, row: Any, names: Names) -> str:
    words = names.words(column, column.of(row))
    if words and isinstance(column.fields[0], EDTFField):
        said = edtf.describe(words)
        return words if said == words else f"{words} ({said})"
    return words
