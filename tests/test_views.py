import pytest
from django.test import Client

from archive import models, views
from archive.choices import RequestStanding, ResponseKind, SilenceBasis, Status
from tests.factories import (
    ArticleFactory,
    EventFactory,
    RequestFactory,
    ResponseFactory,
    StateFactory,
    cite,
    publish,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(client: Client):
    def get() -> str:
        response = client.get("/")
        assert response.status_code == 200
        return response.content.decode()

    return get


def test_home_of_an_empty_archive_says_what_to_do(home):
    assert "make load" in home()


def test_home_shows_who_asked_and_what_answered(home):
    request = RequestFactory(
        event=EventFactory(title="Border crossed", date="1933-05"),
        requester=StateFactory(name="Freedonia"),
        standing=RequestStanding.MADE,
    )
    answer = ResponseFactory(
        request=request, kind=ResponseKind.SILENCE, basis=SilenceBasis.REPORTED
    )
    publish(answer)
    text = home()
    for words in ("Border crossed", "May 1933", "Freedonia →", "silence", str(answer.responder)):
        assert words in text
    assert request.get_absolute_url() in text


def test_home_tells_a_gap_in_coding_from_a_silence(home):
    publish(RequestFactory())
    assert "not coded" in home()


def test_home_shows_no_drafts(home):
    publish(RequestFactory())
    EventFactory(title="Secret event")
    ArticleFactory(title="Secret article")
    ResponseFactory(request=models.Request.objects.get(), summary="Secret")
    ResponseFactory(
        request=models.Request.objects.get(), status=Status.WITHDRAWN, withdrawal_reason="No."
    )
    text = home()
    assert "Secret" not in text
    assert "not coded" in text


def test_home_counts_what_is_public(home):
    for _ in range(3):
        publish(EventFactory())
    EventFactory()
    assert '<a href="/api/v1/events/">Events</a></dt><dd>3</dd>' in home()


def test_home_marks_what_is_contested(home):
    request = publish(RequestFactory())
    assert "contested</span>" not in home()
    cite(request, stance="disputes")
    assert "contested</span>" in home()


def test_home_marks_as_contested_what_the_api_calls_so(home):
    """The mark stood beside the request, which nobody disputes, when it was the answer."""
    answer = publish(ResponseFactory())
    cite(answer, stance="disputes")
    text = home()
    assert text.index(f'{answer.get_absolute_url()}">') < text.index("contested</span>")


def test_home_escapes_what_it_shows(home):
    publish(RequestFactory(event=EventFactory(title="<script>alert(1)</script>")))
    assert "<script>" not in home()


def test_home_queries_do_not_grow_with_rows(home, django_assert_max_num_queries):
    for _ in range(2):
        publish(ResponseFactory())
    with django_assert_max_num_queries(14) as few:
        home()
    for _ in range(6):
        publish(ResponseFactory())
    with django_assert_max_num_queries(len(few)):
        home()


def test_home_shows_the_latest_calls_and_says_that_there_are_more(home, monkeypatch):
    for year in ("1933", "1934"):
        publish(RequestFactory(event=EventFactory(title=f"Crisis of {year}", date=year)))
    assert "the API has all of them" not in home()
    monkeypatch.setattr(views, "CALLS", 1)
    text = home()
    asked = text[text.index("Who asked, and what answered") : text.index("Events added")]
    assert "Crisis of 1934" in asked
    assert "Crisis of 1933" not in asked
    assert "the API has all of them" in asked


def test_home_refuses_to_be_written_to(client):
    assert client.post("/").status_code == 405


def test_healthz_answers_while_the_database_does(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_an_unknown_address_has_a_page_with_a_way_on(client):
    response = client.get("/nothing-here")
    assert response.status_code == 404
    assert "Nothing stands at this address" in response.content.decode()
