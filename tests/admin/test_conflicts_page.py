"""Two editors at once: the second is shown the other's change beside his own, and chooses."""

from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser

import pytest
from django.db import connection, transaction
from django.utils.html import strip_tags
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.conftest import client_of, findings_of
from tests.admin.forms import filled, page, row, words
from tests.admin.users import make_editor, make_reviewer
from tests.factories import cite, publish
from tests.test_conflicts import wait_for_a_blocked_connection

pytestmark = pytest.mark.django_db


class Answers(HTMLParser):
    """What a browser would send of the page that asks, and the values that can be chosen."""

    def __init__(self, response):
        super().__init__()
        self.data, self.choices = {}, {}
        self.feed(response.content.decode().split('id="content-main"')[1])

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag != "input" or given.get("type") not in {"hidden", "radio"}:
            return
        if given["type"] == "radio":
            who = given["id"].split("-")[0]
            self.choices.setdefault(given["name"], {})[who] = given["value"]
        if given["type"] == "hidden" or "checked" in given:
            self.data[given["name"]] = given["value"]

    def taking(self, **who):
        """With “theirs” or “yours” for each of these fields."""
        return self.data | {name: self.choices[name][one] for name, one in who.items()}


def asked(response):
    assert response.status_code == 409, words(response) if response.context else response
    return Answers(response)


def text_of(response):
    content = response.content.decode().split('id="content-main"')[1]
    return " ".join(strip_tags(content.replace("<", " <")).split())


def opened(client, record):
    """The data of the record's form, as loaded now."""
    return filled(client.get(page(record, "change")))


def save(client, record, data):
    return client.post(page(record, "change"), data)


@pytest.fixture
def event(db):
    return factories.EventFactory(title="First", summary="Armenia asked.", place="Here", date="")


def test_the_second_is_asked_and_nothing_is_saved(editor, superuser, event):
    data = opened(editor, event)
    save(superuser, event, opened(superuser, event) | {"title": "Theirs", "place": "There"})
    mine = data | {"title": "Mine", "summary": "Armenia begged.", "kind": "war"}
    response = save(editor, event, mine)

    page_asked = asked(response)
    assert set(page_asked.choices) == {"title", "place"}
    assert page_asked.choices["title"] == {"theirs": "Theirs", "yours": "Mine"}
    assert page_asked.data["title"] == "Mine"
    assert page_asked.data["place"] == "There", "you did not change it, so theirs is chosen"
    assert page_asked.data["summary"] == "Armenia begged.", "all that was typed is kept"
    told = text_of(response)
    assert "At your opening First Now, by Sue" in told
    assert "Theirs Yours Mine" in told
    assert "You did not change it" in told
    event.refresh_from_db()
    assert (event.title, event.kind) == ("Theirs", "incursion")

    assert save(editor, event, page_asked.taking(title="yours")).status_code == 302
    event.refresh_from_db()
    assert (event.title, event.place, event.kind) == ("Mine", "There", "war")
    assert event.summary == "Armenia begged."


def test_theirs_can_be_taken(editor, event):
    data = opened(editor, event)
    models.Event.objects.update(title="Theirs")
    answers = asked(save(editor, event, data | {"title": "Mine", "place": "Mine"}))
    assert save(editor, event, answers.taking(title="theirs")).status_code == 302
    event.refresh_from_db()
    assert (event.title, event.place) == ("Theirs", "Mine")


def test_long_text_is_compared_word_by_word(editor, event):
    data = opened(editor, event)
    models.Event.objects.update(summary="Armenia never asked.")
    response = save(editor, event, data | {"summary": "Armenia asked twice."})
    assert "Armenia added: never (end) asked." in text_of(response)
    assert "Armenia asked added: twice (end) ." in text_of(response)


def test_without_another_nothing_is_asked(editor, event):
    data = opened(editor, event)
    part = factories.ParticipationFactory()
    models.Participation.objects.filter(pk=part.pk).update(person="Elsewhere")
    assert save(editor, event, data | {"title": "Mine"}).status_code == 302


def test_what_is_not_on_the_form_is_no_conflict(editor, event):
    data = opened(editor, event)
    cite(factories.ParticipationFactory(event=event))
    models.Event.objects.update(title="First", summary="Armenia asked.")
    assert save(editor, event, data | {"title": "Mine"}).status_code == 302
    assert models.Participation.objects.count() == 1


def test_the_same_change_by_both_is_no_conflict(editor, event):
    data = opened(editor, event)
    models.Event.objects.update(title="Same")
    assert save(editor, event, data | {"title": "Same"}).status_code == 302


