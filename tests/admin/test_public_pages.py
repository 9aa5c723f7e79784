"""The public pages in a browser: wide, on a phone, light and dark."""

import pytest

from tests.admin.conftest import findings_of
from tests.factories import ResponseFactory, publish

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ("/", "/guide/", "/guide/silence/", "/guide/dates/", "/guide/evidence/", "/guide/errors/")
# What Swagger UI draws itself, and no style sheet can mend.
DRAWN = {"nested-interactive"}


@pytest.fixture
def page(chromium, live_server):
    context = chromium.new_context(base_url=live_server.url)
    try:
        yield context.new_page()
    finally:
        context.close()


def test_axe_finds_nothing_serious(page):
    publish(ResponseFactory())
    found = []
    for address in PAGES:
        page.goto(address)
        found += [f"{address} {finding}" for finding in findings_of(page)]
    assert found == [], "\n".join(found)


def test_axe_finds_nothing_serious_in_the_documentation_but_what_its_package_draws(page):
    page.goto("/api/v1/docs/")
    first = page.locator("#operations-responses-responses_list .opblock-summary-control")
    first.wait_for()
    found = findings_of(page)
    assert [one for one in found if not DRAWN & set(one.replace(",", "").split())] == []
    first.click()
    page.locator(".response-col_description").first.wait_for()
    assert "wider than 400 pixels" not in findings_of(page)


def test_a_phone_shows_who_asked_and_what_answered(page):
    """Both stood in columns to the right of the screen, and nothing told of them."""
    answer = publish(ResponseFactory())
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto("/")
    for record in (answer.request, answer):
        box = page.locator(f'main a[href="{record.get_absolute_url()}"]').bounding_box()
        assert box["x"] + box["width"] <= 400
