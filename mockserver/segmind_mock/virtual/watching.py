"""Looking whether an event loop has anything left to do while somebody sleeps on it; if not, time may pass."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, MutableMapping
from typing import ClassVar, Protocol
from weakref import WeakKeyDictionary

from segmind_mock.virtual.patience import SLICE, Patience

_TURNS = 1000
"""Turns of a loop that is never idle, after which it is not waited for: somebody polls without sleeping."""
_UNSEEN = 25
"""Turns after which a loop is idle that does not show what it has to do, such as uvloop's."""


class Moves(Protocol):
    """A clock, as its watchers see it."""

    def try_to_move(self, patience: Patience, woken: Collection[object] = ()) -> bool | None:
        """Move to the next instant somebody waits for. False: others are busy yet; None: nobody sleeps."""


class Watcher:
    """Watches one event loop for one clock."""

    looking: ClassVar[MutableMapping[asyncio.AbstractEventLoop, int]] = WeakKeyDictionary()
    """How many watchers are among what a loop has to do next: clocks may be nested, and none waits for another."""

    def __init__(self, clock: Moves, loop: asyncio.AbstractEventLoop) -> None:
        self._clock = clock
        self._loop = loop
        self._patience = Patience()
        self.woken: set[object] = set()
        """What was called for on the loop, because its instant has come, and has not had its turn yet."""
        self._soon = False
        self._later: asyncio.TimerHandle | None = None
        self._quiet = self._turns = 0
        self._enough = 2 if hasattr(loop, "_ready") else _UNSEEN

    def watch(self) -> None:
        """Somebody sleeps on the loop, or has been woken: look what else it has to do. Called on the loop."""
        self._quiet = self._turns = 0
        self._look_soon()

    def _look_soon(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if not self._soon:
            self._loop.call_soon(self._look)
            self._soon = True
            self.looking[self._loop] = self.looking.get(self._loop, 0) + 1

    def _look(self) -> None:
        self._soon = False
        others = self.looking.pop(self._loop) - 1
        if others:
            self.looking[self._loop] = others
        self._turns += 1
        is_busy = len(getattr(self._loop, "_ready", ())) > others and self._turns < _TURNS
        self._quiet = 0 if is_busy else self._quiet + 1
        if is_busy or (self._quiet < self._enough and self._turns < _TURNS):
            self._look_soon()
            return
        moved = self._clock.try_to_move(self._patience, self.woken)
        if moved:
            self.watch()
        elif moved is not None:
            self._later = self._loop.call_later(SLICE, self._look_again)

    def _look_again(self) -> None:
        self._later = None
        self._quiet = self._turns = 0
        self._look_soon()
