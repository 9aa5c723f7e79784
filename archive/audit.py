"""What no constraint can say: findings about the archive as a whole.

One function a rule; each yields findings, all of them together are ``findings()``. The
command ``audit_archive``, the admin and the tests over the real fixtures read this module.
An *error* must be mended, and keeps a release back; a *notice* is for a person to judge.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum

from archive import edtf
from archive.anchoring import Paragraph, likeness, paragraphs, runs
from archive.choices import RequestStanding, ResponseKind, Stance, Status, VoteChoice
from archive.models import (
    Article,
    Citation,
    Discrepancy,
    Event,
    Import,
    ImportedRow,
    Membership,
    Organization,
    Participation,
    Record,
    Request,
    Response,
    ReviewNote,
    RollCall,
    State,
    Vote,
)

ERROR = "error"
NOTICE = "notice"

# Two captures are near-duplicates from this share of common five-word runs on.
LIKENESS = 0.5


@dataclass(frozen=True)
class Finding:
    """One thing to look at: how grave, found by which rule, in which record, what."""

    level: str
    rule: str
    record: Any  # a record, or a discrepancy about one
    message: str

    @property
    def key(self) -> str:
        """The record as fixtures and addresses name it, such as ``event sev-lich-2021-05``."""
        return f"{self.record._meta.verbose_name} {'/'.join(self.record.natural_key())}"

    def __str__(self) -> str:
        return f"{self.level}: {self.key}: {self.message} [{self.rule}]"


Rule = Callable[[], Iterator[Finding]]
RULES: list[Rule] = []
# Those among them that keep a release back.
ERROR_RULES: list[Rule] = []


def rule(level: str) -> Callable[[Callable[[], Iterator[tuple[Any, str]]]], Rule]:
    """Registers a function that yields ``(record, message)`` as a rule of that level."""

    def register(function: Callable[[], Iterator[tuple[Any, str]]]) -> Rule:
        def check() -> Iterator[Finding]:
            for record, message in function():
                yield Finding(level, function.__name__, record, message)

        check.__name__ = function.__name__
        check.__doc__ = function.__doc__
        RULES.append(check)
        if level == ERROR:
            ERROR_RULES.append(check)
        return check

    return register


def findings() -> list[Finding]:
    """All findings, errors first, each rule's in the order of its records."""
    found = [finding for check in RULES for finding in check()]
    return sorted(found, key=lambda finding: finding.level != ERROR)


def errors() -> Iterator[Finding]:
    """What keeps a release back, found without the notices: of these a vote may have its own."""
    for check in ERROR_RULES:
        yield from check()


# --- Votes -------------------------------------------------------------------------------


@rule(ERROR)
def roll_differs_from_totals() -> Iterator[tuple[Record, str]]:
    """A complete roll holds as many votes of each kind as the body announced."""
    counts = {
        choice: Count("votes", filter=Q(votes__choice=choice)) for choice in VoteChoice.values
    }
    for roll_call in RollCall.objects.filter(complete=True).annotate(
        **{f"counted_{choice}": count for choice, count in counts.items()}
    ):
        for choice in VoteChoice.values:
            announced = getattr(roll_call, f"total_{choice}")
            counted = getattr(roll_call, f"counted_{choice}")
            if announced is not None and announced != counted:
                yield roll_call, f"the body announced {announced} {choice}, the roll has {counted}"


@rule(ERROR)
def voter_did_not_exist() -> Iterator[tuple[Record, str]]:
    """A vote by a state that surely did not exist on that day."""
    # Members need not be independent, and a data set knows the roll: Belarus votes from 1946 on.
    votes = Vote.objects.exclude(state__existed="").exclude(imported__in=Import.objects.standing())
    votes = votes.filter(~Exists(ImportedRow.objects.filter(vote=OuterRef("pk"))))
    for vote in votes.select_related("roll_call", "state"):
        existed, day = edtf.parse(vote.state.existed), edtf.parse(vote.roll_call.date)
        too_early = existed.earliest and day.latest and day.latest < existed.earliest
        too_late = existed.latest and day.earliest and day.earliest > existed.latest
        if too_early or too_late:
            yield vote, f"{vote.state} existed {edtf.describe(vote.state.existed)} only"


