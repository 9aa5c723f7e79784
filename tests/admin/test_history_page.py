"""The history page, the way back to an old state, and what is gone.

Each request is a moment of its own: its versions share its context.
"""

import re

import pghistory
import pytest
from django.db import connection
from django.urls import reverse
from django.utils.html import strip_tags
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from archive.history import changes
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.forms import filled, page
from tests.admin.reading import tab_to
from tests.admin.stage import stage
from tests.admin.users import make_editor, make_superuser
from tests.factories import cite, publish

pytestmark = pytest.mark.django_db


def text_of(response):
    """The words of a page, as a screen reader would have them."""
    content = response.content.decode().split('id="content-main"')[1]
    return " ".join(strip_tags(content.replace("<", " <")).split())


def by_sql(statement, *values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def change_by(client, record, **values):
    """Save the record's form, as a moment of its own."""
    url = page(record, "change")
    response = client.post(url, filled(client.get(url)) | values)
    assert response.status_code == 302, response.context and response.context["errors"]


def version_of(record, **fields):
    """The version id of the newest state of `record` with these values."""
    newest = record.versions.filter(**fields).latest("pgh_id")
    return f"{record._meta.model_name}-{newest.pgh_id}"


def delete(record):
    """Delete the row; its object still knows its key."""
    type(record).objects.filter(pk=record.pk).delete()


def restore_url(record, version):
    return reverse(f"admin:archive_{record._meta.model_name}_restore", args=[record.pk, version])


def bring_back(client, record, version, **data):
    """Open the page that asks, and press its button."""
    url = restore_url(record, version)
    loaded = client.get(url).context["loaded"]
    return client.post(url, {"loaded": loaded, **data})


# --- The history -------------------------------------------------------------------------


def test_the_history_button_leads_there(editor):
    event = factories.EventFactory()
    assert f'href="{page(event, "history")}"' in editor.get(page(event, "change")).content.decode()


def test_every_model_has_one_with_its_parts_and_passages(superuser):
    for name, record in stage(2).items():
        response = superuser.get(page(record, "history"))
        assert response.status_code == 200
        shown = sum(len(change.rows) for change in response.context["page"])
        assert shown == sum(len(change.rows) for change in changes(record)), name
        assert record._meta.verbose_name.capitalize() in text_of(response)


def test_who_when_why_and_what_word_by_word(editor):
    event = factories.EventFactory(title="Old", summary="Armenia asked for help.", kind="war")
    part = factories.ParticipationFactory(event=event, person="A minister")
    values = {"title": "New", "summary": "Armenia never asked for aid.", "kind": "unrest"}
    with pghistory.context(reason="Read again."):
        change_by(editor, event, **values)
    by_sql("UPDATE archive_participation SET person = 'Another' WHERE id = %s", part.pk)
    response = editor.get(page(event, "history"))
    words = text_of(response)

    assert "UTC · Edith Reason: Read again." in words
    assert "Title was: Old → is: New" in words
    assert "Kind was: War → is: Unrest" in words
    assert "Armenia added: never (end) asked for removed: help (end) added: aid (end) ." in words, (
        words
    )
    assert "changed Participation" in words
    assert "was: A minister → is: Another" in words
    assert "SQL or command (role" in words
    content = response.content.decode()
    assert re.search(r"<del>.*help.*</del>", content)
    assert re.search(r"<ins>.*aid.*</ins>", content)
    assert "<script>" not in content.split('id="content-main"')[1]


def test_references_and_coded_values_are_told_by_name(reviewer):
    source = factories.SourceFactory(kind="news", country=None)
    state = factories.StateFactory(name="Freedonia")
    models.Source.objects.filter(pk=source.pk).update(country=state, kind="igo")
    models.Source.objects.filter(pk=source.pk).update(country=None)
    words = text_of(reviewer.get(page(source, "history")))

    assert "Country added: Freedonia" in words
    assert "Country removed: Freedonia" in words
    assert "Kind was: News outlet → is: Intergovernmental organization" in words


def test_passages_and_deleted_parts_are_told(editor):
    event = factories.EventFactory()
    part = factories.ParticipationFactory(event=event, person="A minister")
    citation = cite(part, note="Seen.")
    delete(citation)
    delete(part)
    words = text_of(editor.get(page(event, "history")))

    assert "deleted Citation" in words
    assert "deleted Participation" in words
    assert "removed: A minister" in words


def test_a_long_history_has_pages(editor, monkeypatch):
    monkeypatch.setattr("archive.admin.history.CHANGES_ON_A_PAGE", 2)
    event = factories.EventFactory()
    for number in range(4):
        with pghistory.context(number=number):
            change_by(editor, event, title=f"Title {number}")
    first = editor.get(page(event, "history"))

    assert "Title 3" in text_of(first)
    assert "Page 1 of 3" in text_of(first)
    assert "Title 3" not in text_of(editor.get(page(event, "history"), {"page": 2}))


def test_a_long_text_that_stayed_is_shortened(editor):
    start, end = "It began. ", " So it ended."
    event = factories.EventFactory(summary=f"{start}{'Much happened. ' * 100}{end}")
    change_by(editor, event, summary=event.summary.replace("ended", "ceased"))
    words = text_of(editor.get(page(event, "history")))

    assert "characters…]" in words
    assert "removed: ended (end) added: ceased (end)" in words


# --- Restoring ---------------------------------------------------------------------------


def test_an_old_state_is_restored_as_a_new_change(editor):
    event = factories.EventFactory(title="Old", place="Here")
    old = version_of(event)
    change_by(editor, event, title="New")
    url = restore_url(event, old)
    assert url in editor.get(page(event, "history")).content.decode()
    words = text_of(editor.get(url))
    assert "Title was: New → is: Old" in words
    assert "Restore this version" in editor.get(url).content.decode()

    response = bring_back(editor, event, old, reason="It was right.")

    assert response.headers["Location"] == page(event, "history")
    event.refresh_from_db()
    assert event.title == "Old"
    newest = changes(event)[0]
    assert (newest.who, newest.reason, newest.restored) == ("Edith", "It was right.", old)
    assert "An earlier version was restored" in text_of(editor.get(page(event, "history")))


def test_a_part_that_was_deleted_is_restored(editor):
    event = factories.EventFactory()
    part = factories.ParticipationFactory(event=event, person="A minister")
    cite(part)
    delete(part)

    assert "would be made again" in text_of(
        editor.get(restore_url(event, version_of(part, pgh_label="delete")))
    )
    bring_back(editor, event, version_of(part, pgh_label="delete"))

    assert models.Participation.objects.get().person == "A minister"
    assert models.Citation.objects.get().participation_id == part.pk


def test_nothing_is_restored_where_it_stands_so(editor):
    event = factories.EventFactory()
    response = editor.get(restore_url(event, version_of(event)))

    assert "stands so already" in text_of(response)
    assert 'type="submit"' not in response.content.decode().split('id="content-main"')[1]
    assert "stands so already" in text_of(bring_back(editor, event, version_of(event)))


def test_what_is_public_is_restored_by_a_reviewer_with_a_reason(editor, reviewer):
    event = factories.EventFactory(title="Old")
    cite(event)
    publish(event)
    old = version_of(event, title="Old", status=Status.PUBLISHED)
    by_sql("UPDATE archive_event SET title = 'New'")

    assert "Restore this version" not in text_of(editor.get(page(event, "history")))
    assert "a reviewer may" in text_of(editor.get(restore_url(event, old)))
    assert bring_back(editor, event, old, reason="No.").status_code == 403
    response = bring_back(reviewer, event, old, reason=" ")
    assert "This is public: give the reason" in text_of(response)
    event.refresh_from_db()
    assert event.title == "New"
    assert bring_back(reviewer, event, old, reason="It was right.").status_code == 302
    event.refresh_from_db()
    assert (event.title, event.status) == ("Old", Status.PUBLISHED)


def test_a_part_of_something_public_is_for_reviewers(editor, reviewer):
    event = factories.EventFactory()
    part = factories.ParticipationFactory(event=event, person="A minister")
    cite(event)
    cite(part)
    publish(event)
    old = version_of(part)
    by_sql("UPDATE archive_participation SET person = 'Another'")

    assert bring_back(editor, event, old, reason="No.").status_code == 403
    assert "give the reason" in text_of(bring_back(reviewer, event, old))
    assert bring_back(reviewer, event, old, reason="It was right.").status_code == 302
    part.refresh_from_db()
    assert part.person == "A minister"


def test_a_part_that_moved_to_something_public_is_not_drawn_back(editor):
    public = factories.EventFactory()
    cite(public)
    publish(public)
    event = factories.EventFactory()
    part = factories.ParticipationFactory(event=public)
    cite(part, status=Status.PUBLISHED)
    was_public = version_of(part)
    by_sql("UPDATE archive_participation SET event_id = %s", event.pk)

    assert bring_back(editor, event, was_public).status_code == 403


def test_a_status_is_not_restored_and_not_judged_by(editor):
    event = factories.EventFactory(title="Old", status=Status.IN_REVIEW)
    old = version_of(event)
    by_sql("UPDATE archive_event SET status = 'draft', title = 'New'")

    assert bring_back(editor, event, old).status_code == 302
    event.refresh_from_db()
    assert (event.title, event.status) == ("Old", Status.DRAFT)


def test_what_the_database_refuses_is_said_in_words(reviewer):
    event = factories.EventFactory()
    part = factories.ParticipationFactory(event=event)
    cite(event)
    delete(part)
    publish(event)
    response = bring_back(
        reviewer, event, version_of(part, pgh_label="delete"), reason="It took part."
    )

    assert "Not restored." in text_of(response)
    assert "cannot be public" in text_of(response)
    assert not models.Participation.objects.exists()


def test_what_another_changed_meanwhile_is_looked_at_again(editor):
    event = factories.EventFactory(title="Old")
    old = version_of(event)
    by_sql("UPDATE archive_event SET title = 'New'")
    loaded = editor.get(restore_url(event, old)).context["loaded"]
    by_sql("UPDATE archive_event SET title = 'Newer'")
    for wrong in (loaded, "", "nonsense"):
        response = editor.post(restore_url(event, old), {"loaded": wrong})
        assert "Somebody changed this meanwhile" in text_of(response)
        assert "was: Newer → is: Old" in text_of(response)
    editor.post(restore_url(event, old), {"loaded": response.context["loaded"]})
    event.refresh_from_db()
    assert event.title == "Old"


def test_versions_of_others_and_unknown_ones_are_not_found(superuser):
    event, other = factories.EventFactory(), factories.EventFactory()
    wrong = [version_of(other), "event-0", "event-99999999999999999999", "nonsense", "state-1"]
    for version in wrong:
        assert superuser.get(restore_url(event, version)).status_code == 404
        assert superuser.post(restore_url(event, version)).status_code == 404


def test_reference_rows_are_for_reviewers(editor, reviewer):
    state = factories.StateFactory(name="Old")
    old = version_of(state)
    by_sql("UPDATE archive_state SET name = 'New'")

    assert bring_back(editor, state, old).status_code == 403
    assert bring_back(reviewer, state, old).status_code == 302
    state.refresh_from_db()
    assert state.name == "Old"


# --- What is gone ------------------------------------------------------------------------


def test_a_real_deletion_stays_in_the_history_and_can_be_undone(superuser):
    event = factories.EventFactory(title="Gone", date="")
    factories.ParticipationFactory(event=event)
    cite(event)
    pk = event.pk
    superuser.post(page(event, "delete"), {"post": "yes"})
    assert not models.Event.objects.exists()

    gone = reverse("admin:archive_event_deleted")
    changelist = superuser.get(reverse("admin:archive_event_changelist")).content.decode()
    assert f'href="{gone}"' in changelist
    assert "Gone" in text_of(superuser.get(gone))
    history = superuser.get(reverse("admin:archive_event_history", args=[pk]))
    assert "deleted Event Gone" in text_of(history)
    assert bring_back(superuser, event, version_of(event, pgh_label="delete")).status_code == 302
    back = models.Event.objects.get()
    assert (back.pk, back.status) == (pk, Status.DRAFT)
    assert back.participations.count() == back.citations.count() == 1
    assert "None was deleted." in text_of(superuser.get(gone))


@pytest.mark.parametrize("who", ["editor", "reviewer"])
def test_what_is_gone_is_for_superusers(who, request):
    client = request.getfixturevalue(who)
    event = factories.EventFactory()
    history, url = page(event, "history"), restore_url(event, version_of(event))
    delete(event)

    changelist = client.get(reverse("admin:archive_event_changelist")).content.decode()
    assert "/deleted/" not in changelist
    assert client.get(reverse("admin:archive_event_deleted")).status_code == 403
    assert client.get(history).status_code == 404
    assert client.get(url).status_code == client.post(url).status_code == 404


def test_every_model_has_a_list_of_what_is_gone(superuser):
    for record in stage(1).values():
        url = reverse(f"admin:archive_{record._meta.model_name}_deleted")
        assert superuser.get(url).status_code == 200


# --- In a browser ------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_old_state_is_restored_in_the_browser(open_as):
    event = factories.EventFactory(title="Old", summary="Armenia asked for help.", date="")
    factories.ParticipationFactory(event=event)
    by_sql("UPDATE archive_event SET title = 'New', summary = 'Armenia never asked for aid.'")
    browser = open_as(make_editor(), page(event, "change"))
    browser.get_by_role("link", name="History").click()
    expect(browser.locator(".change").first.locator("ins").first).to_contain_text("New")
    assert findings_of(browser) == []

    # The rest by keyboard.
    browser.get_by_role("link", name="Restore this version: event Old").press("Enter")
    expect(browser.get_by_role("heading", name="What would change")).to_be_visible()
    assert findings_of(browser) == []
    tab_to(browser, "#id_reason")
    browser.keyboard.type("It was right.")
    tab_to(browser, "[type=submit]")
    browser.keyboard.press("Enter")
    expect(browser.locator(".messagelist")).to_contain_text("Event “Old” is restored.")
    expect(browser.locator(".change").first).to_contain_text("It was right.")
    event.refresh_from_db()
    assert event.title == "Old"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_deleted_record_is_brought_back_in_the_browser(open_as):
    delete(factories.EventFactory(title="Gone", date=""))
    browser = open_as(make_superuser(), reverse("admin:archive_event_changelist"))
    browser.get_by_role("link", name="Deleted ones").click()
    restore = browser.get_by_role("link", name="Restore Gone")
    expect(restore).to_be_visible()
    assert findings_of(browser) == []
    restore.click()
    browser.get_by_role("button", name="Restore this version").click()
    expect(browser.locator(".messagelist")).to_contain_text("is restored")
    assert models.Event.objects.get().title == "Gone"
