"""What a passage suggests for new records."""

import pytest

from archive.admin.prefill import actors_named, date_named, date_typed, nearby
from tests import factories
from tests.factories import QUOTES

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("On 16 May 2022 leaders met", "2022-05-16"),
        ("On May 16, 2022, leaders met", "2022-05-16"),
        ("in January 2022 it asked", "2022-01"),
        ("on 31 June 2022", "2022-06"),
        ("in 2010 and 2014", "2010"),
        ("2,000 troops", ""),
        ("resolution 1970s", ""),
        ("", ""),
    ],
)
def test_the_date_of_a_passage(words, expected):
    assert date_named(words) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2 March 2025", "2025-03-02"),
        (" March 2, 2025 ", "2025-03-02"),
        ("May 1933", "1933-05"),
        ("1933", "1933"),
        ("2022-09-13/2022-09-14", "2022-09-13/2022-09-14"),
        ("since May 1933", "since May 1933"),
        ("31 June 2022", "31 June 2022"),
        ("", ""),
    ],
)
def test_a_date_typed_in_words(typed, expected):
    assert date_typed(typed) == expected


def test_actors_are_those_named_in_order():
    armenia = factories.StateFactory(name="Armenia", aliases=["Yerevan"])
    factories.StateFactory(name="Oman")
    league = factories.OrganizationFactory(name="League of States", acronym="LOS")

    assert actors_named("LOS and Yerevan and Armenia; a Roman, an Omani") == [league, armenia]
    assert actors_named("nobody") == []


def test_what_is_near_is_found_through_parts():
    vote, response = factories.VoteFactory(), factories.ResponseFactory()
    citations = [
        factories.CitationFactory(quote=QUOTES[5], vote=vote),
        factories.CitationFactory(quote=QUOTES[0], response=response),
    ]

    assert nearby(0, citations) == {
        "roll_call": vote.roll_call,
        "request": response.request,
        "event": response.request.event,
    }
