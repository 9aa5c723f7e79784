"""The codebook: made from the columns, the vocabularies and the coding rules.

The words on fields are the models' ``help_text``, the meanings of values the comments beside
them in ``archive/choices.py``, the rules `docs/codebook.md`: each is written once, so that the
codebook cannot say anything else than the archive does.
"""

import inspect
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from io import StringIO
from itertools import pairwise
from pathlib import Path

from django.conf import settings
from django.db.models import TextChoices
from markdown_it import MarkdownIt
from markdown_it.token import Token

from archive import choices
from archive.releases.schema import MANIFEST, MANIFEST_COLUMNS, MANIFEST_KEY, sentence
from archive.releases.tables import TABLES, Table

RULES = Path(settings.BASE_DIR, "docs", "codebook.md")

HOW_TO_READ = """\
## How to read the files

- `data/` has one CSV a table: UTF-8 with a byte order mark, commas, double quotes, CRLF (RFC
  4180). `datapackage.json` describes them as a Data Package, with types, keys and vocabularies.
- An empty cell is a missing value. R and pandas take Namibia's ISO code `NA` for one, too, unless
  they are told otherwise.
- A flag is `TRUE` or `FALSE`; several values in one cell have `; ` between them.
- A date is three columns: as the source gives it (EDTF, such as `2021-05` or `1992/..`), and the
  first and the last day that it may touch, empty where there is no bound.
- Text that a spreadsheet would take for a formula has an apostrophe before it; in `fixtures/` and
  `citations.jsonl` each text stands letter by letter.
- Each row has one passage that stands for it (`evidence_quote`, …) and the number of all.
  `citations.jsonl` has all passages as Web Annotations: the words, those around them, and their
  place in the capture in characters from 0, without the last.
- `votes.csv` says of an imported vote the `import` and its line; `imported_rows.csv` the same of
  what else a data set made or confirms, `discrepancies.csv` where it says otherwise.
- `fixtures/` are the records as the archive loads them (`manage.py load_release`), but for imported
  votes and the lines of imports, which it takes from `data/`. Where an article is restricted its
  fixture has the cited passages, each in its place, and no other word.
- `records.csv` has the key and a digest of every record; `CHANGELOG.md` what has changed.
- `SHA256SUMS` has the sums of all files: `sha256sum --check SHA256SUMS`.
"""

STYLE = """\
body { margin: 0 auto; padding: 1rem 1.25rem 4rem; max-width: 60rem; color: #1c2733;
  font: 1rem/1.55 system-ui, sans-serif; background: #fff; overflow-wrap: break-word }
h1, h2, h3 { line-height: 1.25; margin: 2.2em 0 .6em } h1 { margin-top: .6em }
h2 { border-bottom: 1px solid #c9d3dc; padding-bottom: .2em }
a { color: #0b5394 } code { background: #eef2f5; padding: .1em .25em; border-radius: 3px }
.table { overflow-x: auto } table { border-collapse: collapse; margin: .8em 0; font-size: .92rem }
th, td { text-align: left; vertical-align: top; padding: .3em .8em .3em 0;
  border-bottom: 1px solid #dde4ea } td code { white-space: nowrap }
nav ul { columns: 16rem; padding-left: 1.2rem }
@media (prefers-color-scheme: dark) { body { background: #14191f; color: #dbe3ea }
  a { color: #8cc1ff } code { background: #232b34 } h2, th, td { border-color: #35414d } }
"""


# --- Vocabularies ---------------------------------------------------------------------------


def vocabularies() -> dict[str, type[TextChoices]]:
    """Those whose values stand in a column, by their name in words, as they are declared."""
    used = {
        values
        for table in TABLES.values()
        for column in table.columns
        if (values := tuple(value for value, _ in column.values))
    }
    return {
        re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize(): vocabulary
        for name, vocabulary in vars(choices).items()
        if isinstance(vocabulary, type)
        and issubclass(vocabulary, TextChoices)
        and tuple(vocabulary.values) in used
    }


def glosses(vocabulary: type[TextChoices]) -> dict[str, str]:
    """What each value means: the comment at the end of its line."""
    source = inspect.getsource(vocabulary)
    by_name: dict[str, str] = {}
    name = ""
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.NAME and token.string in vocabulary.__members__:
            name = token.string
        elif token.type == tokenize.COMMENT and name:
            by_name[name] = token.string.lstrip("# ")
    return {str(vocabulary[name].value): gloss for name, gloss in by_name.items()}


