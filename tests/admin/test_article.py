import pytest

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.forms import filled, page

pytestmark = pytest.mark.django_db


def test_the_text_is_never_altered(editor):
    article = factories.ArticleFactory()
    url = page(article, "change")
    data = filled(editor.get(url)) | {"text": "Another text.", "title": "Another title"}

    assert editor.post(url, data).status_code == 302

    stored = models.Article.objects.get()
    assert (stored.text, stored.title) == (article.text, "Another title")


def test_bounds_are_fixed_once_a_passage_is_cited(editor):
    article = factories.ArticleFactory()
    url = page(article, "change")
    data = filled(editor.get(url)) | {"body_start": "0"}
    assert editor.post(url, data).status_code == 302
    article.refresh_from_db()
    assert article.body_start == 0

    factories.CitationFactory(article=article)
    assert "body_start" not in filled(editor.get(url))
    editor.post(url, filled(editor.get(url)) | {"body_start": "30"})
    article.refresh_from_db()
    assert article.body_start == 0


def test_the_capture_is_shown_with_its_furniture_apart(editor):
    article = factories.ArticleFactory(
        text="Menu <b>\nThe body.\nComments", body_start=9, body_end=18
    )

    content = editor.get(page(article, "change")).content.decode()

    assert '<span class="furniture">Menu &lt;b&gt;\n</span>The body.<span' in content


def test_an_article_is_published_alone(reviewer):
    article = factories.ArticleFactory(status=Status.IN_REVIEW)
    url = page(article, "change")

    reviewer.post(url, filled(reviewer.get(url)) | {"_publish": "x"})

    article.refresh_from_db()
    assert article.status == Status.PUBLISHED
