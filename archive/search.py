"""Search: reads what was typed, asks PostgreSQL, and says where in each answer the words stand.

What can be found is kept by the database, passage by passage (``archive/sql/search.sql``).
PostgreSQL stems words; it does not know that the Kremlin is Russia. So the words typed are read
here, by the rules of its ``websearch_to_tsquery``, and each name of a state or an organization
is joined with the other names that its row gives.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import islice
from typing import Any, NamedTuple

import regex
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from archive import models

# What is ranked. A word that half of the archive has would take 200 ms to rank in full.
MOST_RANKED = 500

# What search tells apart, and what the title of each needs.
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "article": (models.Article, ()),
    "citation": (models.Citation, ()),
    "event": (models.Event, ()),
    "participation": (models.Participation, ("event", "actor_state", "actor_organization")),
    "request": (models.Request, ("requester", "addressee_state", "addressee_organization")),
    "response": (models.Response, ("responder_state", "responder_organization")),
    "membership": (models.Membership, ("state", "organization")),
    "roll_call": (models.RollCall, ()),
    "provision": (models.Provision, ()),
    "state": (models.State, ()),
    "organization": (models.Organization, ()),
    "source": (models.Source, ()),
}

# A word, as archive_fold() in archive/sql/search.sql parts them: letters and digits, with
# accents and what is invisible among them.
WORD = regex.compile(
    r"[[:alnum:]](?:[[:alnum:]]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff])*+", regex.V1
)


# --- What was typed ----------------------------------------------------------------------


class Term(NamedTuple):
    """Words that must (or must not) stand beside one another; mostly it is one word."""

    words: str
    is_quoted: bool = False
    is_negated: bool = False


class Clause(NamedTuple):
    """Terms that must all be there, or in their place one of the `names`."""

    terms: tuple[Term, ...]
    names: tuple[str, ...] = ()


TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))


def read(typed: str) -> list[list[Term]]:
    """Alternatives, parted by “or”, each of terms that belong together.

    >>> read('troops OR "peace keepers" -Russia')
    [[Term('troops')], [Term('peace keepers', True), Term('Russia', False, True)]]
    """
    alternatives: list[list[Term]] = [[]]
    for minus, quoted, word in TERM.findall(typed.translate(QUOTES)):
        if word.lower() == "or" and not minus:
            alternatives.append([])
        elif WORD.search(quoted or word):
            # “Russia's” is Russia, whatever the language of the passage.
            words = quoted or re.sub(r"['’]s$", "", word)
            alternatives[-1].append(Term(words, not word, bool(minus)))
    return [terms for terms in alternatives if terms]


def with_names(terms: Iterable[Term], names: dict[tuple[str, ...], list[str]]) -> list[Clause]:
    """The terms as clauses; the longest runs that are names get the other names.

    What is quoted, or to be left out, is meant as it stands.
    """
    clauses: list[Clause] = []
    rest = list(terms)
    while rest:
        for number in range(len(rest), 0, -1):
            run = rest[:number]
            if not any(term.is_quoted or term.is_negated for term in run):
                words = " ".join(term.words for term in run)
                if found := names.get(_as_name(words)):
                    here = _as_name(words)
                    others = [name for name in found if _as_name(name) != here]
                    clauses.append(Clause(tuple(run), tuple(others)))
                    break
        else:
            number = 1
            clauses.append(Clause((rest[0],)))
        del rest[:number]
    return clauses


def _as_name(text: str) -> tuple[str, ...]:
    """The words of a name as names are compared. “US” is a name, “us” is not."""
    plain = unicodedata.normalize("NFKD", text)
    words = [word if len(word) == 2 else word.casefold() for word in WORD.findall(plain)]
    words = ["".join(c for c in word if not unicodedata.combining(c)) for word in words]
    return tuple(words[1:] if words[:1] == ["the"] else words)


@lru_cache(maxsize=1)
def names(version: str) -> dict[tuple[str, ...], list[str]]:
    """All names of the actor (or actors) that a name stands for, by name.

    Kept until an actor changes: then the version (of archive_search_scope) is another.
    """
    states = models.State.objects.values_list("name", "official_name", "aliases")
    organizations = models.Organization.objects.values_list("name", "acronym", "aliases")
    found: dict[tuple[str, ...], list[str]] = {}
    for first, second, aliases in [*states, *organizations]:
        every = list(dict.fromkeys(name for name in (first, second, *aliases) if name))
        for name in every:
            found.setdefault(_as_name(name), []).extend(every)
    return {name: list(dict.fromkeys(every)) for name, every in found.items()}


# --- The question to PostgreSQL ----------------------------------------------------------


class Question(NamedTuple):
    """What one text search configuration makes of what was typed, as texts of tsqueries.

    `exact` asks for the words typed, `wide` also for other names; `phrases` are what is
    highlighted: lexemes, with their distances from the first.
    """

    configuration: str
    exact: str
    wide: str
    phrases: list[list[tuple[str, int]]]


def understand(typed: str) -> tuple[list[list[Clause]], list[Question]]:
    """What was typed, with other names, and the question for each configuration in use.

    No question where nothing is left to be searched for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM archive_search_scope()")
        version, configurations = cursor.fetchone()
    known = names(version)
    alternatives = [with_names(terms, known) for terms in read(typed)]
    return alternatives, _questions(alternatives, configurations)


