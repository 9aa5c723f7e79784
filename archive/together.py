"""What is handed in and published together: a request is nothing without its event and article.

A record belongs with the event that it is about, with the requests and responses that hang on that
event, and with the articles where any of these is cited. An article belongs with whatever it is
cited for. Two queries, however much there is.
"""

from typing import Any

from django.db.models import F, Q, Value

from archive import models
from archive.choices import Status
from archive.publication import CITED_AS

# From a citation to the event, membership or roll call that it is about in the end.
ROOTS = {
    "event": ("event", "participation__event", "request__event", "response__request__event"),
    "membership": ("membership",),
    "roll_call": ("roll_call", "vote__roll_call"),
}


def belonging(record: Any, *statuses: Status) -> set[tuple[str, int]]:
    """What belongs with the record and has one of these statuses, as (model name, key).

    The record itself is left out, and so are citations that move with the record they are about.
    """
    roots = _roots_of(record)
    cited_for = Q()
    for name, paths in ROOTS.items():
        for path in paths:
            cited_for |= Q(**{f"{path}__in": roots[name]})
    found: dict[Any, Q] = {
        models.Article: Q(pk__in=_standing().filter(cited_for).values("article")),
        models.Event: Q(pk__in=roots["event"]) | Q(parts__in=roots["event"]),
        models.Request: Q(event__in=roots["event"]),
        models.Response: Q(request__event__in=roots["event"]),
        models.Membership: Q(pk__in=roots["membership"]),
        models.RollCall: Q(pk__in=roots["roll_call"]),
    }
    if isinstance(record, models.Article):
        found[models.Citation] = Q(article=record) & ~with_its_record(*statuses)
    first, *others = (
        model.objects.filter(condition, status__in=statuses)
        .order_by()
        .values_list(Value(model._meta.model_name), F("pk"))
        for model, condition in found.items()
    )
    return {*first.union(*others)} - {(record._meta.model_name, record.pk)}


def with_its_record(*statuses: Status) -> Q:
    """Of citations: those on a record of one of these statuses, or on a part of it."""
    found = Q()
    for paths in CITED_AS.values():
        for path in paths:
            found |= Q(**{f"{path}__status__in": statuses})
    return found


def _roots_of(record: Any) -> dict[str, set[int]]:
    """The keys of the events, memberships and roll calls that the record is about."""
    match record:
        case models.Article():
            return _roots_of_citations(_standing().filter(article=record))
        case models.Citation():
            return _roots_of_citations(models.Citation.objects.filter(pk=record.pk))
    roots: dict[str, set[int]] = {name: set() for name in ROOTS}
    match record:
        case models.Event():
            roots["event"] = {record.pk}
        case models.Request():
            roots["event"] = {record.event_id}
        case models.Response():
            roots["event"] = {record.request.event_id}
        case models.Membership():
            roots["membership"] = {record.pk}
        case models.RollCall():
            roots["roll_call"] = {record.pk}
    return roots


def _roots_of_citations(citations: Any) -> dict[str, set[int]]:
    roots: dict[str, set[int]] = {name: set() for name in ROOTS}
    paths = [(name, path) for name, several in ROOTS.items() for path in several]
    for row in citations.values_list(*(path for _, path in paths)):
        for (name, _), key in zip(paths, row, strict=True):
            roots[name] |= {key} - {None}
    return roots


def _standing() -> Any:
    return models.Citation.objects.exclude(status=Status.WITHDRAWN)
