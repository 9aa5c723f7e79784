import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from archive.anchoring import (
    Capture,
    Lost,
    from_utf16,
    likeness,
    paragraphs,
    places_of,
    reanchor,
    runs,
    to_utf16,
    trim,
    whole_words,
)

# --- Paragraphs --------------------------------------------------------------------------


def test_paragraphs_are_the_lines_with_words():
    text = "Menu\n\nFirst line. \n\n  Second 🕊 line.\nThird.\n\nFooter"
    found = list(paragraphs(text, 6, text.index("\n\nFooter")))

    assert [paragraph.text for paragraph in found] == [
        "First line.",
        "Second 🕊 line.",
        "Third.",
    ]
    assert [text[start:end] for start, end, _ in found] == [p.text for p in found]


def test_paragraphs_of_an_empty_body():
    assert list(paragraphs("Menu\n \nFooter", 5, 6)) == []


# --- Re-anchoring ------------------------------------------------------------------------

OLD = (
    "Menu\n\n"
    "Armenia asked the alliance for help in May, and the alliance never answered the call.\n\n"
    "Later Kazakhstan asked the alliance for help in January. Troops came within the week.\n\n"
    "Comments: the alliance never answered the call, ha ha"
)
QUOTE = "asked the alliance for help"


def capture(text, body=None):
    """A capture whose body is the whole text, or the part of it that is `body`."""
    start = text.index(body) if body else 0
    return Capture(text, start, start + len(body or text))


OLD_CAPTURE = capture(OLD, OLD[OLD.index("Armenia") : OLD.index("\n\nComments")])


def moved(new, quote, start=None, old=OLD_CAPTURE):
    """What becomes of `quote` in `new`: the text around its new place, or the reason."""
    new = new if isinstance(new, Capture) else capture(new)
    at = old.text.index(quote) if start is None else start
    anchor = reanchor(old, new, at, quote)
    if anchor.start is None:
        return anchor.reason
    assert anchor.reason is None
    return new.text[max(0, anchor.start - 8) : anchor.start + len(quote)]


def test_words_that_stand_once_move_with_the_text():
    new = "A new menu, longer\n" + OLD.replace("in January", "in the winter")
    assert moved(new, "Later Kazakhstan asked") == " call.\n\nLater Kazakhstan asked"


def test_words_that_are_gone_or_outside_do_not_move():
    new = OLD.replace("Troops came", "Soldiers came")
    body = new[new.index("Later") : new.index("\n\nComments")]
    assert moved(capture(new, body), "Troops came within the week") == Lost.GONE
    assert moved(capture(new, body), "never answered the call") == Lost.OUTSIDE


def test_words_that_end_both_bodies_need_no_other_neighbour():
    quote = "Troops came within the week."
    assert moved("In the end: Troops came within the week.", quote)
    assert moved("So: Troops came within the week. Or did they?", quote) == Lost.ELSEWHERE


def test_words_keep_one_neighbour_at_least():
    quote = "never answered the call"
    assert moved("The council met. And the alliance never answered the call, again.", quote)
    # The same words of somebody else's call: the sentence that was cited is gone.
    elsewhere = "Nobody asked. When Georgia rang, they never answered the call, again."
    assert moved(elsewhere, quote) == Lost.ELSEWHERE
    # Two words that are the same make no neighbourhood.
    assert moved(elsewhere.replace("they", "the alliance"), quote) == Lost.ELSEWHERE


def test_words_among_several_move_with_their_surroundings_only():
    first, second = OLD.index(QUOTE), OLD.rindex(QUOTE)
    new = capture(OLD.replace("Menu", "Menu, and more"))
    assert moved(new, QUOTE, first) == f"Armenia {QUOTE}"
    assert moved(new, QUOTE, second) == f"akhstan {QUOTE}"


def test_words_whose_twin_is_left_do_not_move_to_it():
    first, second = OLD.index(QUOTE), OLD.rindex(QUOTE)
    without_first = capture(OLD.replace("Armenia asked the alliance for help", "Armenia asked us"))
    assert moved(without_first, QUOTE, first) == Lost.ELSEWHERE
    assert moved(without_first, QUOTE, second) == f"akhstan {QUOTE}"


def test_words_that_stand_once_more_move_with_their_surroundings():
    quote = "Troops came within the week"
    twice = OLD.replace("Later", f"{quote}, some said. Later")
    assert moved(twice, quote, OLD.index(quote)) == f"anuary. {quote}"
    # Neither of the two places is the old one to the letter.
    blurred = twice.replace("in January. Troops", "in winter. Troops")
    assert moved(blurred, quote, OLD.index(quote)) == Lost.SEVERAL


def test_line_breaks_are_no_difference_between_surroundings():
    first = OLD.index(QUOTE)
    assert moved(OLD.replace("\n\n", "\r\n").replace(" and the", "\nand the"), QUOTE, first)


