"""The panel of the reading desk: citing, making records, refusals in words, undo."""

import re

import pytest
from django.contrib.admin.models import LogEntry

from archive import models, publication
from archive.choices import Status
from tests import factories
from tests.admin.conftest import client_of
from tests.admin.reading import at, errors_of, with_permissions
from tests.admin.users import make_editor
from tests.factories import BODY_END, QUOTES, TEXT, cite

pytestmark = pytest.mark.django_db


@pytest.fixture
def article():
    return factories.ArticleFactory()


@pytest.fixture
def send(editor, article):
    """Sends the panel as the page does: a passage, cited for an event unless told otherwise."""

    def post(quote=QUOTES[3], client=editor, **values):
        start = article.text.index(quote)
        data = {
            "kind": "existing",
            "stance": "supports",
            "start": start,
            "end": start + len(quote),
            "sha256": article.sha256,
        }
        article.refresh_from_db()
        return client.post(at(article, "_cite"), data | {"sha256": article.sha256} | values)

    return post


# --- Citing --------------------------------------------------------------------------------


def test_a_passage_is_cited_for_a_record(send, editor, article):
    event = factories.EventFactory(title="Nobody came")

    answer = send(
        quote="🕊 of Freedonia in the evening",
        target=f"event:{event.pk}",
        stance="qualifies",
        field="date",
        asserted="In the evening.",
        note="After an emoji.",
    )

    citation = models.Citation.objects.get()
    assert answer.status_code == 200, answer.json()
    assert citation.start == TEXT.index("🕊")
    assert (citation.event, citation.stance, citation.field) == (event, "qualifies", "date")
    assert (citation.asserted, citation.note) == ("In the evening.", "After an emoji.")
    assert citation.status == Status.DRAFT
    told = answer.json()
    assert told["citation"] == citation.pk
    assert told["message"] == "Cited for Event: Nobody came (May 1933)."
    assert f'data-citations="{citation.pk} "' in told["marks"]
    assert LogEntry.objects.get().user == editor.user


def test_words_that_stand_twice_are_cited_where_they_were_marked(send, article):
    text = f"{TEXT[:BODY_END]} The League never answered."
    models.Article.objects.filter(pk=article.pk).update(text=text, body_end=len(text))
    article.refresh_from_db()
    second = text.rindex("The League never answered")

    answer = send(start=second, end=second + 25, target=f"event:{factories.EventFactory().pk}")

    assert answer.status_code == 200
    assert models.Citation.objects.get().start == second


def a_record_of(kind):
    """What is typed for a new record, by kind; references that it needs are made."""
    state = factories.StateFactory(code="FRE")
    league = models.Organization.objects.filter(slug="los").first()
    league = league or factories.OrganizationFactory(slug="los")
    match kind:
        case "event":
            typed = {"title": "Troops enter Freedonia", "kind": "incursion", "date": "1933-05~"}
        case "request":
            typed = {
                "event": factories.EventFactory().pk,
                "requester": state.pk,
                "addressee": f"organization:{league.pk}",
                "standing": "made",
                "sought": "unspecified",
            }
        case "response":
            request = factories.RequestFactory()
            typed = {"request": request.pk, "responder": f"state:{state.pk}", "kind": "statement"}
        case "vote":
            roll_call = factories.RollCallFactory()
            typed = {"roll_call": roll_call.pk, "state": state.pk, "choice": "abstain"}
        case "membership":
            typed = {
                "state": state.pk,
                "organization": league.pk,
                "standing": "full",
                "period": "1920/",
            }
        case "participation":
            event = factories.EventFactory()
            typed = {"event": event.pk, "actor": f"state:{state.pk}", "role": "target"}
    if kind in {"event", "request", "response"}:
        typed["summary"] = "One neutral sentence."
    return {f"{kind}-{name}": value for name, value in typed.items()}


SLUGS = {
    "event": "troops-enter-freedonia-1933",
    "request": "fre-los-1933-05",
    "response": "fre-",
    "membership": "fre-los-1920",
}


@pytest.mark.parametrize(
    "kind", ["event", "request", "response", "vote", "membership", "participation"]
)
def test_a_record_is_made_from_a_passage_as_a_draft(send, kind):
    typed = a_record_of(kind)

    answer = send(kind=kind, **typed)

    assert answer.status_code == 200, answer.json()
    citation = models.Citation.objects.get()
    record = getattr(citation, kind)
    assert getattr(record, "status", Status.DRAFT) == Status.DRAFT
    assert getattr(record, "slug", "").startswith(SLUGS.get(kind, ""))
    assert answer.json()["message"].startswith("New: ")


def test_a_slug_that_is_taken_gets_a_number(send):
    typed = a_record_of("event")
    factories.EventFactory(slug="troops-enter-freedonia-1933")

    assert send(kind="event", **typed).status_code == 200
    assert send(kind="event", **typed, **{"event-slug": "by-hand"}).status_code == 200
    assert send(kind="event", **typed).status_code == 200

    slugs = set(models.Event.objects.values_list("slug", flat=True))
    taken = "troops-enter-freedonia-1933"
    assert slugs == {taken, f"{taken}-2", f"{taken}-3", "by-hand"}


