"""Every rule of the database, met by the form of the admin.

The ways to break the rules are those of `tests/models`; here each is typed into the form of
its record, which must come back with words, and nothing saved.
"""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps

from archive.models import Citation
from archive.models.actors import Actor
from archive.models.base import Record
from archive.models.citation import CITABLE
from tests.admin.forms import filled, page, words
from tests.models.breaches import Breach, force_deferred

MODULES = (
    "article",
    "citation",
    "event",
    "membership",
    "organization",
    "participation",
    "provision",
    "request",
    "response",
    "rollcall",
    "source",
    "state",
    "triggers",
    "vote",
)

# Rules that no form can break, because the form does not offer the column.
UNSAYABLE = {
    "_status_in_vocabulary": "the status moves by buttons",
    "_withdrawn_has_reason": "withdrawing asks the reason, see test_publishing.py",
    "archive_published_can_only_be_withdrawn": "there is no button back to draft",
    "archive_article_keeps_its_quotations": "text and bounds of a cited article are read only",
    "archive_article_text_not_blank": "the text is read only; of a new one: test_article.py",
    "archive_article_sha256_key": "as above",
    "archive_citation_uuid_key": "the number is the database's",
}


def breaches() -> dict[str, list[Breach]]:
    """All ways to break each rule, by module and rule."""
    found: dict[str, list[Breach]] = {}
    for module in MODULES:
        for breach in import_module(f"tests.models.test_{module}").BREACHES:
            found.setdefault(f"{module}: {breach.rule}", []).append(breach)
    return found


BREACHES = breaches()


def is_unsayable(key: str) -> bool:
    return any(key.endswith(rule) for rule in UNSAYABLE)


def count_rows() -> dict[str, Any]:
    return {
        model.__name__: list(model.objects.order_by("pk").values())
        for model in apps.get_app_config("archive").get_models()
        if issubclass(model, Record)
    }


def is_sayable(record: Any) -> bool:
    """A new record is a draft on the form; an actor and a target are one field each."""
    is_draft = record.pk is not None or getattr(record, "status", "draft") == "draft"
    pairs = [
        {actor.state, actor.organization}
        for actor in vars(type(record)).values()
        if isinstance(actor, Actor)
    ]
    choices = [*pairs, set(CITABLE)] if isinstance(record, Citation) else pairs
    return is_draft and all(
        sum(getattr(record, f"{name}_id") is not None for name in names) <= 1 for names in choices
    )


def typed(client: Any, breach: Breach) -> tuple[str, dict[str, str]] | None:
    """The form's address and what is typed into it; None if the form cannot say it."""
    writes = breach.plan()
    if isinstance(writes, list) or writes.deletes:
        return None
    force_deferred()
    record = writes.record
    url = page(record, "add" if record.pk is None else "change")
    response = client.get(url)
    assert response.status_code == 200
    before = filled(response, record)
    writes.apply()
    after = filled(response, record)
    if (before == after and record.pk is not None) or not is_sayable(record):
        return None
    return url, {**after, "change_reason": "To see what comes."}


@pytest.mark.parametrize("key", [key for key in BREACHES if not is_unsayable(key)])
def test_form_meets_the_rule(superuser, key):
    for breach in BREACHES[key]:
        if (form := typed(superuser, breach)) is None:
            continue
        url, data = form
        before = count_rows()

        response = superuser.post(url, data)

        assert response.status_code == 200, f"{breach}: it was saved"
        assert words(response)
        assert "ManagementForm" not in words(response)
        assert 'class="errornote"' in response.content.decode()
        assert count_rows() == before
        return
    pytest.fail(f"No form can break {key}: say why in UNSAYABLE.")


@pytest.mark.parametrize("key", [key for key in BREACHES if is_unsayable(key)])
def test_no_form_can_break_the_rest(superuser, key):
    assert [str(breach) for breach in BREACHES[key] if typed(superuser, breach)] == []


def deletions() -> list[Breach]:
    return [
        breach for found in BREACHES.values() for breach in found if breach.how.endswith("deleted")
    ]


@pytest.mark.parametrize("breach", deletions(), ids=str)
def test_deletion_meets_the_rule(superuser, breach):
    plan = breach.plan()
    write = plan[-1] if isinstance(plan, list) else plan  # what cites it goes with it
    force_deferred()
    before = count_rows()

    response = superuser.post(page(write.record, "delete"), {"post": "yes"}, follow=True)

    assert response.status_code == 200
    assert "Not deleted. " in response.content.decode()
    assert count_rows() == before