def test_long_captions_that_stand_twice_are_told_apart():
    caption = "Workers dismantle the soviet monument to friendship in the capital on 26 April."
    text = f"By a reporter\n\n{caption}\n\n{caption}\n\nThe story begins here, says the city."
    quote = "monument to friendship"
    for start in (text.index(quote), text.rindex(quote)):
        new = capture(f"Menu\n{text}")
        assert reanchor(capture(text), new, start, quote).start == start + len("Menu\n")
    # Printed once only, it follows upon the byline, as the first did and the second did not.
    once = text.replace(f"{caption}\n\n", "", 1)
    assert moved(once, quote, text.index(quote), capture(text))
    assert moved(once, quote, text.rindex(quote), capture(text)) == Lost.ELSEWHERE


def test_second_printings_beyond_reach_are_left_to_a_person():
    text = "word " * 500 + "and this is said " + "word " * 500
    old = capture(f"{text}\n{text}")
    assert moved(f"Menu\n{old.text}", "this is said", old.text.rindex("this"), old) == Lost.SEVERAL


def test_the_same_text_moves_nothing():
    first = OLD.index(QUOTE)
    narrower = OLD_CAPTURE._replace(body_end=OLD.index("Later"))
    assert reanchor(OLD_CAPTURE, narrower, first, QUOTE).start == first
    assert moved(narrower, QUOTE, OLD.rindex(QUOTE)) == Lost.OUTSIDE


def test_a_quote_that_is_the_whole_body_moves():
    old = capture("Menu\nNobody came at all.\nFooter", "Nobody came at all.")
    assert moved("Other menu: Nobody came at all.", old.body, old=old)


def test_a_quote_must_stand_where_it_is_said_to():
    with pytest.raises(ValueError, match="does not stand at 3"):
        reanchor(OLD_CAPTURE, OLD_CAPTURE, 3, QUOTE)


def test_all_places_are_offered_to_the_person():
    new = capture(OLD.replace("Armenia", "Yerevan").replace("in May", "in June"))
    anchor = reanchor(OLD_CAPTURE, new, OLD.index(QUOTE), QUOTE)
    assert anchor.start is None
    assert anchor.places == places_of(QUOTE, new) == (new.text.index(QUOTE), new.text.rindex(QUOTE))
    assert places_of("a a a", capture("a a a a")) == (0, 2)
    assert places_of("", capture("a a a a")) == ()


# Few words, so that the same words stand in many places.
words = st.lists(st.sampled_from(["no", "one", "came", "no", "\n", "Ω🕊"]), max_size=25).map(
    " ".join
)


@st.composite
def cited(draw):
    """A capture with a passage in it: three words or more, no blanks at its ends."""
    body = draw(words) + " no one came " + draw(words)
    text = (before := draw(words)) + body + draw(words)
    starts = list(regex.finditer(r"(?<!\S)\S+\s+\S+\s+\S+", body, overlapped=True))
    passage = draw(st.sampled_from(starts))
    old = Capture(text, len(before), len(before) + len(body))
    return old, len(before) + passage.start(), passage.group()


@given(cited(), words, words)
def test_a_body_that_is_kept_keeps_all_its_passages(passage, before, after):
    old, start, quote = passage
    new = Capture(f"{before}{old.body}{after}", len(before), len(before) + len(old.body))
    expected = start - old.body_start + new.body_start
    assert reanchor(old, new, start, quote).start == expected


@given(cited(), words, words, words)
def test_what_moves_is_exact_and_the_only_such_place(passage, before, body, after):
    old, start, quote = passage
    new = Capture(before + body + after, len(before), len(before) + len(body))
    anchor = reanchor(old, new, start, quote)
    assert (anchor.start is None) == (anchor.reason is not None)
    assert anchor.places == tuple(
        at
        for at in range(len(body) + len(before))
        if at >= len(before)
        if new.text[at : at + len(quote)] == quote and at + len(quote) <= new.body_end
    )
    if anchor.start is not None:
        assert anchor.start in anchor.places
    if anchor.start is not None and len(places_of(quote, old)) + len(anchor.places) > 2:
        # It was or is one of several: three words on either side are those of before.
        def around(capture, at):
            left = capture.text[capture.body_start : at].split()
            right = capture.text[at + len(quote) : capture.body_end].split()
            return left[::-1][:3], right[:3]

        for mine, theirs in zip(around(old, start), around(new, anchor.start), strict=True):
            assert theirs[: len(mine)] == mine


@given(cited(), words)
def test_a_passage_that_was_cut_out_leaves_only_itself(passage, instead):
    """Between two marks that stand nowhere else, nothing passes for what stood there."""
    old, start, quote = passage
    end = start + len(quote)
    text = f"{old.text[:start]} ⟨left three marks {quote} right three marks⟩ {old.text[end:]}"
    marked = Capture(text, old.body_start, len(text))
    place = text.index("marks", start) + len("marks ")
    cut = text[:place] + instead + text[place + len(quote) :]
    anchor = reanchor(marked, Capture(cut, old.body_start, len(cut)), place, quote)
    if quote not in f"{cut[place - 20 : place]}{instead} right":
        assert anchor.start is None


