"""Search: reads what was typed, asks PostgreSQL, and says where in each answer the words stand.

What can be found is kept by the database, passage by passage (``archive/sql/search.sql``).
PostgreSQL stems words; it does not know that the Kremlin is Russia. So the words typed are read
here, by the rules of its ``websearch_to_tsquery``, and each name of a state or an organization
is joined with the other names that its row gives.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import regex
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from archive import models

# What is ranked. A word that half of the archive has would take 200 ms to rank in full.
MOST_RANKED = 500

# What search tells apart, and what the title of each needs.
KINDS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "article": (models.Article, ("source",)),
    "citation": (models.Citation, ("article__source",)),
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

# What an answer shows of an article.
ARTICLE = ("slug", "title", "published", "source__slug", "source__name")

# A word, as archive_fold() in archive/sql/search.sql parts them: letters and digits, with
# accents and what is invisible among them.
WORD = regex.compile(
    r"[[:alnum:]](?:[[:alnum:]]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff])*", regex.V1
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


def names() -> dict[tuple[str, ...], list[str]]:
    """All names of the actor (or actors) that a name stands for, by name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), sum(extract(epoch FROM updated_at)) FROM ("
            "SELECT updated_at FROM archive_state UNION ALL "
            "SELECT updated_at FROM archive_organization) AS actor"
        )
        return _names(cursor.fetchone())


@lru_cache(maxsize=1)
def _names(version: tuple[Any, ...]) -> dict[tuple[str, ...], list[str]]:
    """Kept until an actor changes: `version` is another then."""
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


def questions(alternatives: list[list[Clause]]) -> list[Question]:
    """One for each configuration in use; none where nothing is left to be searched for."""
    phrases = {
        words
        for clauses in alternatives
        for clause in clauses
        for words in (*(term.words for term in clause.terms), *clause.names)
    }
    made = []
    for configuration, lexemes in _lexemes(sorted(phrases)).items():
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


def _lexemes(phrases: list[str]) -> dict[str, dict[str, str]]:
    """Each phrase as a tsquery, by configuration in use; blank for stop words alone."""
    found: dict[str, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            # The first lines hop through the index from one configuration to the next.
            "WITH RECURSIVE used AS ("
            "(SELECT configuration FROM archive_searchentry ORDER BY configuration LIMIT 1) "
            "UNION ALL SELECT (SELECT e.configuration FROM archive_searchentry e "
            "WHERE e.configuration > used.configuration ORDER BY e.configuration LIMIT 1) "
            "FROM used WHERE used.configuration IS NOT NULL) "
            "SELECT configuration, words, "
            "phraseto_tsquery(configuration::regconfig, archive_fold(words))::text "
            "FROM used, unnest(%s::text[]) AS words WHERE configuration IS NOT NULL",
            [phrases],
        )
        for configuration, words, query in cursor.fetchall():
            found.setdefault(configuration, {})[words] = query
    return found


# --- The answer --------------------------------------------------------------------------


class Hit(NamedTuple):
    """One answer: the record and, of an article, the passage. Offsets count code points."""

    kind: str
    record: Any
    rank: float
    start: int | None
    text: str
    highlights: list[tuple[int, int]]


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
            "kinds": " AND kind = ANY (%(kinds)s)",
            "articles": " AND article_id = ANY (%(articles)s)",
            "days": " AND days && %(days)s",
        }
        return "".join(
            conditions[name] for name, value in self._asdict().items() if value is not None
        )


