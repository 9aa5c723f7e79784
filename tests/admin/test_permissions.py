"""Who may open, change, delete and move what, by role and status."""

import pytest
from django.test import Client
from django.urls import reverse

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.forms import filled, page
from tests.factories import cite, publish

pytestmark = pytest.mark.django_db

WITHDRAWN = {"status": Status.WITHDRAWN, "withdrawal_reason": "Told twice."}


def event_that_is(status):
    event = factories.EventFactory(summary="As it was.")
    cite(event)
    if status == Status.PUBLISHED:
        publish(event)
    elif status != Status.DRAFT:
        reason = "Told twice." if status == Status.WITHDRAWN else ""
        models.Event.objects.filter(pk=event.pk).update(status=status, withdrawal_reason=reason)
    event.refresh_from_db()
    return event


def changes(client, event):
    """What comes of changing the summary and pressing “Save”, with a reason where asked."""
    url = page(event, "change")
    data = filled(client.get(url)) | {"summary": "As it is.", "change_reason": "Read again."}
    response = client.post(url, data)
    event.refresh_from_db()
    return response.status_code, event.summary == "As it is."


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", ["editor", "reviewer", "superuser"])
def test_change_by_role_and_status(role, status, request):
    client = request.getfixturevalue(role)
    event = event_that_is(status)
    allowed = role != "editor" or status == Status.DRAFT
    only_proposes = role == "editor" and status == Status.PUBLISHED

    code = 302 if allowed or only_proposes else 403
    assert changes(client, event) == (code, allowed)
    assert event.proposals.count() == only_proposes


BUTTONS = {
    Status.DRAFT: {"_submit"},
    Status.IN_REVIEW: {"_publish", "_return_to_draft"},
    Status.PUBLISHED: set(),
    Status.WITHDRAWN: {"_submit", "_publish"},
}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", ["editor", "reviewer", "superuser"])
def test_buttons_by_role_and_status(role, status, request):
    client = request.getfixturevalue(role)
    event = event_that_is(status)
    content = client.get(page(event, "change")).content.decode()

    shown = {
        name for name in ("_submit", "_publish", "_return_to_draft") if f'name="{name}"' in content
    }
    is_editor = role == "editor"
    assert shown == (BUTTONS[status] if not is_editor or status == Status.DRAFT else set())
    may_withdraw = not is_editor and status != Status.WITHDRAWN
    assert ("/withdraw/" in content) == may_withdraw
    assert ('name="_save"' in content) == (not is_editor or status == Status.DRAFT)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("editor", {"submit_chosen"}),
        ("reviewer", {"submit_chosen", "publish_chosen", "return_chosen", "withdraw_chosen"}),
        (
            "superuser",
            {
                "submit_chosen",
                "publish_chosen",
                "return_chosen",
                "withdraw_chosen",
                "delete_selected",
            },
        ),
    ],
)
def test_actions_by_role(role, expected, request):
    client = request.getfixturevalue(role)
    factories.EventFactory()
    response = client.get(reverse("admin:archive_event_changelist"))

    offered = {name for name, _ in response.context["action_form"].fields["action"].choices}
    assert offered - {""} == expected


@pytest.mark.parametrize("verb", ["publish_chosen", "return_chosen", "withdraw_chosen"])
def test_actions_of_reviewers_do_nothing_for_editors(editor, verb):
    event = event_that_is(Status.IN_REVIEW)
    data = {"action": verb, "_selected_action": event.pk, "reason": "Told twice."}
    editor.post(page(event, "changelist"), data)

    event.refresh_from_db()
    assert event.status == Status.IN_REVIEW


def test_withdrawing_is_for_reviewers(editor):
    event = event_that_is(Status.PUBLISHED)

    assert editor.get(page(event, "withdraw")).status_code == 403
    assert editor.post(page(event, "withdraw"), {"reason": "No."}).status_code == 403


@pytest.mark.parametrize(
    "make",
    [
        factories.SourceFactory,
        factories.StateFactory,
        factories.OrganizationFactory,
        factories.ProvisionFactory,
    ],
)
def test_reference_rows_are_changed_by_reviewers(editor, reviewer, make):
    record = make()
    url = page(record, "change")
    data = filled(reviewer.get(url))

    assert editor.get(url).status_code == 200
    assert editor.post(url, data).status_code == 403
    assert editor.get(page(record, "add")).status_code == 403
    assert reviewer.post(url, data).status_code == 302
    assert reviewer.get(page(record, "delete")).status_code == 403


@pytest.mark.parametrize("status", Status)
def test_parts_follow_their_owner(editor, reviewer, status):
    event = event_that_is(Status.DRAFT)
    part = factories.ParticipationFactory(event=event)
    cite(part)
    if status != Status.DRAFT:
        reason = "Told twice." if status == Status.WITHDRAWN else ""
        models.Event.objects.filter(pk=event.pk).update(status=status, withdrawal_reason=reason)
    url = page(part, "change")
    data = filled(reviewer.get(url)) | {"person": "A minister", "change_reason": "Found a name."}

    code = {Status.DRAFT: 302, Status.PUBLISHED: 302}.get(status, 403)
    assert editor.post(url, data).status_code == code
    part.refresh_from_db()
    assert part.person == ("A minister" if status == Status.DRAFT else "")
    assert part.proposals.count() == (status == Status.PUBLISHED)
    data = filled(reviewer.get(url)) | {"person": "A minister", "change_reason": "Found a name."}
    assert reviewer.post(url, data).status_code == 302


