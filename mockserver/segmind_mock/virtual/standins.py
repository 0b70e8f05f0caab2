"""What stands in the place of Python's own `time.sleep`, `time.monotonic` and the like while virtual time is in force.

Who lives by virtual time is decided at each call: by the thread (one that started the mock or called it), and by the
module that calls (`parties`). Everybody else gets what they would have got. Of several clocks in force a thread lives
by the innermost that it has to do with.

Replaced are `sleep`, `time`, `monotonic` and both of their `_ns` fellows, in `time` and in every module that imported
one of them by name; three methods of event loops (`loops`); and `trio.sleep` (`trios`). Other clocks are as they
always are: `time.perf_counter`, `datetime.now`, a function that was handed on or kept elsewhere than in a module, as
in `Retrying(sleep=time.sleep)`, from before.

At the end only what is still ours is taken back. Whoever replaced one of ours meanwhile keeps theirs. Whoever puts one
of ours back later, or kept one, does no harm: with no clock in force ours do what the real ones do, and the next clock
that comes into force finds them and takes them away at its end. A patch that was there before us is put back at our
end; if it ends while we are in force, it takes ours off, and that function is the machine's until then. What counts as
the real functions is what was there when this module was loaded.

A forked child lives by real time.
"""

from __future__ import annotations

import operator
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType, ModuleType
from typing import Any, SupportsIndex

from segmind_mock.virtual import loops
from segmind_mock.virtual.clock import VirtualClock
from segmind_mock.virtual.parties import Parties, Party

_NS = 1_000_000_000
_LONGEST = 9_223_372_036
"""Seconds that can be slept at once; of more, Python's own function says that it is too long."""
_REAL: dict[str, Callable[..., Any]] = {
    "sleep": time.sleep,
    "time": time.time,
    "time_ns": time.time_ns,
    "monotonic": time.monotonic,
    "monotonic_ns": time.monotonic_ns,
}
_ABSENT = object()


class _InForce:
    """The clocks in force, innermost first, and what was put in the place of what."""

    def __init__(self) -> None:
        self.clocks: tuple[VirtualClock, ...] = ()
        self.parties = Parties()
        self._lock = threading.RLock()
        self._loops = loops.LoopStandins(self.clock_here, self.parties.behind)
        self._kinds: set[object] = set()
        self._own: dict[VirtualClock, frozenset[str]] = {}
        """What each clock's test counts as its own code."""
        self._replaced: list[tuple[Any, str, object, object]] = []
        """Owner, name, what was there (`_ABSENT`: it is inherited), what is there now."""
        self._searched: dict[str, int] = {}
        self._finds: set[tuple[str, str]] = set()
        self._done: set[tuple[int, str]] = set()
        """Modules that took a function of `time` by name, and their name for it."""

    def clock_here(self) -> VirtualClock | None:
        """The clock that the calling thread lives by."""
        for clock in self.clocks:
            if clock.has_this_thread():
                return clock
        return None

    def begin(self, clock: VirtualClock, own: frozenset[str]) -> None:
        with self._lock:
            self.clocks = (clock, *self.clocks)
            self._own[clock] = own
            self.parties.count_as_own(frozenset().union(*self._own.values()))
            if len(self.clocks) == 1:
                for name, standin in _STANDINS.items():
                    self._replace(time, name, standin)
            self.find_loops()
            self._find_functions()

    def end(self, clock: VirtualClock) -> None:
        with self._lock:
            self.clocks = tuple(other for other in self.clocks if other is not clock)
            self._own.pop(clock, None)
            self.parties.count_as_own(frozenset().union(*self._own.values()))
            if not self.clocks:
                self._find_functions()  # modules that were imported meanwhile have ours
                self._take_back()
                self.parties.forget()

    def find_loops(self) -> None:
        """Put stand-ins into the kinds of loops that are there and have none yet."""
        for kind in loops.kinds() - self._kinds:
            with self._lock:
                self._kinds.add(kind)
                for name, standin in self._loops.of(kind).items():
                    self._replace(kind, name, standin)
        trio = sys.modules.get("trio")
        if trio is not None and hasattr(trio, "sleep") and trio not in self._kinds:
            from segmind_mock.virtual.trios import sleep_of

            with self._lock:
                self._kinds.add(trio)
                self._replace(trio, "sleep", sleep_of(trio, self._clock_behind))

    def _clock_behind(self, caller: FrameType) -> VirtualClock | None:
        """The clock of whoever sleeps on a loop of trio's."""
        clock = self.clock_here()
        return clock if self.parties.behind(caller) in (Party.OWN, Party.CLIENT) else None

    def after_fork(self) -> None:
        """In the child, whose other threads are gone."""
        self._lock = threading.RLock()
        self.clocks = ()
        self._take_back()

    def _take_back(self) -> None:
        self._kinds.clear()
        self._done.clear()
        while self._replaced:
            owner, name, before, standin = self._replaced.pop()
            if _names(owner).get(name) is not standin:
                continue
            if before is _ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

    def _replace(self, owner: Any, name: str, standin: object) -> None:
        before = _names(owner).get(name, _ABSENT)
        if before is standin:  # put back by somebody who found it there
            before = _REAL[_NAME_OF[id(standin)]]
        self._replaced.append((owner, name, before, standin))
        setattr(owner, name, standin)

    def _find_functions(self) -> None:
        """Put stand-ins where modules have `from time import sleep` or the like; each module is searched once."""
        modules = [*sys.modules.items()]
        searched = self._searched
        for name, module in [one for one in modules if searched.get(one[0]) != id(one[1])]:
            searched[name] = id(module)
            namespace = _names(module)
            if not issubclass(type(module), ModuleType) or self._is_left_alone(namespace):
                continue
            self._finds.update((name, attribute) for attribute, value in [*namespace.items()] if id(value) in _NAME_OF)
        for name, attribute in self._finds:
            holder = sys.modules.get(name)
            wanted = _NAME_OF.get(id(_names(holder).get(attribute)))
            if wanted is not None and (id(holder), attribute) not in self._done:
                self._done.add((id(holder), attribute))
                self._replace(holder, attribute, _STANDINS[wanted])

    def _is_left_alone(self, module: Mapping[str, Any]) -> bool:
        return self.parties.of(module) in (Party.STANDARD, Party.FRAMEWORK)


