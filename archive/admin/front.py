"""The front page of the desk: first what there is to do, then pictures of what is there.

Everybody sees of it what he may see elsewhere in the desk. Queries do not grow with rows;
what reads the whole archive (findings, coverage) is kept until something changes.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.contrib.admin.utils import model_ngettext
from django.core.cache import cache
from django.db.models import F, OuterRef, Prefetch, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse

from archive import audit, charts, edtf, models, problems, publication, review
from archive.admin.lookup import LABEL_NEEDS, label_needs, label_of
from archive.admin.records import form_of, model_named
from archive.choices import RequestStanding, ResponseKind, Status

# How much of each the page shows; the lists have the rest.
LISTED = 8
MATRIX_ROWS = 40
TIMELINE_EVENTS = 400
COVERAGE_BARS = 40

# Coverage heals itself within an hour, should two writers ever leave the key as it was.
KEPT = 60 * 60

GAP = "not_coded"
# The shape of a mark says what it is, so that colour is never the only sign.
SHAPES: dict[str, str] = {
    ResponseKind.DEPLOYMENT: "help",
    ResponseKind.MATERIEL: "help",
    ResponseKind.MISSION: "help",
    ResponseKind.MEDIATION: "help",
    ResponseKind.CONTACT: "word",
    ResponseKind.STATEMENT: "word",
    ResponseKind.OTHER: "word",
    ResponseKind.REFUSAL: "refusal",
    ResponseKind.SILENCE: "silence",
    GAP: "gap",
}
COLUMNS = [*ResponseKind.choices, (GAP, "Not coded")]
LEGEND = [
    ("help", "did something"),
    ("word", "said something, or other"),
    ("refusal", "refused"),
    ("silence", "silence: did and said nothing"),
    ("gap", "not coded: a gap in our work"),
    ("help unpublished", "dashed: not public"),
]


def context(request: HttpRequest) -> dict[str, Any]:
    """What `templates/admin/index.html` shows."""
    user = request.user
    returned = _returned_to(user)
    found: dict[str, Any] = {
        "take_in_url": take_in_url(user),
        "returned": [(_row(record), note) for record, note in returned.items()],
        "drafts": _drafts_of(user, returned),
        "draft_passages": _draft_passages_of(user),
        "queue": _queue(user),
    }
    state = problems.state_of_the_archive()
    if problems.may_see(user):
        found["problems"] = problems.count(problems.checked(state))
    if sees(user, models.Discrepancy):
        found["differing"] = models.Discrepancy.objects.open().count()
    if sees(user, models.Event, models.Request, models.Response):
        found |= {"matrix": _matrix(), "legend": LEGEND}
    if sees(user, models.Event, models.Request):
        found["timeline"] = _timeline()
    if sees(user, models.Article, models.Citation):
        found["coverage"] = _coverage(_paragraphs(state))
    return found


def sees(user: Any, *seen: Any) -> bool:
    return all(publication.has_permission(user, "view", model) for model in seen)


def take_in_url(user: Any) -> str:
    may = publication.has_permission(user, "add", models.Article)
    return reverse("admin:archive_article_add") if may else ""


def list_of(model: Any, query: str = "") -> str:
    return reverse(f"admin:archive_{model._meta.model_name}_changelist") + query


# --- What there is to do -------------------------------------------------------------------


def _last_hand(model: Any) -> Subquery:
    """The key, as text, of the last user who changed a record; imports and SQL name none."""
    return Subquery(
        model.versions.rel.related_model.objects.filter(pgh_obj=OuterRef("pk"))
        .annotate(by=KeyTextTransform("user", "pgh_context__metadata"))
        .filter(by__isnull=False)
        .order_by("-pgh_id")
        .values("by")[:1]
    )


def _drafts_by(user: Any, model: Any) -> Any:
    drafts = model.objects.filter(status=Status.DRAFT).annotate(last_hand=_last_hand(model))
    return drafts.filter(last_hand=str(user.pk))


def _drafts_of(user: Any, returned: Iterable[Any]) -> dict[str, Any]:
    """The drafts that `user` changed last, newest first; passages are only counted."""
    found = []
    for name in ("article", "event", "request", "response", "membership", "rollcall"):
        model: Any = apps.get_model("archive", name)
        if not sees(user, model):
            continue
        drafts = _drafts_by(user, model).select_related(*LABEL_NEEDS.get(name, ()))
        if model is models.Article:
            drafts = drafts.defer("text")
        found += drafts.order_by("-updated_at")[: LISTED + 1]
    mine = [record for record in found if record not in returned]
    mine.sort(key=lambda record: record.updated_at, reverse=True)
    return {"shown": [_row(record) for record in mine[:LISTED]], "more": len(mine) > LISTED}


def _row(record: Any) -> dict[str, Any]:
    return {
        "kind": record._meta.verbose_name,
        "words": label_of(record),
        "url": form_of(record),
        "when": record.updated_at,
    }


def _draft_passages_of(user: Any) -> dict[str, Any] | None:
    if not sees(user, models.Citation):
        return None
    url = list_of(models.Citation, f"?status__exact={Status.DRAFT}")
    return {"number": _drafts_by(user, models.Citation).count(), "url": url}


def _returned_to(user: Any) -> dict[Any, Any]:
    """Each record that went back to `user` and is a draft still, with the newest note on it."""
    needs = [
        path
        for name in models.ReviewNote.ABOUT
        for path in label_needs(name.replace("_", ""), prefix=name)
    ]
    notes: dict[Any, Any] = {}
    for note in (
        models.ReviewNote.objects.waiting_for(user)
        .select_related("made_by", *needs)
        .defer("article__text")
    ):
        if sees(user, note.record):
            notes.setdefault(note.record, note)
    return notes


def _queue(user: Any) -> dict[str, Any]:
    """What waits for `user` to decide, or was handed in by him."""
    rows = list(review.waiting(user))
    numbers = Counter(row["what"] for row in rows)
    return {
        "number": len(rows),
        "kinds": [
            (model_ngettext(model_named(kind)._meta, number), number)
            for kind, number in numbers.most_common()
        ],
        "oldest": rows[0]["since"] if rows else None,
    }


def _paragraphs(state: str) -> dict[int, tuple[int, int]]:
    """Of each article, how many are cited and how many there are; kept until something changes."""

    def read() -> dict[int, tuple[int, int]]:
        return {
            article.pk: (len(cited), len(cited) + len(uncited))
            for article, cited, uncited in audit.coverage()
        }

    return cache.get_or_set(f"front-{state}", read, KEPT) or {}


# --- Pictures ------------------------------------------------------------------------------


def _link(record: Any, words: str, shape: str = "") -> charts.Link:
    """A mark for the record; one that is not public says so."""
    if record.status == Status.PUBLISHED:
        return charts.Link(words, form_of(record), shape)
    words = f"{words} ({record.get_status_display().lower()})"
    return charts.Link(words, form_of(record), f"{shape} unpublished".strip())


def _standing(model: Any) -> Any:
    return model.objects.exclude(status=Status.WITHDRAWN)


def _newest(days: str) -> Any:
    """By the last day, or by the first where the end is open; the undated come last."""
    return Coalesce(F(f"{days}__endswith"), F(f"{days}__startswith")).desc(nulls_last=True)


def _requests() -> Any:
    return _standing(models.Request).select_related(*LABEL_NEEDS["request"])


def _matrix() -> dict[str, Any]:
    """Requests, newest first, by what answered. Members' shares of an answer do not count."""
    answers = _standing(models.Response).roots()
    requests = list(
        _requests()
        .prefetch_related(
            Prefetch(
                "responses",
                answers.select_related("responder_state", "responder_organization"),
                to_attr="answers",
            )
        )
        .order_by(_newest("event__date_possible"), "slug")[: MATRIX_ROWS + 1]
    )
    rows = [_matrix_row(request) for request in requests[:MATRIX_ROWS]]
    return {
        "picture": charts.matrix(COLUMNS, rows),
        "table": [
            (row, [_link(answer, str(answer)) for answer in request.answers])
            for request, row in zip(requests, rows, strict=False)
        ],
        "more": list_of(models.Request) if len(requests) > MATRIX_ROWS else None,
    }


