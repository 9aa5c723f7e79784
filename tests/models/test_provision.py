import pytest

from archive.models import Provision
from tests.factories import ProvisionFactory
from tests.models.breaches import each, each_loadable, of_blank, of_slug

pytestmark = pytest.mark.django_db

BREACHES = [
    *of_slug(ProvisionFactory),
    *of_blank(ProvisionFactory, "instrument", "gist"),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    provision = ProvisionFactory(slug="cst-article-4")
    assert provision.natural_key() == ("cst-article-4",)
    assert Provision.objects.get_by_natural_key("cst-article-4") == provision
