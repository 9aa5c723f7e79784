"""In a real browser: from a pasted article to a saved draft; and a corrected capture."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.conftest import findings_of
from tests.admin.reading import tab_to
from tests.admin.users import make_editor
from tests.factories import QUOTES, TEXT, CitationFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PROSE = (
    "Freedonia asked the League for help on 3 May 1933, after troops of Sylvania had crossed the "
    "river in the night and taken the customs house 🕊 on the northern bank.\n"
    "The League never answered the call, said the minister of Freedonia in the evening; the "
    "secretary had gone home, and the telephone rang in an empty room until morning.\n"
)


@pytest.fixture
def desk(open_as):
    """The browser of an editor; fails where a script failed or broke the policy."""
    complaints = []
    page = open_as(make_editor(), "about:blank")
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        # Inline styles are those of axe itself.
        lambda line: (
            complaints.append(line.text)
            if "Policy" in line.text and "inline style" not in line.text
            else None
        ),
    )
    yield page
    assert complaints == []


def select_words(page, words):
    page.evaluate(
        """(words) => {
            const lines = [...document.querySelectorAll('#capture p')];
            const node = lines.find((line) => line.textContent.includes(words)).firstChild;
            const at = node.data.indexOf(words);
            getSelection().setBaseAndExtent(node, at, node, at + words.length);
        }""",
        words,
    )


def test_from_a_pasted_article_to_a_draft(desk):
    page = desk
    source = factories.SourceFactory(name="The Gazette", homepage="https://gazette.example/")
    held = factories.ArticleFactory(text=PROSE, body_start=0, body_end=len(PROSE))
    text = f"Menu \t \n\nNobody came to help\n{PROSE}Comments (1)\nFirst! 🕊  \n"

    page.goto(reverse("admin:archive_article_changelist"))
    page.get_by_role("link", name="Add article").click()
    page.get_by_role("button", name="Read the document").click()
    expect(page.get_by_role("alert")).to_contain_text("choose a file, or paste its text")
    page.get_by_label("Address").fill("https://gazette.example/1933/05/04/nobody-came-to-help")
    page.get_by_label("Or paste the text").fill(text)
    assert findings_of(page) == []
    page.get_by_role("button", name="Read the document").click()

    expect(page.get_by_label("Title:")).to_have_value("Nobody came to help")
    expect(page.locator("#id_published")).to_have_value("1933-05-04")
    expect(page.locator("#id_source + .select2")).to_contain_text("The Gazette")
    expect(page.locator("#capture .furniture")).to_contain_text(["Menu", "Comments (1)", "First!"])
    page.get_by_role("button", name=f"First published by {held.source}").click()
    expect(page.locator("#id_first_published_by + .select2")).to_contain_text(held.source.name)
    assert findings_of(page) == []

    # The editor corrects: the title line is left out, a date is mistyped at first.
    select_words(page, "Freedonia asked")
    page.get_by_role("button", name="The body begins at the selection").click()
    expect(page.locator("#id_body_start")).to_have_value(str(text.index("Freedonia")))
    expect(page.locator("#capture .furniture")).to_have_count(4)
    page.locator("#id_published").fill("4 May")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".errorlist")).to_contain_text("is not a date")
    expect(page.locator("#id_first_published_by + .select2")).to_contain_text(held.source.name)
    page.locator("#id_published").fill("1933-05-04")
    page.get_by_role("button", name="Save", exact=True).first.click()

    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    article = models.Article.objects.exclude(pk=held.pk).get()
    assert article.text == text
    assert article.text[article.body_start : article.body_end] == PROSE.strip()
    assert (article.status, article.source) == (Status.DRAFT, source)
    assert article.first_published_by == held.source


def test_a_corrected_capture(desk):
    page = desk
    article = factories.ArticleFactory(text=TEXT)
    moving = CitationFactory(article=article, quote=QUOTES[5])
    changed = CitationFactory(article=article, quote=QUOTES[3])
    new = TEXT.replace("Menu", "Menu 🕊").replace("The League never", "The League has never")

    page.goto(reverse("admin:archive_article_change", args=[article.pk]))
    page.get_by_role("link", name="Replace the capture…").click()
    page.get_by_label("Or paste the text").fill(new)
    page.get_by_role("button", name="Show what becomes of the citations").click()

    expect(page.get_by_text("1 of 2 citations move by themselves; 1 needs you.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text=QUOTES[5])
    expect(row).to_contain_text(str(new.index(QUOTES[5])))
    # The bounds as proposed hold the menu too.
    select_words(page, "Freedonia asked")
    page.get_by_role("button", name="The body begins at the selection").click()
    with page.expect_navigation():  # the same page again: nothing on it tells the two apart
        page.get_by_role("button", name="Look again with these bounds").click()
    assert findings_of(page) == []

    page.get_by_role("button", name="Replace the capture").click()
    group = page.get_by_role("group").filter(has_text="It stood at")
    expect(group.get_by_role("alert")).to_contain_text("give the words to quote instead")
    # What needs a person is decided by keyboard.
    tab_to(page, "textarea[name^=words]")
    page.keyboard.type("The League has never answered")
    tab_to(page, "[name=_save]")
    page.keyboard.press("Enter")

    expect(page.locator(".messagelist")).to_contain_text("is replaced")
    article.refresh_from_db()
    moving.refresh_from_db()
    changed.refresh_from_db()
    assert article.text == new
    assert article.body_start == new.index("Freedonia")
    assert moving.start == new.index(QUOTES[5])
    assert changed.quote == "The League has never answered"
