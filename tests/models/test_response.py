import pytest

from archive.choices import ResponseKind, Status
from archive.models import Event, Response
from tests.factories import (
    EventFactory,
    OrganizationFactory,
    RequestFactory,
    ResponseFactory,
    StateFactory,
    publish,
)
from tests.models.breaches import (
    Breach,
    add,
    change,
    each,
    each_loadable,
    of_blank,
    of_date,
    of_negative,
    of_slug,
    of_status,
    of_vocabulary,
    refused,
)

pytestmark = pytest.mark.django_db

SILENCE = {"kind": ResponseKind.SILENCE, "basis": "reported"}
SEARCHED = {**SILENCE, "basis": "documented_search", "search": "Gazette of 1933, by A. B."}


def part():
    """A state's share in the act of its alliance."""
    whole = ResponseFactory()
    return ResponseFactory(request=whole.request, part_of=whole)


def part_of_itself():
    response = ResponseFactory()
    return change(response, part_of=response)


def part_of_a_part():
    share = part()
    return change(ResponseFactory(request=share.request), part_of=share)


def whole_becomes_a_part():
    share = part()
    return change(share.part_of, part_of=ResponseFactory(request=share.request))


def unproven(**kwargs):
    return ResponseFactory(request=publish(RequestFactory()), **kwargs)


def public_silence():
    """A silence that is public without a citation, because its search is documented."""
    return unproven(**SEARCHED, status=Status.PUBLISHED)


def not_made():
    return RequestFactory(standing="not_made")


RESPONDER = "archive_response_responder_is_state_or_organization"
BASIS = "archive_response_silence_and_only_silence_has_a_basis"
ROOT = "archive_response_is_part_of_root"
ONLY_SILENCE = "archive_response_not_made_has_only_silence"
NOT_BEFORE = "archive_response_not_before_request"
PROVEN = "archive_published_is_proven"

