from typing import Self

import pgtrigger
from django.db import models
from django.db.models import Q

from archive.choices import Status, VoteChoice, in_words
from archive.models.base import Record, RecordQuerySet
from archive.models.constraints import rule, valid_choice
from archive.models.history import tracked
from archive.models.triggers import proven_when_published


class VoteQuerySet(RecordQuerySet):
    def published(self) -> Self:
        """Votes share their roll call's status."""
        return self.filter(roll_call__status=Status.PUBLISHED)

    def public(self) -> Self:
        return self.published()

    def gone(self) -> Self:
        """Votes follow their roll call: see `PublishableQuerySet.gone`."""
        from archive.models import RollCall

        return self.filter(roll_call__in=RollCall.objects.gone())


# Before an imported vote changes or goes for the first time, what it was is written down, dated
# and signed by its import: of a million votes that never change there are no versions. Of what an
# undone import takes back, the import itself is the history.
KEEP_IMPORTED = """
    INSERT INTO archive_voteversion (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id,
            database_role, id, roll_call_id, state_id, choice, intended, imported_id, import_line)
    SELECT i.imported_at, 'insert', OLD.id, w.pgh_context_id,
           coalesce(w.database_role, session_user), OLD.id, OLD.roll_call_id, OLD.state_id,
           OLD.choice, OLD.intended, OLD.imported_id, OLD.import_line
      FROM archive_import i
      LEFT JOIN LATERAL (SELECT * FROM archive_importversion w
                          WHERE w.pgh_obj_id = i.id ORDER BY w.pgh_id LIMIT 1) w ON true
     WHERE i.id = OLD.imported_id AND i.undone_at IS NULL
       AND NOT EXISTS (SELECT FROM archive_voteversion v WHERE v.pgh_obj_id = OLD.id);
"""
KEEP_DELETED = """
    INSERT INTO archive_voteversion (pgh_created_at, pgh_label, pgh_obj_id, pgh_context_id,
            id, roll_call_id, state_id, choice, intended, imported_id, import_line)
    SELECT now(), 'delete', OLD.id, _pgh_attach_context(), OLD.id, OLD.roll_call_id,
           OLD.state_id, OLD.choice, OLD.intended, OLD.imported_id, OLD.import_line
      FROM archive_import i WHERE i.id = OLD.imported_id AND i.undone_at IS NULL;
"""

IMPORT_TRIGGERS = [
    # Named so that it runs before the others: they see the vote as it will be kept.
    pgtrigger.Trigger(
        name="a_leave_import",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            "OLD.imported_id = NEW.imported_id AND OLD.import_line = NEW.import_line "
            "AND (OLD.choice, OLD.state_id, OLD.roll_call_id) "
            "IS DISTINCT FROM (NEW.choice, NEW.state_id, NEW.roll_call_id)"
        ),
        # The file does not say so: what a person wrote rests on a passage.
        func="NEW.imported_id := NULL; NEW.import_line := NULL; RETURN NEW;",
    ),
    pgtrigger.Trigger(
        name="keep_imported_update",
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Condition(
            "OLD.imported_id IS NOT NULL AND (OLD.choice, OLD.intended, OLD.state_id, "
            "OLD.roll_call_id, OLD.imported_id, OLD.import_line) IS DISTINCT FROM (NEW.choice, "
            "NEW.intended, NEW.state_id, NEW.roll_call_id, NEW.imported_id, NEW.import_line)"
        ),
        func=f"{KEEP_IMPORTED} RETURN NEW;",
    ),
    pgtrigger.Trigger(
        name="keep_imported_delete",
        when=pgtrigger.Before,
        operation=pgtrigger.Delete,
        condition=pgtrigger.Q(old__imported__isnull=False),
        func=f"{KEEP_IMPORTED} {KEEP_DELETED} RETURN OLD;",
    ),
    # One look at all new rows, in the place of a proof of each.
    pgtrigger.Trigger(
        name="import_stands",
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        referencing=pgtrigger.Referencing(new="new_rows"),
        func="""
            PERFORM FROM archive_import i
              WHERE i.id IN (SELECT DISTINCT n.imported_id FROM new_rows n) FOR SHARE;
            IF EXISTS (SELECT FROM archive_import i WHERE i.undone_at IS NOT NULL
                         AND i.id IN (SELECT DISTINCT n.imported_id FROM new_rows n)) THEN
                PERFORM archive_refuse('archive_vote_import_stands',
                    'No vote can rest on an import that was undone.',
                    'Import the file again.');
            END IF;
            RETURN NULL;
        """,
    ),
]


@tracked(unless_set="imported")
class Vote(Record):
    """One state's vote in one roll call."""

    natural_key_lookups = ("roll_call__slug", "state__code")

    roll_call = models.ForeignKey(
        "archive.RollCall",
        on_delete=models.CASCADE,  # a part of the roll call: it has no life of its own
        db_index=False,  # the constraint's index begins with it
        related_name="votes",
    )
    state = models.ForeignKey(
        "archive.State",
        on_delete=models.PROTECT,  # reference rows outlive no record
        related_name="votes",
        help_text="Who voted.",
    )
    choice = models.CharField(
        max_length=8, choices=VoteChoice.choices, help_text="Absent: a member that did not vote."
    )
    intended = models.CharField(
        max_length=8,
        choices=VoteChoice.choices,
        blank=True,
        help_text="What the state later said it had meant to vote; blank where it said nothing.",
    )
    # No index: only an undone import asks for all its votes, and mass imports pay for each index.
    imported = models.ForeignKey(
        "archive.Import",
        on_delete=models.PROTECT,  # the proof of the vote
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="votes",
        help_text="The import that brought the vote, and is its proof.",
    )
    import_line = models.PositiveIntegerField(
        null=True, blank=True, editable=False, help_text="The line of the imported file."
    )

    objects = VoteQuerySet.as_manager()

    class Meta(Record.Meta):
        ordering = ("roll_call__date_possible", "roll_call__slug", "state__code")
        # For the list in the order of changes; the others follow from the roll calls'.
        indexes = [
            models.Index(fields=["updated_at", "id"], name="vote_by_change"),
            # Those that passages must prove, among many that imports do.
            models.Index(
                fields=["roll_call"], condition=Q(imported__isnull=True), name="vote_of_document"
            ),
        ]
        constraints = [
            valid_choice("choice", VoteChoice),
            valid_choice("intended", VoteChoice, blank=True),
            rule(
                "import_has_line",
                Q(imported__isnull=True, import_line__isnull=True)
                | Q(imported__isnull=False, import_line__isnull=False),
                "An imported vote has its import and the line there; another has neither.",
            ),
            models.UniqueConstraint(
                fields=["roll_call", "state"],
                name="archive_vote_state_votes_once",
                violation_error_message="This state already has a vote in this roll call.",
            ),
        ]
        triggers = [
            *Record.Meta.triggers,
            *proven_when_published(
                "vote",
                "roll_call",
                "imported",
                inserted=pgtrigger.Q(new__imported__isnull=True),
            ),
            *IMPORT_TRIGGERS,
        ]

    def __str__(self) -> str:
        return f"{self.state}: {in_words(VoteChoice, self.choice)}"

    def get_absolute_url(self) -> str:
        return f"/api/v1/votes/{self.roll_call.slug}/{self.state.code}/"

    def natural_key(self) -> tuple[str, ...]:
        return (self.roll_call.slug, self.state.code)
