"""What drf-spectacular cannot see by itself.

Which parameters a view takes, what the keys are, the problem documents, and the formats that
stream past the serializers.
"""

from copy import deepcopy
from typing import Any

from drf_spectacular.openapi import AutoSchema

from archive.api.errors import MEDIA_TYPE
from archive.api.exports import BYTE_ORDER_MARK, CSVRenderer, JSONLinesRenderer
from archive.api.facets import FACETS

PROBLEM = {
    "type": "object",
    "description": "A problem document (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do."},
        "parameter": {"type": "string", "description": "The parameter that is wrong."},
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "The parameters, values or formats that are allowed.",
        },
        "withdrawal_reason": {"type": "string", "description": "Why the record was withdrawn."},
    },
}

PROBLEMS = {
    "400": "A parameter, or its value, is unknown or malformed.",
    "404": "There is no such record, or the public does not see it.",
    "410": "The record was public and has been withdrawn.",
    "429": "Your address has sent too many requests; Retry-After says how long to wait.",
}


RETRY_AFTER = {
    "description": "Seconds until the next request is answered.",
    "required": True,
    "schema": {"type": "integer"},
}

KEYS = {
    "code": "The code of the state, such as ARM.",
    "roll_call": "The slug of the roll call.",
    "slug": "The slug of the record.",
    "state": "The code of the state, such as ARM.",
    "uuid": "The UUID of the citation or discrepancy.",
    "version": "The version of the release, such as 1.0.",
}


# What Django's slug converter lets through, and ours for versions.
KEY_PATTERN = "^[-a-zA-Z0-9_]+$"
VERSION_PATTERN = "^[0-9][0-9a-z.-]{0,39}$"

CSV = """The whole list, with a header, as RFC 4180 says and in UTF-8 with a byte order mark.

An empty cell is a missing value; a flag is TRUE or FALSE. Text that begins with =, +, -, @, a
tab or a line end, which a spreadsheet may take for a formula, has an apostrophe before it;
numbers and dates have none. `evidence_quote` is the passage that stands for the record.
The columns keep their names and their order:

| column | type | what it holds |
|---|---|---|
"""

JSON_LINES = "The whole list, one record a line: the same objects as in `results`."

FORMAT = (
    "json, a page; csv or jsonl, the whole list as a file: then without cursor, page_size, "
    "count and facets."
)

FACET = {
    "type": "object",
    "required": ["value", "label", "count"],
    "properties": {
        "value": {
            "type": "string",
            "nullable": True,
            "description": "What to ask the parameter for; null for all other values together.",
        },
        "label": {"type": "string", "description": "The value in words."},
        "count": {"type": "integer", "description": "How many rows have it."},
    },
}


class ParametersOfView:
    """What a view says of its parameters, where drf-spectacular looks for filters."""

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = view.parameters()
        return parameters


class StrictSchema(AutoSchema):
    """Shows exactly the parameters that the view does not refuse, and the streamed formats."""

    def get_filter_backends(self) -> list[Any]:
        return [ParametersOfView] if hasattr(self.view, "parameters") else []

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        view: Any = self.view
        if operation and not getattr(view, "detail", True):
            record = self.resolve_serializer(view.get_serializer_class(), "response").ref
            columns = view.columns
            rows = "\n".join(
                f"| {each.name} | {each.type} | {each.description} |" for each in columns
            )
            header = BYTE_ORDER_MARK + ",".join(each.name for each in columns) + "\r\n"
            operation["responses"]["200"]["content"] |= {
                CSVRenderer.media_type: {
                    "schema": {"type": "string", "description": CSV + rows},
                    "example": header,
                },
                JSONLinesRenderer.media_type: {
                    "schema": {"allOf": [record], "description": JSON_LINES},
                },
            }
        return operation


# Their rows are never withdrawn.
REFERENCE_ROWS = ("sources", "states", "organizations", "provisions", "releases")


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Describes keys and problems of every operation. A hook of drf-spectacular."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status in _problems_of(path):
                # Each with a content of its own, which examples are added to.
                problem = {"description": PROBLEMS[status], "content": deepcopy(content)}
                operation["responses"][status] = problem
            operation["responses"]["429"]["headers"] = {"Retry-After": RETRY_AFTER}
            for parameter in operation.get("parameters", []):
                _complete_parameter(parameter)
    for component in result["components"]["schemas"].values():
        for name, described in component.get("properties", {}).items():
            # Addresses of other sites are blank where there is none, and blank is no URI.
            if described.get("format") == "uri" and name in ("homepage", "archived_url"):
                del described["format"]
    _describe_pages(result["components"]["schemas"])
    return result


def _complete_parameter(parameter: dict[str, Any]) -> None:
    schema = parameter["schema"]
    if parameter["in"] == "path":
        parameter["description"] = KEYS[parameter["name"]]
        if "format" not in schema:
            is_version = parameter["name"] == "version"
            schema["pattern"] = VERSION_PATTERN if is_version else KEY_PATTERN
        return
    if parameter["name"] == "format":
        parameter["description"] = FORMAT
    if schema.get("type") == "array":
        schema["minItems"] = 1
        schema = schema["items"]
    if schema.get("type") == "string" and "enum" not in schema and "pattern" not in schema:
        schema["minLength"] = 1


def _describe_pages(schemas: dict[str, Any]) -> None:
    """The facets of a page; and `fields` can leave out any field of a record."""
    schemas["Facet"] = FACET
    facets = {
        "type": "object",
        "description": f"Only on ?{FACETS}=: by facet.",
        "additionalProperties": {"type": "array", "items": {"$ref": "#/components/schemas/Facet"}},
    }
    for name, schema in schemas.items():
        if name.startswith("Paginated"):
            schema["properties"][FACETS] = facets
        if name.endswith(("Summary", "Detail")):
            schema.pop("required", None)


def _problems_of(path: str) -> list[str]:
    if "{" not in path:
        return ["400", "429"]
    can_be_withdrawn = path.split("/")[3] not in REFERENCE_ROWS
    gone = ["410"] if can_be_withdrawn else []
    return ["400", "404", *gone, "429"]
