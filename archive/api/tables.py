"""The columns of each list's CSV: one table a resource.

They are part of the contract: a column keeps its name, its meaning and its place; a new one
stands at the end of its group. The header, the schema and the answer to OPTIONS are made from
these lines; the kinds of columns stand in ``columns.py``.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Cast, Coalesce

from archive import models
from archive.api.columns import (
    AddressColumn,
    Column,
    Make,
    actor,
    address,
    column,
    evidence,
    joined,
    named,
    participants,
    path_below,
    state,
    table,
)
from archive.models.citation import CITABLE

SOURCES = table(
    models.Source,
    column("slug"),
    column("name"),
    column("kind"),
    column("homepage"),
    state("country"),
    column("note"),
    address("sources", "slug"),
)

ARTICLES = table(
    models.Article,
    column("slug"),
    column("title"),
    named("source"),
    named("first_published_by"),
    column("authors", description="As printed, with semicolons between them."),
    column("published"),
    column("original_url", "url", "Where it was read."),
    column("archived_url"),
    column("retrieved_on"),
    column("language"),
    column("text_access"),
    column("note"),
    address("articles", "slug"),
)

STATES = table(
    models.State,
    column("code"),
    column("name"),
    column("official_name"),
    column(
        "iso2",
        description="ISO 3166-1 alpha-2, such as AM. Namibia's is NA, which R and pandas take "
        "for a missing value unless they are told otherwise.",
    ),
    column("m49"),
    column("cow"),
    column("cow_letters"),
    column("gw"),
    column("existed"),
    column("aliases", description="Other names in the sources, with semicolons between them."),
    address("states", "code"),
)

ORGANIZATIONS = table(
    models.Organization,
    column("slug"),
    column("name"),
    column("acronym"),
    column("kind"),
    column("founded"),
    column("dissolved"),
    column("aliases", description="Other names in the sources, with semicolons between them."),
    address("organizations", "slug"),
)

PROVISIONS = table(
    models.Provision,
    column("slug"),
    named("organization"),
    column("instrument"),
    column("article_number"),
    column("gist"),
    evidence(),
    address("provisions", "slug"),
)

MEMBERSHIPS = table(
    models.Membership,
    column("slug"),
    state("state"),
    named("organization"),
    column("standing"),
    column("period"),
    lambda model: [
        Column(
            "on",
            "code",
            "With ?on=: whether it was certain or possible that it was in force on the day.",
            F("on"),
        )
    ],
    column("note"),
    evidence(),
    address("memberships", "slug"),
)

EVENTS = table(
    models.Event,
    column("slug"),
    column("title"),
    column("kind"),
    column("date"),
    column("place"),
    column("part_of", "part_of__slug", "The larger event.", within="part_of"),
    column("part_of_title", "part_of__title", "`part_of` in words.", within="part_of"),
    participants("participants"),
    column("summary"),
    evidence(),
    address("events", "slug"),
)

REQUESTS = table(
    models.Request,
    column("slug"),
    column("event", "event__slug", "What the call was about."),
    column("event_title", "event__title", "`event` in words."),
    column("event_date", "event__date", "When the event was."),
    state("requester"),
    actor("addressee"),
    column("standing"),
    column("sought"),
    column("provision", "provision__slug", "The clause invoked, or said to apply."),
    column("date"),
    column("summary"),
    evidence(),
    address("requests", "slug"),
)

RESPONSES = table(
    models.Response,
    column("slug"),
    column("request", "request__slug", "The request that it answers."),
    column("request_standing", "request__standing"),
    column("event", "request__event__slug", "What the call was about."),
    column("event_title", "request__event__title", "`event` in words."),
    column("event_date", "request__event__date", "When the event was."),
    state("requester", "request__requester"),
    actor("addressee", "request__addressee"),
    actor("responder"),
    column(
        "part_of",
        "part_of__slug",
        "Of a state's share in its alliance's response: that response. Counts and sums take the "
        "rows in which this is empty.",
        within="part_of",
    ),
    column("kind"),
    column("basis"),
    column("search"),
    column("date"),
    column("troops_low"),
    column("troops_high"),
    column("troops_approximate"),
    column("summary"),
    evidence(),
    address("responses", "slug"),
)

ROLL_CALLS = table(
    models.RollCall,
    column("slug"),
    named("body"),
    column("symbol"),
    column("title"),
    column("date"),
    column("total_yes"),
    column("total_no"),
    column("total_abstain"),
    column("total_absent"),
    column("complete"),
    column("original_url", "url", "The official record."),
    evidence(),
    address("roll-calls", "slug"),
)

VOTES = table(
    models.Vote,
    column("roll_call", "roll_call__slug", "What was voted on."),
    column("roll_call_symbol", "roll_call__symbol"),
    column("roll_call_title", "roll_call__title"),
    named("body", "roll_call__body"),
    column("date", "roll_call__date"),
    state("state"),
    column("choice"),
    column("intended"),
    column(
        "import",
        "imported__slug",
        "The import that brought the vote and is its proof; empty where passages prove it.",
    ),
    column("import_line"),
    evidence(),
    address("votes", "roll_call__slug", "state__code"),
)


def _key_of(target: str) -> Any:
    """The natural key of what a row is about, with slashes between its parts."""
    slash = Value("/")
    if target == "participation":
        actor = Coalesce(
            "participation__actor_state__code",
            "participation__actor_organization__slug",
            output_field=TextField(),
        )
        return joined(
            F("participation__event__slug"), slash, actor, slash, F("participation__role")
        )
    if target == "vote":
        return joined(F("vote__roll_call__slug"), slash, F("vote__state__code"))
    return F(f"{target}__slug")


def _path_of(target: str) -> Any:
    if target == "participation":
        return path_below("events", "participation__event__slug")
    if target == "vote":
        return path_below("votes", "vote__roll_call__slug", "vote__state__code")
    return path_below(f"{target.replace('_', '-')}s", f"{target}__slug")


def target_of(targets: Iterable[str], kind: str, key: str, where: str) -> Make:
    """What a row is about, which is one of several kinds of records: kind, key and address."""
    targets = list(targets)

    def make(model: Any) -> list[Column]:
        kinds = (When(**{f"{each}__isnull": False}, then=Value(each)) for each in targets)
        return [
            Column(
                "target_type",
                "code",
                kind,
                Case(*kinds, output_field=TextField()),
                tuple((each, each.replace("_", " ").capitalize()) for each in targets),
            ),
            Column("target", "code", key, _first(map(_key_of, targets))),
            AddressColumn("target_url", "url", where, _first(map(_path_of, targets))),
        ]

    return make


def _first(expressions: Iterable[Any]) -> Coalesce:
    return Coalesce(*expressions, output_field=TextField())


CITATIONS = table(
    models.Citation,
    column("uuid", description="The key of the passage."),
    target_of(
        CITABLE,
        "What kind of record the passage is about.",
        "The key of that record; of a participation the event, the actor and the role, of a "
        "vote the roll call and the state, with slashes between them.",
        "Where that record is; a participation stands in its event.",
    ),
    column("field"),
    column("stance"),
    column("quote", description="The passage, letter by letter."),
    column("start", description="Where it begins in the capture, in characters from 0."),
    column("end", description="Where it ends."),
    column("asserted"),
    column("note"),
    column("article", "article__slug", "Where the passage stands."),
    column("article_title", "article__title", "`article` in words."),
    column("authors", "article__authors", "As printed, with semicolons between them."),
    column("address", "article__url", "Where the article was read."),
    named("outlet", "article__source"),
    column("published", "article__published", "When the article was published."),
    address("citations", "uuid"),
)

IMPORTS = table(
    models.Import,
    column("slug"),
    named("source"),
    column("layout"),
    column("file_name"),
    column("sha256"),
    column("rows"),
    column("imported_at"),
    column("tool_version"),
    lambda model: [
        Column("report", "text", "What came of it, as JSON.", Cast(F("report"), TextField()))
    ],
    column("undone_at"),
    lambda model: [
        AddressColumn("url", "url", "The address of this import.", path_below("imports", "slug"))
    ],
)

DISCREPANCIES = table(
    models.Discrepancy,
    column("uuid", description="The key of the discrepancy."),
    column("import", "source_import__slug", "The import that says otherwise."),
    named("source", "source_import__source"),
    column("line"),
    target_of(
        models.Discrepancy.ABOUT,
        "What kind of record it is about.",
        "The key of that record; of a vote the roll call and the state, with a slash between them.",
        "Where that record is.",
    ),
    column("field"),
    column("held"),
    column("imported"),
    column("settled_at", description="When a reviewer settled it; empty while it is open."),
    column("settlement"),
    column("reason"),
    lambda model: [
        AddressColumn(
            "url", "url", "The address of this discrepancy.", path_below("discrepancies", "uuid")
        )
    ],
)