@rule(ERROR)
def state_counted_twice() -> Iterator[tuple[Record, str]]:
    """Two votes in one roll call by what the Correlates of War count as one state."""
    of_one_state = Vote.objects.filter(state__cow__isnull=False).order_by()
    doubled = set(
        of_one_state.values_list("roll_call", "state__cow")
        .annotate(number=Count("pk"))
        .filter(number__gt=1)
        .values_list("roll_call", "state__cow")
    )
    votes: dict[tuple[int, int], list[Vote]] = defaultdict(list)
    for vote in (
        of_one_state.filter(roll_call__in={roll_call for roll_call, _ in doubled})
        .select_related("roll_call", "state")
        .order_by("roll_call", "state__code")
    ):
        votes[vote.roll_call_id, vote.state.cow].append(vote)
    for (_, cow), group in votes.items():
        if len(group) > 1:
            codes = " and ".join(vote.state.code for vote in group)
            yield group[0], f"{codes} are one state (COW {cow}) and vote twice"


# --- Memberships -------------------------------------------------------------------------


@rule(NOTICE)
def memberships_possibly_overlap() -> Iterator[tuple[Record, str]]:
    """Two memberships of a state whose dates are too vague to tell whether they overlap."""
    groups: dict[tuple[int, int], list[Membership]] = defaultdict(list)
    for membership in Membership.objects.exclude(status=Status.WITHDRAWN).select_related(
        "state", "organization"
    ):
        groups[membership.state_id, membership.organization_id].append(membership)
    for group in groups.values():
        for one, other in combinations(group, 2):
            first, second = edtf.parse(one.period), edtf.parse(other.period)
            before = first.latest and second.earliest and first.latest < second.earliest
            after = second.latest and first.earliest and second.latest < first.earliest
            if not before and not after:
                yield one, f"may overlap with {other.slug} ({other.period})"


# --- Evidence ----------------------------------------------------------------------------

PROVEN_MODELS: tuple[type[Any], ...] = (
    Event,
    Participation,
    Request,
    Response,
    Membership,
    RollCall,
    Vote,
)


@rule(NOTICE)
def rests_on_one_source() -> Iterator[tuple[Record, str]]:
    """A public record whose supporting passages come from one author or one outlet."""
    for model in PROVEN_MODELS:
        target = Citation.target_field_of(model)
        assert target
        outlets: dict[int, set[str]] = defaultdict(set)
        authors: dict[int, set[str]] = defaultdict(set)
        passages = Citation.objects.published().filter(
            stance=Stance.SUPPORTS, **{f"{target}__in": model.objects.public()}
        )
        for key, outlet, first_outlet, names in passages.order_by().values_list(
            target,
            "article__source__name",
            "article__first_published_by__name",
            "article__authors",
        ):
            # A reprint is the word of the outlet that printed it first.
            outlets[key].add(first_outlet or outlet)
            authors[key].update(names or [f"unknown author in {outlet}"])
        for record in model.objects.filter(pk__in=outlets).order_by("pk"):
            if len(outlets[record.pk]) == 1:
                yield record, f"rests on one outlet: {min(outlets[record.pk])}"
            elif len(authors[record.pk]) == 1:
                yield record, f"rests on one author: {min(authors[record.pk])}"


@rule(ERROR)
def disputed_without_support() -> Iterator[tuple[Record, str]]:
    """A record that a passage disputes and none supports."""
    standing = ~Q(citations__status=Status.WITHDRAWN)
    for model in PROVEN_MODELS:
        yield from (
            (record, "a passage disputes it and none supports it")
            for record in model.objects.annotate(
                disputing=Count("citations", standing & Q(citations__stance=Stance.DISPUTES)),
                supporting=Count("citations", standing & Q(citations__stance=Stance.SUPPORTS)),
            )
            .filter(disputing__gt=0, supporting=0)
            .order_by("pk")
        )


@rule(NOTICE)
def import_says_otherwise() -> Iterator[tuple[Any, str]]:
    """A data set differs from the archive, and nobody has settled which of the two stands."""
    rows = Discrepancy.objects.open().with_records()
    for one in rows.order_by("source_import__slug", "line", "pk"):
        kind, key = one.record._meta.verbose_name, "/".join(one.record.natural_key())
        yield one, f"about the {kind} {key}, line {one.line} of {one.source_import}"


