"""The Content Security Policy on every page; in a browser: `tests/admin/test_policy.py`."""

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

from config.csp import POLICY
from tests.admin.users import make_superuser

HEADER = "Content-Security-Policy"


def test_nothing_inline_and_nothing_from_elsewhere():
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))

    assert rules["script-src"] == rules["style-src"] == rules["default-src"] == "'self'"
    assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["form-action"] == "'self'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/", 200),
        ("/healthz", 200),
        ("/favicon.ico", 302),
        ("/nothing/", 404),
        ("/admin/", 302),
        ("/admin/login/", 200),
        ("/admin/jsi18n/", 302),
        ("/api/v1/", 200),
        ("/api/v1/events/", 200),
        ("/api/v1/events/?nonsense=1", 400),
        ("/api/v1/docs/", 200),
        ("/api/v1/schema/", 200),
    ],
)
def test_every_answer_has_the_policy(client, url, status):
    response = client.get(url)
    assert response.status_code == status
    assert response.headers[HEADER] == POLICY


@pytest.mark.django_db
def test_every_page_of_the_desk_has_the_policy(client):
    client.force_login(make_superuser())
    for url in ("/admin/", "/admin/archive/event/", "/admin/archive/event/add/", "/admin/nothing/"):
        assert client.get(url).headers[HEADER] == POLICY, url


def test_it_sees_every_answer():
    assert settings.MIDDLEWARE[0] == "config.csp.ContentSecurityPolicy"


def test_browsers_find_the_icon(client):
    response = client.get("/favicon.ico")
    assert response.url == staticfiles_storage.url("archive/icon.svg")


def test_the_desk_names_the_icon(client, db):
    content = client.get("/admin/login/").content.decode()
    assert f'<link rel="icon" href="{staticfiles_storage.url("archive/icon.svg")}"' in content
