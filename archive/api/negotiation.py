"""Which format an answer has, and what OPTIONS answers.

The settings name these classes, and REST framework loads them before its views: so this
module imports no view.
"""

from collections.abc import Iterable
from typing import Any

from rest_framework.metadata import BaseMetadata
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from archive.api.errors import BadParameter, shortened


class StrictNegotiation(DefaultContentNegotiation):
    """Answers 400 to an unknown ``?format=``; REST framework's own answer is a 404."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        # Most readers take whatever comes: that needs no comparing.
        given = request.META.get("HTTP_ACCEPT", "*/*")
        if given == "*/*" and "format" not in request.query_params:
            return renderers[0], renderers[0].media_type
        return super().select_renderer(request, renderers, format_suffix)

    def filter_renderers(
        self, renderers: Iterable[BaseRenderer], format: str
    ) -> list[BaseRenderer]:
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            formats = dict.fromkeys(renderer.format for renderer in renderers)
            raise BadParameter("format", f"There is no format “{shortened(format)}”.", formats)
        return found


class ParameterMetadata(BaseMetadata):
    """Answers OPTIONS with what the address is, its parameters and the columns of its CSV."""

    def determine_metadata(self, request: Request, view: Any) -> dict[str, Any]:
        answer = {
            "name": view.get_view_name(),
            "description": view.get_view_description(),
            "methods": view.allowed_methods,
            "formats": list(dict.fromkeys(each.format for each in view.get_renderers())),
            "parameters": view.parameters() if hasattr(view, "parameters") else [],
        }
        if getattr(view, "detail", True):
            return answer
        columns = [
            {"name": each.name, "type": each.type, "description": each.description}
            for each in view.columns
        ]
        return {**answer, "columns": columns}
