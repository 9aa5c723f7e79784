from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from archive import models, publication
from archive.admin import intake
from archive.admin.base import date_column
from archive.admin.filters import coded, related, year_filter
from archive.admin.forms import RecordForm
from archive.admin.publishing import PublishableAdmin
from archive.admin.reading import ReadingDesk
from archive.admin.replacing import ReplacingPage


class ArticleForm(RecordForm):
    """Has the capture as it came from the document; see `archive.admin.intake`."""

    capture = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta(RecordForm.Meta):
        labels: ClassVar[Any] = {**RecordForm.Meta.labels, "sha256": "SHA-256"}
        # The codebook's words are exact; these are for whoever fills in the form.
        help_texts: ClassVar[Any] = {
            "language": "Its code: en for English, ru for Russian, hy for Armenian.",
            "body_start": "Where the article proper begins in the capture, in characters from 0. "
            "Outside lie menus, a second printing, reader comments.",
            "sha256": "A fingerprint of the capture by the database: another text has another.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "body_end" in self.fields:
            self.fields["body_end"].required = False
            self.fields["body_end"].help_text += " Leave it blank for the end of the capture."
        self.proposal = None
        if self.instance.pk:  # its capture is replaced on a page of its own
            self.fields.pop("capture", None)
        elif "capture" in self.fields:
            self.proposal = intake.unpacked(self["capture"].value() or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.instance.pk:
            if self.proposal is None:
                raise ValidationError(intake.DAMAGED)
            self.instance.text = self.proposal.text
            intake.refuse_twin(self.instance.text)
        if cleaned.get("body_end") is None and "body_end" not in self.errors:
            cleaned["body_end"] = len(self.instance.text)
        return cleaned


ABOUT = (
    (
        None,
        {"fields": ("title", "slug", ("source", "first_published_by"), "authors", "published")},
    ),
    ("Where it was read", {"fields": ("url", "archived_url", ("retrieved_on", "language"))}),
    ("For the reader", {"fields": ("note",)}),
)


@admin.register(models.Article)
class ArticleAdmin(PublishableAdmin):
    form = ArticleForm
    list_display = (
        "title",
        "source",
        "when",
        "language",
        "text_access",
        "status_badge",
        "passages",
        "read",
    )
    list_filter = (
        ("status", coded("status")),
        ("source", related("outlet")),
        year_filter("published_possible", "year of publication"),
        ("text_access", coded("access to the text")),
    )
    list_select_related = ("source", "first_published_by")
    search_fields = ("slug", "title", "authors", "text", "note", "source__name")
    ordering = ("-published_possible", "slug")
    autocomplete_fields = ("source", "first_published_by")

    readonly_fields = ("sha256", "shown_text")
    fieldsets: ClassVar[Any] = (
        *ABOUT,
        (
            "The capture",
            {"fields": (("body_start", "body_end"), "text_access", "sha256", "shown_text")},
        ),
    )
    add_fieldsets = (
        *ABOUT,
        (
            "The capture",
            {"fields": (("body_start", "body_end"), "text_access", "capture")},
        ),
    )

    when = date_column("published", description="published")

    def get_urls(self) -> list[Any]:
        return [*ReadingDesk(self).urls(), *ReplacingPage(self).urls(), *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """First the document is asked for, then the form is opened with what it proposes."""
        step = intake.first_step(self, request)
        if isinstance(step, HttpResponse):
            return step
        return super().add_view(step, form_url, extra_context)

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        """What was just taken in is read next."""
        return HttpResponseRedirect(self.page_url("read", obj))

    def get_changeform_initial_data(self, request: HttpRequest) -> Any:
        return getattr(request, "proposed", {})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        original = context["original"]
        if original is None:
            context |= intake.beside(context["adminform"].form)
        elif publication.may_change(request.user, original):
            context["replace_url"] = self.page_url("replace", original)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="reading desk")
    def read(self, article: models.Article) -> str:
        url = reverse("admin:archive_article_read", args=[article.pk])
        return format_html('<a href="{}" aria-label="Read {}">Read</a>', url, article)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return super().get_fieldsets(request, obj) if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The bounds are fixed once passages are cited, the text from the start."""
        if obj is not None and obj.citations.exists():
            return (*self.readonly_fields, "body_start", "body_end")
        return self.readonly_fields

    @admin.display(description="text")
    def shown_text(self, article: models.Article) -> str:
        """The capture as it is, its furniture dimmed."""
        text, start, end = article.text, article.body_start, article.body_end
        return format_html(
            '<div class="capture" tabindex="0" role="region" aria-label="Text of the capture">'
            '<span class="furniture">{}</span>{}<span class="furniture">{}</span></div>',
            text[:start],
            text[start:end],
            text[end:],
        )
