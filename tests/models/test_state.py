import pytest

from archive.models import State
from tests.factories import StateFactory
from tests.models.breaches import (
    Breach,
    change,
    each,
    each_loadable,
    of_blank,
    of_date,
    of_negative,
)

pytestmark = pytest.mark.django_db

BREACHES = [
    Breach("archive_state_code_key", lambda: change(StateFactory(), code=StateFactory().code)),
    *(
        Breach(
            "archive_state_code_is_alpha3",
            lambda code=code: change(StateFactory(), code=code),
            repr(code),
        )
        for code in ("", "AM", "arm", "AR1", "ÄRM")
    ),
    *(
        Breach(
            "archive_state_m49_has_three_digits",
            lambda m49=m49: change(StateFactory(), m49=m49),
            repr(m49),
        )
        for m49 in ("51", " 51", "5a1", "٠٥١")
    ),
    *of_blank(StateFactory, "name"),
    *of_date(StateFactory, "existed"),
    *of_negative(StateFactory, "cow", "gw"),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    armenia = StateFactory(code="ARM")
    assert armenia.natural_key() == ("ARM",)
    assert State.objects.get_by_natural_key("ARM") == armenia


def test_m49_keeps_its_leading_zeros():
    State.objects.bulk_create([State(code="ARM", name="Armenia", m49="051")])
    assert State.objects.get().m49 == "051"
