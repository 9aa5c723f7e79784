"""The hits of a search: PostgreSQL is asked, and each is told where the words stand in it.

What was typed has been read by ``archive/search.py``.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from archive import models
from archive.api.prepared import Prepared, Slot, prepared
from archive.api.shared import TITLE_PARTS, SharedRows
from archive.cursors import ask
from archive.search import KINDS, WORD, Question

# What is ranked. A word that half of the archive has would take 200 ms to rank in full.
MOST_RANKED = 500


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


EVERYWHERE = Within()


def answer(
    asked: Sequence[Question],
    within: Within,
    shared: SharedRows,
    size: int,
    after: tuple[float, int] | None = None,
) -> Answer:
    """The best `size` hits, or the best after the one with this rank and key."""
    values = within._asdict()
    for number, question in enumerate(asked):
        values |= {f"{name}{number}": value for name, value in question._asdict().items()}
    beyond = "true"
    if after:
        beyond = "(rank, id) < (%(rank)s::float8, %(id)s::bigint)"
        values |= {"rank": after[0], "id": after[1]}
    sql = f"""
        SELECT rank, page.id, page.is_partial, kind, key, start, text, configuration, vector,
               article.*
          FROM (WITH candidate AS MATERIALIZED ({_candidates(asked, within)})
                SELECT id, rank, (SELECT count(*) FROM candidate) > {MOST_RANKED} AS is_partial
                  FROM candidate WHERE {beyond}
                 ORDER BY rank DESC, id DESC LIMIT {size + 1}) AS page
          JOIN archive_searchentry AS entry USING (id)
          LEFT JOIN ({_public_articles()}) AS article ON article.id = entry.article_id
         ORDER BY rank DESC, page.id DESC
        """
    # To plan it takes as long as to find a rare word. But where the search is narrowed, only the
    # words and the values tell whether to begin with the ones or with the others.
    rows = ask(sql, values) if within == EVERYWHERE else _ask_anew(sql, values)
    last = rows[size - 1][:2] if len(rows) > size else None
    return Answer(list(_hits(asked, rows[:size], shared)), last, bool(rows and rows[0][2]))


def _ask_anew(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query that PostgreSQL plans for these very values."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


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


def _hits(
    asked: Sequence[Question], rows: Sequence[tuple[Any, ...]], shared: SharedRows
) -> Iterator[Hit]:
    phrases = {question.configuration: question.phrases for question in asked}
    records = _records(rows, shared)
    for rank, _, _, kind, key, start, text, configuration, vector, *columns in rows:
        article = FoundArticle(*columns) if columns[0] else None
        record = records.get((kind, key))
        # Triggers keep out what is not public; this is the second lock on the door.
        if record or (kind == "article" and article):
            places = _places(vector, phrases[configuration])
            marks = highlights(text, phrases[configuration], places)
            yield Hit(kind, rank, start, text, marks, article, record)


def _records(rows: Sequence[tuple[Any, ...]], shared: SharedRows) -> dict[tuple[str, int], Any]:
    """The public records of the rows, one query a kind."""
    wanted: dict[str, set[int]] = {}
    for _, _, _, kind, key, *_ in rows:
        if kind != "article":
            wanted.setdefault(kind, set()).add(key)
    found: dict[tuple[str, int], Any] = {}
    for kind, ids in wanted.items():
        model = KINDS[kind]
        plan = prepared(("found", kind), partial(_prepare, model))
        records = plan.records({"ids": list(ids)})
        if model is not models.Citation:  # it is shown under the title of its article
            shared.attach(records, model, TITLE_PARTS.get(model, ()))
        found |= {(kind, record.id): record for record in records}
    return found


def _prepare(model: Any) -> Prepared:
    return Prepared(model.objects.public().order_by().filter(pk__any=Slot("ids")))


def _places(vector: str, phrases: Iterable[list[tuple[str, int]]]) -> dict[str, list[int]]:
    """The numbers of the words in the text that the lexemes of the phrases are.

    A vector is written 'closur':3,9 'strait':4,12A. Lexemes hold no quotation marks or blanks;
    words of the heading have the weight A, and stand in no text. To let PostgreSQL take the
    vector apart takes longer.

    >>> _places("'closur':3,9 'strait':4,12A", [[("strait", 0), ("hope", 1)]])
    {'strait': [4]}
    """
    places = {}
    for lexeme in {lexeme for phrase in phrases for lexeme, _ in phrase}:
        _, found, beyond = vector.partition(f"'{lexeme}':")
        if found:
            numbers = beyond.partition(" ")[0].split(",")
            places[lexeme] = [int(number) for number in numbers if number.isdigit()]
    return {lexeme: numbers for lexeme, numbers in places.items() if numbers}


def highlights(
    text: str, phrases: Iterable[list[tuple[str, int]]], places: dict[str, list[int]]
) -> list[tuple[int, int]]:
    """Where the phrases stand in `text`; `places` are the numbers of the words that lexemes are."""
    last = max((max(numbers) for numbers in places.values()), default=0)
    # Positions in a vector, and so the places, count words from 1.
    words = list(islice(WORD.finditer(text), last))
    found = [
        (words[first - 1].start(), words[first - 1 + phrase[-1][1]].end())
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
