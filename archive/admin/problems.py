"""What the audit finds, as a list: each finding with a link to where it is mended."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from archive import audit, models, problems
from archive.admin.lookup import LABEL_NEEDS, label_of
from archive.problems import Problem

# Of each rule, so many are shown where all rules are; of one rule, so many on a page.
SHOWN = 20
ROWS_ON_A_PAGE = 100

# Where a finding is mended, if not on the form of its record.
PLACES = {"paragraph_without_citation": "admin:archive_article_read"}


def page(request: HttpRequest, site: AdminSite) -> HttpResponse:
    if not problems.may_see(request.user):
        raise PermissionDenied
    chosen = request.GET.get("rule", "")
    if chosen and chosen not in {rule.__name__ for rule in audit.RULES}:
        raise Http404
    state = problems.state_of_the_archive()
    if chosen and "again" in request.GET:
        problems.checked(state, [chosen], anew=True)
    found = problems.checked(state)
    shown = [
        (one, Paginator(one.problems, ROWS_ON_A_PAGE if chosen else SHOWN))
        for one in found
        if one.rule == chosen or (not chosen and (one.problems or not one.is_current))
    ]
    number = request.GET.get("page") if chosen else 1
    pages = [(one, paginator.get_page(number)) for one, paginator in shown]
    labels = _labels(problem for _, rows in pages for problem in rows)
    context = {
        **site.each_context(request),
        "title": "Problems",
        "groups": [(one, rows, _rows(one, rows, labels)) for one, rows in pages],
        "chosen": chosen,
        "rules": [one for one in found if one.problems or one.rule == chosen],
        "count": problems.count(found),
        "page": pages[0][1] if chosen else None,
    }
    return TemplateResponse(request, "admin/archive/review/problems.html", context)


def _rows(one: problems.Checked, rows: Iterable[Problem], labels: Any) -> list[dict[str, str]]:
    return [
        {
            "name": labels[row.kind, row.key],
            "kind": str(apps.get_model("archive", row.kind)._meta.verbose_name),
            "message": row.message,
            "url": reverse(
                PLACES.get(one.rule, f"admin:archive_{row.kind}_change"), args=[row.key]
            ),
        }
        for row in rows
        if (row.kind, row.key) in labels  # else it is gone since
    ]


def _labels(rows: Iterable[Problem]) -> dict[tuple[str, int], str]:
    """The names of the records, with what they read: one query a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        wanted[row.kind].add(row.key)
    return {
        (kind, record.pk): label_of(record)
        for kind, keys in wanted.items()
        for record in _named(apps.get_model("archive", kind), keys)
    }


def _named(model: Any, keys: set[int]) -> Any:
    rows = model._default_manager.filter(pk__in=keys)
    if model is models.Article:
        rows = rows.defer("text")  # a hundred captures for a hundred titles
    return rows.select_related(*LABEL_NEEDS.get(model._meta.model_name, ()))