@rule(NOTICE)
def request_without_response() -> Iterator[tuple[Record, str]]:
    """A request whose answer is not coded; silence would be a record.

    A request that was not made needs none: nothing was there to be answered.
    """
    requests = Request.objects.exclude(status=Status.WITHDRAWN).exclude(
        standing=RequestStanding.NOT_MADE
    )
    answered = Response.objects.exclude(status=Status.WITHDRAWN).values("request")
    for request in requests.exclude(pk__in=answered):
        yield request, "no response is coded; if nothing came, that is a silence with its basis"


@rule(NOTICE)
def citation_is_stale() -> Iterator[tuple[Record, str]]:
    """A citation for a field whose value changed after the passage was last read."""
    for citation in stale(Citation.objects.all()):
        key = citation.target.natural_key()[-1]
        yield citation, f"“{citation.field}” of {key} changed since; is the passage still right?"


def stale(citations: Any) -> list[Citation]:
    """Those for a field whose value changed after they were last edited or confirmed.

    To move a citation on its way to the public is not to read it. As many queries as there
    are kinds of records, however many citations.
    """
    cited: dict[str, list[Citation]] = defaultdict(list)
    for citation in (
        citations.exclude(field="").exclude(status=Status.WITHDRAWN).select_related(*_TARGETS)
    ):
        cited[citation.target_type].append(citation)
    changed = [
        (citation, versions[citation.target.pk])
        for group in cited.values()
        for versions in [_several_versions({citation.target for citation in group})]
        for citation in group
        if citation.target.pk in versions
    ]
    read = _last_read([citation for citation, _ in changed])
    return sorted(
        (
            citation
            for citation, versions in changed
            if citation.pk in read and _differs(citation, versions, read[citation.pk])
        ),
        key=lambda citation: citation.pk,
    )


def _several_versions(records: set[Any]) -> dict[int, list[Any]]:
    """The versions of those records that were ever changed, oldest first."""
    found: dict[int, list[Any]] = defaultdict(list)
    history = next(iter(records)).versions.model._default_manager
    for version in history.filter(pgh_obj__in=records).order_by("pgh_id"):
        found[version.pgh_obj_id].append(version)
    return {key: versions for key, versions in found.items() if len(versions) > 1}


def _last_read(citations: list[Citation]) -> dict[int, Any]:
    """When each was last edited in more than its status, or confirmed."""
    said = [
        field.attname
        for field in Citation._meta.concrete_fields
        if field.name not in {"id", "end", "updated_at", "status", "withdrawal_reason"}
    ]
    found: dict[int, Any] = {}
    before: dict[int, tuple[Any, ...]] = {}
    history = Citation.versions.rel.related_model._default_manager  # type: ignore[attr-defined]
    for key, moment, *values in (
        history.filter(pgh_obj__in=citations)
        .order_by("pgh_id")
        .values_list("pgh_obj_id", "pgh_created_at", *said)
    ):
        if before.get(key) != tuple(values):
            before[key], found[key] = tuple(values), moment
    confirmed = ReviewNote.objects.confirmed().filter(citation__in=citations)
    for key, moment in confirmed.order_by("made_at").values_list("citation", "made_at"):
        found[key] = max(found.get(key, moment), moment)
    return found


def _differs(citation: Citation, versions: list[Any], moment: Any) -> bool:
    """Whether the cited field has another value now than it had at that moment."""
    then = [version for version in versions if version.pgh_created_at <= moment][-1:]
    columns = _columns(citation.target, citation.field)
    return any(
        getattr(one, name) != getattr(citation.target, name) for one in then for name in columns
    )


_TARGETS = (
    "event",
    "participation__event",
    "participation__actor_state",
    "participation__actor_organization",
    "request",
    "response",
    "membership",
    "provision",
    "roll_call",
    "vote__roll_call",
    "vote__state",
)


def _columns(record: Record, field: str) -> list[str]:
    """The columns behind a citable field: two for an actor."""
    names = {f.name: f.attname for f in record._meta.concrete_fields}
    if field in names:
        return [names[field]]
    return [names[f"{field}_state"], names[f"{field}_organization"]]


