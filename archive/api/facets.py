"""``?facets=kind,responder``: how the rows that the filters leave divide by their values.

The value of each count is a value of the parameter of the same name, so asking by it gives
that many rows. Which parameters a list counts by is declared beside them, in ``filters.py``.
"""

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import QueryDict

from archive import models
from archive.api.errors import BadParameter, shortened
from archive.api.filter_sets import RecordFilterSet

FACETS = "facets"

# Values a facet; the rest is summed.
MOST = 100


def asked(given: QueryDict, filter_set: type[RecordFilterSet]) -> list[str]:
    """The facets to be counted; raises `BadParameter` where one is not allowed."""
    text = given.get(FACETS)
    names = text.split(",") if text else []
    for name in names:
        if name not in filter_set.facets:
            raise BadParameter(
                FACETS, f"There is no facet “{shortened(name)}” here.", filter_set.facets
            )
    return names


def counted(names: list[str], rows: QuerySet[Any], filter_set: RecordFilterSet) -> dict[str, Any]:
    return {name: _facet(filter_set.filters[name], rows, filter_set) for name in names}


def _facet(parameter: Any, rows: QuerySet[Any], filter_set: RecordFilterSet) -> list[Any]:
    """The values of one parameter with their counts, the most frequent first; one query."""
    counts = dict(_counts(parameter, rows, filter_set))
    shown = parameter.shown(list(counts))
    facet = [
        {"value": value, "label": label, "count": counts[group]}
        for group, (value, label) in shown.items()
    ]
    facet.sort(key=lambda each: (-each["count"], each["value"]))
    if rest := facet[MOST:]:
        other = {"value": None, "label": "Other", "count": sum(each["count"] for each in rest)}
        return [*facet[:MOST], other]
    return facet


def _counts(parameter: Any, rows: QuerySet[Any], filter_set: RecordFilterSet) -> Any:
    """Pairs of a group and the number of rows in it."""
    counted = "pk"
    if parameter.through:
        model, link = parameter.through
        counted = link or str(models.Citation.target_field_of(rows.model))
        # Those that hang on the rows and fit what was asked of them together.
        condition = filter_set.through_conditions().get(parameter.through, Q())
        rows = model.objects.public().filter(condition, **{f"{counted}__in": rows.values("pk")})
    groups = {f"group_{number}": each for number, each in enumerate(parameter.groups())}
    counts = (
        rows.order_by()
        .annotate(**groups)
        .values(*groups)
        .annotate(number=Count(counted, distinct=parameter.through is not None))
    )
    for *group, number in counts.values_list(*groups, "number"):
        yield tuple(group), number


def in_openapi(filter_set: type[RecordFilterSet]) -> dict[str, Any]:
    return {
        "name": FACETS,
        "in": "query",
        "description": "Adds how many of the rows that the filters leave have each value of these "
        f"parameters: the {MOST} most frequent, and the sum of the others. Rows without a value "
        "are not counted; where a record can have several, it counts for each.",
        "schema": {"type": "array", "items": {"type": "string", "enum": list(filter_set.facets)}},
        "explode": False,
        "style": "form",
    }
