"""What stands in the place of an event loop's own `time`, `call_later` and `call_at`.

A timer is a sleep, and moves the clock once its loop has nothing else to do, where it is `asyncio.sleep` that set it,
or the code under test. Any other is there to give up: `asyncio.timeout`, `wait_for`, a library's own. It goes off when
the clock passes its instant because somebody sleeps, and also once so much real time has gone by, because what is
waited for may be real; the clock then moves to its instant.
"""

from __future__ import annotations

import asyncio
import contextvars
import math
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from segmind_mock.virtual.clock import Timer, VirtualClock
from segmind_mock.virtual.parties import Party

_NS = 1_000_000_000
_PASSED_ON = {"asyncio.tasks", "asyncio.timeouts"}
"""Where asyncio sets timers for others; all that it sets elsewhere are for real connections."""

ClockOf = Callable[[], VirtualClock | None]
"""The clock that the calling thread lives by."""
PartyBehind = Callable[[FrameType], Party]


def kinds() -> set[type]:
    """The classes of event loops that there are."""
    uvloop = sys.modules.get("uvloop")
    return {asyncio.BaseEventLoop, *([] if uvloop is None else [uvloop.Loop])}


class LoopStandins:
    """Makes stand-ins for loops, given who lives by what."""

    def __init__(self, clock_of: ClockOf, party_behind: PartyBehind) -> None:
        self._clock_of = clock_of
        self._party_behind = party_behind

    def of(self, kind: type) -> dict[str, Callable[..., Any]]:
        """The stand-ins for one class of loops, by the names of what they stand in for."""
        real_time, real_later, real_at = (getattr(kind, name) for name in ("time", "call_later", "call_at"))

        def time(self_: asyncio.AbstractEventLoop) -> float:
            shown = self._shown(sys._getframe(1))
            return float(real_time(self_)) if shown is None else shown

        def call_later(
            self_: asyncio.AbstractEventLoop,
            delay: float | None,
            callback: Callable[..., object],
            *args: Any,
            context: contextvars.Context | None = None,
        ) -> asyncio.TimerHandle:
            caller = sys._getframe(1)
            clock = self._clock_behind(caller)
            if clock is None or delay is None or not math.isfinite(delay):
                return real_later(self_, delay, callback, *args, context=context)  # type: ignore[no-any-return]
            when = clock.shown_ns() / _NS + delay
            handle = Handle(when, callback, args, self_, context)
            return handle.begin(clock, clock.due_in(delay), self._is_sleep(caller), real_later)

        def call_at(
            self_: asyncio.AbstractEventLoop,
            when: float | None,
            callback: Callable[..., object],
            *args: Any,
            context: contextvars.Context | None = None,
        ) -> asyncio.TimerHandle:
            caller = sys._getframe(1)
            clock = self._clock_behind(caller)
            if clock is None or when is None or not math.isfinite(when):
                return real_at(self_, when, callback, *args, context=context)  # type: ignore[no-any-return]
            handle = Handle(when, callback, args, self_, context)
            return handle.begin(clock, clock.due_when(when), self._is_sleep(caller), real_later)

        return {"time": time, "call_later": call_later, "call_at": call_at}

    def _shown(self, caller: FrameType) -> float | None:
        """What a loop's clock shows; None: real time."""
        clock = self._clock_behind(caller)
        if clock is None:
            return None
        # Libraries ask at each call, on the way to their time-outs; the code under test, to see how late it is.
        is_look = self._party_behind(caller) is Party.OWN
        return (clock.monotonic_ns() if is_look else clock.shown_ns()) / _NS

    def _clock_behind(self, caller: FrameType) -> VirtualClock | None:
        """The clock of whoever uses a loop, also where the standard library does it for them."""
        name = caller.f_globals.get("__name__", "")
        if name == __name__ or (name.startswith("asyncio.") and name not in _PASSED_ON):
            return None  # asked by the loop itself, perhaps on the way through one of these stand-ins
        clock = self._clock_of()
        if clock is None or self._party_behind(caller) not in (Party.OWN, Party.CLIENT):
            return None
        return clock

    def _is_sleep(self, caller: FrameType) -> bool:
        """Whether somebody waits for a timer to do something then, and not only in order to give up."""
        if caller.f_globals.get("__name__") in _PASSED_ON:
            return caller.f_code.co_name == "sleep"
        return _is_direct(caller) and self._party_behind(caller) is Party.OWN


def _is_direct(caller: FrameType) -> bool:
    """Whether the caller is not a library that sets time-outs for others."""
    return caller.f_globals.get("__name__", "").partition(".")[0] not in ("anyio", "async_timeout")


class Handle(asyncio.TimerHandle):
    """A timer that goes by a virtual clock, and by real time too where it is not a sleep."""

    _timer: Timer | None = None
    _clock: VirtualClock | None = None
    _real: asyncio.TimerHandle | None = None
    _is_over = False

    def begin(self, clock: VirtualClock, due: int, sleeps: bool, real_later: Callable[..., Any]) -> Handle:
        """Wait for an instant of the clock, in ns. Raises RuntimeError for a loop that is closed."""
        loop = self._loop  # type: ignore[attr-defined]
        if loop.is_closed():
            raise RuntimeError("Event loop is closed")
        delay = max(0, due - clock.due_in(0)) / _NS
        self._clock = clock
        self._timer = clock.call(loop, due, self._go_off, sleeps=sleeps)
        if not sleeps and not self._timer.over:
            self._real = real_later(loop, delay, self._go_off_really)
        return self

    def cancel(self) -> None:
        """It does not go off; after it has, this does nothing."""
        asyncio.Handle.cancel(self)  # the loop does not know of this timer, so it need not be told
        self._let_go()

    def _go_off(self) -> None:
        if not (self._is_over or self.cancelled()):
            self._is_over = True  # by one kind of time; it may be on its way by the other
            self._let_go()
            self._run()

    def _go_off_really(self) -> None:
        clock, timer = self._clock, self._timer
        self._let_go()
        if clock is not None and timer is not None:
            clock.pass_to(timer.due)
        self._go_off()

    def _let_go(self) -> None:
        if self._clock is not None and self._timer is not None:
            self._clock.drop(self._timer)
        if self._real is not None:
            self._real.cancel()
            self._real = None
