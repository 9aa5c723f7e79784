"""What is handed in and published together."""

import pytest

from archive.choices import Status
from archive.together import belonging
from tests import factories

pytestmark = pytest.mark.django_db


def keys(*records):
    return {(one._meta.model_name, one.pk) for one in records}


def cited(record):
    """A draft of an article, where the record is cited."""
    name = factories.models.Citation.target_field_of(type(record))
    return factories.CitationFactory(**{name: record}, article=factories.ArticleFactory()).article


@pytest.fixture
def family():
    """An event with a request, its answer, and the article where only the request is cited."""
    answer = factories.ResponseFactory()
    article = cited(answer.request)
    return [article, answer.request.event, answer.request, answer]


def test_each_of_a_family_leads_to_the_others(family):
    factories.ResponseFactory()  # of another event
    for record in family:
        assert belonging(record, Status.DRAFT) == keys(*(one for one in family if one != record))
        assert belonging(record, Status.IN_REVIEW) == set()


@pytest.mark.parametrize("kind", ["Membership", "RollCall"])
def test_what_has_no_event_belongs_with_its_article(kind):
    record = getattr(factories, f"{kind}Factory")()
    article = cited(record)
    assert belonging(record, Status.DRAFT) == keys(article)
    assert belonging(article, Status.DRAFT) == keys(record)


def test_parts_lead_to_the_article_too():
    part, vote = factories.ParticipationFactory(), factories.VoteFactory()
    for one, whole in ((part, part.event), (vote, vote.roll_call)):
        article = cited(one)
        assert belonging(whole, Status.DRAFT) == keys(article)


def test_a_passage_of_something_public_belongs_with_its_article():
    event, draft = factories.publish(factories.EventFactory()), factories.EventFactory()
    article = factories.ArticleFactory()
    quotes = iter(factories.QUOTES)
    further = factories.CitationFactory(event=event, article=article, quote=next(quotes))
    factories.CitationFactory(event=draft, article=article, quote=next(quotes))
    assert belonging(article, Status.DRAFT) == keys(further, draft)
    assert belonging(further, Status.DRAFT) == keys(article)