def _matrix_row(request: Any) -> charts.Row:
    by_kind: dict[str, list[Any]] = {}
    for answer in request.answers:
        by_kind.setdefault(answer.kind, []).append(answer)
    cells = {kind: (_cell(request, kind, group), len(group)) for kind, group in by_kind.items()}
    if not cells and request.standing != RequestStanding.NOT_MADE:
        cells[GAP] = _link(request, f"{request}: no answer is coded", SHAPES[GAP]), 1
    name = f"{request.requester} → {request.addressee}"
    if request.standing != RequestStanding.MADE:
        name = f"{name} ({request.get_standing_display().lower()})"
    about = f"{_year(request.date or request.event.date)} · {request.event.title}"
    return charts.Row(_link(request, name), about, cells)


def _year(when: str) -> str:
    parsed = edtf.parse(when) if when else None
    day = parsed and (parsed.latest or parsed.earliest)
    return str(day.year) if day else "undated"


def _cell(request: Any, kind: str, answers: list[Any]) -> charts.Link:
    label = ResponseKind(kind).label.lower()
    who = ", ".join(str(answer.responder) for answer in answers)
    words = f"{request.requester} → {request.addressee}: {label} ({who})"
    if len(answers) == 1:
        return _link(answers[0], words, SHAPES[kind])
    url = list_of(models.Response, f"?request__id__exact={request.pk}&kind__exact={kind}")
    return charts.Link(words, url, SHAPES[kind])


