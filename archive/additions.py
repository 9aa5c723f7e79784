"""Proposals that add a part to something public: a participation, or a vote, with its passage.

A part shares the status of its event or roll call. So on something public it is public at once,
and the database wants its proof at once: part and citation can only come together, published.
That nobody does alone: one proposes them, a reviewer applies them in one transaction. Nothing
here knows of HTTP. What is refused is a `Refused`, and leaves no trace.
"""

from collections.abc import Mapping
from typing import Any

import pghistory
from django.apps import apps
from django.db import transaction

from archive import models, review
from archive.choices import Status
from archive.models.citation import CITABLE
from archive.publication import OWNERS, has_permission, is_public, owner_of
from archive.refusals import Refused, judge_now, name_of, refused_in_words

# By model name, the fields and values of a part and of its citation.
Values = Mapping[str, Mapping[str, Any]]

CITATION = "citation"


def may_propose(user: Any, kind: str, owner: Any) -> bool:
    """Whether `user` adds such parts and citations, and `owner` is one of his and public."""
    added = (apps.get_model("archive", kind), models.Citation)
    return review.may_propose(user, owner) and all(
        has_permission(user, "add", model) for model in added
    )


def propose(part: Any, citation: models.Citation, user: Any, reason: str) -> models.Proposal:
    """Keep a new part of something public, and the passage that proves it, for a reviewer.

    Neither is saved. What the database would refuse is refused now.
    """
    if not reason.strip():
        raise Refused("Say why it should be added: a reviewer decides by it.")
    kind = part._meta.model_name
    with refused_in_words(), pghistory.context(user=user.pk):
        owner = review.locked(owner_of(part))
        if not may_propose(user, kind, owner):
            raise Refused(
                f"You may not propose a {part._meta.verbose_name} for {name_of(owner)}."
                if is_public(owner)
                else f"{name_of(owner)} is not public: add to it, or ask a reviewer to."
            )
        proposal = models.Proposal(
            adds=kind,
            proposed=_try(kind, owner, values_of(part, citation)),
            reason=reason.strip(),
            based_on=review.newest_version(owner),
            made_by=user,
        )
        proposal.record = owner
        proposal.save()
    proposal.refresh_from_db()
    return proposal


def apply(
    proposal: models.Proposal, user: Any, values: Values | None = None, *, comment: str = ""
) -> None:
    """Add the part and its passage, as proposed or with other `values`, published together."""
    with refused_in_words():
        owner = review.to_be_applied(proposal, user)
        part, citation = _built(proposal.adds, owner, values or proposal.proposed)
        with review.applying(proposal, user, comment):
            _write(part, citation)
            proposal.applied = values_of(part, citation)


def values_of(part: Any, citation: models.Citation) -> dict[str, dict[str, Any]]:
    """Both as the fixtures have them, without what they say of each other and of the owner."""
    kind = part._meta.model_name
    return {kind: _filled_in(part, OWNERS[kind]), CITATION: _filled_in(citation, *CITABLE)}


def proposed(proposal: models.Proposal) -> tuple[Any, models.Citation]:
    """The part and its citation, unsaved. Refused where what they refer to is gone."""
    return _built(proposal.adds, proposal.record, proposal.proposed)


def applied(proposal: models.Proposal) -> tuple[Any, models.Citation] | None:
    """The same, as a reviewer wrote them; None where none has."""
    if proposal.applied is None:
        return None
    return _built(proposal.adds, proposal.record, proposal.applied)


def _filled_in(row: Any, *left_out: str) -> dict[str, Any]:
    names = [name for name in review.proposable_fields(type(row)) if name not in left_out]
    values = review.values_of(row, names)
    return {name: value for name, value in values.items() if value not in (None, "")}


def _built(kind: str, owner: Any, values: Values) -> tuple[Any, models.Citation]:
    part = review.with_values(apps.get_model("archive", kind)(), values[kind])
    setattr(part, OWNERS[kind], owner)
    citation = review.with_values(models.Citation(), values[CITATION])
    for target in CITABLE:
        setattr(citation, target, None)
    setattr(citation, kind, part)
    return part, citation


def _write(part: Any, citation: models.Citation) -> None:
    part.save()
    setattr(citation, part._meta.model_name, part)  # Django reads its key when it is set
    citation.status = Status.PUBLISHED
    citation.save()
    citation.refresh_from_db(fields=["start", "end"])  # the database found the place


def _try(kind: str, owner: Any, values: Values) -> dict[str, dict[str, Any]]:
    """Write, let the database judge, and undo; gives the values with the place found."""
    part, citation = _built(kind, owner, values)
    with transaction.atomic():
        # Its article may come to the public meanwhile: applying waits for that, proposing not.
        models.Article.objects.filter(
            pk=citation.article_id, status__in=[Status.DRAFT, Status.IN_REVIEW]
        ).update(status=Status.PUBLISHED)
        _write(part, citation)
        judge_now()
        transaction.set_rollback(True)
    return values_of(part, citation)
