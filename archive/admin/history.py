"""The history of a record as the database kept it: when, who, why, and what changed."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist

MADE, DELETED = "insert", "delete"


def changes_of(record: Any) -> list[dict[str, Any]]:
    """Versions of the record, newest first, each with what it changed of the one before."""
    versions = list(record.versions.select_related("pgh_context").order_by("pgh_id"))
    names = _names_of_users(versions)
    rows, before = [], None
    for version in versions:
        context = version.pgh_context.metadata if version.pgh_context else {}
        rows.append(
            {
                "when": version.pgh_created_at,
                "who": names.get(context.get("user")) or f"database role {version.database_role}",
                "why": context.get("reason", ""),
                "what": {MADE: "made", DELETED: "deleted"}.get(version.pgh_label, "changed"),
                "fields": list(_differences(record, before, version)),
            }
        )
        before = version
    return rows[::-1]


def _names_of_users(versions: list[Any]) -> dict[Any, str]:
    users = {one.pgh_context.metadata.get("user") for one in versions if one.pgh_context}
    found = get_user_model()._default_manager.filter(pk__in=users - {None})
    return {user.pk: user.get_username() for user in found}


def _differences(record: Any, before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """Of each field that changed: its name, and what it was and is in words."""
    if before is None:
        return
    for field in record._meta.concrete_fields:
        if not hasattr(after, field.attname):
            continue  # derived, so not kept
        if getattr(before, field.attname) != getattr(after, field.attname):
            yield field.verbose_name, _in_words(before, field), _in_words(after, field)


def _in_words(version: Any, field: Any) -> str:
    if field.is_relation:
        try:
            return str(getattr(version, field.name) or "")
        except ObjectDoesNotExist:
            return f"no. {getattr(version, field.attname)}, since deleted"
    if field.choices:
        return str(getattr(version, f"get_{field.name}_display")())
    value = getattr(version, field.name)
    if isinstance(value, list):
        return "; ".join(value)
    return "" if value is None else str(value)
