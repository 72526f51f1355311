"""Limits on what clients send and how much they ask: bodies, rates, and answers at the same time."""

import asyncio
import ipaddress
import math
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.http.problems import ProblemError

T = TypeVar("T")

# Beyond so many clients the one that asked longest ago is forgotten.
_MAX_CLIENTS = 10_000
# What a request takes from a client's bucket: an answer is work, a look-up hardly any.
_COSTS = (
    (re.compile(r"/api/(?:ask|check|search)/?\Z"), 1.0),
    (re.compile(r"/api(?:/|\Z)"), 0.1),
    (re.compile(r"/gradio_api/queue/join/?\Z"), 0.25),
)
_RETRY_WHEN_BUSY_S = 5


class TokenBuckets:
    """A bucket of tokens for each client: full at first, refilled evenly, and each request takes some."""

    def __init__(self, *, per_minute: float, burst: float, max_clients: int = _MAX_CLIENTS) -> None:
        self.per_second = per_minute / 60
        self.burst = burst
        self.max_clients = max_clients
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str, *, now: float, cost: float = 1) -> int:
        """Take `cost` tokens, if there are; return 0, or the whole seconds until there will be."""
        if wait := self.wait(client, now=now, cost=cost):
            return wait
        self._levels[client] = (self._level(client, now) - cost, now)
        self._levels.move_to_end(client)
        while len(self._levels) > self.max_clients:
            self._levels.popitem(last=False)
        return 0

    def wait(self, client: str, *, now: float, cost: float = 1) -> int:
        """Return the whole seconds until `cost` tokens are there; 0 when they are."""
        missing = cost - self._level(client, now)
        # A hair below is enough: levels are sums of many small numbers.
        return max(1, math.ceil(missing / self.per_second)) if missing > 1e-9 else 0

    def _level(self, client: str, now: float) -> float:
        level, then = self._levels.get(client, (self.burst, now))
        return min(self.burst, level + (now - then) * self.per_second)


def client_of(scope: Scope) -> str:
    """Return whom a request counts for: an IPv4 address, or the network of an IPv6 one."""
    host = (scope.get("client") or ("", 0))[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return str(host)[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        # One household has a whole network of them.
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class LimitMiddleware:
    """Refuses clients that ask too often, and bodies that are too large or come too slowly."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_minute: int,
        burst: int,
        max_api_bytes: int,
        max_page_bytes: int,
        body_timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.buckets = TokenBuckets(per_minute=per_minute, burst=burst) if per_minute else None
        self.max_api_bytes = max_api_bytes
        self.max_page_bytes = max_page_bytes
        self.body_timeout_s = body_timeout_s
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            self._admit(scope)
            with_body = await self._with_body(scope, receive)
        except ProblemError as problem:
            await problem.response(scope)(scope, receive, send)
            return
        if with_body is not None:
            await self.app(scope, with_body, send)

    def _admit(self, scope: Scope) -> None:
        cost = next((cost for pattern, cost in _COSTS if pattern.match(scope["path"])), 0.0)
        if self.buckets is None or not cost:
            return
        if wait := self.buckets.take(client_of(scope), now=self.clock(), cost=cost):
            raise ProblemError("too-many-requests", {"seconds": wait}, headers={"Retry-After": str(wait)})

    async def _with_body(self, scope: Scope, receive: Receive) -> Receive | None:
        """Return a `receive` that gives the whole body at once; None when the client went away instead."""
        headers = Headers(scope=scope)
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return receive
        limit = self.max_api_bytes if is_api(scope["path"]) else self.max_page_bytes
        too_large = ProblemError("too-large", {"limit": limit // 1024}, headers={"Connection": "close"})
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            raise too_large
        body, ends = bytearray(), False
        try:
            async with asyncio.timeout(self.body_timeout_s):
                while not ends:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    ends = not message.get("more_body", False)
                    if len(body) > limit:
                        raise too_large
        except TimeoutError:
            seconds = math.ceil(self.body_timeout_s)
            raise ProblemError("too-slow", {"seconds": seconds}, headers={"Connection": "close"}) from None
        return _replay([{"type": "http.request", "body": bytes(body), "more_body": False}], receive)


def is_api(path: str) -> bool:
    """Return whether a path belongs to the JSON API."""
    return path == "/api" or path.startswith("/api/")


def _replay(messages: list[Message], receive: Receive) -> Receive:
    async def replayed() -> Message:
        return messages.pop(0) if messages else await receive()

    return replayed


class Workers:
    """Makes answers in threads: some at the same time, some more may wait, the rest is refused.

    A thread cannot be ended from outside, so an answer that takes too long keeps its place until it
    is done; its client is told at once.
    """

    def __init__(self, *, n_answers: int, n_waiting: int, timeout_s: float) -> None:
        self.n_places = n_answers + n_waiting
        self.timeout_s = timeout_s
        self._pool = ThreadPoolExecutor(n_answers, thread_name_prefix="answer")
        self._n_taken = 0
        self._lock = threading.Lock()

    def start(self, work: Callable[[], T]) -> "Future[T]":
        """Begin `work` in a thread as soon as one is free.

        Raises:
            ProblemError: too many are waiting.
        """
        with self._lock:
            if self._n_taken >= self.n_places:
                seconds = _RETRY_WHEN_BUSY_S
                raise ProblemError("busy", {"seconds": seconds}, headers={"Retry-After": str(seconds)})
            self._n_taken += 1
        future = self._pool.submit(work)
        future.add_done_callback(self._free)
        return future

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns.

        Raises:
            ProblemError: too many are waiting, or it takes too long.
        """
        future = self.start(work)
        awaited = asyncio.wrap_future(future)
        done, _ = await asyncio.wait({awaited}, timeout=self.timeout_s)
        if not done:
            future.cancel()  # helps only while it waits for a thread
            raise self.too_late()
        return awaited.result()

    def too_late(self) -> ProblemError:
        """Return the problem of an answer that is not ready in time."""
        return ProblemError("timed-out", {"seconds": math.ceil(self.timeout_s)})

    def _free(self, _: "Future[T]") -> None:
        with self._lock:
            self._n_taken -= 1
