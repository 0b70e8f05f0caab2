"""The only file that reads the time or sleeps. Instants are whole milliseconds since 1970 (UTC)."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Where `now` comes from, and how a held request waits for an instant."""

    def now(self) -> int:
        """The present instant, in ms; it never goes back."""

    async def sleep_until(self, instant: int) -> None:
        """Return once `now()` is at or after `instant`."""


class SystemClock:
    """Real time: the wall clock when it was made, carried on by the monotonic one."""

    __slots__ = ("_base",)

    def __init__(self) -> None:
        self._base = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        return (self._base + time.monotonic_ns()) // 1_000_000

    async def sleep_until(self, instant: int) -> None:
        # A timer of the loop may fire a little early by this clock: look again, never return too soon.
        left = instant - self.now()
        while left > 0:
            await asyncio.sleep(left / 1000)
            left = instant - self.now()


def stopwatch() -> float:
    """Seconds on a clock for measuring how long something of the mock's own took."""
    return time.perf_counter()


def pause(seconds: float) -> None:
    """Hold the calling thread; for a client of the mock (`demo`), never for its server."""
    time.sleep(seconds)


async def a_turn() -> None:
    """Let everything else that is ready have its turn."""
    await asyncio.sleep(0)
