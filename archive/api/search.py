"""``/search/``: ranked passages of articles, and records, in the reader's own words."""

from functools import lru_cache
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.backends.postgresql.psycopg_any import DateRange
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from archive import edtf, models, search
from archive.api import hits
from archive.api.base import CitedArticleSerializer
from archive.api.errors import BadParameter
from archive.api.lists import json_response, page_of, revision_of
from archive.api.parameters import Choice, Day, Key, Parameter, RefusedError
from archive.api.questions import QuestionView, described
from archive.api.references import title_of

DEFAULT_SIZE = 20
MAX_SIZE = 100
MAX_LENGTH = 200

NOTHING_USEFUL = (
    "There is nothing to search for: only words that are everywhere (“the”, “of”), signs, or "
    "words to leave out. Name what you look for."
)
NOTHING_FOUND = (
    "Nothing public has all of these words in one passage or record. Use fewer words, or put OR "
    "between them."
)
PARTIAL = (
    f"These words stand in more than {hits.MOST_RANKED} places; {hits.MOST_RANKED} of them "
    "were ranked, those with the words in a title first. More words, type, article, source, from "
    "or to narrow the search."
)


# A date is read once, however often it is found.
_date = lru_cache(maxsize=50_000)(edtf.as_dict)


class Typed(Parameter):
    """What the reader typed."""

    def read(self, text: str) -> str:
        if len(text) > MAX_LENGTH:
            raise RefusedError(f"A search has at most {MAX_LENGTH} characters.")
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": MAX_LENGTH}


class Size(Parameter):
    """How many answers a page."""

    def read(self, text: str) -> int:
        # Not isdigit() alone: it takes the digits of every script, and superscripts.
        if text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_SIZE:
            return int(text)
        raise RefusedError(f"“page_size” is a whole number from 1 to {MAX_SIZE}.")

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1, "maximum": MAX_SIZE, "default": DEFAULT_SIZE}


class After(Parameter):
    """Rank and key of the last answer of the page before, signed."""

    signer = Signer(salt="archive.api.search")

    def write(self, last: tuple[float, int]) -> str:
        return self.signer.sign_object(last)

    def read(self, text: str) -> tuple[float, int]:
        try:
            rank, key = self.signer.unsign_object(text)
        except BadSignature:
            raise RefusedError("This cursor is not one of ours. Follow “next” as given.") from None
        return rank, key


CURSOR = After("Where the page begins. Never written by hand: follow `next`.")


class OtherNamesSerializer(serializers.Serializer[Any]):
    typed = serializers.CharField(help_text="A name of a state or an organization, as typed.")
    also = serializers.ListField(
        child=serializers.CharField(), help_text="Its other names in the archive, searched for too."
    )


class FoundSerializer(serializers.Serializer[Any]):
    type = serializers.ChoiceField(
        choices=list(search.KINDS),
        help_text="What was found; `citation` is a quotation from a restricted article.",
    )
    title = serializers.CharField(help_text="Of the record, or of the article of the passage.")
    url = serializers.URLField(help_text="The address of the record or article.")
    rank = serializers.FloatField(
        help_text="Comparable within one search only: PostgreSQL's ts_rank, words of a title "
        "counting for more, and other names than those typed for a tenth."
    )
    snippet = serializers.CharField(
        help_text="The passage, letter by letter, or the words of the record. Plain text: escape "
        "it before you put it into a page."
    )
    highlights = serializers.ListField(
        child=serializers.ListField(
            child=serializers.IntegerField(min_value=0), min_length=2, max_length=2
        ),
        help_text="Where the words stand in the snippet: start and end, in Unicode code points.",
    )
    article = CitedArticleSerializer(
        allow_null=True, help_text="The article of a passage; null for other records."
    )
    start = serializers.IntegerField(
        allow_null=True,
        help_text="Where the passage begins in the article's text, in code points; null where the "
        "title or the authors were found, and for other records.",
    )
    end = serializers.IntegerField(allow_null=True, help_text="Where it ends: text[start:end].")


class SearchSerializer(serializers.Serializer[Any]):
    notice = serializers.CharField(
        help_text="In words, why there is nothing, or that not all was ranked; else blank."
    )
    names = OtherNamesSerializer(many=True)
    next = serializers.URLField(allow_null=True, help_text="The address of the next page.")
    results = FoundSerializer(many=True)


