"""From a question to JSON: bare records, what hangs below them, what they share, written out."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import partial
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from archive import models
from archive.api.prepared import Prepared, Slot, hang, prepared
from archive.api.shapes import Page, Shape, hanging
from archive.choices import Stance

EVIDENCE = {"citation_count", "contested"}


def written(records: list[Any], shape: Shape, page: Page) -> list[dict[str, Any]]:
    """The records as the API shows them; what hangs below them has been fetched."""
    page.shared.attach(records, shape.model, shape.links)
    if records and not EVIDENCE.isdisjoint(shape.fields):
        _count_passages(records, shape.model)
    write = shape.writer(page)
    return [write(record) for record in records]


def _count_passages(records: list[Any], model: Any) -> None:
    """Sets `citation_count` and `contested` as `with_evidence` does; of all in one query."""
    if "contested" in records[0].__dict__:
        return  # their passages hang below them
    counts: dict[int, tuple[int, bool]] = {}
    if target := models.Citation.target_field_of(model):
        plan = prepared(("evidence", target), partial(_prepare_count, target))
        rows = plan.rows({"of": [record.id for record in records]})
        # A passage disputes a record, never the article it stands in.
        counts = {row[0]: (row[1], row[2] and target != "article") for row in rows}
    for record in records:
        record.citation_count, record.contested = counts.get(record.id, (0, False))


def _prepare_count(target: str) -> Prepared:
    rows = _passages_of([target]).filter(**{f"{target}__pk__any": Slot("of")})
    return Prepared(rows.counted_by(target), names=(target, "passages", "disputed"))


def _passages_of(targets: Collection[str]) -> Any:
    """The public passages of public records, or of articles."""
    # Of an article, they may be about records that are not public. Otherwise the records are at
    # hand, and public: nothing more is to be asked, or planned.
    found = models.Citation.objects
    return found.public() if "article" in targets else found.published()


def fetch_below(records: list[Any], prefetches: Iterable[Prefetch], page: Page) -> None:
    """What hangs below the records: one query a kind, and one for all their passages."""
    cited: dict[str, list[Any]] = defaultdict(list)
    if records:
        _fetch(records, prefetches, page, cited)
    if cited:
        _fetch_passages(cited, page)


def _fetch(
    records: list[Any],
    prefetches: Iterable[Prefetch],
    page: Page,
    cited: dict[str, list[Any]],
) -> None:
    model = type(records[0])
    for prefetch in prefetches:
        name = prefetch.prefetch_to
        rows: Any = prefetch.queryset
        if rows.model is models.Citation:
            cited[str(models.Citation.target_field_of(model))] += records
            continue
        link = model._meta.get_field(name).field.name
        plan = prepared(
            ("below", id(prefetch)),
            partial(_prepare_below, rows, link),
        )
        found = plan.records({"of": [record.pk for record in records]})
        hang(records, name, found, link)
        page.shared.attach(found, rows.model, _links(rows.model))
        if found:
            _fetch(found, rows._prefetch_related_lookups, page, cited)


def _prepare_below(rows: QuerySet[Any], link: str) -> Prepared:
    return Prepared(rows.filter(**{f"{link}__pk__any": Slot("of")}))


def _links(model: Any) -> list[str]:
    """All foreign keys of a model."""
    return [field.name for field in model._meta.concrete_fields if field.is_relation]


def _fetch_passages(cited: dict[str, list[Any]], page: Page) -> None:
    about = Q()
    for link in cited:
        about |= Q(**{f"{link}__pk__any": Slot(link)})
    plan = prepared(
        ("passages", *sorted(cited)),
        lambda: Prepared(_passages_of(cited).with_context().filter(about)),
    )
    passages = plan.records({link: [row.pk for row in rows] for link, rows in cited.items()})
    for link, records in cited.items():
        attname = f"{link}_id"
        hang(records, "citations", [row for row in passages if getattr(row, attname)], link)
        for record in records:
            stances = [passage.stance for passage in hanging(record, "citations")]
            record.citation_count = len(stances)
            record.contested = link != "article" and Stance.DISPUTES in stances
    page.shared.attach(passages, models.Citation, _links(models.Citation))
