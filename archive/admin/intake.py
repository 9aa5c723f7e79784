"""The first step of adding an article: a document is pasted or uploaded, and proposes the form.

What is proposed is decided in `archive.intake`. The capture travels from step to step in a hidden
field, compressed and signed: a text area would end its lines otherwise and drop blanks.
"""

import re
from copy import copy
from dataclasses import asdict, replace
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib.admin import ModelAdmin
from django.contrib.admin.widgets import AdminTextareaWidget, AdminURLFieldWidget
from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import slugify

from archive import models
from archive.anchoring import Capture, paragraphs
from archive.intake import (
    PAGE_SUFFIXES,
    TEXT_SUFFIXES,
    Proposal,
    near_duplicates,
    propose,
    same_capture,
)
from archive.refusals import Refused

SALT = "archive.admin.intake"
DAMAGED = "The capture did not come along as it was. Take the document in again."
# Words of the title in a proposed slug.
SLUG_WORDS = 8


# --- The capture on its way ------------------------------------------------------------------


def packed(proposal: Proposal) -> str:
    """The proposal for a hidden field: byte for byte, and signed against changes."""
    return signing.dumps(asdict(proposal), salt=SALT, compress=True)


def unpacked(value: str) -> Proposal | None:
    """The proposal as it was packed; None where it has been tampered with."""
    try:
        return Proposal(**signing.loads(value, salt=SALT))
    except signing.BadSignature:
        return None


# --- The document ----------------------------------------------------------------------------


