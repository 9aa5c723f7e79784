from datetime import date

import pytest

from archive.models import Membership
from tests.factories import MembershipFactory, OrganizationFactory
from tests.models.breaches import (
    WITHDRAWN,
    Breach,
    add,
    change,
    each,
    each_loadable,
    of_date,
    of_slug,
    of_status,
    of_vocabulary,
)

pytestmark = pytest.mark.django_db


def beside(first, **second):
    """A second membership of the same state in the same organization."""
    return MembershipFactory(state=first.state, organization=first.organization, **second)


def overlap(first, second):
    return add(beside(MembershipFactory(period=first), **WITHDRAWN, period=second), **LIVE)


LIVE = {"status": "in_review", "withdrawal_reason": ""}
NO_OVERLAP = "archive_membership_certain_periods_do_not_overlap"

BREACHES = [
    *of_slug(MembershipFactory),
    *of_status(MembershipFactory),
    *of_vocabulary(MembershipFactory, "standing"),
    *of_date(MembershipFactory, "period", blank=False),
    *(
        Breach(
            "archive_membership_period_is_interval",
            lambda period=period: change(MembershipFactory(), period=period),
            period,
        )
        for period in ("1992", "[1992..]")
    ),
    *(
        Breach(NO_OVERLAP, lambda pair=pair: overlap(*pair), " and ".join(pair))
        for pair in (
            ("1920/1930", "1920/1930"),
            ("1920/1930", "1925/1926"),
            ("1920/1930-06-15", "1930-06-15/1940"),
            ("1920/", "1950/.."),
            ("../1930", "1900/1910"),
        )
    ),
    Breach(
        NO_OVERLAP,
        lambda: change(beside(MembershipFactory(), period="1940/1950"), period="1930/1950"),
        "after a change of the period",
    ),
    Breach(
        NO_OVERLAP,
        lambda: change(beside(MembershipFactory(), **WITHDRAWN), **LIVE),
        "after a withdrawal is taken back",
    ),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    membership = MembershipFactory(slug="uzb-csto-2006")
    assert membership.natural_key() == ("uzb-csto-2006",)
    assert Membership.objects.get_by_natural_key("uzb-csto-2006") == membership


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1920/1930", "1930/1940"),  # left and returned in some part of 1930
        ("/1930", "1920/1930"),  # an unknown start leaves no day certain
        ("1920/1930-06-15", "1930-06-16/1940"),
        ("1920~/1930?", "1931/"),
    ],
)
def test_vague_or_adjoining_periods_may_stand_side_by_side(first, second):
    assert beside(MembershipFactory(period=first), period=second).pk


def test_withdrawn_memberships_do_not_count():
    first = MembershipFactory(**WITHDRAWN)
    assert beside(first).pk
    assert beside(first, **WITHDRAWN).pk


def test_other_states_and_organizations_do_not_count():
    first = MembershipFactory()
    assert MembershipFactory(state=first.state).pk
    assert MembershipFactory(organization=first.organization).pk


def test_in_force_on_says_how_sure():
    league = OrganizationFactory()
    for period in ("1920/1930", "1925-06/1940", "1931/", "/1922"):
        MembershipFactory(organization=league, period=period)
    found = Membership.objects.in_force_on(date(1925, 6, 10)).values_list("period", "on")
    assert set(found) == {("1920/1930", "certain"), ("1925-06/1940", "possible")}
