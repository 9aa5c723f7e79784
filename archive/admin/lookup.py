"""Choosing records: one search over several kinds, and fields that ask no query a row.

Django's own autocomplete (select2, its address and JSON) does the work. Added are labels
that tell records of one kind apart, a field whose value may be of several kinds (an actor,
a citation's target), and widgets that are told the label of the chosen record, because the
stock one asks the database once for each field of each row.
"""

from typing import Any

from django import forms
from django.apps import apps
from django.contrib.admin.sites import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Case, Q, When
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.views.generic import View

from archive import models
from archive.models.citation import CITABLE

ACTORS = ("state", "organization")
# In the order of a search's results. The columns of a citation, as model names.
TARGETS = tuple(name.replace("_", "") for name in CITABLE)


def label_of(record: Any) -> str:
    """A record in one line, with what it belongs to: “CSTO: silence · Armenia asks … · …”."""
    match record:
        case models.Request() | models.Participation():
            return f"{record} · {record.event}"
        case models.Response():
            return f"{record} · {label_of(record.request)}"
        case models.Vote():
            return f"{record} · {record.roll_call}"
        case models.State():
            return f"{record.name} ({record.code})"
        case models.Organization(acronym=str(acronym)) if acronym:
            return f"{acronym} · {record.name}"
    return str(record)


def typed_label_of(record: Any) -> str:
    """For a choice among several kinds; a state and an organization look different anyway."""
    if record._meta.model_name in ACTORS:
        return label_of(record)
    return f"{capfirst(record._meta.verbose_name)}: {label_of(record)}"


# What a label reads, for select_related(): from the record itself, by model name.
_EVENT_ACTOR = ("actor_state", "actor_organization")
LABEL_NEEDS: dict[str, tuple[str, ...]] = {
    "participation": (*_EVENT_ACTOR, "event"),
    "request": ("requester", "addressee_state", "addressee_organization", "event"),
    "response": (
        "responder_state",
        "responder_organization",
        "request__requester",
        "request__addressee_state",
        "request__addressee_organization",
        "request__event",
    ),
    "membership": ("state", "organization"),
    "vote": ("state", "roll_call"),
}


def label_needs(name: str, prefix: str) -> list[str]:
    """`LABEL_NEEDS` seen from a record that refers to one of kind `name` as `prefix`."""
    return [prefix, *(f"{prefix}__{path}" for path in LABEL_NEEDS.get(name, ()))]


# --- Addresses ---------------------------------------------------------------------------


def best_first(found: Any, term: str) -> Any:
    """Records whose own name begins with the words, before those that only mention them."""
    names = {field.name for field in found.model._meta.fields} & {"name", "title", "acronym"}
    begins = Q(pk__in=[])
    for name in names:
        begins |= Q(**{f"{name}__istartswith": term.strip()})
    if not names or not term.strip():
        return found
    rank = Case(When(begins, then=0), default=1)
    return found.order_by(rank, *(found.query.order_by or found.model._meta.ordering))


class LookupView(AutocompleteJsonView):
    """The stock search of one model, with our labels, the best found first."""

    def get_queryset(self) -> Any:
        return best_first(super().get_queryset(), self.term)

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        return {"id": str(getattr(obj, to_field_name)), "text": label_of(obj)}


class LookupSeveralView(View):
    """A search over several models; the answer has the stock form, the ids name the model."""

    admin_site: AdminSite | None = None
    results_each = 10

    def get(self, request: HttpRequest) -> JsonResponse:
        names = request.GET.get("types", "").split(",")
        if not set(names) <= {*ACTORS, *TARGETS}:
            raise PermissionDenied
        term = request.GET.get("term", "").replace("\0", "")
        page = request.GET.get("page", "1")
        number = int(page) if page.isdecimal() and len(page) < 5 else 1
        first = max(number - 1, 0) * self.results_each
        results, more = [], False
        for name in names:
            found = self._search(request, name, term)
            rows = list(found[first : first + self.results_each + 1])
            more |= len(rows) > self.results_each
            results += [
                {"id": key_of(row), "text": typed_label_of(row)}
                for row in rows[: self.results_each]
            ]
        return JsonResponse({"results": results, "pagination": {"more": more}})

    def _search(self, request: HttpRequest, name: str, term: str) -> Any:
        assert self.admin_site is not None
        model_admin = self.admin_site.get_model_admin(apps.get_model("archive", name))
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        queryset = model_admin.get_queryset(request)
        found, has_duplicates = model_admin.get_search_results(request, queryset, term)
        found = best_first(found.order_by(*model_admin.get_ordering(request)), term)
        return found.distinct() if has_duplicates else found


