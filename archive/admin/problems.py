"""What the audit finds, as a list: each finding with a link to where it is mended."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from django.apps import apps
from django.contrib.admin.sites import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from archive import audit
from archive.admin.lookup import LABEL_NEEDS, label_of

# Of each rule, so many are shown where all rules are; all of them where one is chosen.
SHOWN = 20

# Where a finding is mended, if not on the form of its record.
PLACES = {"paragraph_without_citation": "admin:archive_article_read"}


def problems(request: HttpRequest, site: AdminSite) -> HttpResponse:
    if not request.user.has_module_perms("archive"):
        raise PermissionDenied
    chosen = request.GET.get("rule", "")
    rules = {rule.__name__: rule for rule in audit.RULES}
    if chosen and chosen not in rules:
        raise Http404
    found: dict[str, list[audit.Finding]] = defaultdict(list)
    for finding in audit.findings():  # errors first
        found[finding.rule].append(finding)
    levels = Counter(finding.level for group in found.values() for finding in group)
    shown = {
        name: group if chosen else group[:SHOWN]
        for name, group in found.items()
        if chosen in ("", name)
    }
    labels = _labels(_key(finding) for group in shown.values() for finding in group)
    groups = [
        {
            "rule": name,
            "says": (rules[name].__doc__ or "").splitlines()[0],
            "level": group[0].level,
            "number": len(found[name]),
            "rows": [
                {
                    "name": labels.get(_key(one), ""),
                    "kind": one.record._meta.verbose_name,
                    "message": one.message,
                    "url": _place(one),
                }
                for one in group
            ],
        }
        for name, group in shown.items()
    ]
    context = {
        **site.each_context(request),
        "title": "Problems",
        "groups": groups,
        "chosen": chosen,
        "rules": [(name, group[0].level, len(group)) for name, group in found.items()],
        "number": sum(levels.values()),
        "errors": levels[audit.ERROR],
        "notices": levels[audit.NOTICE],
    }
    return TemplateResponse(request, "admin/archive/review/problems.html", context)


def _key(finding: audit.Finding) -> tuple[str, int]:
    return str(finding.record._meta.model_name), finding.record.pk


def _labels(keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """The names of the records, with what they read: one query a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for name, pk in keys:
        wanted[name].add(pk)
    return {
        (name, record.pk): label_of(record)
        for name, numbers in wanted.items()
        for record in apps.get_model("archive", name)
        ._default_manager.filter(pk__in=numbers)
        .select_related(*LABEL_NEEDS.get(name, ()))
    }


def _place(finding: audit.Finding) -> str:
    name = finding.record._meta.model_name
    place = PLACES.get(finding.rule, f"admin:archive_{name}_change")
    return reverse(place, args=[finding.record.pk])
