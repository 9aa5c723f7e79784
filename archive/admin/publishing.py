"""Records with a status: the buttons, the actions on many, withdrawal, and the history.

What may be done and what comes of it is decided in `archive.publication`; here it is only
asked for and reported.
"""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from archive import additions, publication
from archive.admin.base import RecordInline, status_badge
from archive.admin.forms import reason_of
from archive.admin.handing_in import drafts_with, hand_in_url
from archive.admin.lookup import label_of
from archive.admin.proposing import ProposableAdmin
from archive.admin.records import review_of, together_with
from archive.choices import Status
from archive.models import Citation
from archive.refusals import Refused
from archive.versions import PARTS

# On the form of a record: what each verb's button says, and what it has done.
BUTTONS = {
    "submit": "Save and submit for review",
    "publish": "Save and publish",
    "return_to_draft": "Save and return to draft",
}
DONE = {
    "submit": "submitted for review",
    "publish": "published",
    "return_to_draft": "returned to draft",
    "withdraw": "withdrawn",
}
LOCKED = {
    Status.IN_REVIEW: "It is in review. A reviewer publishes it or returns it to draft.",
    Status.PUBLISHED: "It is public. Only a reviewer changes it.",
    Status.WITHDRAWN: "It is withdrawn. Only a reviewer can take it up again.",
}
PROPOSE_PART = ("propose", "Propose to add it")
ONE_PASSAGE = (
    "Give the one passage that proves it, under “Passages that bear on this record”. More can be "
    "cited when it is added."
)


