"""Replacing the capture of an article by a corrected one, with the fate of each citation shown.

What moves by itself is decided in `archive.intake`; here a person decides the rest, and all is
saved in one transaction, if it still is what he saw.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

import pghistory
from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from archive import models, publication
from archive.admin.forms import REASON_MISSING, PlainTextField
from archive.admin.intake import (
    DAMAGED,
    DocumentForm,
    document_page,
    lines_of,
    packed,
    unpacked,
)
from archive.admin.lookup import label_needs, typed_label_of
from archive.admin.passages import places_like
from archive.anchoring import Capture, paragraphs, trim
from archive.intake import Move, Proposal, Replacement, apply, replacement
from archive.models.citation import CITABLE
from archive.refusals import Refused, refused_in_words

CHANGED = (
    "The article, its citations or the bounds are not what you last saw. Look again at what "
    "becomes of each citation, then save."
)
# Characters shown on either side of a passage.
AROUND = 70


class ReplacementForm(forms.Form):
    """The new capture's bounds, what the article says of it, and the decisions on citations."""

    capture = forms.CharField(widget=forms.HiddenInput)
    body_start = forms.IntegerField(min_value=0, label="The body begins at")
    body_end = forms.IntegerField(min_value=1, label="The body ends at")
    retrieved_on = forms.DateField(
        required=False,
        label="Retrieved on",
        widget=AdminTextInputWidget(attrs={"size": 12}),
        help_text="When the new capture was taken, such as 2024-05-31.",
    )
    note = PlainTextField(
        required=False,
        label="Note of the article",
        widget=AdminTextareaWidget(attrs={"rows": 3}),
    )
    change_reason = forms.CharField(
        required=False,
        max_length=500,
        label="Reason for the change",
        widget=AdminTextInputWidget,
        help_text="What was wrong with the old capture. It is kept in the history.",
    )

    def __init__(self, *args: Any, proposal: Proposal, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.proposal = proposal
        self.decisions = Decisions(self.data)

    def reason(self) -> str:
        return str(self.data.get("change_reason", "")).strip()


class ReplacingPage:
    """The views of the page, beside the article's own admin."""

    def __init__(self, articles: "ModelAdmin[Any]") -> None:
        self.articles = articles
        self.site = articles.admin_site

    def urls(self) -> list[Any]:
        view = self.site.admin_view(self.page)
        return [path("<int:article_id>/replace/", view, name="archive_article_replace")]

    def page(self, request: HttpRequest, article_id: int) -> HttpResponse:
        article: models.Article | None = self.articles.get_object(request, str(article_id))
        if article is None:
            raise Http404
        if not publication.may_change(request.user, article):
            raise PermissionDenied
        if request.method == "POST" and "capture" in request.POST:
            return self._judged(request, article)
        return self._document(request, article)

    # --- The new document ---

    def _document(self, request: HttpRequest, article: models.Article) -> HttpResponse:
        if request.method != "POST":
            form = DocumentForm(article=article, initial={"url": article.url})
        else:
            form = DocumentForm(request.POST, request.FILES, article=article)
            if form.is_valid():
                return self._first_look(request, article, form.proposal)
        return document_page(
            self.articles, request, form, title="Replace the capture", article=article
        )

    def _first_look(
        self, request: HttpRequest, article: models.Article, proposal: Proposal
    ) -> HttpResponse:
        start, end = kept_bounds(article, proposal)
        form = ReplacementForm(
            proposal=proposal,
            initial={
                "capture": packed(proposal),
                "body_start": start,
                "body_end": end,
                "retrieved_on": article.retrieved_on,
                "note": note_with(article.note, proposal.provenance),
            },
        )
        plan = replacement(article, proposal.text, start, end)
        return self._show(request, article, form, plan)

    # --- What becomes of the citations ---

    def _judged(self, request: HttpRequest, article: models.Article) -> HttpResponse:
        proposal = unpacked(request.POST["capture"])
        if proposal is None:
            messages.error(request, DAMAGED)
            return HttpResponseRedirect(request.path)
        form = ReplacementForm(request.POST, proposal=proposal)
        if not form.is_valid() and {"body_start", "body_end"} & set(form.errors):
            return self._show(request, article, form, None)
        bounds = form.cleaned_data["body_start"], form.cleaned_data["body_end"]
        try:
            plan = replacement(article, proposal.text, *bounds)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return self._show(request, article, form, None)
        if "_save" in request.POST:
            form.decisions.read(plan)
            if request.POST.get("seen") != seen(plan):
                form.add_error(None, CHANGED)
            elif needs_reason(plan) and not form.reason():
                form.add_error("change_reason", REASON_MISSING)
            elif form.is_valid() and not form.decisions.errors:
                try:
                    self._save(request, plan, form)
                except Refused as refusal:
                    form.add_error(None, str(refusal))
                else:
                    name = publication.name_of(article)
                    messages.success(request, f"The capture of {name} is replaced.")
                    return HttpResponseRedirect(
                        reverse("admin:archive_article_change", args=[article.pk])
                    )
        return self._show(request, article, form, plan)

    def _save(self, request: HttpRequest, plan: Replacement, form: ReplacementForm) -> None:
        user: Any = request.user
        reason = {"reason": form.reason()} if form.reason() else {}
        with refused_in_words(), pghistory.context(user=user.pk, **reason):
            # Published meanwhile, say: who may change it is asked of the article as it is now.
            current = models.Article.objects.select_for_update().get(pk=plan.article.pk)
            if not publication.may_change(user, current):
                raise Refused(
                    "The article has been moved on meanwhile: only a reviewer changes it."
                )
            if publication.is_public(current) and not form.reason():
                raise Refused(REASON_MISSING)
            if locked := locked_for(user, plan):
                raise Refused(locked)
            article = apply(plan, form.decisions.moved_by_hand, form.decisions.quoted_anew)
            article.note = form.cleaned_data["note"]
            article.retrieved_on = form.cleaned_data["retrieved_on"]
            article.save(update_fields=["note", "retrieved_on"])
        self.articles.log_change(request, article, [{"changed": {"fields": ["capture"]}}])

    def _show(
        self,
        request: HttpRequest,
        article: models.Article,
        form: ReplacementForm,
        plan: Replacement | None,
    ) -> HttpResponse:
        context = {
            **self.site.each_context(request),
            "title": "Replace the capture",
            "opts": self.articles.opts,
            "article": article,
            "form": form,
            "proposal": form.proposal,
            "plan": plan,
        }
        if plan is None:
            proposal = form.proposal
            bounds = proposal.body_start, proposal.body_end
            context["lines"] = lines_of(Capture(proposal.text, *bounds))
        else:
            rows = rows_of(plan, form.decisions)
            context |= {
                "lines": lines_of(plan.new),
                "settled": [row for row in rows if row["new"]],
                "open": [row for row in rows if not row["new"]],
                "seen": seen(plan),
                "locked": locked_for(request.user, plan),
                "asks_reason": needs_reason(plan),
            }
        return TemplateResponse(request, "admin/archive/article/replace.html", context)


# --- What is proposed ------------------------------------------------------------------------


def kept_bounds(article: models.Article, proposal: Proposal) -> tuple[int, int]:
    """The bounds that an editor gave the old body, where its first and last line are found."""
    old = list(paragraphs(article.text, article.body_start, article.body_end))
    start, end = proposal.body_start, proposal.body_end
    if old and proposal.text.count(old[0].text) == 1:
        start = proposal.text.index(old[0].text)
    if old and proposal.text.count(old[-1].text) == 1:
        end = proposal.text.index(old[-1].text) + len(old[-1].text)
    return (start, end) if start < end else (proposal.body_start, proposal.body_end)


def note_with(note: str, provenance: str) -> str:
    """The note, with the sentence on the new file in the place of that on the old one."""
    rest = re.sub(r"Extracted with trafilatura .{,400}? SHA-256 [0-9a-f]{64}\.", "", note).strip()
    return f"{rest} {provenance}".strip()


# --- Who may, and why ------------------------------------------------------------------------


def needs_reason(plan: Replacement) -> bool:
    """The public sees the article, or a passage that is cited of it."""
    records = [plan.article, *(move.citation for move in plan.moves)]
    return any(publication.is_public(one) for one in records)


def locked_for(user: Any, plan: Replacement) -> str:
    """In words, if there are citations that `user` may not change."""
    locked = [one.citation for one in plan.moves if not publication.may_change(user, one.citation)]
    if not locked:
        return ""
    return (
        f"{len(locked)} of its citations are not drafts any more, such as {locked[0]}: a reviewer "
        "must replace this capture."
    )


def seen(plan: Replacement) -> str:
    """What the page showed: the old and the new capture, and the fate of each citation."""
    moves = [
        (str(one.citation.uuid), one.quote, one.old_start, one.new_start, one.places)
        for one in plan.moves
    ]
    return sha256(repr((plan.old, plan.new, moves)).encode()).hexdigest()


def by_passage(moves: Iterable[Move]) -> dict[str, list[Move]]:
    """The citations of each passage: one place and one fate, whatever they are about."""
    found: dict[str, list[Move]] = {}
    for move in moves:
        found.setdefault(f"{move.old_start}-{len(move.quote)}", []).append(move)
    return found


# --- What a person decides -------------------------------------------------------------------


class Decisions:
    """For each open passage: a place chosen, or other words to quote; `errors` by its key.

    A passage may be cited for several records: what is decided holds for all of them.
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.moved_by_hand: dict[UUID, int] = {}
        self.quoted_anew: dict[UUID, tuple[int, int]] = {}
        self.errors: dict[str, str] = {}

    def chosen(self, key: str) -> str:
        return str(self.data.get(f"place-{key}", ""))

    def words(self, key: str) -> str:
        return str(self.data.get(f"words-{key}", "")).replace("\r\n", "\n")

    def begins(self, key: str) -> str:
        return str(self.data.get(f"begins-{key}", "")).strip()

    def read(self, plan: Replacement) -> None:
        for key, moves in by_passage(plan.open).items():
            try:
                self._read_one(key, moves, plan.new)
            except Refused as refusal:
                self.errors[key] = str(refusal)

    def _read_one(self, key: str, moves: list[Move], new: Capture) -> None:
        uuids = [move.citation.uuid for move in moves]
        chosen = self.chosen(key)
        if chosen in {str(place) for place in moves[0].places}:
            self.moved_by_hand |= dict.fromkeys(uuids, int(chosen))
        elif self.words(key).strip():
            place = self._place_of(self.words(key), self.begins(key), new)
            self.quoted_anew |= dict.fromkeys(uuids, place)
        else:
            raise Refused("Choose a place, or give the words to quote instead.")

    @staticmethod
    def _place_of(words: str, begins: str, new: Capture) -> tuple[int, int]:
        places = [
            trim(new.text, *place)
            for place in places_like(words, new.text, new.body_start, new.body_end)
        ]
        if not places:
            raise Refused("These words do not stand in the new body.")
        if begins:
            places = [place for place in places if str(place[0]) == begins]
            if not places:
                raise Refused(f"These words do not begin at {begins} in the new body.")
        if len(places) > 1:
            starts = ", ".join(str(start) for start, _ in places)
            raise Refused(f"These words begin at {starts}: say in “begins at” which you mean.")
        return places[0]


# --- Rows of the page ------------------------------------------------------------------------


def labels_of(plan: Replacement) -> dict[int, str]:
    """What each citation is about; read at once, so that citations cost no query each."""
    needs = (
        need for name in CITABLE for need in label_needs(name.replace("_", ""), name)
    )  # as in the list of citations
    citations = plan.article.citations.select_related(*needs)
    return {one.pk: typed_label_of(one.target) for one in citations}


def rows_of(plan: Replacement, decisions: Decisions) -> list[dict[str, Any]]:
    """A row a passage: what it is cited for, where it stood, and where it stands or might."""
    labels = labels_of(plan)
    rows = []
    for key, cited in by_passage(plan.moves).items():
        move = cited[0]
        settled = move.new_start is not None
        rows.append(
            {
                "key": key,
                "citations": [
                    {
                        "label": labels.get(one.citation.pk, ""),
                        "record": one.citation,
                        "url": reverse("admin:archive_citation_change", args=[one.citation.pk]),
                    }
                    for one in cited
                ],
                "old": _around(plan.old, move.old_start, move.quote),
                "new": _around(plan.new, move.new_start or 0, move.quote) if settled else None,
                "reason": str(move.reason),
                "places": [_around(plan.new, at, move.quote) for at in move.places],
                "chosen": decisions.chosen(key),
                "words": decisions.words(key),
                "begins": decisions.begins(key),
                "error": decisions.errors.get(key, ""),
            }
        )
    return rows


def _around(capture: Capture, start: int, quote: str) -> dict[str, Any]:
    """A passage with what stands beside it in the body."""
    end = start + len(quote)
    return {
        "start": start,
        "value": str(start),
        "before": capture.text[max(capture.body_start, start - AROUND) : start],
        "quote": quote,
        "after": capture.text[end : min(end + AROUND, capture.body_end)],
    }
