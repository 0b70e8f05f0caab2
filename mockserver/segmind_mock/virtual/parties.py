"""Whose code it is that asks for the time or wants to sleep: by the module that calls.

Virtual time is for the code under test and for what stands between it and the service, such as an SDK or a retry
library; whatever is seen on the way to a call of the service counts among these from then on. It is not for the test
framework, the standard library's own waits, or a database driver. A module belongs to another library when its file
is in `site-packages` or `dist-packages`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from enum import Enum
from types import FrameType
from typing import Any

_CLIENTS = (
    *("aiohttp", "anyio", "backoff", "httpcore", "httpcore2", "httpx", "httpx2", "requests", "retry", "retrying"),
    *("segmind", "stamina", "tenacity", "urllib3"),
)
"""Libraries that are known to call the service, or to wait for those who do."""

_FRAMEWORKS = (
    *("IPython", "_pydevd_bundle", "_pytest", "coverage", "debugpy", "execnet", "hypothesis", "ipykernel", "pluggy"),
    *("pydevd", "pytest", "pytest_asyncio", "pytest_cov", "pytest_randomly", "pytest_timeout", "segmind_mock"),
    *("segmind_spec", "tornado", "xdist"),
)
_BETWEEN = ("anyio", "async_timeout", "sniffio")
"""Libraries that pass on what others want, as the standard library does."""
_ENGINES = ("asyncio.base_events", "asyncio.runners", "trio._core._run")
"""What runs the callbacks and tasks of an event loop: who is behind it has not called what it runs."""
_OUR_TIMERS = "segmind_mock.virtual.loops"
_STANDARD = os.path.dirname(os.__file__).replace("\\", "/")
_DEEPEST = 200
"""Frames that are looked at, at most."""

Namespace = Mapping[str, Any]
"""The globals of a module, which say its name and its file."""
_Key = tuple[str | None, str | None]


class Party(Enum):
    """Who a module belongs to."""

    OWN = "the code under test"
    CLIENT = "a library that calls the service"
    OTHER = "another library"
    STANDARD = "the standard library"
    FRAMEWORK = "what runs the tests, or this mock"


class Parties:
    """Tells modules apart by their names, and remembers what it found out."""

    def __init__(self) -> None:
        self._known: dict[_Key, Party] = {}
        self._on_mocks_time: dict[_Key, bool] = {}
        self._learnt: set[str] = set()
        self._own: frozenset[str] = frozenset()
        self._by_id: dict[int, Party] = {}
        """By the ids of modules' globals, which can be another module's once the first is gone: for a while only."""

    def of(self, module: Namespace) -> Party:
        """The party of a module, by its globals."""
        key = module.get("__name__"), module.get("__file__")
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = self._found(*key)
        return known

    def on_mocks_time(self, module: Namespace) -> bool:
        """Whether the code of a module lives by the mock's clock."""
        key = module.get("__name__"), module.get("__file__")
        known = self._on_mocks_time.get(key)
        if known is None:
            known = self._on_mocks_time[key] = self.of(module) in (Party.OWN, Party.CLIENT)
        return known

    def behind(self, frame: FrameType | None) -> Party:
        """The party for which the standard library, or one that passes things on, uses an event loop.

        `OWN` for a task whose whole coroutine is one of theirs, as `create_task(asyncio.sleep(1))`: nobody can tell
        whose it is.
        """
        last = frame
        for caller in _callers(frame):
            module = caller.f_globals
            name = module.get("__name__", "")
            if name in _ENGINES:
                break
            if name == _OUR_TIMERS:
                return Party.OWN
            party = self.of(module)
            if party is not Party.STANDARD and _top(name) not in _BETWEEN:
                return party
            if party is not Party.STANDARD:
                last = caller
        # A deadline of anyio's that was set in real time looks again how late it is; one that was not is in our hands.
        return Party.OTHER if last is not None and last.f_code.co_name == "_timeout" else Party.OWN

    def learn(self, frame: FrameType | None) -> None:
        """Everybody who is on the way from a test to a call of the service is a client from now on."""
        on_the_way = False
        last = None
        parties = self._by_id
        for _ in range(_DEEPEST):  # written out: it happens at every call
            if frame is None:
                return
            module = frame.f_globals
            if module is not last:
                last = module
                party = parties.get(id(module))
                if party is None:
                    party = parties[id(module)] = self.of(module)
                if party is not Party.FRAMEWORK:
                    on_the_way = True  # it begins with the mock's own frames
                elif on_the_way:
                    return
                if party is Party.OTHER:
                    self._learnt.add(_top(module["__name__"]))
                    self._clear()
            frame = frame.f_back

    def count_as_own(self, packages: frozenset[str]) -> None:
        """These installed packages, by the names at their top, are code under test."""
        if packages != self._own:
            self._own = packages
            self._clear()

    def forget(self) -> None:
        """What was learnt does not hold for the next test."""
        self._by_id.clear()
        if self._learnt:
            self._learnt.clear()
            self._clear()

    def _clear(self) -> None:
        self._known.clear()
        self._on_mocks_time.clear()
        self._by_id.clear()

    def _found(self, name: str | None, file: str | None) -> Party:
        top = _top(name) if isinstance(name, str) else ""
        path = file.replace("\\", "/") if isinstance(file, str) else ""
        if top in self._own:
            return Party.OWN
        if top in _CLIENTS or top in self._learnt:
            return Party.CLIENT
        if top in _FRAMEWORKS:
            return Party.FRAMEWORK
        if "/site-packages/" in path or "/dist-packages/" in path:
            return Party.OTHER
        standard = top in sys.stdlib_module_names and top != "__main__"
        return Party.STANDARD if standard and (not path or path.startswith(_STANDARD)) else Party.OWN


def _callers(frame: FrameType | None) -> Iterator[FrameType]:
    """A frame, and those that called it."""
    for _ in range(_DEEPEST):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def _top(name: str) -> str:
    return name.partition(".")[0]
