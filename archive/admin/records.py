"""Records of several kinds, as the pages of review list them: loaded, in order, with addresses."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.urls import reverse

from archive import models
from archive.admin.lookup import LABEL_NEEDS
from archive.choices import Status
from archive.models.proposal import PROPOSABLE
from archive.models.reviewnote import REVIEWED
from archive.together import belonging

# What goes to review, in the order in which many are moved: what others need first, and
# citations after their records.
KINDS = tuple(name.replace("_", "") for name in REVIEWED)

Key = tuple[str, int]  # a model's name, and the key of a record


def model_named(kind: str) -> Any:
    return apps.get_model("archive", kind)


def loaded(keys: Iterable[Key]) -> dict[Key, Any]:
    """The records, with what their labels read: one query a kind."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for kind, number in keys:
        wanted[kind].add(number)
    return {
        (kind, record.pk): record
        for kind, numbers in wanted.items()
        for record in model_named(kind)
        ._default_manager.filter(pk__in=numbers)
        .select_related(*LABEL_NEEDS.get(kind, ()))
    }


def in_order(records: Iterable[Any]) -> list[Any]:
    """What others hang on before these, and wholes before their parts."""

    def place(record: Any) -> tuple[int, bool, int]:
        is_part = getattr(record, "part_of_id", None) is not None
        return KINDS.index(record._meta.model_name), is_part, record.pk

    return sorted(records, key=place)


def together_with(record: Any, *statuses: Status) -> list[Any]:
    """What belongs with the record and has one of these statuses, ready to be listed."""
    return in_order(loaded(belonging(record, *statuses)).values())


def key_of_subject(row: Any) -> Key:
    """What a proposal or note is about, without loading it."""
    for name in (*PROPOSABLE, *REVIEWED):
        if pk := getattr(row, f"{name}_id", None):
            return name.replace("_", ""), pk
    raise LookupError(row)


def form_of(record: Any, page: str = "change") -> str:
    """The address of a record's form, or of another of its pages."""
    return reverse(f"admin:archive_{record._meta.model_name}_{page}", args=[record.pk])


def review_of(item: Any) -> str:
    """The address where a record or proposal is reviewed."""
    if isinstance(item, models.Proposal):
        return reverse("admin:review_proposal", args=[item.pk])
    return reverse("admin:review_record", args=[item._meta.model_name, item.pk])
