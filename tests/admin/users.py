"""People of the desk, for tests."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group

from archive.roles import EDITORS, RESEARCHERS, REVIEWERS


def make_user(name: str, group: str | None = None, **kwargs: Any) -> Any:
    # Without a password, which takes long to hash; the browser's users set one.
    user = get_user_model().objects.create_user(name, is_staff=True, **kwargs)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def make_editor(name: str = "Edith") -> Any:
    return make_user(name, EDITORS)


def make_reviewer(name: str = "Ruth") -> Any:
    return make_user(name, REVIEWERS)


def make_researcher(name: str = "Rita") -> Any:
    return make_user(name, RESEARCHERS)


def make_superuser(name: str = "Sue") -> Any:
    return make_user(name, is_superuser=True)