def _questions(alternatives: list[list[Clause]], configurations: list[str]) -> list[Question]:
    phrases = {
        words
        for clauses in alternatives
        for clause in clauses
        for words in (*(term.words for term in clause.terms), *clause.names)
    }
    english = _lexemes("english", frozenset(phrases))
    made = []
    for configuration in configurations:
        # A stop word of English, in which records are written, is one everywhere: “the” names
        # nothing in a German article.
        own = _lexemes(configuration, frozenset(phrases))
        lexemes = {words: query if english[words] else "" for words, query in own.items()}
        exact, wide, highlighted = [], [], []
        for clauses in alternatives:
            exactly = [_all(_asked(term, lexemes) for term in each.terms) for each in clauses]
            if not any(query and not query.startswith("!") for query in exactly):
                continue  # stop words only, or nothing but words to be left out
            widely = [
                # A name that is only stop words (“who”) is none here.
                _any([query, *(lexemes[name] for name in each.names)]) if query else ""
                for query, each in zip(exactly, clauses, strict=True)
            ]
            exact.append(_all(exactly))
            wide.append(_all(widely))
            for query, each in zip(exactly, clauses, strict=True):
                if query and not query.startswith("!"):
                    shown = (*(term.words for term in each.terms), *each.names)
                    highlighted += [_phrase(lexemes[words]) for words in shown]
        if exact:
            made.append(Question(configuration, _any(exact), _any(wide), highlighted))
    return made


def _asked(term: Term, lexemes: dict[str, str]) -> str:
    query = lexemes[term.words]
    return f"!({query})" if query and term.is_negated else query


def _all(queries: Iterable[str]) -> str:
    parts = [query for query in queries if query]
    return parts[0] if len(parts) == 1 else " & ".join(f"({query})" for query in parts)


def _any(queries: Iterable[str]) -> str:
    parts = list(dict.fromkeys(query for query in queries if query))
    return parts[0] if len(parts) == 1 else " | ".join(f"({query})" for query in parts)


def _phrase(query: str) -> list[tuple[str, int]]:
    """'secur' <-> 'council' → [("secur", 0), ("council", 1)]."""
    phrase, place = [], 0
    for distance, lexeme in re.findall(r"<(-|\d+)>|'([^']+)'", query):
        if lexeme:
            phrase.append((lexeme, place))
        else:
            place += 1 if distance == "-" else int(distance)
    return phrase


