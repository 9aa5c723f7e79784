"""From draft to the public and back: who may move a record, and what moves with it.

    draft → in review → published → withdrawn (and from there: in review, or published again)

Editors write drafts and submit them. Reviewers (who may *publish* a kind of record) publish,
withdraw, and change what is locked for editors; nobody publishes his own last change, save a
superuser. Nothing here knows of HTTP; the admin calls it, and so may a command. A refusal,
whether ours or the database's, is a `Refused` that says why and what to do.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pghistory
from django.apps import apps
from django.db.models import Q, QuerySet

from archive import models
from archive.choices import NoteKind, RequestStanding, Status
from archive.refusals import Refused, name_of, refused_in_words

# The parts of a record share its status: what they hang on, by model name.
OWNERS = {"participation": "event", "vote": "roll_call"}

# How a citation reaches a record: itself and its parts, by model name.
CITED_AS = {
    "event": ("event", "participation__event"),
    "request": ("request",),
    "response": ("response",),
    "membership": ("membership",),
    "rollcall": ("roll_call", "vote__roll_call"),
}

# What cannot be public without the record, by model name.
CHILDREN = {
    "event": ("requests", "parts"),
    "request": ("responses",),
    "response": ("parts",),
}

PROVEN = "archive_published_is_proven"

# Each verb: the statuses that it starts from, and the permission that it takes there.
VERBS: dict[str, dict[str, str]] = {
    "submit": {Status.DRAFT: "change", Status.WITHDRAWN: "publish"},
    "publish": {Status.IN_REVIEW: "publish", Status.WITHDRAWN: "publish"},
    "return_to_draft": {Status.IN_REVIEW: "publish"},
    "withdraw": {
        Status.DRAFT: "publish",
        Status.IN_REVIEW: "publish",
        Status.PUBLISHED: "publish",
    },
}


# --- Who may do what ---------------------------------------------------------------------


def is_publishable(model: Any) -> bool:
    """Whether records of this model have a status of their own."""
    return issubclass(model if isinstance(model, type) else type(model), models.base.Publishable)


def owner_of(record: Any) -> Any:
    """The record whose status counts: a part's event or roll call, else the record itself."""
    owner = OWNERS.get(record._meta.model_name)
    return getattr(record, owner, None) if owner else record


def has_permission(user: Any, verb: str, model: Any) -> bool:
    return bool(user.has_perm(f"{model._meta.app_label}.{verb}_{model._meta.model_name}"))


def may_change(user: Any, record: Any) -> bool:
    """Editors change drafts; reviewers everything. Parts follow the record they belong to."""
    if not has_permission(user, "change", record):
        return False
    owner = owner_of(record)
    if owner is None or not is_publishable(owner):
        return True
    return owner.status == Status.DRAFT or has_permission(user, "publish", owner)


def may_delete(user: Any, record: Any) -> bool:
    """Drafts only, which were never public; the rest is withdrawn, save by a superuser."""
    if not has_permission(user, "delete", record) or not may_change(user, record):
        return False
    status = getattr(owner_of(record), "status", Status.DRAFT)
    return user.is_superuser or status == Status.DRAFT


def is_public(record: Any) -> bool:
    """Published, or a part of something published. Reference rows do not count."""
    owner = owner_of(record)
    return owner is not None and getattr(owner, "status", None) == Status.PUBLISHED


def verbs_for(user: Any, record: Any) -> list[str]:
    """What `user` may try with `record` as it stands; four eyes and proof are judged later."""
    return [
        verb
        for verb, starts in VERBS.items()
        if record.status in starts and has_permission(user, starts[record.status], record)
    ]


def last_changed_by(record: Any) -> set[int]:
    """Who made the newest change of the record, its parts, or the citations on them.

    One user, or nobody where a fixture or plain SQL did it. Several only if one transaction
    wrote for several users.
    """
    newest = [
        row
        for versions in _versions(record)
        if (
            row := versions.order_by("-pgh_id")
            .values_list("pgh_created_at", "pgh_context__metadata__user")
            .first()
        )
    ]
    moment = max((created_at for created_at, _ in newest), default=None)
    return {int(user) for created_at, user in newest if created_at == moment and user}


def _versions(record: Any) -> Iterator[QuerySet[Any]]:
    """The history of the record, its parts and their citations, deleted ones included."""
    yield record.versions.all()
    name = record._meta.model_name
    if name not in CITED_AS:
        return
    target = CITED_AS[name][0]
    citations = Q(**{target: record.pk})
    for part, owner in OWNERS.items():
        if owner == target:
            parts = _history(part).filter(**{owner: record.pk})
            yield parts
            citations |= Q(**{f"{part}_id__in": parts.values("pgh_obj_id")})
    yield _history("citation").filter(citations)


def _history(model_name: str) -> QuerySet[Any]:
    model: Any = apps.get_model("archive", model_name)
    versions: QuerySet[Any] = model.versions.rel.related_model._default_manager.all()
    return versions


# --- The verbs ---------------------------------------------------------------------------


def submit(record: Any, user: Any) -> None:
    """Hand the record in for review, with the draft citations on it and on its parts."""
    with _moving("submit", record, user) as current:
        for citation in citations_on(current).filter(status=Status.DRAFT):
            _move(citation, Status.IN_REVIEW)
        _move(current, Status.IN_REVIEW)


