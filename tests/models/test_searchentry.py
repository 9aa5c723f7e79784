"""What search finds follows its records, whoever writes them: it always equals what would be
made anew."""

import re
from concurrent.futures import ThreadPoolExecutor, wait

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from archive import fixtures, models, search
from archive.choices import Status
from archive.models import SearchEntry
from tests import factories as make
from tests.factories import BODY_START, QUOTES, TEXT, cite, publish
from tests.models.breaches import WITHDRAWN

pytestmark = pytest.mark.django_db


def entries():
    columns = ("kind", "key", "article_id", "start", "days", "configuration", "text", "vector")
    return sorted(SearchEntry.objects.values_list(*columns), key=repr)


def anew():
    with connection.cursor() as cursor:
        cursor.execute("SELECT archive_index_all()")
    return entries()


def texts(kind, record):
    return [*SearchEntry.objects.filter(kind=kind, key=record.pk).values_list("text", flat=True)]


@pytest.fixture
def one_of_each(db):
    """A published record of each kind that hangs together, and a draft beside each."""
    asker, answerer = make.StateFactory(name="Freedonia"), make.StateFactory(name="Osterlich")
    league = make.OrganizationFactory(name="League", acronym="LoN")
    article = make.ArticleFactory(status=Status.PUBLISHED, title="War!", authors=["A. Reporter"])
    restricted = make.ArticleFactory(status=Status.PUBLISHED, text_access="restricted")
    event = publish(make.EventFactory(title="Incursion", date="1933-05"))
    part = make.ParticipationFactory(event=event, actor_state=asker, person="Rufus T. Firefly")
    cite(part, article=article)
    request = publish(
        make.RequestFactory(event=event, requester=asker, addressee_organization=league)
    )
    response = publish(
        make.ResponseFactory(request=request, responder_organization=None, responder_state=answerer)
    )
    membership = publish(
        make.MembershipFactory(state=asker, organization=league, note="Founding member.")
    )
    roll_call = publish(make.RollCallFactory(body=league, symbol="L/1"))
    proven, lone = make.EventFactory(), make.EventFactory()
    cite(proven, article=article)
    cite(make.ParticipationFactory(event=lone, actor_state=asker, person="Chicolini"))
    publish(lone)
    return {
        "state": asker,
        "organization": league,
        "source": article.source,
        "article": article,
        "restricted": restricted,
        "citation": cite(event, article=restricted, quote=QUOTES[3]),
        "event": event,
        "participation": part,
        "request": request,
        "response": response,
        "membership": membership,
        "roll_call": roll_call,
        "provision": make.ProvisionFactory(organization=league),
        "uncited": make.ArticleFactory(status=Status.PUBLISHED),
        "draft_article": make.ArticleFactory(),
        "draft_event": proven,
        "lone_event": lone,
        "draft_citation": cite(event, article=restricted, quote=QUOTES[4], status=Status.DRAFT),
    }


def test_all_kinds_are_found(one_of_each):
    assert set(SearchEntry.objects.values_list("kind", flat=True)) == set(search.KINDS)
    assert entries() == anew()


def test_drafts_are_not_found(one_of_each):
    for name in ("draft_article", "draft_event", "draft_citation"):
        assert texts(name.removeprefix("draft_"), one_of_each[name]) == []


def test_an_article_is_found_by_its_body_and_its_head(one_of_each):
    article = one_of_each["article"]
    body = article.text[article.body_start : article.body_end]
    assert texts("article", article) == ["War! – A. Reporter", body]
    passage = SearchEntry.objects.get(kind="article", key=article.pk, start__isnull=False)
    assert passage.start == BODY_START
    assert "menu" not in passage.vector
    assert "comment" not in passage.vector


def test_of_a_restricted_article_only_quotations_are_found(one_of_each):
    restricted = one_of_each["restricted"]
    assert texts("article", restricted) == [restricted.title]
    assert texts("citation", one_of_each["citation"]) == [QUOTES[3]]
    found = SearchEntry.objects.filter(article_id=restricted.pk)
    assert {entry.text for entry in found} == {restricted.title, QUOTES[3]}


LONGER = TEXT.replace("Freedonia asked", "On that day Freedonia asked").replace("Menu\n\n", "")