@lru_cache(maxsize=1000)
def _lexemes(configuration: str, phrases: frozenset[str]) -> dict[str, str]:
    """Each phrase as a tsquery, blank for stop words alone. It never changes, so it is kept."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT words, phraseto_tsquery(%s::regconfig, archive_fold(words))::text "
            "FROM unnest(%s::text[]) AS words",
            [configuration, list(phrases)],
        )
        return dict(cursor.fetchall())


# --- The answer --------------------------------------------------------------------------


class FoundArticle(NamedTuple):
    """What an answer shows of an article."""

    id: int
    slug: str
    title: str
    published: str
    source_slug: str
    source_name: str

    def get_absolute_url(self) -> str:
        return models.Article.get_absolute_url(self)  # type: ignore[arg-type]


class Hit(NamedTuple):
    """One answer: a passage of an article, or a record. Offsets count code points."""

    kind: str
    rank: float
    start: int | None
    text: str
    highlights: list[tuple[int, int]]
    article: FoundArticle | None
    record: Any  # None for articles, which are shown without


class Answer(NamedTuple):
    hits: list[Hit]
    last: tuple[float, int] | None  # rank and key, from which the next page goes on
    is_partial: bool  # more matched than were ranked


class Within(NamedTuple):
    """Where to search: None is everywhere."""

    kinds: list[str] | None = None
    articles: list[int] | None = None
    days: DateRange | None = None

    def condition(self) -> str:
        conditions = {
            "kinds": "kind = ANY (%(kinds)s)",
            "articles": "article_id = ANY (%(articles)s)",
            "days": "days && %(days)s",
        }
        given = [conditions[name] for name, value in self._asdict().items() if value is not None]
        return " AND ".join(["true", *given])


def answer(
    asked: Sequence[Question], within: Within, size: int, after: tuple[float, int] | None = None
) -> Answer:
    """The best `size` hits, or the best after the one with this rank and key."""
    values = within._asdict() | {
        "lexemes": [lexeme for each in asked for phrase in each.phrases for lexeme, _ in phrase]
    }
    for number, question in enumerate(asked):
        values |= {f"{name}{number}": value for name, value in question._asdict().items()}
    beyond = "true"
    if after:
        beyond = "(rank, id) < (%(rank)s::float8, %(id)s)"
        values |= {"rank": after[0], "id": after[1]}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT rank, page.id, page.is_partial, kind, key, start, text, configuration,
                   -- Words of the heading have the weight A; they stand in no text.
                   (SELECT json_object_agg(lexeme, positions)
                      FROM unnest(ts_filter(vector, '{{d}}')) WHERE lexeme = ANY (%(lexemes)s)),
                   article.*
              FROM (WITH candidate AS MATERIALIZED ({_candidates(asked, within)})
                    SELECT id, rank, (SELECT count(*) FROM candidate) > {MOST_RANKED} AS is_partial
                      FROM candidate WHERE {beyond}
                     ORDER BY rank DESC, id DESC LIMIT {size + 1}) AS page
              JOIN archive_searchentry AS entry USING (id)
              LEFT JOIN ({_public_articles()}) AS article ON article.id = entry.article_id
             ORDER BY rank DESC, page.id DESC
            """,
            values,
        )
        rows = cursor.fetchall()
    last = rows[size - 1][:2] if len(rows) > size else None
    return Answer(list(_hits(asked, rows[:size])), last, bool(rows and rows[0][2]))


