"""The form of something public for those who may only propose: what they type is kept apart.

The form is the usual one. Nothing of it is saved to the record: what differs becomes a proposal
(`archive.review`), and rows of other models on the page are read only. Reviewers, and editors
with their own drafts, never meet this.
"""

from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from archive import models, review
from archive.admin.base import RecordAdmin
from archive.admin.forms import Refusal, reason_of
from archive.admin.records import review_of
from archive.choices import ProposalState, Status
from archive.refusals import Refused, name_of

RETURNED_SHOWN = 3
PROPOSE = ("propose", "Propose this change")


def is_proposing(request: HttpRequest) -> bool:
    return getattr(request, "is_proposing", False)


class ProposableAdmin(RecordAdmin):
    """Forms of records that can be public, and of their parts."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        request.is_proposing = self._proposes_only(request, object_id)  # type: ignore[attr-defined]
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except Refused as refusal:
            # As with what the database refuses: the form once more, with these words.
            request.refusal = Refusal(str(refusal))  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, *args, **kwargs)

    def _proposes_only(self, request: HttpRequest, object_id: str | None) -> bool:
        if object_id is None or review.may_decide_some(request.user, self.model):
            return False  # spares reviewers the query
        record = self.get_object(request, unquote(object_id))
        return record is not None and review.proposes_only(request.user, record)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_proposing(request) or super().has_change_permission(request, obj)

    def asks_reason(self, request: HttpRequest, obj: Any) -> bool:
        return is_proposing(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not is_proposing(request):
            super().save_model(request, obj, form, change)
            return
        standing = self.model._default_manager.get(pk=obj.pk)
        values = review.changed_values(standing, obj)
        review.propose(standing, request.user, values, reason_of(request))

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        if not is_proposing(request):
            super().save_related(request, form, formsets, change)

    def construct_change_message(
        self, request: Any, form: Any, formsets: Any, add: Any = False
    ) -> Any:
        return (
            []
            if is_proposing(request)
            else super().construct_change_message(request, form, formsets, add)
        )

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """What is only proposed has changed nothing yet."""
        return None if is_proposing(request) else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        if not is_proposing(request):
            return super().response_change(request, obj)
        record = self.model._default_manager.get(pk=obj.pk)
        messages.success(
            request,
            f"Your change to {name_of(record)} is proposed. "
            "What the public sees stays as it is until a reviewer applies it.",
        )
        return HttpResponseRedirect(self.page_url("change", obj))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = context["original"]
        if obj is not None:
            context["is_proposing"] = is_proposing(request)
            if getattr(obj, "status", "") == Status.IN_REVIEW:
                context["review_url"] = review_of(obj)
            context["proposals"] = proposals_about(obj, request.user)
            if getattr(obj, "status", "") == Status.DRAFT:
                notes = models.ReviewNote.objects.returned().about(obj)
                context["returned_note"] = notes.select_related("made_by").first()
        if is_proposing(request):
            context["verb_buttons"] = [PROPOSE]
            for name in ("show_save", "show_save_and_continue", "show_save_and_add_another"):
                context[name] = False
        return super().render_change_form(request, context, *args, **kwargs)


def proposals_about(record: Any, user: Any) -> list[models.Proposal]:
    """Those that are open, and the user's own that went back, the newest first."""
    if getattr(record, "status", "") == Status.DRAFT:
        return []  # it never was public
    about = models.Proposal.objects.about(record).with_people().order_by("-made_at", "-pk")
    shown = list(about.filter(state__in=[ProposalState.OPEN, ProposalState.RETURNED]))
    returned = [one for one in shown if not one.is_open and one.made_by_id == user.pk]
    return [one for one in shown if one.is_open] + returned[:RETURNED_SHOWN]