# --- Selections --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "selected", "expected"),
    [
        ("one two three", (3, 8), "two"),
        ("one two three", (0, 13), "one two three"),
        ("one \n\n two", (2, 7), "e"),
        ("one two", (3, 4), ""),
        ("one two", (3, 3), ""),
        ("cafe\u0301 noir", (0, 4), "cafe\u0301"),  # a letter and its accent
        ("cafe\u0301 noir", (4, 10), "e\u0301 noir"),
        ("by 👩\u200d🚀 alone", (4, 12), "👩\u200d🚀 alone"),  # woman, joiner, rocket
        ("in 🇦🇲🇦🇿 now", (3, 6), "🇦🇲🇦🇿"),  # two flags of two letters each
        ("in 🇦🇲🇦🇿 now", (6, 11), "🇦🇿 now"),
        ("\u00a0“No”\u2009\u200b", (0, 7), "“No”"),  # spaces that do not look like one
        ("\ufeffMenu", (0, 5), "Menu"),
        ("one\r\ntwo", (0, 4), "one"),
    ],
)
def test_selection_is_trimmed_to_whole_characters(text, selected, expected):
    start, end = trim(text, *selected)
    assert text[start:end] == expected
    assert start >= 0


@pytest.mark.parametrize("selected", [(-1, 2), (3, 2), (0, 8)])
def test_selection_outside_the_text(selected):
    with pytest.raises(ValueError, match="no part of a text"):
        trim("one two", *selected)


@pytest.mark.parametrize(
    ("text", "selected", "expected"),
    [
        ("Freedonia asked the League", (2, 17), "Freedonia asked the"),
        ("Freedonia asked the League", (9, 22), "asked the League"),
        ("the minister’s well-known 31.3% of 2,000", (6, 31), "minister’s well-known 31.3%"),
        ("some 2,000 troops", (7, 12), "2,000 troops"),
        ("the cafe\u0301s of", (5, 7), "cafe\u0301s"),
        ("one two", (3, 4), ""),
    ],
)
def test_selection_is_widened_to_whole_words(text, selected, expected):
    start, end = whole_words(text, *selected)
    assert text[start:end] == expected


pieces = st.sampled_from([*"ae .,’-1\n\r\t\u0301\u200d\u200b\u00a0", *"🇦🇲👩🚀🏽", "क", "\u094d"])
selections = (
    st.lists(pieces, max_size=30)
    .map("".join)
    .flatmap(
        lambda text: st.tuples(
            st.just(text),
            st.lists(st.integers(0, len(text)), min_size=2, max_size=2).map(sorted),
        )
    )
)


@given(selections, st.sampled_from([trim, whole_words]))
def test_selection_cuts_no_character_and_has_no_blanks_at_its_ends(selection, function):
    text, (first, last) = selection
    start, end = function(text, first, last)
    bounds = {0, *(cluster.end() for cluster in regex.finditer(r"\X", text))}
    assert start == end or {start, end} <= bounds
    assert not regex.search(r"^[\s\u200b]|[\s\u200b]$", text[start:end])
    assert function(text, start, end) == (start, end)
    if function is trim:
        touched = [
            cluster.span()
            for cluster in regex.finditer(r"\X", text)
            if cluster.end() > first and cluster.start() < last
            if not cluster.group()[0].isspace() and cluster.group() != "\u200b"
        ]
        is_empty = first == last or not touched
        assert (start, end) == ((first, first) if is_empty else (touched[0][0], touched[-1][1]))


# --- Offsets in browsers -----------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("no 🕊 came 𝔄")
def test_offsets_in_utf16_there_and_back(text):
    units = 0
    for at, character in enumerate(text):
        assert to_utf16(text, at) == units
        assert from_utf16(text, units) == at
        units += 2 if ord(character) > 0xFFFF else 1
    assert to_utf16(text, len(text)) == units
    assert from_utf16(text, units) == len(text)


def test_offsets_that_are_none():
    with pytest.raises(ValueError, match="inside a character"):
        from_utf16("no 🕊 came", 4)  # inside the dove
    for function, offset in ((from_utf16, 11), (to_utf16, 10), (from_utf16, -1), (to_utf16, -1)):
        with pytest.raises(ValueError, match="outside"):
            function("no 🕊 came", offset)


# --- Likeness ----------------------------------------------------------------------------


def test_likeness_is_the_share_of_common_runs():
    assert likeness(runs("one two three four five six"), runs("One two, three four five!")) == 0.5
    assert likeness(runs("one two three"), runs("One: two – three")) == 1
    assert likeness(runs("one two three four five"), runs("five four three two one")) == 0


@given(words, words)
def test_likeness_is_mutual(one, other):
    assert likeness(runs(one), runs(one)) == 1
    assert likeness(runs(one), runs(other)) == likeness(runs(other), runs(one)) <= 1
