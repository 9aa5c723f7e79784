"""Buttons, actions on many, withdrawal, the reason for a change, and the history."""

import pytest
from django.urls import reverse

from archive import models
from archive.choices import RequestStanding, Status
from tests import factories
from tests.admin.conftest import client_of
from tests.admin.forms import filled, page
from tests.admin.users import make_editor, make_reviewer
from tests.factories import cite, publish

committing = pytest.mark.django_db(transaction=True)


def press(client, record, button, **data):
    """Press a button on the form of a record; the page that follows."""
    url = page(record, "change")
    response = client.post(url, filled(client.get(url)) | data | {button: "x"}, follow=True)
    assert response.status_code == 200
    record.refresh_from_db()
    return response.content.decode()


def proven_draft():
    event = factories.EventFactory()
    cite(event, status=Status.DRAFT)
    return event


@committing
def test_from_draft_to_the_public_and_back():
    editor, reviewer = client_of(make_editor()), client_of(make_reviewer())
    event = proven_draft()

    content = press(editor, event, "_submit", summary="As read.")
    assert (event.status, event.summary) == (Status.IN_REVIEW, "As read.")
    assert "is saved and submitted for review" in content

    content = press(reviewer, event, "_return_to_draft", change_reason=" ")
    assert event.status == Status.IN_REVIEW
    assert "but not returned to draft. Say what is to be done" in content
    press(reviewer, event, "_return_to_draft", change_reason="Read it again.")
    assert event.status == Status.DRAFT
    assert "Read it again." in editor.get(page(event, "change")).content.decode()
    press(editor, event, "_submit", summary="As read again.")

    content = press(reviewer, event, "_publish")
    assert event.status == Status.PUBLISHED
    assert "is saved and published" in content
    assert f'href="/api/v1/events/{event.slug}/"' in content

    response = reviewer.post(page(event, "withdraw"), {"reason": "Told twice."}, follow=True)
    event.refresh_from_db()
    assert (event.status, event.withdrawal_reason) == (Status.WITHDRAWN, "Told twice.")
    assert "Reason: Told twice." in response.content.decode()


@committing
def test_what_a_reviewer_changed_another_publishes():
    reviewer, other = client_of(make_reviewer()), client_of(make_reviewer("Other"))
    event = proven_draft()
    press(other, event, "_submit")

    content = press(reviewer, event, "_publish", summary="Better.")

    assert (event.status, event.summary) == (Status.IN_REVIEW, "Better.")
    assert "is saved, but not published. You made the last change" in content
    press(other, event, "_publish")
    assert event.status == Status.PUBLISHED


@pytest.mark.django_db
def test_refusal_of_the_database_is_said_on_the_form(superuser):
    event = factories.EventFactory(status=Status.IN_REVIEW)

    content = press(superuser, event, "_publish")

    assert event.status == Status.IN_REVIEW
    assert "no published passage of a published article supports it" in content
    assert "Cite a passage that says so and publish it" in content


@pytest.mark.django_db
def test_a_new_record_can_be_submitted_at_once(editor):
    url = reverse("admin:archive_event_add")
    data = filled(editor.get(url)) | {
        "slug": "parade-1933",
        "title": "A parade",
        "kind": "other",
        "date": "1933-05",
        "summary": "It was held.",
        "_submit": "x",
    }

    response = editor.post(url, data)

    event = models.Event.objects.get()
    assert event.status == Status.IN_REVIEW
    assert response.url == page(event, "change")


@pytest.mark.django_db
def test_a_public_record_is_on_site_and_a_draft_is_not(reviewer):
    draft, public = factories.EventFactory(), publish(factories.EventFactory())

    assert "View on site" not in reviewer.get(page(draft, "change")).content.decode()
    assert f'href="/api/v1/events/{public.slug}/"' in (
        reviewer.get(page(public, "change")).content.decode()
    )


# --- The reason for a change -------------------------------------------------------------


@committing
def test_a_public_record_is_changed_with_a_reason():
    reviewer = client_of(make_reviewer())
    event = publish(factories.EventFactory(summary="As it was."))
    url = page(event, "change")
    data = filled(reviewer.get(url)) | {"summary": "As it is."}

    response = reviewer.post(url, data)
    assert response.status_code == 200
    assert "say in “Reason for the change” why" in response.content.decode()
    assert 'value="As it is."' not in response.content.decode()
    assert "As it is.</textarea>" in response.content.decode()
    event.refresh_from_db()
    assert event.summary == "As it was."

    assert reviewer.post(url, data | {"change_reason": "Read again."}).status_code == 302
    event.refresh_from_db()
    assert event.summary == "As it is."
    context = event.versions.order_by("-pgh_id").first().pgh_context.metadata
    assert (context["user"], context["reason"]) == (reviewer.user.pk, "Read again.")


@pytest.mark.django_db
def test_a_public_passage_on_a_draft_is_changed_with_a_reason(reviewer):
    event = factories.EventFactory()
    cite(event, note="As read.")
    url = page(event, "change")
    data = filled(reviewer.get(url)) | {"citations-0-note": "Read again."}

    response = reviewer.post(url, data)
    assert response.status_code == 200
    assert "This is public: say in" in response.content.decode()

    assert reviewer.post(url, data | {"change_reason": "A slip."}).status_code == 302
    assert event.citations.get().note == "Read again."


# --- Withdrawing -------------------------------------------------------------------------


