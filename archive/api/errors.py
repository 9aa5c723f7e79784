"""Errors as problem documents (RFC 9457): ``application/problem+json``, whatever went wrong."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework.exceptions import APIException

MEDIA_TYPE = "application/problem+json"

NOT_FOUND = "There is no such address or record here, or the public does not see it."


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
    if isinstance(exception, APIException):
        members = getattr(exception, "members", {})
        return problem(exception.status_code, str(exception.detail), **members)
    return None


def shortened(text: str) -> str:
    """`text` short enough to be repeated in a message."""
    return text if len(text) <= 60 else f"{text[:59]}…"


# --- Beyond the views: config/urls.py names these as handler400, handler404, handler500 ----


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return problem(HTTPStatus.BAD_REQUEST, "The request cannot be read.")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return problem(HTTPStatus.NOT_FOUND, NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        detail = "The server failed at this request; the fault is ours, and it has been logged."
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")
