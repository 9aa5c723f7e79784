"""`datapackage.json`: the tables as a Data Package (version 2), each with its Table Schema."""

import json
from typing import Any

from archive.api.columns import Column
from archive.releases.package import Edition, File
from archive.releases.tables import TABLES, Table

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
DESCRIPTION = (
    "How allies behave when an alliance must act: who asked whom for help, what answered, how "
    "allies voted; each record with the passages that say so. The codebook says what the records "
    "mean and by which rules passages were coded."
)
TYPES = {
    "text": "string",
    "code": "string",
    "edtf": "string",
    "url": "string",
    "number": "integer",
    "boolean": "boolean",
    "day": "date",
    "time": "datetime",
}

# `records.csv`, which is no table of one kind of record.
MANIFEST = "Every record of the release; the next one tells by it what has changed."
MANIFEST_COLUMNS = {
    "table": "The table of the record.",
    "key": "Its key, with slashes between the parts.",
    "digest": "A digest of its content: another digest, another content. Of a vote, what was "
    "voted, and intended.",
}
MANIFEST_KEY = ("table", "key")


def datapackage(edition: Edition, files: dict[str, File]) -> bytes:
    """The descriptor of a release; `files` are those written so far."""
    content = {
        "$schema": PROFILE,
        "name": "casus",
        "title": "Casus",
        "description": DESCRIPTION,
        "version": edition.version,
        "created": f"{edition.date.isoformat()}T00:00:00Z",
        **({"licenses": [{"name": edition.licence}]} if edition.licence else {}),
        "resources": [
            *(_resource(table, files[table.path]) for table in TABLES.values()),
            _manifest(files["records.csv"]),
        ],
    }
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode()


def _file(path: str, file: File) -> dict[str, Any]:
    return {
        "path": path,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
    }


def _resource(table: Table, file: File) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", "-"),
        "description": sentence(table.model),
        **_file(table.path, file),
        "schema": {
            "fields": [_field(column, table.key) for column in table.columns],
            "missingValues": [""],
            "primaryKey": list(table.key),
            "foreignKeys": [
                {"fields": [name], "reference": _reference(table, target, column)}
                for name, target, column in table.references()
            ],
        },
    }


def _reference(table: Table, target: str, column: str) -> dict[str, Any]:
    """Where a table refers to itself, no resource may be named."""
    elsewhere = {} if target == table.name else {"resource": target.replace("_", "-")}
    return {**elsewhere, "fields": [column]}


def _field(column: Column, key: tuple[str, ...]) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": TYPES[column.type],
        "description": column.description,
    }
    if column.type == "boolean":
        field |= {"trueValues": ["TRUE"], "falseValues": ["FALSE"]}
    constraints: dict[str, Any] = {"required": True} if column.name in key else {}
    if column.values:
        field["categories"] = [{"value": value, "label": label} for value, label in column.values]
        constraints["enum"] = [value for value, _ in column.values]
    if constraints:
        field["constraints"] = constraints
    return field


def _manifest(file: File) -> dict[str, Any]:
    return {
        "name": "records",
        "description": MANIFEST,
        **_file("records.csv", file),
        "schema": {
            "fields": [
                {"name": name, "type": "string", "description": words}
                for name, words in MANIFEST_COLUMNS.items()
            ],
            "primaryKey": list(MANIFEST_KEY),
        },
    }


def sentence(model: Any) -> str:
    """What a row of the model is."""
    return " ".join(str(model.__doc__).split("\n\n")[0].split())
