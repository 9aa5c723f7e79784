"""A limit on the requests of one client, kept in memory that the worker processes share.

Why there, and what it does not promise: `docs/adr/0012-manners-of-the-api.md`.

Each client has an allowance of as many requests as it may send a minute. It can be spent at
once, and fills again steadily. What is kept is one number a client: when its allowance is whole
again (the generic cell rate algorithm, ITU-T I.371, annex A).
"""

import ipaddress
import logging
import math
import mmap
import os
import stat
import tempfile
import time
from collections.abc import Callable
from hashlib import blake2b
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac

from archive.api.errors import problem

logger = logging.getLogger(__name__)

MINUTE = 60.0  # seconds
SLOTS = 2**17  # one number of 8 bytes each
SIZE = 8 * SLOTS  # bytes: 1 MB

# What sends whole lists has an allowance of its own.
BULK_FORMATS = ("csv", "jsonl")
BULK_TYPES = ("text/csv", "application/jsonl")


class Scope(NamedTuple):
    name: str
    per_minute: int


class Verdict(NamedTuple):
    """`wait`: seconds until a request is allowed, 0 if this one is. `reset`: until all are."""

    left: int
    wait: float
    reset: float


class Ledger:
    """When the allowance of each client is whole again, in seconds of the monotonic clock.

    All processes of a machine have that clock, and those with the same `memory` and `key` the
    same counts. Two of them may write a slot at once, and a request goes uncounted; two clients
    may share a slot, once in thousands of pairs, and then share their allowance. Neither is
    worth a lock. The `key` is secret, so that nobody can look for an address that shares his.
    """

    def __init__(self, memory: mmap.mmap | None = None, key: bytes = b"") -> None:
        self.whole_at = memoryview(memory or mmap.mmap(-1, SIZE)).cast("d")
        self.key = key

    def slot(self, client: str | bytes, scope: Scope) -> int:
        # Not hash(), which is another one in each process.
        name = client.encode() if isinstance(client, str) else client
        digest = blake2b(name, digest_size=8, key=self.key, person=scope.name.encode())
        return int.from_bytes(digest.digest()) % SLOTS

    def take(self, client: str | bytes, scope: Scope, now: float) -> Verdict:
        """Takes one request off the client's allowance, if one is left."""
        slot = self.slot(client, scope)
        interval = MINUTE / scope.per_minute
        # More than a minute ahead is no allowance of ours: a clock or a limit has changed.
        debt = min(max(self.whole_at[slot] - now, 0.0), MINUTE)
        # Sums of intervals are not exact; a thousandth of one is no request.
        if debt + interval > MINUTE + interval / 1000:
            return Verdict(0, debt + interval - MINUTE, debt)
        debt += interval
        self.whole_at[slot] = now + debt
        return Verdict(int((MINUTE - debt) / interval + 0.001), 0.0, debt)


def shared_memory(path: Path) -> mmap.mmap:
    """The file at `path`, mapped into memory and made where there is none.

    Where that cannot be, because the directory is closed or full, or somebody else put a file
    or link there, the memory is this process's own and each worker counts for itself.
    """
    try:
        # Others write to the directory for temporary files, too.
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, mode=0o600)
        try:
            about = os.fstat(descriptor)
            if about.st_uid != os.geteuid() or about.st_mode != stat.S_IFREG | 0o600:
                raise PermissionError(f"{path} is not a file of this user alone")
            if about.st_size != SIZE:
                # Written, not only lengthened: a full disk is an error now, not a crash later.
                os.pwrite(descriptor, bytes(SIZE), 0)
            return mmap.mmap(descriptor, SIZE)
        finally:
            os.close(descriptor)
    except (OSError, ValueError) as error:  # ValueError: not all could be written
        logger.warning("Each worker counts requests for itself: %s", error)
        return mmap.mmap(-1, SIZE)


def make_ledger() -> Ledger:
    """The counts of this installation: of all processes that know its secret, one after another."""
    name, key = (salted_hmac(__name__, use, algorithm="sha256") for use in ("name", "key"))
    place = Path(tempfile.gettempdir(), f"casus-throttle-{name.hexdigest()[:16]}")
    return Ledger(shared_memory(place), key.digest())


class ThrottleApi:
    """Answers 429 below ``/api/`` to a client whose allowance is spent.

    Each answer tells what is left, as draft-ietf-httpapi-ratelimit-headers-10 names it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.usual = Scope("usual", settings.REQUESTS_PER_MINUTE)
        self.bulk = Scope("bulk", settings.EXPORTS_PER_MINUTE)
        if not self.usual.per_minute:
            raise MiddlewareNotUsed
        self.ledger = make_ledger()

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        scope = self.bulk if is_bulk(request) else self.usual
        verdict = self.ledger.take(client_of(request), scope, time.monotonic())
        response = refusal(scope, verdict.wait) if verdict.wait else self.get_response(request)
        response.headers["RateLimit-Policy"] = f'"{scope.name}";q={scope.per_minute};w=60'
        reset = math.ceil(verdict.wait or verdict.reset)
        response.headers["RateLimit"] = f'"{scope.name}";r={verdict.left};t={reset}'
        return response


def refusal(scope: Scope, wait: float) -> HttpResponseBase:
    seconds = math.ceil(wait)
    what = "exports" if scope.name == "bulk" else "requests"
    response = problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        f"From one address come at most {scope.per_minute} {what} a minute. Wait {seconds} s, "
        "as Retry-After says. To read whole lists, ask for ?format=csv: one request gives all.",
    )
    response.headers["Retry-After"] = str(seconds)
    return response


def is_bulk(request: HttpRequest) -> bool:
    """Whether an export is asked for, by parameter or by ``Accept``."""
    asked = request.META.get("QUERY_STRING", "")
    if "format=" in asked and request.GET.get("format") in BULK_FORMATS:
        return True
    accepted = request.META.get("HTTP_ACCEPT", "").split(",")
    types = {each.partition(";")[0].strip() for each in accepted}
    # Whoever accepts both gets JSON, which is a page.
    return "application/json" not in types and not types.isdisjoint(BULK_TYPES)


def client_of(request: HttpRequest) -> str | bytes:
    """The client's address as the outermost of our proxies saw it.

    Earlier entries of X-Forwarded-For are the client's own words. An IPv6 subscriber has
    a whole /64, which counts as one client.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    if settings.NUM_PROXIES and forwarded:
        addresses = forwarded.split(",")
        address = addresses[-min(settings.NUM_PROXIES, len(addresses))].strip()
    else:
        address = request.META.get("REMOTE_ADDR", "")
    if ":" not in address:
        return address
    try:
        six = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(six.ipv4_mapped) if six.ipv4_mapped else six.packed[:8]
