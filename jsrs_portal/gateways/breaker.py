"""Circuit breakers: an outside system that keeps failing is left alone for a while, and callers are told at once.

:class:`Breaker` is a state machine that is told the time; :class:`Guard` puts it around calls. Closed, everything
goes through. After so many failures in a row within a window it opens: nothing goes through. After a pause it is half
open: one call goes through to try; if that succeeds it closes, otherwise it opens again. Only TIMEOUT, UNREACHABLE and
BAD_ANSWER are failures in this sense: a system that refuses is alive.
"""

import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from jsrs_portal import clock, telemetry
from jsrs_portal.gateways.errors import GatewayError, GatewayFailure, System

BROKEN = frozenset({GatewayFailure.TIMEOUT, GatewayFailure.UNREACHABLE, GatewayFailure.BAD_ANSWER})
T = TypeVar("T")


class BreakerState(StrEnum):
    """Whether calls go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True)
class GatewayHealth:
    """How one outside system did lately, as this process saw it; nothing about anybody."""

    state: BreakerState
    last_success_at: datetime | None
    last_failure_at: datetime | None
    consecutive_failures: int
    last_failure: GatewayFailure | None = None


class Breaker:
    """The states and their transitions; safe to share between threads.

    Whoever is admitted gets a ticket, to be handed back once with the outcome. A ticket from before the last
    transition changes nothing: a call begun in better times must not close what has opened since, nor open it again.
    """

    def __init__(self, *, failures: int, window: float, pause: float) -> None:
        """Open after ``failures`` in a row within ``window`` seconds; try again ``pause`` seconds later."""
        self._threshold = failures
        self._window = window
        self._pause = pause
        self._lock = threading.Lock()
        self._state = BreakerState.CLOSED
        self._failed_at: deque[float] = deque(maxlen=failures)
        self._opened_at = 0.0
        self._probing = False
        self._era = 0
        self.consecutive_failures = 0

    def state(self, now: float) -> BreakerState:
        """Return the state at this moment; an open one whose pause is over is half open."""
        with self._lock:
            return self._state_at(now)

    def admit(self, now: float) -> int | None:
        """Let a call through and return its ticket, or return ``None``."""
        with self._lock:
            state = self._state_at(now)
            if state is BreakerState.OPEN or (state is BreakerState.HALF_OPEN and self._probing):
                return None
            if state is BreakerState.HALF_OPEN:
                self._state, self._probing = state, True
                self._era += 1
            return self._era

    def succeed(self, ticket: int) -> None:
        """Note that an admitted call was answered, be it with a refusal."""
        with self._lock:
            if ticket != self._era:
                return
            self.consecutive_failures = 0
            self._failed_at.clear()
            if self._state is not BreakerState.CLOSED:
                self._turn(BreakerState.CLOSED)

    def fail(self, ticket: int, now: float) -> None:
        """Note that an admitted call failed."""
        with self._lock:
            if ticket != self._era:
                return
            self.consecutive_failures += 1
            self._failed_at.append(now)
            full = len(self._failed_at) == self._threshold and now - self._failed_at[0] <= self._window
            if full or self._state is BreakerState.HALF_OPEN:
                self._turn(BreakerState.OPEN)
                self._opened_at = now

    def release(self, ticket: int) -> None:
        """Note that an admitted call ended without telling anything, because it was cancelled or never made."""
        with self._lock:
            if ticket == self._era:
                self._probing = False

    def _turn(self, state: BreakerState) -> None:
        self._state, self._probing = state, False
        self._era += 1

    def _state_at(self, now: float) -> BreakerState:
        over = self._state is BreakerState.OPEN and now - self._opened_at >= self._pause
        return BreakerState.HALF_OPEN if over else self._state


class Guard:
    """A breaker around one outside system's calls, and the memory of how they went."""

    def __init__(self, system: System, breaker: Breaker, *, now: Callable[[], float] = time.monotonic) -> None:
        """Take the system, its breaker and a clock that never goes back."""
        self._system = system
        self._breaker = breaker
        self._now = now
        self._last_success_at: datetime | None = None
        self._last_failure_at: datetime | None = None
        self._last_failure: GatewayFailure | None = None

    async def run(self, call: Callable[[], Awaitable[T]], operation: str = "call") -> T:
        """Make a call if the breaker lets it through; otherwise raise UNREACHABLE at once: surely not happened."""
        attributes = {telemetry.SYSTEM: self._system.value, telemetry.OPERATION: operation}
        with telemetry.span(f"outside {self._system.value}.{operation}", attributes) as span:
            try:
                return await self._run(call)
            except GatewayError as error:
                span.set(telemetry.FAILURE, error.failure.value)
                span.end_as("failed" if error.failure in BROKEN else "refused")
                raise

    async def _run(self, call: Callable[[], Awaitable[T]]) -> T:
        ticket = self._breaker.admit(self._now())
        if ticket is None:
            raise GatewayError(self._system, GatewayFailure.UNREACHABLE, "breaker_open", answered=False)
        try:
            result = await call()
        except GatewayError as error:
            self._note(ticket, error)
            raise
        except BaseException:
            self._breaker.release(ticket)
            raise
        self._last_success_at = clock.now()
        self._breaker.succeed(ticket)
        return result

    def _note(self, ticket: int, error: GatewayError) -> None:
        if error.failure in BROKEN:
            self._last_failure_at, self._last_failure = clock.now(), error.failure
            self._breaker.fail(ticket, self._now())
        elif error.answered:
            self._last_success_at = clock.now()
            self._breaker.succeed(ticket)
        else:
            self._breaker.release(ticket)

    def health(self) -> GatewayHealth:
        """Return how the system did lately."""
        return GatewayHealth(
            state=self._breaker.state(self._now()),
            last_success_at=self._last_success_at,
            last_failure_at=self._last_failure_at,
            consecutive_failures=self._breaker.consecutive_failures,
            last_failure=self._last_failure,
        )
