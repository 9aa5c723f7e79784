"""The schema and the page that shows it, with the manners of the rest of the API."""

from functools import cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request

from archive.api.strict import StrictView


class SchemaView(StrictView):
    """This API in the words of OpenAPI 3, as YAML or JSON."""

    renderer_classes = SpectacularAPIView.renderer_classes

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        return HttpResponse(
            _written(renderer.media_type),
            content_type=f"{renderer.media_type}; charset=utf-8",
            headers={"Content-Disposition": f'inline; filename="casus.{renderer.format}"'},
        )


@cache
def _written(media_type: str) -> Any:
    """Made once a process: it takes half a second, and only the code can change it."""
    renderers = {each.media_type: each for each in SchemaView.renderer_classes}
    schema: Any = SchemaGenerator().get_schema(request=None, public=True)
    return renderers[media_type]().render(schema, renderer_context={})


class DocsView(SpectacularSwaggerSplitView):
    """Every list, filter and field, to be tried out."""

    # The page and its script come separately, so that a strict content policy allows them.
    template_name = "archive/api_docs.html"

    def get_renderers(self) -> list[BaseRenderer]:
        """OPTIONS is answered with data, for which the page's renderer has no template."""
        return [JSONRenderer()] if self.request.method == "OPTIONS" else super().get_renderers()
