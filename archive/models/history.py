"""History by triggers: every insert, change and deletion of a record, whoever made it.

`@tracked` gives a model a table of versions (``StateVersion`` for ``State``), filled by
database triggers, so that fixtures, imports and plain SQL are recorded like the admin's
own edits. A version moves only when content differs.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Func

from archive.models.fields import is_derived

M = TypeVar("M", bound=type[models.Model])


def tracked(unless_set: str = "") -> Callable[[M], M]:
    """Keep versions of the decorated model, with the database role that wrote each.

    Of rows in which the field `unless_set` has a value neither insert nor deletion is recorded
    here: the model has triggers of its own for them.
    """

    def recorded(row: str) -> Any:
        return pgtrigger.Q(**{f"{row}__{unless_set}__isnull": True}) if unless_set else None

    def track(model: M) -> M:
        derived = [field.name for field in model._meta.concrete_fields if is_derived(field)]
        name = model._meta.object_name
        pghistory.track(
            # By statements: an import makes thousands of records in one.
            pghistory.InsertEvent(level=pgtrigger.Statement, condition=recorded("new")),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(condition=recorded("old")),
            exclude=["updated_at", *derived],
            model_name=f"{name}Version",
            append_only=True,
            obj_field=pghistory.ObjForeignKey(
                related_name="versions", related_query_name="version"
            ),
            attrs={
                "database_role": models.CharField(
                    max_length=63, db_default=Func(function="session_user", template="session_user")
                ),
            },
            meta={"default_permissions": ("view",)},
        )(model)
        return model

    return track
