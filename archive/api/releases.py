"""Releases: the list, and their files as they were made, whole or in ranges (RFC 9110, 14).

A file of a release never changes, so it may be kept for ever, and its tag is its SHA-256. It is
sent as it lies on the disk, neither compressed nor touched: the sums are those of its bytes.
"""

import hashlib
import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags, quote_etag
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from archive.api.errors import problem
from archive.api.strict import StrictView
from archive.models import Release

logger = logging.getLogger(__name__)

PIECE = 256 * 1024
# A year, the longest that caches reckon with.
CACHE_CONTROL = "public, max-age=31536000, immutable"
# One range; who asks for several at once gets the whole file, as the standard allows.
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")

TYPES = {
    ".zip": "application/zip",
    ".csv": "text/csv; charset=utf-8; header=present",
    ".json": "application/json",
    ".jsonl": "application/jsonl; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".yaml": "application/yaml",
    ".cff": "application/yaml",
}
PLAIN = "text/plain; charset=utf-8"
CHANGED = (
    "What lies on the server is not the file that was released, so it is not sent; the fault is "
    "ours, and it has been logged."
)
# The codebook carries its style with it, and needs nothing else.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


class VersionConverter:
    """A version in an address, such as 1.0 or 2026.1-beta."""

    regex = r"[0-9][0-9a-z.-]{0,39}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class ReleaseFileSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="Where it lies in the folder of the release.")
    url = serializers.URLField()
    size = serializers.IntegerField(help_text="In bytes.")
    sha256 = serializers.CharField(help_text="In small hexadecimal letters.")


class ReleaseSerializer(serializers.Serializer[Any]):
    version = serializers.CharField(help_text="Its number, such as 1.0 or 2026.1.")
    url = serializers.URLField(help_text="Where the release says what its files are.")
    date = serializers.DateField(help_text="The day that it bears.")
    notes = serializers.CharField(help_text="What is new, in a few words; may be blank.")
    zip = ReleaseFileSerializer(help_text="All of it in one file.")
    codebook = serializers.URLField(help_text="What tables and columns hold, as a page.")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Records of each table."
    )


class ReleasesSerializer(serializers.Serializer[Any]):
    results = ReleaseSerializer(many=True, help_text="The newest first.")


class ReleaseDetailSerializer(ReleaseSerializer):
    files = ReleaseFileSerializer(many=True, help_text="Each file of its folder.")


class ReleaseListView(StrictView):
    """What the public saw of the archive at certain moments, to be cited and rebuilt."""

    @extend_schema(operation_id="releases_list", responses=ReleasesSerializer)
    def get(self, request: Request) -> Response:
        return Response({"results": [_shown(each, request) for each in Release.objects.all()]})


class ReleaseView(StrictView):
    """One release, with its files and their sums."""

    @extend_schema(responses=ReleaseDetailSerializer)
    def get(self, request: Request, version: str) -> Response:
        release = _found(version)
        files = [
            _file(release, path, about["sha256"], about["bytes"], request)
            for path, about in sorted(release.files.items())
        ]
        return Response({**_shown(release, request), "files": files})


class ReleaseFileView(StrictView):
    """A file of a release as it was made. It never changes; ranges of it can be asked for."""

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        """A file has one format, whatever is asked for."""
        [renderer] = self.get_renderers()
        return renderer, renderer.media_type

    @extend_schema(exclude=True)
    def get(self, request: Request, version: str, path: str) -> HttpResponseBase:
        release = _found(version)
        if path == f"{release.name}.zip":
            return sent(Path(path), release.sha256, release.size, request)
        about = release.files.get(path)
        if about is None:
            raise Http404
        return sent(Path(release.name, path), about["sha256"], about["bytes"], request)


def _found(version: str) -> Release:
    release = Release.objects.filter(version=version).first()
    if release is None:
        raise Http404
    return release


def _shown(release: Release, request: Request) -> dict[str, Any]:
    address = {"version": release.version}
    return {
        "version": release.version,
        "url": reverse("releases-one", kwargs=address, request=request),
        "date": release.date,
        "notes": release.notes,
        "zip": _file(release, f"{release.name}.zip", release.sha256, release.size, request),
        "codebook": reverse(
            "releases-file", kwargs={**address, "path": "codebook.html"}, request=request
        ),
        "counts": dict(sorted(release.counts.items())),
    }


def _file(release: Release, path: str, sha256: str, size: int, request: Request) -> Any:
    address = {"version": release.version, "path": path}
    url = reverse("releases-file", kwargs=address, request=request)
    return {"path": path, "url": url, "size": size, "sha256": sha256}


# --- Sending --------------------------------------------------------------------------------


class Span(NamedTuple):
    """Bytes of a file, from `start` up to `end`, without the latter."""

    start: int
    end: int


class UnsatisfiableError(Exception):
    """The range lies beyond the file."""


def sent(path: Path, sha256: str, size: int, request: Request) -> HttpResponseBase:
    """The file at `path` below RELEASES_DIR, or the bytes of it that were asked for."""
    tag = quote_etag(sha256)
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL, "Accept-Ranges": "bytes"}
    # Of a file, a weak comparison and a strong one are the same: it has one tag for ever.
    known = [
        each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))
    ]
    if tag in known or known == ["*"]:
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    try:
        # A HEAD asks for the file, whatever range it names.
        asked = request.headers.get("Range", "") if request.method == "GET" else ""
        span = asked_span(asked, size)
    except UnsatisfiableError:
        refused = problem(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"The file has {size} bytes.")
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    if request.headers.get("If-Range", tag) != tag:
        span = None  # of another file: this one is sent whole
    place = Path(settings.RELEASES_DIR, path)
    if not place.is_file():
        raise Http404
    if sum_of(place) != sha256:
        logger.error("%s is not what was released: its SHA-256 is not %s.", place, sha256)
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, CHANGED)
    start, end = span or Span(0, size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if path.suffix == ".html":
        headers["Content-Security-Policy"] = PAGE_POLICY
    elif path.suffix != ".md":
        headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return StreamingHttpResponse(
        bytes_of(place, start, end) if request.method != "HEAD" else iter(()),
        status=HTTPStatus.PARTIAL_CONTENT if span else HTTPStatus.OK,
        content_type=TYPES.get(path.suffix, PLAIN),
        headers=headers,
    )


def sum_of(place: Path) -> str:
    """Its SHA-256, made anew only where the file is not the one that was looked at before."""
    file = place.stat()
    return _sum_of(place, file.st_ino, file.st_size, file.st_mtime_ns, file.st_ctime_ns)


@lru_cache(maxsize=1000)
def _sum_of(place: Path, *identity: int) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def asked_span(header: str, size: int) -> Span | None:
    """The span that a `Range` asks for; None for the whole file: no range, or none we know.

    Raises UnsatisfiableError.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None:
        return None
    first, last = found.groups()
    if first == last == "":
        return None
    if first == "":  # the last so many bytes
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < int(first):
            return None  # no range at all, says the standard
    if start >= end:
        raise UnsatisfiableError
    return Span(start, end)


def bytes_of(place: Path, start: int, end: int) -> Iterator[bytes]:
    with place.open("rb") as file:
        file.seek(start)
        left = end - start
        while left and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
