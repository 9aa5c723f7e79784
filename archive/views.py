"""What is neither the admin nor the API: the home page, the health check, the icon."""

from typing import Any

from django.db import connection
from django.db.models import F, Prefetch
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from archive import models

NEWEST = 8


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
        .order_by(F("event__date_possible").desc(nulls_last=True), "slug")
    )
    for asked in requests:
        asked.passages = asked.citation_count + sum(a.citation_count for a in asked.answers)
        asked.is_contested = asked.contested or any(a.contested for a in asked.answers)
    context = {
        "counts": [
            (model._meta.verbose_name_plural, address, model.objects.public().count())
            for model, address in COUNTED
        ],
        "requests": requests,
        "newest": models.Event.objects.published()
        .order_by("-updated_at", F("date_possible").desc(nulls_last=True), "slug")
        .with_evidence()[:NEWEST],
        "articles": models.Article.objects.published()
        .select_related("source")
        .defer("text")
        .with_evidence(),
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