class DocumentForm(forms.Form):
    """A document, as a file or as pasted text; once valid, `proposal` is what it proposes."""

    url = forms.URLField(
        label="Address",
        required=False,
        max_length=500,
        assume_scheme="https",
        widget=AdminURLFieldWidget,
        help_text="Where it was read, if on the web. Its words help to find the title and the "
        "outlet; nothing is fetched.",
    )
    upload = forms.FileField(
        label="File",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join((*TEXT_SUFFIXES, *PAGE_SUFFIXES))}),
        help_text="A .txt file in UTF-8, which is kept byte for byte; or a saved web page (.html), "
        "of which the article's text is kept.",
    )
    pasted = forms.CharField(
        label="Or paste the text",
        required=False,
        strip=False,
        widget=AdminTextareaWidget(attrs={"rows": 16}),
        help_text="All that you copied, menus and comments too: where the article begins and ends "
        "is proposed in the next step.",
    )

    proposal: Proposal

    def __init__(self, *args: Any, article: models.Article | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.article = article  # whose capture it is to replace

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        upload, pasted = cleaned["upload"], cleaned["pasted"]
        if upload and pasted.strip():
            raise ValidationError("Give the document once: as a file or as text, not both.")
        if not upload and not pasted.strip():
            raise ValidationError("Give the document: choose a file, or paste its text.")
        content = upload.read() if upload else pasted.encode()
        try:
            self.proposal = propose(content, upload.name if upload else "", cleaned["url"])
        except Refused as refusal:
            raise ValidationError(str(refusal)) from refusal
        refuse_twin(self.proposal.text, self.article)
        return cleaned


def refuse_twin(text: str, article: models.Article | None = None) -> None:
    """The same bytes are held once; the refusal leads to the first."""
    twin = same_capture(text)
    if twin is None:
        return
    if article is not None and twin.pk == article.pk:
        raise ValidationError("The article has exactly this capture already, byte for byte.")
    raise ValidationError(
        format_html(
            'This capture is in the archive already: <a href="{}">“{}”</a> ({}).',
            reverse("admin:archive_article_change", args=[twin.pk]),
            twin,
            twin.slug,
        )
    )


def document_page(
    articles: "ModelAdmin[Any]", request: HttpRequest, form: DocumentForm, **context: Any
) -> HttpResponse:
    context = {
        **articles.admin_site.each_context(request),
        "opts": articles.opts,
        "form": form,
        "is_popup": "_popup" in request.GET,
        **context,
    }
    return TemplateResponse(request, "admin/archive/article/document.html", context)


def first_step(articles: "ModelAdmin[Any]", request: HttpRequest) -> HttpResponse | HttpRequest:
    """The page that asks for the document; or, once it is there, the request for the form."""
    if not articles.has_add_permission(request):
        raise PermissionDenied
    if request.method == "POST" and "capture" in request.POST:
        return request  # the form has come back
    form = DocumentForm(request.POST, request.FILES) if request.method == "POST" else DocumentForm()
    if not form.is_valid():
        return document_page(articles, request, form, title="Add article")
    asked: Any = copy(request)
    asked.method = "GET"  # the admin opens its form, with the proposal in the fields
    asked.proposed = proposed(form.proposal, form.cleaned_data["url"], pasted=not request.FILES)
    return asked


# --- The form with the proposal --------------------------------------------------------------


def proposed(proposal: Proposal, url: str, *, pasted: bool) -> dict[str, Any]:
    """The initial values of the article's form."""
    source = source_for(proposal.outlet, url)
    if source is None:
        outlet = f" “{proposal.outlet}”" if proposal.outlet else ""
        note = f"No outlet of the archive was recognised{outlet}: choose it."
        proposal = replace(proposal, notes=[*proposal.notes, note])
    values = {
        "title": proposal.title,
        "slug": slug_for(source, proposal),
        "source": source.pk if source else None,
        "authors": "\n".join(proposal.authors),
        "published": proposal.published,
        "url": url,
        "language": proposal.language,
        "retrieved_on": timezone.localdate() if pasted else None,
        "body_start": proposal.body_start,
        "body_end": proposal.body_end,
        "note": proposal.provenance,
        "capture": packed(proposal),
    }
    # What the document does not say is left to the form's own defaults.
    return {name: value for name, value in values.items() if value not in ("", None)}


def source_for(outlet: str, url: str) -> models.Source | None:
    """The one outlet with this address or this name; none where several would fit."""
    sources = list(models.Source.objects.all())
    hosts = {_host(url), outlet.lower().removeprefix("www.")} - {""}
    by_host = [one for one in sources if _host(one.homepage) in hosts]
    by_name = [one for one in sources if one.name.casefold() == outlet.casefold()]
    return next((found[0] for found in (by_host, by_name) if len(found) == 1), None)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def slug_for(source: models.Source | None, proposal: Proposal) -> str:
    """Outlet, year and words of the title."""
    year = re.match(r"\d{4}", proposal.published)
    words = slugify(proposal.title).replace("_", "-").split("-")[:SLUG_WORDS]
    parts = [source.slug if source else "", year[0] if year else "", *words]
    slug = "-".join(part for part in parts if part)
    return slug if len(slug) <= 100 else slug[:100].rpartition("-")[0]


def beside(form: Any) -> dict[str, Any]:
    """What the page shows beside the form: notes, what is like it, and the capture."""
    proposal: Proposal | None = form.proposal
    if proposal is None:
        return {}
    start, end = (_bound(form, name) for name in ("body_start", "body_end"))
    if start is None or end is None or not 0 <= start < end <= len(proposal.text):
        start, end = proposal.body_start, proposal.body_end
    capture = Capture(proposal.text, start, end)
    alike = near_duplicates(capture.body)
    prefetch_related_objects([one for one, _ in alike], "source", "first_published_by")
    return {
        "proposal": proposal,
        "alike": [
            {
                "article": one,
                "percent": round(100 * likeness),
                "first": one.first_published_by or one.source,
            }
            for one, likeness in alike
        ],
        "lines": lines_of(capture),
    }


def _bound(form: Any, name: str) -> int | None:
    try:
        return int(form[name].value())
    except (TypeError, ValueError):
        return None


def lines_of(capture: Capture) -> list[dict[str, Any]]:
    """The lines of a capture, each with its place and whether it is of the article proper."""
    text, start, end = capture
    parts = ((0, start, False), (start, end, True), (end, len(text), False))
    return [
        {"start": line.start, "text": line.text, "inside": inside}
        for first, last, inside in parts
        for line in paragraphs(text, first, last)
    ]
