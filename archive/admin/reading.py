"""The reading desk: one page an article, where passages are marked and cited.

The page is rendered here whole, with every highlight; its script (`reading.js`) marks a passage,
sends the panel, and puts what comes back in the place of the old text. Offsets count code points
of the capture, and only offsets are sent: the words of a quotation are always the server's.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pghistory
from django.apps import apps
from django.contrib.admin import ModelAdmin
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.db.models import DateTimeField, F, Max
from django.db.models.functions import Greatest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_POST

from archive import models, publication
from archive.admin import panel
from archive.admin.citation import field_choices
from archive.admin.forms import REASON_MISSING, reason_of
from archive.admin.handing_in import hand_in_url
from archive.admin.lookup import TARGETS, key_of, label_needs, typed_label_of
from archive.admin.passages import places_like, set_for_reading
from archive.admin.prefill import suggestions
from archive.anchoring import trim
from archive.choices import Status
from archive.models.citation import CITABLE
from archive.refusals import Refused, refused_in_words

MARKS = "admin/archive/article/read_marks.html"
FOUND_AT_ONCE = 10


class Answer(JsonResponse):
    """What the page's script reads; `errors` are words by the name of a field."""

    @classmethod
    def refusing(cls, words: Any, status: int = 422) -> "Answer":
        errors = words if isinstance(words, dict) else {NON_FIELD_ERRORS: [str(words)]}
        return cls({"errors": errors}, status=status)