def _names(owner: object) -> Mapping[str, Any]:
    """What a module or a class has, without waking a module that loads itself when it is looked at."""
    is_class = issubclass(type(owner), type)
    try:
        found: Mapping[str, Any] = vars(owner) if is_class else object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return found


def put_in_force(clock: VirtualClock, own: frozenset[str] = frozenset()) -> None:
    """From now on sleeping moves this clock, for those who live by it; the calling thread is the first of them.

    `own` names installed packages whose code is under test.
    """
    clock.join()
    _IN_FORCE.begin(clock, own)


def end(clock: VirtualClock) -> None:
    """It is in force no more; with the last one, everything is as it was."""
    _IN_FORCE.end(clock)


def called_by(frame: FrameType) -> None:
    """A call of the service was made here: the libraries on the way live by the clocks from now on."""
    if _IN_FORCE.clocks:
        _IN_FORCE.parties.learn(frame)
        if "uvloop" in sys.modules or "trio" in sys.modules:
            _IN_FORCE.find_loops()


def _clock() -> VirtualClock | None:
    """The clock that who called a stand-in lives by."""
    clock = _IN_FORCE.clock_here() if _IN_FORCE.clocks else None
    if clock is None:
        return None
    try:
        caller = sys._getframe(2)
    except ValueError:  # nobody's: called as the process ends
        return None
    return clock if _IN_FORCE.parties.on_mocks_time(caller.f_globals) else None


def _sleep(seconds: float | SupportsIndex, /) -> None:
    clock = _clock()
    if clock is None:
        _REAL["sleep"](seconds)
        return
    length = seconds if isinstance(seconds, float) else operator.index(seconds)
    if not 0 < length <= _LONGEST:  # nought lets other threads have a turn, and the rest are errors
        if length == 0:
            clock.look()
        _REAL["sleep"](seconds)
    else:
        clock.sleep(length)


def _time() -> float:
    clock = _clock()
    return float(_REAL["time"]()) if clock is None else clock.time_ns() / _NS


def _time_ns() -> int:
    clock = _clock()
    return int(_REAL["time_ns"]()) if clock is None else clock.time_ns()


def _monotonic() -> float:
    clock = _clock()
    return float(_REAL["monotonic"]()) if clock is None else clock.monotonic_ns() / _NS


def _monotonic_ns() -> int:
    clock = _clock()
    return int(_REAL["monotonic_ns"]()) if clock is None else clock.monotonic_ns()


_STANDINS: dict[str, Callable[..., Any]] = {
    "sleep": _sleep,
    "time": _time,
    "time_ns": _time_ns,
    "monotonic": _monotonic,
    "monotonic_ns": _monotonic_ns,
}
_NAME_OF = {id(function): name for functions in (_REAL, _STANDINS) for name, function in functions.items()}
"""By the functions' ids, because what else is in a module may be of any kind."""
_IN_FORCE = _InForce()
os.register_at_fork(after_in_child=_IN_FORCE.after_fork)