# --- Articles ----------------------------------------------------------------------------


@rule(ERROR)
def article_without_date_or_note() -> Iterator[tuple[Record, str]]:
    """An undated article says in its note why."""
    for article in Article.objects.filter(published="", note=""):
        yield article, "give its date, or say in the note why there is none"


@rule(NOTICE)
def paragraph_without_citation() -> Iterator[tuple[Record, str]]:
    """An article with paragraphs that no record cites."""
    for article, cited, uncited in coverage():
        if uncited:
            total = len(cited) + len(uncited)
            yield article, f"{len(uncited)} of {total} paragraphs have no citation"


@rule(NOTICE)
def capture_is_near_duplicate() -> Iterator[tuple[Record, str]]:
    """Two captures whose bodies share half of their five-word runs or more."""
    articles = {article.pk: article for article in Article.objects.defer("text").with_body()}
    runs_of = {key: runs(article.body) for key, article in articles.items()}
    holders: dict[int, list[int]] = defaultdict(list)
    for key, hashes in runs_of.items():
        for value in sorted(hashes)[:64]:  # the smallest hashes: a fair sample of the runs
            holders[value].append(key)
    shared = Counter(pair for keys in holders.values() for pair in combinations(sorted(keys), 2))
    for one, other in sorted(shared):
        alike = likeness(runs_of[one], runs_of[other])
        if alike >= LIKENESS:
            yield articles[one], f"{alike:.0%} alike with {articles[other].slug}"


def coverage() -> Iterator[tuple[Article, list[Paragraph], list[Paragraph]]]:
    """Each article with its body's cited and uncited paragraphs, in text order."""
    citations = Citation.objects.exclude(status=Status.WITHDRAWN)
    places: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for article, start, end in citations.order_by("start").values_list("article", "start", "end"):
        places[article].append((start, end))
    for article in Article.objects.exclude(status=Status.WITHDRAWN):
        cited: list[Paragraph] = []
        uncited: list[Paragraph] = []
        for paragraph in paragraphs(article.text, article.body_start, article.body_end):
            is_cited = any(
                start < paragraph.end and end > paragraph.start for start, end in places[article.pk]
            )
            (cited if is_cited else uncited).append(paragraph)
        yield article, cited, uncited


# --- Reference rows and structure --------------------------------------------------------


@rule(ERROR)
def alias_claimed_by_two() -> Iterator[tuple[Record, str]]:
    """A name that stands for two actors."""
    owners: dict[str, list[Record]] = defaultdict(list)
    actors: Iterable[Any] = (*State.objects.all(), *Organization.objects.all())
    for actor in actors:
        names = {actor.name, *actor.aliases, getattr(actor, "acronym", "")} - {""}
        for name in {name.casefold() for name in names}:
            owners[name].append(actor)
    for name, claimants in sorted(owners.items()):
        if len(claimants) > 1:
            others = ", ".join(claimant.natural_key()[0] for claimant in claimants[1:])
            yield claimants[0], f"“{name}” also names {others}"


@rule(ERROR)
def event_within_itself() -> Iterator[tuple[Record, str]]:
    """Events that are parts of one another in a circle."""
    wholes = dict(Event.objects.exclude(part_of=None).values_list("pk", "part_of"))
    for event in Event.objects.filter(pk__in=wholes):
        seen, at = set(), event.pk
        while at in wholes and at not in seen:
            seen.add(at)
            at = wholes[at]
        if at == event.pk:
            yield event, "is a part of itself by way of others"


@rule(NOTICE)
def troops_of_parts_exceed_whole() -> Iterator[tuple[Record, str]]:
    """The members' shares of a deployment add up to more than the whole."""
    shares = Q(parts__troops_low__isnull=False) & ~Q(parts__status=Status.WITHDRAWN)
    for response in Response.objects.filter(
        kind=ResponseKind.DEPLOYMENT, troops_high__isnull=False
    ).annotate(total=Sum("parts__troops_low", filter=shares)):
        if (response.total or 0) > response.troops_high:
            yield (
                response,
                f"its parts add up to {response.total}, more than {response.troops_high}",
            )
