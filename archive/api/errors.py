"""Errors as problem documents (RFC 9457): ``application/problem+json``, whatever went wrong."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseServerError,
    JsonResponse,
)
from django.utils.cache import patch_vary_headers
from django.views import csrf, defaults
from rest_framework.exceptions import APIException, MethodNotAllowed, NotAcceptable

MEDIA_TYPE = "application/problem+json"

NOT_FOUND = (
    "There is no such address or record here, or the public does not see it. /api/v1/ has the "
    "addresses, each list the keys of its records; capitals count."
)
READ_ONLY = "The API is read only: it answers GET, HEAD and OPTIONS."
UNREADABLE = "The request cannot be read."
FORBIDDEN = "Your login does not allow this."
FORGED = "The form was not sent from its own page, or that page is too old: load it again."
FAILED = "The server failed at this request; the fault is ours, and it has been logged."


PLAIN = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Something went wrong – Casus</title>
<h1>Something went wrong</h1><p>{FAILED}</p></html>
"""


class BadParameter(APIException):
    """A 400 that names the parameter and, where they can be listed, the allowed values."""

    status_code = HTTPStatus.BAD_REQUEST

    def __init__(self, parameter: str, detail: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(detail)
        self.members: dict[str, Any] = {"parameter": shortened(parameter)}
        if names := list(allowed):
            self.members["allowed"] = names


class Gone(APIException):
    """A 410: the record was public and has been withdrawn, for this reason."""

    status_code = HTTPStatus.GONE

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"This record was withdrawn: {reason}"
            if reason
            else "This record was withdrawn and is being reviewed again."
        )
        self.members = {"withdrawal_reason": reason}


def problem(status: int, detail: str, **members: Any) -> JsonResponse:
    """The document itself; `members` are what this kind of problem adds."""
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": detail,
        **members,
    }
    return JsonResponse(
        document,
        status=status,
        content_type=MEDIA_TYPE,
        json_dumps_params={"ensure_ascii": False},
    )


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """What REST framework calls for each exception; None leaves it to Django, as a 500."""
    if isinstance(exception, Http404):
        return problem(HTTPStatus.NOT_FOUND, NOT_FOUND)
    if isinstance(exception, MethodNotAllowed):
        return problem(HTTPStatus.METHOD_NOT_ALLOWED, READ_ONLY)
    if isinstance(exception, NotAcceptable):
        known = exception.available_renderers or []
        types = ", ".join(dict.fromkeys(each.media_type for each in known))
        detail = f"Accept names none of the formats here, {types}; name one, or leave it out."
        return problem(HTTPStatus.NOT_ACCEPTABLE, detail)
    if isinstance(exception, APIException):
        members = getattr(exception, "members", {})
        return problem(exception.status_code, str(exception.detail), **members)
    return None


def shortened(text: str) -> str:
    """`text` short enough to be repeated in a message."""
    return text if len(text) <= 60 else f"{text[:59]}…"


# --- Beyond the views: config/ names these as handlers; elsewhere a reader gets a page ---------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_problem(request):
        return _varying(problem(HTTPStatus.BAD_REQUEST, UNREADABLE))
    return _varying(defaults.bad_request(request, exception))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_problem(request):
        return _varying(problem(HTTPStatus.FORBIDDEN, str(exception) or FORBIDDEN))
    return _varying(defaults.permission_denied(request, exception))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that was not sent from its page; `reason` is for developers."""
    if wants_problem(request):
        return _varying(problem(HTTPStatus.FORBIDDEN, FORGED))
    return _varying(csrf.csrf_failure(request, reason))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if wants_problem(request):
        return _varying(problem(HTTPStatus.NOT_FOUND, NOT_FOUND))
    return _varying(defaults.page_not_found(request, exception))


def server_error(request: HttpRequest) -> HttpResponse:
    if wants_problem(request):
        return _varying(problem(HTTPStatus.INTERNAL_SERVER_ERROR, FAILED))
    try:
        return _varying(defaults.server_error(request))
    except Exception:
        # The page itself can be what fails: it needs the static files.
        return _varying(HttpResponseServerError(PLAIN))


def wants_problem(request: HttpRequest) -> bool:
    """Always below ``/api/``; elsewhere where ``Accept`` prefers JSON to a page."""
    if request.path.startswith("/api/"):
        return True
    preferred = request.get_preferred_type(["text/html", MEDIA_TYPE, "application/json"])
    return preferred in (MEDIA_TYPE, "application/json")


def _varying(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ("Accept",))
    return response
