import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.forms import filled, page, words

pytestmark = pytest.mark.django_db

CAPTURE = "Menu\r\n\r\n“Nobody came”, said the minister.\n\n\t \n"


@pytest.fixture
def send(editor):
    def post(**values):
        url = reverse("admin:archive_article_add")
        data = filled(editor.get(url)) | {
            "slug": "gazette-1933",
            "title": "Nobody came",
            "source": factories.SourceFactory().pk,
        }
        return editor.post(url, data | values)

    return post


def test_a_file_is_kept_byte_for_byte(send):
    content = CAPTURE.encode()

    response = send(capture=SimpleUploadedFile("capture.txt", content), authors="A\r\n\r\n B \r\n")

    assert response.status_code == 302
    article = models.Article.objects.get()
    assert article.text == CAPTURE
    assert article.sha256 == hashlib.sha256(content).hexdigest()
    assert (article.body_start, article.body_end) == (0, len(CAPTURE))
    assert article.authors == ["A", "B"]


def test_a_pasted_text_keeps_its_blanks_and_ends_its_lines_with_lf(send):
    assert send(text=CAPTURE).status_code == 302

    assert models.Article.objects.get().text == CAPTURE.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, "Give the capture: choose a file, or paste its text here."),
        ({"text": " \n "}, "Give the capture: choose a file"),
        ({"text": "Both.", "capture": b"Both."}, "Give the capture once"),
        ({"capture": "Zürich".encode("latin-1")}, "This file is not in UTF-8."),
        ({"text": "Three words here.", "body_start": "20"}, "The body begins before it ends"),
        ({"text": "Three words here.", "body_end": "99"}, "ends within the text"),
        ({"text": "Three words here.", "published": "May 1933"}, "is not a date"),
    ],
)
def test_a_capture_is_refused_in_words(send, values, expected):
    if "capture" in values:
        values["capture"] = SimpleUploadedFile("capture.txt", values["capture"])

    response = send(**values)

    assert response.status_code == 200
    assert expected in words(response)
    assert not models.Article.objects.exists()


def test_one_capture_is_held_once(send):
    twin = factories.ArticleFactory()

    response = send(text=twin.text)

    assert response.status_code == 200
    assert f"This capture is in the archive already: “{twin}”" in words(response)


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