PARAMETERS: dict[str, Parameter] = {
    "q": Typed("What to search for."),
    "type": Choice(search.KINDS, "Only records of these types."),
    "article": Key(models.Article, "Only passages of these articles."),
    "source": Key(models.Source, "Only passages of articles of these sources."),
    "from": Day(
        "From this day on: articles published, and records dated, so that they may fall on it "
        "or later. A month or a year stands for its first day. The undated are left out."
    ),
    "to": Day("Up to this day, inclusive; a month or a year stands for its last day."),
    "page_size": Size("Answers a page."),
    "cursor": CURSOR,
}


class SearchView(QuestionView):
    """Passages of articles, and records, that have the words, the best first.

    All words must stand in the same passage (a few sentences, at most 600 characters) or in the
    same record. `"…"` asks for words beside one another, OR for either, - leaves out; endings,
    capitals and accents do not matter. A name of a state or an organization also finds its other
    names: “Kremlin” finds Russia, unless it stands in quotation marks. Of a restricted article
    only the published quotations are found. What is outside an article's body never is.
    """

    asked = PARAMETERS

    @extend_schema(
        parameters=described(PARAMETERS, "q"),
        responses=SearchSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        given = self.given(request)
        if "q" not in given:
            raise BadParameter("q", "Say what to search for: ?q=peacekeepers", PARAMETERS)
        page = page_of(request)
        clauses, asked = search.understand(given["q"], revision_of(request))
        if not asked:
            nothing: dict[str, Any] = {
                "notice": NOTHING_USEFUL,
                "names": [],
                "next": None,
                "results": [],
            }
            return json_response(nothing)
        found = hits.answer(
            asked,
            hits.Within(given.get("type"), _articles(given), _days(given)),
            page.shared,
            size=given.get("page_size", DEFAULT_SIZE),
            after=given.get("cursor"),
        )
        following = None
        if found.last:
            here = request.build_absolute_uri()
            following = replace_query_param(here, "cursor", CURSOR.write(found.last))
        notice = PARTIAL if found.is_partial else ""
        return json_response(
            {
                "notice": notice if found.hits or "cursor" in given else NOTHING_FOUND,
                "names": _names(clauses),
                "next": following,
                "results": [_result(hit, page.base) for hit in found.hits],
            }
        )


def _articles(given: dict[str, Any]) -> list[int] | None:
    """The ids of the articles asked for; None for all."""
    if "article" not in given and "source" not in given:
        return None
    articles = models.Article.objects.public()
    if "article" in given:
        articles = articles.filter(pk__in=given["article"])
    if "source" in given:
        articles = articles.filter(source__in=given["source"])
    return list(articles.order_by().values_list("pk", flat=True))


def _days(given: dict[str, Any]) -> DateRange | None:
    if "from" not in given and "to" not in given:
        return None
    first = given["from"].earliest if "from" in given else None
    last = given["to"].latest if "to" in given else None
    if first and last and first > last:
        raise BadParameter("to", f"“to” ({last}) is before “from” ({first}).")
    return DateRange(first, last, "[]")


def _names(alternatives: list[list[search.Clause]]) -> list[dict[str, Any]]:
    return [
        {"typed": " ".join(term.words for term in clause.terms), "also": clause.names}
        for clauses in alternatives
        for clause in clauses
        if clause.names
    ]


def _result(hit: hits.Hit, base: str) -> dict[str, Any]:
    article: Any = hit.article
    record = hit.record or article
    return {
        "type": hit.kind,
        "title": title_of(article or record),
        "url": f"{base}{record.get_absolute_url()}",
        "rank": round(hit.rank, 6),
        "snippet": hit.text,
        "highlights": hit.highlights,
        "article": article and _article(article, base),
        "start": hit.start,
        "end": None if hit.start is None else hit.start + len(hit.text),
    }


def _article(article: hits.FoundArticle, base: str) -> dict[str, Any]:
    """The same as `CitedArticleSerializer` makes of a record."""
    return {
        "slug": article.slug,
        "title": article.title,
        "source": {"slug": article.source_slug, "title": article.source_name},
        "published": _date(article.published),
        "url": f"{base}{article.get_absolute_url()}",
    }
