"""The pure pieces of the reading desk: a text cut at its passages, and words typed for it."""

from types import SimpleNamespace

import pytest

from archive.admin.passages import LANES, passages_of, places_like, set_for_reading
from tests.factories import BODY_END, BODY_START, QUOTES, TEXT

ARTICLE = SimpleNamespace(text=TEXT, body_start=BODY_START, body_end=BODY_END)


def citation(pk, quote, stance="supports", text=TEXT):
    start = text.index(quote)
    return SimpleNamespace(pk=pk, start=start, end=start + len(quote), quote=quote, stance=stance)


def test_a_text_is_cut_where_passages_begin_and_end():
    one = citation(1, "Freedonia asked the League")
    other = citation(2, "asked the League for help")

    reading = set_for_reading(ARTICLE, [other, one])

    pieces = reading.blocks[0].pieces
    assert [(piece.text, [c.pk for c in piece.citations]) for piece in pieces[:4]] == [
        ("Freedonia ", [1]),
        ("asked the League", [1, 2]),
        (" for help", [2]),
        (" on 3 May 1933. The League never answered the call.", []),
    ]
    # Where a passage begins, it takes the focus; each once.
    assert [piece.is_first for piece in pieces[:4]] == [True, True, False, False]
    assert (reading.cited, reading.total, reading.percent) == (1, 2, 50)


@pytest.mark.parametrize("quotes", [QUOTES, QUOTES[:1], ()])
def test_the_pieces_are_the_text_to_the_letter(quotes):
    citations = [citation(number, quote) for number, quote in enumerate(quotes)]

    for block in set_for_reading(ARTICLE, citations).blocks:
        text = "".join(piece.text for piece in block.pieces)
        assert text == TEXT[block.start : block.start + len(text)]


def test_a_passage_over_two_paragraphs_begins_once():
    quote = TEXT[TEXT.index("the call.") : TEXT.index(", said the minister")]

    blocks = set_for_reading(ARTICLE, [citation(1, quote)]).blocks

    assert [len(block.passages) for block in blocks] == [1, 0]
    assert [block.is_cited for block in blocks] == [True, True]
    assert [piece.is_first for block in blocks for piece in block.pieces if piece.passages] == [
        True,
        False,
    ]


def test_passages_that_overlap_have_lanes_of_their_own():
    text = "a b c d e f g h i j k l"
    spans = ["a b c d e", "b c d e f", "c d e f g", "d e f g h", "e f g h i", "j k l"]

    passages = passages_of(citation(n, span, text=text) for n, span in enumerate(spans))

    assert [passage.lane for passage in passages] == [0, 1, 2, 3, 4 % LANES, 0]


def test_one_passage_cited_twice_is_one_and_shows_the_dispute():
    (passage,) = passages_of([citation(1, QUOTES[0]), citation(2, QUOTES[0], stance="disputes")])

    assert [one.pk for one in passage.citations] == [1, 2]
    assert passage.css == "lane-0 disputes-0"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("never answered", ["never answered"]),
        ("NEVER  answered\nthe", ["never answered the"]),
        ('"nobody came", said', ["“Nobody came”, said"]),
        ("the minister 🕊 of", ["the minister 🕊 of"]),
        ("freedonia", ["Freedonia", "Freedonia"]),
        ("Menu", []),
        ("Comments", []),
        ("a.*b", []),
        ("  ", []),
    ],
)
def test_words_typed_are_found_in_the_body(typed, expected):
    places = places_like(typed, TEXT, BODY_START, BODY_END)

    assert [TEXT[start:end] for start, end in places] == expected


def test_words_that_stand_everywhere_are_listed_ten_times_at_most():
    assert len(places_like("no", "no " * 50, 0, 150)) == 10
