"""The form of a record says which imports brought or confirm it, and on which lines."""

import pytest
from django.utils.html import strip_tags
from playwright.sync_api import expect

from archive import models
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.forms import page
from tests.admin.test_queries import queries_of
from tests.admin.users import make_reviewer

pytestmark = pytest.mark.django_db


def line(record, number, *, made, **kwargs):
    """A line of an import, by default of one of its own, that made or confirms the record."""
    taken = kwargs.get("source_import") or factories.ImportFactory()
    about = models.Citation.target_field_of(type(record))
    models.ImportedRow.objects.create(
        source_import=taken, line=number, made=made, **{about: record}
    )
    return taken


def imported_vote(number=7, **kwargs):
    taken = kwargs.pop("imported", None) or factories.ImportFactory(file_name="votes.csv")
    return factories.VoteFactory(imported=taken, import_line=number, **kwargs)


def text(response):
    assert response.status_code == 200
    return " ".join(strip_tags(response.content.decode()).split())


def test_a_vote_names_the_line_that_made_it_and_those_that_confirm_it(researcher):
    vote = imported_vote()
    other = line(vote, 12, made=False, source_import=factories.ImportFactory(file_name="more.csv"))

    response = researcher.get(page(vote, "change"))

    assert "Made by line 7 of votes.csv. Confirmed by line 12 of more.csv." in text(response)
    for taken in (vote.imported, other):
        assert f'href="{page(taken, "change")}"' in response.content.decode()


def test_a_membership_names_all_lines_of_an_import_at_once(editor):
    membership = factories.MembershipFactory()
    taken = line(membership, 4, made=True)
    for number in (3, 9):
        line(membership, number, made=True, source_import=taken)

    assert "Made by lines 3, 4 and 9 of un_votes.csv." in text(
        editor.get(page(membership, "change"))
    )


def test_a_roll_call_names_the_line_that_confirms_it(editor):
    roll_call = factories.RollCallFactory()
    line(roll_call, 2, made=False)

    shown = text(editor.get(page(roll_call, "change")))

    assert "Confirmed by line 2 of un_votes.csv." in shown
    assert "Made by" not in shown


@pytest.mark.parametrize("make", [factories.VoteFactory, factories.MembershipFactory])
def test_what_no_import_brought_says_nothing_of_imports(editor, make):
    response = editor.get(page(make(), "change"))

    assert response.context["origins"] == []
    assert 'class="origins"' not in response.content.decode()


def test_a_roll_says_of_each_vote_the_line_that_made_it(editor):
    vote = imported_vote()
    factories.VoteFactory(roll_call=vote.roll_call)

    shown = editor.get(page(vote.roll_call, "change")).content.decode()

    assert shown.count(">line 7</a>") == 1
    assert f'<a href="{page(vote.imported, "change")}"' in shown
    assert 'aria-label="Line 7 of votes.csv"' in shown


def test_many_lines_cost_no_more_queries_than_one(reviewer):
    first = imported_vote()
    roll_call, membership = first.roll_call, factories.MembershipFactory()
    records = (first, roll_call, membership)
    for record in records:
        line(record, 3, made=False)
    before = [len(queries_of(reviewer, page(record, "change"))) for record in records]

    for number in range(3):
        imported_vote(number + 20, roll_call=roll_call)
        for record in records:
            line(record, number + 20, made=False)

    after = [queries_of(reviewer, page(record, "change")) for record in records]
    assert [len(sql) for sql in after] == before, after


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_column_of_lines_is_there_only_where_an_import_brought_votes(open_as):
    vote, other = imported_vote(), factories.VoteFactory()
    line(vote.roll_call, 3, made=True)
    browser = open_as(make_reviewer(), page(vote.roll_call, "change"))
    heading = browser.locator("#votes-group th.column-line")
    expect(heading).to_be_visible()
    assert findings_of(browser) == []

    browser.goto(page(other.roll_call, "change"))
    expect(heading).to_be_hidden()
