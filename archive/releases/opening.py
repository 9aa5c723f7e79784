"""Opens a release: unpacks it, compares its sums, and reads of which version and day it is."""

import fcntl
import json
import os
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from archive.releases.package import SUMS, Edition, digest_of, read_sums

# What a zip can be that was cut, changed or encrypted on its way.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
BEGINS = b"PK"


# Hidden folders of this name in the temporary folder are ours.
PLACE = ".casus-unpacked-"


class CheckFailedError(Exception):
    """What is wrong with a release, one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """The folder of a release: `path` itself, or what is in the zip."""
    if path.is_dir():
        yield path
        return
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError as error:
        raise CheckFailedError(f"There is no {path}.") from error
    except OSError as error:
        raise CheckFailedError(f"{path} cannot be read: {error.strerror}.") from error
    except zipfile.BadZipFile as error:
        with path.open("rb") as file:
            if file.read(len(BEGINS)) == BEGINS:
                raise CheckFailedError(
                    f"{path} is damaged: it begins as a zip, and breaks off. Fetch it again."
                ) from error
        raise CheckFailedError(f"{path} is neither a folder nor a zip: {error}.") from error
    with archive, temporary_folder() as place:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        if strange := [name for name in names if not _is_below(name)]:
            raise CheckFailedError(f"The zip holds {strange[0]}, which is outside of its folder.")
        tops = {PurePosixPath(name).parts[0] for name in names}
        if len(tops) != 1 or len(set(names)) != len(names):
            raise CheckFailedError("The zip of a release holds one folder, and each file once.")
        try:
            archive.extractall(place)
        except OSError as error:
            raise CheckFailedError(f"{path} cannot be unpacked: {error.strerror}.") from error
        except DAMAGED as error:
            raise CheckFailedError(f"{path} is damaged: {error}. Fetch it again.") from error
        yield place / tops.pop()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that goes whatever happens; what was left by a process that was killed goes, too.

    Each is locked as long as it is in use: the lock ends with its process, however that ends.
    """
    for left in Path(tempfile.gettempdir()).glob(f"{PLACE}*"):
        _remove_left(left)
    with tempfile.TemporaryDirectory(prefix=PLACE) as place, _opened(Path(place)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        within = Path(place, "release")
        within.mkdir()
        yield within


def _remove_left(place: Path) -> None:
    try:
        with _opened(place) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # One that is empty may have been made just now, and is about to be locked.
            if any(place.iterdir()):
                shutil.rmtree(place, ignore_errors=True)
    except OSError:
        pass  # in use, somebody else's, or gone


@contextmanager
def _opened(place: Path) -> Iterator[int]:
    descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _is_below(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return len(parts) > 1 and ".." not in parts and parts[0] != "/" and "\\" not in name


def verify_sums(folder: Path) -> int:
    """Each file has the sum that is written down for it, and there is no other; how many."""
    try:
        sums = read_sums((folder / SUMS).read_text("utf-8"))
    except FileNotFoundError as error:
        raise CheckFailedError(f"There is no {SUMS} in {folder.name}: no release.") from error
    except ValueError as error:
        raise CheckFailedError(str(error)) from error
    found = {each.relative_to(folder).as_posix() for each in folder.rglob("*") if not each.is_dir()}
    problems = [
        *(f"{name} is missing." for name in sorted(sums.keys() - found)),
        *(f"{name} is not in {SUMS}." for name in sorted(found - sums.keys() - {SUMS})),
        *(
            f"{name} is not as it was made: its SHA-256 is another."
            for name in sorted(sums.keys() & found)
            if digest_of(folder / name).sha256 != sums[name]
        ),
    ]
    if problems:
        raise CheckFailedError(*problems)
    return len(sums)


def edition_of(folder: Path) -> Edition:
    """What the release says of itself."""
    try:
        package: dict[str, Any] = json.loads((folder / "datapackage.json").read_text("utf-8"))
        return Edition(
            package["version"],
            date.fromisoformat(package["created"][:10]),
            licence="".join(each["name"] for each in package.get("licenses", ())),
            changelog=(folder / "CHANGELOG.md").read_bytes(),
        )
    except (KeyError, ValueError, TypeError, OSError) as error:
        raise CheckFailedError(f"The release does not say what it is: {error!r}.") from error
