"""Two editors at once, on the form of a record: the other's change beside one's own.

A form carries the token of what it showed. Where another has changed that since, nothing is
saved; a page lists each field with both values and asks. Its radios bear the names of the
form's own fields, so what is chosen comes back like anything typed, and all else that was
typed goes along in hidden fields. What was changed is found by `archive.conflicts`.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.forms.models import InlineForeignKeyField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse

from archive.admin.forms import Refusal
from archive.conflicts import Conflict, Key, conflict, has_changed, rows_at_loading, token
from archive.history import DELETED, Segment, changes, word_difference
from archive.versions import columns, model_of

# Names of fields: the form's token, and of a row that another deleted whether to add it anew.
LOADED, TAKE = "loaded", "take:"
# The button that takes the choices into the form, to go on there.
EDIT = "_edit_further"

UNKNOWN_FORM = (
    "This form does not say which state of the record it showed, so what others changed since "
    "cannot be told. Nothing is saved. Keep what you typed, and open the record again."
)
NOT_SAVED_YET = "Your choices are in the form. Nothing is saved yet: go on, and save."


def token_of(model: Any, object_id: str) -> str:
    """The token for a form; to be taken before the form reads anything."""
    try:
        return token(model(pk=model._meta.pk.to_python(unquote(object_id))))
    except ValidationError:
        return ""  # there is no such record


def question(model_admin: Any, request: Any, object_id: str) -> HttpResponse | None:
    """The page that asks, if another changed what would be saved; else None.

    To be called in the transaction that saves: what it compared stays locked. Raises
    `signing.BadSignature` if the form's token is not one of this record.
    """
    request.POST = _without_rows_left_out(request.POST)
    if EDIT in request.POST:
        messages.info(request, NOT_SAVED_YET)
        request.refusal = Refusal(NOT_SAVED_YET)
        return None
    record = model_admin.get_object(request, unquote(object_id))
    if record is None:
        return _deleted_meanwhile(model_admin, request, object_id)
    if not model_admin.has_change_permission(request, record):
        return None  # as the form itself will say
    inlines = model_admin.get_inline_instances(request, record)
    kinds = [inline.model._meta.model_name for inline in inlines]
    if not has_changed(record, request.POST.get(LOADED, ""), kinds):
        return None
    comparison = _Comparison(model_admin, request, object_id)
    request.POST = comparison.data
    if not comparison.sections:
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Somebody else saved meanwhile",
        "subtitle": str(comparison.now.instance),
        "opts": model_admin.opts,
        "record": comparison.now.instance,
        "sections": comparison.sections,
        "hidden": comparison.hidden(),
        "edit": EDIT,
    }
    return TemplateResponse(request, "admin/archive/conflict.html", context, status=409)


# --- What is shown -----------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """One field in conflict: three values in words, and the two that can be sent."""

    name: str
    label: str
    at_loading: str
    theirs: str
    yours: str
    theirs_value: str
    yours_value: str
    is_yours_too: bool
    is_long: bool
    who: str
    when: datetime

    @property
    def their_words(self) -> list[Segment]:
        return word_difference(self.at_loading, self.theirs)

    @property
    def your_words(self) -> list[Segment]:
        return word_difference(self.at_loading, self.yours)


@dataclass
class Section:
    """The record, or a row on its form, with what is in conflict there."""

    kind: str
    name: str
    choices: list[Choice]


@dataclass
class _Row:
    """A row of an inline: as it was sent, and as it stands."""

    key: Key
    form: Any
    now: Any  # an unbound form; None where the row is gone, or was never there
    then: Any  # the row at loading, unsaved
    sent: dict[str, list[str]]
    is_deleted: bool  # by you

    @property
    def is_locked(self) -> bool:
        return not _proposed(self.form)


class _Comparison:
    """What was typed beside what stands, and the data of the form as it goes on from there."""

    def __init__(self, model_admin: Any, request: HttpRequest, object_id: str) -> None:
        record, stored = (model_admin.get_object(request, unquote(object_id)) for _ in range(2))
        fields = flatten_fieldsets(model_admin.get_fieldsets(request, record))
        form_class = model_admin.get_form(request, record, change=True, fields=fields)
        self.form, self.now = form_class(request.POST, instance=record), form_class(instance=stored)
        self.form.full_clean()
        loaded = request.POST[LOADED]
        self.then = rows_at_loading(stored, loaded)
        self.data = request.POST.copy()
        self.data[LOADED] = token(stored)
        self.sections: list[Section] = []

        formsets, inlines = model_admin._create_formsets(request, record, change=True)
        rows = {
            formset: list(self._rows(request, formset, inline, stored))
            for formset, inline in zip(formsets, inlines, strict=True)
        }
        compared = {
            row.key: None if row.is_deleted else _proposed(row.form)
            for some in rows.values()
            for row in some
            if row.key
        }
        found = conflict(stored, loaded, _proposed(self.form), compared) or []
        by_row: dict[Key, list[Conflict]] = {}
        for one in found:
            by_row.setdefault(one.row if one.row in compared else (), []).append(one)
        if of_record := by_row.get(()):
            self._ask(stored, str(stored), self._choices("", self.form, self.now, of_record))
        for formset, some in rows.items():
            self._settle(formset, some, by_row)

    def hidden(self) -> list[tuple[str, str]]:
        """What goes along: everything that is not asked."""
        asked = {choice.name for section in self.sections for choice in section.choices}
        asked.add("csrfmiddlewaretoken")
        return [
            (name, value)
            for name, values in self.data.lists()
            if name not in asked
            for value in values
        ]

    def _rows(self, request: HttpRequest, formset: Any, inline: Any, stored: Any) -> Iterator[_Row]:
        """The rows as sent; those that nobody can have touched have no key."""
        kind = str(formset.model._meta.model_name)
        queryset = inline.get_queryset(request)
        unbound = type(formset)(instance=stored, prefix=formset.prefix, queryset=queryset)
        standing = {form.instance.pk: form for form in unbound.initial_forms}
        of_key = {(kind, *form.instance.natural_key()): form for form in standing.values()}
        is_open = inline.has_change_permission(request, stored)
        for form, sent in zip(formset.forms, _rows_in(self.data, formset.prefix), strict=False):
            pk = int(sent["id"][0]) if sent.get("id", [""])[0].isdecimal() else None
            then = self.then.get((kind, pk)) if pk else None
            key: Key = ()
            if pk is None:
                key = _key_of(form) if form.has_changed() and "DELETE" not in sent else ()
            elif is_open:
                form.full_clean()
                key = (kind, *then.natural_key()) if then else _key_of(form)
            now = standing.get(pk) or of_key.get(key)
            yield _Row(key, form, now, then, sent, is_deleted="DELETE" in sent)

    def _settle(self, formset: Any, rows: list[_Row], by_row: dict[Key, list[Conflict]]) -> None:
        """Put the rows into the data as they go on, and ask what has to be asked."""
        asked = [(row, by_row.get(row.key, []) if row.key else []) for row in rows]
        kept = []
        for row, found in asked:
            is_gone = row.now is None and any(one.field == "" for one in found)
            if is_gone and row.is_locked:
                continue  # you could not have changed it
            if is_gone:
                row.sent["id"] = [""]
                _fill_in(row)
            elif found:  # perhaps another row by now, with the same key
                row.sent["id"] = [str(row.now.instance.pk)]
            if found and row.is_deleted:
                _fill_in_theirs(row)
            kept.append((row, found))
        kept.sort(key=lambda pair: pair[0].sent.get("id", [""]) == [""])
        _put_rows(self.data, formset.prefix, [row.sent for row, _ in kept])
        for number, (row, found) in enumerate(kept):
            if found:
                prefix = f"{formset.prefix}-{number}"
                self._ask(row.form.instance, found[0].name, self._choices_of(prefix, row, found))

    def _ask(self, row: Any, name: str, choices: Iterable[Choice]) -> None:
        if choices := list(choices):
            self.sections.append(Section(row._meta.verbose_name, name, choices))

    def _choices_of(self, prefix: str, row: _Row, found: list[Conflict]) -> Iterator[Choice]:
        if row.is_deleted:
            yield _whole(f"{prefix}-DELETE", found, yours="You delete it", value="on")
        elif row.now is None:
            yield _whole(f"{TAKE}{prefix}", found, yours="Added anew, as you have it", value="1")
        else:
            yield from self._choices(f"{prefix}-", row.form, row.now, found)

    @staticmethod
    def _choices(prefix: str, form: Any, now: Any, found: list[Conflict]) -> Iterator[Choice]:
        for one in found:
            if not one.field:
                continue  # a row that both added: it is asked field by field
            field = form.fields[one.field]
            yield Choice(
                name=f"{prefix}{one.field}",
                label=str(field.label or one.label),
                at_loading=one.at_loading,
                theirs=one.theirs,
                yours=one.yours,
                theirs_value=_as_sent(now[one.field].value()),
                yours_value=_as_sent(field.prepare_value(form.cleaned_data[one.field])),
                is_yours_too=one.is_yours_too,
                is_long=columns(model_of(now.instance))[one.field].is_long,
                who=one.who,
                when=one.when,
            )


def _whole(name: str, found: list[Conflict], *, yours: str, value: str) -> Choice:
    """The choice between a row and its absence: it is deleted, by you or by another."""
    fields = [one for one in found if one.field]

    def listed(attribute: str) -> str:
        return "\n".join(f"{one.label}: {getattr(one, attribute) or '—'}" for one in fields)

    newest = max(found, key=lambda one: one.when)
    return Choice(
        name=name,
        label="The whole row",
        at_loading=listed("at_loading") or "It was there",
        theirs=listed("theirs") or "It is not here any more",
        yours=yours,
        theirs_value="",
        yours_value=value,
        is_yours_too=newest.is_yours_too,
        is_long=False,
        who=newest.who,
        when=newest.when,
    )


def _deleted_meanwhile(model_admin: Any, request: HttpRequest, object_id: str) -> Any:
    """The record itself is gone: tell so, and give back what was typed."""
    model, pk = model_admin.model, unquote(object_id)
    found = changes(model(pk=pk)) if pk.isdecimal() else []
    if not found or not model_admin.has_change_permission(request):
        return None
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "Somebody else deleted this meanwhile",
        "opts": model_admin.opts,
        "pk": pk,
        "deletion": next(
            change for change in found if any(row.label == DELETED for row in change.rows)
        ),
        "typed": [
            (name.replace("-", " ").replace("_", " "), value)
            for name, value in request.POST.items()
            if str(value).strip() and not re.search(r"^(_|csrf|loaded$)|-id$|_FORMS$", name)
        ],
    }
    return TemplateResponse(request, "admin/archive/conflict_gone.html", context, status=409)


# --- Values of forms ---------------------------------------------------------------------


def _proposed(form: Any) -> dict[str, Any]:
    """What a form would write, as far as it can be understood."""
    known, cleaned = columns(model_of(form.instance)), getattr(form, "cleaned_data", {})
    return {
        name: cleaned[name]
        for name, field in form.fields.items()
        if name in known
        and name in cleaned
        and not field.disabled
        and not isinstance(field, InlineForeignKeyField)
    }


def _key_of(form: Any) -> Key:
    """The natural key of a row as typed; () where too little is."""
    try:
        form.full_clean()
        return (str(form._meta.model._meta.model_name), *form.instance.natural_key())
    except (ObjectDoesNotExist, AttributeError):
        return ()


def _as_sent(value: Any) -> str:
    if value is None or value is False:
        return ""
    return "on" if value is True else str(value)


def _fill_in(row: _Row) -> None:
    """A row that is to be added anew sends its locked fields too."""
    form = type(row.form)(instance=row.then)
    for bound in form:
        if bound.field.disabled:
            row.sent[bound.name] = [_as_sent(bound.value())]


def _fill_in_theirs(row: _Row) -> None:
    """A row that you would delete, as it stands now: it may be kept."""
    for bound in row.now:
        if bound.name not in ("id", "DELETE") and not bound.field.disabled:
            row.sent[bound.name] = [_as_sent(bound.value())]


# --- Rows in the data of a form ----------------------------------------------------------


def _rows_in(data: QueryDict, prefix: str) -> list[dict[str, list[str]]]:
    """The rows of an inline, each as its own small form."""
    rows: dict[int, dict[str, list[str]]] = {}
    for name, values in data.lists():
        if found := re.fullmatch(rf"{re.escape(prefix)}-(\d+)-(.+)", name):
            rows.setdefault(int(found[1]), {})[found[2]] = values
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    number = min(int(total), 2_000) if total.isdecimal() else 0
    return [rows.get(index, {}) for index in range(number)]


def _put_rows(data: QueryDict, prefix: str, rows: list[dict[str, list[str]]]) -> None:
    """Put these in the place of the rows of an inline; those that stand come first."""
    for name in [name for name in data if re.match(rf"{re.escape(prefix)}-\d+-", name)]:
        del data[name]
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    data[f"{prefix}-INITIAL_FORMS"] = str(sum(row.get("id", [""]) != [""] for row in rows))
    for number, row in enumerate(rows):
        for name, values in row.items():
            data.setlist(f"{prefix}-{number}-{name}", values)


def _without_rows_left_out(data: QueryDict) -> QueryDict:
    """The data without the rows that another deleted and that shall stay so."""
    choices = {name: value for name, value in data.items() if name.startswith(TAKE)}
    if not choices:
        return data
    data = data.copy()
    left_out: dict[str, set[int]] = {}
    for name, value in choices.items():
        del data[name]
        prefix, _, number = name.removeprefix(TAKE).rpartition("-")
        if not value and number.isdecimal():
            left_out.setdefault(prefix, set()).add(int(number))
    for prefix, numbers in left_out.items():
        rows = enumerate(_rows_in(data, prefix))
        _put_rows(data, prefix, [row for number, row in rows if number not in numbers])
    return data
