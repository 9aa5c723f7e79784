"""The tables of a release: the columns of the API's CSV, with keys in the place of addresses.

A release outlives the host that it was made on, and is loaded elsewhere, where each row has
another time of change: so it has neither `url` nor `updated_at`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OrderBy, TextField
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Collate

from archive import models
from archive.api import exports, tables
from archive.api.columns import (
    AddressColumn,
    Column,
    actor,
    column,
    evidence,
    field_at,
    state,
    table,
)
from archive.models.base import PASSAGE
from archive.models.imports import IMPORTABLE

# What only a server can say: when it was told of a change, and what was asked of it. Of imports
# there are those that stand.
OF_A_SERVER = ("updated_at", "on", "undone_at")

# The same columns lead to the same tables, wherever they stand.
REFERENCES = {
    "country": "states",
    "state": "states",
    "requester": "states",
    "alleged_by": "states",
    "organization": "organizations",
    "body": "organizations",
    "source": "sources",
    "first_published_by": "sources",
    "outlet": "sources",
    "evidence_outlet": "sources",
    "article": "articles",
    "evidence_article": "articles",
    "evidence_citation": "citations",
    "event": "events",
    "request": "requests",
    "provision": "provisions",
    "roll_call": "roll_calls",
    "import": "imports",
}

PARTICIPATIONS = table(
    models.Participation,
    column("event", "event__slug", "The event in which it took part."),
    column("event_title", "event__title", "`event` in words."),
    column("event_date", "event__date", "When the event was."),
    actor("actor"),
    column("role"),
    column("person"),
    column("office"),
    state("alleged_by"),
    evidence(),
)

IMPORTED_ROWS = table(
    models.ImportedRow,
    column("import", "source_import__slug", "The import of which it is a line."),
    column("line"),
    column("number"),
    column("made"),
    tables.target_of(
        IMPORTABLE,
        "What kind of record the line made or confirms.",
        "The key of that record; of a vote the roll call and the state, with a slash between them.",
        "Where that record is.",
    ),
)


@dataclass(frozen=True)
class Table:
    """One CSV. `key` names the columns that together find one row."""

    name: str
    model: Any
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("slug",)

    @property
    def path(self) -> str:
        return f"data/{self.name}.csv"

    def references(self) -> Iterator[tuple[str, str, str]]:
        """Column, table and column of that table: the foreign keys."""
        names = {column.name for column in self.columns}
        for name, target in REFERENCES.items():
            if name in names:
                yield name, target, TABLES[target].key[0]
        if "part_of" in names:
            yield "part_of", self.name, "slug"

    def rows(self, using: str) -> Any:
        """The public rows in their order, which is that of code points on every host."""
        rows = self.model.objects.using(using)
        seen = rows.released() if hasattr(rows, "released") else rows.public()
        return seen.order_by(*ordering(self.model))

    def pieces(self, using: str) -> Iterator[bytes]:
        """The CSV, as PostgreSQL writes it."""
        yield exports.header_of(self.columns)
        yield from exports.copied(exports.select(self.rows(using), self.columns, ""))


# Of what imports brought: by their lines, not by when they came.
ABOUT = ("roll_call__slug", "membership__slug", "vote__roll_call__slug", "vote__state__code")
ORDERS: dict[Any, tuple[str, ...]] = {
    models.Import: ("slug",),
    models.ImportedRow: ("source_import__slug", "line", *ABOUT),
    models.Discrepancy: ("source_import__slug", "line", *ABOUT, "field"),
}


def ordering(model: Any) -> list[OrderBy]:
    """The model's own order, but texts by code points, whatever the database sorts by."""
    return [
        OrderBy(
            Collate(path, "C") if isinstance(field_at(model, path), CharField) else F(path),
            nulls_last=True,
        )
        for path in ORDERS.get(model, model._meta.ordering)
    ]


def _released(name: str, model: Any, columns: tuple[Column, ...], *key: str) -> Table:
    return Table(name, model, tuple(_without_addresses(columns)), key or ("slug",))


def _without_addresses(columns: tuple[Column, ...]) -> Iterator[Column]:
    for each in columns:
        if each.name == "evidence_url":
            words = "The key of that passage, in the table of citations."
            yield Column("evidence_citation", "code", words, Cast(f"{PASSAGE}__uuid", TextField()))
        elif not isinstance(each, AddressColumn) and each.name not in OF_A_SERVER:
            yield each


# In the order in which one refers to another, which is that of the fixtures.
TABLES: dict[str, Table] = {
    each.name: each
    for each in (
        _released("states", models.State, tables.STATES, "code"),
        _released("organizations", models.Organization, tables.ORGANIZATIONS),
        _released("sources", models.Source, tables.SOURCES),
        _released("provisions", models.Provision, tables.PROVISIONS),
        _released("articles", models.Article, tables.ARTICLES),
        _released("memberships", models.Membership, tables.MEMBERSHIPS),
        _released("events", models.Event, tables.EVENTS),
        _released("participations", models.Participation, PARTICIPATIONS, "event", "actor", "role"),
        _released("requests", models.Request, tables.REQUESTS),
        _released("responses", models.Response, tables.RESPONSES),
        _released("roll_calls", models.RollCall, tables.ROLL_CALLS),
        _released("votes", models.Vote, tables.VOTES, "roll_call", "state"),
        _released("citations", models.Citation, tables.CITATIONS, "uuid"),
        _released("imports", models.Import, tables.IMPORTS),
        _released(
            "imported_rows",
            models.ImportedRow,
            IMPORTED_ROWS,
            *("import", "line", "target_type", "target"),
        ),
        _released("discrepancies", models.Discrepancy, tables.DISCREPANCIES, "uuid"),
    )
}
