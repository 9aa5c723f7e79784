"""What every view of ours does first: it refuses parameters that it does not know."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.views import APIView

from archive.api.errors import BadParameter, shortened


class StrictView(APIView):
    """Answers 400 to a parameter that it does not know, or that is empty, doubled or broken.

    A misspelt filter that is ignored answers a question that nobody asked, with everything.
    """

    # What each view allows, by class and by whether it is a list's or a detail's: it stays.
    _allowed: ClassVar[dict[Any, list[str]]] = {}

    def parameters(self) -> list[dict[str, Any]]:
        """The query parameters of this address, as OpenAPI describes them."""
        return []

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method in ("GET", "HEAD"):
            refuse_strange_parameters(request.query_params, self._names())
        super().initial(request, *args, **kwargs)

    def _names(self) -> list[str]:
        key = (type(self), getattr(self, "detail", None))
        if key not in self._allowed:
            names = [parameter["name"] for parameter in self.parameters()]
            self._allowed[key] = [*names, "format"]
        return self._allowed[key]


def refuse_strange_parameters(given: QueryDict, allowed: Iterable[str]) -> None:
    for name, values in given.lists():
        if name not in allowed:
            raise BadParameter(name, f"There is no parameter “{shortened(name)}” here.", allowed)
        if len(values) > 1:
            raise BadParameter(
                name, f"“{name}” is given twice. Give it once; several values go with commas."
            )
        if not values[0]:
            raise BadParameter(name, f"“{name}” is empty. Give it a value, or leave it out.")
        if "\x00" in values[0]:
            raise BadParameter(name, f"“{name}” holds a NUL character.")
