"""Role × action × status, for every kind of record; and every route of the desk by role.

The routes are read from the resolver, so that a new one cannot be forgotten: strangers are
asked to log in, and whatever a researcher sends, nothing changes.
"""

import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

from archive import models, publication
from archive.choices import Status
from archive.models.base import Publishable
from tests import factories
from tests.admin.forms import filled, page
from tests.admin.stage import stage
from tests.admin.test_every_model import RECORDS
from tests.admin.test_permissions import event_that_is
from tests.admin.users import make_editor

pytestmark = pytest.mark.django_db

ROLES = ("researcher", "editor", "reviewer", "superuser")
DRAFT, IN_REVIEW, PUBLISHED, WITHDRAWN = Status
EVERY = set(Status)

# --- Role × action × status ----------------------------------------------------------------

# By action, the statuses in which a role may do it; in the order of ROLES.
MATRIX = {
    "view": (EVERY, EVERY, EVERY, EVERY),
    "change": (set(), {DRAFT}, EVERY, EVERY),
    "submit": (set(), {DRAFT}, {DRAFT, WITHDRAWN}, {DRAFT, WITHDRAWN}),
    "publish": (set(), set(), {IN_REVIEW, WITHDRAWN}, {IN_REVIEW, WITHDRAWN}),
    "return_to_draft": (set(), set(), {IN_REVIEW}, {IN_REVIEW}),
    "withdraw": (set(), set(), EVERY - {WITHDRAWN}, EVERY - {WITHDRAWN}),
    "delete": (set(), set(), set(), EVERY),
}
# Parts and passages are taken out of drafts by whoever may change them.
TAKEN_OUT = (set(), {DRAFT}, {DRAFT}, EVERY)
SHARED = {"participation": "event", "vote": "roll_call"}
WITH_STATUS = [model for model in RECORDS if issubclass(model, Publishable)]
REFERENCE = {"source", "state", "organization", "provision"}


def allowed(action, role, name="event"):
    table = MATRIX[action]
    if action == "delete" and (name in SHARED or name == "citation"):
        table = TAKEN_OUT
    return table[ROLES.index(role)]


def may(user, action, record):
    """What the rules say, which the desk's forms and buttons follow."""
    match action:
        case "view":
            return publication.has_permission(user, "view", record)
        case "change":
            return publication.may_change(user, record)
        case "delete":
            return publication.may_delete(user, record)
    return action in publication.verbs_for(user, record)


@pytest.mark.parametrize("role", ROLES)
def test_role_by_action_by_status_for_every_kind(role, request):
    user = request.getfixturevalue(role).user
    different = []
    for model in [*WITH_STATUS, models.Participation, models.Vote]:
        record = getattr(factories, f"{model.__name__}Factory")()
        name = model._meta.model_name
        for action in MATRIX:
            if name in SHARED and action not in {"view", "change", "delete"}:
                continue
            for status in Status:
                publication.owner_of(record).status = status
                expected = status in allowed(action, role, name)
                if may(user, action, record) != expected:
                    different.append((name, action, status.value, f"expected {expected}"))
    assert different == []


@pytest.mark.parametrize("role", ROLES)
def test_reference_rows_by_role(role, request, rf):
    asked = rf.get("/")
    asked.user = request.getfixturevalue(role).user
    for name in REFERENCE:
        model_admin = admin.site.get_model_admin(apps.get_model("archive", name))
        may_write = role in {"reviewer", "superuser"}
        assert model_admin.has_view_permission(asked)
        assert model_admin.has_add_permission(asked) == may_write
        assert model_admin.has_change_permission(asked) == may_write
        assert model_admin.has_delete_permission(asked) == (role == "superuser")


def attempt(client, action, event, data):
    """Whether the desk lets the client do it to the event; leaves no trace."""
    before = models.Event.objects.values().get(pk=event.pk)
    url = page(event, "change")
    with transaction.atomic():
        if action == "change":
            client.post(url, data | {"summary": "As it is."})
        elif action == "withdraw":
            client.post(page(event, "withdraw"), {"reason": "Told twice."})
        elif action == "delete":
            client.post(page(event, "delete"), {"post": "yes"})
        else:
            client.post(url, data | {f"_{action}": "1", "comment": "Look again."})
        after = models.Event.objects.values().filter(pk=event.pk).first()
        transaction.set_rollback(True)
    return before != after


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", ROLES)
def test_role_by_action_by_status_in_the_desk(role, status, request):
    """The same for an event, by what comes of the forms and buttons themselves."""
    client, event = request.getfixturevalue(role), event_that_is(status)
    data = filled(client.get(page(event, "change"))) | {"change_reason": "Read again."}

    done = {
        action for action in MATRIX if action != "view" and attempt(client, action, event, data)
    }

    assert done | {"view"} == {action for action in MATRIX if status in allowed(action, role)}


