"""The form of a record, the formset of its parts, and the fields that the desk needs.

`RecordForm` checks every constraint of its model, not only those whose columns are all on
the form; it holds the rules of who may change what; and it is where a refusal of the
database comes back as an error (see `archive.admin.base.Desk.changeform_view`).
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.contrib.postgres.forms import SimpleArrayField
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.core.validators import RegexValidator
from django.forms.models import BaseInlineFormSet, InlineForeignKeyField
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode

from archive import additions, edtf, publication
from archive.admin.lookup import (
    ActorField,
    LookupSelect,
    RecordField,
    key_of,
    label_of,
    typed_label_of,
)
from archive.admin.prefill import NAMED, date_typed, slug_for
from archive.models.constraints import SLUG

SLUG_RULE = "Small letters, digits and single hyphens only, such as “arm-csto-2021-05”."
NO_NAME = "cannot-be-made-yet"
REASON_MISSING = "This is public: say in “Reason for the change” why you change it."


@dataclass(frozen=True)
class Refusal:
    """What the database said to a form that had seemed valid, and on which row."""

    words: str
    prefix: str | None = None  # of an inline row; None for the record itself


def reason_of(request: HttpRequest) -> str:
    """The reason for the change, as typed on the form of the record."""
    return request.POST.get("change_reason", "").strip()


# --- Fields and widgets ------------------------------------------------------------------


class PlainTextField(forms.CharField):
    """A text whose lines end as they do in the archive: browsers send CR LF for each LF."""

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.replace("\r\n", "\n")
        return super().to_python(value)


class LinesField(SimpleArrayField):
    """A list, one entry a line; blank lines do not count."""

    widget = AdminTextareaWidget

    def __init__(self, base_field: Any, **kwargs: Any) -> None:
        super().__init__(base_field, **{**kwargs, "delimiter": "\n"})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = "\n".join(line for line in value.splitlines() if line.strip())
        return super().to_python(value)


class SlugFormField(forms.SlugField):
    """The name of a record in its address, by the rule of the database and in its words."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = [RegexValidator(SLUG, SLUG_RULE)]


class EDTFFormField(forms.CharField):
    """A date in EDTF; one in words, as in the sources, is turned into it."""

    def to_python(self, value: Any) -> Any:
        return date_typed(super().to_python(value) or "")


class EDTFInput(AdminTextInputWidget):
    """A date as typed, and beside it how the archive reads it."""

    def __init__(self, attrs: Any = None) -> None:
        super().__init__({"class": "edtf-input", "size": 24, **(attrs or {})})

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        field = super().render(name, value, attrs, renderer)
        try:
            words = edtf.describe(value) if value else ""
        except edtf.EDTFError:
            words = ""
        return format_html('{}<span class="edtf-words">{}</span>', field, words)


# --- Forms -------------------------------------------------------------------------------


