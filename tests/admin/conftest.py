import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.admin.users import make_editor, make_reviewer, make_superuser

CHROMIUM = Path("/usr/bin/chromium")
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def client_of(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    client.user = user
    return client


@pytest.fixture
def editor(db: None) -> Client:
    return client_of(make_editor())


@pytest.fixture
def reviewer(db: None) -> Client:
    return client_of(make_reviewer())


@pytest.fixture
def superuser(db: None) -> Client:
    return client_of(make_superuser())


@pytest.fixture
def live_server(plain_static: None, transactional_db: None) -> Iterator[Any]:
    """A server for one test, so that it starts with the settings of tests."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser of the system; nothing is downloaded."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"No browser at {CHROMIUM}: install the package “chromium”.")
        pytest.skip(f"no browser at {CHROMIUM}: install the package “chromium”")
    from playwright.sync_api import sync_playwright

    # The driver runs an event loop in this thread, and Django would refuse to query.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