def _candidates(asked: Sequence[Question], within: Within) -> str:
    """What is ranked: first what has the words in its heading, then in its text, then other names.

    The limit stands twice, so that PostgreSQL plans to read no more than it takes.
    """
    heading, exact, wide = (
        _matches(asked, column, which)
        for column, which in (("heading", "exact"), ("vector", "exact"), ("vector", "wide"))
    )
    stages = [heading, f"({exact}) AND ({heading}) IS NOT TRUE"]
    if any(each.exact != each.wide for each in asked):
        stages.append(f"({wide}) AND NOT ({exact})")
    rows = " UNION ALL ".join(
        f"(SELECT id, {_rank(asked)} AS rank FROM archive_searchentry "
        f"WHERE ({stage}) AND {within.condition()} LIMIT {MOST_RANKED + 1})"
        for stage in stages
    )
    return f"SELECT * FROM ({rows}) AS stage LIMIT {MOST_RANKED + 1}"


def _matches(asked: Sequence[Question], column: str, which: str) -> str:
    """True for the rows that the question in their own language finds."""
    return " OR ".join(
        f"(configuration = %(configuration{number})s AND {column} @@ %({which}{number})s::tsquery)"
        for number in range(len(asked))
    )


def _rank(asked: Sequence[Question]) -> str:
    """The words typed count for ten times as much as other names for them."""
    cases = " ".join(
        f"WHEN %(configuration{number})s THEN ts_rank(vector, %(exact{number})s::tsquery)"
        + (f" + ts_rank(vector, %(wide{number})s::tsquery) / 10" if each.exact != each.wide else "")
        for number, each in enumerate(asked)
    )
    return f"(CASE configuration {cases} END)::float8"


@cache
def _public_articles() -> str:
    """The rows of `FoundArticle`, compiled once: each time, it would take as long as the search."""
    columns = ("id", "slug", "title", "published", "source__slug", "source__name")
    query = models.Article.objects.public().order_by().values_list(*columns).query
    sql: str = connection.ops.compose_sql(*query.sql_with_params())  # type: ignore[attr-defined]
    return sql.replace("%", "%%")


def _hits(asked: Sequence[Question], rows: Sequence[tuple[Any, ...]]) -> Iterator[Hit]:
    phrases = {question.configuration: question.phrases for question in asked}
    records = _records(rows)
    for rank, _, _, kind, key, start, text, configuration, places, *columns in rows:
        article = FoundArticle(*columns) if columns[0] else None
        record = records.get((kind, key))
        # Triggers keep out what is not public; this is the second lock on the door.
        if record or (kind == "article" and article):
            highlights = _highlights(text, phrases[configuration], places or {})
            yield Hit(kind, rank, start, text, highlights, article, record)


def _records(rows: Sequence[tuple[Any, ...]]) -> dict[tuple[str, int], Any]:
    """The public records of the rows, one query a kind."""
    wanted: dict[str, set[int]] = {}
    for _, _, _, kind, key, *_ in rows:
        if kind != "article":
            wanted.setdefault(kind, set()).add(key)
    found: dict[tuple[str, int], Any] = {}
    for kind, ids in wanted.items():
        model, needed = KINDS[kind]
        public = model.objects.public().filter(pk__in=ids).select_related(*needed).order_by()
        found |= {(kind, record.pk): record for record in public}
    return found


def _highlights(
    text: str, phrases: Iterable[list[tuple[str, int]]], places: dict[str, list[int]]
) -> list[tuple[int, int]]:
    """Where the phrases stand in `text`; `places` are the numbers of the words that lexemes are."""
    last = max((max(numbers) for numbers in places.values()), default=0)
    # Positions in a vector, and so the places, count words from 1.
    spans = [(0, 0), *(match.span() for match in islice(WORD.finditer(text), last))]
    found = [
        (spans[first][0], spans[first + phrase[-1][1]][1])
        for phrase in phrases
        if phrase
        for first in places.get(phrase[0][0], ())
        if all(first + offset in places.get(lexeme, ()) for lexeme, offset in phrase)
    ]
    return list(_joined(sorted(found)))


def _joined(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Without overlaps."""
    current: tuple[int, int] | None = None
    for start, end in spans:
        if current and start < current[1]:
            current = (current[0], max(current[1], end))
        else:
            if current:
                yield current
            current = (start, end)
    if current:
        yield current
