"""Every page keeps the Content Security Policy in a real browser."""

import pytest

from tests.admin.stage import stage
from tests.admin.users import make_superuser


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_no_page_breaks_the_policy(chromium, live_server, settings, client):
    """Home, desk and documentation, with what their scripts draw, in a real browser."""
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    settings.SECURE_SSL_REDIRECT = False
    records = stage(2)
    event, article = records["event"].pk, records["article"].pk
    client.force_login(make_superuser())
    context = chromium.new_context(base_url=live_server.url)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
    )
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    asked: list[str] = []
    try:
        for url in (
            "/",
            "/admin/",
            "/admin/archive/event/",
            f"/admin/archive/event/{event}/change/",
            f"/admin/archive/event/{event}/history/",
            "/admin/archive/citation/add/",
            "/admin/archive/article/add/",
            f"/admin/archive/article/{article}/read/",
            "/admin/review/",
            "/admin/problems/",
            "/admin/auth/user/",
            "/admin/password_change/",
            "/api/v1/docs/",
        ):
            page.goto(url)
            if url == "/api/v1/docs/":
                page.locator(".opblock-summary").first.click()
                page.locator(".opblock-body").first.wait_for()
            elif url == "/admin/archive/citation/add/":
                page.locator(".select2-selection").first.click()
                page.locator(".select2-results__option").first.wait_for()
            broken = [text for text in said if "violates" in text or "Content Security" in text]
            assert broken == [], (url, broken)
        elsewhere = {url for url in asked if not url.startswith((live_server.url, "data:"))}
        assert elsewhere == set()
    finally:
        context.close()
