"""What the database refuses, in words for a curator."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.models import ProtectedError
from django.utils.text import capfirst
from psycopg.errors import DeadlockDetected, StringDataRightTruncation


class Refused(Exception):  # noqa: N818 - an answer, not a malfunction
    """What was asked for is not done; the message says why, in words for a curator.

    `rule` names the constraint where it was the database that refused.
    """

    rule = ""


def name_of(record: Any) -> str:
    """“Event “Sev Lich (May 2021)””, for messages."""
    return f"{capfirst(record._meta.verbose_name)} “{str(record).strip('“”')}”"


def is_deadlock(error: Exception) -> bool:
    """Two waited for each other, and PostgreSQL undid this one."""
    return isinstance(error.__cause__, DeadlockDetected)


def judge_now() -> None:
    """Let the database judge now by the rules that it keeps for COMMIT."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def refused_in_words() -> Iterator[None]:
    """A savepoint that is judged at its end; a refusal undoes it and is raised as `Refused`."""
    try:
        with transaction.atomic():
            yield
            judge_now()
    except (DataError, IntegrityError, ProtectedError) as error:
        refusal = Refused(words_of(error))
        diagnosis = getattr(error.__cause__, "diag", None)
        refusal.rule = getattr(diagnosis, "constraint_name", None) or ""
        raise refusal from error
    except OperationalError as error:
        if not is_deadlock(error):
            raise
        raise Refused(words_of(error)) from error


def words_of(error: Exception) -> str:
    """The database's refusal as words for a person: the rule broken, and the remedy."""
    if isinstance(error, ProtectedError):
        names = sorted(name_of(row) for row in error.protected_objects)
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""
        return f"This is still needed by {', '.join(names[:5])}{more}."
    if is_deadlock(error):
        return "Somebody saved the same rows at the same moment. Nothing is saved: save again."
    if isinstance(error.__cause__, StringDataRightTruncation):
        return "A text is too long. Say it in fewer words; a reason has at most 500 characters."
    diagnosis = getattr(error.__cause__, "diag", None)
    if isinstance(error, DataError) or diagnosis is None:
        return f"This cannot be kept: {error}"
    if diagnosis.message_hint:
        return f"{diagnosis.message_primary} {diagnosis.message_hint}"
    said = " ".join(filter(None, (diagnosis.message_primary, diagnosis.message_detail)))
    return _messages().get(diagnosis.constraint_name or "", said)


@cache
def _messages() -> dict[str, str]:
    """The words of each named constraint, as its model declares them."""
    return {
        constraint.name: str(constraint.get_violation_error_message())
        for model in apps.get_app_config("archive").get_models()
        for constraint in model._meta.constraints
    }