BREACHES = [
    *of_slug(ResponseFactory),
    *of_status(ResponseFactory),
    *of_blank(ResponseFactory, "summary"),
    *of_vocabulary(ResponseFactory, "kind"),
    *of_vocabulary(ResponseFactory, "basis", **SILENCE),
    *of_date(ResponseFactory, "date"),
    *of_negative(ResponseFactory, "troops_low", "troops_high"),
    Breach(RESPONDER, lambda: change(ResponseFactory(), responder_state=StateFactory()), "both"),
    Breach(RESPONDER, lambda: change(ResponseFactory(), responder_organization=None), "neither"),
    Breach(BASIS, lambda: change(ResponseFactory(), kind="silence"), "silence without"),
    Breach(BASIS, lambda: change(ResponseFactory(), basis="reported"), "another with a basis"),
    Breach(BASIS, lambda: change(ResponseFactory(), search="Gazette"), "another with a search"),
    Breach(BASIS, lambda: change(ResponseFactory(**SILENCE), kind="contact"), "no longer silent"),
    Breach(
        "archive_response_troops_low_not_above_high",
        lambda: change(ResponseFactory(troops_high=100), troops_low=101),
    ),
    Breach(ROOT, part_of_itself, "itself"),
    Breach(
        ROOT, lambda: change(ResponseFactory(), part_of=ResponseFactory()), "of another request"
    ),
    Breach(
        ROOT, lambda: add(part(), part_of=ResponseFactory()), "of another request from the first"
    ),
    Breach(ROOT, part_of_a_part, "of a part"),
    Breach(ROOT, whole_becomes_a_part, "a whole with parts"),
    Breach(ROOT, lambda: change(part(), request=RequestFactory()), "part moves away"),
    Breach(ROOT, lambda: change(part().part_of, request=RequestFactory()), "whole moves away"),
    Breach(
        ONLY_SILENCE,
        lambda: add(ResponseFactory(), request=not_made()),
        "new",
    ),
    Breach(
        ONLY_SILENCE,
        lambda: change(ResponseFactory(request=not_made(), **SILENCE), kind="contact", basis=""),
        "kind",
    ),
    Breach(ONLY_SILENCE, lambda: change(ResponseFactory(), request=not_made()), "moved"),
    # The factory's event is of May 1933.
    Breach(NOT_BEFORE, lambda: change(ResponseFactory(), date="1933-04-30"), "event"),
    Breach(NOT_BEFORE, lambda: add(ResponseFactory(), date="/1933-04"), "event, new"),
    Breach(
        NOT_BEFORE,
        lambda: change(
            ResponseFactory(request=RequestFactory(date="1933-05-10~")), date="1933-05-09"
        ),
        "request",
    ),
    Breach(
        NOT_BEFORE,
        lambda: change(ResponseFactory(date="1933-06"), request=RequestFactory(date="1934")),
        "moved to a later request",
    ),
    Breach(PROVEN, lambda: change(unproven(**SILENCE), status="published"), "silence as reported"),
    Breach(
        PROVEN,
        lambda: change(unproven(**{**SEARCHED, "search": ""}), status="published"),
        "silence after a search untold",
    ),
    Breach(PROVEN, lambda: change(public_silence(), search=""), "search emptied"),
    Breach(PROVEN, lambda: change(public_silence(), search=" \n"), "search of blanks"),
    Breach(PROVEN, lambda: change(public_silence(), basis="reported"), "basis changed"),
    Breach(
        PROVEN,
        lambda: change(public_silence(), kind="contact", basis="", search=""),
        "no longer silent",
    ),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    response = ResponseFactory(slug="csto-arm-2021-05")
    assert response.natural_key() == ("csto-arm-2021-05",)
    assert Response.objects.get_by_natural_key("csto-arm-2021-05") == response


@pytest.mark.parametrize("basis", ["official_record", "documented_search"])
def test_silence_found_by_a_search_is_public_without_a_citation(at_commit, basis):
    response = unproven(**{**SEARCHED, "basis": basis})
    Response.objects.update(status=Status.PUBLISHED)
    at_commit()
    assert list(Response.objects.published()) == [response]
    assert not response.citations.exists()


@pytest.mark.parametrize(
    ("low", "high"), [(None, None), (2000, None), (None, 2000), (2000, 2000), (0, 1)]
)
def test_troops_may_be_open_on_either_side(low, high):
    response = ResponseFactory(troops_low=low, troops_high=high)
    response.refresh_from_db()
    assert (response.troops_low, response.troops_high) == (low, high)


@pytest.mark.parametrize(
    ("event", "request_", "response"),
    [
        ("1933-05", "", "1933-05-01"),  # the latest day of the one, the earliest of the other
        ("1933-05", "1933-05-10", "1933"),
        ("1933-05", "1933-04-10", "1933-04-20"),  # the request's own date counts
        ("1933-05", "", ""),
        ("", "", "1066"),
        ("1933-05", "[..1933-06]", "1066"),
        ("1933-05", "", "1900/"),
    ],
)
def test_a_response_that_may_come_after_its_request_is_taken(at_commit, event, request_, response):
    request = RequestFactory(event=EventFactory(date=event), date=request_)
    answer = ResponseFactory(request=request, date=response)
    at_commit()
    assert Response.objects.get() == answer


def test_dates_of_event_and_response_may_move_together(at_commit):
    ResponseFactory(date="1933-05")
    Response.objects.update(date="1932")
    Event.objects.update(date="1932")
    at_commit()
    assert Response.objects.get().date == "1932"


def test_whole_and_parts_may_move_together(at_commit):
    share, request = part(), RequestFactory()
    Response.objects.update(request=request)
    at_commit()
    share.refresh_from_db()
    assert share.request == share.part_of.request == request


def test_roots_leave_out_the_shares():
    share = part()
    assert list(Response.objects.roots()) == [share.part_of]


def test_days_are_its_own_or_the_requests_or_the_events():
    event = EventFactory(date="1933-05-03/1933-05-04")
    event.refresh_from_db()
    dated = RequestFactory(event=event, date="1933-06")
    dated.refresh_from_db()
    own = ResponseFactory(request=dated, date="1934")
    own.refresh_from_db()
    of_request = ResponseFactory(request=dated)
    of_event = ResponseFactory(
        request=RequestFactory(event=event, addressee_organization=OrganizationFactory())
    )
    assert dict(Response.objects.values_list("pk", "days_possible")) == {
        own.pk: own.date_possible,
        of_request.pk: dated.date_possible,
        of_event.pk: event.date_possible,
    }


@pytest.mark.parametrize(
    ("rule", "changes", "message", "hint"),
    [
        (
            NOT_BEFORE,
            {"date": "1932"},
            "Response “answer” (to 1932-12-31) would end before its request",
            "Correct one of the two dates, or make it less exact.",
        ),
        (
            PROVEN,
            {"status": "published"},
            "Response “answer” cannot be public: no published passage",
            "Cite a passage that says so and publish it, or withdraw the record.",
        ),
    ],
)
def test_refusal_names_the_response_and_the_remedy(at_commit, rule, changes, message, hint):
    unproven(slug="answer")
    at_commit()
    with refused(rule) as refusal:
        Response.objects.update(**changes)
        at_commit()
    assert message in refusal.message
    assert refusal.hint == hint


@pytest.mark.django_db(transaction=True)
def test_commit_refuses_an_event_that_would_come_after_its_response():
    response = ResponseFactory(date="1933-05")
    with refused(NOT_BEFORE):
        Event.objects.update(date="1934")
    response.request.event.refresh_from_db()
    assert response.request.event.date == "1933-05"
