"""Filling in a form of the desk as a browser would: everything that it shows, and changes."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags


def page(record: Any, name: str) -> str:
    """The address of a page of the record's model: “changelist”, “add”, “change”, “delete”…"""
    meta = record._meta
    args = [] if name in {"changelist", "add"} else [record.pk]
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args)


def shown(form: Any) -> dict[str, str]:
    """What a browser would send back of a form, untouched."""
    data = {}
    for bound in form:
        value = bound.value()
        if value is None or value is False or bound.field.disabled:
            continue
        data[bound.html_name] = "on" if value is True else str(value)
    return data


def filled(response: Any, record: Any = None) -> dict[str, str]:
    """The data of a page's form and of its rows; the form's as for `record`, if it is given."""
    form = response.context["adminform"].form
    data = shown(type(form)(instance=record) if record is not None else form)
    data["loaded"] = response.context.get("loaded", "")
    for inline in response.context["inline_admin_formsets"]:
        data |= shown(inline.formset.management_form)
        for row in inline.formset.forms:
            data |= shown(row)
    return data


def row(response: Any, model_name: str, **values: Any) -> dict[str, str]:
    """One more row of the inline for `model_name`, and the count of rows that goes with it."""
    formset = next(
        inline.formset
        for inline in response.context["inline_admin_formsets"]
        if inline.opts.model._meta.model_name == model_name
    )
    number = formset.total_form_count()
    return {
        f"{formset.prefix}-TOTAL_FORMS": str(number + 1),
        **{f"{formset.prefix}-{number}-{name}": str(value) for name, value in values.items()},
    }


def words(response: Any) -> str:
    """All errors that the page shows."""
    return " ".join(str(error) for error in response.context["errors"])


def cells(client: Client, record: Any) -> list[dict[str, str]]:
    """The rows of the list of the record's model: what stands in each column, by its name."""
    shown = client.get(page(record, "changelist")).content.decode()
    rows = re.findall(r"<tr>.*?</tr>", shown.partition("<tbody>")[2], re.DOTALL)
    cell = re.compile(r'<t[dh] class="field-(\w+)[^"]*">(.*?)</t[dh]>', re.DOTALL)
    return [{name: strip_tags(inside) for name, inside in cell.findall(row)} for row in rows]
