"""The curation desk: Django's admin, one module a model.

`base.py` holds what all have in common, `publishing.py` what records with a status have;
`forms.py`, `lookup.py` and `filters.py` the pieces; `history.py` and `conflicts.py` the pages of
what was, and of two editors at once. The site itself is `archive.desk`.
"""

from archive.admin import (
    article,
    citation,
    discrepancy,
    event,
    imports,
    membership,
    organization,
    participation,
    provision,
    release,
    request,
    response,
    rollcall,
    source,
    state,
    vote,
)

__all__ = [
    "article",
    "citation",
    "discrepancy",
    "event",
    "imports",
    "membership",
    "organization",
    "participation",
    "provision",
    "release",
    "request",
    "response",
    "rollcall",
    "source",
    "state",
    "vote",
]
