"""Handing in for review: a record, and what belongs with it, on one page and in one go.

What may be handed in is decided in `archive.publication`, what belongs together in
`archive.together`; here it is asked for and reported, row by row.
"""

from typing import Any

from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst

from archive import models, publication
from archive.admin.lookup import find_record, key_of, label_of
from archive.admin.records import KINDS, form_of, in_order, together_with
from archive.choices import Status
from archive.refusals import Refused


class HandingIn:
    def __init__(self, site: AdminSite) -> None:
        self.site = site

    def urls(self) -> list[Any]:
        view = self.site.admin_view(self.page)
        return [path("review/hand-in/<slug:kind>/<int:pk>/", view, name="review_hand_in")]

    def page(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        record = find_record(f"{kind}:{pk}", KINDS)
        if record is None:
            raise Http404
        if not publication.has_permission(request.user, "change", record):
            raise PermissionDenied
        drafts = drafts_with(record, request.user)
        if request.method == "POST":
            return self._hand_in(request, record, drafts)
        return self._show(
            request,
            "hand_in",
            title="Hand in for review",
            record=record,
            rows=[
                {
                    "key": key_of(draft),
                    "kind": draft._meta.verbose_name,
                    "name": label_of(draft),
                    "url": form_of(draft),
                    # Another's draft may still be in the making.
                    "is_own": publication.last_changed_by(draft) <= {request.user.pk},
                }
                for draft in drafts
            ],
            **_way_back(record),
        )

    def _hand_in(self, request: HttpRequest, record: Any, drafts: list[Any]) -> HttpResponse:
        chosen = request.POST.getlist("chosen")
        rows = []
        for draft in drafts:
            if key_of(draft) not in chosen:
                continue
            refused = ""
            try:
                publication.submit(draft, request.user)
            except Refused as refusal:
                refused = str(refusal)
            name = f"{capfirst(draft._meta.verbose_name)}: {label_of(draft)}"
            rows.append({"name": name, "url": form_of(draft), "refused": refused})
        return self._show(
            request,
            "report",
            title="Handed in",
            rows=rows,
            done="handed in",
            number_done=sum(not row["refused"] for row in rows),
            **_way_back(record),
        )

    def _show(self, request: HttpRequest, name: str, **context: Any) -> TemplateResponse:
        context = {**self.site.each_context(request), **context}
        return TemplateResponse(request, f"admin/archive/review/{name}.html", context)


def _way_back(record: Any) -> dict[str, str]:
    is_article = isinstance(record, models.Article)
    back = form_of(record, "read") if is_article else form_of(record)
    return {"back": back, "back_words": f"Back to “{record}”"}


def drafts_with(record: Any, user: Any) -> list[Any]:
    """The drafts that belong with the record, itself included, that `user` may hand in."""
    drafts = together_with(record, Status.DRAFT)
    if record.status == Status.DRAFT:
        drafts.append(record)
    return [one for one in in_order(drafts) if "submit" in publication.verbs_for(user, one)]


def hand_in_url(record: Any) -> str:
    return reverse("admin:review_hand_in", args=[record._meta.model_name, record.pk])
