"""Files as they come: compressed or not, with a byte-order mark or not; and what ails them."""

import csv
import gzip
import hashlib
import io
import os
import tempfile
import zlib
from collections.abc import Iterator
from operator import methodcaller
from pathlib import Path
from typing import Any, BinaryIO

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):  # noqa: N818 - an answer, not a malfunction
    """The file is not what it should be; the message says where, why, and what to do."""


def sha256_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error


class Table:
    """The rows of a CSV file, `.gz` or plain, one after another; nothing is kept."""

    def __init__(self, path: Path, encoding: str = "utf-8") -> None:
        self.path, self.encoding = path, encoding
        self.notes: list[str] = []
        self.raw = path.open("rb")
        self.size = os.fstat(self.raw.fileno()).st_size
        self.reader: Any = None
        try:
            self.header = self._header()
        except BaseException:
            self.raw.close()
            raise

    def __enter__(self) -> "Table":
        return self

    def __exit__(self, *error: object) -> None:
        self.raw.close()

    @property
    def line(self) -> int:
        """The line of the file in which the last row ends, from 1."""
        return int(self.reader.line_num)

    @property
    def share(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return self.raw.tell() / self.size if self.size else 1.0

    def _header(self) -> list[str]:
        try:
            lines = iter(self._lines())
            first = next(lines, "")
            if first.endswith("\r\n"):
                self.notes.append("lines end in CR LF, as on Windows; read all the same")
            self.reader = csv.reader(_chain(first, lines))
            header: list[str] = next(self.reader, [])
        except (EOFError, OSError, zlib.error, UnicodeDecodeError, csv.Error) as error:
            raise self._unreadable(error, 0) from error
        if not any(name.strip() for name in header):
            raise Unreadable(f"{self.path.name} is empty: it has no header.")
        names = [name.strip() for name in header]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise Unreadable(f"{self.path.name}: the header names {', '.join(doubled)} twice.")
        return names

    def _lines(self) -> Iterator[str]:
        start = self.raw.read(4)
        self.raw.seek(0)
        if start.startswith(b"PK\x03\x04"):
            raise Unreadable(f"{self.path.name} is a zip archive: unpack it first.")
        binary: BinaryIO = self.raw
        if start.startswith(b"\x1f\x8b"):
            binary = io.BufferedReader(gzip.GzipFile(fileobj=self.raw), 1 << 18)
            start = binary.peek(4)[:4]
        if start.startswith(UTF16_MARKS):
            raise Unreadable(
                f"{self.path.name} is UTF-16, by its byte-order mark: save it as UTF-8 first."
            )
        if start.startswith(UTF8_MARK):
            binary.read(len(UTF8_MARK))
            self.notes.append("a byte-order mark stands at the beginning; read without it")
        return map(methodcaller("decode", self.encoding), binary)

    def __iter__(self) -> Iterator[list[str]]:
        """The rows after the header; raises `Unreadable` where the file breaks off."""
        try:
            yield from self.reader
        except (EOFError, OSError, zlib.error, UnicodeDecodeError, csv.Error) as error:
            raise self._unreadable(error, self.line) from error

    def _unreadable(self, error: Exception, line: int) -> Unreadable:
        name = self.path.name
        if isinstance(error, UnicodeDecodeError):
            return Unreadable(
                f"{name}, line {line + 1}: this is not {self.encoding.upper()} (byte "
                f"0x{error.object[error.start]:02X}). If the file is Latin-1, say "
                "--encoding latin-1."
            )
        if isinstance(error, EOFError):
            return Unreadable(
                f"{name} breaks off after line {line}: its compressed data have no end. "
                "Fetch it again."
            )
        if isinstance(error, (gzip.BadGzipFile, zlib.error)):
            return Unreadable(f"{name} is damaged after line {line} ({error}). Fetch it again.")
        if isinstance(error, csv.Error):
            return Unreadable(f"{name}, line {line + 1}: this is not CSV ({error}).")
        return Unreadable(f"{name} cannot be read: {error}.")


def _chain(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def require(table: Table, columns: tuple[str, ...], layout: str) -> None:
    """Refuses a header that lacks columns of the layout."""
    missing = [name for name in columns if name not in table.header]
    if missing:
        raise Unreadable(
            f"{table.path.name} lacks {'the column' if len(missing) == 1 else 'the columns'} "
            f"{', '.join(missing)} of the layout “{layout}”. Its header: "
            f"{', '.join(table.header)}."
        )


def shortened(text: str, length: int = 500) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


class Rejects:
    """The lines that cannot be taken in: line, column, value, reason.

    They are written to a file without a name, which vanishes with the process, until `keep`
    gives it one.
    """

    SHOWN = 10

    def __init__(self) -> None:
        self.count = 0
        self.first: list[str] = []
        self._file = tempfile.TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115
        self._writer = csv.writer(self._file)
        self._writer.writerow(["line", "column", "value", "reason"])

    def add(self, line: int, column: str, value: str, reason: str) -> None:
        self.count += 1
        self._writer.writerow([line, column, value[:300], reason])
        if len(self.first) < self.SHOWN:
            where = f"line {line}, {column}" if column else f"line {line}"
            self.first.append(f"{where}: “{value[:80]}”: {reason}")

    def keep(self, path: Path) -> None:
        self._file.seek(0)
        with path.open("w", encoding="utf-8", newline="") as file:
            while piece := self._file.read(1 << 16):
                file.write(piece)

    def close(self) -> None:
        self._file.close()
