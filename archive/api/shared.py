"""Records that many rows refer to: read and written out once while the archive stays the same.

A page of a hundred votes names a handful of states and roll calls a hundred times. They are
kept, in this process, until the revision moves; a row then costs no more than its own columns.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db.models import Model, QuerySet

from archive import models
from archive.api.parameters import found
from archive.api.prepared import Prepared, Slot, bare_class, prepared
from archive.choices import Stance
from archive.models.citation import CITABLE
from archive.models.revision import CurrentRevision

# The records that the title or the address of another is made of.
TITLE_PARTS: dict[type[Model], tuple[str, ...]] = {
    models.Article: ("source",),
    models.Membership: ("state", "organization"),
    models.Participation: ("event", "actor_state", "actor_organization"),
    models.Request: ("requester", "addressee_state", "addressee_organization"),
    models.Response: ("responder_state", "responder_organization"),
    models.Vote: ("roll_call", "state"),
    models.Citation: ("article", *CITABLE),
    models.Discrepancy: models.Discrepancy.ABOUT,
}

# What nearly every page refers to, a few thousand rows at most: read as a whole when first needed.
WHOLE = {
    models.State,
    models.Organization,
    models.Source,
    models.Provision,
    models.RollCall,
}

# What others show of an article: all that is kept of it.
OF_ARTICLE = ("id", "slug", "title", "source_id", "published", "status")

# Of each model at most so many records are kept: a few dozen megabytes where all are in use.
MOST = 10_000
# Where no more passages than these bear on one kind of record, all are counted at once; so are
# discrepancies.
MOST_PASSAGES = 20_000


class SharedRows:
    """What the archive holds at one revision, as far as it was asked for."""

    def __init__(self) -> None:
        self.rows: dict[type[Model], dict[int, Any]] = defaultdict(dict)
        self.ids: dict[type[Model], dict[str, int]] = defaultdict(dict)
        self.counts: dict[str, dict[int, tuple[int, bool]] | None] = {}
        self.differing: dict[str, set[int] | None] = {}
        self.written: dict[str, dict[Any, dict[Any, Any]]] = defaultdict(lambda: defaultdict(dict))

    def attach(self, records: Iterable[Any], model: type[Model], names: Iterable[str]) -> None:
        """Sets the foreign keys `names` of `records`: None where the public sees no record."""
        records = [record.__dict__ for record in records]
        for name in names:
            field: Any = model._meta.get_field(name)
            column = field.attname
            # What hangs below a record knows it already.
            lacking = [record for record in records if name not in record]
            kept = self._kept(field.related_model, {record[column] for record in lacking})
            for record in lacking:
                record[name] = kept.get(record[column])

    def _kept(self, model: type[Model], wanted: set[Any]) -> dict[int, Any]:
        if model in WHOLE:
            if model not in self.rows:
                # Set when it is complete: other threads look, too.
                self.rows[model] = {row.id: row for row in self._read(model)}
            return self.rows[model]
        kept = self.rows[model]
        # Not a difference of sets: that would go through all that are kept.
        if missing := {pk for pk in wanted if pk is not None and pk not in kept}:
            if len(kept) + len(missing) > MOST:
                kept = self.rows[model] = {pk: kept[pk] for pk in wanted & kept.keys()}
            read = {row.id: row for row in self._read(model, missing)}
            kept |= {pk: read.get(pk) for pk in missing}
        return kept

    def _read(self, model: type[Model], ids: Iterable[int] | None = None) -> list[Any]:
        """The public rows with these ids, or all, with what their titles are made of."""
        plan = prepared(("shared", model, ids is None), partial(_prepare, model, ids is not None))
        rows = plan.records({"of": list(ids or ())})
        self.attach(rows, model, TITLE_PARTS.get(model, ()))
        return rows

    def learn_articles(self, passages: Iterable[Any]) -> None:
        """Keeps the articles of passages that were read together with `OF_ARTICLE`."""
        kept = self.rows[models.Article]
        new = {}
        for passage in passages:
            if passage.article_id not in kept:
                article = bare_class(models.Article)()
                article.__dict__.update(
                    (name, getattr(passage, f"article__{name}")) for name in OF_ARTICLE
                )
                new[article.id] = article
        self.attach(new.values(), models.Article, TITLE_PARTS[models.Article])
        if len(kept) + len(new) > MOST:
            kept = self.rows[models.Article] = {}
        kept |= new

    def counts_of(self, target: str) -> dict[int, tuple[int, bool]] | None:
        """By record, how many passages bear on it, and whether one disputes it.

        None where so many passages bear on records of that kind that they are not kept.
        """
        if target == "article":
            return None  # they are public by their records, which takes a while to find out
        if target not in self.counts:
            plan = prepared(("stances", target), partial(_prepare_stances, target))
            rows = plan.rows({}, limit=MOST_PASSAGES + 1)
            self.counts[target] = _counted(rows) if len(rows) <= MOST_PASSAGES else None
        return self.counts[target]

    def differing_from_imports(self, target: str) -> set[int] | None:
        """The ids of records of which an import says otherwise, and nobody has settled it.

        None where they are so many that they are not kept.
        """
        if target not in self.differing:
            plan = prepared(("differing", target), partial(prepare_differing, target))
            rows = plan.rows({}, limit=MOST_PASSAGES + 1)
            is_kept = len(rows) <= MOST_PASSAGES
            self.differing[target] = {key for (key,) in rows} if is_kept else None
        return self.differing[target]

    def find(self, model: type[Model], keys: list[str]) -> dict[str, int]:
        """As `parameters.found`; what was found before is not asked again."""
        ids = self.ids[model]
        if missing := [key for key in keys if key not in ids]:
            if len(ids) > MOST:
                ids.clear()
                missing = keys
            ids |= found(model, missing)
        return {key: ids[key] for key in keys}

    def written_below(self, base: str) -> dict[Any, dict[Any, Any]]:
        """What was written out, by kind and key, in answers with addresses below `base`."""
        return self.written[base]

    def keep(self, written: dict[Any, Any], key: Any, made: Any) -> Any:
        """Adds to what `written_below` gave."""
        if len(written) > MOST:
            written.clear()
        written[key] = made
        return made


def _prepare(model: Any, is_some: bool) -> Prepared:
    rows: QuerySet[Any] = model.objects.public().order_by()
    if is_some:
        rows = rows.filter(pk__any=Slot("of"))
    return Prepared(rows, names=OF_ARTICLE if model is models.Article else ())


def _prepare_stances(target: str) -> Prepared:
    passages = models.Citation.objects.published().filter(**{f"{target}__isnull": False})
    return Prepared(passages.order_by(), names=(f"{target}_id", "stance"))


def prepare_differing(target: str, is_some: bool = False) -> Prepared:
    """Of all records of a kind, or of some, the ids of those of which an import says otherwise."""
    rows = models.Discrepancy.objects.differing(target)
    if is_some:
        rows = rows.filter(**{f"{target}__pk__any": Slot("of")})
    return Prepared(rows, names=(target,))


def _counted(rows: Iterable[tuple[int, str]]) -> dict[int, tuple[int, bool]]:
    counts: dict[int, tuple[int, bool]] = {}
    for key, stance in rows:
        number, is_contested = counts.get(key, (0, False))
        counts[key] = (number + 1, is_contested or stance == Stance.DISPUTES)
    return counts


_shared: tuple[CurrentRevision | None, SharedRows] = (None, SharedRows())


def shared_rows(revision: CurrentRevision) -> SharedRows:
    """Those of this revision; of any other they are forgotten."""
    global _shared  # noqa: PLW0603 - replaced as a whole, so that no thread sees half of it
    kept_for, rows = _shared
    if kept_for != revision:
        rows = SharedRows()
        _shared = (revision, rows)
    return rows