# --- Markdown -------------------------------------------------------------------------------


def markdown(version: str) -> str:
    parts = [
        f"# Casus {version}: codebook",
        "What each table and column holds, what the coded values mean, and by which rules "
        "passages were coded.",
        HOW_TO_READ.strip(),
        "## Tables",
        *(_table(table) for table in TABLES.values()),
        _manifest(),
        "## Vocabularies",
        *(_vocabulary(name, vocabulary) for name, vocabulary in vocabularies().items()),
        _rules(),
    ]
    return "\n\n".join(parts) + "\n"


def _table(table: Table) -> str:
    leads = {name: target for name, target, _ in table.references()}
    names = {tuple(each.values): name for name, each in vocabularies().items()}
    rows = []
    for column in table.columns:
        words = [column.description.strip()]
        if target := leads.get(column.name):
            words.append(f"Leads to `{target}`.")
        if column.values:
            vocabulary = names.get(tuple(value for value, _ in column.values))
            listed = ", ".join(f"`{value}`" for value, _ in column.values)
            words.append(f"One of {listed}{f' (“{vocabulary}”)' if vocabulary else ''}.")
        rows.append((f"`{column.name}`", column.type, " ".join(filter(None, words))))
    return _described(table.name, sentence(table.model), table.key, rows)


def _manifest() -> str:
    rows = [(f"`{name}`", "text", words) for name, words in MANIFEST_COLUMNS.items()]
    return _described("records", MANIFEST, MANIFEST_KEY, rows)


def _described(name: str, about: str, key: Sequence[str], columns: Iterable[Sequence[str]]) -> str:
    found_by = ", ".join(f"`{each}`" for each in key)
    return "\n\n".join(
        (
            f"### {name}",
            f"{about} One row is found by {found_by}.",
            _grid(("column", "type", "what it holds"), columns),
        )
    )


def _vocabulary(name: str, vocabulary: type[TextChoices]) -> str:
    meanings = glosses(vocabulary)
    rows = [
        (f"`{value}`", str(label), meanings.get(value, "")) for value, label in vocabulary.choices
    ]
    # Python's own docstring of a class without one is that of the enumeration.
    about = f"{sentence(vocabulary)}\n\n" if "__doc__" in vars(vocabulary) else ""
    return f"### {name}\n\n{about}{_grid(('value', 'label', 'meaning'), rows)}"


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _rules() -> str:
    """The coding rules, their headings one level lower."""
    text = RULES.read_text("utf-8").strip()
    text = re.sub(r"^(#+ )", r"#\1", text, flags=re.MULTILINE)
    return text.replace("## Codebook", "## Coding rules", 1)


# --- HTML -----------------------------------------------------------------------------------


def html(version: str) -> str:
    """The same as a page by itself: nothing of it is fetched from elsewhere."""
    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(markdown(version))
    headings = list(_number(tokens))
    contents = "\n".join(
        f'<li><a href="#{anchor}">{escape(words)}</a></li>' for anchor, words in headings
    )
    body = parser.renderer.render(tokens, parser.options, {})
    body = body.replace("<table>", '<div class="table"><table>')
    body = body.replace("</table>", "</table></div>")
    title, rest = body.split("</h1>", 1)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Casus {version}: codebook</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        f'{title}</h1>\n<nav aria-label="Contents">\n<ul>\n{contents}\n</ul>\n</nav>\n'
        f"<main>{rest}</main>\n</body>\n</html>\n"
    )


def _number(tokens: list[Token]) -> Iterator[tuple[str, str]]:
    """Gives each heading below the first an anchor; yields it with the heading's words."""
    seen: set[str] = set()
    for heading, inline in pairwise(tokens):
        if heading.type != "heading_open" or heading.tag == "h1":
            continue
        words = "".join(child.content for child in inline.children or ())
        anchor = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
        while anchor in seen:
            anchor += "-2"
        seen.add(anchor)
        heading.attrSet("id", anchor)
        if heading.tag in ("h2", "h3"):
            yield anchor, words


def pieces(version: str) -> dict[str, bytes]:
    return {
        "codebook.md": markdown(version).encode(),
        "codebook.html": html(version).encode(),
    }
