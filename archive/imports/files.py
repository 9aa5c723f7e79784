"""Files as they come: compressed or not, with a byte-order mark or not; and what ails them."""

import csv
import gzip
import hashlib
import io
import os
import shutil
import stat
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):  # noqa: N818 - an answer, not a malfunction
    """The file is not what it should be; the message says where, why, and what to do."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    try:
        _require_file(path)
        yield
    except OSError as error:
        raise Unreadable(f"{path} cannot be read: {error.strerror}.") from error


def _require_file(path: Path) -> None:
    """A file is read twice, and its size is known: of nothing else that can be opened is it so."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise Unreadable(f"{path} is a folder: name a file.")
    if not stat.S_ISREG(mode):
        what = "a pipe" if stat.S_ISFIFO(mode) else "a device"
        raise Unreadable(f"{path} is {what}: save what it gives as a file first, and name that.")


def sha256_of(path: Path) -> str:
    with reading(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Table:
    """The rows of a CSV file, `.gz` or plain, one after another; nothing is kept.

    Who knows what a line says from another like it need not have it parsed: `lines` and `row`.
    """

    def __init__(self, path: Path, encoding: str = "utf-8") -> None:
        self.path, self.encoding = path, encoding
        self.notes: list[str] = []
        self.line = 0  # the line of the file that was read last, from 1
        self.first = 0  # the line with which the row begins that was parsed last
        with reading(path):
            self.raw = path.open("rb")
        self.size = os.fstat(self.raw.fileno()).st_size
        self.lines: Iterator[bytes] = self._lines()
        self._begun: list[bytes] = []
        self._reader = csv.reader(self._texts())
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
    def share(self) -> float:
        """How much of the file has been read, from 0 to 1."""
        return self.raw.tell() / self.size if self.size else 1.0

    def __iter__(self) -> Iterator[list[str]]:
        """The rows after the header; raises `Unreadable` where the file breaks off."""
        return map(self.row, self.lines)

    def row(self, line: bytes) -> list[str]:
        """The row that begins with this line, the last of `lines`; it may go on in further ones."""
        self._begun.append(line)
        self.first = self.line
        try:
            return next(self._reader)
        except (UnicodeDecodeError, csv.Error) as error:
            raise self._unreadable(error) from error

    def _header(self) -> list[str]:
        first = next(self.lines, b"")
        if b"\r" in first.removesuffix(b"\r\n"):
            raise Unreadable(f"{self.path.name}: lines end in CR alone. Save it with LF or CR LF.")
        if first.endswith(b"\r\n"):
            self.notes.append("lines end in CR LF, as on Windows; read all the same")
        names = [name.strip() for name in self.row(first)] if first else []
        if not any(names):
            raise Unreadable(f"{self.path.name} is empty: it has no header.")
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            raise Unreadable(f"{self.path.name}: the header names {', '.join(doubled)} twice.")
        return names

    def _lines(self) -> Iterator[bytes]:
        try:
            for line in self._binary():
                self.line += 1
                yield line
        except (EOFError, OSError, zlib.error) as error:
            raise self._unreadable(error) from error

    def _texts(self) -> Iterator[str]:
        """What the parser reads: the line that it was given, then the file's."""
        while line := self._begun.pop() if self._begun else next(self.lines, b""):
            yield line.decode(self.encoding)

    def _binary(self) -> BinaryIO:
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
        return binary

    def _unreadable(self, error: Exception) -> Unreadable:
        name, line = self.path.name, self.line
        after = f" after line {line}" if line else ""
        if isinstance(error, UnicodeDecodeError):
            return Unreadable(
                f"{name}, line {line}: this is not {self.encoding.upper()} (byte "
                f"0x{error.object[error.start]:02X}). If the file is Latin-1, say "
                "--encoding latin-1."
            )
        if isinstance(error, EOFError):
            return Unreadable(
                f"{name} breaks off{after}: its compressed data have no end. Fetch it again."
            )
        if isinstance(error, (gzip.BadGzipFile, zlib.error)):
            return Unreadable(f"{name} is damaged{after} ({error}). Fetch it again.")
        if isinstance(error, csv.Error):
            return Unreadable(f"{name}, line {self.first}: this is not CSV ({error}).")
        return Unreadable(f"{name} cannot be read: {error}.")


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
    gives it the one of `path`.
    """

    SHOWN = 10

    def __init__(self, path: Path) -> None:
        self.path = path
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

    def keep(self) -> None:
        self._file.seek(0)
        try:
            with self.path.open("w", encoding="utf-8", newline="") as file:
                shutil.copyfileobj(self._file, file)
        except OSError as error:
            raise Unreadable(
                f"The rejected lines cannot be listed in {self.path}: {error.strerror}. Name "
                "another file with --rejects."
            ) from error

    def close(self) -> None:
        self._file.close()
