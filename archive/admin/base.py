"""What every form and list of the desk has in common.

`RecordAdmin` is the base of all, `PublishableAdmin` (in `publishing.py`) of records with a
status. A model's own module says only what is particular to it.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar

import pghistory
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin, InlineModelAdmin
from django.contrib.admin.utils import NestedObjects, model_ngettext
from django.contrib.postgres.fields import ArrayField
from django.core.signing import BadSignature
from django.db import DEFAULT_DB_ALIAS, IntegrityError, OperationalError, models, transaction
from django.db.models import ProtectedError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html

from archive import edtf, publication
from archive.admin import conflicts
from archive.admin.forms import (
    EDTFFormField,
    EDTFInput,
    LinesField,
    PlainTextField,
    RecordForm,
    RecordFormSet,
    Refusal,
    SlugFormField,
    reason_of,
)
from archive.admin.history import HistoryDesk
from archive.admin.lookup import TARGETS, LookupSelect, key_of
from archive.admin.origin import origins_of
from archive.models import Citation, Discrepancy, RollCall
from archive.models.fields import EDTF_HELP, EDTFField
from archive.refusals import is_deadlock, judge_now, words_of

NOTHING = "—"
# Of one record so many are named on its form.
DIFFERENCES_NAMED = 5
# Where more records than these need the one that is to be deleted, nobody reads their list.
IN_THE_WAY_NAMED = 20


def text_area(rows: int) -> Any:
    return admin.widgets.AdminTextareaWidget(attrs={"rows": rows})


def date_column(
    field: str, *, description: str = "date", ordering: str | None = None
) -> Callable[[Any, Any], str | None]:
    """A column that says a date in words, and sorts by the range that it means."""

    @admin.display(description=description, ordering=ordering or f"{field}_possible")
    def column(self: Any, record: Any) -> str | None:
        text = getattr(record, field)
        return edtf.describe(text) if text else None

    column.says = field  # type: ignore[attr-defined]
    return column


def cite_url(user: Any, record: Any) -> str | None:
    """Where to cite a passage for `record`, if it can be cited and `user` may."""
    if record is None or record._meta.model_name not in TARGETS:
        return None
    if not publication.has_permission(user, "add", Citation):
        return None
    return f"{reverse('admin:archive_citation_add')}?target={key_of(record)}"


def open_about(user: Any, record: Any) -> dict[str, Any]:
    """For the form of a record: the open discrepancies about it, and about the votes in it."""
    if record is None or Citation.target_field_of(type(record)) not in Discrepancy.ABOUT:
        return {}
    if not publication.has_permission(user, "view", Discrepancy):
        return {}
    rows = Discrepancy.objects.open().about(record)
    if isinstance(record, RollCall):
        rows = rows | Discrepancy.objects.open().filter(vote__roll_call=record)
    found = list(rows.with_records()[: DIFFERENCES_NAMED + 1])
    return {
        "differing": found[:DIFFERENCES_NAMED],
        "differ_more": len(found) > DIFFERENCES_NAMED,
    }


def badge(value: str, words: str) -> str:
    return format_html('<span class="badge {}">{}</span>', value, words)


@admin.display(description="status", ordering="status")
def status_badge(self: Any, record: Any) -> str:
    """For a list, or a row of an inline."""
    return badge(record.status, record.get_status_display()) if record.pk else NOTHING


@admin.display(description="passages")
def evidence_link(self: Any, part: Any) -> str:
    """In the row of a part: how many passages, and where to cite one more, for whoever may."""
    if part.pk is None:
        return NOTHING
    if not self.may_cite:
        return str(part.citation_count)
    return format_html(
        '{} <a href="{}?target={}" aria-label="Cite a passage for {}">cite</a>',
        part.citation_count,
        reverse("admin:archive_citation_add"),
        key_of(part),
        part,
    )


class DeskOptions(BaseModelAdmin):
    """What the forms of records and the rows of inlines share."""

    formfield_overrides: ClassVar[Any] = {
        ArrayField: {"form_class": LinesField, "widget": text_area(3)},
        models.TextField: {"form_class": PlainTextField, "widget": text_area(3)},
        models.SlugField: {
            "form_class": SlugFormField,
            "widget": admin.widgets.AdminTextInputWidget,
        },
        # Checked by the form already: no record is shown with a date that cannot be read.
        EDTFField: {
            "form_class": EDTFFormField,
            "widget": EDTFInput,
            "validators": [edtf.validate],
        },
        models.URLField: {"assume_scheme": "https"},
    }

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", LookupSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        wrapper = getattr(field, "widget", None)
        if isinstance(wrapper, admin.widgets.RelatedFieldWidgetWrapper):
            # One “add” beside a reference is enough; it can be looked at where it lives.
            wrapper.can_change_related = wrapper.can_delete_related = False
            wrapper.can_view_related = False
        return field


class ListAdmin(admin.ModelAdmin):
    """Lists to which filters may bring scripts, and which say “Show all” where not all is shown."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if changelist := context.get("cl"):
            for spec in changelist.filter_specs:
                context["media"] += getattr(spec, "media", forms.Media())
            if not changelist.query and not changelist.has_active_filters:
                # All are shown: no link leads to more.
                changelist.full_result_count = changelist.result_count
        return response


