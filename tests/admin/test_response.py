import pytest

from tests import factories
from tests.admin.forms import cells

pytestmark = pytest.mark.django_db


def test_the_list_says_at_which_event_help_was_asked(editor):
    response = factories.ResponseFactory(request__event__title="Troops enter Freedonia")

    [row] = cells(editor, response)

    assert row["request_of"] == f"{response.request} · {response.request.event}"
