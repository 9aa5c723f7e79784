"""The three groups of the desk, and what each may do.

Editors write drafts and submit them; reviewers also publish, withdraw, and keep the
reference rows (sources, states, organizations, provisions). Deleting a record for good is
for superusers; rows that only belong to another (a participation, a vote) and citations
can be taken out by whoever may change them. Imports are made by commands; where they differ from
the archive, reviewers settle it. Researchers see everything, drafts included, and change nothing.
"""

from typing import Any

EDITORS = "Editors"
REVIEWERS = "Reviewers"
RESEARCHERS = "Researchers"
GROUPS = (EDITORS, REVIEWERS, RESEARCHERS)

REFERENCE = ("source", "state", "organization", "provision")
RECORDS = ("article", "membership", "event", "request", "response", "rollcall", "citation")
PARTS = ("participation", "vote")
PROVENANCE = ("import", "discrepancy")


def permissions_of(group: str) -> set[str]:
    """Code names of the permissions of a group."""
    granted = {f"view_{model}" for model in (*REFERENCE, *RECORDS, *PARTS, *PROVENANCE)}
    if group == RESEARCHERS:
        return granted
    granted |= {f"{verb}_{model}" for verb in ("add", "change") for model in (*RECORDS, *PARTS)}
    granted |= {f"delete_{model}" for model in (*PARTS, "citation")}
    if group == REVIEWERS:
        granted |= {f"{verb}_{model}" for verb in ("add", "change") for model in REFERENCE}
        granted |= {f"publish_{model}" for model in RECORDS} | {"change_discrepancy"}
    return granted


def make_groups(using: str = "default", **kwargs: Any) -> None:
    """After each migrate: the groups exist and have exactly these permissions."""
    from django.contrib.auth.models import Group, Permission

    for name in GROUPS:
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set(
            Permission.objects.using(using).filter(
                content_type__app_label="archive", codename__in=permissions_of(name)
            )
        )