def test_a_request_with_its_silence(send):
    answer = send(
        kind="request", field="requester", **a_record_of("request"), **{"request-silence": "on"}
    )

    assert answer.status_code == 200, answer.json()
    request = models.Request.objects.get()
    silence = request.responses.get()
    assert (silence.kind, silence.basis) == ("silence", "reported")
    assert (silence.responder, silence.slug) == (request.addressee, "los-fre-1933-05")
    assert [one.field for one in models.Citation.objects.order_by("pk")] == ["requester", ""]
    assert silence.citations.get().quote == request.citations.get().quote


def test_a_request_with_its_event(send, editor, article):
    typed = a_record_of("request") | a_record_of("event") | {"request-event": ""}

    answer = send(kind="request", field="requester", **typed, **{"request-new_event": "on"})

    assert answer.status_code == 200, answer.json()
    request = models.Request.objects.get()
    assert request.event.title == "Troops enter Freedonia"
    cited = [(one.target, one.field) for one in models.Citation.objects.order_by("pk")]
    assert cited == [(request, "requester"), (request.event, "")]
    assert answer.json()["citation"] == request.citations.get().pk
    assert undo(editor, article, answer).status_code == 200
    assert not models.Event.objects.filter(title="Troops enter Freedonia").exists()


def test_what_is_wrong_with_a_request_and_its_event_is_said_at_once(send):
    typed = a_record_of("request") | {"request-event": "", "request-standing": ""}
    answer = send(kind="request", **typed, **{"request-new_event": "on"})
    assert {"event-title", "request-standing"} < set(answer.json()["errors"])
    assert "request-event" not in answer.json()["errors"]
    assert not models.Event.objects.filter(title="").exists()


def test_a_date_in_words_is_understood(send):
    send(kind="event", **a_record_of("event") | {"event-date": " 3 May 1933 "})
    assert models.Event.objects.get().date == "1933-05-03"


def test_citing_and_making_take_their_permissions(send, article):
    event = factories.EventFactory()
    reader = with_permissions("Reader", "view_article", "view_event")
    answer = send(client=reader, target=f"event:{event.pk}")
    assert errors_of(answer, 403) == "You may not do this."

    citer = with_permissions("Citer", "view_article", "view_event", "add_citation", "add_vote")
    page = citer.get(at(article)).content.decode()
    assert re.findall(r'name="kind" value="(\w+)"', page) == ["existing", "vote"]
    answer = send(client=citer, kind="event", **{"event-title": "x"})
    assert errors_of(answer, 403) == "You may not do this."
    assert send(client=citer, target=f"event:{event.pk}").status_code == 200


# --- What the database refuses, in its words -----------------------------------------------


def test_a_quotation_that_is_too_short(send):
    event = factories.EventFactory()
    assert "three words at least" in errors_of(send(quote="the call", target=f"event:{event.pk}"))


def test_the_same_passage_twice(send):
    target = f"event:{factories.EventFactory().pk}"
    assert send(target=target).status_code == 200
    assert errors_of(send(target=target)) == "This passage is already cited for this record."


def test_no_record_chosen_or_none_that_is(send):
    assert "required" in errors_of(send())
    assert "Choose one of the listed records" in errors_of(send(target="event:0"))
    assert errors_of(send(kind="article"), 403) == "You may not do this."


def test_a_field_of_another_kind(send):
    event = factories.EventFactory()
    answer = send(target=f"event:{event.pk}", field="troops_low")
    assert list(answer.json()["errors"]) == ["field"]


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("event", {"slug": "Not a slug"}, "Small letters, digits and single hyphens"),
        ("event", {"date": "last May"}, "is not a date"),
        ("event", {"title": ""}, "required"),
        ("event", {"summary": " "}, "required"),
        ("request", {"addressee": ""}, "required"),
        ("request", {"standing": "perhaps"}, "Select a valid choice"),
        ("response", {"kind": "silence"}, "A silence needs a basis"),
        ("response", {"basis": "reported"}, "A silence needs a basis"),
        ("response", {"troops_low": 9, "troops_high": 5}, "not above the higher"),
        ("response", {"date": "1900"}, "would end before its request"),
        ("membership", {"period": "1920"}, "A period is an interval"),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused_with_its_citation(send, kind, changes, expected):
    typed = a_record_of(kind) | {f"{kind}-{name}": value for name, value in changes.items()}
    before = {model: model.objects.count() for model in (models.Event, models.Response)}

    answer = send(kind=kind, **typed)

    assert expected in errors_of(answer)
    assert all(name == "__all__" or name.startswith(f"{kind}-") for name in answer.json()["errors"])
    assert before == {model: model.objects.count() for model in before}
    assert not models.Citation.objects.exists()
    assert not LogEntry.objects.exists()


def test_a_record_that_is_there_already_is_refused(send):
    expected = {
        "request": "There is already a request of this state",
        "vote": "This state already has a vote in this roll call.",
        "membership": "already has a membership in this organization",
        "participation": "This actor already has this role in this event.",
    }
    for kind, words in expected.items():
        typed = a_record_of(kind)
        assert send(kind=kind, **typed).status_code == 200
        assert words in errors_of(send(kind=kind, **typed)), kind


