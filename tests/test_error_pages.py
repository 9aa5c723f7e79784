"""Errors outside the API: a page for readers, a problem document for who asks for JSON."""

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import Client
from django.utils.functional import empty

from archive import views
from tests.admin.users import make_researcher, make_superuser

pytestmark = pytest.mark.django_db

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json, */*;q=0.1"}
ADD = "/admin/archive/event/add/"


def fail(*args, **kwargs):
    raise RuntimeError("the secret of the house")


@pytest.fixture
def failing(client, monkeypatch):
    """The desk's front page fails."""
    from archive.admin import front

    monkeypatch.setattr(front, "context", fail)
    client.raise_request_exception = False
    client.force_login(make_superuser())
    return client


def page_of(response, status):
    assert response.status_code == status
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    page = response.content.decode()
    assert '<html lang="en">' in page
    assert page.count("<h1>") == 1
    assert 'href="#content"' in page
    assert "Traceback" not in page
    assert "secret" not in page
    return page


def problem_of(response, status):
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "Accept" in response.headers["Vary"]
    problem = response.json()
    assert set(problem) == {"type", "title", "status", "detail"}
    assert problem["status"] == status
    assert "secret" not in str(problem)
    return problem


def test_unknown_address_of_the_desk(client):
    client.force_login(make_superuser())
    for address in ("/admin/nothing/", "/admin/archive/nothing/", "/nothing/"):
        assert "Nothing stands at this address" in page_of(
            client.get(address, headers=BROWSER), 404
        )
        problem_of(client.get(address, headers=PROGRAM), 404)


def test_failure_of_the_desk(failing):
    assert "The fault is ours" in page_of(failing.get("/admin/", headers=BROWSER), 500)
    problem_of(failing.get("/admin/", headers=PROGRAM), 500)


def test_what_a_login_does_not_allow(client):
    client.force_login(make_researcher())
    assert "Your login does not allow this" in page_of(client.get(ADD, headers=BROWSER), 403)
    assert problem_of(client.get(ADD, headers=PROGRAM), 403)["detail"]


def test_form_that_did_not_come_from_its_page():
    strict = Client(enforce_csrf_checks=True)
    sent = {"username": "editor", "password": "editor"}
    page = page_of(strict.post("/admin/login/", sent, headers=BROWSER), 403)
    assert "Nothing was saved" in page
    problem = problem_of(strict.post("/admin/login/", sent, headers=PROGRAM), 403)
    assert "load it again" in problem["detail"]


def test_request_that_cannot_be_read(client, settings):
    client.force_login(make_superuser())
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    many = "/admin/archive/event/?a=1&b=2&c=3&d=4"
    assert "could not be read" in page_of(client.get(many, headers=BROWSER), 400)
    problem_of(client.get(many, headers=PROGRAM), 400)


@pytest.mark.parametrize("accept", ["*/*", "text/html", "image/png", "application/json;q=0.1,*/*"])
def test_who_asks_for_no_json_gets_a_page(client, accept):
    page_of(client.get("/nothing/", headers={"Accept": accept}), 404)


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json,text/html;q=0.5"])
def test_who_asks_for_json_gets_it(client, accept):
    problem_of(client.get("/nothing/", headers={"Accept": accept}), 404)


def test_home_page_that_fails_is_an_error_page(client, monkeypatch):
    monkeypatch.setattr(views, "render", fail)
    client.raise_request_exception = False
    page_of(client.get("/"), 500)


def test_a_page_that_cannot_be_made_at_all_is_still_an_answer_and_logged(
    client, monkeypatch, settings, caplog, tmp_path
):
    """As where nobody has collected the static files."""
    manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {**settings.STORAGES, "staticfiles": manifest}
    monkeypatch.setattr(staticfiles_storage, "_wrapped", empty)
    client.raise_request_exception = False
    response = client.get("/", headers=BROWSER)
    assert response.status_code == 500
    assert "<h1>Something went wrong</h1>" in response.content.decode()
    assert "Missing staticfiles manifest entry" in caplog.text