class PublishableAdmin(ProposableAdmin):
    """Forms and lists of records that go from draft to the public."""

    actions = ["submit_chosen", "publish_chosen", "return_chosen", "withdraw_chosen"]

    def asks_reason(self, request: HttpRequest, obj: Any) -> bool:
        """Reviewers are asked where the record, or a passage on its form, may be public."""
        if obj is None or not self.has_publish_permission(request):
            return super().asks_reason(request, obj)
        public = publication.citations_on(obj).filter(status=Status.PUBLISHED)
        return obj.status != Status.DRAFT or public.exists()

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return publication.has_permission(request.user, "publish", self.model)

    status_badge = status_badge

    # --- The form of one record ---

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = context["original"]
        if obj is None:
            verbs = ["submit"] if self.has_add_permission(request) else []
        else:
            verbs = publication.verbs_for(request.user, obj)
            may_change = self.has_change_permission(request, obj)
            context["locked"] = None if may_change else LOCKED.get(obj.status)
            if "withdraw" in verbs:
                context["withdraw_url"] = self.page_url("withdraw", obj)
            context |= self._new_part(request, obj)
        context["verb_buttons"] = [(verb, BUTTONS[verb]) for verb in verbs if verb in BUTTONS]
        return super().render_change_form(request, context, *args, **kwargs)

    def _new_part(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        """Of something public that has parts: where a new one is proposed."""
        part, owner_field = PARTS.get(str(self.opts.model_name), (None, ""))
        if part is None or not additions.may_propose(request.user, str(part._meta.model_name), obj):
            return {}
        url = reverse(f"admin:archive_{part._meta.model_name}_add")
        return {"part": part._meta.verbose_name, "add_part_url": f"{url}?{owner_field}={obj.pk}"}

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        return self._pressed(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        return self._pressed(request, obj) or super().response_change(request, obj)

    def _pressed(self, request: HttpRequest, obj: Any) -> HttpResponse | None:
        """What was typed is saved; now do what the button says beyond that."""
        verb = next((verb for verb in BUTTONS if f"_{verb}" in request.POST), None)
        if verb is None:
            return None
        name = publication.name_of(obj)
        said = {"comment": reason_of(request)} if verb == "return_to_draft" else {}
        try:
            getattr(publication, verb)(obj, request.user, **said)
        except publication.Refused as refusal:
            messages.error(request, f"{name} is saved, but not {DONE[verb]}. {refusal}")
        else:
            messages.success(request, f"{name} is saved and {DONE[verb]}.")
            if verb == "submit" and drafts_with(obj, request.user):
                return HttpResponseRedirect(hand_in_url(obj))
        if verb == "publish" and (waiting := together_with(obj, Status.IN_REVIEW)):
            names = ", ".join(publication.name_of(one) for one in waiting)
            words = 'In review with it: {}. <a href="{}">Review them.</a>'
            words = format_html(words, names, review_of(obj))
            messages.warning(request, words)
        return HttpResponseRedirect(self.page_url("change", obj))

    # --- Withdrawing asks the reason ---

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_withdraw"
        view = self.admin_site.admin_view(self.withdraw_view)
        return [path("<path:object_id>/withdraw/", view, name=name), *super().get_urls()]

    def withdraw_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_publish_permission(request):
            raise PermissionDenied
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        refused = ""
        if request.method == "POST":
            try:
                publication.withdraw(record, request.user, request.POST.get("reason", ""))
            except publication.Refused as refusal:
                refused = str(refusal)
            else:
                messages.success(request, f"{publication.name_of(record)} is withdrawn.")
                return HttpResponseRedirect(self.page_url("change", record))
        return self._ask_reason(request, [record], refused=refused)

    def _ask_reason(
        self,
        request: HttpRequest,
        records: Any,
        verb: str = "withdraw",
        refused: str = "",
        action: str = "",
    ) -> TemplateResponse:
        what = self.opts.verbose_name if not action else "the chosen records"
        context = {
            **self.admin_site.each_context(request),
            "title": f"Return {what} to draft" if verb == "return_to_draft" else f"Withdraw {what}",
            "verb": verb,
            "done": DONE[verb],
            "opts": self.opts,
            "records": records,
            "refused": refused,
            "reason": request.POST.get("reason", ""),
            "action": action,
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/archive/withdraw.html", context)

    # --- Actions on many, reported row by row ---

    @admin.action(description="Submit for review", permissions=["change"])
    def submit_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self._report(request, queryset, "submit")

    @admin.action(description="Publish", permissions=["publish"])
    def publish_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self._report(request, queryset, "publish")

    @admin.action(description="Return to draft…", permissions=["publish"])
    def return_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self._with_reason(request, queryset, "return_to_draft", "comment")

    @admin.action(description="Withdraw…", permissions=["publish"])
    def withdraw_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        return self._with_reason(request, queryset, "withdraw", "reason")

    def _with_reason(
        self, request: HttpRequest, queryset: Any, verb: str, name: str
    ) -> HttpResponse:
        """Ask for what must be said, then do it; `name` is what `publication` calls it."""
        reason = request.POST.get("reason", "").strip()
        if reason:
            return self._report(request, queryset, verb, **{name: reason})
        refused = f"Give the {name}." if "reason" in request.POST else ""
        action = request.POST.get("action", "")
        return self._ask_reason(request, queryset, verb, refused, action)

    def _report(
        self, request: HttpRequest, queryset: Any, verb: str, **kwargs: str
    ) -> TemplateResponse:
        # What others are a part of is published before them, and withdrawn after them.
        records = sorted(
            queryset,
            key=lambda record: getattr(record, "part_of_id", None) is not None,
            reverse=verb == "withdraw",
        )
        rows = []
        for record in records:
            name, url = label_of(record), self.page_url("change", record)
            try:
                getattr(publication, verb)(record, request.user, **kwargs)
            except publication.Refused as refusal:
                rows.append({"name": name, "url": url, "refused": str(refusal)})
            else:
                rows.append({"name": name, "url": url, "refused": ""})
        context = {
            **self.admin_site.each_context(request),
            "title": "Report",
            "opts": self.opts,
            "rows": rows,
            "done": DONE[verb],
            "number_done": sum(not row["refused"] for row in rows),
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/archive/report.html", context)


class PartAdmin(ProposableAdmin):
    """Forms and lists of what is a part of another record and shares its status.

    A new part of something public is not saved: it is proposed, with its passage
    (`archive.additions`), by reviewers too.
    """

    @property
    def owner_field(self) -> str:
        return publication.OWNERS[str(self.opts.model_name)]

    def asks_reason(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None:
            return True  # the owner that will be chosen may be public
        owner = self.opts.get_field(self.owner_field)
        if publication.has_permission(request.user, "publish", owner.related_model):
            return True
        return super().asks_reason(request, obj)

    @admin.display(description="status")
    def status_badge(self, part: Any) -> str:
        return status_badge(self, publication.owner_of(part))

    # --- A new part of something public ---

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        if context["original"] is None:
            owner = self._chosen_owner(request)
            if owner and additions.may_propose(request.user, str(self.opts.model_name), owner):
                context["adds_to"] = owner
                context["verb_buttons"] = [PROPOSE_PART]
                for name in ("show_save", "show_save_and_continue", "show_save_and_add_another"):
                    context[name] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def _chosen_owner(self, request: HttpRequest) -> Any:
        """What the part would belong to, as typed, or as the address says."""
        sent = request.POST if request.method == "POST" else request.GET
        key = sent.get(self.owner_field, "")
        model: Any = self.opts.get_field(self.owner_field).related_model
        return model.objects.filter(pk=key).first() if _is_key(key) else None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        if not _is_proposed(obj):
            super().save_model(request, obj, form, change)

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        part = form.instance
        if not _is_proposed(part):
            super().save_related(request, form, formsets, change)
            return
        passages = [row for formset in formsets for row in formset.save(commit=False)]
        if len(passages) != 1:
            raise Refused(ONE_PASSAGE)
        additions.propose(part, passages[0], request.user, reason_of(request))

    def construct_change_message(
        self, request: Any, form: Any, formsets: Any, add: Any = False
    ) -> Any:
        if _is_proposed(form.instance):
            return []
        return super().construct_change_message(request, form, formsets, add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """What is only proposed was not added yet."""
        return None if _is_proposed(obj) else super().log_addition(request, obj, message)

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        if not _is_proposed(obj):
            return super().response_add(request, obj, post_url_continue)
        owner = publication.owner_of(obj)
        messages.success(
            request,
            f"{publication.name_of(obj)} is proposed, with its passage. What the public sees "
            "stays as it is until a reviewer adds it.",
        )
        page = f"admin:{owner._meta.app_label}_{owner._meta.model_name}_change"
        return HttpResponseRedirect(reverse(page, args=[owner.pk]))


def _is_proposed(part: Any) -> bool:
    """Whether it is new, and would belong to something public."""
    return part.pk is None and publication.is_public(part)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


class PartInline(RecordInline, admin.TabularInline):
    """Parts on the form of their owner. To something public they are added with their passage."""

    template = "admin/archive/part_inline.html"
    may_cite = False

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        # An inline is made anew for each request.
        self.may_cite = publication.has_permission(request.user, "add", Citation)
        return super().get_formset(request, obj, **kwargs)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]
        is_public = obj is not None and obj.pk is not None and publication.is_public(obj)
        return not is_public and super().has_add_permission(request, obj)