def test_only_silence_answers_a_request_not_made(send):
    request = factories.RequestFactory(standing="not_made")
    typed = a_record_of("response") | {"response-request": request.pk}
    assert "can only be a silence" in errors_of(send(kind="response", **typed))


@pytest.mark.parametrize("role", ["editor", "reviewer"])
@pytest.mark.parametrize("kind", ["participation", "vote"])
def test_a_part_of_what_is_public_is_proposed_with_its_passage(send, article, role, kind, request):
    client = request.getfixturevalue(role)
    owner = {"participation": factories.EventFactory, "vote": factories.RollCallFactory}[kind]()
    factories.publish(owner)
    cited = models.Citation.objects.count()
    typed = a_record_of(kind) | {f"{kind}-{publication.OWNERS[kind]}": owner.pk}

    answer = send(client=client, kind=kind, **typed)
    assert list(answer.json()["errors"]) == [f"{kind}-change_reason"]
    typed[f"{kind}-change_reason"] = "It says so."
    answer = send(client=client, kind=kind, stance="disputes", **typed)
    assert "no published passage of a published article supports it" in errors_of(answer)
    answer = send(client=client, kind=kind, quote="the call", **typed)
    assert "three words at least" in errors_of(answer)
    answer = send(client=client, kind=kind, note="By name.", **typed)

    assert answer.status_code == 200, answer.json()
    assert answer.json()["message"].startswith(f"Proposed: a new {kind} in “")
    proposal = models.Proposal.objects.get()
    assert (proposal.record, proposal.adds, proposal.reason) == (owner, kind, "It says so.")
    assert proposal.made_by == client.user
    assert proposal.proposed[kind].get("role", "abstain") in {"target", "abstain"}
    passage = proposal.proposed["citation"]
    assert (passage["quote"], passage["start"]) == (QUOTES[3], article.text.index(QUOTES[3]))
    assert passage["note"] == "By name."
    assert models.Citation.objects.count() == cited
    assert not LogEntry.objects.exists()

    told = undo(client, article, answer).json()["message"]
    assert told == "Undone: the proposal is taken back."
    assert models.Proposal.objects.get().state == "withdrawn"
    assert errors_of(undo(client, article, answer)) == "This proposal was decided already."


# --- Undo ----------------------------------------------------------------------------------


def undo(client, article, answer):
    return client.post(at(article, "_undo"), {"undo": answer.json()["undo"]})


def test_undo_takes_back_what_was_made(send, editor, article):
    event = factories.EventFactory()
    answer = send(target=f"event:{event.pk}")

    told = undo(editor, article, answer)

    assert told.status_code == 200
    assert "Undone: Citation “The League never answered”" in told.json()["message"]
    assert "<mark" not in told.json()["marks"]
    assert not models.Citation.objects.exists()
    assert models.Event.objects.get() == event
    assert errors_of(undo(editor, article, answer)) == "It is deleted already."


@pytest.mark.parametrize("kind", ["event", "request", "vote", "membership", "participation"])
def test_undo_takes_the_new_record_along(send, editor, article, kind):
    answer = send(kind=kind, **a_record_of(kind), **{"request-silence": "on"})
    made = models.Citation.objects.filter(**{f"{kind}__isnull": False}).get().target

    assert undo(editor, article, answer).status_code == 200

    assert not type(made).objects.filter(pk=made.pk).exists()
    assert not models.Citation.objects.exists()
    assert not models.Response.objects.exists()


def touch_the_citation(event):
    models.Citation.objects.update(note="Hm.")


def touch_the_record(event):
    models.Event.objects.filter(pk=event.pk).update(place="At the lake")


def submit(event):
    models.Event.objects.filter(pk=event.pk).update(status=Status.IN_REVIEW)


def cite_it_again(event):
    cite(event)


def add_a_part(event):
    factories.ParticipationFactory(event=event)


def add_a_request(event):
    factories.RequestFactory(event=event)


@pytest.mark.parametrize(
    "meanwhile",
    [touch_the_citation, touch_the_record, submit, cite_it_again, add_a_part, add_a_request],
)
def test_undo_leaves_what_was_touched_since(send, editor, article, meanwhile):
    answer = send(kind="event", **a_record_of("event"))
    event = models.Event.objects.get(slug__startswith="troops")
    meanwhile(event)
    citations = models.Citation.objects.count()

    words = errors_of(undo(editor, article, answer))

    assert re.search("changed since|More hangs on it|still needed by", words)
    assert models.Event.objects.filter(pk=event.pk).exists()
    assert models.Citation.objects.count() == citations


def test_nobody_undoes_what_another_made(send, editor, article):
    answer = send(target=f"event:{factories.EventFactory().pk}")

    other = client_of(make_editor("Emil"))
    assert errors_of(undo(other, article, answer), 403) == "You may not do this."
    forged = editor.post(at(article, "_undo"), {"undo": "event:1"})
    assert errors_of(forged) == "There is nothing to undo."
    assert models.Citation.objects.exists()
