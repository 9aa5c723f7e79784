from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from archive.choices import NoteKind, Status
from archive.models.constraints import exactly_one_set, rule, valid_choice
from archive.models.history import tracked
from archive.models.proposal import About, about, is_about, person

# The records that go to review by themselves, by the column that names them here.
REVIEWED = ("article", "event", "request", "response", "membership", "roll_call", "citation")


class ReviewNoteQuerySet(models.QuerySet[Any]):
    def returned(self) -> Self:
        return self.filter(kind=NoteKind.RETURNED)

    def confirmed(self) -> Self:
        return self.filter(kind=NoteKind.CONFIRMED)

    def about(self, record: Any) -> Self:
        return self.filter(is_about(record, *ReviewNote.ABOUT))

    def waiting_for(self, user: Any) -> Self:
        """What went back to `user` and is a draft still."""
        is_draft = Q()
        for name in ReviewNote.ABOUT:
            is_draft |= Q(**{f"{name}__status": Status.DRAFT})
        return self.returned().filter(is_draft, addressed_to=user)


@tracked()
class ReviewNote(models.Model):
    """What somebody said in reviewing: why a record went back, or that a passage still holds."""

    ABOUT: ClassVar[tuple[str, ...]] = REVIEWED

    article = about("Article", "review_notes")
    event = about("Event", "review_notes")
    request = about("Request", "review_notes")
    response = about("Response", "review_notes")
    membership = about("Membership", "review_notes")
    roll_call = about("RollCall", "review_notes")
    citation = about("Citation", "review_notes")
    record = About()
    kind = models.CharField(max_length=16, choices=NoteKind.choices)
    text = models.TextField(blank=True, help_text="What is to be done, for the editor.")
    made_by = person("review_notes")
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    addressed_to = person(
        "received_notes",
        null=True,
        blank=True,
        help_text="Who had handed the record in; nobody where that is not known.",
    )

    objects = ReviewNoteQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-pk")
        default_permissions = ()  # who may return and confirm follows from the record
        constraints = [
            exactly_one_set(
                *REVIEWED,
                name="is_about_one_record",
                message="A note is about exactly one record.",
            ),
            valid_choice("kind", NoteKind),
            rule(
                "returned_with_comment",
                ~Q(kind=NoteKind.RETURNED) | Q(text__regex=r"\S"),
                "Say what is to be done: the editor reads it.",
            ),
            rule(
                "only_a_citation_is_confirmed",
                ~Q(kind=NoteKind.CONFIRMED) | Q(citation__isnull=False),
                "Only a citation is confirmed.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} by {self.made_by}"
