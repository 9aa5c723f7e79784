"""Choosing records: the searches, their permissions, and the field for several kinds."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from archive.admin.lookup import ACTORS, TARGETS, RecordField, find_record, key_of, label_of
from tests import factories
from tests.admin.conftest import client_of
from tests.admin.users import make_user

pytestmark = pytest.mark.django_db


def found(client, term, types=ACTORS, **params):
    response = client.get(
        reverse("admin:lookup"), {"types": ",".join(types), "term": term, **params}
    )
    assert response.status_code == 200
    return response.json()


def test_states_and_organizations_are_found_together(editor):
    state = factories.StateFactory(code="RUS", name="Russia", aliases=["The Kremlin", "Moscow"])
    league = factories.OrganizationFactory(name="Kremlin Friends", acronym="KF")

    answer = found(editor, "kremlin")

    assert answer["results"] == [
        {"id": f"state:{state.pk}", "text": "Russia (RUS)"},
        {"id": f"organization:{league.pk}", "text": "KF · Kremlin Friends"},
    ]
    assert answer["pagination"] == {"more": False}


def test_results_come_in_pages(editor):
    factories.OrganizationFactory.create_batch(12)
    factories.StateFactory.create_batch(3)

    first, second = found(editor, ""), found(editor, "", page="2")

    assert (len(first["results"]), first["pagination"]["more"]) == (13, True)
    assert (len(second["results"]), second["pagination"]["more"]) == (2, False)
    assert not {one["id"] for one in first["results"]} & {one["id"] for one in second["results"]}


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "9" * 30])
def test_a_strange_page_is_the_first(editor, page):
    state = factories.StateFactory()

    assert found(editor, "", page=page)["results"][0]["id"] == f"state:{state.pk}"


def test_every_kind_of_target_is_found_with_what_it_belongs_to(editor):
    event = factories.EventFactory(title="Incursion at the lake", slug="lake")
    part = factories.ParticipationFactory(event=event)
    request = factories.RequestFactory(event=event)
    response = factories.ResponseFactory(request=request)

    texts = {one["id"]: one["text"] for one in found(editor, "lake", TARGETS)["results"]}

    assert texts[key_of(event)] == "Event: Incursion at the lake (May 1933)"
    assert texts[key_of(part)].endswith(": target · Incursion at the lake (May 1933)")
    assert texts[key_of(request)].startswith("Request: ")
    assert texts[key_of(response)].endswith(" · Incursion at the lake (May 1933)")


@pytest.mark.parametrize("types", ["", "user", "state,group", "article", "state,"])
def test_other_kinds_are_not_searched(superuser, types):
    assert superuser.get(reverse("admin:lookup"), {"types": types}).status_code == 403


def test_searching_takes_permission(client):
    url = reverse("admin:lookup")
    assert client.get(url, {"types": "state"}).status_code == 302
    nobody = client_of(make_user("Nobody"))
    assert nobody.get(url, {"types": "state"}).status_code == 403


def test_the_stock_search_has_our_labels(editor):
    response = factories.ResponseFactory()
    params = {"app_label": "archive", "model_name": "response", "field_name": "part_of"}

    answer = editor.get(reverse("admin:autocomplete"), {**params, "term": response.slug}).json()

    assert answer["results"] == [{"id": str(response.pk), "text": label_of(response)}]
    assert str(response.request.event) in label_of(response)


def test_searching_asks_few_queries(editor, django_assert_max_num_queries):
    for _ in range(8):
        vote = factories.VoteFactory()
        response = factories.ResponseFactory()
        factories.ParticipationFactory(event=response.request.event)
        factories.MembershipFactory(state=vote.state)
    with django_assert_max_num_queries(4 + 2 * len(TARGETS)):
        found(editor, "", TARGETS)


@pytest.mark.parametrize("key", ["state:0", "state:", "state:x", "user:1", "1", "event:1", ":"])
def test_what_is_no_actor_is_refused(key):
    assert find_record(key, ACTORS) is None
    with pytest.raises(ValidationError, match="Choose one of the listed records"):
        RecordField(ACTORS).clean(key)


def test_a_field_takes_and_gives_records():
    state, field = factories.StateFactory(), RecordField(ACTORS)

    assert field.clean(key_of(state)) == state
    assert field.prepare_value(state) == f"state:{state.pk}"
    assert not field.has_changed(state, key_of(state))
    assert field.has_changed(state, "")
    assert field.has_changed(None, key_of(state))
    with pytest.raises(ValidationError, match="required"):
        field.clean("")
