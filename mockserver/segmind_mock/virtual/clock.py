"""A clock that stands still until somebody sleeps, and then moves instead of letting them wait.

The threads that live by it are those that began it or called the mock; each may run an event loop whose tasks sleep
too. Time passes when all of them sleep, or are given up for busy (`patience`): then the clock moves to the earliest
instant that anybody waits for. Nothing else moves it, so two who sleep at once take as long as the longer one does,
and real input and output that is under way meanwhile is not waited for.

Somebody may never sleep, and only look: at the clock, or at a job. After a thousand looks, or after a few in five
real seconds, time goes on for them as it really does, and nobody waits for them any longer.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Collection
from heapq import heapify, heappop, heappush
from itertools import count

from segmind_mock.virtual.patience import SLICE, Patience
from segmind_mock.virtual.residents import Resident, Residents
from segmind_mock.virtual.watching import Watcher

REAL_MONOTONIC_NS = time.monotonic_ns
_LOOKS = 1000
"""Looks at the clock, or at jobs, without sleeping; from then on it goes as real time does."""
_FEW_LOOKS = 5
_STILL = 5_000_000_000
"""Real ns after which a few looks are enough for that."""
_NS = 1_000_000_000
_MS = 1_000_000
_HAIR = 1000
"""Ns by which one may wake too early who sleeps until an instant, because `time` has it as a float."""
_FEW_DROPPED = 64
"""Timers that are over and can stay among the others."""
_TICK = 1_953_125
"""A 512th of a second, in ns: whole seconds from there are exact as floats."""


class Timer:
    """One who waits for an instant. One that `sleeps` moves the clock; any other is woken if it is passed."""

    __slots__ = ("due", "loop", "over", "resident", "sleeps", "wake")

    def __init__(
        self,
        due: int,
        wake: Callable[[], None],
        resident: Resident,
        sleeps: bool,
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.due = due
        self.wake = wake
        self.resident = resident
        """Who waits, or runs the loop on which it is waited."""
        self.sleeps = sleeps
        self.loop = loop
        self.over = False


class VirtualClock:
    """Time for tests: `now` stands still, `sleep` moves it. It is a `Clock`, and threads and event loops share it.

    `turn` is held by whoever does something that nobody else may see half done; who rests lets go of it.
    """

    def __init__(self, start: int | None = None) -> None:
        """It begins at `start`, in ms since 1970; at the real instant, if nothing is said."""
        self._lock = threading.RLock()
        self.turn = threading.Condition(self._lock)
        self._ns = self._began = (-(-time.time_ns() // _MS) if start is None else start) * _MS
        self._timers: list[tuple[int, int, Timer]] = []
        self._order = count()
        self._sleepers = 0
        self._dropped = 0
        self._residents = Residents(self._lock)
        self._flowing: int | None = None
        self._watchers: dict[asyncio.AbstractEventLoop, Watcher] = {}

    # --- What it shows --------------------------------------------------------------------------------

    def now(self) -> int:
        """The present instant, in ms since 1970; it never goes back."""
        return (self._ns + _HAIR) // _MS

    def time_ns(self) -> int:
        """The same in ns, for a thread that asks: who only ever asks gets real time in the end."""
        self.look()
        return self._ns

    def monotonic_ns(self) -> int:
        """What the calling thread's monotonic clock shows, in ns. It goes on from what it showed before.

        Each thread has one of its own, which is ahead of the machine's by what was slept since it joined.
        """
        return self.look().base + self._ns

    def shown_ns(self) -> int:
        """The same, for one who asks on the way to something else."""
        return self.join().base + self._ns

    @property
    def passed(self) -> float:
        """Seconds by which it has moved."""
        return (self._ns - self._began) / _NS

    # --- Who lives by it --------------------------------------------------------------------------------

    def join(self) -> Resident:
        """The calling thread lives by this clock from now on, and is awake."""
        me = self._residents.here()
        if me is not None:
            me.is_heard_of()
            return me
        with self._lock:
            shown = -(-REAL_MONOTONIC_NS() // _TICK) * _TICK  # a moment ahead of what it showed before, never behind
            return self._residents.add(shown - self._ns)

    def has_this_thread(self) -> bool:
        """Whether the calling thread lives by it."""
        return self._residents.here() is not None

    # --- Waiting ------------------------------------------------------------------------------------------

    def look(self) -> Resident:
        """The calling thread looked whether something has come to pass. Who never sleeps in between gets real time."""
        me = self.join()
        me.looks += 1
        real = REAL_MONOTONIC_NS()
        if me.looks == 1:
            me.since = real
        if me.looks <= _LOOKS and (me.looks < _FEW_LOOKS or real - me.since < _STILL):
            return me
        with self._lock:
            me.spins = True
            if self._flowing is not None:
                self._pass_to(self._ns + max(0, real - self._flowing))
            self._flowing = real
        return me

    def sleep(self, seconds: float) -> None:
        """Return when so many seconds have passed by this clock. Called by a thread, for itself."""
        with self._lock:
            due = self._ns + round(seconds * _NS)
            if due <= self._ns:
                self.look()
                return
            me = self.join()
            me.sleeps()
            if not self._residents.has_company(me):
                self._flowing = None
                self._pass_to(due)
                return
            timer = self.put(due, _nothing)
            try:
                self.rest(lambda: timer.over)
            finally:
                self.drop(timer)

    def rest(self, done: Callable[[], bool], at_most: float | None = None) -> None:
        """Hold the calling thread until `done`, or for real seconds at most; time passes once everybody rests.

        `turn` is held by the caller, once or several times, and let go of meanwhile. `done` is asked again when the
        thread is woken.
        """
        me = self.join()
        until = None if at_most is None else REAL_MONOTONIC_NS() + round(at_most * _NS)
        patience = Patience()
        try:
            while not done() and (until is None or REAL_MONOTONIC_NS() < until):
                me.is_resting = True
                if self._sleepers and not self._residents.awake():
                    self._jump()
                elif not me.bell.wait(SLICE) and self._sleepers:
                    self._residents.park(patience, self._ns)
        finally:
            me.is_heard_of()

    def call_at(self, instant: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called once at the instant (ms), on the running loop; what is returned cancels it."""
        loop = asyncio.get_running_loop()
        timer = self.call(loop, instant * _MS, wake)
        return lambda: self.drop(timer)

    def call(
        self, loop: asyncio.AbstractEventLoop, due: int, wake: Callable[[], None], *, sleeps: bool = True
    ) -> Timer:
        """Have `wake` called on a loop, at an instant in ns; a sleeper moves the clock there once the loop is idle."""
        watcher = None if getattr(loop, "rests", False) else self._watcher(loop)

        def on_loop() -> None:
            if watcher is not None:
                watcher.woken.discard(on_loop)
            wake()
            if watcher is not None and self._sleepers:
                watcher.watch()

        def woken() -> None:
            if watcher is not None:
                watcher.woken.add(on_loop)
            try:
                if watcher is not None and asyncio._get_running_loop() is loop:
                    loop.call_soon(on_loop)
                else:
                    loop.call_soon_threadsafe(on_loop)
            except RuntimeError:
                return  # the loop was closed, and with it whatever waited

        timer = self.put(due, woken, sleeps=sleeps, loop=loop)
        if sleeps and not timer.over and watcher is not None:
            watcher.watch()
        return timer

    def due_in(self, seconds: float) -> int:
        """The instant so many seconds from now, in ns, for `call`."""
        return self._ns + round(seconds * _NS)

    def due_when(self, monotonic: float) -> int:
        """The instant in ns at which the calling thread's monotonic clock shows so many seconds, or a hair more."""
        base = self.join().base
        due = round((monotonic + 0.0) * _NS)  # a text would be repeated
        while due / _NS < monotonic:
            due += 1
        return due - base

    def put(
        self,
        due: int,
        wake: Callable[[], None],
        *,
        sleeps: bool = True,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> Timer:
        """Have `wake` called when an instant (ns) has come, in whatever thread; at once if it has."""
        with self._lock:
            me = self.join()
            timer = Timer(due, wake, me, sleeps, loop)
            if due <= self._ns:
                timer.over = True
                self.look()
                wake()
                return timer
            heappush(self._timers, (due, next(self._order), timer))
            if sleeps:
                self._sleepers += 1
                me.sleeps()
        return timer

    def drop(self, timer: Timer) -> None:
        """It waits no longer."""
        with self._lock:
            if not timer.over:
                timer.over = True
                timer.wake = _nothing
                self._sleepers -= timer.sleeps
                self._dropped += 1
                if self._dropped > _FEW_DROPPED and self._dropped > len(self._timers) // 2:
                    self._clear_away()

    def _clear_away(self) -> None:
        """Timers that are over are looked at no more. In place: whoever passes them has the list in hand."""
        self._timers[:] = [one for one in self._timers if not one[2].over]
        heapify(self._timers)
        self._dropped = 0

    def wake(self, thread: int) -> None:
        """A thread that rests has something to do, by its number."""
        with self._lock:
            resident = self._residents.get(thread)
            if resident is not None:
                resident.is_resting = False
                resident.bell.notify()

    # --- Moving -------------------------------------------------------------------------------------------

    def try_to_move(self, patience: Patience, woken: Collection[object] = ()) -> bool | None:
        """For an event loop with nothing to do: move, if everybody rests. None: there is nobody to move for.

        `woken` are those on the loop whose instant has come and who had no turn yet: they go first.
        """
        with self._lock:
            if not self._sleepers:
                return None
            me = self.join()
            if woken:
                return True
            me.is_resting = True
            if self._residents.awake():
                self._residents.park(patience, self._ns)
            if self._residents.awake():
                return False
            self._jump()
            return True

    def pass_to(self, due: int) -> None:
        """The instant (ns) has come, because so much real time has gone by with nobody sleeping."""
        with self._lock:
            self._pass_to(due)

    def _watcher(self, loop: asyncio.AbstractEventLoop) -> Watcher:
        watcher = self._watchers.get(loop)
        if watcher is None:
            self._watchers = {known: watcher for known, watcher in self._watchers.items() if not known.is_closed()}
            watcher = self._watchers[loop] = Watcher(self, loop)
        return watcher

    def _jump(self) -> None:
        """To the earliest instant that anybody waits for, and wake who waits for it."""
        self._flowing = None
        timers = self._timers
        while timers:
            timer = timers[0][2]
            if not timer.over and timer.loop is not None and timer.loop.is_closed():
                self.drop(timer)
            if not timer.over:
                self._pass_to(timer.due)
                return
            heappop(timers)

    def _pass_to(self, due: int) -> None:
        timers = self._timers
        while timers and timers[0][0] <= due:
            instant, _, timer = heappop(timers)
            if timer.over:
                continue
            timer.over = True
            self._sleepers -= timer.sleeps
            self._ns = max(self._ns, instant)
            timer.resident.is_resting = False
            timer.wake()
            timer.resident.bell.notify()
        self._ns = max(self._ns, due)


def _nothing() -> None:
    """Who sleeps is rung for."""