def test_a_third_who_saves_while_you_choose(editor, event):
    data = opened(editor, event)
    models.Event.objects.update(title="Theirs")
    answers = asked(save(editor, event, data | {"title": "Mine"}))
    models.Event.objects.update(title="A third")
    again = asked(save(editor, event, answers.taking(title="yours")))
    assert again.choices["title"] == {"theirs": "A third", "yours": "Mine"}
    assert save(editor, event, again.taking(title="yours")).status_code == 302
    event.refresh_from_db()
    assert event.title == "Mine"


def test_choices_can_be_taken_into_the_form(editor, event):
    data = opened(editor, event)
    models.Event.objects.update(title="Theirs")
    answers = asked(save(editor, event, data | {"title": "Mine", "place": "Mine"}))
    response = save(editor, event, answers.taking(title="theirs") | {"_edit_further": "1"})
    assert "Nothing is saved yet" in response.content.decode()
    assert "Please correct the error" not in response.content.decode()
    event.refresh_from_db()
    assert event.place == "Here"
    typed = filled(response)
    assert (typed["title"], typed["place"]) == ("Theirs", "Mine")
    assert save(editor, event, typed | {"title": "Both"}).status_code == 302


def test_the_button_that_was_pressed_is_pressed_still(editor, event):
    data = opened(editor, event)
    models.Event.objects.update(title="Theirs")
    answers = asked(save(editor, event, data | {"title": "Mine", "_submit": "Save and submit"}))
    save(editor, event, answers.data)
    event.refresh_from_db()
    assert (event.title, event.status) == ("Mine", Status.IN_REVIEW)


def test_what_is_wrong_is_still_said_afterwards(editor, event):
    data = opened(editor, event)
    models.Event.objects.update(title="Theirs")
    answers = asked(save(editor, event, data | {"title": "Mine", "date": "May"}))
    response = save(editor, event, answers.data)
    assert words(response)
    typed = filled(response)
    assert (typed["title"], typed["date"]) == ("Mine", "May")
    assert save(editor, event, typed | {"date": "2021-05"}).status_code == 302


# --- Other forms and values --------------------------------------------------------------


def test_lists_references_and_flags(reviewer):
    state = factories.StateFactory(aliases=["One"])
    data = opened(reviewer, state)
    models.State.objects.update(aliases=["One", "Theirs"])
    answers = asked(save(reviewer, state, data | {"aliases": "One\r\nMine"}))
    assert answers.choices["aliases"] == {"theirs": "One\nTheirs", "yours": "One\nMine"}
    assert save(reviewer, state, answers.taking(aliases="theirs")).status_code == 302

    league = factories.OrganizationFactory(name="League")
    answer = factories.ResponseFactory(
        responder_organization=None, responder_state=state, troops_low=5, kind="deployment"
    )
    data = opened(reviewer, answer)
    models.Response.objects.update(
        responder_state=None, responder_organization=league, troops_approximate=True
    )
    response = save(reviewer, answer, data | {"troops_low": "6"})
    answers = asked(response)
    assert "League" in text_of(response)
    assert answers.choices["responder"]["theirs"] == f"organization:{league.pk}"
    assert answers.choices["troops_approximate"] == {"theirs": "on", "yours": ""}
    assert save(reviewer, answer, answers.taking(troops_approximate="yours")).status_code == 302
    answer.refresh_from_db()
    assert (answer.responder, answer.troops_low, answer.troops_approximate) == (league, 6, False)


def test_a_citation_on_its_own_form(editor):
    citation = factories.CitationFactory(note="First.")
    there = factories.EventFactory(title="There", date="")
    data = opened(editor, citation)
    models.Citation.objects.update(event=there, note="Theirs.")
    answers = asked(save(editor, citation, data | {"note": "Mine."}))
    assert set(answers.choices) == {"target", "note"}
    assert save(editor, citation, answers.data).status_code == 302
    citation.refresh_from_db()
    assert (citation.target, citation.note) == (there, "Mine.")


def test_a_quotation_that_both_changed_is_found_again(editor):
    first, second, third = factories.QUOTES[:3]
    citation = factories.CitationFactory(quote=first)
    data = opened(editor, citation)
    models.Citation.objects.update(quote=second, start=None)
    answers = asked(save(editor, citation, data | {"quote": third}))
    assert save(editor, citation, answers.taking(quote="yours")).status_code == 302
    citation.refresh_from_db()
    assert citation.quote == third


