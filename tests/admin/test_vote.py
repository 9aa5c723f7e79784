import pytest

from tests import factories
from tests.admin.forms import page
from tests.admin.query_counts import LIMIT

pytestmark = pytest.mark.django_db


@pytest.fixture
def vote():
    factories.VoteFactory(roll_call__title="On trade")
    return factories.VoteFactory(
        state__name="Freedonia", roll_call__symbol="A/1", roll_call__title="On the situation"
    )


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("freedonia", True),
        ("a/1 Freedonia", True),
        ("'the situation'", True),
        ("'situation the'", False),
        ("freedonia trade", False),
    ],
)
def test_each_word_is_one_of_the_state_or_of_the_roll_call(editor, vote, words, is_found):
    response = editor.get(page(vote, "changelist"), {"q": words})

    assert list(response.context["cl"].result_list) == [vote] * is_found


def test_words_are_looked_for_among_states_and_roll_calls_not_in_every_vote(
    editor, vote, django_assert_max_num_queries
):
    with django_assert_max_num_queries(LIMIT) as asked:
        editor.get(page(vote, "changelist"), {"q": "freedonia"})

    counts = [one["sql"] for one in asked if "COUNT(*)" in one["sql"] and "LIKE" in one["sql"]]
    assert counts
    assert not [sql for sql in counts if 'INNER JOIN "archive_state"' in sql]
