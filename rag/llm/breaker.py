"""A circuit breaker: an endpoint that keeps failing is left alone for a while (Nygard 2007, "Release It!")."""

import threading
import time
from collections.abc import Callable

FAILURES = 3
REST_S = 30.0


class Breaker:
    """Says whether an endpoint may be asked. Safe to use from several threads.

    After so many failures in a row it says no; once the rest is over, one question may try again,
    and its outcome decides for all.

    Attributes:
        reason: why it is left alone, when a single failure was enough.
    """

    def __init__(
        self, *, failures: int = FAILURES, rest_s: float = REST_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._lock = threading.Lock()
        self._n_failures = 0
        self._until = 0.0
        self._trying = False
        self.reason = ""

    def allows(self) -> bool:
        """Return whether to ask now; whoever is allowed must report `succeeded`, `failed` or `abandoned`."""
        with self._lock:
            if self._n_failures < self._limit:
                return True
            if self._trying or self._clock() < self._until:
                return False
            self._trying = True
            return True

    def succeeded(self) -> None:
        """The endpoint answered, whatever the answer is worth."""
        with self._lock:
            self._n_failures = 0
            self._trying = False
            self.reason = ""

    def failed(self, *, certainly: str = "") -> None:
        """The endpoint did not answer.

        Args:
            certainly: why the next question would fail too, so that one failure is enough.
        """
        with self._lock:
            self._n_failures = self._limit if certainly else self._n_failures + 1
            self.reason = certainly
            self._trying = False
            if self._n_failures >= self._limit:
                self._until = self._clock() + self._rest_s

    def abandoned(self) -> None:
        """The reader went away before anything could be told."""
        with self._lock:
            self._trying = False
