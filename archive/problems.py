"""What the audit finds, for the desk: who sees it, and each rule run only when it has to be.

A rule reads the whole archive. So its findings are kept until something changes; and a page
waits only so long for rules to be run anew. Where that is not enough, it gets the findings of
an earlier moment, and says so. The command `audit_archive` always runs everything.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

import pghistory.models
from django.apps import apps
from django.core.cache import cache
from django.db.models import Max, Value
from django.utils import timezone

from archive import audit, models
from archive.publication import has_permission

# How many seconds a page may spend on rules whose findings are out of date.
PATIENCE = 2.0

# After an hour a rule is run again in any case.
KEPT = 60 * 60


@dataclass(frozen=True)
class Problem:
    """A finding without its record, which may be long: only what names it."""

    level: str
    kind: str  # the record's model name
    key: int
    message: str


@dataclass(frozen=True)
class Checked:
    """One rule, and what it found when it was last run; never run where `at` is None."""

    rule: str
    says: str
    problems: list[Problem] = field(default_factory=list)
    at: datetime | None = None
    took: float = 0.0  # seconds
    state: str = ""  # of the archive at that time
    is_current: bool = False

    @property
    def level(self) -> str:
        return self.problems[0].level if self.problems else ""


@dataclass(frozen=True)
class Count:
    errors: int
    notices: int
    unchecked: int  # rules that were never run
    outdated_since: datetime | None  # when the oldest findings are from, if they are out of date

    @property
    def number(self) -> int:
        return self.errors + self.notices


def may_see(user: Any) -> bool:
    """Findings are about records of every kind."""
    every = apps.get_app_config("archive").get_models()
    return all(
        has_permission(user, "view", model) for model in every if issubclass(model, models.Record)
    )


def checked(state: str, names: Iterable[str] = (), *, anew: bool = False) -> list[Checked]:
    """All rules, or those named, errors first; `anew` runs them however long it takes."""
    until = monotonic() + PATIENCE
    rules = [rule for rule in audit.RULES if not names or rule.__name__ in names]
    found = [_checked(rule, state, float("inf") if anew else until) for rule in rules]
    return sorted(found, key=lambda one: one.level != audit.ERROR)


def count(found: Iterable[Checked]) -> Count:
    levels = [problem.level for one in found for problem in one.problems]
    moments = [one.at for one in found if one.at and not one.is_current]
    return Count(
        errors=levels.count(audit.ERROR),
        notices=levels.count(audit.NOTICE),
        unchecked=sum(one.at is None for one in found),
        outdated_since=min(moments, default=None),
    )


def state_of_the_archive() -> str:
    """Changes whenever any record does: the newest row of each history, in one query."""
    histories = [
        model._default_manager.order_by()
        .annotate(history=Value(model.__name__))
        .values("history")
        .annotate(newest=Max("pgh_id"))
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event)
    ]
    first, *others = histories
    rows = first.union(*others, all=True)
    newest = sorted((row["history"], row["newest"]) for row in rows)
    return hashlib.sha256(repr(newest).encode()).hexdigest()


def _checked(rule: audit.Rule, state: str, until: float) -> Checked:
    place, began = f"problems-{rule.__name__}", monotonic()
    kept: Checked | None = cache.get(place)
    if kept and kept.state == state:
        return replace(kept, is_current=True)
    if kept and began + kept.took > until:
        return kept
    says = (rule.__doc__ or "").splitlines()[0]
    if began > until:
        return Checked(rule.__name__, says)
    problems = [
        Problem(one.level, str(one.record._meta.model_name), one.record.pk, one.message)
        for one in rule()
    ]
    found = Checked(rule.__name__, says, problems, timezone.now(), monotonic() - began, state)
    cache.set(place, found, KEPT)
    return replace(found, is_current=True)
