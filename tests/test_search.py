"""How search reads what was typed, and where it sees words. The answers are in tests/api."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from archive import search
from archive.api.hits import highlights
from archive.search import Clause


def shown(typed):
    """The terms in short: quoted in quotes, negated with a minus."""
    return [
        [f"{'-' * term.is_negated}{term.words!r}" if term.is_quoted else
         f"{'-' * term.is_negated}{term.words}" for term in terms]
        for terms in search.read(typed)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("troops help", [["troops", "help"]]),
        ("troops OR help me", [["troops"], ["help", "me"]]),
        ("or troops or", [["troops"]]),
        ('"peace keepers" troops', [["'peace keepers'", "troops"]]),
        ("“peace keepers” «two»", [["'peace keepers'", "'two'"]]),
        ('-troops -"peace keepers"', [["-troops", "-'peace keepers'"]]),
        ('never "closed at the end', [["never", "'closed at the end'"]]),
        ("Russia's Russia’s", [["Russia", "Russia"]]),
        ("Nur-Sultan A/RES/ES-11/1", [["Nur-Sultan", "A/RES/ES-11/1"]]),
        ('! - -- "" " & | ( ) : * <->', []),
        ("OR or -", []),
    ],
)
def test_what_was_typed_is_read_as_words_phrases_and_alternatives(typed, expected):
    assert shown(typed) == expected


@pytest.mark.django_db
@settings(deadline=None, max_examples=100)
@given(
    st.lists(
        st.sampled_from(["troop", "helps", "the", "or", "-call", '"help called"', '-"a call"']),
        max_size=7,
    ).map(" ".join)
)  # fmt: skip
def test_reading_is_that_of_postgresql(typed):
    """Where there is something to be found: PostgreSQL also takes words to leave out alone."""
    clauses = [[Clause((term,)) for term in terms] for terms in search.read(typed)]
    asked = search._questions(clauses, ["english"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT websearch_to_tsquery('english', %s)::text", [typed])
        (theirs,) = cursor.fetchone()
        alternatives = theirs.split(" | ")
        if not theirs or any(each.startswith("!") for each in alternatives):
            return
        if not asked:
            assert theirs == ""
            return
        cursor.execute("SELECT %s::tsquery::text", [asked[0].exact])
        assert set(cursor.fetchone()[0].split(" | ")) == set(alternatives)


NAMES = {
    ("kremlin",): ["Russia", "Kremlin"],
    ("soviet", "union"): ["Soviet Union", "USSR"],
    ("US",): ["United States", "US"],
    ("west",): ["The West", "Occident"],
}


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("Kremlin troops", [("Kremlin", ["Russia"]), ("troops", [])]),
        ("KREMLIN", [("KREMLIN", ["Russia"])]),
        ('"Kremlin"', [("Kremlin", [])]),  # quoted: these very words
        ("-Kremlin", [("Kremlin", [])]),
        ("old Soviet Union troops", [("old", []), ("Soviet Union", ["USSR"]), ("troops", [])]),
        ("Soviet-Union", [("Soviet-Union", ["USSR"])]),
        ("the West", [("the West", ["Occident"])]),
        ("US", [("US", ["United States"])]),
        ("us", [("us", [])]),
    ],
)
def test_names_bring_their_other_names(typed, expected):
    (terms,) = search.read(typed)
    clauses = search.with_names(terms, NAMES)
    found = [(" ".join(t.words for t in clause.terms), list(clause.names)) for clause in clauses]
    assert found == expected


def test_a_phrase_is_read_from_a_tsquery():
    assert search._phrase("'secur' <-> 'council'") == [("secur", 0), ("council", 1)]
    assert search._phrase("'republ' <2> 'armenia'") == [("republ", 0), ("armenia", 2)]
    assert search._phrase("") == []


def test_highlights_join_where_they_overlap():
    text = "Die Nur‑Sultaner Straße, café."
    places = {"nur": [2], "sultan": [3], "cafe": [5]}
    phrases = [[("nur", 0), ("sultan", 1)], [("sultan", 0)], [("cafe", 0)], [("cafe", 0), ("x", 1)]]
    spans = highlights(text, phrases, places)
    assert [text[start:end] for start, end in spans] == ["Nur‑Sultaner", "café"]


# --- The database and Python see the same words ------------------------------------------------

LETTERS = st.text(
    st.one_of(
        st.sampled_from("aZ09 .,-’“”\n\t…½²_ßÆœØёйÉ\u0301\u00ad\u200b\u2060\ufeffи\u0306"),
        st.characters(min_codepoint=1, max_codepoint=0x24F, exclude_characters="\x00"),
        st.characters(min_codepoint=0x370, max_codepoint=0x52F),  # Greek, Cyrillic
        st.sampled_from("հայերენქართულიالعربيةעברית中文日本語हिन्दी🕊"),
    ),
    max_size=60,
)


@pytest.mark.django_db
@settings(deadline=None, max_examples=150)
@given(LETTERS)
def test_words_are_the_same_in_the_database(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT archive_fold(%s)", [text])
        (folded,) = cursor.fetchone()
    ours = [match.group() for match in search.WORD.finditer(text)]
    theirs = folded.split(" ") if folded else []
    assert len(ours) == len(theirs), (ours, theirs)


def folded(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT archive_fold(%s)", [text])
        return cursor.fetchone()[0]


@pytest.mark.django_db
def test_folding_leaves_words_only():
    assert folded("Türkiye’s “Nur-Sultan”, A/RES/ES-11/1") == "turkiye s nur sultan a res es 11 1"
    assert folded("Tu\u0308rkiye Ελλάδα Łódź Straße") == "turkiye ελλαδα lodz strasse"
    assert folded("Российский ещё") == "российский еще"
    assert folded(" …") == ""


def passages(body):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM archive_passages(%s)", [body])
        return cursor.fetchall()


SENTENCE = "Nobody came, said the minister 🕊 to those who had asked. "


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        SENTENCE * 40,
        f"{SENTENCE * 9}\n\n{SENTENCE}\n\n\n{SENTENCE * 15}",
        "word " * 500,  # no sentence ends
        "x" * 2000,  # no word ends
        f"\ufeff \n\n{SENTENCE}\x1f \u00a0",
        "Short.",
    ],
)
def test_passages_are_cut_from_the_body_letter_by_letter(body):
    found = passages(body)
    for start, words in found:
        assert body[start : start + len(words)] == words
        assert len(words) <= 600
    # Nothing is lost, nothing stands twice.
    words = "".join("".join(words for _, words in found).split())
    assert words == "".join(body.replace("\x1f", " ").split())


@pytest.mark.django_db
def test_passages_end_with_sentences_and_paragraphs():
    body = f"{SENTENCE * 8}\n\n{SENTENCE * 12}"
    found = passages(body)
    assert [words.endswith("asked.") for _, words in found] == [True] * len(found)
    assert found[0][1] == (SENTENCE * 8).strip()
    assert passages(" \n ") == []