class RecordForm(forms.ModelForm):
    """A record, with its references known and every constraint checked."""

    request: HttpRequest  # set on the class made for each request

    class Meta:
        labels: ClassVar[Any] = {"slug": "Short name (slug)"}

    change_reason = forms.CharField(
        label="Reason for the change",
        required=False,
        max_length=500,
        widget=AdminTextInputWidget,
        help_text="Needed for whatever is public already, and to return a record to draft: its "
        "editor reads it. It is kept in the history.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        owner = publication.OWNERS.get(str(self.instance._meta.model_name))
        if owner and self.instance.pk is None and "change_reason" in self.fields:
            reason = self.fields["change_reason"]
            reason.label = "Reason for adding it"
            reason.help_text = (
                f"Only where the {owner.replace('_', ' ')} is public already: this is then "
                "proposed, together with the passage that proves it, and a reviewer decides."
            )
        if self._makes_slug():
            self.fields["slug"].required = False
            self.fields["slug"].help_text += " Leave it blank to have it made."
        for name, field in self.fields.items():
            widget: Any = getattr(field.widget, "widget", field.widget)
            if isinstance(field, RecordField):
                self.initial.setdefault(name, getattr(self.instance, name))
                record = self.initial[name]  # or a key, where it came with the address
                known = hasattr(record, "_meta")
                widget.known = {key_of(record): typed_label_of(record)} if known else {}
            elif isinstance(widget, LookupSelect):
                record = self._loaded(name)
                widget.known = {str(record.pk): label_of(record)} if record else {}

    def _loaded(self, name: str) -> Any:
        """The related record, if it came with the row: asking for it now would be a query."""
        field: Any = self.instance._meta.get_field(name)
        return getattr(self.instance, name) if field.is_cached(self.instance) else None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self._makes_slug() and "slug" not in self.errors and not cleaned.get("slug"):
            cleaned["slug"] = self._slug_from(cleaned)
        self._require_reason()
        self._require_open_owner(cleaned)
        return cleaned

    def _makes_slug(self) -> bool:
        is_new = self.instance.pk is None
        return is_new and self.instance._meta.model_name in NAMED and "slug" in self.fields

    def _slug_from(self, cleaned: dict[str, Any]) -> str:
        """What the record is called, or what no record is called where too little is known yet."""
        try:
            made = slug_for(str(self.instance._meta.model_name), cleaned)
        except ObjectDoesNotExist:  # what it belongs to is not filled in, and is told so
            return NO_NAME
        if not made and not self.errors:
            self.add_error("slug", "Nothing to make it from: type one.")
        return made or NO_NAME

    def _require_reason(self) -> None:
        """On the form of a public record always; on a row of an inline, if it changes."""
        if not publication.is_public(self.instance) or reason_of(self.request):
            return
        if "change_reason" in self.fields:
            self.add_error("change_reason", REASON_MISSING)
        elif self.has_changed():
            self.add_error(None, REASON_MISSING)

    def _require_open_owner(self, cleaned: dict[str, Any]) -> None:
        """A part is put only where its owner may be changed."""
        owner_field = publication.OWNERS.get(str(self.instance._meta.model_name), "")
        owner = cleaned.get(owner_field)
        if owner and not isinstance(self.fields[owner_field], InlineForeignKeyField):
            if getattr(self.request, "is_proposing", False):
                return  # whoever applies the proposal may
            if self._is_proposed_for(owner):
                if not reason_of(self.request):
                    self.add_error(
                        "change_reason",
                        f"{publication.name_of(owner)} is public: say why this should be added. "
                        "A reviewer decides by it.",
                    )
            elif not publication.may_change(self.request.user, owner):
                self.add_error(
                    owner_field,
                    f"{publication.name_of(owner)} is {owner.get_status_display().lower()}: "
                    "only a reviewer changes what belongs to it.",
                )
            elif publication.is_public(owner) and not reason_of(self.request):
                # Moving a part to a public record, or adding it there, changes that record.
                self.add_error("change_reason", REASON_MISSING)

    def _is_proposed_for(self, owner: Any) -> bool:
        """Whether this is a new part of something public, which comes by a proposal only."""
        kind = str(self.instance._meta.model_name)
        return self.instance.pk is None and additions.may_propose(self.request.user, kind, owner)

    def _post_clean(self) -> None:
        for name, field in self.fields.items():
            if isinstance(field, RecordField) and name in self.cleaned_data:
                self.set_record(name, self.cleaned_data[name])
        super()._post_clean()  # type: ignore[misc]
        refusal = getattr(self.request, "refusal", None)
        if refusal and refusal.prefix == self.prefix:
            self.add_error(None, refusal.words)

    def set_record(self, name: str, record: Any) -> None:
        setattr(self.instance, name, record)

    def validate_constraints(self) -> None:
        """Judge by every constraint, save those about a value that is wrong already.

        Django leaves out a constraint as soon as one of its columns is not on the form:
        half of an actor, the status, a range that the database derives.
        """
        wrong = {name for name in self.errors if name != NON_FIELD_ERRORS}
        for name, field in self.fields.items():
            if isinstance(field, ActorField) and name in wrong:
                wrong |= {f"{name}_state", f"{name}_organization"}
        wrong |= _made_too(self.instance)
        try:
            self.instance.validate_constraints(exclude=wrong)
        except ValidationError as error:
            self._update_errors(error)  # type: ignore[attr-defined]


def _made_too(row: Any) -> set[str]:
    """The references of a row to records that are being made together with it."""
    fields = [field for field in row._meta.concrete_fields if field.is_relation]
    known = {field.name: getattr(row, field.name) for field in fields if field.is_cached(row)}
    return {name for name, record in known.items() if record is not None and record.pk is None}


class RecordFormSet(BaseInlineFormSet):
    """The rows of an inline: locked where the user may not change them."""

    request: HttpRequest

    def clean(self) -> None:
        """What was typed into a row that the user may not add is not dropped in silence.

        Such rows come from a form that was opened before the record became public.
        """
        super().clean()
        for form in self.extra_forms:
            if form.changed_data and not form.has_changed():  # Django looks away from it
                raise ValidationError(self._where_to_add(form))

    def _where_to_add(self, form: Any) -> str:
        opts, owner = form.instance._meta, self.instance
        kind, name = opts.model_name, opts.verbose_name
        url = reverse(f"admin:archive_{kind}_add")
        if kind in publication.OWNERS:
            typed = {one: form[one].value() for one in form.changed_data}
            return format_html(
                "{} is public. A new {} is added together with the passage that proves it: "
                '<a href="{}?{}">propose it on its own form</a>. Take it out here to save the '
                "rest.",
                publication.name_of(owner),
                name,
                url,
                urlencode({self.fk.name: owner.pk, **typed}),
            )
        return format_html(
            "{} is public by now, and a new {} is no part of a proposal: make it "
            '<a href="{}">on its own form</a>, as a draft. Take it out here to propose the rest.',
            publication.name_of(owner),
            name,
            url,
        )

    def add_fields(self, form: Any, index: int | None) -> None:
        # The owner is at hand: spare each row the query for it.
        setattr(form.instance, self.fk.name, self.instance)
        super().add_fields(form, index)
        form.fields.pop("change_reason", None)
        for field in form.fields.values():
            # In a table the heading of the column is no label for the field.
            widget: Any = getattr(field.widget, "widget", field.widget)
            widget.attrs.setdefault("aria-label", field.label)
        record = form.instance
        if record.pk is None:
            return
        if not publication.may_change(self.request.user, record):
            for field in form.fields.values():
                if not field.widget.is_hidden:
                    field.disabled = True
        elif "DELETE" in form.fields and publication.is_publishable(record):
            form.fields["DELETE"].disabled = not publication.may_delete(self.request.user, record)

    def save_new(self, form: Any, commit: bool = True) -> Any:
        return self._marking(form, super().save_new, commit)

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        return self._marking(form, super().save_existing, obj, commit)

    @staticmethod
    def _marking(form: Any, save: Any, *args: Any) -> Any:
        """Save; if the database refuses, say on which row."""
        try:
            return save(form, *args)
        except Exception as error:
            error.prefix = form.prefix  # type: ignore[attr-defined]
            raise
