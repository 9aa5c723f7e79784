"""The reading desk in a real browser: marking by mouse and keyboard, citing, refusals, undo."""

import re

import pytest
from playwright.sync_api import expect

from archive import models
from archive.choices import Status
from tests import factories
from tests.admin.conftest import findings_of, width_of
from tests.admin.reading import at, drag, fill, marks, press, save, saved
from tests.admin.users import make_editor, make_reviewer
from tests.factories import BODY_END, BODY_START, QUOTES, TEXT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def read(open_as):
    """Opens an article; fails where the page broke its policy or its script."""
    complaints = []

    def note(line):
        if "Content Security Policy" in line.text:
            complaints.append(line.text)

    def open_for(article, **kwargs):
        page = open_as(make_editor(), "about:blank", **kwargs)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", note)
        page.goto(at(article))
        return page

    yield open_for
    assert complaints == []


def test_marking_by_mouse_after_an_emoji_then_overlapping_then_undo(read):
    article = factories.ArticleFactory()
    event = factories.EventFactory(title="Nobody came")
    page = read(article)

    # A passage behind an emoji, which is two units for the browser and one for the archive.
    drag(page, "of Freedonia in", "evening")
    expect(page.locator("#quote")).to_have_text("of Freedonia in the evening")
    box = page.get_by_role("combobox", name="Record")
    box.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".select2-search__field")).to_be_focused()
    page.keyboard.type("nobody")
    expect(page.locator(".select2-results__option--highlighted")).to_contain_text("Nobody came")
    page.keyboard.press("Enter")
    page.get_by_label("Field", exact=True).select_option("date")
    save(page)
    saved(page, "Cited for Event: Nobody came")
    first = models.Citation.objects.get()
    assert first.start == TEXT.index("of Freedonia in the evening")
    assert (first.quote, first.field) == ("of Freedonia in the evening", "date")
    assert (first.event, first.status) == (event, Status.DRAFT)
    expect(marks(page, first)).to_be_focused()
    expect(page.locator(".coverage")).to_contain_text("1 of 2 paragraphs cited (50 %)")

    # One that overlaps it, and begins with the emoji itself.
    drag(page, "🕊 ", "of Freedonia")
    expect(page.locator("#quote")).to_have_text("🕊 of Freedonia")
    fill(page, target=f"event:{event.pk}")
    page.get_by_text("Disputes", exact=True).click()
    page.locator("[name=asserted]").fill("In Sylvania.")
    page.locator("[name=note]").fill("A dove of three signs.")
    save(page)
    saved(page, "Cited for Event")
    second = models.Citation.objects.get(stance="disputes")
    assert (second.start, second.asserted) == (TEXT.index("🕊"), "In Sylvania.")
    shared = page.locator("#body mark").filter(has_text="of Freedonia").first
    expect(shared).to_have_attribute("data-citations", f"{second.pk} {first.pk} ")
    expect(shared).to_have_class(re.compile("lane-0 disputes-0 lane-1"))

    # Hovering names the records; a click opens them.
    shared.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("Disputes Event: Nobody came")
    expect(page.locator("mark.lit")).to_have_count(3)
    shared.click()
    card = page.get_by_role("dialog", name="Records that this passage is cited for")
    links = card.get_by_role("link", name="Event: Nobody came")
    expect(links).to_have_count(2)
    expect(links.first).to_have_attribute("href", f"/admin/archive/event/{event.pk}/change/")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()

    # What was just made is undone.
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#status")).to_contain_text("Undone: Citation “🕊 of Freedonia”")
    expect(page.locator("mark")).to_have_count(1)
    assert models.Citation.objects.get() == first


