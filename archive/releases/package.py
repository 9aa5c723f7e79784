"""A folder and a zip with the same files, written together, piece by piece.

The bytes of both follow from the content: in the zip each file has the same time, rights and
system, and stands in the order in which it was written. How zlib packs is the one thing that
a host decides; whoever has another one gets the same files in a zip of other bytes.
"""

import hashlib
import zipfile
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

# The earliest that a zip can say: files of a release have no time of their own.
NO_TIME = (1980, 1, 1, 0, 0, 0)
UNIX = 3
READABLE = 0o100644 << 16
LEVEL = 6
PIECE = 1024 * 1024
# Pieces that may wait to be packed.
AHEAD = 8
SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Edition:
    """What a release says of itself, beside the records."""

    version: str
    date: date
    notes: str = ""
    # Of the data as a whole, by its SPDX name: the owner's to give.
    licence: str = ""
    # The whole change log, where the release before is not at hand: a check has it from the file.
    changelog: bytes = b""

    @property
    def name(self) -> str:
        return f"casus-{self.version}"


class File(NamedTuple):
    sha256: str
    bytes: int


class Package:
    """Writes files into `folder`, and into `archive` below the name of the release."""

    def __init__(self, name: str, folder: Path, archive: Path) -> None:
        self.name, self.folder = name, folder
        self.files: dict[str, File] = {}
        folder.mkdir()
        self.zip = zipfile.ZipFile(archive, "x", zipfile.ZIP_DEFLATED)

    def write(self, path: str, pieces: Iterable[bytes]) -> File:
        """Adds the file; `path` is below the folder, with slashes."""
        place = self.folder / path
        place.parent.mkdir(exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with (
            place.open("xb") as file,
            # Nobody knows the size before: always as for files beyond 2 GB.
            self.zip.open(self._entry(path), "w", force_zip64=True) as member,
        ):

            def take(piece: bytes) -> None:
                digest.update(piece)
                file.write(piece)
                member.write(piece)

            # To pack is half of the work, and needs no Python: it goes on beside the rest.
            waiting: deque[Future[None]] = deque()
            with ThreadPoolExecutor(max_workers=1) as worker:
                for piece in pieces:
                    size += len(piece)
                    waiting.append(worker.submit(take, piece))
                    if len(waiting) > AHEAD:
                        waiting.popleft().result()
                for each in waiting:
                    each.result()
        made = self.files[path] = File(digest.hexdigest(), size)
        return made

    def _entry(self, path: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self.name}/{path}", NO_TIME)
        entry.create_system, entry.external_attr = UNIX, READABLE
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry._compresslevel = LEVEL  # type: ignore[attr-defined]
        return entry

    def close(self) -> None:
        """Adds the sums of all files, and ends the zip."""
        self.write(SUMS, [sums_of(self.files).encode()])
        self.zip.close()


def sums_of(files: dict[str, File]) -> str:
    """As sha256sum writes them, in the order of the names."""
    return "".join(f"{files[path].sha256}  {path}\n" for path in sorted(files))


def read_sums(text: str) -> dict[str, str]:
    """SHA-256 by path; ValueError where a line is none of `sha256sum`'s."""
    sums: dict[str, str] = {}
    for line in text.splitlines():
        digest, separator, path = line.partition("  ")
        if len(digest) != 64 or not separator or not path:
            raise ValueError(f"“{line}” is no line of {SUMS}.")
        sums[path] = digest
    return sums


def digest_of(path: Path) -> File:
    with path.open("rb") as file:
        return File(hashlib.file_digest(file, "sha256").hexdigest(), path.stat().st_size)


def pieces_of(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
