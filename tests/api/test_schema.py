"""The schema is valid, without warnings, committed and true; the pages need no network."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from django.contrib.staticfiles import finders
from django.core.management import call_command
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from archive.api import examples
from archive.api.filters import MemberFilterSet
from archive.api.views import LISTS

COMMITTED = Path(__file__).parents[2] / "docs" / "openapi.yaml"
RENEW = "python manage.py spectacular --file docs/openapi.yaml"


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "openapi.yaml"
    # Raises where a warning or an error came up.
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(path))
    return path.read_text()


def test_committed_schema_is_the_generated_one(schema):
    assert COMMITTED.read_text() == schema, f"{COMMITTED.name} is out of date. Renew it: {RENEW}"


def test_schema_is_valid(schema):
    validate(yaml.safe_load(schema))


def test_schema_is_served(client, db, schema):
    response = client.get("/api/v1/schema/")
    assert response.status_code == 200
    assert yaml.safe_load(response.content) == yaml.safe_load(schema)
    assert client.get("/api/v1/schema/?format=json").json() == yaml.safe_load(schema)
    refused = client.get("/api/v1/schema/?format=xml")
    assert refused.status_code == 400
    assert refused.json()["allowed"] == ["yaml", "json"]


def test_schema_names_every_parameter(schema):
    paths = yaml.safe_load(schema)["paths"]
    filter_sets = {f"/api/v1/{name}/": view.filterset_class for name, view in LISTS.items()}
    filter_sets["/api/v1/organizations/{slug}/members/"] = MemberFilterSet
    for path, filter_set in filter_sets.items():
        parameters = {each["name"]: each for each in paths[path]["get"]["parameters"]}
        keys = {"slug"} if "{slug}" in path else set()
        assert set(parameters) == set(filter_set.base_filters) | keys | {
            "count",
            "cursor",
            "facets",
            "fields",
            "format",
            "omit",
            "page_size",
        }
        assert all(each["description"] for each in parameters.values())


def test_schema_describes_every_format(client, world, schema):
    paths = yaml.safe_load(schema)["paths"]
    for name, view in LISTS.items():
        content = paths[f"/api/v1/{name}/"]["get"]["responses"]["200"]["content"]
        assert list(content) == ["application/json", "text/csv", "application/jsonl"]
        response = client.get(f"/api/v1/{name}/?format=csv")
        header = b"".join(response.streaming_content).decode().splitlines()[0]
        assert content["text/csv"]["example"] == f"{header}\r\n"
        table = content["text/csv"]["schema"]["description"].splitlines()
        assert table[-len(view.columns) :] == [
            f"| {column.name} | {column.type} | {column.description} |" for column in view.columns
        ]
        (record,) = content["application/jsonl"]["schema"]["allOf"]
        assert record["$ref"].endswith("Summary")


def test_schema_describes_its_fields_and_addresses(schema):
    document = yaml.safe_load(schema)
    event = document["components"]["schemas"]["EventSummary"]["properties"]
    assert "headline" not in event["title"]["description"]
    assert event["summary"]["description"] == "One neutral sentence of your own."
    for path, operations in document["paths"].items():
        assert set(operations) == {"get"}
        assert operations["get"]["description"]
        answers = operations["get"]["responses"]
        assert list(answers["400"]["content"]) == ["application/problem+json"]
        assert ("404" in answers) == ("{" in path)


def as_json_schema(node):
    """OpenAPI 3.0's `nullable` in the words of JSON Schema."""
    if isinstance(node, list):
        return [as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {key: as_json_schema(value) for key, value in node.items()}
    return {"anyOf": [node, {"type": "null"}]} if node.pop("nullable", False) else node


def test_answers_are_as_the_schema_says(get, world, schema):
    document = yaml.safe_load(schema)
    components = as_json_schema(document["components"])

    def check(path, answer):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]
        described = as_json_schema(content["application/json"]["schema"])
        validator = Draft202012Validator({**described, "components": components})
        errors = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(answer)]
        assert errors == [], path

    keys = {"states": "{code}", "votes": "{roll_call}/{state}"}
    keys |= dict.fromkeys(("citations", "discrepancies"), "{uuid}")
    for name in LISTS:
        facets = ",".join(LISTS[name].filterset_class.facets)
        page = get(f"{name}/", count="true", facets=facets)
        check(f"/api/v1/{name}/", get(f"{name}/", fields="url"))
        check(f"/api/v1/{name}/", page)
        for row in page["results"]:
            check(f"/api/v1/{name}/{keys.get(name, '{slug}')}/", get(row["url"]))
    members = get("organizations/league/members/", on="1933-02-02")
    check("/api/v1/organizations/{slug}/members/", members)
    check("/api/v1/states/{code}/record/", get("states/FRE/record/"))
    check("/api/v1/organizations/{slug}/record/", get("organizations/league/record/"))
    check("/api/v1/requests/{slug}/roster/", get("requests/fre-league-1933/roster/"))
    check("/api/v1/requests/{slug}/roster/", get("requests/fre-ost-1933/roster/"))
    check("/api/v1/agreement/", get("agreement/", states="FRE,OST,KLO"))
    check("/api/v1/search/", get("search/", q="freedonia", page_size=3))
    check("/api/v1/search/", get("search/", q="the"))
    check("/api/v1/", get(""))
    broken = {**members, "results": [{**members["results"][0], "standing": "nonsense"}]}
    with pytest.raises(AssertionError, match="nonsense"):
        check("/api/v1/organizations/{slug}/members/", broken)


