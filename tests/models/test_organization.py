import pytest

from archive.models import Organization
from tests.factories import OrganizationFactory
from tests.models.breaches import each, each_loadable, of_blank, of_date, of_slug, of_vocabulary

pytestmark = pytest.mark.django_db

BREACHES = [
    *of_slug(OrganizationFactory),
    *of_blank(OrganizationFactory, "name"),
    *of_vocabulary(OrganizationFactory, "kind"),
    *of_date(OrganizationFactory, "founded", "dissolved"),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    csto = OrganizationFactory(slug="csto")
    assert csto.natural_key() == ("csto",)
    assert Organization.objects.get_by_natural_key("csto") == csto
