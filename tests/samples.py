"""Code samples of the guide, run against the test client in the place of a server."""

import csv
import html
import re
import shlex
import sys
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import requests
from django.test import Client


def samples(page: str) -> list[tuple[str, str]]:
    """The kind (curl, python, r, answer …) and the code of each sample of a page."""
    found = re.findall(r'<pre tabindex="0"><code class="([a-z ]+)">(.*?)</code></pre>', page, re.S)
    assert len(found) == page.count("<pre")
    return [(kind, html.unescape(code)) for kind, code in found]


def run_curl(client: Client, code: str) -> list[Any]:
    """The answers to the curl commands."""
    answers = []
    for line in code.splitlines():
        command, *words = shlex.split(line)
        assert command == "curl"
        address = words.pop()
        if words == ["--head"]:
            answers.append(client.head(address))
        elif words == ["--request", "OPTIONS"]:
            answers.append(client.options(address))
        else:
            assert words in ([], ["--compressed"]), words
            answers.append(client.get(address))
    return answers


def run_python(client: Client, code: str, monkeypatch: Any) -> list[Any]:
    """Runs a sample; what it printed. Of pandas there is as much as the samples use."""

    def get(address: str, params: Any = None, timeout: float = 0) -> requests.Response:
        assert timeout
        answer = client.get(f"{address}?{urlencode(params)}" if params else address)
        response = requests.Response()
        response.status_code, response.url = answer.status_code, address
        response._content = answer.content
        response.headers.update(answer.headers)
        return response

    def read_csv(address: str) -> Frame:
        answer: Any = client.get(address)
        assert answer.status_code == 200, answer.content
        text = answer.getvalue().decode("utf-8-sig")
        return Frame(list(csv.DictReader(text.splitlines())))

    pandas = ModuleType("pandas")
    pandas.read_csv = read_csv  # type: ignore[attr-defined]
    pandas.json_normalize = Frame  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", pandas)
    monkeypatch.setattr(requests, "get", get)
    printed: list[Any] = []
    exec(compile(code, "sample", "exec"), {"print": lambda *words: printed.append(words)})
    return printed


class Frame:
    """A table of rows, whose nested objects become columns with dots in their names."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows = [flat(row) for row in rows]
        assert self.rows

    def __getitem__(self, columns: list[str]) -> list[list[Any]]:
        return [[row[column] for column in columns] for row in self.rows]


def flat(row: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            columns |= flat(value, f"{prefix}{name}.")
        else:
            columns[f"{prefix}{name}"] = value
    return columns


def run_r(client: Client, code: str) -> list[list[Any]]:
    """What the sample selects. There is no R here: its address is asked, its columns looked up."""
    (address,) = re.findall(r'address <- "(.*?)"', code)
    assert "fromJSON(address, flatten = TRUE)" in code
    (columns,) = re.findall(r"\[, c\((.*?)\)\]", code)
    rows = client.get(address).json()["results"]
    return Frame(rows)[[column.strip(' "') for column in columns.split(",")]]
