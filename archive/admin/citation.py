from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from archive import models, publication, review
from archive.admin.base import RecordInline, badge
from archive.admin.filters import coded, related
from archive.admin.forms import RecordForm
from archive.admin.lookup import TARGETS, RecordField, label_needs, typed_label_of
from archive.admin.pages import PageByKey
from archive.admin.publishing import PublishableAdmin
from archive.models.citation import CITABLE

WHOLE = ("", "— the whole record")


def field_choices(*targets: str) -> list[tuple[str, str]]:
    """The fields that a passage can bear on, of one kind of target or of several."""
    fields = dict.fromkeys(field for target in targets for field in CITABLE[target])
    return [WHOLE, *((field, field.replace("_", " ").capitalize()) for field in fields)]


class CitationForm(RecordForm):
    """Finds the passage anew when its words or its article change."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        article, quote = cleaned.get("article"), cleaned.get("quote", "")
        if article and "\n" in quote and quote not in article.text:
            # Some captures end their lines with CR LF, which no browser can say.
            as_captured = quote.replace("\n", "\r\n")
            if as_captured in article.text:
                cleaned["quote"] = as_captured
        changed = set(self.changed_data)
        if changed & {"quote", "article"} and "start" not in changed:
            cleaned["start"] = None
        return cleaned


class CitationTargetForm(CitationForm):
    """A citation on its own: the record it is about is chosen in one field."""

    target = RecordField(
        TARGETS,
        label="Record",
        help_text="What the passage is about: an event, participation, request, response, "
        "membership, provision, roll call or vote. Type words of its title.",
    )
    field = forms.ChoiceField(
        required=False,
        help_text="The field of the record that the passage bears on, or the whole record.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "field" in self.fields:
            # A target that is chosen now is judged in clean(), so all fields are offered.
            of_target = self.instance.target_type if not self.is_bound else ""
            targets = [of_target] if of_target else list(CITABLE)
            self.fields["field"].choices = field_choices(*targets)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        target, field = cleaned.get("target"), cleaned.get("field")
        if target and field:
            name = models.Citation.target_field_of(type(target)) or ""
            if field not in CITABLE[name]:
                self.add_error(
                    "field",
                    f"This {target._meta.verbose_name} has no field “{field}”. Choose one of: "
                    f"{', '.join(CITABLE[name])}; or the whole record.",
                )
        return cleaned

    def set_record(self, name: str, record: Any) -> None:
        chosen = models.Citation.target_field_of(type(record)) if record else None
        for target in CITABLE:
            setattr(self.instance, target, record if target == chosen else None)


@admin.register(models.Citation)
class CitationAdmin(PublishableAdmin):
    form = CitationTargetForm
    list_display = (
        "quotation",
        "article",
        "about",
        "field",
        "stance_of",
        "asserted",
        "status_badge",
    )
    list_filter = (
        ("status", coded("status")),
        ("stance", coded("stance")),
        ("article", related("article")),
        ("article__source", related("outlet")),
    )
    paginator = PageByKey
    list_select_related = (
        "article",
        *(path for name in CITABLE for path in label_needs(name.replace("_", ""), name)),
    )
    search_fields = (
        "quote",
        "asserted",
        "note",
        "article__slug",
        "article__title",
        *(
            f"{path}__slug"
            for path in (
                "event",
                "request",
                "response",
                "membership",
                "provision",
                "roll_call",
                "participation__event",
                "vote__roll_call",
            )
        ),
    )
    ordering = ("article__slug", "start")
    autocomplete_fields = ("article",)
    evidence = False
    fieldsets = (
        ("The passage", {"fields": ("article", "quote", "start")}),
        ("What it bears on", {"fields": ("target", "field", ("stance", "asserted"), "note")}),
    )

    @admin.display(description="passage", ordering="quote")
    def quotation(self, citation: models.Citation) -> str:
        return str(citation)

    @admin.display(description="record")
    def about(self, citation: models.Citation) -> str | None:
        return typed_label_of(citation.target) if citation.target else None

    @admin.display(description="stance", ordering="stance")
    def stance_of(self, citation: models.Citation) -> str:
        return badge(citation.stance, citation.get_stance_display())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        obj = context["original"]
        context["is_stale"] = obj is not None and bool(obj.field) and review.is_stale(obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: Any) -> None:
        super().save_model(request, obj, form, change)
        obj.refresh_from_db(fields=["start", "end"])  # the database found the place


class CitationInline(RecordInline, admin.StackedInline):
    """The passages for the record whose form this is."""

    model = models.Citation
    form = CitationForm
    verbose_name = "passage"
    verbose_name_plural = "passages that bear on this record"
    row_needs = ("article",)
    autocomplete_fields = ("article",)
    readonly_fields = ("status_badge",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("article", "start", "status_badge"),
                    "quote",
                    ("field", "stance", "asserted"),
                    "note",
                )
            },
        ),
    )

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """A new part may be for something public: there it needs its passage at once."""
        is_part = self.parent_model._meta.model_name in publication.OWNERS
        return 1 if is_part and obj is None else 0

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "field":
            target = models.Citation.target_field_of(self.parent_model)
            return forms.ChoiceField(
                required=False, choices=field_choices(str(target)), help_text=db_field.help_text
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)