def test_what_became_public_meanwhile_takes_a_reason(reviewer, event):
    cite(event)
    data = opened(reviewer, event)
    publish(event)
    models.Event.objects.update(title="Theirs")
    answers = asked(save(reviewer, event, data | {"title": "Mine"}))
    response = save(reviewer, event, answers.data)
    assert "say in “Reason for the change”" in words(response)
    done = save(reviewer, event, filled(response) | {"change_reason": "Read again."})
    assert done.status_code == 302


# --- Rows --------------------------------------------------------------------------------


@pytest.fixture
def part(event):
    return factories.ParticipationFactory(
        event=event, person="First", office="Minister", actor_state__name="Freedonia"
    )


PERSON = "participations-0-person"


def test_a_row_that_both_changed(editor, part):
    data = opened(editor, part.event)
    models.Participation.objects.update(person="Theirs", office="Premier")
    response = save(editor, part.event, data | {PERSON: "Mine"})
    answers = asked(response)
    assert "Participation: Freedonia: target" in text_of(response)
    assert answers.choices[PERSON] == {"theirs": "Theirs", "yours": "Mine"}
    assert save(editor, part.event, answers.data).status_code == 302
    part.refresh_from_db()
    assert (part.person, part.office) == ("Mine", "Premier")


def test_citations_requests_and_responses_are_rows_too(editor, event):
    asking = factories.RequestFactory(event=event, summary="First.")
    answer = factories.ResponseFactory(request=asking, summary="First.")
    citation = factories.CitationFactory(event=event, note="First.")
    data, of_request = opened(editor, event), opened(editor, asking)
    models.Request.objects.update(summary="Theirs.")
    models.Citation.objects.update(note="Theirs.")
    typed = {"requests-0-summary": "Mine.", "citations-0-note": "Mine."}
    answers = asked(save(editor, event, data | typed))
    assert set(answers.choices) == set(typed)
    chosen = {"requests-0-summary": "theirs", "citations-0-note": "yours"}
    assert save(editor, event, answers.taking(**chosen)).status_code == 302
    asking.refresh_from_db()
    citation.refresh_from_db()
    assert (asking.summary, citation.note) == ("Theirs.", "Mine.")

    models.Response.objects.update(summary="Theirs.")
    answers = asked(save(editor, asking, of_request | {"responses-0-summary": "Mine."}))
    assert set(answers.choices) == {"summary", "responses-0-summary"}
    assert save(editor, asking, answers.data).status_code == 302
    answer.refresh_from_db()
    assert answer.summary == "Mine."


def test_a_row_that_another_deleted(editor, part):
    event = part.event
    data = opened(editor, event)
    models.Participation.objects.all().delete()
    response = save(editor, event, data | {PERSON: "Mine"})
    answers = asked(response)
    (name,) = answers.choices
    assert "It is not here any more" in text_of(response)

    assert save(editor, event, answers.taking(**{name: "theirs"})).status_code == 302
    assert not models.Participation.objects.exists()
    assert save(editor, event, answers.taking(**{name: "yours"})).status_code == 302
    assert models.Participation.objects.get().person == "Mine"


def test_a_row_that_another_deleted_and_you_left_alone(editor, event, part):
    other = factories.ParticipationFactory(event=event, person="Other")
    data = opened(editor, event)
    models.Participation.objects.filter(pk=part.pk).delete()
    answers = asked(save(editor, event, data | {"title": "Mine"}))
    assert save(editor, event, answers.data).status_code == 302
    assert models.Participation.objects.get() == other
    event.refresh_from_db()
    assert event.title == "Mine"


def test_a_request_that_another_deleted_where_you_may_not_delete(editor, event):
    asking = factories.RequestFactory(event=event)
    data = opened(editor, event)
    asking.delete()
    answers = asked(save(editor, event, data | {"requests-0-summary": "Mine."}))
    (name,) = answers.choices
    assert save(editor, event, answers.taking(**{name: "theirs"})).status_code == 302
    assert save(editor, event, answers.taking(**{name: "yours"})).status_code == 302
    assert models.Request.objects.get().summary == "Mine."


def test_votes_whose_state_cannot_be_typed(editor):
    vote = factories.VoteFactory(choice="yes")
    roll_call, state = vote.roll_call, vote.state
    data = opened(editor, roll_call)
    models.Vote.objects.all().delete()
    answers = asked(save(editor, roll_call, data | {"votes-0-choice": "no"}))
    assert save(editor, roll_call, answers.data).status_code == 302
    vote = models.Vote.objects.get()
    assert (vote.state, vote.choice) == (state, "no")