def answering(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Every refusal as an answer for the script, which shows it beside the panel."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(*args, **kwargs)
        except panel.Invalid as invalid:
            return Answer.refusing(invalid.errors)
        except Refused as refusal:
            return Answer.refusing(refusal)
        except PermissionDenied:
            return Answer.refusing("You may not do this.", status=403)

    return answer


class ReadingDesk:
    """The views of the page, beside the article's own admin."""

    def __init__(self, articles: "ModelAdmin[Any]") -> None:
        self.articles = articles
        self.site = articles.admin_site

    @property
    def citations(self) -> Any:
        return self.site.get_model_admin(models.Citation)

    def urls(self) -> list[Any]:
        def at(route: str, view: Any, name: str) -> Any:
            return path(route, self.site.admin_view(view), name=f"archive_article_{name}")

        here = "<int:article_id>/read/"
        return [
            at(here, require_GET(self.page), "read"),
            at(f"{here}passage/", require_GET(answering(self.passage)), "read_passage"),
            at(f"{here}cite/", require_POST(answering(self.cite)), "read_cite"),
            at(f"{here}undo/", require_POST(answering(self.undo)), "read_undo"),
            at(f"{here}bounds/", require_POST(answering(self.bounds)), "read_bounds"),
            at("read/records/", require_GET(self.records), "read_records"),
        ]

    # --- The page ---

    def page(self, request: HttpRequest, article_id: int) -> HttpResponse:
        article = self._article(request, article_id)
        context = {
            **self.site.each_context(request),
            **self._marks(request, article),
            "title": article.title,
            "opts": self.articles.opts,
        }
        if context["may_cite"]:
            form = panel.citation_form(self.site, request)
            context |= {
                "hand_in_url": hand_in_url(article),
                "form": form,
                "media": form.media,
                "kinds": [
                    (
                        kind,
                        apps.get_model("archive", kind)._meta.verbose_name,
                        panel.shown_fields(self.site, request, kind),
                    )
                    for kind in panel.kinds_for(self.site, request)
                ],
                "makes_request_with_event": {"event", "request"}
                <= set(panel.kinds_for(self.site, request)),
                "makes_silence": "response" in panel.kinds_for(self.site, request),
                "fields": [
                    (value, label, " ".join(_kinds_with(value)))
                    for value, label in field_choices(*CITABLE)
                ],
            }
        return TemplateResponse(request, "admin/archive/article/read.html", context)

    def _article(self, request: HttpRequest, article_id: int) -> models.Article:
        article: models.Article | None = self.articles.get_object(request, str(article_id))
        if not self.articles.has_view_permission(request, article):
            raise PermissionDenied
        if article is None:
            raise Http404
        return article

    def _citations(self, article: models.Article) -> list[Any]:
        """The citations that stand, with what their labels read."""
        needs = (path for name in CITABLE for path in label_needs(name.replace("_", ""), name))
        standing = models.Citation.objects.exclude(status=Status.WITHDRAWN)
        return list(standing.filter(article=article).select_related(*needs))

    def _marks(self, request: HttpRequest, article: models.Article) -> dict[str, Any]:
        """What changes with each citation: the highlights, the margin, the coverage."""
        citations = self._citations(article)
        for citation in citations:
            record = citation.target
            citation.label = typed_label_of(record)
            citation.field_words = citation.field.replace("_", " ")
            citation.record_url = reverse(
                f"admin:archive_{record._meta.model_name}_change", args=[record.pk]
            )
        return {
            "article": article,
            "reading": set_for_reading(article, citations),
            "citation_total": len(citations),
            "may_cite": self.citations.has_add_permission(request),
            "may_move_bounds": self.articles.has_change_permission(request, article),
            "is_public": publication.is_public(article),
        }

    def _changed(self, request: HttpRequest, article: models.Article, **more: Any) -> Answer:
        marks = render_to_string(MARKS, self._marks(request, article), request)
        return Answer({"marks": marks, **more})

    # --- Marking a passage ---

    def passage(self, request: HttpRequest, article_id: int) -> HttpResponse:
        """The passage between two offsets, trimmed, with what it suggests; or places to choose."""
        article = self._article(request, article_id)
        if typed := request.GET.get("words", "").strip():
            places = places_like(typed, article.text, article.body_start, article.body_end)
            if not places:
                raise Refused("These words do not stand in the article.")
            if len(places) > 1:
                return Answer({"places": [self._place(article, *place) for place in places]})
            start, end = trim(article.text, *places[0])
        else:
            start, end = self._selected(request.GET, article)
        quote = article.text[start:end]
        near = self._citations(article)
        return Answer(
            {
                "start": start,
                "end": end,
                "quote": quote,
                "cited": [
                    typed_label_of(one.target)
                    for one in near
                    if (one.start, one.end) == (start, end)
                ],
                "suggestions": suggestions(quote, start, near),
            }
        )

    def _selected(self, sent: Any, article: models.Article) -> tuple[int, int]:
        """The selection sent, in whole characters and inside the body."""
        if sent.get("sha256", article.sha256) != article.sha256:
            raise Refused(
                "The capture was replaced since this page was opened. Note what you typed, then "
                "reload the page."
            )
        start, end = (_number(sent.get(name)) for name in ("start", "end"))
        if start is None or end is None:
            raise Refused("Select the passage in the text first.")
        start = min(max(start, article.body_start), article.body_end)
        start, end = trim(article.text, start, max(min(end, article.body_end), start))
        if start == end:
            raise Refused("Select words of the article proper; what is greyed is no evidence.")
        return start, end

    @staticmethod
    def _place(article: models.Article, start: int, end: int) -> dict[str, Any]:
        text = article.text
        return {
            "start": start,
            "end": end,
            "quote": text[start:end],
            "before": text[max(article.body_start, start - 40) : start],
            "after": text[end : min(end + 40, article.body_end)],
        }

    def records(self, request: HttpRequest) -> JsonResponse:
        """Records to cite, of all kinds: those edited or cited last come first."""
        page = _number(request.GET.get("page")) or 1
        first = (page - 1) * FOUND_AT_ONCE
        last = first + FOUND_AT_ONCE
        term = request.GET.get("term", "").replace("\0", "")
        found: list[Any] = []
        for name in TARGETS:
            model_admin: Any = self.site.get_model_admin(apps.get_model("archive", name))
            if not model_admin.has_view_permission(request):
                raise PermissionDenied
            queryset = model_admin.get_queryset(request)
            matching, _ = model_admin.get_search_results(request, queryset, term)
            touched = Greatest(
                F("updated_at"), Max("citations__updated_at"), output_field=DateTimeField()
            )
            # A join of the search may give a record several times.
            keys = matching.order_by().values("pk").distinct()
            recent = queryset.filter(pk__in=keys).annotate(touched=touched)
            found += recent.order_by("-touched", "pk")[: last + 1]
        found.sort(key=lambda record: record.touched, reverse=True)
        return JsonResponse(
            {
                "results": [
                    {"id": key_of(record), "text": typed_label_of(record)}
                    for record in found[first:last]
                ],
                "pagination": {"more": len(found) > last},
            }
        )

    # --- Writing ---

    def cite(self, request: HttpRequest, article_id: int) -> HttpResponse:
        article = self._article(request, article_id)
        if not self.citations.has_add_permission(request):
            raise PermissionDenied
        start, end = self._selected(request.POST, article)
        # The form of each kind has its own field for the reason; it is asked for by one name.
        typed = request.POST.copy()
        typed["change_reason"] = typed.get(f"{typed.get('kind')}-change_reason", "")
        request.POST = typed  # type: ignore[assignment]
        if reason := reason_of(request):
            pghistory.context(reason=reason)  # joins the context of the request
        made = panel.save(self.site, request, article, start, end)
        token = panel.undo_token(request.user, made)
        if isinstance(made[0], models.Proposal):
            proposal = made[0]
            what = f"Proposed: a new {proposal.get_adds_display().lower()}"
            message = f"{what} in “{proposal.record}”. A reviewer decides."
            return self._changed(request, article, message=message, undo=token)
        citations = [one for one in made if isinstance(one, models.Citation)]
        records = [one for one in made if one not in citations]
        new = f"New: {'; '.join(typed_label_of(one) for one in records)}." if records else ""
        target = citations[0].target
        about = "" if records else f"Cited for {typed_label_of(target)}."
        return self._changed(
            request,
            article,
            message=new or about,
            form=reverse(f"admin:archive_{target._meta.model_name}_change", args=[target.pk]),
            citation=citations[0].pk,
            undo=token,
        )

    def undo(self, request: HttpRequest, article_id: int) -> HttpResponse:
        article = self._article(request, article_id)
        gone = panel.undo(self.site, request, request.POST.get("undo", ""))
        return self._changed(request, article, message=f"Undone: {gone}.")

    def bounds(self, request: HttpRequest, article_id: int) -> HttpResponse:
        """Move where the article proper begins and ends; its citations must stay inside."""
        article = self._article(request, article_id)
        if not self.articles.has_change_permission(request, article):
            raise PermissionDenied
        start, end = (_number(request.POST.get(name)) for name in ("body_start", "body_end"))
        if start is None or end is None:
            raise Refused("Give both bounds as whole numbers, in characters from 0.")
        reason = reason_of(request)
        if publication.is_public(article) and not reason:
            return Answer.refusing({"change_reason": [REASON_MISSING]})
        if reason:
            pghistory.context(reason=reason)
        with refused_in_words():
            article.body_start, article.body_end = start, end
            article.save(update_fields=["body_start", "body_end"])
        self.articles.log_change(request, article, [{"changed": {"fields": ["body"]}}])
        return self._changed(
            request, article, message=f"The article proper now runs from {start} to {end}."
        )


def _number(text: str | None) -> int | None:
    """A count of characters as sent; None where it is none."""
    is_count = text is not None and text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if is_count and text else None


def _kinds_with(field: str) -> list[str]:
    """The kinds of target that have the field, as model names; all for the whole record."""
    return [name.replace("_", "") for name, fields in CITABLE.items() if field in (*fields, "")]