def test_keyboard_alone(read):
    article = factories.ArticleFactory()
    factories.OrganizationFactory(name="The League", acronym="LOS")
    event = factories.EventFactory(title="Nobody came")
    page = read(article)

    # To the tool, into the text, a word on, seven words wide, into the panel.
    button = page.get_by_role("button", name="Mark by keyboard")
    page.locator(".breadcrumbs a").last.focus()
    press(page, "Tab", "Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("application", name="Marking by keyboard")).to_be_focused()
    press(page, "ArrowDown", "Home", "ArrowRight", "ArrowLeft", "ArrowUp")
    assert page.evaluate("getSelection().toString()") == "Freedonia"
    press(page, "Control+ArrowDown", "End", "ArrowLeft", "ArrowLeft")
    press(page, *["Shift+ArrowLeft"] * 4)
    expect(page.locator("#aloud")).to_have_text("🕊 of Freedonia in the")
    press(page, *["Shift+ArrowRight"] * 2, "Enter")
    expect(page.locator("#panel-title")).to_be_focused()
    expect(page.locator("#quote")).to_have_text("Freedonia in the")

    # Through the panel: the record is found by a few letters, and saved from there.
    expect(page.locator("#aloud")).to_have_text("Passage: Freedonia in the")
    for _ in range(12):
        press(page, "Tab")
        if page.evaluate("document.activeElement.getAttribute('role')") == "combobox":
            break
    press(page, "Enter")
    expect(page.locator(".select2-search__field")).to_be_focused()
    page.keyboard.type("nob")
    expect(page.locator(".select2-results__option--highlighted")).to_contain_text("Nobody came")
    press(page, "Enter", "Tab", "ArrowRight", "Tab", "Tab")
    page.keyboard.type("Only then.")
    press(page, "Enter")
    saved(page, "Cited for Event: Nobody came")
    citation = models.Citation.objects.get()
    assert citation.quote == "Freedonia in the"
    assert (citation.event, citation.stance) == (event, "disputes")
    assert citation.asserted == "Only then."

    # From the new highlight to its records, and back.
    expect(marks(page, citation)).to_be_focused()
    press(page, "Enter")
    expect(page.get_by_role("dialog").get_by_role("link").first).to_be_focused()
    press(page, "Escape")
    expect(marks(page, citation)).to_be_focused()

    # Without marking at all: by typing the words. Which place, where there are several?
    page.get_by_role("button", name="Cite by typing the words").focus()
    press(page, "Enter")
    page.keyboard.type("freedonia")
    press(page, "Enter")
    expect(page.locator("#places button")).to_have_count(2)
    press(page, "Tab", "Enter")
    expect(page.locator("#place")).to_contain_text(f"Characters {TEXT.rindex('Freedonia')} to")
    press(page, "Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_a_selection_never_reaches_outside_the_body(read):
    article = factories.ArticleFactory()
    page = read(article)

    page.get_by_text("Before the article").click()
    page.keyboard.press("Control+a")
    page.get_by_role("button", name="Cite the selection").click()

    expect(page.locator("#place")).to_contain_text(f"Characters {BODY_START} to {BODY_END}.")
    assert page.locator("#quote").text_content() == TEXT[BODY_START:BODY_END]


def refusals():
    """What is typed for each kind of record, and how the database answers, in turn."""
    event, unasked = factories.EventFactory(), factories.RequestFactory(standing="not_made")
    vote, membership = factories.VoteFactory(), factories.MembershipFactory()
    part, asked = factories.ParticipationFactory(), factories.RequestFactory()
    state = f"state:{unasked.requester_id}"
    league = f"organization:{asked.addressee_organization_id}"
    twins = {
        "vote": {"roll_call": vote.roll_call_id, "state": vote.state_id, "choice": "no"},
        "membership": {
            "state": membership.state_id,
            "organization": membership.organization_id,
            "period": "1925/1926",
        },
        "participation": {
            "event": part.event_id,
            "actor": f"state:{part.actor_state_id}",
            "role": part.role,
        },
        "request": {
            "event": asked.event_id,
            "requester": asked.requester_id,
            "addressee": league,
            "standing": "made",
            "summary": "It asked.",
        },
    }
    return event, [
        (
            "response",
            {
                "request": unasked.pk,
                "responder": state,
                "kind": "silence",
                "basis": "",
                "summary": "It was silent.",
                "date": "1900",
            },
            "A silence needs a basis",
        ),
        ("response", {"basis": "reported"}, "would end before its request"),
        ("response", {"date": "1933?x"}, "Date: "),
        ("response", {"date": "", "troops_low": 9, "troops_high": 5}, "not above the higher."),
        (
            "response",
            {"kind": "contact", "basis": "", "troops_low": "", "troops_high": ""},
            "can only be a silence",
        ),
        ("vote", twins["vote"], "This state already has a vote in this roll call."),
        ("membership", twins["membership"], "already has a membership in this organization"),
        ("participation", twins["participation"], "This actor already has this role"),
        ("request", twins["request"], "There is already a request of this state"),
        (
            "event",
            {"kind": "war", "title": "War", "slug": "Not A Slug", "summary": "War."},
            "Short name (slug): ",
        ),
    ]


def test_refusals_stand_beside_the_panel_and_nothing_typed_is_lost(read):
    article = factories.ArticleFactory()
    event, cases = refusals()
    factories.CitationFactory(article=article, event=event, quote=QUOTES[3])
    page = read(article)
    errors = page.locator("#panel-errors")

    def refused(words):
        save(page)
        expect(errors).to_contain_text(words)
        expect(page.locator("[name=note]")).to_have_value("Typed with care.")

    drag(page, "The League", "call")
    fill(page, note="Typed with care.")
    refused("Record: This field is required.")
    expect(page.locator("[name=target]")).to_have_attribute("aria-invalid", "true")
    fill(page, target=f"event:{event.pk}")

    # The passage: too short; cited already. What is typed outlives the change of passage.
    drag(page, "the minister", "minister")
    refused("A quotation has three words at least")
    drag(page, "The League", "answered")
    refused("This passage is already cited for this record.")

    typed = {}
    for kind, values, words in cases:
        page.get_by_text(f"a new {kind}", exact=True).click()
        fill(page, kind, **values)
        typed |= {f"{kind}-{name}": str(value) for name, value in values.items()}
        refused(words)

    # All of it is still there, of each kind.
    left = page.locator("#cite").evaluate(
        "(form, names) => names.map((name) => [name, form.elements[name].value])", [*typed]
    )
    assert dict(left) == typed
    assert models.Citation.objects.count() == 1

    # Logged out meanwhile: said in words, too.
    page.context.clear_cookies()
    refused("You are logged out.")


def test_bounds_move_and_keep_their_citations(read):
    article = factories.ArticleFactory()
    factories.CitationFactory(article=article, quote=QUOTES[0])
    page = read(article)

    page.get_by_role("button", name="Move where the article begins").click()
    expect(page.get_by_label("Begins at")).to_be_focused()
    page.get_by_label("Begins at").fill("12")
    page.get_by_role("button", name="Move the bounds").click()
    expect(page.locator("#bounds .errors")).to_contain_text(
        "1 cited passage(s) would no longer stand in its body"
    )
    expect(page.get_by_label("Begins at")).to_have_value("12")

    page.get_by_text("Before the article").click()
    page.get_by_text("Menu", exact=True).dblclick(position={"x": 20, "y": 10})
    page.get_by_role("button", name="Set to the start of the selection").click()
    expect(page.get_by_label("Begins at")).to_have_value("0")
    page.get_by_role("button", name="Move the bounds").click()

    expect(page.locator("#status")).to_contain_text("now runs from 0 to")
    expect(page.locator("#body p")).to_have_count(3)
    expect(page.get_by_text("Before the article")).to_be_hidden()
    article.refresh_from_db()
    assert (article.body_start, article.body_end) == (0, BODY_END)


def test_a_phone_has_one_column_and_a_sheet(read):
    article = factories.ArticleFactory()
    factories.CitationFactory(article=article, quote=QUOTES[0])
    page = read(article, viewport={"width": 400, "height": 800}, has_touch=True, is_mobile=True)

    assert width_of(page) == 400
    # By finger, a selection is adjusted with handles, and cited with the button.
    page.evaluate(
        """() => getSelection().selectAllChildren(document.querySelector('#body p.uncited'))"""
    )
    page.get_by_role("button", name="Cite the selection").tap()
    expect(page.locator("#panel")).to_be_in_viewport()
    page.get_by_text("a new membership").tap()
    assert width_of(page) == 400
    box = page.locator("#panel").bounding_box()
    assert (box["x"], box["width"]) == (0, 400)
    assert box["height"] <= 600
    inputs = page.locator("#panel .field :is(input, select, textarea):visible")
    assert inputs.evaluate_all("all => all.every(one => one.getBoundingClientRect().right <= 400)")


def test_axe_finds_nothing_serious_light_and_dark(open_as):
    article = factories.ArticleFactory(status=Status.PUBLISHED)
    for quote, stance in zip(QUOTES[:6], ["supports", "disputes", "qualifies"] * 2, strict=True):
        factories.CitationFactory(article=article, quote=quote, stance=stance, field="date")
    page = open_as(make_reviewer(), at(article))

    page.get_by_text("Before the article").click()
    page.get_by_text("move its bounds").click()
    page.locator("mark").first.hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert findings_of(page) == []

    page.get_by_role("button", name="Mark by keyboard").click()
    page.keyboard.press("Enter")
    page.get_by_text("a new event", exact=True).click()
    save(page)
    expect(page.locator("#panel-errors li").first).to_be_visible()
    # The fields of all kinds at once.
    page.locator("fieldset[data-kind]").evaluate_all(
        "all => all.forEach(one => { one.hidden = one.disabled = false; })"
    )
    assert findings_of(page) == []