@pytest.mark.django_db
def test_withdrawing_asks_the_reason_and_keeps_what_was_typed(reviewer):
    request = publish(factories.RequestFactory())
    event = models.Event.objects.get(pk=request.event_id)

    page_of_form = reviewer.get(page(event, "withdraw")).content.decode()
    assert 'name="reason"' in page_of_form

    response = reviewer.post(page(event, "withdraw"), {"reason": "  "})
    assert "Give the reason" in response.content.decode()

    long = "Told twice. " * 50
    content = reviewer.post(page(request, "withdraw"), {"reason": long}).content.decode()
    assert "A text is too long." in content
    assert long in content

    response = reviewer.post(page(event, "withdraw"), {"reason": "Told twice."})
    content = response.content.decode()
    assert response.status_code == 200
    assert f"while this is public: request “{request}” ({request.slug})" in content
    assert 'value="Told twice."' in content
    event.refresh_from_db()
    assert event.status == Status.PUBLISHED


@pytest.mark.django_db
def test_withdrawing_what_is_not_there(reviewer):
    assert reviewer.get(reverse("admin:archive_event_withdraw", args=[0])).status_code == 404


# --- Many at once ------------------------------------------------------------------------


def act(client, model_name, action, records, **data):
    response = client.post(
        reverse(f"admin:archive_{model_name}_changelist"),
        {"action": action, "_selected_action": [record.pk for record in records], **data},
    )
    assert response.status_code == 200
    return response


def reported(response):
    return {row["name"]: row["refused"] for row in response.context["rows"]}


@pytest.mark.django_db
def test_many_are_submitted_and_reported_row_by_row(editor):
    draft, public = proven_draft(), publish(factories.EventFactory())

    response = act(editor, "event", "submit_chosen", [draft, public])

    rows = reported(response)
    assert rows[str(draft)] == ""
    assert "is published; to submit a record, it must be" in rows[str(public)]
    assert "1 of 2 submitted for review" in response.content.decode()
    draft.refresh_from_db()
    assert draft.status == draft.citations.get().status == Status.IN_REVIEW


@pytest.mark.django_db
def test_many_are_published_and_a_refusal_undoes_one_row_only(reviewer):
    good = [factories.EventFactory(status=Status.IN_REVIEW) for _ in range(3)]
    for event in good:
        cite(event, status=Status.IN_REVIEW)
    unproven = factories.EventFactory(status=Status.IN_REVIEW)
    chosen = [good[0], unproven, *good[1:]]

    response = act(reviewer, "event", "publish_chosen", chosen)

    rows = reported(response)
    assert [rows[str(event)] for event in good] == ["", "", ""]
    assert "no published passage of a published article supports it" in rows[str(unproven)]
    assert "3 of 4 published" in response.content.decode()
    assert set(models.Event.objects.values_list("pk", "status")) == {
        (unproven.pk, Status.IN_REVIEW),
        *((event.pk, Status.PUBLISHED) for event in good),
    }


@pytest.mark.django_db
def test_a_whole_is_published_before_its_part(reviewer):
    whole = factories.EventFactory(status=Status.IN_REVIEW, date="1934")
    part = factories.EventFactory(status=Status.IN_REVIEW, date="1933", part_of=whole)
    for event in (whole, part):
        cite(event, status=Status.IN_REVIEW)

    response = act(reviewer, "event", "publish_chosen", [part, whole])
    assert set(reported(response).values()) == {""}

    response = act(reviewer, "event", "withdraw_chosen", [whole, part], reason="A hoax.")
    assert set(reported(response).values()) == {""}


@pytest.mark.django_db
def test_an_unreported_request_is_published_with_its_answer(reviewer):
    event = publish(factories.EventFactory())
    request = factories.RequestFactory(
        event=event, standing=RequestStanding.UNREPORTED, status=Status.IN_REVIEW
    )
    response = factories.ResponseFactory(request=request, status=Status.IN_REVIEW)
    cite(response, status=Status.IN_REVIEW)

    rows = reported(act(reviewer, "request", "publish_chosen", [request]))

    assert set(rows.values()) == {""}
    response.refresh_from_db()
    assert response.status == Status.PUBLISHED


@pytest.mark.django_db
def test_many_are_withdrawn_with_one_reason(reviewer):
    events = [publish(factories.EventFactory()) for _ in range(2)]

    asked = act(reviewer, "event", "withdraw_chosen", events).content.decode()
    assert 'name="reason"' in asked
    assert all(f'value="{event.pk}"' in asked for event in events)
    again = act(reviewer, "event", "withdraw_chosen", events, reason=" ").content.decode()
    assert "Give the reason." in again

    response = act(reviewer, "event", "withdraw_chosen", events, reason="A hoax.")

    assert set(reported(response).values()) == {""}
    assert set(models.Event.objects.values_list("status", "withdrawal_reason")) == {
        (Status.WITHDRAWN, "A hoax.")
    }


@pytest.mark.django_db
def test_many_are_returned(reviewer):
    event = factories.EventFactory(status=Status.IN_REVIEW)

    asked = act(reviewer, "event", "return_chosen", [event]).content.decode()
    assert "whoever handed the records in reads it" in asked
    rows = reported(act(reviewer, "event", "return_chosen", [event], reason="Cite it."))

    event.refresh_from_db()
    assert (rows, event.status) == ({str(event): ""}, Status.DRAFT)
    assert event.review_notes.get().text == "Cite it."


@pytest.mark.django_db
def test_deleting_many_that_prove_something_is_refused_in_words(superuser):
    event = publish(factories.EventFactory())
    citation = event.citations.get()
    data = {"action": "delete_selected", "_selected_action": [citation.pk], "post": "yes"}

    response = superuser.post(reverse("admin:archive_citation_changelist"), data, follow=True)

    assert response.status_code == 200
    content = response.content.decode()
    assert "Nothing was deleted. " in content
    assert "Successfully deleted" not in content
    assert models.Citation.objects.filter(pk=citation.pk).exists()
