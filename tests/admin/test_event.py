import pytest
from django.urls import reverse

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.forms import filled, page, row, words
from tests.factories import QUOTES, cite, publish

pytestmark = pytest.mark.django_db

EVENT = {
    "slug": "sylvania-enters-1933",
    "title": "Sylvanian troops enter Freedonia",
    "kind": "incursion",
    "date": "1933-05~",
    "summary": "Troops crossed the border.",
}


@pytest.fixture
def form(editor):
    """The empty form for an event, with the rows that a test adds."""
    url = reverse("admin:archive_event_add")
    page_of_form = editor.get(url)

    def send(**rows):
        data = filled(page_of_form) | EVENT
        for name, values in rows.items():
            is_row = isinstance(values, dict)
            data |= row(page_of_form, name, **values) if is_row else {name: values}
        return editor.post(url, data)

    return send


def test_what_is_left_without_a_short_name_is_given_one(form):
    state, league = factories.StateFactory(code="FRE"), factories.OrganizationFactory(slug="los")

    response = form(
        request={
            "requester": state.pk,
            "addressee": f"organization:{league.pk}",
            "slug": "",
            "standing": "made",
            "sought": "unspecified",
            "summary": "It asked for help.",
        },
        slug="",
    )

    assert response.status_code == 302
    event = models.Event.objects.get()
    assert event.slug == "sylvanian-troops-enter-freedonia-1933"
    assert event.requests.get().slug == "fre-los-1933-05"


@pytest.mark.parametrize("slug", ["Bad Slug!", "UPPER", "with_line", "two--hyphens", "é"])
def test_a_short_name_that_cannot_be_is_refused_once_beside_its_field(form, slug):
    response = form(slug=slug)

    errors = response.context["adminform"].form.errors
    assert list(errors) == ["slug"]
    assert len(errors["slug"]) == 1
    assert "Small letters, digits and single hyphens only" in errors["slug"][0]


def test_a_short_name_is_asked_for_where_none_can_be_made(form):
    response = form(title="???", date="", slug="")

    errors = response.context["adminform"].form.errors
    assert errors == {"slug": ["Nothing to make it from: type one."]}


def passage(quote=QUOTES[0], article=None):
    article = article or factories.ArticleFactory(text=factories.TEXT)
    return {"article": article.pk, "quote": quote, "stance": "supports"}


def test_an_event_is_made_with_all_that_belongs_to_it(form):
    state, league = factories.StateFactory(), factories.OrganizationFactory()

    response = form(
        participation={"actor": f"state:{state.pk}", "role": "target"},
        request={
            "requester": state.pk,
            "addressee": f"organization:{league.pk}",
            "slug": "freedonia-league-1933",
            "standing": "made",
            "sought": "unspecified",
            "summary": "It asked for help.",
        },
        citation=passage(),
    )

    assert response.status_code == 302
    event = models.Event.objects.get()
    assert (event.slug, event.date, event.status) == (EVENT["slug"], "1933-05~", Status.DRAFT)
    assert event.participations.get().actor == state
    assert event.requests.get().addressee == league
    citation = event.citations.get()
    assert (citation.start, citation.status) == (factories.TEXT.index(QUOTES[0]), Status.DRAFT)


def test_a_misquotation_is_said_on_its_row_and_nothing_is_lost(form):
    state = factories.StateFactory()

    response = form(
        participation={"actor": f"state:{state.pk}", "role": "target", "person": "Rufus"},
        citation=passage("Freedonia begged the League"),
    )

    assert response.status_code == 200
    assert "“Freedonia begged the League” does not stand in the body" in words(response)
    assert "Copy the passage from the article letter by letter" in words(response)
    (_, _, passages) = response.context["inline_admin_formsets"]
    assert "does not stand" in str(passages.formset.forms[0].non_field_errors())
    content = response.content.decode()
    for typed in (*EVENT.values(), "Rufus", "Freedonia begged the League"):
        assert typed in content
    assert f'<option value="state:{state.pk}" selected>' in content
    assert not models.Event.objects.exists()
    assert not models.Participation.objects.exists()


def test_two_refusals_in_one_form_are_met_one_after_the_other(form):
    state = factories.StateFactory()

    response = form(
        participation={"actor": f"state:{state.pk}", "role": "conqueror"},
        citation=passage("two words"),
    )

    assert response.status_code == 200
    assert "Select a valid choice" in words(response)
    assert "A quotation has three words at least" in words(response)


def test_a_participant_without_an_actor_is_asked_for_one(form):
    response = form(participation={"actor": "", "role": "target"})

    assert response.status_code == 200
    assert "This field is required" in words(response)


def test_one_actor_in_one_role_twice(editor):
    part = factories.ParticipationFactory()
    url = page(part.event, "change")
    first = editor.get(url)
    twice = {"actor": f"state:{part.actor_state_id}", "role": part.role}

    response = editor.post(url, filled(first) | row(first, "participation", **twice))

    assert response.status_code == 200
    assert "This actor already has this role in this event." in words(response)