def test_a_row_that_you_delete_and_another_changed(editor, part):
    event = part.event
    data = opened(editor, event) | {"participations-0-DELETE": "on"}
    models.Participation.objects.update(person="Theirs")
    response = save(editor, event, data)
    answers = asked(response)
    assert "person: Theirs" in text_of(response)
    kept = answers.taking(**{"participations-0-DELETE": "theirs"})
    assert save(editor, event, kept).status_code == 302
    part.refresh_from_db()
    assert part.person == "Theirs"
    data = opened(editor, event) | {"participations-0-DELETE": "on"}
    models.Participation.objects.update(person="Again")
    answers = asked(save(editor, event, data))
    taken = answers.taking(**{"participations-0-DELETE": "yours"})
    assert save(editor, event, taken).status_code == 302
    assert not models.Participation.objects.exists()


def test_a_row_that_both_deleted(editor, part):
    event = part.event
    data = opened(editor, event) | {"participations-0-DELETE": "on", "title": "Mine"}
    models.Participation.objects.all().delete()
    assert save(editor, event, data).status_code == 302


def test_a_row_that_both_added(editor, event):
    state = factories.StateFactory(name="Freedonia")
    first = editor.get(page(event, "change"))
    mine = {"actor": f"state:{state.pk}", "role": "target", "person": "Mine", "id": ""}
    data = filled(first) | row(first, "participation", **mine)
    added = factories.ParticipationFactory(event=event, actor_state=state, person="Theirs")
    answers = asked(save(editor, event, data))
    assert answers.choices[PERSON] == {"theirs": "Theirs", "yours": "Mine"}
    assert save(editor, event, answers.taking(**{PERSON: "yours"})).status_code == 302
    added.refresh_from_db()
    assert added.person == "Mine"
    assert models.Participation.objects.count() == 1


def test_a_row_that_both_added_alike_asks_nothing(editor, event):
    state = factories.StateFactory()
    first = editor.get(page(event, "change"))
    mine = {"actor": f"state:{state.pk}", "role": "target", "person": "Same", "id": ""}
    data = filled(first) | row(first, "participation", **mine)
    factories.ParticipationFactory(event=event, actor_state=state, person="Same")
    assert save(editor, event, data).status_code == 302
    assert models.Participation.objects.count() == 1


def test_a_row_that_another_made_anew(editor, part):
    event, state = part.event, part.actor_state
    data = opened(editor, event)
    models.Participation.objects.all().delete()
    anew = factories.ParticipationFactory(event=event, actor_state=state, person="Theirs")
    answers = asked(save(editor, event, data | {PERSON: "Mine"}))
    assert save(editor, event, answers.taking(**{PERSON: "yours"})).status_code == 302
    anew.refresh_from_db()
    assert anew.person == "Mine"


def test_a_row_that_another_moved_away(editor, part):
    event, elsewhere = part.event, factories.EventFactory()
    data = opened(editor, event)
    models.Participation.objects.update(event=elsewhere)
    answers = asked(save(editor, event, data | {"title": "Mine"}))
    assert save(editor, event, answers.data).status_code == 302
    part.refresh_from_db()
    assert part.event == elsewhere


def test_rows_that_are_locked_for_you_are_not_asked_about(editor, event):
    citation = cite(event, note="First.", status=Status.IN_REVIEW)
    data = opened(editor, event)
    models.Citation.objects.update(note="Theirs.")
    assert save(editor, event, data | {"title": "Mine"}).status_code == 302
    citation.refresh_from_db()
    assert citation.note == "Theirs."


def test_rows_after_one_that_is_gone_keep_what_was_typed(editor, event):
    parts = [factories.ParticipationFactory(event=event) for _ in range(3)]
    data = opened(editor, event)
    typed = {data[f"participations-{n}-id"]: f"Mine {n}" for n in range(3)}
    gone = models.Participation.objects.get(pk=data["participations-1-id"])
    gone.delete()
    data |= {f"participations-{n}-person": f"Mine {n}" for n in range(3)}
    answers = asked(save(editor, event, data))
    (name,) = answers.choices
    assert save(editor, event, answers.taking(**{name: "theirs"})).status_code == 302
    kept = {str(one.pk): one.person for one in models.Participation.objects.all()}
    assert len(parts) == 3
    assert kept == {pk: person for pk, person in typed.items() if person != "Mine 1"}


