import hashlib
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from archive import models
from archive.admin.base import date_column, text_area
from archive.admin.filters import coded, related, year_filter
from archive.admin.forms import PlainTextField, RecordForm
from archive.admin.publishing import PublishableAdmin
from archive.admin.reading import ReadingDesk


class ArticleForm(RecordForm):
    """Takes the capture as a file, byte for byte, or as pasted text."""

    capture = forms.FileField(
        label="Capture (file)",
        required=False,
        help_text="A text file in UTF-8; it is kept byte for byte. Or paste the text below.",
    )
    text = PlainTextField(
        label="Capture (text)",
        required=False,
        strip=False,
        widget=text_area(16),
        help_text="The text as it stands on the page. It can never be altered afterwards.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "body_end" in self.fields:
            self.fields["body_end"].required = False
            self.fields["body_end"].help_text += " Leave it blank for the end of the capture."
        if self.instance.pk:  # the text of an article is read only, see ArticleAdmin
            self.fields.pop("capture", None)
            self.fields.pop("text", None)

    def clean_capture(self) -> str | None:
        upload = self.cleaned_data.get("capture")
        if not upload:
            return None
        upload.seek(0)
        try:
            return str(upload.read().decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ValidationError(
                "This file is not in UTF-8. Save it as UTF-8 text and choose it again."
            ) from error

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk:
            text = self.instance.text
        else:
            text = cleaned["text"] = self._captured(cleaned)
        if text and cleaned.get("body_end") is None and "body_end" not in self.errors:
            cleaned["body_end"] = len(text)
        return cleaned

    def _captured(self, cleaned: dict[str, Any]) -> str:
        uploaded, pasted = cleaned.get("capture"), cleaned.get("text", "")
        if uploaded and pasted.strip():
            self.add_error("text", "Give the capture once: as a file or as text, not both.")
        text = uploaded or pasted
        if not text.strip() and "capture" not in self.errors:
            self.add_error("text", "Give the capture: choose a file, or paste its text here.")
        digest = hashlib.sha256(text.encode()).hexdigest()
        if twin := models.Article.objects.filter(sha256=digest).first():
            self.add_error(None, f"This capture is in the archive already: “{twin}” ({twin.slug}).")
        return text


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

    prepopulated_fields = {"slug": ("title",)}
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
            {"fields": ("capture", "text", ("body_start", "body_end"), "text_access")},
        ),
    )

    when = date_column("published", description="published")

    def get_urls(self) -> list[Any]:
        return [*ReadingDesk(self).urls(), *super().get_urls()]

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
