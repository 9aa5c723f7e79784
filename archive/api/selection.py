"""``?fields=`` and ``?omit=``: which fields of a record, or columns of a CSV, an answer has.

What is asked for is what comes, in the order in which it always comes: neither the key nor
the address is added to `fields`, and either can be left out with `omit`.
"""

from collections.abc import Iterable
from typing import Any

from django.http import QueryDict

from archive.api.errors import BadParameter, shortened

FIELDS, OMIT = "fields", "omit"


def selected(given: QueryDict, names: Iterable[str]) -> list[str]:
    """Those of `names` that are asked for, in their own order; raises `BadParameter`."""
    names = list(names)
    wanted, unwanted = given.get(FIELDS), given.get(OMIT)
    if wanted and unwanted:
        raise BadParameter(OMIT, "Give “fields” or “omit”, not both.")
    if wanted:
        asked = _read(FIELDS, wanted, names)
        return [name for name in names if name in asked]
    if unwanted:
        dropped = _read(OMIT, unwanted, names)
        if kept := [name for name in names if name not in dropped]:
            return kept
        raise BadParameter(OMIT, "“omit” names every field: nothing would be left.")
    return names


def _read(parameter: str, text: str, names: list[str]) -> set[str]:
    wanted = set(text.split(","))
    for name in wanted - set(names):
        raise BadParameter(parameter, f"There is no field “{shortened(name)}” here.", names)
    return wanted


def in_openapi(fields: Iterable[str], columns: Iterable[str]) -> list[dict[str, Any]]:
    """Both parameters, for records with these fields and a CSV with these columns."""
    columns = list(columns)
    names = list(dict.fromkeys([*fields, *columns]))
    what = "fields of the records; with `format=csv`, columns" if columns else "fields"
    schema = {"type": "array", "items": {"type": "string", "enum": names}}
    return [
        {
            "name": name,
            "in": "query",
            "description": words,
            "schema": schema,
            "explode": False,
            "style": "form",
        }
        for name, words in (
            (FIELDS, f"Only these {what}. Nothing is added to them, and their order stays."),
            (OMIT, f"All but these {what}. Not together with `fields`."),
        )
    ]
