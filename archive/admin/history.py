"""The pages of what was: a record's history, the way back to an old state, and what is gone.

What is shown and done comes from `archive.history`; here it is asked who may.
"""

from typing import Any

import pghistory
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from archive import publication
from archive.choices import Status
from archive.conflicts import has_changed, token
from archive.history import changes, deleted, restore, restore_preview, state_at
from archive.refusals import Refused, name_of
from archive.versions import rows_of

CHANGES_ON_A_PAGE = 40
REASON_MISSING = "This is public: give the reason why you restore it."
LOCKED = "You may not restore this version: a reviewer may."
STANDS_SO = "The row stands so already: there is nothing to restore."
CHANGED_MEANWHILE = (
    "Somebody changed this meanwhile. Nothing is restored: look at the difference as it is now."
)


class HistoryDesk:
    """The views of one model, beside its own admin."""

    def __init__(self, model_admin: "ModelAdmin[Any]") -> None:
        self.admin = model_admin
        self.opts = model_admin.opts

    def urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            name = f"{self.opts.app_label}_{self.opts.model_name}_{name}"
            return path(route, self.admin.admin_site.admin_view(view), name=name)

        return [
            at("deleted/", self.deleted, "deleted"),
            at("<path:object_id>/restore/<slug:version>/", self.restore, "restore"),
        ]

    # --- Pages ---

    def history(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Who changed what and when, in the record and what belongs to it."""
        record, is_gone = self._find(request, object_id)
        found = Paginator(changes(record), CHANGES_ON_A_PAGE)
        context = {
            "title": "History",
            "subtitle": str(record),
            "record": record,
            "is_gone": is_gone,
            "page": found.get_page(request.GET.get("page")),
            # Row by row it is judged when asked for; whoever may change nothing is not offered it.
            "may_restore": is_gone or publication.may_change(request.user, record),
        }
        return self._page(request, "history", context)

    def deleted(self, request: HttpRequest) -> HttpResponse:
        """The rows that are gone for good, for whoever could bring them back."""
        if not request.user.is_superuser:
            raise PermissionDenied
        found = Paginator(deleted(self.admin.model), 100)
        context = {
            "title": f"Deleted {self.opts.verbose_name_plural}",
            "page": found.get_page(request.GET.get("page")),
        }
        return self._page(request, "deleted", context)

    @transaction.atomic
    def restore(self, request: HttpRequest, object_id: str, version: str) -> HttpResponse:
        """What would be changed back, and by POST the change."""
        record, _ = self._find(request, object_id)
        changed = request.method == "POST" and self._changed_meanwhile(request, record, version)
        loaded = token(record)  # before anything is read that is shown
        try:
            state = state_at(record, version)
        except ObjectDoesNotExist as error:
            raise Http404 from error
        row = rows_of(type(state)).filter(pk=state.pk).first()
        if hasattr(state, "status"):  # it is never restored
            state.status = row.status if row else Status.DRAFT
        is_locked = not self._may_restore(request.user, row, state)
        is_public = any(publication.is_public(one) for one in (row, state) if one)
        reason = request.POST.get("reason", "").strip()
        refused = LOCKED if is_locked else CHANGED_MEANWHILE if changed else ""
        if request.method == "POST" and not refused:
            try:
                if is_public and not reason:
                    raise Refused(REASON_MISSING)
                restored = self._restore(request, record, version, reason)
            except Refused as refusal:
                refused = f"Not restored. {refusal}"
            else:
                messages.success(request, f"{name_of(restored)} is restored.")
                return HttpResponseRedirect(self._url("history", record.pk))
        differences = restore_preview(record, version)
        context = {
            "title": "Restore an earlier version",
            "subtitle": str(state),
            "record": record,
            "state": state,
            "kind": state._meta.verbose_name,
            "is_made_again": row is None,
            "change": self._change_of(record, version),
            "differences": differences,
            "is_locked": is_locked,
            "is_public": is_public,
            "refused": refused or ("" if differences or row is None else STANDS_SO),
            "can_restore": not is_locked and bool(differences or row is None),
            "reason": reason,
            "loaded": loaded,
        }
        return self._page(request, "restore", context, status=403 if is_locked else 200)

    # --- Who may ---

    def _find(self, request: HttpRequest, object_id: str) -> tuple[Any, bool]:
        """The record, or for superusers one that is gone, as it last was."""
        record = self.admin.get_object(request, object_id)
        if not self.admin.has_view_or_change_permission(request, record):
            raise PermissionDenied
        if record is not None:
            return record, False
        if request.user.is_superuser:
            for deletion in deleted(self.admin.model):
                if str(deletion.row.pk) == object_id:
                    return deletion.row, True
        raise Http404

    @staticmethod
    def _may_restore(user: Any, row: Any, state: Any) -> bool:
        """Whoever may change the row where it is, and where it was: it may have moved.

        What is gone is made again. Records are deleted, and so made again, by superusers only;
        parts and citations by whoever may delete them.
        """
        if row is None:
            return publication.may_change(user, state) and publication.has_permission(
                user, "delete", state
            )
        return all(publication.may_change(user, one) for one in (row, state))

    @staticmethod
    def _changed_meanwhile(request: HttpRequest, record: Any, version: str) -> bool:
        """Since the page was shown; locks the record and the rows of the version's kind."""
        kind, _, _ = version.partition("-")
        try:
            return has_changed(record, request.POST.get("loaded", ""), [kind])
        except BadSignature:
            return True

    @staticmethod
    def _restore(request: HttpRequest, record: Any, version: str, reason: str) -> Any:
        context = {"user": request.user.pk, **({"reason": reason} if reason else {})}
        with pghistory.context(**context):
            return restore(record, version)

    # --- Pieces ---

    @staticmethod
    def _change_of(record: Any, version: str) -> Any:
        """The change that made this version, to say when and whose it was."""
        for change in changes(record):
            if any(row.version == version for row in change.rows):
                return change
        return None

    def _url(self, page: str, *args: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=args)

    def _page(
        self, request: HttpRequest, name: str, context: dict[str, Any], status: int = 200
    ) -> TemplateResponse:
        context = {**self.admin.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/archive/{name}.html", context, status=status)