def return_to_draft(record: Any, user: Any, comment: str) -> None:
    """Give the record back to its editors, with the citations that came in with it.

    What hangs on it cannot be public without it, and goes back too. The comment is for
    whoever handed the record in. What was public once never becomes a draft again, by this
    way or another.
    """
    with _moving("return_to_draft", record, user) as current:
        if _was_public(current):
            raise Refused(
                f"{name_of(current)} was public once, so it does not become a draft again. "
                "Publish it or withdraw it."
            )
        waiting = type(current).objects.waiting().filter(pk=current.pk)
        note = models.ReviewNote(
            kind=NoteKind.RETURNED,
            text=comment.strip(),
            made_by=user,
            addressed_to_id=waiting.values_list("handed_in_by", flat=True).get(),
        )
        note.record = current
        note.save()
        for one in [current, *_hanging_on(current)]:
            if _was_public(one):
                continue
            for citation in citations_on(one).filter(status=Status.IN_REVIEW):
                if not _was_public(citation):
                    _move(citation, Status.DRAFT)
            _move(one, Status.DRAFT)


def publish(record: Any, user: Any) -> None:
    """Make the record public, with the citations in review on it and on its parts.

    A request that no source reports is proven by its responses, and they need it public:
    so its responses in review go with it.
    """
    try:
        with _moving("publish", record, user) as current:
            together = [current]
            if _stands_by_responses(current):
                together += current.responses.filter(status=Status.IN_REVIEW)
            for one in together:
                _require("publish", one, user)
                _require_four_eyes(one, user)
                for citation in citations_on(one).filter(status=Status.IN_REVIEW):
                    _require("publish", citation, user)
                    _move(citation, Status.PUBLISHED)
                _move(one, Status.PUBLISHED)
    except Refused as refusal:
        if refusal.rule == PROVEN and (words := _hidden_articles(record)):
            raise Refused(f"{refusal} {words}") from refusal
        raise


def withdraw(record: Any, user: Any, reason: str) -> None:
    """Take the record back; the public reads the reason where it stood.

    Refused while records that hang on it are public. Only the responses of a request that no
    source reports go with it, as they came.
    """
    reason = reason.strip()
    if not reason:
        raise Refused("Give the reason: the public reads it where the record stood.")
    with _moving("withdraw", record, user, reason=reason) as current:
        if _stands_by_responses(current):
            for response in current.responses.filter(status=Status.PUBLISHED):
                _require("withdraw", response, user)
                _move(response, Status.WITHDRAWN, reason)
        elif public := _public_children(current):
            raise Refused(
                f"{name_of(current)} cannot be withdrawn while this is public: "
                f"{', '.join(public)}. Withdraw it first."
            )
        _move(current, Status.WITHDRAWN, reason)


def citations_on(*records: Any) -> QuerySet[Any]:
    """The citations on the records and on their parts, whatever their status."""
    condition = Q(pk__in=[])
    for record in records:
        for path in CITED_AS.get(record._meta.model_name, ()):
            condition |= Q(**{path: record.pk})
    return models.Citation.objects.filter(condition)


def _hanging_on(record: Any) -> dict[Any, None]:
    """What is in review and cannot be public without the record, locked."""
    found: dict[Any, None] = {}
    for related_name in CHILDREN.get(record._meta.model_name, ()):
        children = getattr(record, related_name).filter(status=Status.IN_REVIEW)
        for child in children.select_for_update(of=("self",)):
            found |= {child: None} | _hanging_on(child)
    return found


def _hidden_articles(record: Any) -> str:
    """For a refusal: the passages may be good, but nobody sees the article they stand in."""
    hidden = models.Article.objects.exclude(status=Status.PUBLISHED)
    hidden = hidden.filter(citations__in=citations_on(record)).distinct().defer("text")
    names = ", ".join(f"“{article}”" for article in hidden)
    return f"Not public yet, and to be published first: article {names}." if names else ""


def _was_public(record: Any) -> bool:
    return bool(record.versions.filter(status=Status.PUBLISHED).exists())


def _stands_by_responses(record: Any) -> bool:
    return isinstance(record, models.Request) and record.standing == RequestStanding.UNREPORTED


def _public_children(record: Any) -> list[str]:
    return [
        f"{child._meta.verbose_name} “{child}” ({child.slug})"
        for related_name in CHILDREN.get(record._meta.model_name, ())
        for child in getattr(record, related_name).filter(status=Status.PUBLISHED)
    ]


@contextmanager
def _moving(verb: str, record: Any, user: Any, **context: str) -> Iterator[Any]:
    """Yields the record as it now stands, locked; at the end the database judges the whole.

    What is refused leaves no trace, neither in the database nor in `record`.
    """
    with refused_in_words(), pghistory.context(user=user.pk, **context):
        current = type(record)._default_manager.select_for_update().filter(pk=record.pk).first()
        if current is None:
            raise Refused(f"{name_of(record)} is no longer there.")
        _require(verb, current, user)
        yield current
    record.status, record.withdrawal_reason = current.status, current.withdrawal_reason


def _require(verb: str, record: Any, user: Any) -> None:
    starts = VERBS[verb]
    words = verb.replace("_", " ")
    if record.status not in starts:
        expected = _listed(Status(start).label.lower() for start in starts)
        raise Refused(
            f"{name_of(record)} is {Status(record.status).label.lower()}; "
            f"to {words} a record, it must be {expected}."
        )
    if not has_permission(user, starts[record.status], record):
        raise Refused(
            f"To {words} this {record._meta.verbose_name} takes a reviewer."
            if starts[record.status] == "publish"
            else f"You may not {words} this {record._meta.verbose_name}."
        )


def _require_four_eyes(record: Any, user: Any) -> None:
    if not user.is_superuser and user.pk in last_changed_by(record):
        raise Refused(
            f"You made the last change of {name_of(record)} or of its citations. "
            "Another reviewer must publish it."
        )


def _move(record: Any, status: Status, reason: str = "") -> None:
    record.status, record.withdrawal_reason = status, reason
    record.save(update_fields=["status", "withdrawal_reason"])


def _listed(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