def answer(
    asked: Sequence[Question],
    within: Within,
    size: int,
    after: tuple[float, int] | None = None,
) -> Answer:
    """The best `size` hits, or the best after the one with this rank and key.

    Candidates are what has the words in its heading, then in its text, then other names for
    them; of all these the first `MOST_RANKED` are ranked. The words typed count for ten times
    as much as other names, and those in a heading more than those in a text.
    """
    in_heading, exact, wide = (
        _matches(asked, column, which)
        for column, which in (("heading", "exact"), ("vector", "exact"), ("vector", "wide"))
    )
    stages = [in_heading, f"({exact}) AND ({in_heading}) IS NOT TRUE"]
    if any(each.exact != each.wide for each in asked):
        stages.append(f"({wide}) AND NOT ({exact})")
    # The limit stands here, too, so that PostgreSQL reads no more than it takes.
    candidates = " UNION ALL ".join(
        f"(SELECT id, {_rank(asked)} AS rank FROM archive_searchentry "
        f"WHERE ({stage}){within.condition()} LIMIT {MOST_RANKED + 1})"
        for stage in stages
    )
    table = ", ".join(f"(%(configuration{n})s, %(lexemes{n})s::text[])" for n in range(len(asked)))
    values: dict[str, Any] = within._asdict()
    beyond = "true"
    if after:
        beyond = "(rank, id) < (%(rank)s::float8, %(id)s)"
        values |= {"rank": after[0], "id": after[1]}
    for number, question in enumerate(asked):
        for name, value in question._asdict().items():
            values[f"{name}{number}"] = value
        lexemes = {lexeme for phrase in question.phrases for lexeme, _ in phrase}
        values[f"lexemes{number}"] = sorted(lexemes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH candidate AS MATERIALIZED (
                SELECT * FROM ({candidates}) AS stage LIMIT {MOST_RANKED + 1}
            ), page AS (
                SELECT id, rank FROM candidate
                 WHERE {beyond}
                 ORDER BY rank DESC, id DESC LIMIT {size + 1}
            ), question (configuration, lexemes) AS (VALUES {table})
            SELECT kind, key, rank, id, start, text, configuration, place.lexemes, place.positions,
                   (SELECT count(*) FROM candidate) > {MOST_RANKED}
              FROM page JOIN archive_searchentry USING (id) JOIN question USING (configuration)
             CROSS JOIN LATERAL (
                SELECT array_agg(lexeme) AS lexemes, array_agg(position) AS positions
                  FROM unnest(vector) AS word, unnest(positions, weights) AS at (position, weight)
                 -- Words of the heading have the weight A; they stand in no text.
                 WHERE lexeme = ANY (question.lexemes) AND weight = 'D') AS place
             ORDER BY rank DESC, id DESC
            """,
            values,
        )
        rows = cursor.fetchall()
    records = _records((kind, key) for kind, key, *_ in rows[:size])
    phrases = {question.configuration: question.phrases for question in asked}
    hits = [
        Hit(kind, record, rank, start, text, _highlights(text, phrases[used], words, places))
        for kind, key, rank, _, start, text, used, words, places, _ in rows[:size]
        if (record := records.get((kind, key)))
    ]
    last = (rows[size - 1][2], rows[size - 1][3]) if len(rows) > size else None
    return Answer(hits, last, bool(rows and rows[0][-1]))


def _matches(asked: Sequence[Question], column: str, which: str) -> str:
    """True for the rows that a question of their own language finds."""
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


def _records(keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Any]:
    """The public records among `keys`, one query a kind."""
    wanted: dict[str, set[int]] = {}
    for kind, key in keys:
        wanted.setdefault(kind, set()).add(key)
    found: dict[tuple[str, int], Any] = {}
    for kind, ids in wanted.items():
        model, needed = KINDS[kind]
        rows = model.objects.public().filter(pk__in=ids).select_related(*needed).order_by()
        if kind in ("article", "citation"):  # never with the whole text
            path = "" if kind == "article" else "article__"
            own = () if kind == "article" else ("uuid",)
            rows = rows.only(*own, *(f"{path}{name}" for name in ARTICLE))
        found |= {(kind, row.pk): row for row in rows}
    return found


def _highlights(
    text: str,
    phrases: Iterable[list[tuple[str, int]]],
    lexemes: Sequence[str] | None,
    positions: Sequence[int] | None,
) -> list[tuple[int, int]]:
    """Where the phrases stand in `text`, from the positions of their lexemes, counted from 1."""
    places: dict[str, set[int]] = {}
    for lexeme, position in zip(lexemes or (), positions or (), strict=True):
        places.setdefault(lexeme, set()).add(position - 1)
    spans = [match.span() for match in WORD.finditer(text)]
    found = sorted(
        (spans[first][0], spans[first + phrase[-1][1]][1])
        for phrase in phrases
        if phrase
        for first in places.get(phrase[0][0], ())
        if all(first + offset in places.get(lexeme, ()) for lexeme, offset in phrase)
        and first + phrase[-1][1] < len(spans)
    )
    return list(_joined(found))


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
