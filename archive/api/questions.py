"""Views that answer a question, rather than list rows: what they share.

Their parameters are declared as a table, like those of the lists. Each number that they give
comes with a link to the list of the very rows that it counts.
"""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.reverse import reverse

from archive.api.parameters import Choice, Parameter, RefusedError, read_all
from archive.api.strict import StrictView


class Setting(Choice):
    """One value of a vocabulary, with a default: a switch of a method."""

    is_list = False

    def __init__(self, vocabulary: Any, description: str) -> None:
        values = "; ".join(f"`{value}`: {value.label}" for value in vocabulary)
        super().__init__(vocabulary, f"{description} {values}.")
        self.default = self.allowed[0]

    def read(self, text: str) -> Any:
        (value,) = super().read(text) if "," not in text else self._refuse(text)
        return value

    def _refuse(self, text: str) -> list[str]:
        raise RefusedError("This takes one value.", self.allowed)

    def schema(self) -> dict[str, Any]:
        return {**super().schema(), "default": self.default}


class QuestionView(StrictView):
    """`asked` is the table of its parameters."""

    asked: ClassVar[Mapping[str, Parameter]] = {}

    def parameters(self) -> list[dict[str, Any]]:
        return [parameter.in_openapi(name) for name, parameter in self.asked.items()]

    def given(self, request: Request) -> dict[str, Any]:
        """What was asked, by parameter; the first value refused is a 400."""
        return read_all(self.asked, request.query_params)


def described(asked: Mapping[str, Parameter], *required: str) -> list[OpenApiParameter]:
    """The same table for the schema: drf-spectacular asks only lists for their parameters."""
    shown = []
    for name, parameter in asked.items():
        operation = parameter.in_openapi(name)
        shown.append(
            OpenApiParameter(
                name,
                operation["schema"],
                required=name in required,
                description=operation["description"],
                explode=operation.get("explode"),
                style=operation.get("style"),
            )
        )
    return shown


def link(request: Request, name: str, **parameters: str) -> str:
    """The address of a list with these filters; a filter named by a word of Python ends in "_"."""
    query = urlencode({key.rstrip("_"): value for key, value in parameters.items()}, safe=",")
    address: str = reverse(name, request=request)
    return f"{address}?{query}" if query else address


def rows(view: Any, parameters: Mapping[str, str] | None = None) -> QuerySet[Any]:
    """The rows of a list with these filters, in the list's own order."""
    queryset: QuerySet[Any] = view.filterset_class.read(parameters or {}).filter_queryset(
        view.queryset.all()
    )
    return queryset
