"""Real answers about the five documents, shown in the schema: `examples/`, one file each.

A file is named like its operation, or `problem_` and the status of an error. It holds the
address and the answer, whose volatile parts are fixed and whose long parts are cut. The tests
compare each with what the API answers; `make examples` writes the answers anew.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

FOLDER = Path(__file__).parent / "examples"
MEDIA_TYPE = "application/json"
HOST = "localhost:8000"
CUT_AT = 200  # characters
CUT = "Lists are cut to their first entry here, and texts to 200 characters."


def read() -> dict[str, dict[str, Any]]:
    """Address and answer, by name."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def write(name: str, address: str, answer: Any) -> None:
    text = json.dumps({"address": address, "answer": answer}, ensure_ascii=False, indent=2)
    (FOLDER / f"{name}.json").write_text(text + "\n")


def cut(answer: Any) -> Any:
    """The answer as an example shows it: short, and the same on every day and every host."""
    if isinstance(answer, dict):
        return {
            name: "2026-01-31T12:00:00Z" if name == "updated_at" else cut(value)
            for name, value in answer.items()
        }
    if isinstance(answer, list):
        # Words and numbers are short, and the list of them is the point; records are not.
        return answer if all(isinstance(each, str | int) for each in answer) else [cut(answer[0])]
    if isinstance(answer, str) and answer.startswith("http"):
        return re.sub(r"(?<=cursor=)[^&]+", "…", answer)
    if isinstance(answer, str) and len(answer) > CUT_AT:
        return f"{answer[: CUT_AT - 1]}…"
    return answer


def complete(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Gives each operation its example, and its parameters the values that it was asked with.

    A hook of drf-spectacular; it comes after ours in `schema.py`, which adds the problems.
    """
    examples = read()
    problems = {name: each for name, each in examples.items() if name.startswith("problem_")}
    result["components"]["examples"] = {
        name: {"summary": f"GET {each['address']}", "value": each["answer"]}
        for name, each in problems.items()
    }
    for path, operations in result["paths"].items():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                if f"problem_{status}" in problems:
                    reference = {"$ref": f"#/components/examples/problem_{status}"}
                    for content in response["content"].values():
                        content["examples"] = {"problem": reference}
            if example := examples.get(operation["operationId"]):
                answers = operation["responses"]["200"]["content"][MEDIA_TYPE]
                answers["examples"] = {
                    "csto": {
                        "summary": f"GET {example['address']}",
                        "description": CUT,
                        "value": example["answer"],
                    }
                }
                asked = _asked(path, example["address"])
                for parameter in operation.get("parameters", []):
                    if parameter["name"] in asked:
                        parameter["example"] = _typed(asked[parameter["name"]], parameter["schema"])
    return result


def _asked(path: str, address: str) -> dict[str, str]:
    """The values of the parameters in an address, those in its path included."""
    split = urlsplit(address)
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    found = re.fullmatch(pattern, split.path)
    if found is None:
        raise ValueError(f"The example {address} is not of {path}.")
    return {**found.groupdict(), **dict(parse_qsl(split.query))}


def _typed(text: str, schema: dict[str, Any]) -> Any:
    if schema.get("type") == "array":
        return text.split(",")
    return json.loads(text) if schema.get("type") in ("integer", "boolean") else text
