"""What is neither the admin nor the API: home page, guide, health check, icon."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from archive import edtf, models
from archive.models.revision import CurrentRevision

# What the home page shows of each; the lists of the API hold the rest.
NEWEST = 8
CALLS = 50
ARTICLES = 20


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the archive holds, who asked and what answered, and where to go. Public rows only."""
    responses = (
        models.Response.objects.published()
        .roots()
        .select_related("responder_state", "responder_organization")
        .with_evidence()
    )
    requests = (
        models.Request.objects.published()
        .select_related("event", "requester", "addressee_state", "addressee_organization")
        .prefetch_related(Prefetch("responses", responses, to_attr="answers"))
        .with_evidence()
        .order_by(F("event__date_possible").desc(nulls_last=True), "slug")[:CALLS]
    )
    for asked in requests:
        asked.passages = asked.citation_count + sum(a.citation_count for a in asked.answers)
    context = {
        "counts": counts(models.Revision.current()),
        "requests": requests,
        "is_cut": len(requests) == CALLS,
        "newest": models.Event.objects.published()
        .order_by("-updated_at", F("date_possible").desc(nulls_last=True), "slug")
        .with_evidence()[:NEWEST],
        "articles": models.Article.objects.published()
        .select_related("source")
        .order_by(F("published_possible").desc(nulls_last=True), "slug")
        .defer("text")
        .with_evidence()[:ARTICLES],
    }
    return render(request, "archive/home.html", context)


# What the home page counts, and where each list is.
COUNTED: tuple[tuple[Any, str], ...] = (
    (models.Article, "articles"),
    (models.Event, "events"),
    (models.Request, "requests"),
    (models.Response, "responses"),
    (models.Membership, "memberships"),
    (models.RollCall, "roll-calls"),
    (models.Vote, "votes"),
    (models.Citation, "citations"),
)


@lru_cache(maxsize=1)
def counts(revision: CurrentRevision) -> list[tuple[str, str, int]]:
    """How many records the public sees at a revision: to count a million takes a while."""
    return [
        (str(model._meta.verbose_name_plural), address, model.objects.public().count())
        for model, address in COUNTED
    ]


# The pages of the guide: the last part of the address, which is the template's name, and title.
GUIDE = {
    "": "Using the data",
    "silence": "What a silence means",
    "dates": "Dates",
    "evidence": "Evidence and contested records",
    "errors": "Errors and limits",
}

# Dates as the guide explains them.
DATES = (
    ("2022-09-14", "that day"),
    ("2021-05", "some time in that month, or all of it"),
    ("1999", "some time in that year"),
    ("2022-09-13/2022-09-14", "from the one to the other"),
    ("1992/..", "from then on; it goes on"),
    ("1992/", "from then on; whether it ended is not known"),
    ("/2012", "up to then; since when is not known"),
    ("[2024-01-03..]", "some time then or later"),
    ("[..2022-06-30]", "some time then or before"),
    ("2021-05~", "about then"),
    ("2023-10?", "perhaps then"),
)


@require_safe
def guide(request: HttpRequest, page: str = "") -> HttpResponse:
    """How to use the data. The code samples are run by `tests/test_documents.py`."""
    if page not in GUIDE:
        raise Http404
    context = {
        "title": GUIDE[page],
        "pages": [
            (reverse("guide", args=[name] if name else []), title) for name, title in GUIDE.items()
        ],
        # A reader copies the samples, so they name the host that he is on.
        "here": f"{request.scheme}://{request.get_host()}",
        "dates": [
            {"meaning": meaning, "words": edtf.describe(text), **(edtf.as_dict(text) or {})}
            for text, meaning in DATES
        ],
        "per_minute": settings.REQUESTS_PER_MINUTE,
        "exports_per_minute": settings.EXPORTS_PER_MINUTE,
    }
    return render(request, f"archive/guide/{page or 'index'}.html", context)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the application reaches its database; for a load balancer or a container."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Where browsers look for an icon when a page names none, such as an API answer."""
    return redirect(static("archive/icon.svg"))