def test_two_new_rows_that_are_alike(editor):
    """Each is valid alone; only the database sees both."""
    event, state = factories.EventFactory(), factories.StateFactory()
    url = page(event, "change")
    first = editor.get(url)
    alike = {"actor": f"state:{state.pk}", "role": "party"}
    data = filled(first) | row(first, "participation", **alike)
    data |= {f"participations-1-{name}": value for name, value in alike.items()}

    response = editor.post(url, data | {"participations-TOTAL_FORMS": "2"})

    assert response.status_code == 200
    assert "This actor already has this role in this event." in words(response)
    assert not event.participations.exists()


def test_what_the_database_judges_at_commit_is_refused_on_the_form(superuser):
    event = publish(factories.EventFactory())
    url = page(event, "change")
    data = filled(superuser.get(url)) | {"citations-0-stance": "disputes"}

    response = superuser.post(url, data | {"change_reason": "It says otherwise."})

    assert response.status_code == 200
    assert "no published passage of a published article supports it" in words(response)
    assert event.citations.get().stance == "supports"


@pytest.mark.parametrize("role", ["editor", "reviewer", "superuser"])
def test_a_new_row_of_a_form_that_was_opened_before_the_event_was_public(role, request):
    """It is neither dropped nor refused in puzzling words."""
    client = request.getfixturevalue(role)
    event, state = factories.EventFactory(), factories.StateFactory()
    cite(event)
    url = page(event, "change")
    first = client.get(url)
    typed = {"actor": f"state:{state.pk}", "role": "party", "person": "Rufus & Co"}
    data = filled(first) | row(first, "participation", **typed) | {"change_reason": "So."}
    publish(event)
    data["loaded"] = client.get(url).context["loaded"]  # what changed since is asked before

    response = client.post(url, data | {"place": "Sylvania"})

    content = response.content.decode()
    assert response.status_code == 200
    assert "is public. A new participation is added together with the passage" in content
    assert 'value="Rufus &amp; Co"' in content  # on the form still, and on that of its own
    query = f"event={event.pk}&amp;actor=state%3A{state.pk}&amp;role=party&amp;person=Rufus+%26+Co"
    address = f"{reverse('admin:archive_participation_add')}?{query}"
    assert address in content
    assert not event.participations.exists()
    assert not event.proposals.exists()
    on_its_own = client.get(address.replace("&amp;", "&"))
    assert on_its_own.context["adds_to"] == event
    assert "Rufus &amp; Co" in on_its_own.content.decode()


def test_other_rows_are_not_dropped_either(editor):
    event = factories.EventFactory()
    url = page(event, "change")
    first = editor.get(url)
    data = filled(first) | row(first, "citation", **passage()) | {"change_reason": "So."}
    publish(event)
    data["loaded"] = editor.get(url).context["loaded"]

    response = editor.post(url, data | {"place": "Sylvania"})

    assert "a new citation is no part of a proposal" in response.content.decode()
    assert QUOTES[0] in response.content.decode()
    assert event.citations.count() == 1
    assert not event.proposals.exists()


def test_a_row_taken_out_that_others_need_is_said_in_words(superuser):
    response_of_request = factories.ResponseFactory()
    request = response_of_request.request
    url = page(request.event, "change")
    data = filled(superuser.get(url)) | {"requests-0-DELETE": "on"}

    response = superuser.post(url, data)

    assert response.status_code == 200
    assert "would require deleting the following protected related objects" in words(response)
    assert models.Request.objects.filter(pk=request.pk).exists()


def test_the_list_says_who_and_when(editor):
    part = factories.ParticipationFactory(event__date="1933-05-03/1933-05-04")
    cite(part.event, stance="disputes")

    content = editor.get(reverse("admin:archive_event_changelist")).content.decode()

    assert "3 to 4 May 1933" in content
    assert str(part.actor) in content
    assert "contested" in content


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"year": "1933"}, {"long", "year"}),
        ({"year": "1934"}, {"long", "later"}),
        ({"year": "x"}, {"long", "year", "later", "undated"}),
        ({"evidence": "none"}, {"year", "undated"}),
        ({"evidence": "some"}, {"long", "later"}),
        ({"evidence": "contested"}, {"later"}),
        ({"q": "kremlin"}, {"undated"}),
    ],
)
def test_the_list_is_filtered(editor, params, expected):
    long = factories.EventFactory(slug="long", date="1933/1935")
    factories.EventFactory(slug="year", date="1933-05")
    later = factories.EventFactory(slug="later", date="1934")
    undated = factories.EventFactory(slug="undated", date="")
    cite(long)
    cite(later, stance="disputes")
    cite(undated, status="withdrawn", withdrawal_reason="Misread.")
    kremlin = factories.StateFactory(aliases=["The Kremlin"])
    factories.ParticipationFactory(event=undated, actor_state=kremlin)

    response = editor.get(reverse("admin:archive_event_changelist"), params)

    assert {event.slug for event in response.context["cl"].result_list} == expected
