"""Handing in a record with what belongs with it, and publishing it so."""

import pytest
from django.urls import reverse

from archive.admin.handing_in import hand_in_url
from archive.admin.lookup import key_of
from archive.choices import Status
from tests import factories
from tests.admin.conftest import client_of
from tests.admin.forms import filled, page
from tests.admin.users import make_editor

pytestmark = pytest.mark.django_db


@pytest.fixture
def family():
    """A request with its event and the article where both are cited; drafts."""
    request = factories.RequestFactory()
    article = factories.ArticleFactory()
    quotes = iter(factories.QUOTES)
    factories.CitationFactory(request=request, article=article, quote=next(quotes))
    factories.CitationFactory(event=request.event, article=article, quote=next(quotes))
    return [article, request.event, request]


def save(client, record, **values):
    url = page(record, "change")
    return client.post(url, filled(client.get(url)) | values)


def statuses(records):
    for record in records:
        record.refresh_from_db()
    return {record.status for record in records}


def test_all_goes_in_from_the_article(editor, family):
    article = family[0]
    assert hand_in_url(article) in editor.get(page(article, "read")).content.decode()
    asked = editor.get(hand_in_url(article)).content.decode()
    assert [asked.index(f'value="{key_of(one)}"') for one in family] == sorted(
        asked.index(f'value="{key_of(one)}"') for one in family
    )

    answer = editor.post(hand_in_url(article), {"chosen": [key_of(one) for one in family]})

    assert "3 of 3 handed in." in answer.content.decode()
    assert statuses(family) == {Status.IN_REVIEW}
    assert "No draft is left" in editor.get(hand_in_url(article)).content.decode()


def test_only_what_is_chosen_and_belongs_goes_in(editor, family):
    other = factories.EventFactory()
    chosen = [key_of(family[0]), key_of(other)]
    assert (
        "1 of 1 handed in."
        in editor.post(hand_in_url(family[2]), {"chosen": chosen}).content.decode()
    )
    assert statuses(family[1:]) == statuses([other]) == {Status.DRAFT}


def test_a_draft_of_another_is_not_ticked(editor, family):
    event = family[1]
    colleague = client_of(make_editor("Eric"))
    save(colleague, event, summary="Mine.")
    asked = editor.get(hand_in_url(family[0])).content.decode()
    assert "somebody else changed it last" in asked
    assert f'value="{key_of(event)}">' in asked
    asked = colleague.get(hand_in_url(family[0])).content.decode()
    assert f'value="{key_of(event)}" checked' in asked


def test_a_passage_of_something_public_goes_in_with_its_article(editor, reviewer, family):
    article, public = family[0], factories.publish(factories.EventFactory())
    further = factories.CitationFactory(event=public, article=article, quote=factories.QUOTES[-1])
    chosen = [key_of(article), key_of(further)]
    asked = editor.get(hand_in_url(further)).content.decode()
    assert all(f'value="{key}" checked' in asked for key in chosen)
    answer = editor.post(hand_in_url(article), {"chosen": chosen}).content.decode()
    assert "2 of 2 handed in." in answer
    shown = reviewer.get(reverse("admin:review_record", args=["article", article.pk]))
    assert f'value="{key_of(further)}" checked' in shown.content.decode()
    assert [one.row for one in shown.context["sheets"]] == [article, public]
    reviewer.post(reverse("admin:review_publish"), {"chosen": chosen})
    assert statuses([article, further]) == {Status.PUBLISHED}


def test_submitting_one_offers_the_rest(editor, family):
    request = family[2]
    answer = save(editor, request, _submit="1")
    assert answer.url == hand_in_url(request)
    for one in family[:2]:
        answer = save(editor, one, _submit="1")
    assert answer.url == page(one, "change")  # nothing is left
    assert statuses(family) == {Status.IN_REVIEW}


def test_a_reviewer_publishes_the_whole(editor, reviewer, family):
    editor.post(hand_in_url(family[0]), {"chosen": [key_of(one) for one in family]})
    request = family[2]
    shown = reviewer.get(reverse("admin:review_record", args=["request", request.pk]))
    shown = shown.content.decode()
    assert all(f'value="{key_of(one)}" checked' in shown for one in family)

    reviewer.post(reverse("admin:review_publish"), {"chosen": [key_of(one) for one in family]})

    assert statuses(family) == {Status.PUBLISHED}


def test_who_may_not(researcher, editor, family):
    assert researcher.get(hand_in_url(family[0])).status_code == 403
    assert hand_in_url(family[0]) not in researcher.get(page(family[0], "read")).content.decode()
    for kind, pk in (("event", 0), ("state", 1), ("citation", 0)):
        gone = reverse("admin:review_hand_in", args=[kind, pk])
        assert editor.get(gone).status_code == 404


def test_where_nothing_is_left_to_hand_in_a_link_leads_back(editor):
    article = factories.ArticleFactory(status=Status.PUBLISHED)

    shown = editor.get(hand_in_url(article)).content.decode()

    assert "No draft is left to hand in here." in shown
    assert f'<a href="{page(article, "read")}">Back to “{article}”</a>' in shown
