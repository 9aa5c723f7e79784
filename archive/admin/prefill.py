"""What a passage suggests for a new record: who is named, when, and what was cited nearby.

Suggestions only: they stand in the fields of the panel, and a person keeps or changes them.
"""

import re
from calendar import monthrange
from collections.abc import Iterable
from typing import Any

from django.utils.text import Truncator, slugify

from archive import models
from archive.admin.lookup import key_of, label_of

# Not from `calendar`, whose names follow the locale of the process.
_MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
MONTHS = _MONTH.split("|")
# “16 May 2022”, “May 16, 2022”, “May 2022”, “2022”; a year alone from 1800 on.
_DATE = re.compile(
    rf"(?:(?P<day>\d{{1,2}}) )?(?P<month>{_MONTH}) (?:(?P<day_after>\d{{1,2}}), )?(?P<year>\d{{4}})"
    r"|\b(?P<alone>1[89]\d\d|20\d\d)\b"
)
_YEAR = re.compile(r"\d{4}(?:-\d\d){0,2}")


def suggestions(quote: str, start: int, citations: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Values for the fields of new records, by kind; a record as its id and label."""
    actors = actors_named(quote)
    states = [one for one in actors if isinstance(one, models.State)]
    leagues = [one for one in actors if isinstance(one, models.Organization)]
    asked = [*leagues, *states[1:]]
    date = date_named(quote)
    near = nearby(start, citations)
    period = f"{date}/" if date else ""
    values: dict[str, dict[str, Any]] = {
        "event": {"title": Truncator(quote).words(14), "date": date},
        "request": {
            "event": _chosen(near.get("event")),
            "requester": _chosen(*states),
            "addressee": _actor(*asked),
            "date": date,
        },
        "response": {
            "request": _chosen(near.get("request")),
            "responder": _actor(*actors),
            "date": date,
        },
        "vote": {"roll_call": _chosen(near.get("roll_call")), "state": _chosen(*states)},
        "membership": {
            "state": _chosen(*states),
            "organization": _chosen(*leagues),
            "period": period,
        },
        "participation": {"event": _chosen(near.get("event")), "actor": _actor(*actors)},
    }
    return {
        kind: {name: value for name, value in fields.items() if value}
        for kind, fields in values.items()
    }


def _chosen(*records: Any) -> dict[str, str] | None:
    """The first of them, as a field for one kind of record has it."""
    record = records[0] if records else None
    return {"id": str(record.pk), "text": label_of(record)} if record else None


def _actor(*records: Any) -> dict[str, str] | None:
    """The same for a field that takes states and organizations."""
    chosen = _chosen(*records)
    return chosen and {**chosen, "id": key_of(records[0])}


def actors_named(quote: str) -> list[Any]:
    """The states and organizations that the quote names, in its order, each once."""
    names: dict[str, Any] = {}
    for model in (models.Organization, models.State):
        for actor in model.objects.order_by("pk"):
            for name in (actor.name, getattr(actor, "acronym", ""), *actor.aliases):
                if name:
                    names.setdefault(name, actor)
    longest_first = sorted(names, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    found = re.findall(rf"(?<!\w)(?:{pattern})(?!\w)", quote) if names else []
    return list(dict.fromkeys(names[name] for name in found))


def date_named(quote: str) -> str:
    """The first date in the quote, in EDTF; “” where there is none."""
    found = _DATE.search(quote)
    return _edtf_of(found) if found else ""


def date_typed(text: str) -> str:
    """A date typed in words, “2 March 2025”, in EDTF; anything else as it was typed."""
    found = _DATE.fullmatch(text.strip())
    read = _edtf_of(found) if found else ""
    names_a_day = found and (found["day"] or found["day_after"])
    return text if not read or (names_a_day and len(read) < len("2025-03-02")) else read


def _edtf_of(found: re.Match[str]) -> str:
    if found["alone"]:
        return found["alone"]
    year, month = int(found["year"]), MONTHS.index(found["month"]) + 1
    day = int(found["day"] or found["day_after"] or 0)
    is_day = 1 <= year <= 9998 and 1 <= day <= monthrange(year, month)[1]
    return f"{year:04}-{month:02}-{day:02}" if is_day else f"{year:04}-{month:02}"


def nearby(start: int, citations: Iterable[Any]) -> dict[str, Any]:
    """The event, request and roll call cited nearest to a place in the article."""
    found: dict[str, Any] = {}
    for citation in sorted(citations, key=lambda one: abs(one.start - start)):
        target = citation.target
        if isinstance(target, models.Response):
            target = target.request
        if isinstance(target, models.Request):
            found.setdefault("request", target)
        if isinstance(target, (models.Request, models.Participation)):
            target = target.event
        if isinstance(target, models.Event):
            found.setdefault("event", target)
        if isinstance(target, models.Vote):
            target = target.roll_call
        if isinstance(target, models.RollCall):
            found.setdefault("roll_call", target)
    return found


# --- Slugs -----------------------------------------------------------------------------------


# The kinds of records that `slug_for` can name.
NAMED: dict[str, Any] = {
    "event": models.Event,
    "request": models.Request,
    "response": models.Response,
    "membership": models.Membership,
}


def slug_for(kind: str, values: dict[str, Any]) -> str:
    """A slug as the archive makes them, from what is filled in; “” where too little is."""
    match kind, values:
        case "event", {"title": title, "date": date}:
            parts = [*slugify(title).split("-")[:6], _day(date)[:4]]
        case "request", {"requester": requester, "addressee": addressee, "event": event}:
            date = _day(values.get("date"), event.date)
            parts = [requester.code, _short(addressee), date]
        case "response", {"responder": responder, "request": request}:
            date = _day(values.get("date"), request.date, request.event.date)
            parts = [_short(responder), request.requester.code, date]
        case "membership", {"state": state, "organization": organization, "period": period}:
            parts = [state.code, organization.slug, _day(period)[:4]]
        case _:
            return ""
    return _free(kind, slugify("-".join(filter(None, parts))))


def _short(actor: Any) -> str:
    return str(actor.code if isinstance(actor, models.State) else actor.slug)


def _day(*dates: str | None) -> str:
    """The first day, month or year in the first of some EDTF dates."""
    text = next(filter(None, dates), "")
    found = _YEAR.search(text)
    return found[0] if found else ""


def _free(kind: str, slug: str) -> str:
    """The slug, or with a number where it is taken."""
    model = NAMED[kind]
    slug = slug[: model._meta.get_field("slug").max_length - 4].strip("-")
    taken = set(model.objects.filter(slug__startswith=slug).values_list("slug", flat=True))
    numbered = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)
