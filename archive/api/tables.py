"""The columns of each list's CSV: one table a resource.

They are part of the contract: a column keeps its name, its meaning and its place; a new one
stands at the end of its group. The header, the schema and the answer to OPTIONS are made from
these lines; the kinds of columns stand in ``columns.py``.
"""

from django.db.models import Case, F, TextField, Value, When
from django.db.models.functions import Coalesce

from archive import models
from archive.api.columns import (
    AddressColumn,
    Column,
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
    evidence(),
    address("votes", "roll_call__slug", "state__code"),
)


def _key_of_target() -> Coalesce:
    """The natural key of what a passage is about, with slashes between its parts."""
    actor = Coalesce(
        "participation__actor_state__code",
        "participation__actor_organization__slug",
        output_field=TextField(),
    )
    slash = Value("/")
    return Coalesce(
        *(F(f"{target}__slug") for target in CITABLE if target not in ("participation", "vote")),
        joined(F("participation__event__slug"), slash, actor, slash, F("participation__role")),
        joined(F("vote__roll_call__slug"), slash, F("vote__state__code")),
        output_field=TextField(),
    )


def _path_of_target() -> Coalesce:
    paths = {
        target: path_below(f"{target.replace('_', '-')}s", f"{target}__slug")
        for target in CITABLE
        if target not in ("participation", "vote")
    }
    return Coalesce(
        *paths.values(),
        path_below("events", "participation__event__slug"),
        path_below("votes", "vote__roll_call__slug", "vote__state__code"),
        output_field=TextField(),
    )


CITATIONS = table(
    models.Citation,
    column("uuid", description="The key of the passage."),
    lambda model: [
        Column(
            "target_type",
            "code",
            "What kind of record the passage is about.",
            Case(
                *(When(**{f"{target}__isnull": False}, then=Value(target)) for target in CITABLE),
                output_field=TextField(),
            ),
            tuple((target, target.replace("_", " ").capitalize()) for target in CITABLE),
        ),
        Column(
            "target",
            "code",
            "The key of that record; of a participation the event, the actor and the role, of a "
            "vote the roll call and the state, with slashes between them.",
            _key_of_target(),
        ),
        AddressColumn(
            "target_url",
            "url",
            "Where that record is; a participation stands in its event.",
            _path_of_target(),
        ),
    ],
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
