from datetime import datetime
from typing import NamedTuple

from django.db import connection, models
from django.db.models.functions import Now

CURRENT = """
    SELECT coalesce(sum(changes), 0)::bigint, coalesce(sum(vote_changes), 0)::bigint,
        coalesce(max(changed_at), 'epoch')
    FROM archive_revision
"""


class CurrentRevision(NamedTuple):
    """What the public sees, as numbers: equal numbers, equal answers.

    `votes` counts the changes to votes and roll calls alone. The time tells a restored
    database from the one that it was copied from.
    """

    changes: int
    votes: int
    changed_at: datetime


class Revision(models.Model):
    """One of the counters of public changes, which triggers move; their sum is the revision."""

    changes = models.BigIntegerField(default=0)
    vote_changes = models.BigIntegerField(default=0)
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()  # nobody edits it

    def __str__(self) -> str:
        return f"{self.changes} changes"

    @staticmethod
    def current() -> CurrentRevision:
        """One look at a table of a few rows."""
        with connection.cursor() as cursor:
            cursor.execute(CURRENT)
            return CurrentRevision(*cursor.fetchone())
