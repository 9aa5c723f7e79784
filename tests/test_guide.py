"""The guide: its pages, their links and what they state. Their code samples are run over the
five documents in `test_documents.py`.
"""

import re
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from archive.views import DATES, GUIDE
from tests.samples import samples

PAGES = ["/guide/", *(f"/guide/{name}/" for name in GUIDE if name)]


class Links(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found, self.ids = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "a":
            self.found.append(attributes["href"])
        if "id" in attributes:
            self.ids.append(attributes["id"])


def page_of(client, address):
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_pages_are_whole_and_name_their_host(client, address):
    page = page_of(client, address)
    assert page.count("<h1>") == 1
    assert page.count('aria-current="page"') == 1
    assert "<script" not in page
    assert "style=" not in page
    for kind, code in samples(page):
        if kind != "answer":
            assert "http://testserver/api/v1" in code


@pytest.mark.django_db
@pytest.mark.parametrize("address", PAGES)
def test_links_within_the_site_lead_somewhere(client, address):
    links = Links(page_of(client, address))
    assert len(links.ids) == len(set(links.ids))
    for link in set(links.found):
        if link.startswith("#"):
            assert link[1:] in links.ids
        elif "/csto/" not in link and link.startswith("/"):  # this archive is empty
            assert client.get(link, follow=True).status_code == 200, link


@pytest.mark.django_db
def test_guide_is_found_from_everywhere(client):
    assert client.get("/api/v1/").json()["guide"] == "http://testserver/guide/"
    for address in ("/", "/api/v1/docs/"):
        links = Links(page_of(client, address)).found
        assert {"/guide/", "/guide/silence/"} <= set(links), address
    for address in PAGES:
        assert set(PAGES) - {address} <= set(Links(page_of(client, address)).found)


def test_unknown_page_is_not_found(client, db):
    assert client.get("/guide/nothing/").status_code == 404
    assert client.get("/guide/base/").status_code == 404
    assert reverse("guide", args=["dates"]) == "/guide/dates/"


@pytest.mark.django_db
def test_dates_are_explained_with_their_days(client):
    page = page_of(client, "/guide/dates/")
    assert page.count('<tr><th scope="row">') == len(DATES)
    row = re.search(r"<tr>.*?<code>1992/\.\.</code>.*?</tr>", page)[0]
    assert "since 1992" in row
    assert row.endswith("<td>1992-01-01</td><td>null</td></tr>")


@pytest.mark.django_db
def test_limits_are_those_in_force(client, settings):
    assert "Here there is no limit" in page_of(client, "/guide/errors/")
    settings.REQUESTS_PER_MINUTE = 321
    assert "has 321 requests and 30 exports a minute" in page_of(client, "/guide/errors/")


def test_guide_cannot_be_written_to(client):
    assert client.post("/guide/").status_code == 405
