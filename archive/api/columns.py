"""The kinds of columns of which ``tables.py`` composes the CSV of each list.

Each kind says once which SQL gives its cells and what the documentation says of it. The
cells come ready from the database: labels beside codes, dates as text and as days, formulas
defused. Nothing is touched row by row in Python; that is what makes a million rows cheap.

Three rules hold in all columns: an empty cell is a missing value; a flag is TRUE or FALSE;
text that a spreadsheet would take for a formula gets an apostrophe before it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.aggregates import StringAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models as orm
from django.db.models import (
    Case,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Collate, Left, Lower, NullIf, StrIndex
from django.db.models.lookups import Exact, GreaterThan

from archive import models
from archive.choices import Stance, Status
from archive.models.base import CONTESTED, PASSAGE
from archive.models.citation import OUTLET, WRITERS
from archive.models.fields import EDTF_HELP, EDTFField

# What a spreadsheet may take for the beginning of a formula: the signs and blanks that OWASP's
# page on CSV injection lists, and the full-width twins of the signs, which Excel takes for them.
FORMULA_STARTS = "=+-@＝＋－＠\t\r\n"


@dataclass(frozen=True)
class Column:
    """One column. `expression` is the ORM's, over the model of the list.

    `type` is one of text, code, number, boolean, edtf, day, time, url. `values` are those of
    the vocabulary, each with its label, where the column has one.
    """

    name: str
    type: str
    description: str
    expression: Any
    values: tuple[tuple[str, str], ...] = ()

    def at(self, root: str) -> Any:
        """The SQL of the cells, for a site with the address `root`."""
        return self.expression


class AddressColumn(Column):
    """The absolute address of a record; the expression gives the path below ``/api/v1/``."""

    def at(self, root: str) -> Any:
        return joined(Value(f"{root}api/v1/"), self.expression)


Make = Callable[[Any], list[Column]]


def table(model: type[orm.Model], *makers: Make) -> tuple[Column, ...]:
    """The columns of one list, in the order of the file."""
    return tuple(column for make in makers for column in make(model))


# --- SQL ------------------------------------------------------------------------------------


def joined(*parts: Any) -> Func:
    """The texts, one after the other; null where one of them is."""
    return Func(*parts, template="(%(expressions)s)", arg_joiner=" || ", output_field=TextField())


def defused(text: Any) -> Case:
    """`text` so that a spreadsheet shows it and computes nothing; null where it is blank."""
    is_formula = GreaterThan(StrIndex(Value(FORMULA_STARTS), Left(text, 1)), 0)
    return Case(
        When(Exact(text, Value("")), then=Value(None)),
        When(is_formula, then=joined(Value("'"), text)),
        default=text,
        output_field=TextField(),
    )


def listed(array: Any) -> NullIf:
    """The elements of an array in one cell; null where there are none."""
    text = Func(array, Value("; "), function="array_to_string", output_field=TextField())
    return NullIf(text, Value(""), output_field=TextField())


def flag(condition: Any) -> Case:
    """In capitals: R knows true and false in no other way."""
    return Case(
        When(condition, then=Value("TRUE")), default=Value("FALSE"), output_field=TextField()
    )


def label_of(path: str, choices: Any) -> Case:
    whens = (When(**{path: value}, then=Value(str(label))) for value, label in choices)
    return Case(*whens, output_field=TextField())


def visible(path: str, expression: Any) -> Any:
    """`expression`, and null where the record at `path` is not public."""
    return Case(When(**{f"{path}__status": Status.PUBLISHED}, then=expression))


# --- One field ------------------------------------------------------------------------------


def column(name: str, path: str = "", description: str = "", *, within: str = "") -> Make:
    """The column, or the columns, of the field at `path`, by the kind of the field.

    A code has its label beside it, a date its first and last day. `within` leads to a record
    that the public may not see; then the cells are empty.
    """

    def make(model: Any) -> list[Column]:
        field = field_at(model, path or name)
        words = description or str(field.help_text).removesuffix(EDTF_HELP).strip()
        return [
            replace(each, expression=visible(within, each.expression)) if within else each
            for each in _columns_of(field, name, path or name, words)
        ]

    return make


def field_at(model: Any, path: str) -> Any:
    *names, last = path.split("__")
    for name in names:
        model = models.Citation if name == PASSAGE else model._meta.get_field(name).related_model
    return model._meta.get_field(last)


def _columns_of(field: Any, name: str, path: str, words: str) -> list[Column]:
    if isinstance(field, EDTFField):
        return _date(field, name, path, words)
    if field.choices:
        return [
            Column(name, "code", words, _filled(path, field), _values(field)),
            Column(f"{name}_label", "text", f"`{name}` in words.", label_of(path, field.choices)),
        ]
    type_, expression = _cell(field, path)
    return [Column(name, type_, words, expression)]


def _values(field: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(value), str(label)) for value, label in field.choices if value)


def _cell(field: Any, path: str) -> tuple[str, Any]:
    """The type of a plain column, and its SQL."""
    if isinstance(field, orm.GeneratedField):
        field = field.output_field
    if field.name == "code":  # three capitals: a check in the database holds it to them
        return "code", F(path)
    kinds: list[tuple[Any, str, Callable[[str], Any]]] = [
        (ArrayField, "text", lambda path: defused(listed(F(path)))),
        (orm.BooleanField, "boolean", lambda path: flag(Q(**{path: True}))),
        (orm.DateTimeField, "time", _utc),
        (orm.DateField, "day", F),
        (orm.IntegerField, "number", F),
        # Of small letters, digits and hyphens only: a check in the database, as above.
        (orm.SlugField, "code", F),
        (orm.UUIDField, "code", F),
        (orm.URLField, "url", lambda path: defused(F(path))),
        ((orm.CharField, orm.TextField), "text", lambda path: defused(F(path))),
    ]
    for kind, type_, expression in kinds:
        if isinstance(field, kind):
            return type_, expression(path)
    raise TypeError(f"No column for {field}")


def _filled(path: str, field: Any) -> Any:
    return NullIf(F(path), Value(""), output_field=TextField()) if field.blank else F(path)


def _date(field: Any, name: str, path: str, words: str) -> list[Column]:
    stored = {each.name for each in field.model._meta.get_fields()}
    days = (
        F(f"{path}_possible")
        if f"{field.name}_possible" in stored
        else Func(F(path), function="edtf_possible", output_field=DateRangeField())
    )
    last = Func(days, template="(upper(%(expressions)s) - 1)", output_field=orm.DateField())
    return [
        Column(name, "edtf", words, _filled(path, field)),
        Column(f"{name}_earliest", "day", f"The first day that `{name}` may touch.", Lower(days)),
        Column(f"{name}_latest", "day", f"The last day that `{name}` may touch, inclusive.", last),
    ]


def _utc(path: str) -> Func:
    return Func(
        F(path),
        template="to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
        output_field=TextField(),
    )


# --- Other records --------------------------------------------------------------------------


def state(name: str, path: str = "") -> Make:
    """A state: its code, its name and its number in the Correlates of War."""
    path = path or name

    def make(model: Any) -> list[Column]:
        words = f"{field_at(model, path).help_text} The code of the state."
        return [
            Column(name, "code", words, F(f"{path}__code")),
            Column(f"{name}_name", "text", f"`{name}` in words.", defused(F(f"{path}__name"))),
            Column(f"{name}_cow", "number", f"`{name}` as in COW.", F(f"{path}__cow")),
        ]

    return make


def named(name: str, path: str = "") -> Make:
    """An organization or a source: its slug and its name."""
    path = path or name

    def make(model: Any) -> list[Column]:
        return [
            Column(name, "code", str(field_at(model, path).help_text), F(f"{path}__slug")),
            Column(f"{name}_name", "text", f"`{name}` in words.", defused(F(f"{path}__name"))),
        ]

    return make


ACTOR_TYPES = (("state", "State"), ("organization", "Organization"))


def actor(name: str, path: str = "") -> Make:
    """A state or an organization: which of the two, its key and its name."""
    path = path or name

    def make(model: Any) -> list[Column]:
        is_state = {f"{path}_state__isnull": False}
        kind = Case(
            When(**is_state, then=Value("state")),
            default=Value("organization"),
            output_field=TextField(),
        )
        words = f"{field_at(model, f'{path}_state').help_text} Or the organization: its slug."
        key = Coalesce(
            f"{path}_state__code", f"{path}_organization__slug", output_field=TextField()
        )
        full = Coalesce(
            f"{path}_state__name", f"{path}_organization__name", output_field=TextField()
        )
        return [
            Column(name, "code", words, key),
            Column(f"{name}_name", "text", f"`{name}` in words.", defused(full)),
            Column(f"{name}_type", "code", "state or organization.", kind, ACTOR_TYPES),
        ]

    return make


def participants(name: str) -> Make:
    """Who took part in an event, in one cell."""

    def make(model: Any) -> list[Column]:
        accuser = Case(
            When(
                alleged_by__isnull=False,
                then=joined(Value(" (alleged by "), F("alleged_by__code"), Value(")")),
            ),
            default=Value(""),
            output_field=TextField(),
        )
        key = Coalesce("actor_state__code", "actor_organization__slug", output_field=TextField())
        parts = (
            models.Participation.objects.public()
            .filter(event=OuterRef("pk"))
            .order_by()
            .values("event")
            .annotate(
                parts=StringAgg(
                    joined(F("role"), Value(" "), key, accuser),
                    "; ",
                    order_by=("role", Collate(key, "C")),
                )
            )
        )
        words = "Who took part, and in which role: “attacker KLO (alleged by FRE); target FRE”."
        return [Column(name, "text", words, Subquery(parts.values("parts")))]

    return make


# --- Evidence -------------------------------------------------------------------------------


def evidence() -> Make:
    """The passage that stands for a record in its row, and how many there are."""

    def make(model: Any) -> list[Column]:
        shown = [column(*each)(model) for each in EVIDENCE]
        return [
            *(each for columns in shown for each in columns),
            AddressColumn(
                "evidence_url",
                "url",
                "The passage in this API.",
                joined(Value("citations/"), Cast(f"{PASSAGE}__uuid", TextField()), Value("/")),
            ),
            *_counts(model),
        ]

    return make


EVIDENCE = (
    (
        "evidence_quote",
        f"{PASSAGE}__quote",
        "The passage that proves the record, letter by letter. Of several: one that supports "
        "it, else qualifies it, else disputes it; then one about the whole record before one "
        "about a field of it; then the earliest published; then by article and place.",
    ),
    ("evidence_stance", f"{PASSAGE}__stance", "Whether that passage supports the record."),
    (
        "evidence_field",
        f"{PASSAGE}__field",
        "The field that the passage bears on; empty for the whole record.",
    ),
    ("evidence_article", f"{PASSAGE}__article__slug", "The article in which the passage stands."),
    ("evidence_article_title", f"{PASSAGE}__article__title"),
    ("evidence_address", f"{PASSAGE}__article__url", "Where the article was read."),
    ("evidence_outlet", f"{PASSAGE}__article__source__slug", "The outlet where it was read."),
    ("evidence_outlet_name", f"{PASSAGE}__article__source__name", "`evidence_outlet` in words."),
    ("evidence_date", f"{PASSAGE}__article__published", "When the article was published."),
)


def _counts(model: Any) -> list[Column]:
    target = str(models.Citation.target_field_of(model))
    passages = models.Citation.objects.published().order_by().filter(**{target: OuterRef("pk")})
    supporting = passages.filter(stance=Stance.SUPPORTS)
    return [
        _count(
            "citation_count",
            "Passages that bear on the record or on a field of it.",
            passages.values("pk"),
        ),
        _count("supporting_citations", "Those that support it.", supporting.values("pk")),
        _count(
            "supporting_outlets",
            "Outlets of the supporting passages; a reprint counts for who printed it first.",
            supporting.annotate(outlet=OUTLET).values("outlet").distinct(),
        ),
        _count(
            "supporting_authors",
            "Authors of the supporting passages; whoever is unknown in an outlet counts once.",
            supporting.annotate(author=WRITERS).values("author").distinct(),
        ),
        Column(
            "contested",
            "boolean",
            CONTESTED,
            _contested(target, flag(Exists(passages.filter(stance=Stance.DISPUTES)))),
        ),
    ]


def _contested(target: str, disputed: Any) -> Case:
    disputed = _unless_uncited(Value("FALSE"), disputed)
    if target not in models.Discrepancy.ABOUT:
        return disputed
    # The keys are read once: a large list costs a look at them a row.
    differs = Q(pk__in=models.Discrepancy.objects.differing(target))
    return Case(When(differs, then=Value("TRUE")), default=disputed, output_field=TextField())


def _count(name: str, words: str, rows: Any) -> Column:
    number = Func(ArraySubquery(rows), function="cardinality", output_field=IntegerField())
    return Column(name, "number", words, _unless_uncited(Value(0), number))


def _unless_uncited(nothing: Any, counted: Any) -> Case:
    """`counted`; in a large list most rows have no passage, and cost no look at any."""
    return Case(
        When(**{f"{PASSAGE}__isnull": True, "then": nothing}),
        default=counted,
        output_field=counted.output_field,
    )


# --- Every table ----------------------------------------------------------------------------


def address(path: str, *keys: str) -> Make:
    """The last columns of every table: when the row changed, and where it is."""

    def make(model: Any) -> list[Column]:
        return [
            *column("updated_at")(model),
            AddressColumn("url", "url", "The address of this record.", path_below(path, *keys)),
        ]

    return make


def path_below(path: str, *keys: str) -> Func:
    parts = [part for key in keys for part in (F(key), Value("/"))]
    return joined(Value(f"{path}/"), *parts)
