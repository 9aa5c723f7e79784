from datetime import datetime
from typing import NamedTuple

from django.db import models
from django.db.models.functions import Now

from archive.cursors import ask

CURRENT = """
    SELECT coalesce(sum(changes), 0)::bigint, coalesce(sum(vote_changes), 0)::bigint,
        coalesce(max(changed_at), 'epoch'), coalesce(max(votes_changed_at), 'epoch')
    FROM archive_revision
"""


class CurrentRevision(NamedTuple):
    """What the public sees, as numbers: equal numbers, equal answers.

    The times tell a restored database from the one that it was copied from.
    """

    changes: int
    vote_changes: int
    changed_at: datetime
    votes_changed_at: datetime

    @property
    def votes(self) -> tuple[int, datetime]:
        """The same for votes, roll calls, and the states and organizations that vote."""
        return self.vote_changes, self.votes_changed_at


class Revision(models.Model):
    """One of the counters of public changes, which triggers move; their sum is the revision."""

    changes = models.BigIntegerField(default=0)
    vote_changes = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(db_default=Now())
    votes_changed_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()  # nobody edits it

    def __str__(self) -> str:
        return f"{self.changes} changes"

    @staticmethod
    def current() -> CurrentRevision:
        """One look at a table of a few rows."""
        [row] = ask(CURRENT)
        return CurrentRevision(*row)
