import pytest
from django.urls import reverse

from archive import models
from archive.models.citation import CITABLE
from tests import factories
from tests.admin.forms import filled, page, words
from tests.factories import BODY_END, BODY_START, QUOTES, TEXT

pytestmark = pytest.mark.django_db

ADD = "admin:archive_citation_add"


@pytest.fixture
def send(editor):
    """Cite, on the form for one citation: an event unless the test says otherwise."""

    def post(**values):
        data = {"target": f"event:{factories.EventFactory().pk}", "quote": QUOTES[0]}
        if "article" not in values:
            data["article"] = factories.ArticleFactory().pk
        url = reverse(ADD)
        return editor.post(url, filled(editor.get(url)) | data | values)

    return post


def test_the_start_is_found_by_the_database(send):
    assert send(start="").status_code == 302

    citation = models.Citation.objects.get()
    assert (citation.start, citation.end) == (
        TEXT.index(QUOTES[0]),
        TEXT.index(QUOTES[0]) + len(QUOTES[0]),
    )


def test_another_quotation_is_found_anew(editor):
    citation = factories.CitationFactory()
    url = page(citation, "change")

    response = editor.post(url, filled(editor.get(url)) | {"quote": QUOTES[3]})

    assert response.status_code == 302
    citation.refresh_from_db()
    assert citation.start == TEXT.index(QUOTES[3])


def test_words_that_stand_twice_need_a_start(send):
    text = f"{TEXT[:BODY_END]} {QUOTES[0]} again."
    article = factories.ArticleFactory(text=text, body_start=BODY_START, body_end=len(text))

    response = send(article=article.pk)
    assert response.status_code == 200
    assert "stands more than once" in words(response)
    assert "give the start of the passage meant" in words(response)

    second = text.rindex(QUOTES[0])
    assert send(article=article.pk, start=str(second)).status_code == 302
    assert models.Citation.objects.get().start == second


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_end_as_in_the_capture_whatever_the_browser_sends(send, ending):
    text = f"One line.{ending}Another line follows."
    article = factories.ArticleFactory(text=text, body_start=0, body_end=len(text))

    response = send(article=article.pk, quote="One line.\r\nAnother line")

    assert response.status_code == 302
    assert models.Citation.objects.get().quote == f"One line.{ending}Another line"


@pytest.mark.parametrize("target", CITABLE)
def test_every_kind_of_record_is_cited_in_one_field(editor, send, target):
    model = models.Citation._meta.get_field(target).related_model
    record = getattr(factories, f"{model.__name__}Factory")()
    key = f"{model._meta.model_name}:{record.pk}"

    assert send(target=key, field=CITABLE[target][0]).status_code == 302

    citation = models.Citation.objects.get()
    assert (citation.target_type, citation.target) == (target, record)
    form = editor.get(page(citation, "change")).context["adminform"].form
    choices = [value for value, _ in form.fields["field"].choices]
    assert choices == ["", *CITABLE[target]]
    assert form["target"].value() == key


def test_a_field_of_another_kind_of_record_is_refused_with_the_right_ones(send):
    response = send(field="troops_low")

    assert response.status_code == 200
    assert "This event has no field “troops_low”. Choose one of: title, kind" in words(response)


def test_the_target_can_be_exchanged(editor):
    citation = factories.CitationFactory(field="place")
    request = factories.RequestFactory()
    url = page(citation, "change")
    data = filled(editor.get(url)) | {"target": f"request:{request.pk}", "field": "sought"}

    assert editor.post(url, data).status_code == 302

    citation.refresh_from_db()
    assert (citation.event, citation.request) == (None, request)


@pytest.mark.parametrize("target", ["", "event:0", "article:1", "event", "x:1"])
def test_a_target_that_is_none_is_refused(send, target):
    response = send(target=target)

    assert response.status_code == 200
    assert not models.Citation.objects.exists()
    assert "required" in words(response) or "Choose one of the listed records" in words(response)


def test_the_same_passage_twice_is_refused(editor):
    citation = factories.CitationFactory()
    url = reverse(ADD)
    data = filled(editor.get(url)) | {
        "target": f"event:{citation.event_id}",
        "article": citation.article_id,
        "quote": citation.quote,
    }

    for start in ("", str(citation.start)):  # by the database, and by the form
        response = editor.post(url, data | {"start": start})
        assert response.status_code == 200
        assert "This passage is already cited for this record." in words(response)


def test_in_an_inline_the_fields_are_those_of_the_record(editor):
    request = factories.RequestFactory()

    formsets = editor.get(page(request, "change")).context["inline_admin_formsets"]

    row = formsets[-1].formset.empty_form
    assert [value for value, _ in row.fields["field"].choices] == ["", *CITABLE["request"]]
    assert not set(row.fields) & {"target", "event"}