def _timeline() -> dict[str, Any]:
    """Events, the newest of them, with their requests, over the days that they may touch."""
    events = list(
        _standing(models.Event)
        .prefetch_related(Prefetch("requests", _requests(), to_attr="asked"))
        .order_by(_newest("date_possible"), "slug")[: TIMELINE_EVENTS + 1]
    )
    spans = [
        (
            _span(event, event.date, event.title),
            [_span(request, request.date or event.date, str(request)) for request in event.asked],
        )
        for event in events[:TIMELINE_EVENTS]
    ]
    return {
        "picture": charts.timeline(spans),
        "table": [(span.link, [one.link for one in asked]) for span, asked in spans],
        "undated": sum(not event.date for event in events[:TIMELINE_EVENTS]),
        "more": list_of(models.Event) if len(events) > TIMELINE_EVENTS else None,
    }


def _span(record: Any, when: str, words: str) -> charts.Span:
    link = _link(record, f"{edtf.describe(when) or 'undated'}: {words}")
    if not when:
        return charts.Span(link, None, None)
    parsed = edtf.parse(when)
    return charts.Span(link, parsed.earliest, parsed.latest)


def _coverage(paragraphs: dict[int, tuple[int, int]]) -> dict[str, Any]:
    """Articles by the share of their paragraphs that a record cites, the least first."""
    articles = list(models.Article.objects.filter(pk__in=paragraphs).defer("text"))
    shares = sorted(
        _shares(articles, paragraphs), key=lambda one: (one[1] / one[2] if one[2] else 1, one[0])
    )
    return {
        "picture": charts.bars(shares[:COVERAGE_BARS]),
        "table": shares[:COVERAGE_BARS],
        "more": list_of(models.Article) if len(shares) > COVERAGE_BARS else None,
    }


def _shares(
    articles: list[Any], paragraphs: dict[int, tuple[int, int]]
) -> Iterator[tuple[charts.Link, int, int]]:
    for article in articles:
        cited, all_of_them = paragraphs[article.pk]
        url = reverse("admin:archive_article_read", args=[article.pk])
        yield _link(article, article.title)._replace(url=url), cited, all_of_them
