"""What drf-spectacular cannot see by itself: what the keys are, and the problem documents."""

from copy import deepcopy
from typing import Any

from archive.api.errors import MEDIA_TYPE

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
    "uuid": "The citation's UUID.",
}


# What Django's slug converter lets through.
KEY_PATTERN = "^[-a-zA-Z0-9_]+$"

# Their rows are never withdrawn.
REFERENCE_ROWS = ("sources", "states", "organizations", "provisions")


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
    return result


def _complete_parameter(parameter: dict[str, Any]) -> None:
    schema = parameter["schema"]
    if parameter["in"] == "path":
        parameter["description"] = KEYS[parameter["name"]]
        if "format" not in schema:
            schema["pattern"] = KEY_PATTERN
        return
    if schema.get("type") == "array":
        schema["minItems"] = 1
        schema = schema["items"]
    if schema.get("type") == "string" and "enum" not in schema and "pattern" not in schema:
        schema["minLength"] = 1


def _problems_of(path: str) -> list[str]:
    if "{" not in path:
        return ["400", "429"]
    can_be_withdrawn = path.split("/")[3] not in REFERENCE_ROWS
    gone = ["410"] if can_be_withdrawn else []
    return ["400", "404", *gone, "429"]
