"""The only file that reads the time or sleeps. Instants are whole milliseconds since 1970 (UTC)."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from typing import Protocol
from weakref import WeakSet

FASTEST = 100_000.0
"""Times as fast as the clock beneath, at most."""
FURTHEST = 50 * 366 * 86_400
"""Seconds from when a clock over real time was made to where it can be moved; there it stands still, and so does
every clock above it. A ledger counts no further."""


class Clock(Protocol):
    """Where `now` comes from, and what wakes those who wait for an instant."""

    def now(self) -> int:
        """The present instant, in ms; it never goes back."""

    def call_at(self, instant: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called once at about the instant, on the running loop; what is returned cancels it."""


class SystemClock:
    """Real time: the wall clock when it was made, carried on by the monotonic one."""

    __slots__ = ("_base",)

    def __init__(self) -> None:
        self._base = time.time_ns() - time.monotonic_ns()

    def now(self) -> int:
        return (self._base + time.monotonic_ns()) // 1_000_000

    def call_at(self, instant: int, wake: Callable[[], None]) -> Callable[[], None]:
        # Rounded up by a millisecond, because a timer of the loop may fire a little early by this clock.
        seconds = max(0, instant - self.now() + 1) / 1000
        return asyncio.get_running_loop().call_later(seconds, wake).cancel


class SteeredClock:
    """A clock laid over another: in step with it, stopped, so many times as fast, or moved ahead; it never goes back.

    It may lie over another of its kind, as an account's clock lies over its server's: what is done to the one
    beneath is felt above.
    """

    __slots__ = ("__weakref__", "_above", "_base", "_began", "_last", "_rate", "_shown", "_waiting", "now")

    now: Callable[[], int]

    def __init__(self, base: Clock | SteeredClock) -> None:
        self._base = base
        self._began = self._shown = base.now()
        self._last: int = base._last if isinstance(base, SteeredClock) else self._shown + FURTHEST * 1000
        self._rate = 1.0
        self._waiting: set[asyncio.Future[None]] = set()
        self._above: WeakSet[SteeredClock] = WeakSet()
        # Not steered yet, it is the clock beneath, and as quick to read; but one that can itself be steered later
        # must be asked each time.
        if isinstance(base, SteeredClock):
            self.now = self._reckoned
            base._above.add(self)
        else:
            self.now = base.now

    @property
    def rate(self) -> float:
        """Times as fast as the clock beneath; 0: it stands still."""
        return self._rate

    @property
    def ahead(self) -> int:
        """Milliseconds it shows more than the clock beneath; less than nought for one that stood still."""
        return self.now() - self._base.now()

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once. Raises ValueError for a move back, or beyond `FURTHEST` in all."""
        self.check_advance(seconds)
        self._lay(round(seconds * 1000), self._rate)

    def run(self, rate: float) -> None:
        """Go so many times as fast from now on; 0 stops it, 1 is real. Raises ValueError outside 0..`FASTEST`."""
        self.check_rate(rate)
        self._lay(0, rate)

    def check_advance(self, seconds: float) -> None:
        """Raises ValueError for a move that cannot be made."""
        room = (self._last - self.now()) / 1000
        if not 0 <= seconds <= room:
            raise ValueError(f"a clock advances by 0 to {room:.0f} seconds, not by {seconds:g}; it never goes back")

    @staticmethod
    def check_rate(rate: float) -> None:
        """Raises ValueError for a rate that no clock has."""
        if not 0 <= rate <= FASTEST:
            raise ValueError(f"rate is {rate:g}; allowed: 0 to {FASTEST:.0f} times as fast; 0 stands still")

    async def wait(self, instant: int, unless: asyncio.Future[None] | None = None) -> None:
        """Return at the instant, or earlier if this clock or one beneath it is steered meanwhile: look again then.

        It ends too when `unless` is done.
        """
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake(_: object = None) -> None:
            _settle(woken)

        self._waiting.add(woken)
        root, due = self._at_root(instant)
        cancel = root.call_at(due, wake) if due is not None else None
        if unless is not None:
            unless.add_done_callback(wake)
        try:
            await woken
        finally:
            self._waiting.discard(woken)
            if unless is not None:
                unless.remove_done_callback(wake)
            if cancel is not None:
                cancel()

    def stir(self) -> None:
        """Have everybody who waits look again."""
        for woken in list(self._waiting):
            _settle(woken)
        for clock in list(self._above):
            clock.stir()

    def _lay(self, further: int, rate: float) -> None:
        self._shown, self._began = self.now() + further, self._base.now()
        self._rate = rate
        self.now = self._reckoned
        self.stir()

    def _reckoned(self) -> int:
        return min(self._shown + int((self._base.now() - self._began) * self._rate), self._last)

    def _at_root(self, instant: int) -> tuple[Clock, int | None]:
        """The clock beneath all, and what it shows when this one shows `instant`; None: not before it is steered."""
        beneath: int | None = None
        if instant <= self.now():
            beneath = self._base.now()
        elif self._rate and instant <= self._last:
            away = (instant - self._shown) / self._rate
            # A clock that hardly goes may take longer than there are numbers for.
            beneath = self._began + math.ceil(away) if away <= FURTHEST * 1000 else None
        if not isinstance(self._base, SteeredClock):
            return self._base, beneath
        if beneath is None:
            return self._base._at_root(instant)[0], None
        return self._base._at_root(beneath)


def _settle(woken: asyncio.Future[None]) -> None:
    """Wake one who waits, from any thread: a clock may be moved where another loop runs than the one that waits."""
    loop = woken.get_loop()
    if loop is asyncio._get_running_loop():
        _wake(woken)
        return
    try:
        loop.call_soon_threadsafe(_wake, woken)
    except RuntimeError:
        return  # the loop was closed, and with it whoever waited


def _wake(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


def stopwatch() -> float:
    """Seconds on a clock for measuring how long something of the mock's own took."""
    return time.perf_counter()


def pause(seconds: float) -> None:
    """Hold the calling thread; for a client of the mock (`demo`), never for its server."""
    time.sleep(seconds)


async def pause_async(seconds: float) -> None:
    """Let real time pass for a task; for a client of the mock."""
    await asyncio.sleep(seconds)


async def a_turn() -> None:
    """Let everything else that is ready have its turn."""
    await asyncio.sleep(0)
