"""The three groups of the desk, written out: what each may do, and nothing else."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

REFERENCE = {"source", "state", "organization", "provision"}
WITH_STATUS = {"article", "membership", "event", "request", "response", "rollcall", "citation"}
PARTS = {"participation", "vote"}
PROVENANCE = {"import", "discrepancy"}

RIGHTS = {
    "Editors": {
        "view": REFERENCE | WITH_STATUS | PARTS | PROVENANCE,
        "add": WITH_STATUS | PARTS,
        "change": WITH_STATUS | PARTS,
        "delete": PARTS | {"citation"},
    },
    "Reviewers": {
        "view": REFERENCE | WITH_STATUS | PARTS | PROVENANCE,
        "add": REFERENCE | WITH_STATUS | PARTS,
        "change": REFERENCE | WITH_STATUS | PARTS | {"discrepancy"},
        "delete": PARTS | {"citation"},
        "publish": WITH_STATUS,
    },
    "Researchers": {"view": REFERENCE | WITH_STATUS | PARTS | PROVENANCE},
}


def rights():
    """What each group may do, as the database has it."""
    return {
        group.name: set(group.permissions.values_list("content_type__app_label", "codename"))
        for group in Group.objects.all()
    }


def expected():
    return {
        name: {("archive", f"{verb}_{model}") for verb, models in verbs.items() for model in models}
        for name, verbs in RIGHTS.items()
    }


@pytest.mark.django_db
def test_groups_have_exactly_their_permissions():
    assert rights() == expected()


@pytest.mark.django_db
def test_migrate_restores_what_was_changed_by_hand():
    Group.objects.get(name="Editors").permissions.add(
        Permission.objects.get(codename="publish_event")
    )
    Group.objects.get(name="Reviewers").permissions.clear()
    call_command("migrate", verbosity=0)
    assert rights() == expected()


@pytest.mark.django_db
def test_groups_of_the_house_are_left_alone():
    own = Group.objects.create(name="Visitors")
    call_command("migrate", verbosity=0)
    assert set(Group.objects.values_list("name", flat=True)) == {*RIGHTS, own.name}


@pytest.mark.django_db(transaction=True)
def test_groups_survive_a_flush():
    call_command("flush", interactive=False, verbosity=0)
    assert rights() == expected()


@pytest.mark.django_db
def test_only_records_with_a_status_can_be_published():
    publishable = Permission.objects.filter(codename__startswith="publish_")
    assert set(publishable.values_list("content_type__model", flat=True)) == WITH_STATUS
