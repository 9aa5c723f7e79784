"""What the tests of the reading desk share: its addresses, its answers, people."""

from django.contrib.auth.models import Permission
from django.urls import reverse

from tests.admin.conftest import client_of
from tests.admin.users import make_user


def at(article, name=""):
    return reverse(f"admin:archive_article_read{name}", args=[article.pk])


def errors_of(response, status=422):
    assert response.status_code == status, response.content
    return " ".join(word for words in response.json()["errors"].values() for word in words)


def with_permissions(name, *codenames):
    user = make_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return client_of(user)
