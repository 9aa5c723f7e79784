import socket
import uuid
from hashlib import sha256

import pytest

from archive import audit, edtf, intake, models
from archive.anchoring import Capture, Lost
from archive.choices import Status
from archive.refusals import Refused
from tests.factories import (
    BODY_END,
    BODY_START,
    QUOTES,
    TEXT,
    ArticleFactory,
    CitationFactory,
    EventFactory,
    publish,
)

PARAGRAPHS = (
    "Freedonia asked the League for help on 3 May 1933, after troops of Sylvania had crossed the "
    "river in the night and taken the customs house on the northern bank.",
    "The League never answered the call, said the minister of Freedonia in the evening; the "
    "secretary had gone home, and the telephone rang in an empty room until morning.",
    "“Nobody came”, the minister told reporters 🕊 outside the palace. Members come to each "
    "other’s help, says Article 10, when one of them is attacked.",
    "In the assembly, twelve states voted for the motion and two against; five did not take "
    "part in the vote, among them the three neighbours of Freedonia.",
)
BODY = "\n".join(PARAGRAPHS)
HTML = "".join(f"<p>{paragraph}</p>\n" for paragraph in PARAGRAPHS)


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing is fetched; PostgreSQL's driver does not use Python's sockets."""

    def refuse(*args):
        raise AssertionError("Intake reaches out to the network.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def refusal_of(upload, filename="file.txt"):
    with pytest.raises(Refused) as refusal:
        intake.propose(upload, filename)
    return str(refusal.value)


# --- Text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        f"A title of words\r\n\r\n{BODY}\r\n",
        f"\ufeff{BODY}",
        "Lone\rold\r\nand \u2028new\x85 line ends,\ttabs and nbsp\u00a0.",
    ],
)
def test_text_is_captured_byte_for_byte(text):
    proposal = intake.propose(text.encode(), "Article.TXT")
    assert proposal.text == text
    assert proposal.original_sha256 == sha256(text.encode()).hexdigest()
    assert proposal.provenance == ""


def test_what_the_capture_keeps_is_noted():
    assert intake.propose(BODY.encode(), "a.txt").notes == []
    notes = intake.propose(f"\ufeff{BODY}\r\n".encode(), "a.txt").notes
    assert "CR LF" in notes[0]
    assert "byte order mark" in notes[1]
    assert "as .html" in intake.propose(b"<!DOCTYPE html><p>Nobody</p>", "a.txt").notes[0]


def test_byte_order_mark_is_outside_the_body():
    proposal = intake.propose(f"\ufeff{BODY}".encode(), "a.txt")
    assert proposal.body == BODY


def test_pasted_text_gets_its_line_ends_back():
    proposal = intake.propose(b"One\r\n\r\ntwo", "")
    assert proposal.text == "One\n\ntwo"
    assert proposal.original_sha256 == sha256(b"One\r\n\r\ntwo").hexdigest()


def test_text_proposes_what_its_lines_and_address_say():
    text = f"Gazette\n\nThe League is asleep\n\n4 May 1933\n\n{BODY}\n\nComments (3)\n\nFirst!"
    proposal = intake.propose(text.encode(), "a.txt", "https://www.gazette.example/1")
    assert proposal.title == "The League is asleep"
    assert proposal.published == "1933-05-04"
    assert proposal.outlet == "gazette.example"
    assert proposal.language == ""
    assert proposal.body == text[len("Gazette\n\n") : text.index("\n\nComments")]
    assert len(proposal.notes) == 2  # what was cut, above and below


# --- What cannot be read -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("upload", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"%PDF-1.7 text", "PDF"),
        (b"PK\x03\x04 text", "Word or OpenOffice"),
        (b"\x89PNG\r\n", "picture"),
        (BODY.encode("utf-16"), "in UTF-16. Open it"),
        (BODY.encode("utf-32"), "in UTF-32. Open it"),
        (BODY.encode("utf-16-le"), "seems to be in UTF-16"),
        ("Лига не ответила".encode("utf-16-be"), "seems to be in UTF-16"),
        (b"text\0text", "zero bytes"),
        (b"x" * (intake.MAX_BYTES + 1), "5.0 MB, and 5 MB are the most"),
    ],
)
def test_what_is_no_text_is_refused_in_words(upload, words):
    assert words in refusal_of(upload)
    assert words in refusal_of(upload, "")
    assert words in refusal_of(upload, "page.html")


def test_the_largest_document_is_taken():
    assert intake.propose(b"x" * intake.MAX_BYTES, "a.txt").body_end == intake.MAX_BYTES


@pytest.mark.parametrize("filename", ["a.pdf", "a.docx", "a.mhtml", "a.html.gz", "README"])
def test_other_files_are_refused(filename):
    assert f"“{filename}” is neither .txt nor .html" in refusal_of(BODY.encode(), filename)


@pytest.mark.parametrize(
    ("text", "encoding", "reading"),
    [
        ("Le café était fermé.", "latin-1", "“Le café était fermé.” in Windows-1252"),
        ("Лига не ответила.", "cp1251", "“Лига не ответила.” in Windows-1251"),
    ],
)
def test_other_encodings_are_not_guessed_but_shown(text, encoding, reading):
    words = refusal_of(text.encode(encoding))
    assert words.startswith("This document is not in UTF-8: byte ")
    assert reading in words
    assert words.endswith("save it with the encoding UTF-8.")


# --- Web pages -----------------------------------------------------------------------------

# As content management systems of various kinds write them.
BLOG = f"""<!DOCTYPE html><html lang="en-US"><head><meta charset="UTF-8">
<title>The League that never answered - Freedonia Gazette</title>
<meta property="og:title" content="The League that never answered">
<meta property="og:site_name" content="Freedonia Gazette">
<meta property="article:published_time" content="1933-05-04T08:00:00+00:00">
<meta property="article:modified_time" content="1933-06-01T08:00:00+00:00">
<meta name="author" content="Rufus T. Firefly">
<link rel="canonical" href="https://gazette.example/1933/the-league-that-never-answered/"></head>
<body><nav><ul><li><a href="/">Home</a></li><li><a href="/about">About</a></li></ul></nav>
<main><article class="post"><header class="entry-header">
<h1 class="entry-title">The League that never answered</h1>
<span class="byline">By <a rel="author" href="/author/rtf">Rufus T. Firefly</a></span></header>
<div class="entry-content">{HTML}<p>Photo by the Gazette</p></div></article>
<section id="comments"><h2>2 Comments</h2><ol class="comment-list">
<li>First! What a long comment about nothing in particular that goes on.</li></ol></section></main>
<footer><p>© 1933 Freedonia Gazette. All rights reserved.</p></footer></body></html>"""

APPLICATION = f"""<!DOCTYPE html><html><head><meta charset="utf-8">
<title>Silence in Geneva | The Sylvania Courier</title><script type="application/ld+json">
{{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Silence in Geneva",
"datePublished": "2022-04-20T10:15:00Z", "dateModified": "2023-01-02",
"author": [{{"@type": "Person", "name": "Gloria Teasdale"}},
{{"@type": "Person", "name": "Bob Roland"}}],
"publisher": {{"@type": "Organization", "name": "The Sylvania Courier"}}}}</script></head>
<body><div id="app"><div class="hdr">Menu Sections Search</div><div class="story-body">
<h1>Silence in Geneva</h1><div class="meta">April 20, 2022</div>{HTML}</div>
<div class="related"><h3>Related stories</h3><a href="/x">Ducks cross the river</a></div>
</div></body></html>"""

MINISTRY = f"""<html lang=en_GB><head><meta charset="utf-8"/><title>Communiqué</title>
<meta name="dc.date" content="1999-04-02"/></head><body><div id="wrapper"><div id="content">
<div class="field field--name-title">Communiqué</div><div class="field field--name-body">
<div class="field__item">{HTML}</div></div></div></div></body></html>"""

OLD_PAGE = """<html><head>
<meta http-equiv="Content-Type" content="text/html; charset=windows-1251">
<title>Лига молчит</title></head><body bgcolor=white><h1>Лига молчит</h1>
<p>Фридония попросила Лигу о помощи 3 мая 1933 года, но Лига так и не ответила на этот призыв,
сообщил министр вечером, и телефон звонил в пустой комнате до утра.</p>
<p>Пятеро государств не участвовали в голосовании, в том числе три соседа Фридонии, которые
закрыли границы.</p></body></html>"""


def test_page_of_a_blog():
    proposal = intake.propose(BLOG.encode(), "page.html")
    assert proposal.title == "The League that never answered"
    assert proposal.authors == ["Rufus T. Firefly"]  # with the dot of the initial, as printed
    assert proposal.published == "1933-05-04"
    assert proposal.outlet == "Freedonia Gazette"
    assert proposal.language == "en-US"
    assert proposal.body == f"The League that never answered\n{BODY}"
    assert proposal.text == f"{proposal.body}\nPhoto by the Gazette"
    assert any("Photo by the Gazette" in note for note in proposal.notes)
    assert any(note.startswith("Taken from the page: ") for note in proposal.notes)


def test_page_of_an_application():
    proposal = intake.propose(APPLICATION.encode(), "page.htm", "https://www.courier.example/1")
    assert proposal.title == "Silence in Geneva"
    assert proposal.authors == ["Gloria Teasdale", "Bob Roland"]
    assert proposal.published == "2022-04-20"
    assert proposal.outlet == "The Sylvania Courier"
    assert proposal.body == f"Silence in Geneva\n{BODY}"


def test_page_of_a_ministry():
    proposal = intake.propose(MINISTRY.encode(), "page.xhtml", "https://www.ministry.example/")
    assert (proposal.title, proposal.authors) == ("Communiqué", [])
    assert (proposal.published, proposal.language) == ("1999-04-02", "en-GB")
    assert proposal.outlet == "ministry.example"
    assert BODY in proposal.body


def test_page_in_the_encoding_that_it_declares():
    proposal = intake.propose(OLD_PAGE.encode("cp1251"), "page.html")
    assert proposal.title == "Лига молчит"
    assert "сообщил министр вечером" in proposal.text
    assert "Read as windows-1251, as the page declares." in proposal.notes


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("utf-16", "utf-8"),  # it would not be legible if it were
        ("iso-8859-1", "cp1252"),  # as browsers read it
    ],
)
def test_page_is_read_as_browsers_do(declared, encoding):
    page = MINISTRY.replace('<meta charset="utf-8"/>', f'<meta charset="{declared}"/>')
    page = page.replace("🕊 ", "")
    assert intake.propose(page.encode(encoding), "page.html").title == "Communiqué"


def test_page_in_xml_with_a_declaration():
    page = MINISTRY.replace('<meta charset="utf-8"/>', "").replace("🕊 ", "")
    page = f'<?xml version="1.0" encoding="iso-8859-1"?>\n{page}'
    proposal = intake.propose(page.encode("cp1252"), "page.xhtml")
    assert proposal.title == "Communiqué"
    assert BODY.replace("🕊 ", "") in proposal.text


def test_days_in_sentences_are_not_the_articles():
    page = MINISTRY.replace('<meta name="dc.date" content="1999-04-02"/>', "")
    for words in ("on April 20, 2022", "in 2022"):
        dated = page.replace("Nobody came", f"Nobody came {words}")
        assert intake.propose(dated.encode(), "page.html").published == ""


@pytest.mark.parametrize("written", ["2022-04-20", "20.04.2022"])
def test_a_day_that_stands_in_a_sentence_is_pointed_out(written):
    page = APPLICATION.replace("Nobody came", f"Nobody came on {written}")
    notes = intake.propose(page.encode(), "page.html").notes
    assert "2022-04-20 stands in a sentence: is it the article's date?" in notes
    assert not any("a sentence" in n for n in intake.propose(APPLICATION.encode(), "a.html").notes)


def test_page_that_is_not_in_its_encoding_is_refused():
    assert "is not in UTF-8" in refusal_of(MINISTRY.encode("latin-1", "ignore"), "page.html")
    page = MINISTRY.replace('charset="utf-8"', 'charset="unicode_escape"')
    assert "“unicode_escape”, which is unknown" in refusal_of(page.encode(), "page.html")


@pytest.mark.parametrize(
    "page", ["<html><body><nav>Home</nav></body></html>", "Nothing here is HTML.", "<p>", "<"]
)
def test_page_without_an_article_is_refused(page):
    assert "No article was found in this page." in refusal_of(page.encode(), "page.html")


def test_bars_of_tables_are_pointed_out():
    row = f"<tr><td>{PARAGRAPHS[0]}</td><td>{PARAGRAPHS[1]}</td></tr>"
    page = f"<html><body><table>{row}</table></body></html>"
    assert any("tables" in note for note in intake.propose(page.encode(), "a.html").notes)


def test_what_the_capture_was_made_from_is_told():
    proposal = intake.propose(BLOG.encode(), "page.html")
    digest = sha256(BLOG.encode()).hexdigest()
    assert proposal.original_sha256 == digest
    assert f"from “page.html”, a file with the SHA-256 {digest}." in proposal.provenance


@pytest.mark.django_db
@pytest.mark.parametrize("page", [BLOG, APPLICATION, MINISTRY])
def test_a_proposal_can_be_saved_as_it_is(page, at_commit):
    proposal = intake.propose(page.encode(), "page.html")
    article = ArticleFactory(
        **{
            name: getattr(proposal, name)
            for name in ("title", "text", "authors", "published", "body_start", "body_end")
        },
        language=proposal.language or "en",
        note=proposal.provenance,
    )
    article.full_clean()
    at_commit()
    assert edtf.parse(article.published)
    assert intake.same_capture(proposal.text) == article


# --- What we have already --------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_capture_is_found_by_its_bytes():
    article = ArticleFactory()
    ArticleFactory()
    assert intake.same_capture(article.text) == article
    assert intake.same_capture(f"{article.text}\n") is None


def article_of(text, **kwargs):
    return ArticleFactory(text=text, body_start=0, body_end=len(text), **kwargs)


def words(name, number):
    """Sentences of seven words."""
    return ". ".join(
        " ".join(f"{name}{n}" for n in range(at, at + 7)) for at in range(0, number, 7)
    )


@pytest.mark.django_db
def test_near_duplicates_are_found_with_their_likeness():
    body = words("word", 700)
    half = f"{words('word', 490)}. {words('other', 210)}"
    reprint = article_of("Reprinted.\n\n" + body.replace(". ", ".\n\n") + "\n\nThe Gazette.")
    partly = article_of(half)
    article_of(words("other", 700))
    article_of(f"{words('word', 140)}. {words('third', 560)}")

    found = intake.near_duplicates(body)
    assert [article for article, _ in found] == [reprint, partly]
    assert 0.97 < found[0][1] < 1
    assert audit.LIKENESS <= found[1][1] < 0.6
    assert intake.near_duplicates(body, exclude=reprint) == found[1:]
    assert intake.near_duplicates(words("fourth", 700)) == []


@pytest.mark.django_db
def test_near_duplicates_may_be_broken_into_other_lines():
    body = words("word", 490) + words("new", 210)
    broken = f"{words('word', 490)}. {words('old', 210)}".split()
    copy = article_of("\n".join(" ".join(broken[at : at + 9]) for at in range(0, 700, 9)))
    ((found, likeness),) = intake.near_duplicates(body)
    assert (found, likeness < 0.6) == (copy, True)


@pytest.mark.django_db
def test_only_the_body_counts():
    body = words("word", 210)
    ArticleFactory(text=f"{words('menu', 70)}\n{body}", body_start=0, body_end=70)
    assert intake.near_duplicates(body) == []


@pytest.mark.django_db
def test_near_duplicates_of_texts_without_samples():
    """A few words, or words that nothing but punctuation parts: all bodies are compared."""
    short = article_of("Nobody came.")
    parted = article_of("One. Two. Three. Four. Five. Six.")
    assert intake.near_duplicates("nobody came") == [(short, 1)]
    assert intake.near_duplicates("One, two, three, four, five, six!") == [(parted, 1)]


@pytest.mark.django_db
def test_near_duplicates_take_one_query(django_assert_num_queries):
    for number in range(5):
        article_of(f"{words('word', 700)} {number}")
    with django_assert_num_queries(1):
        found = intake.near_duplicates(words("word", 700))
        assert len([article.slug for article, _ in found]) == 5


@pytest.mark.django_db
def test_intake_and_audit_agree():
    texts = [words("word", number) + words("other", 700 - number) for number in range(0, 701, 70)]
    articles = [article_of(text) for text in texts]
    pairs = {
        tuple(sorted((article.slug, other.slug)))
        for article in articles
        for other, _ in intake.near_duplicates(article.text, exclude=article)
    }
    told = {
        tuple(sorted((finding.record.slug, finding.message.split()[-1])))
        for finding in audit.capture_is_near_duplicate()
    }
    assert pairs == told
    assert len(pairs) > len(articles)


# --- Replacing a capture ---------------------------------------------------------------------


@pytest.fixture
def article(db):
    return ArticleFactory()


def plan_for(article, text, **bounds):
    body = {"body_start": text.index("Freedonia"), "body_end": text.index("\n\nComments")}
    return intake.replacement(article, text, **(body | bounds))


def state_of(article):
    """What is stored: the capture, and each citation with its place and number of versions."""
    article = models.Article.objects.get(pk=article.pk)
    citations = {
        citation.uuid: (citation.start, citation.quote, citation.versions.count())
        for citation in article.citations.all()
    }
    return Capture(article.text, article.body_start, article.body_end), citations


def test_citations_move_with_the_text(article, at_commit):
    citations = [CitationFactory(article=article, quote=quote) for quote in QUOTES]
    withdrawn = CitationFactory(article=article)
    withdrawn.status, withdrawn.withdrawal_reason = Status.WITHDRAWN, "A mistake."
    withdrawn.save()

    text = TEXT.replace("Menu", "A longer menu\n\nCorrected on 6 May")
    plan = plan_for(article, text)
    shift = len(text) - len(TEXT)
    assert plan.open == []
    assert {move.citation for move in plan.settled} == {*citations, withdrawn}
    assert {move.new_start - move.old_start for move in plan.moves} == {shift}
    assert plan.old == Capture(article.text, BODY_START, BODY_END)

    saved = intake.apply(plan)
    at_commit()
    assert (saved.pk, saved.text, saved.sha256) == (
        article.pk,
        text,
        sha256(text.encode()).hexdigest(),
    )
    for citation in citations:
        start = citation.start
        citation.refresh_from_db()
        assert citation.start == start + shift
        assert text[citation.start : citation.end] == citation.quote


def test_the_plan_alone_changes_nothing(article, django_assert_num_queries):
    for quote in QUOTES:
        CitationFactory(article=article, quote=quote)
    before = state_of(article)
    text = TEXT.replace("Menu", "Another menu")
    with django_assert_num_queries(2):
        plan = plan_for(article, text)
        assert all(move.citation.target for move in plan.moves)
    assert state_of(article) == before


def test_citations_that_stay_are_not_touched(article):
    early = CitationFactory(article=article, quote=QUOTES[0])
    late = CitationFactory(article=article, quote=QUOTES[-1])
    intake.apply(plan_for(article, TEXT.replace("Nobody came", "Nobody at all came")))
    _, citations = state_of(article)
    assert citations[early.uuid] == (early.start, early.quote, 1)
    assert citations[late.uuid] == (late.start + len("at all "), late.quote, 2)


def test_nothing_is_saved_while_a_citation_needs_a_person(article):
    kept = CitationFactory(article=article, quote=QUOTES[-1])
    lost = CitationFactory(article=article, quote="on 3 May 1933")
    before = state_of(article)
    plan = plan_for(article, TEXT.replace("3 May", "the 3rd of May"))
    assert [(move.citation, move.reason) for move in plan.open] == [(lost, Lost.GONE)]
    assert [move.citation for move in plan.settled] == [kept]
    with pytest.raises(Refused, match=r"1 citation.* “on 3 May 1933”: .*Nothing was saved"):
        intake.apply(plan)
    assert state_of(article) == before


def test_words_that_were_corrected_are_quoted_anew(article, at_commit):
    lost = CitationFactory(article=article, quote="on 3 May 1933")
    text = TEXT.replace("3 May", "the 3rd of May")
    start = text.index("on the 3rd")
    passage = (start, text.index(". The League"))
    intake.apply(plan_for(article, text), quoted_anew={lost.uuid: passage})
    at_commit()
    lost.refresh_from_db()
    assert (lost.start, lost.quote) == (start, "on the 3rd of May 1933")


TWICE = TEXT.replace("“Nobody", "“They asked the League for help. Nobody").replace("3 May", "4 May")


def test_several_places_are_chosen_from_by_hand(article, at_commit):
    citation = CitationFactory(article=article, quote="asked the League for help")
    text = TWICE.replace("Freedonia asked", "Freedonia has asked")
    plan = plan_for(article, text)
    (move,) = plan.open
    assert move.reason == Lost.SEVERAL
    assert len(move.places) == 2

    with pytest.raises(Refused, match="does not stand at 7 in the new body"):
        intake.apply(plan, {citation.uuid: 7})
    intake.apply(plan, {citation.uuid: move.places[1]})
    at_commit()
    citation.refresh_from_db()
    assert citation.start == text.rindex("asked the League")


def test_a_person_may_overrule_what_would_move_by_itself(article):
    citation = CitationFactory(article=article, quote="asked the League for help")
    text = TWICE.replace("4 May", "3 May")
    plan = plan_for(article, text)
    (move,) = plan.settled
    assert move.new_start == text.index("asked the League")
    intake.apply(plan, {citation.uuid: text.rindex("asked the League")})
    citation.refresh_from_db()
    assert citation.start == text.rindex("asked the League")


def test_what_a_person_decides_must_fit(article):
    citation = CitationFactory(article=article)
    text = TEXT.replace("Menu", "Another menu")
    plan = plan_for(article, text)
    before = state_of(article)
    for by_hand, anew, words in (
        ({uuid.uuid4(): 20}, {}, "No citation of this article"),
        ({}, {citation.uuid: (0, 12)}, "is no passage of the new body"),
        ({}, {citation.uuid: (30, 30)}, "is no passage of the new body"),
        # Of these the database speaks, after the article and before the end.
        ({}, {citation.uuid: (14, 23)}, "A quotation has three words at least"),
        ({}, {citation.uuid: (23, 40)}, "no blank before or after it"),
    ):
        with pytest.raises(Refused, match=words):
            intake.apply(plan, by_hand, anew)
        assert state_of(article) == before


def test_bounds_alone_may_change(article, at_commit):
    inside = CitationFactory(article=article, quote=QUOTES[0])
    outside = CitationFactory(article=article, quote=QUOTES[-1])
    end = article.text.index("\n\n“Nobody")
    plan = intake.replacement(article, article.text, 0, end)
    assert [(move.citation, move.reason) for move in plan.open] == [(outside, Lost.OUTSIDE)]
    assert plan.settled[0].new_start == inside.start
    with pytest.raises(Refused, match="stand outside the new body only"):
        intake.apply(plan)
    outside.delete()
    intake.apply(intake.replacement(article, article.text, 0, end))
    at_commit()
    assert state_of(article)[0] == Capture(article.text, 0, end)


@pytest.mark.parametrize("bounds", [(-1, 5), (5, 5), (6, 5), (0, len(TEXT) + 99)])
def test_bounds_must_lie_in_the_text(article, bounds):
    with pytest.raises(Refused, match="ends within the text"):
        intake.replacement(article, TEXT, *bounds)


def test_a_capture_that_another_article_has_is_refused(article):
    other = ArticleFactory()
    with pytest.raises(Refused, match=f"captured already, as “{other.slug}”"):
        plan_for(article, other.text)


@pytest.mark.parametrize("change", ["citation", "quote", "article"])
def test_what_changed_since_the_plan_is_not_overwritten(article, change):
    citation = CitationFactory(article=article)
    plan = plan_for(article, TEXT.replace("Menu", "Another menu"))
    if change == "citation":
        CitationFactory(article=article, quote=QUOTES[-1])
    elif change == "quote":
        citation.quote, citation.start = QUOTES[-1], None
        citation.save()
    else:
        models.Article.objects.filter(pk=article.pk).update(body_end=BODY_END - 1)
    before = state_of(article)
    with pytest.raises(Refused, match="have changed since you looked"):
        intake.apply(plan)
    assert state_of(article) == before


@pytest.mark.parametrize("ahead", [True, False])
def test_twins_do_not_meet_on_the_way(db, at_commit, ahead):
    """The same words are cited twice for one record, and each moves to where the other stood."""
    sentence = "Nobody came at all, they say. "
    text = "".join(f"{sentence}{number} " for number in "abcd")
    old, new = (text, f"{sentence}x {text}") if ahead else (f"{sentence}x {text}", text)
    article = article_of(old)
    event = EventFactory()
    places = [old.index(f"{sentence}{number}") for number in "bcd"]
    citations = [
        CitationFactory(article=article, event=event, quote="Nobody came at all", start=start)
        for start in places
    ]
    plan = intake.replacement(article, new, 0, len(new))
    assert plan.open == []
    intake.apply(plan)
    at_commit()
    for citation, number in zip(citations, "bcd", strict=True):
        citation.refresh_from_db()
        assert citation.start == new.index(f"{sentence}{number}")


@pytest.mark.django_db(transaction=True)
def test_what_is_public_stays_proven():
    event = publish(EventFactory())
    citation = event.citations.get()
    plan = plan_for(citation.article, TEXT.replace("Menu", "Another menu"))
    intake.apply(plan)
    citation.refresh_from_db()
    event.refresh_from_db()
    assert (event.status, citation.status) == (Status.PUBLISHED, Status.PUBLISHED)
    assert citation.start == plan.moves[0].new_start != plan.moves[0].old_start
