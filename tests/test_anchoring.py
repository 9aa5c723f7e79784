from archive.anchoring import paragraphs


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
