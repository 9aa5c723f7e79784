"""Answers to HEAD have no body. Django leaves that to the server, and gunicorn logs a warning
for each; who only looks whether an address is there should not fill the log.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase


class EmptyHead:
    """Drops the body; its length stays in the headers."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method == "HEAD":
            if isinstance(response, StreamingHttpResponse):
                # What was to be sent is closed with the response.
                response.streaming_content = ()
            elif isinstance(response, HttpResponse):
                response.content = b""
        return response