# --- What cannot be asked ----------------------------------------------------------------


def test_a_record_that_another_deleted(editor, superuser, event):
    data = opened(editor, event) | {"summary": "Typed for an hour."}
    pk = event.pk
    superuser.post(page(event, "delete"), {"post": "yes"})
    event.pk = pk
    response = save(editor, event, data)
    assert response.status_code == 409
    assert "was deleted on" in text_of(response)
    assert "by Sue" in text_of(response)
    assert "Typed for an hour." in text_of(response)
    assert page(event, "history") in save(superuser, event, data).content.decode()


def test_a_record_that_never_was(editor, event):
    event.pk += 1_000
    assert editor.get(page(event, "change")).status_code == 302
    assert save(editor, event, {"title": "Mine"}).status_code == 302


@pytest.mark.parametrize("wrong", ["", "nonsense", "of another"])
def test_a_form_that_is_not_known_saves_nothing(editor, event, wrong):
    if wrong == "of another":
        wrong = opened(editor, factories.EventFactory())["loaded"]
    response = save(editor, event, opened(editor, event) | {"title": "Mine", "loaded": wrong})
    assert "does not say which state of the record it showed" in words(response)
    assert filled(response)["title"] == "Mine"
    event.refresh_from_db()
    assert event.title == "First"


def test_a_deadlock_is_said_in_words(editor, event, monkeypatch):
    def die(*args, **kwargs):
        with connection.cursor() as cursor:
            cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'dead' USING ERRCODE = '40P01'; END $$")

    data = opened(editor, event) | {"title": "Mine"}
    with monkeypatch.context() as patched:
        patched.setattr("archive.admin.conflicts.has_changed", die)
        response = save(editor, event, data)
    assert "Nothing is saved: save again" in words(response)
    assert save(editor, event, filled(response)).status_code == 302
    event.refresh_from_db()
    assert event.title == "Mine"


@pytest.mark.django_db(transaction=True)
def test_the_second_waits_until_the_first_has_saved():
    event = factories.EventFactory(title="First")
    client = client_of(make_reviewer())
    data = opened(client, event) | {"title": "Mine"}

    def second():
        try:
            return save(client, event, data)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            models.Event.objects.update(title="Theirs")
            waiting = pool.submit(second)
            wait_for_a_blocked_connection()
        response = waiting.result(timeout=20)
    assert asked(response).choices["title"] == {"theirs": "Theirs", "yours": "Mine"}


# --- In a browser ------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_two_editors_in_conflict_one_by_keyboard(open_as):
    event = factories.EventFactory(title="First", summary="Armenia asked for help.", date="")
    part = factories.ParticipationFactory(event=event, person="First")
    models.Participation.objects.filter(pk=part.pk).update(office="Minister")
    url = page(event, "change")
    first, second = open_as(make_editor(), url), open_as(make_editor("Emil"), url)

    first.locator("#id_title").fill("Theirs")
    first.locator("#id_summary").fill("Armenia never asked for help.")
    first.locator(f"#id_{PERSON}").fill("Theirs")
    first.get_by_role("button", name="Save", exact=True).first.click()
    expect(first.locator(".messagelist")).to_contain_text("was changed successfully")

    second.locator("#id_title").fill("Mine")
    second.locator(f"#id_{PERSON}").fill("Mine")
    second.locator("#id_title").focus()
    second.keyboard.press("Enter")
    expect(second.get_by_role("alert")).to_contain_text("Nothing is saved yet")
    theirs = second.get_by_role("group", name="Title").get_by_label("Now, by Edith")
    yours = second.get_by_role("group", name="Title").get_by_label("Yours")
    expect(yours).to_be_checked()
    summary = second.get_by_role("group", name="Summary")
    expect(summary.get_by_label("Now, by Edith")).to_be_checked()
    expect(summary.locator("ins")).to_contain_text("never")
    assert findings_of(second) == []

    yours.focus()
    second.keyboard.press("ArrowUp")
    expect(theirs).to_be_checked()
    for _ in range(3):  # the summary, the person, the button
        second.keyboard.press("Tab")
    expect(second.get_by_role("button", name="Save what is chosen")).to_be_focused()
    second.keyboard.press("Enter")
    expect(second.locator(".messagelist")).to_contain_text("was changed successfully")
    event.refresh_from_db()
    part.refresh_from_db()
    assert (event.title, event.summary) == ("Theirs", "Armenia never asked for help.")
    assert (part.person, part.office) == ("Mine", "Minister")
