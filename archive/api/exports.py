"""Whole lists in one answer, without pages: CSV, and JSON Lines.

A CSV is what PostgreSQL's COPY writes of one SELECT that the ORM has composed: the filters
and the order of the list, the columns of ``tables.py``. Its bytes are passed on in pieces as
they come, so that neither the time to the first byte nor the server's memory grows with the
rows. What fails at once is an error like any other; what fails later breaks the connection
off, so that no client takes a part for the whole.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import EmptyResultSet
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, OrderBy, QuerySet
from django.http import QueryDict, StreamingHttpResponse
from psycopg import ClientCursor, sql
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from archive.api.columns import Column
from archive.api.errors import BadParameter
from archive.api.prepared import Prepared
from archive.api.rows import written
from archive.api.shapes import Page, Shape, dumps

# Bytes of a piece: one write a row would cost five times as much.
PIECE = 64 * 1024
# Records made into JSON at a time: a piece of half a megabyte.
CHUNK = 1000

# Parameters that speak of pages, and of what stands around the records.
OF_PAGES = ("count", "cursor", "facets", "page_size")

# Excel takes a CSV for UTF-8 only where it begins with this; pandas, R and LibreOffice skip it.
BYTE_ORDER_MARK = "\ufeff"


class StreamRenderer(BaseRenderer):
    """Tells REST framework that a format can be had; the answer streams past its renderers."""

    charset = "utf-8"
    content_type: ClassVar[str]

    def render(self, data: Any, media_type: Any = None, context: Any = None) -> bytes:
        raise NotImplementedError


class CSVRenderer(StreamRenderer):
    format = "csv"
    media_type = "text/csv"
    content_type = "text/csv; charset=utf-8; header=present"


class JSONLinesRenderer(StreamRenderer):
    format = "jsonl"
    media_type = "application/jsonl"
    content_type = "application/jsonl; charset=utf-8"


STREAMS = (CSVRenderer, JSONLinesRenderer)


def refuse_pages(given: QueryDict, format: str) -> None:
    for name in OF_PAGES:
        if name in given:
            raise BadParameter(
                name, f"format={format} gives the whole list, without pages: leave “{name}” out."
            )


def streamed(
    request: Request, name: str, renderer: type[StreamRenderer], pieces: Generator[bytes]
) -> StreamingHttpResponse:
    """The answer with these `pieces`, of which the first is empty; see `as_csv`."""
    content: Iterator[bytes] = iter(())
    if request.method != "HEAD":
        next(pieces)  # a database that does not answer is an error, not a broken file
        content = pieces
    return StreamingHttpResponse(
        content,
        content_type=renderer.content_type,
        headers={"Content-Disposition": f'attachment; filename="casus-{name}.{renderer.format}"'},
    )


# --- CSV ------------------------------------------------------------------------------------


def as_csv(queryset: QuerySet[Any], columns: list[Column], root: str) -> Generator[bytes]:
    """The file in pieces: an empty one once the database answers, the header, the rows."""
    with snapshot(connections[queryset.db]):
        yield b""
        # Before the query: PostgreSQL may sort for seconds until it gives the first row.
        yield header_of(columns)
        yield from copied(select(queryset, columns, root).order_by(*_order(queryset)))


def header_of(columns: Iterable[Column]) -> bytes:
    return (BYTE_ORDER_MARK + ",".join(column.name for column in columns) + "\r\n").encode()


def copied(rows: QuerySet[Any]) -> Iterator[bytes]:
    """What PostgreSQL's COPY writes of the `rows`, a list of values; in pieces."""
    connection = connections[rows.db]
    try:
        query, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    # COPY takes no parameters from the server's side: this cursor binds them here.
    statement = sql.SQL("COPY ({}) TO STDOUT (FORMAT csv)").format(sql.SQL(query))
    cursor = ClientCursor(connection.connection)
    with cursor, cursor.copy(statement, parameters) as copy:
        yield from _pieces(copy)


def select(queryset: QuerySet[Any], columns: Iterable[Column], root: str) -> QuerySet[Any]:
    """The cells of these columns; the order is the caller's to choose."""
    names = {f"column_{number}": column.at(root) for number, column in enumerate(columns)}
    return queryset.with_passage().annotate(**names).values_list(*names)  # type: ignore[attr-defined]


def _order(queryset: QuerySet[Any]) -> list[OrderBy]:
    """The order of the pages: rows without a value last, in either direction."""
    return [
        OrderBy(F(path.removeprefix("-")), descending=path.startswith("-"), nulls_last=True)
        for path in map(str, queryset.query.order_by)
    ]


def _pieces(rows: Any) -> Iterator[bytes]:
    """The rows with the line ends of RFC 4180; PostgreSQL ends them as Unix does."""
    piece = bytearray()
    for row in rows:
        piece += row[:-1]
        piece += b"\r\n"
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


@contextmanager
def snapshot(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """One state of the archive for all that is read; within a transaction, that one's."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


# --- JSON Lines -----------------------------------------------------------------------------


def as_json_lines(queryset: QuerySet[Any], shape: Shape, page: Page) -> Generator[bytes]:
    """The records of the list, one a line, in pieces, of which the first is empty."""
    with snapshot(connections[queryset.db]):
        plan = Prepared(queryset.order_by(*_order(queryset)))
        yield b""
        for records in plan.chunks(CHUNK):
            yield b"".join(dumps(row) + b"\n" for row in written(records, shape, page))