def test_every_operation_has_an_example_that_fits_its_schema(schema):
    document = yaml.safe_load(schema)
    components = as_json_schema(document["components"])
    used = set()
    for path, operations in document["paths"].items():
        operation = operations["get"]
        content = operation["responses"]["200"]["content"]["application/json"]
        example = content["examples"]["csto"]["value"]
        described = {**as_json_schema(content["schema"]), "components": components}
        errors = [error.message for error in Draft202012Validator(described).iter_errors(example)]
        assert errors == [], path
        used.add(operation["operationId"])
        for parameter in operation.get("parameters", []):
            assert parameter["in"] == "query" or parameter["example"], (path, parameter["name"])
            if "example" in parameter:
                Draft202012Validator(parameter["schema"]).validate(parameter["example"])
    problems = {f"problem_{status}" for status in (400, 404, 410, 429)}
    assert set(examples.read()) == used | problems
    assert set(document["components"]["examples"]) == problems


class Page(HTMLParser):
    """Collects what a page loads, and the script that stands in it."""

    def __init__(self, html):
        super().__init__()
        self.loaded, self.inline, self.in_script = [], "", False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs) if tag != "a" else {}  # where one can go is not loaded
        self.in_script = tag == "script"
        self.loaded += [attributes[name] for name in ("src", "href") if name in attributes]
        assert not any(name.startswith("on") for name in attributes)

    def handle_data(self, data):
        if self.in_script:
            self.inline += data.strip()

    def handle_endtag(self, tag):
        self.in_script = False


def test_documentation_pages_load_nothing_from_elsewhere(client, db):
    response = client.get("/api/v1/docs/")
    assert response.status_code == 200
    page = Page(response.content.decode())
    assert page.inline == ""
    assert len(page.loaded) == 6
    for address in page.loaded:
        assert re.match(r"/[^/]", address), address
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
    (script,) = (address for address in page.loaded if address.startswith("/api/"))
    response = client.get(script)
    assert response.headers["Content-Type"].startswith("application/javascript")
    code = response.content.decode()
    assert (
        re.search(r'url: "(.*?)"', code)[1].encode().decode("unicode_escape") == "/api/v1/schema/"
    )
    assert "http" not in code.replace('"http"', "")
    assert '"validatorUrl": null' in code
