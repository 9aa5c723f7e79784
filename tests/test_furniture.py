import pytest
import yaml
from django.conf import settings

from archive import furniture

with (settings.BASE_DIR / "fixtures/05_articles.yaml").open() as file:
    DOCUMENTS = {row["fields"]["slug"]: row["fields"] for row in yaml.safe_load(file)}

FILLER = " ".join(["word"] * furniture.PROSE)


def body_of(text, **known):
    found = furniture.find(text, **known)
    return text[found.body_start : found.body_end]


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_documents_are_cut_as_their_editors_cut_them(document):
    found = furniture.find(document["text"], document["url"])
    bounds = document.get("body_start", 0), document["body_end"]
    assert (found.body_start, found.body_end) == bounds
    assert found.title.lower().replace("-", " ") == document["title"].lower().replace("-", " ")
    assert found.authors in ([], document.get("authors"))
    assert found.published in ("", document["published"])


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_documents_are_cut_so_without_their_address(document):
    found = furniture.find(document["text"])
    assert found.body_start == document.get("body_start", 0)
    assert found.body_end == document["body_end"]


def test_title_is_the_line_that_the_address_spells_out():
    text = f"The Gazette of Freedonia\nA short title\nWhat a very long motto this is\n{FILLER}"
    found = furniture.find(text, "https://gazette.example/2022/05/a-short-title.html")
    assert (found.title, found.body_start) == ("A short title", text.index("A short title"))


def test_title_known_from_elsewhere_is_kept():
    text = f"The League’s silence\n{FILLER}"
    found = furniture.find(text, title="The League's silence")
    assert (found.title, found.body_start) == ("The League's silence", 0)


def test_title_in_the_address_only_stands_in_brackets():
    found = furniture.find(FILLER, "https://gazette.example/is-the-league-asleep/?page=2")
    assert found.title == "[Is the league asleep]"
    assert any("address only" in note for note in found.notes)
    for address in ("https://gazette.example/2022/05/16/", "https://gazette.example/a-1-2", "x"):
        assert furniture.find(FILLER, address).title == ""


def test_title_is_the_longest_line_above_byline_and_date():
    text = (
        "Gazette\nA league asleep for years\nBy Rufus T. Firefly and Gloria Teasdale\n"
        f"The customs house of Freedonia in the morning, seen from the river\n{FILLER}"
    )
    found = furniture.find(text)
    assert found.title == "A league asleep for years"
    assert found.authors == ["Rufus T. Firefly", "Gloria Teasdale"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("| October 10, 2022", "2022-10-10"),
        ("Published 3 May 1933", "1933-05-03"),
        ("Sept. 5, 2022 | Updated", "2022-09-05"),
        ("2022-04-20", "2022-04-20"),
        ("Monday 31 June 2022", ""),
        ("Sylvania 12, 2022", ""),
        ("one two three four five six seven on 3 May 1933", ""),  # a sentence, no date line
    ],
)
def test_date_beside_the_title(line, expected):
    assert furniture.find(f"A league asleep for years\n{line}\n{FILLER}").published == expected


def test_date_in_the_address():
    assert furniture.find(FILLER, "https://a.example/2022/5/16/x").published == "2022-05-16"
    assert furniture.find(FILLER, "https://a.example/2022/15/16/x").published == ""
    assert furniture.find(FILLER, "https://a.example/1234/5678").published == ""


@pytest.mark.parametrize(
    "line",
    [
        "About",
        "About the author:",
        "Do you like this article?",
        "17 Comment(s)",
        "Comments (2)",
        "Comment Policy * Denotes Required Field",
        "Leave a Reply",
        "Join the conversation",
    ],
)
def test_what_follows_a_closing_line_is_cut(line):
    text = f"Home\nAbout\n{FILLER}\nThe end.\n\n{line}\n\nFirst! {FILLER}"
    assert body_of(text).endswith("\nThe end.")
    found = furniture.find(text)
    assert any(line[:59] in note and "last 2 lines" in note for note in found.notes)


@pytest.mark.parametrize(
    "line",
    [
        "Image: www.kremlin.ru",
        "Photo by Rufus T. Firefly",
        "Photo credit: the Gazette",
        "This article was first published by the Gazette of Sylvania.",
    ],
)
def test_closing_credits_are_cut(line):
    assert body_of(f"{FILLER}\nThe end.\n{line}").endswith("The end.")
    # Inside the article, such a line is a caption, and captions are evidence.
    assert body_of(f"{FILLER}\n{line}\nThe end.").endswith("The end.")
    assert line in body_of(f"{FILLER}\n{line}\nThe end.")


@pytest.mark.parametrize(
    "line",
    [
        "About 2,000 troops came.",
        "Comments made in Geneva were not repeated.",
        "Images of the night were broadcast",
        "Photographs show nothing",
    ],
)
def test_sentences_are_not_taken_for_furniture(line):
    assert body_of(f"{FILLER}\n{line}") == f"{FILLER}\n{line}"


def test_a_reprint_is_pointed_out():
    notes = furniture.find(f"{FILLER}\nOriginally published by the Gazette.\nEnd.").notes
    assert notes == ["Is it a reprint? “Originally published by the Gazette.”"]


def test_a_text_that_stands_twice_is_pointed_out():
    article = f"{FILLER} one\n{FILLER} two"
    text = f"{article}\nAbout\nA league asleep for years\n{article}"
    found = furniture.find(text)
    assert (found.title, found.body_start) == ("A league asleep for years", text.index("A league"))
    assert f"begin at 0 and {text.rindex(article)}." in found.notes[0]
    # A caption alone that stands twice is no second printing.
    assert furniture.find(f"{FILLER} one\n{FILLER} one\n{FILLER} two").notes == []


def test_texts_of_a_line_or_less():
    assert body_of("One line only.") == "One line only."
    assert body_of(" \n A title line here \n") == "A title line here"
    assert furniture.find("\ufeffOne line only").body_start == 1