# --- Widgets and the field ---------------------------------------------------------------


class LookupSelect(AutocompleteSelect):
    """The stock autocomplete, told the labels in `known` (id → label) by its form.

    A select that cannot be changed is a plain one: nothing has to be searched.
    """

    known: dict[str, str] = {}

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> Any:
        if "disabled" in (extra_attrs or {}):
            return forms.Select.build_attrs(self, base_attrs, extra_attrs)
        return super().build_attrs(base_attrs, extra_attrs)

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        chosen = [str(one) for one in value if str(one) not in ("", "None")]
        options = [self.create_option(name, "", "", selected=not chosen, index=0)]
        for index, key in enumerate(chosen, start=1):
            label = self.known.get(key) or self.find_label(key)
            if label:
                options.append(self.create_option(name, key, label, selected=True, index=index))
        return [(None, options, 0)]

    def find_label(self, key: str) -> str | None:
        """The label of a record that the form did not know: chosen just now."""
        field: Any = self.choices.field
        try:
            return label_of(field.queryset.get(pk=key))
        except (ValueError, field.queryset.model.DoesNotExist):
            return None


class SeveralSelect(LookupSelect):
    """The autocomplete over several models."""

    def __init__(self, types: tuple[str, ...], attrs: Any = None) -> None:
        forms.Select.__init__(self, attrs)
        self.types = types
        self.i18n_name = None

    def get_url(self) -> str:
        return f"{reverse('admin:lookup')}?types={','.join(self.types)}"

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> Any:
        attrs = forms.Select.build_attrs(self, base_attrs, extra_attrs)
        if "disabled" not in attrs:
            attrs |= {
                "data-ajax--cache": "true",
                "data-ajax--delay": 250,
                "data-ajax--type": "GET",
                "data-ajax--url": self.get_url(),
                "data-theme": "admin-autocomplete",
                "data-allow-clear": "false" if self.is_required else "true",
                "data-placeholder": "",
                "class": f"{attrs.get('class', '')} admin-autocomplete".strip(),
            }
        return attrs

    def find_label(self, key: str) -> str | None:
        record = find_record(key, self.types)
        return typed_label_of(record) if record else None


def key_of(record: Any) -> str:
    return f"{record._meta.model_name}:{record.pk}"


def find_record(key: str, types: tuple[str, ...]) -> Any:
    """The record that `key_of` named; None where there is none of these types."""
    name, _, number = key.partition(":")
    if name not in types or not number.isdecimal():
        return None
    model: Any = apps.get_model("archive", name)
    needs = LABEL_NEEDS.get(name, ())
    return model._default_manager.select_related(*needs).filter(pk=number).first()


class RecordField(forms.Field):
    """One field to choose a record that may be of several kinds; its value is the record."""

    def __init__(self, types: tuple[str, ...], **kwargs: Any) -> None:
        self.types = types
        kwargs.setdefault("widget", SeveralSelect(types))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return key_of(value) if hasattr(value, "_meta") else value

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return None
        if hasattr(value, "_meta"):  # a field that is disabled gives its initial value
            return value
        record = find_record(str(value), self.types)
        if record is None:
            raise ValidationError("Choose one of the listed records.", code="invalid_choice")
        return record

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and (self.prepare_value(initial) or "") != (data or "")


class ActorField(RecordField):
    """A state or an organization, for the model's `Actor` of the same name."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "A state or an organization: type a name, alias or code.")
        super().__init__(ACTORS, **kwargs)
