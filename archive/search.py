"""Search: reads what was typed, and makes of it what PostgreSQL is asked.

What can be found is kept by the database, passage by passage (``archive/sql/search.sql``).
PostgreSQL stems words; it does not know that the Kremlin is Russia. So the words typed are read
here, by the rules of its ``websearch_to_tsquery``, and each name of a state or an organization
is joined with the other names that its row gives. ``archive/api/hits.py`` asks and shows.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from functools import lru_cache
from threading import Lock
from typing import Any, NamedTuple

import regex
from cachetools import LRUCache

from archive import models
from archive.cursors import ask
from archive.models.revision import CurrentRevision

# What search tells apart.
KINDS: dict[str, Any] = {
    "article": models.Article,
    "citation": models.Citation,
    "event": models.Event,
    "participation": models.Participation,
    "request": models.Request,
    "response": models.Response,
    "membership": models.Membership,
    "roll_call": models.RollCall,
    "provision": models.Provision,
    "state": models.State,
    "organization": models.Organization,
    "source": models.Source,
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


@lru_cache(maxsize=1)
def scope(revision: CurrentRevision) -> tuple[str, list[str]]:
    """A version that changes with every name of an actor, and the configurations in use.

    Kept while what the public sees is the same.
    """
    [(version, configurations)] = ask("SELECT * FROM archive_search_scope()")
    return version, configurations


def understand(typed: str, revision: CurrentRevision) -> tuple[list[list[Clause]], list[Question]]:
    """What was typed, with other names, and the question for each configuration in use.

    No question where nothing is left to be searched for.
    """
    version, configurations = scope(revision)
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
    # A stop word of English, in which records are written, is one everywhere: “the” names
    # nothing in a German article.
    known = _lexemes({"english", *configurations}, phrases)
    made = []
    for configuration in configurations:
        lexemes = {
            words: known[configuration, words] if known["english", words] else ""
            for words in phrases
        }
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


# The tsquery of a phrase never changes, so it is kept: by configuration and words.
_stemmed: LRUCache[tuple[str, str], str] = LRUCache(20_000)
_lock = Lock()


def _lexemes(
    configurations: Collection[str], phrases: Collection[str]
) -> dict[tuple[str, str], str]:
    """Each phrase as a tsquery in each configuration; blank for stop words alone."""
    wanted = [(configuration, words) for configuration in configurations for words in phrases]
    with _lock:
        found = {key: _stemmed[key] for key in wanted if key in _stemmed}
    if missing := [key for key in wanted if key not in found]:
        rows = ask(
            "SELECT name, words, phraseto_tsquery(name::regconfig, archive_fold(words))::text "
            "FROM unnest(%s::text[], %s::text[]) AS asked (name, words)",
            [[name for name, _ in missing], [words for _, words in missing]],
        )
        made = {(name, words): query for name, words, query in rows}
        found |= made
        with _lock:
            _stemmed.update(made)
    return found
