import pytest
from django.db import connection

from archive.choices import RequestStanding, ResponseKind, Status
from archive.models import Request
from tests.factories import (
    EventFactory,
    OrganizationFactory,
    ProvisionFactory,
    RequestFactory,
    ResponseFactory,
    StateFactory,
    cite,
    publish,
)
from tests.models.breaches import (
    WITHDRAWN,
    Breach,
    change,
    delete,
    each,
    each_loadable,
    of_blank,
    of_date,
    of_slug,
    of_status,
    of_vocabulary,
    refused,
)

pytestmark = pytest.mark.django_db


def answered(**response):
    """A published request of which no source tells, and its proven, published answer."""
    request = RequestFactory(
        standing=RequestStanding.UNREPORTED,
        status=Status.PUBLISHED,
        event=publish(EventFactory()),
    )
    answer = ResponseFactory(request=request, status=Status.PUBLISHED, **response)
    cite(answer)
    return answer


def searched():
    """Its answer is a silence that could be public without a citation."""
    search = {"basis": "documented_search", "search": "Gazette 1933, by A. B."}
    return answered(kind=ResponseKind.SILENCE, **search)


def asked_twice():
    first = RequestFactory()
    second = RequestFactory(event=first.event, requester=first.requester)
    return change(second, addressee_organization=first.addressee_organization)


def state_asked_twice():
    first = RequestFactory(addressee_organization=None, addressee_state=StateFactory())
    return change(
        RequestFactory(event=first.event, requester=first.requester),
        addressee_state=first.addressee_state,
        addressee_organization=None,
    )


def answer_is_deleted():
    answer = answered()
    return [delete(answer.citations.get()), delete(answer)]


def answer_goes_to_another_request():
    answer = answered()
    return change(answer, request=publish(RequestFactory()))


ADDRESSEE = "archive_request_addressee_is_state_or_organization"
ONCE = "archive_request_one_per_requester_addressee_event"
ONLY_SILENCE = "archive_response_not_made_has_only_silence"
NOT_BEFORE = "archive_response_not_before_request"
PROVEN = "archive_published_is_proven"