class RecordAdmin(DeskOptions, ListAdmin):
    """Django's form and list, with refusals of the database as errors of the form."""

    form = RecordForm
    save_on_top = True
    list_per_page = 50
    empty_value_display = NOTHING
    show_full_result_count = False
    # A column of ours says how many passages there are; see `passages`.
    evidence = True

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset: Any = super().get_queryset(request)
        if self.evidence:
            queryset = queryset.with_desk_evidence()
        needs: Any = self.list_select_related
        return queryset.select_related(*needs) if needs else queryset

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.request = request  # the class is made anew for each request
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets: list[Any] = list(super().get_fieldsets(request, obj))
        if obj is not None and not self.has_change_permission(request, obj):
            fieldsets = [(name, self._to_be_read(options)) for name, options in fieldsets]
        if self.asks_reason(request, obj):
            reason = ("Reason", {"fields": ["change_reason"], "classes": ["reason"]})
            first = obj is not None and publication.is_public(obj)
            fieldsets.insert(0 if first else len(fieldsets), reason)
        return fieldsets

    def _to_be_read(self, options: dict[str, Any]) -> dict[str, Any]:
        """The same fields, but each date by its column in the list, which says it in words."""
        columns = {name: getattr(type(self), str(name), None) for name in self.list_display}
        said = {getattr(column, "says", None): name for name, column in columns.items()}
        fields = [
            said.get(line, line)
            if isinstance(line, str)
            else tuple(said.get(name, name) for name in line)
            for line in options["fields"]
        ]
        return {**options, "fields": fields}

    def asks_reason(self, request: HttpRequest, obj: Any) -> bool:
        """Whether the form has a field for the reason of the change."""
        return False

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        context["cite_url"] = cite_url(request.user, context.get("original"))
        context |= open_about(request.user, context.get("original"))
        context |= origins_of(request.user, context.get("original"))
        context.setdefault(conflicts.LOADED, request.POST.get(conflicts.LOADED, ""))
        if conflicts.EDIT in request.POST:
            context["errors"] = None  # nobody made a mistake: a message says what to do
        return super().render_change_form(request, context, *args, **kwargs)

    def page_url(self, page: str, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[obj.pk])

    # --- Who may do what ---

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_change_permission(request)
        return publication.may_change(request.user, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None:
            return super().has_delete_permission(request)
        return publication.may_delete(request.user, obj)

    def view_on_site(self, obj: Any) -> str | None:
        """The record in the API, once the public sees it there. Reference rows always."""
        owner = publication.owner_of(obj)
        if publication.is_publishable(owner) and not publication.is_public(obj):
            return None
        return str(obj.get_absolute_url())

    # --- The database's refusals ---

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Save; if the database refuses, show the form again with its words.

        The second pass takes what was typed once more, and `RecordForm` adds the refusal to
        the form or the row that it concerns; so nothing is saved and nothing is lost. Where
        another saved meanwhile, a page asks first (`archive.admin.conflicts`).
        """
        if reason := reason_of(request):
            pghistory.context(reason=reason)  # joins the context of the request
        view = super().changeform_view
        if request.method != "POST":
            if object_id is not None:  # before the form reads anything, so that nothing is missed
                loaded = conflicts.token_of(self.model, object_id)
                extra_context = {**(extra_context or {}), conflicts.LOADED: loaded}
            return view(request, object_id, form_url, extra_context)
        try:
            with transaction.atomic():
                asked = conflicts.question(self, request, object_id) if object_id else None
                return asked or view(request, object_id, form_url, extra_context)
        except (IntegrityError, ProtectedError, OperationalError, BadSignature) as error:
            if isinstance(error, OperationalError) and not is_deadlock(error):
                raise
            is_unknown = isinstance(error, BadSignature)
            words = conflicts.UNKNOWN_FORM if is_unknown else words_of(error)
            refusal = Refusal(words, getattr(error, "prefix", None))
            request.refusal = refusal  # type: ignore[attr-defined]
            return view(request, object_id, form_url, extra_context)

    def save_related(self, request: Any, form: Any, formsets: Any, change: Any) -> None:
        super().save_related(request, form, formsets, change)
        judge_now()

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except (IntegrityError, ProtectedError) as error:
            messages.error(request, f"Not deleted. {words_of(error)}")
            record = self.get_object(request, object_id)
            return HttpResponseRedirect(self.page_url("change", record))

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """As ever; but where much stands in the way of a deletion, it is counted and not named."""
        collector = NestedObjects(using=DEFAULT_DB_ALIAS, origin=objs)
        collector.collect(objs)
        if len(collector.protected) <= IN_THE_WAY_NAMED:
            return super().get_deleted_objects(objs, request)
        numbers = Counter(type(record) for record in collector.protected)
        counted = sorted((model_ngettext(model._meta, n), n) for model, n in numbers.items())
        return [], {}, set(), [f"{number:,} {words}" for words, number in counted]

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        judge_now()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        try:
            return super().changelist_view(request, extra_context)
        except (IntegrityError, ProtectedError) as error:
            messages.error(request, f"Nothing was deleted. {words_of(error)}")
            return HttpResponseRedirect(request.get_full_path())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            judge_now()

    # --- What was ---

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """The history that the database keeps, not only what was done in the admin."""
        return HistoryDesk(self).history(request, object_id)

    def get_urls(self) -> list[Any]:
        return [*HistoryDesk(self).urls(), *super().get_urls()]

    # --- Columns that most lists have ---

    @admin.display(description="short name (slug)", ordering="slug")
    def short_name(self, record: Any) -> str:
        return str(record.slug)

    @admin.display(description="passages", ordering="citation_count")
    def passages(self, record: Any) -> int:
        return int(record.citation_count)

    @admin.display(description="contested", ordering="contested")
    def is_contested(self, record: Any) -> str | None:
        return badge("disputes", "contested") if record.contested else None


class LookAtAdmin(ListAdmin):
    """What is made elsewhere, to look at: nobody adds, changes or deletes it here."""

    # Without what the pages of records have: histories, and what was deleted.
    change_list_template = "admin/change_list.html"
    change_form_template = "admin/change_form.html"
    empty_value_display = NOTHING
    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RecordInline(DeskOptions, InlineModelAdmin):
    """Rows of another model on the form of the record that they belong to."""

    form = RecordForm
    formset = RecordFormSet
    extra = 0
    show_change_link = True
    empty_value_display = NOTHING
    status_badge = status_badge
    # What a row's label and fields read, so that rows cost no query each.
    row_needs: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        queryset: Any = super().get_queryset(request)
        return queryset.with_desk_evidence().select_related(*self.row_needs)

    def get_formset(self, request: Any, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        # Both classes are made anew for each request.
        formset.request = formset.form.request = request
        return formset

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(db_field, EDTFField):
            field.help_text = field.help_text.removesuffix(EDTF_HELP).strip()
        if isinstance(getattr(field, "widget", None), admin.widgets.RelatedFieldWidgetWrapper):
            field.widget.can_add_related = False
        return field

    def _is_open(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or obj.pk is None or publication.may_change(request.user, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]
        return super().has_add_permission(request, obj) and self._is_open(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request) and self._is_open(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request) and self._is_open(request, obj)

    def view_on_site(self, obj: Any) -> str | None:
        return None
