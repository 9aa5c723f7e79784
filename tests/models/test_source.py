import pytest

from archive.models import Source
from tests.factories import SourceFactory
from tests.models.breaches import each, each_loadable, of_blank, of_slug, of_vocabulary

pytestmark = pytest.mark.django_db

BREACHES = [
    *of_slug(SourceFactory),
    *of_blank(SourceFactory, "name"),
    *of_vocabulary(SourceFactory, "kind"),
]


@each(BREACHES)
def test_sql_meets_the_rule(breach):
    breach.refused_by_sql()


@each_loadable(BREACHES)
def test_loaddata_meets_the_rule(breach, tmp_path):
    breach.refused_by_loaddata(tmp_path)


def test_natural_key():
    source = SourceFactory(slug="global-comment")
    assert source.natural_key() == ("global-comment",)
    assert Source.objects.get_by_natural_key("global-comment") == source