@pytest.mark.parametrize("role", ["editor", "reviewer", "superuser"])
@pytest.mark.parametrize("status", Status)
def test_who_adds_a_part_and_when(role, status, request):
    """To a draft, whoever may change it. To what is public nobody: it is only proposed."""
    client, event = request.getfixturevalue(role), event_that_is(status)
    state = factories.StateFactory()
    data = {"event": event.pk, "actor": f"state:{state.pk}", "role": "party"}
    data |= {"citations-TOTAL_FORMS": "0", "citations-INITIAL_FORMS": "0"}

    response = client.post(reverse("admin:archive_participation_add"), data)

    is_added = status != Status.PUBLISHED and (role != "editor" or status == Status.DRAFT)
    assert event.participations.exists() == is_added
    if status == Status.PUBLISHED:
        assert "is public: say why this should be added." in response.content.decode()
    elif not is_added:
        assert "only a reviewer changes what belongs to it" in response.content.decode()


def test_an_editor_cites_a_passage_for_what_is_public(editor):
    event = event_that_is(Status.PUBLISHED)
    content = editor.get(page(event, "change")).content.decode()
    url = f"{reverse('admin:archive_citation_add')}?target=event:{event.pk}"
    assert url in content

    article = factories.ArticleFactory()
    data = filled(editor.get(url)) | {"article": article.pk, "quote": factories.QUOTES[1]}
    response = editor.post(url, data)

    assert response.status_code == 302
    assert event.citations.filter(status=Status.DRAFT, quote=factories.QUOTES[1]).exists()


def test_rows_that_are_locked_stay_as_they_are(editor):
    """A draft event with a request in review: the editor changes the one, not the other."""
    request = factories.RequestFactory(status=Status.IN_REVIEW, summary="As it was.")
    event = request.event
    url = page(event, "change")
    data = filled(editor.get(url)) | {
        "summary": "Changed.",
        "requests-0-summary": "Tampered with.",
        "requests-0-requester": str(factories.StateFactory().pk),
    }

    response = editor.post(url, data)

    assert response.status_code == 302
    event.refresh_from_db()
    stored = models.Request.objects.get()
    assert event.summary == "Changed."
    assert (stored.summary, stored.requester_id) == ("As it was.", request.requester_id)


def test_passages_in_review_are_not_taken_out_by_editors(editor):
    citation = factories.CitationFactory(status=Status.IN_REVIEW)
    url = page(citation.event, "change")
    data = filled(editor.get(url)) | {"citations-0-DELETE": "on"}

    assert editor.post(url, data).status_code == 302
    assert models.Citation.objects.filter(pk=citation.pk).exists()


def test_public_passages_are_withdrawn_not_deleted(reviewer):
    event = event_that_is(Status.PUBLISHED)
    citation = event.citations.first()
    url = page(event, "change")
    data = filled(reviewer.get(url)) | {"citations-0-DELETE": "on", "change_reason": "Misread."}

    assert reviewer.post(url, data).status_code == 302
    assert models.Citation.objects.filter(pk=citation.pk).exists()
    assert reviewer.post(page(citation, "delete"), {"post": "yes"}).status_code == 403


def test_draft_passages_are_deleted_by_editors(editor):
    citation = factories.CitationFactory()

    assert editor.post(page(citation, "delete"), {"post": "yes"}).status_code == 302
    assert not models.Citation.objects.exists()


def test_strangers_are_asked_to_log_in(client):
    event = event_that_is(Status.DRAFT)
    for name in ("changelist", "change", "withdraw", "history"):
        response = client.get(page(event, name))
        assert response.status_code == 302
        assert response.url.startswith("/admin/login/")


def test_refusals_and_logging_out_are_said_in_words(editor):
    refused = editor.get(reverse("admin:archive_event_withdraw", args=[1]))
    assert refused.status_code == 403
    assert "Your login does not allow this" in refused.content.decode()

    strict = Client(enforce_csrf_checks=True)
    assert "Nothing was saved" in strict.post(reverse("admin:login")).content.decode()

    assert "What you saved is kept" in editor.post(reverse("admin:logout")).content.decode()


def test_a_researcher_is_offered_nothing_that_is_refused(researcher):
    part = factories.ParticipationFactory()
    publish(part)

    shown = researcher.get(page(part.event, "change")).content.decode()

    assert reverse("admin:archive_citation_add") not in shown
    front = researcher.get(reverse("admin:index")).content.decode()
    assert "My drafts" not in front
    assert "Sent back to me" not in front


@pytest.mark.parametrize(
    ("factory", "field", "date", "said"),
    [
        (factories.EventFactory, "date", "1933-05~", "about May 1933"),
        (factories.RequestFactory, "date", "1933-05~", "about May 1933"),
        (factories.ResponseFactory, "date", "1933-05~", "about May 1933"),
        (factories.RollCallFactory, "date", "1933-05~", "about May 1933"),
        (factories.ArticleFactory, "published", "1933-05~", "about May 1933"),
        (factories.OrganizationFactory, "founded", "1933-05~", "about May 1933"),
        (factories.MembershipFactory, "period", "1922/1991", "1922 to 1991"),
        (factories.StateFactory, "existed", "1922/1991", "1922 to 1991"),
    ],
)
def test_who_only_reads_is_told_dates_in_words(researcher, factory, field, date, said):
    record = factory(**{field: date})

    shown = researcher.get(page(record, "change")).content.decode()

    assert f'<div class="readonly">{said}</div>' in shown
    assert f'<div class="readonly">{date}</div>' not in shown