BREACHES = [
    *of_slug(RequestFactory),
    *of_status(RequestFactory),
    *of_blank(RequestFactory, "summary"),
    *of_vocabulary(RequestFactory, "standing"),
    *of_vocabulary(RequestFactory, "sought"),
    *of_date(RequestFactory, "date"),
    Breach(ADDRESSEE, lambda: change(RequestFactory(), addressee_state=StateFactory()), "both"),
    Breach(ADDRESSEE, lambda: change(RequestFactory(), addressee_organization=None), "neither"),
    Breach(ONCE, asked_twice, "organization"),
    Breach(ONCE, state_asked_twice, "state"),
    Breach(
        ONLY_SILENCE,
        lambda: change(ResponseFactory().request, standing="not_made"),
        "when the request turns out not to have been made",
    ),
    Breach(
        NOT_BEFORE,
        lambda: change(ResponseFactory(date="1933-05").request, date="1933-06"),
        "when the request's date changes",
    ),
    Breach(
        NOT_BEFORE,
        lambda: change(
            ResponseFactory(date="1932-05", request=RequestFactory(date="1932-05")).request, date=""
        ),
        "when the request's date is emptied",
    ),
    Breach(
        NOT_BEFORE,
        lambda: change(ResponseFactory(date="1933-05").request.event, date="1933-06-01"),
        "when the event's date changes",
    ),
    Breach(
        NOT_BEFORE,
        lambda: change(ResponseFactory(date="1933-05").request, event=EventFactory(date="1933-06")),
        "when the request moves to another event",
    ),
    # A request of which no source tells is public through its answer; see test_triggers.py
    # for proof of its own.
    Breach(PROVEN, answer_is_deleted, "answer to unreported deleted"),
    Breach(PROVEN, lambda: delete(searched().citations.get()), "its citation deleted"),
    Breach(
        PROVEN,
        lambda: change(searched().citations.get(), stance="qualifies"),
        "its citation only qualifies it",
    ),
    Breach(
        PROVEN,
        lambda: change(searched().citations.get().article, **WITHDRAWN),
        "its article withdrawn",
    ),
    Breach(PROVEN, lambda: change(answered(), **WITHDRAWN), "answer to unreported withdrawn"),
    Breach(PROVEN, answer_goes_to_another_request, "answer to unreported moved"),
    Breach(
        PROVEN,
        lambda: change(answered().request, standing="made"),
        "unreported turns out to have been made",
    ),
    Breach(
        PROVEN,
        lambda: change(
            RequestFactory(standing="unreported", event=publish(EventFactory())),
            status="published",
        ),
        "unreported without an answer",
    ),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    request = RequestFactory(slug="arm-csto-2021-05")
    assert request.natural_key() == ("arm-csto-2021-05",)
    assert Request.objects.get_by_natural_key("arm-csto-2021-05") == request


def test_asking_another_is_another_request():
    first = RequestFactory()
    RequestFactory(event=first.event, requester=first.requester)
    RequestFactory(
        event=first.event,
        requester=first.requester,
        addressee_organization=None,
        addressee_state=StateFactory(),
    )
    assert first.event.requests.count() == 3


def test_unreported_request_is_published_with_its_proven_answer(at_commit):
    """In one transaction, and in any order: the rules judge the whole."""
    request = RequestFactory(standing=RequestStanding.UNREPORTED, event=publish(EventFactory()))
    Request.objects.update(status=Status.PUBLISHED)
    answer = ResponseFactory(request=request, status=Status.PUBLISHED)
    cite(answer)
    at_commit()
    assert list(Request.objects.published()) == [request]


def test_unreported_request_keeps_one_proven_answer_of_two(at_commit):
    answer = answered()
    other = ResponseFactory(request=answer.request, status=Status.PUBLISHED)
    cite(other)
    answer.status, answer.withdrawal_reason = WITHDRAWN.values()
    answer.save()
    at_commit()
    assert answer.request.responses.published().get() == other


@pytest.mark.parametrize("standing", RequestStanding.values)
def test_silence_may_answer_any_request(at_commit, standing):
    request = RequestFactory(standing=standing, provision=ProvisionFactory())
    ResponseFactory(request=request, kind=ResponseKind.SILENCE, basis="reported")
    at_commit()
    assert request.responses.count() == 1


def test_days_are_its_own_or_the_events():
    event = EventFactory(date="1933-05-03/1933-05-04")
    own = RequestFactory(event=event, date="1934/1935")
    none = RequestFactory(event=event, addressee_organization=OrganizationFactory())
    for record in (own, none, event):
        record.refresh_from_db()
    assert (own.effective_date, none.effective_date) == (own.date, event.date)
    days = {request.pk: (request.days_possible, request.days_certain) for request in (own, none)}
    assert days == {
        own.pk: (own.date_possible, own.date_certain),
        none.pk: (event.date_possible, event.date_certain),
    }
    assert None not in days[own.pk] + days[none.pk]


def test_effective_date_follows_and_changes_nothing_that_a_person_wrote(at_commit):
    request = RequestFactory(event__date="1933")
    response = ResponseFactory(request=request)
    at_commit()

    def dates():
        request.refresh_from_db()
        response.refresh_from_db()
        return request.effective_date, response.effective_date

    assert dates() == ("1933", "1933")
    changed = request.updated_at, response.updated_at
    type(request.event).objects.update(date="1934")
    assert dates() == ("1934", "1934")
    Request.objects.update(effective_date="1900")  # nobody writes it
    type(response).objects.update(effective_date="1900")
    assert dates() == ("1934", "1934")
    assert (request.updated_at, response.updated_at) == changed
    assert (request.versions.count(), response.versions.count()) == (1, 1)
    Request.objects.update(event=EventFactory(date="1935"))
    assert dates() == ("1935", "1935")
    Request.objects.update(date="1936")
    assert dates() == ("1936", "1936")
    Request.objects.update(date="")
    assert dates() == ("1935", "1935")


def test_effective_date_waits_for_an_event_that_comes_later_in_the_transaction(at_commit):
    request = RequestFactory(event__date="1933")
    event = request.event
    with connection.cursor() as cursor:  # as a fixture in another order would
        cursor.execute("UPDATE archive_request SET event_id = %s", [event.pk + 1])
        request.refresh_from_db()
        assert request.effective_date == ""
        event.pk, event.slug, event.date = event.pk + 1, "later", "1934"
        event.save(force_insert=True)
    at_commit()
    request.refresh_from_db()
    assert request.effective_date == "1934"


def test_refusal_says_what_to_do_about_an_answer_without_a_call(at_commit):
    response = ResponseFactory(slug="league-answers")
    at_commit()
    with refused(ONLY_SILENCE) as refusal:
        Request.objects.update(standing=RequestStanding.NOT_MADE)
        at_commit()
    assert f"“{response.request.slug}” was not made" in refusal.message
    assert "“league-answers” can only be a silence" in refusal.message
    assert refusal.hint == (
        "If a source tells of an answer but of no call, the request is “unreported”."
    )


@pytest.mark.django_db(transaction=True)
def test_commit_refuses_an_unreported_request_whose_answer_is_withdrawn():
    answer = ResponseFactory(request__standing=RequestStanding.UNREPORTED)
    request = answer.request
    publish(request.event)
    cite(answer)
    with refused("archive_published_has_published_parents"):
        type(answer).objects.update(status=Status.PUBLISHED)
    with refused(PROVEN):
        Request.objects.update(status=Status.PUBLISHED)
    assert not Request.objects.published().exists()