# --- Every route ---------------------------------------------------------------------------


def routes(resolver=None, before=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        whole = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, whole)
        else:
            yield whole, pattern.name or ""


DESK = [(route, name) for route, name in routes() if route.startswith("admin/")]
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")


def address(route, records):
    """The route with a record in the place of each parameter."""
    of = re.match(r"admin/(?:archive|auth|review)/(\w+)/", route)
    name = of[1] if of and of[1] in records else "event"
    record = records[name]

    def value(match):
        parameter = match[1] or match[2]
        if parameter in {"object_id", "article_id", "pk"}:
            return str(record.pk)
        known = {
            "content_type_id": lambda: ContentType.objects.get_for_model(record).pk,
            "app_label": lambda: "archive",
            "kind": lambda: name,
            "url": lambda: "nothing",
            "id": lambda: record.pk,
            "version": lambda: record.versions.order_by("pgh_id").first().pgh_id,
        }
        assert parameter in known, f"Say in `known` what “{parameter}” of {route} can be."
        return str(known[parameter]())

    return "/" + PARAMETER.sub(value, route).replace("^", "").replace("$", "")


def all_records():
    records = stage(1)
    proposal = models.Proposal.objects.create(
        event=records["event"],
        proposed={"summary": "As it is."},
        reason="Read again.",
        based_on=1,
        made_by=make_editor("Proposer"),
    )
    discrepancy = models.Discrepancy.objects.first()
    own = {
        "user": proposal.made_by,
        "group": Group.objects.first(),
        "discrepancy": discrepancy,
        "import": discrepancy.source_import,
    }
    return {**records, **own, "proposal": proposal}


def everything():
    """A digest of each table, so that no change is missed; sessions come and go."""
    tables = set(connection.introspection.table_names()) - {"django_session"}
    digests = (
        f"SELECT '{table}', md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM \"{table}\" t"
        for table in sorted(tables)
    )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(digests))
        return dict(cursor.fetchall())


def writes(captured):
    """What was written, by its statements; sessions come and go."""
    return [
        query["sql"]
        for query in captured
        if re.match(r"\s*(INSERT|UPDATE|DELETE|MERGE)", query["sql"], re.IGNORECASE)
        and '"django_session"' not in query["sql"]
    ]


def payload(record, form):
    """What forms, buttons and actions of the desk would send, all of it at once."""
    return form | {
        "summary": "Tampered with.",
        "name": "Tampered with.",
        "title": "Tampered with.",
        "change_reason": "Because.",
        "comment": "Because.",
        "reason": "Because.",
        "settlement": "held",
        "post": "yes",
        "_selected_action": str(record.pk),
        "action": "withdraw_chosen",
        "_apply": "1",
    }


def form_of(client, url):
    """The form that a superuser is shown there, filled in as it stands."""
    response = client.get(url)
    context = response.context
    return filled(response) if context is not None and "adminform" in context else {}


def test_strangers_are_asked_to_log_in_at_every_route(client):
    records = all_records()
    before = everything()
    for route, name in DESK:
        url = address(route, records)
        if name == "login":
            continue
        for answer in (client.get(url), client.post(url, payload(records["event"], {}))):
            where = answer.headers.get("Location", "")
            assert answer.status_code in {301, 302, 405}, route
            assert where.startswith("/admin/") or answer.status_code == 405, route
            assert answer.content == b"" or answer.status_code == 405, route
    assert everything() == before


def test_a_researcher_changes_nothing_by_any_route(researcher, superuser):
    records = all_records()
    forms = {
        route: form_of(superuser, address(route, records))
        for route, name in DESK
        if name.endswith(("_change", "_add"))
    }
    before = everything()
    for route, name in DESK:
        if name in {"login", "logout"}:
            continue  # these are about the session alone
        url = address(route, records)
        with CaptureQueriesContext(connection) as captured:
            assert researcher.get(url).status_code < 500, route
            answer = researcher.post(url, payload(records["event"], forms.get(route, {})))
            assert answer.status_code < 500, route
        assert writes(captured) == [], route
    assert everything() == before


def test_the_same_from_a_superuser_changes_much(superuser):
    """Else the test above would prove nothing."""
    records = all_records()
    before, changing = everything(), set()
    for route, name in DESK:
        if not name.startswith("archive_event_") or name.endswith("_add"):
            continue
        url = address(route, records)
        form = form_of(superuser, url) if name.endswith("_change") else {}
        with transaction.atomic():
            superuser.post(url, payload(records["event"], form))
            if everything() != before:
                changing.add(name)
            transaction.set_rollback(True)
    assert {
        "archive_event_change",
        "archive_event_withdraw",
        "archive_event_changelist",
    } <= changing
