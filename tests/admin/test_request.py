import pytest
from django.urls import reverse

from archive.choices import ResponseKind
from tests import factories
from tests.admin.forms import filled, page, row, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def answer(editor):
    """Add a response on the form of its request."""

    def send(request, **values):
        url = page(request, "change")
        first = editor.get(url)
        league = factories.OrganizationFactory()
        data = {
            "responder": f"organization:{league.pk}",
            "slug": "league-freedonia-1933",
            "kind": ResponseKind.STATEMENT,
            "summary": "It answered.",
        }
        return editor.post(url, filled(first) | row(first, "response", **(data | values)))

    return send


def test_a_response_is_added_to_its_request(answer):
    request = factories.RequestFactory()

    assert answer(request, troops_low="2000", troops_approximate="on").status_code == 302

    response = request.responses.get()
    assert (response.troops_low, response.troops_approximate) == (2000, True)


@pytest.mark.parametrize(
    ("stage", "values", "expected"),
    [
        ({"standing": "not_made"}, {}, "was not made, so “league-freedonia-1933” can only be"),
        ({"date": "1934"}, {"date": "1933"}, "would end before its request"),
        ({}, {"kind": "silence"}, "A silence needs a basis"),
        ({}, {"basis": "reported"}, "every other response has neither basis nor search"),
        ({}, {"troops_low": "9", "troops_high": "1"}, "is not above the higher"),
        ({}, {"date": "soon"}, "is not a date"),
    ],
)
def test_a_response_that_cannot_be_is_refused_on_its_row(answer, stage, values, expected):
    request = factories.RequestFactory(**stage)

    response = answer(request, **values)

    assert response.status_code == 200
    assert expected in words(response)
    assert "It answered.</textarea>" in response.content.decode()
    assert not request.responses.exists()


def test_of_a_request_without_requester_a_response_is_not_named_yet(editor):
    """It is named after the requester: what is missing is said once, where it is missing."""
    event = factories.EventFactory()
    url = reverse("admin:archive_request_add")
    first = editor.get(url)
    answer = {"kind": ResponseKind.STATEMENT, "summary": "It answered.", "slug": ""}
    answer["responder"] = f"organization:{factories.OrganizationFactory().pk}"
    typed = {"event": event.pk, "addressee": answer["responder"], "standing": "made"}

    response = editor.post(
        url, filled(first) | typed | {"summary": "It asked."} | row(first, "response", **answer)
    )

    assert words(response).count("This field is required.") == 1
    assert "make it from" not in words(response)
