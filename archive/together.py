"""What is handed in and published together: a request is nothing without its event and article.

A record belongs with the event that it is about, with the requests and responses that hang on that
event, and with the articles where any of these is cited. An article belongs with whatever it is
cited for. A fixed number of queries, however much there is.
"""

from typing import Any

from django.db.models import Q

from archive import models
from archive.choices import Status

# From a citation to the event, membership or roll call that it is about in the end.
ROOTS = {
    "event": ("event", "participation__event", "request__event", "response__request__event"),
    "membership": ("membership",),
    "roll_call": ("roll_call", "vote__roll_call"),
}


def belonging(record: Any, status: Status) -> list[Any]:
    """What belongs with the record and has this status, itself left out; articles first."""
    roots = _roots_of(record)
    cited_for = Q()
    for name, paths in ROOTS.items():
        for path in paths:
            cited_for |= Q(**{f"{path}__in": roots[name]})
    articles = _standing().filter(cited_for).values("article")
    found: dict[Any, Q] = {
        models.Article: Q(pk__in=articles),
        models.Event: Q(pk__in=roots["event"]) | Q(parts__in=roots["event"]),
        models.Request: Q(event__in=roots["event"]),
        models.Response: Q(request__event__in=roots["event"]),
        models.Membership: Q(pk__in=roots["membership"]),
        models.RollCall: Q(pk__in=roots["roll_call"]),
    }
    return [
        one
        for model, condition in found.items()
        for one in _without_text(model.objects.filter(condition, status=status))
        if one != record
    ]


def _without_text(queryset: Any) -> Any:
    rows = queryset.order_by("pk").distinct()
    return rows.defer("text") if queryset.model is models.Article else rows


def _roots_of(record: Any) -> dict[str, set[int]]:
    """The keys of the events, memberships and roll calls that the record is about."""
    roots: dict[str, set[int]] = {name: set() for name in ROOTS}
    match record:
        case models.Article():
            cited = _standing().filter(article=record)
            paths = [(name, path) for name, several in ROOTS.items() for path in several]
            for row in cited.values_list(*(path for _, path in paths)):
                for (name, _), key in zip(paths, row, strict=True):
                    roots[name] |= {key} - {None}
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


def _standing() -> Any:
    return models.Citation.objects.exclude(status=Status.WITHDRAWN)
