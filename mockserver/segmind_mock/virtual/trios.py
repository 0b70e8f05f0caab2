"""What stands in the place of `trio.sleep`, on which `anyio.sleep` rests too where trio runs the tasks.

A run of trio has a clock of its own that nothing can move: its time-outs (`trio.move_on_after`, `anyio.fail_after`)
stay real.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Awaitable, Callable
from importlib import import_module
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

from segmind_mock.virtual.clock import VirtualClock
from segmind_mock.virtual.patience import SLICE, Patience

Sleep = Callable[[float], Awaitable[None]]


def sleep_of(trio: Any, clock_behind: Callable[[FrameType], VirtualClock | None]) -> Sleep:
    """The stand-in, given the module and who lives by what."""
    really: Sleep = trio.sleep
    idle = import_module("trio.testing").wait_all_tasks_blocked
    watched: WeakKeyDictionary[VirtualClock, set[object]] = WeakKeyDictionary()
    """The runs of trio on which each clock is watched for."""

    async def watch(clock: VirtualClock, run: object) -> None:
        """Let time pass whenever every task of a run has something to wait for."""
        patience = Patience()
        try:
            while True:
                await idle()
                moved = clock.try_to_move(patience)
                if moved is None:
                    return
                if not moved:
                    await really(SLICE)
        finally:
            watched[clock].discard(run)

    async def sleep(seconds: float) -> None:
        clock = clock_behind(sys._getframe(1))
        if clock is None or not 0 < seconds < math.inf:
            await really(seconds)
            return
        run = trio.lowlevel.current_trio_token()
        woken = trio.Event()
        timer = clock.put(clock.due_in(seconds), lambda: run.run_sync_soon(woken.set))
        runs = watched.setdefault(clock, set())
        if run not in runs:
            runs.add(run)
            trio.lowlevel.spawn_system_task(watch, clock, run)
        try:
            await woken.wait()
        finally:
            clock.drop(timer)

    return sleep
