"""What the tests of the reading desk share: its addresses, its answers, people."""

from django.contrib.auth.models import Permission
from django.urls import reverse
from playwright.sync_api import expect

from tests.admin.conftest import client_of
from tests.admin.users import make_user

# Fills in fields of the panel; in a box, it chooses a record, which other tests do by hand.
FILL = """(fields) => {
    for (const [name, value] of Object.entries(fields)) {
        const input = document.querySelector(`#cite [name="${name}"]`);
        if (input.matches('.admin-autocomplete')) {
            input.append(new Option(value, value, true, true));
        }
        input.value = value;
        input.dispatchEvent(new Event('change', {bubbles: true}));
    }
}"""


def at(article, name=""):
    return reverse(f"admin:archive_article_read{name}", args=[article.pk])


def errors_of(response, status=422):
    assert response.status_code == status, response.content
    return " ".join(word for words in response.json()["errors"].values() for word in words)


def with_permissions(name, *codenames):
    user = make_user(name)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return client_of(user)


# --- In a browser ------------------------------------------------------------------------


def drag(page, first, last):
    """Mark from the beginning of some words to the end of others, with the mouse."""
    ends = page.evaluate(
        """([first, last]) => {
            const find = (words) => {
                const texts = document.createTreeWalker(
                    document.getElementById('body'), NodeFilter.SHOW_TEXT);
                while (texts.nextNode()) {
                    const at = texts.currentNode.data.indexOf(words);
                    if (at < 0) continue;
                    const range = document.createRange();
                    range.setStart(texts.currentNode, at);
                    range.setEnd(texts.currentNode, at + words.length);
                    texts.currentNode.parentElement.scrollIntoView({block: 'center'});
                    return range;
                }
                throw new Error(`not in one piece: ${words}`);
            };
            const [from, to] = [find(first), find(last)];
            const [one] = from.getClientRects();
            const other = [...to.getClientRects()].at(-1);
            return [one.left + 1, one.top + one.height / 2,
                    other.right - 1, other.top + other.height / 2];
        }""",
        [first, last],
    )
    page.mouse.move(ends[0], ends[1])
    page.mouse.down()
    page.mouse.move((ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2)
    page.mouse.move(ends[2], ends[3])
    page.mouse.up()
    expect(page.locator("#panel")).to_be_visible()
    expect(page.locator("#quote")).to_contain_text(last)


def fill(page, kind="", /, **values):
    prefix = f"{kind}-" if kind else ""
    page.evaluate(FILL, {f"{prefix}{name}": str(value) for name, value in values.items()})


def save(page):
    page.get_by_role("button", name="Save as a draft").click()


def saved(page, words):
    expect(page.locator("#status")).to_contain_text(words)
    expect(page.locator("#panel")).to_be_hidden()


def marks(page, citation):
    return page.locator(f'mark[data-citations~="{citation.pk}"]')


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def tab_to(page, selector):
    """Press Tab until an element has the focus, as somebody without a mouse does."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab does not lead to {selector}")
