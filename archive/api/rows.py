"""From a question to JSON: bare records, what hangs below them, what they share, written out."""

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, Prefetch, Q, QuerySet

from archive import models
from archive.api.prepared import Prepared, Slot, bare_class, hang, prepared
from archive.api.shapes import Page, Shape, hanging
from archive.api.shared import OF_ARTICLE, prepare_differing
from archive.choices import Stance, Status
from archive.cursors import ask_together

EVIDENCE = {"citation_count", "contested"}


def written(records: list[Any], shape: Shape, page: Page) -> list[dict[str, Any]]:
    """The records as the API shows them; what hangs below them has been fetched."""
    page.shared.attach(records, shape.model, shape.links)
    if records and not EVIDENCE.isdisjoint(shape.fields):
        _count_passages(records, shape.model, page)
    write = shape.writer(page)
    return [write(record) for record in records]


def _count_passages(records: list[Any], model: Any, page: Page) -> None:
    """Sets `citation_count` and `contested` as `with_evidence` does; of all at once."""
    if "contested" in records[0].__dict__:
        return  # their passages hang below them
    target = models.Citation.target_field_of(model)
    counts = _counts_of(records, target, page) if target else {}
    for record in records:
        record.citation_count, record.contested = counts.get(record.id, (0, False))
    _contest(records, target, page)


def _counts_of(records: list[Any], target: str, page: Page) -> dict[int, tuple[int, bool]]:
    kept = page.shared.counts_of(target)
    if kept is not None:
        return kept
    plan = prepared(("evidence", target), partial(_prepare_count, target))
    rows = plan.rows({"of": [record.id for record in records]})
    # A passage disputes a record, never the article it stands in.
    return {row[0]: (row[1], row[2] and target != "article") for row in rows}


def _prepare_count(target: str) -> Prepared:
    found: Any = models.Citation.objects
    if target == "article":
        # The articles are at hand, and public; the records that the passages are about are not.
        found = found.filter(status=Status.PUBLISHED).about_public_records(few=True)
    else:
        found = found.published()
    rows = found.filter(**{f"{target}__pk__any": Slot("of")})
    return Prepared(rows.counted_by(target), names=(target, "passages", "disputed"))


def _contest(records: list[Any], target: str | None, page: Page) -> None:
    """Marks those of which an import says otherwise, as long as nobody has settled it."""
    if target not in models.Discrepancy.ABOUT:
        return
    differing = page.shared.differing_from_imports(target)
    if differing is None:
        plan = prepared(("differing of", target), partial(prepare_differing, target, is_some=True))
        differing = {key for (key,) in plan.rows({"of": [record.id for record in records]})}
    for record in records if differing else ():
        record.contested = record.contested or record.id in differing


def _passages_of(targets: Collection[str]) -> Any:
    """The public passages of public records, or of articles."""
    # Of an article, they may be about records that are not public. Otherwise the records are at
    # hand, and public: nothing more is to be asked, or planned.
    found = models.Citation.objects
    rows = found.published()
    return rows.about_public_records(few=True) if "article" in targets else rows


# --- A record with all that hangs below it ----------------------------------------------------


class Branch(NamedTuple):
    """Rows that hang on records, which call them `name`, by one of the foreign keys `links`."""

    plan: Prepared
    name: str
    # What each of them leads to.
    links: dict[str, type[Model]]


class Tree(NamedTuple):
    """One record by its key, and what hangs below it at any depth; of each model there is one.

    Nothing in it waits for the answer to anything else, so that all is asked in one go.
    """

    root: Prepared
    branches: list[Branch]

    def fetch(self, values: dict[str, Any], page: Page) -> Any:
        """The record, or None."""
        plans = [self.root, *(branch.plan for branch in self.branches)]
        answers = ask_together([plan.question(values) for plan in plans])
        root, *below = (plan.made(rows) for plan, rows in zip(plans, answers, strict=True))
        found = {self.root.model: root}
        for branch, rows in zip(self.branches, below, strict=True):
            model = branch.plan.model
            found[model] = rows
            for link, parent in branch.links.items():
                hang(found[parent], branch.name, rows, link)
            if model is models.ImportedRow:
                rows.extend(_hang_own_lines(found.get(models.Vote, ())))
            if model is models.Citation:
                page.shared.learn_articles(rows)
                for target, parent in branch.links.items():
                    _count_hanging(found[parent], parent)
                    _contest(found[parent], target, page)
            page.shared.attach(rows, model, _links(model))
        return root[0] if root else None


def tree_of(root: QuerySet[Any], prefetches: Iterable[Prefetch]) -> Tree:
    """`root` finds the record by slots."""
    branches: list[Branch] = []
    cited: dict[type[Model], ArraySubquery] = {}
    _grow(branches, cited, root.model, ArraySubquery(root.values("pk")), prefetches)
    if cited:
        branches.append(_passages(cited))
    return Tree(Prepared(root), branches)


def _grow(
    branches: list[Branch],
    cited: dict[type[Model], ArraySubquery],
    model: type[Model],
    these: ArraySubquery,
    prefetches: Iterable[Prefetch],
) -> None:
    """Adds what hangs below `these` records of a model; passages are gathered in `cited`."""
    for prefetch in prefetches:
        rows: Any = prefetch.queryset
        if rows.model is models.Citation:
            cited[model] = these
            continue
        relation: Any = model._meta.get_field(prefetch.prefetch_to)
        link = relation.field.name
        rows = rows.filter(**{f"{link}__pk__any": these})
        branches.append(Branch(Prepared(rows), prefetch.prefetch_to, {link: model}))
        below = ArraySubquery(rows.order_by().values("pk"))
        _grow(branches, cited, rows.model, below, rows._prefetch_related_lookups)


def _passages(cited: dict[type[Model], ArraySubquery]) -> Branch:
    about, links = Q(), {}
    for model, these in cited.items():
        link = str(models.Citation.target_field_of(model))
        links[link] = model
        about |= Q(**{f"{link}__pk__any": these})
    rows = _passages_of(links).with_context().filter(about)
    return Branch(Prepared(rows, [f"article__{name}" for name in OF_ARTICLE]), "citations", links)


def _hang_own_lines(votes: Iterable[Any]) -> list[Any]:
    """Puts the lines that brought `votes`, which are columns of them, before those that confirm."""
    lines = []
    for vote in votes:
        if vote.imported_id:
            line = bare_class(models.ImportedRow)()
            own = {"source_import_id": vote.imported_id, "line": vote.import_line, "made": True}
            about = dict.fromkeys(models.Discrepancy.ABOUT) | {"vote": vote}
            line.__dict__.update(own, **about)
            hanging(vote, "imported_rows").insert(0, line)
            lines.append(line)
    return lines


def _links(model: Any) -> list[str]:
    """All foreign keys of a model."""
    return [field.name for field in model._meta.concrete_fields if field.is_relation]


def _count_hanging(records: list[Any], model: type[Model]) -> None:
    """As `_count_passages` does."""
    for record in records:
        stances = [passage.stance for passage in hanging(record, "citations")]
        record.citation_count = len(stances)
        record.contested = model is not models.Article and Stance.DISPUTES in stances