CHANGES = {
    "article replaced": ("uncited", {"text": LONGER, "body_start": 0, "body_end": 80}),
    "article published": ("draft_article", {"status": Status.PUBLISHED}),
    "article withdrawn": ("restricted", WITHDRAWN),
    "article opened": ("restricted", {"text_access": "open"}),
    "article restricted": ("article", {"text_access": "restricted"}),
    "article in German": ("article", {"language": "de-AT"}),
    "article dated": ("article", {"published": "1935"}),
    "bounds moved": ("uncited", {"body_end": BODY_START + 60}),
    "event retitled": ("event", {"title": "Invasion"}),
    "event dated": ("event", {"date": "1934"}),
    "event published": ("draft_event", {"status": Status.PUBLISHED}),
    "event withdrawn": ("lone_event", WITHDRAWN),
    "request summed up": ("request", {"summary": "It begged."}),
    "request dated": ("request", {"date": "1933-05-07"}),
    "response withdrawn": ("response", WITHDRAWN),
    "citation published": ("draft_citation", {"status": Status.PUBLISHED}),
    "citation withdrawn": ("citation", WITHDRAWN),
    "citation moved": ("citation", {"quote": QUOTES[0], "start": None}),
    "state renamed": ("state", {"name": "Fredonia"}),
    "state gets an alias": ("state", {"aliases": ["Fredon"]}),
    "organization renamed": ("organization", {"acronym": "LN"}),
    "person named": ("participation", {"person": "Firefly"}),
    "note on a membership": ("membership", {"note": "Left early."}),
    "roll call renamed": ("roll_call", {"title": "On peace"}),
    "provision rewritten": ("provision", {"gist": "They help."}),
    "source renamed": ("source", {"name": "The Gazette"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_followed(one_of_each, name):
    """By plain SQL: no save(), no signal."""
    which, changes = CHANGES[name]
    record = one_of_each[which]
    before = entries()
    type(record).objects.filter(pk=record.pk).update(**changes)
    after = entries()
    assert after != before
    assert after == anew()


def test_a_deletion_is_followed(one_of_each):
    for name in ("citation", "provision"):
        record = one_of_each[name]
        type(record).objects.filter(pk=record.pk)._raw_delete("default")
        assert texts(name, record) == []
    article = make.ArticleFactory(status=Status.PUBLISHED)
    key = article.pk
    article.delete()
    assert not SearchEntry.objects.filter(article_id=key).exists()
    assert entries() == anew()


def test_what_changes_no_word_writes_nothing(one_of_each):
    keys = set(SearchEntry.objects.values_list("pk", flat=True))
    for record in one_of_each.values():
        record.save()
    models.Event.objects.update(kind="summit")
    assert set(SearchEntry.objects.values_list("pk", flat=True)) == keys


def test_loading_fixtures_makes_them_findable(tmp_path, one_of_each):
    path = tmp_path / "states.yaml"
    path.write_bytes(fixtures.dump(models.State).replace(b"Freedonia", b"Sylvania"))
    call_command("loaddata", str(path), verbosity=0)
    assert texts("state", one_of_each["state"]) == [f"Sylvania, {one_of_each['state'].code}"]
    assert entries() == anew()


def test_it_is_no_record():
    """Neither history nor fixtures nor permissions know what is derived."""
    assert SearchEntry not in fixtures.FILES.values()
    assert not hasattr(SearchEntry, "versions")
    assert SearchEntry._meta.default_permissions == ()
    names = {model.__name__ for model in apps.get_app_config("archive").get_models()}
    assert "SearchEntryVersion" not in names


def test_each_language_has_the_stemmer_that_postgresql_has_for_it(db):
    """The function names only configurations that are there, on the oldest server, too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT cfgname FROM pg_ts_config")
        known = {name for (name,) in cursor.fetchall()}
        source = (settings.BASE_DIR / "archive/sql/search.sql").read_text()
        named = dict(re.findall(r"WHEN '([a-z]{2})' +THEN '([a-z]+)'", source))
        assert set(named.values()) <= known
        for language, expected in {**named, "en-GB": "english", "kk": "simple"}.items():
            cursor.execute("SELECT archive_configuration(%s)", [language])
            assert cursor.fetchone() == (expected,)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state_is_first", [True, False])
def test_two_writers_leave_no_words_twice(state_is_first):
    """A state is renamed while somebody edits a request of it: both write the request's words."""
    request = publish(make.RequestFactory(summary="A call."))
    statements = [
        f"UPDATE archive_state SET name = 'Sylvania' WHERE id = {request.requester_id}",
        f"UPDATE archive_request SET summary = 'A cry.' WHERE id = {request.pk}",
    ]
    first, second = statements if state_is_first else reversed(statements)
    where = connection.get_connection_params()
    with (
        psycopg.connect(**where) as one,
        psycopg.connect(**where) as other,
        ThreadPoolExecutor(1) as worker,
    ):
        one.execute(first)
        waiting = worker.submit(other.execute, second)
        wait([waiting], timeout=0.2)
        one.commit()
        waiting.result()
        other.commit()
    assert texts("request", request) == ["A cry."]
    assert entries() == anew()
