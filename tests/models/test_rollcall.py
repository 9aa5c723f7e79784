import pytest

from archive.models import RollCall
from tests.factories import RollCallFactory
from tests.models.breaches import (
    each,
    each_loadable,
    of_blank,
    of_date,
    of_negative,
    of_slug,
    of_status,
)

pytestmark = pytest.mark.django_db

BREACHES = [
    *of_slug(RollCallFactory),
    *of_status(RollCallFactory),
    *of_blank(RollCallFactory, "title"),
    *of_date(RollCallFactory, "date", blank=False),
    *of_negative(RollCallFactory, "total_yes", "total_no", "total_abstain", "total_absent"),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    roll_call = RollCallFactory(slug="unga-es-11-1")
    assert roll_call.natural_key() == ("unga-es-11-1",)
    assert RollCall.objects.get_by_natural_key("unga-es-11-1") == roll_call


def test_symbol_may_be_blank_or_shared():
    for symbol in ("", "", "A/RES/76/300", "A/RES/76/300"):
        RollCallFactory(symbol=symbol)
    assert RollCall.objects.filter(symbol="A/RES/76/300").count() == 2
