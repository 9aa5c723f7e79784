import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from tests.admin.users import make_editor, make_researcher, make_reviewer, make_superuser

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
def researcher(db: None) -> Client:
    return client_of(make_researcher())


@pytest.fixture
def superuser(db: None) -> Client:
    return client_of(make_superuser())


@pytest.fixture
def live_server(plain_static: None, transactional_db: None) -> Iterator[Any]:
    """A server for one test, so that it starts with the settings of tests."""
    server = LiveServer("localhost")
    yield server
    server.stop()


@pytest.fixture
def open_as(chromium: Any, live_server: Any, settings: Any) -> Iterator[Any]:
    """Opens a page for a user who is logged in already; closes what it opened."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SECURE_SSL_REDIRECT = False
    contexts = []

    def open_for(user: Any, url: str, **kwargs: Any) -> Any:
        context = chromium.new_context(base_url=live_server.url, **kwargs)
        contexts.append(context)
        context.set_default_timeout(10_000)
        session = client_of(user).cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": session.key, "value": session.value, "url": live_server.url}])
        page = context.new_page()
        page.goto(url)
        return page

    yield open_for
    for context in contexts:
        context.close()


def findings_of(page: Any) -> list[str]:
    """What axe finds serious, light and dark; and whether the page is wider than a phone."""
    from axe_playwright_python.sync_playwright import Axe

    found = []
    # In the dark only the colours are others: the rest is asked once.
    for scheme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
        page.emulate_media(color_scheme=scheme)
        # Colours of links change gradually; half-way they are neither.
        page.evaluate("document.getAnimations().forEach((one) => one.finish())")
        options = {"resultTypes": ["violations"], **rules}
        found += [
            f"{scheme}: {one['id']}, {one['impact']}: {[node['html'] for node in one['nodes']]}"
            for one in Axe().run(page, options=options).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
    size = page.viewport_size
    page.set_viewport_size({"width": 400, "height": 900})
    if width_of(page) > 400:
        found.append("wider than 400 pixels")
    page.set_viewport_size(size)
    return found


def width_of(page: Any) -> int:
    """How wide the page is, in pixels, with what lies beyond the window.

    A page answers a new size in its next frame (a tooltip closes): before, nobody sees it.
    """
    width: int = page.evaluate(
        """new Promise((told) => requestAnimationFrame(() => requestAnimationFrame(
            () => told(document.documentElement.scrollWidth))))"""
    )
    return width


@pytest.fixture(scope="session")
def chromium(django_db_setup: None) -> Iterator[Any]:
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
        # Beside the driver's event loop Django keeps connections of its own; the test database
        # can only be dropped when they are closed.
        connections.close_all()
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
