"""Answers that are known to be fresh before anything is read: by the archive's revision.

Each answer of the API follows from its address, the format asked for, this code, and what the
public sees; the revision stands for the last (`archive.models.revision`). One look at it tells
whether the reader's copy is still right (304), or the copy that this process keeps.
"""

import hashlib
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_etags

from archive.api.compression import accepts_gzip
from archive.models import Revision
from archive.models.revision import CurrentRevision

PREFIX = "/api/v1/"
# Anybody may keep an answer, and asks each time whether it is still right: what is withdrawn
# is gone at once.
CACHE_CONTROL = "public, no-cache"
KEPT_BYTES = 64_000_000
MOST_OF_ONE = 4_000_000


class Kept(NamedTuple):
    """An answer as it was given at a revision."""

    revision: CurrentRevision
    headers: dict[str, str]
    body: bytes


def _size(kept: Kept) -> int:
    return len(kept.body) + 1_000


class Freshness:
    """Middleware: 304, or the answer that is kept, or a new one with its ETag.

    It stands before the middlewares of sessions and users: the API knows neither.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.code = _code()
        self.kept: LRUCache[str, Kept] = LRUCache(KEPT_BYTES, _size)
        self.lock = Lock()
        running.append(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method not in {"GET", "HEAD"} or not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        revision = _current()
        request.revision = revision  # type: ignore[attr-defined]
        packing = "gzip" if accepts_gzip(request) else "plain"
        resource = " ".join(
            (request.build_absolute_uri(), request.META.get("HTTP_ACCEPT", ""), packing, self.code)
        )
        etag = _etag(revision, resource)
        held = request.META.get("HTTP_IF_NONE_MATCH")
        if held and etag in parse_etags(held):
            return _labelled(HttpResponseNotModified(), revision, etag)
        if kept := self._find(resource, revision):
            return HttpResponse(kept.body, headers=kept.headers)
        response = self.get_response(request)
        # A file of a release has a tag of its own, and never changes.
        if response.status_code == 200 and not response.has_header("ETag"):
            _labelled(response, revision, etag)
            if isinstance(response, HttpResponse) and len(response.content) <= MOST_OF_ONE:
                kept = Kept(revision, dict(response.items()), response.content)
                with self.lock:
                    self.kept[resource] = kept
        return response

    def _find(self, resource: str, revision: CurrentRevision) -> Kept | None:
        with self.lock:
            kept = self.kept.get(resource)
        return kept if kept and kept.revision == revision else None


# The middlewares of this process; a process has one, tests make more.
running: list[Freshness] = []


def forget() -> None:
    """Forgets all answers, as a process does that starts: tests look at how one is made."""
    for middleware in running:
        middleware.kept.clear()


def _current() -> CurrentRevision:
    """One look, which also shows whether the connection still works: Django need not ask."""
    connection.health_check_done = True  # type: ignore[attr-defined]
    try:
        return Revision.current()
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block:
            raise
        connection.close()  # PostgreSQL was started anew, say
        return Revision.current()


class Stamp(NamedTuple):
    """A revision as tags begin with it, and as HTTP writes its time."""

    tag: str
    time: str


@lru_cache(maxsize=8)
def _stamp(revision: CurrentRevision) -> Stamp:
    moment = revision.changed_at.timestamp()
    return Stamp(f"{revision.changes:x}-{int(moment * 1_000_000):x}", http_date(moment))


def _etag(revision: CurrentRevision, resource: str) -> str:
    """Weak: whoever compresses the answer on its way leaves it as it is."""
    digest = hashlib.blake2b(resource.encode(), digest_size=9).hexdigest()
    return f'W/"{_stamp(revision).tag}-{digest}"'


def _labelled(response: HttpResponseBase, revision: CurrentRevision, etag: str) -> HttpResponseBase:
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Last-Modified"] = _stamp(revision).time
    # What a tag depends on; a 304 names it as the answer itself does.
    patch_vary_headers(response, ["Accept", "Accept-Encoding"])
    return response


@cache
def _code() -> str:
    """A digest of the code: after an upgrade, no answer of the old one counts as fresh."""
    digest = hashlib.blake2b(digest_size=9)
    for path in sorted(Path(settings.BASE_DIR, "archive").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
