"""An event loop without sockets, for an app that is driven by a thread which waits for its answer."""

from __future__ import annotations

import asyncio
import threading
from asyncio.tasks import _enter_task, _leave_task
from collections.abc import Callable, Coroutine
from typing import Any

from segmind_mock.begun import Rest, rest
from segmind_mock.clock import a_turn

Idle = Callable[[Callable[[], bool], float | None], None]
"""Holds the calling thread until something is so, or for so many seconds; what it holds otherwise is let go of."""

Waits = Callable[[], Callable[[], None]]
"""Called when an exchange begins to wait; what it returns is called when the exchange has ended."""

Exchange = Coroutine[Any, Any, object]


class QuietLoop(asyncio.BaseEventLoop):
    """A loop that waits for its own timers, and for other threads; `idle` is how it waits."""

    rests = True
    """It holds its thread while it has nothing to do, so nobody need look whether it has."""

    def __init__(self, idle: Idle, wake: Callable[[int], None]) -> None:
        """It belongs to the calling thread; `wake` is told its number when another thread has something for it."""
        super().__init__()
        self._idle = idle
        self._wake = wake
        self._is_woken = False
        self._thread = threading.get_ident()
        self._selector = self  # what the loop asks for events, of which there are none
        self.slow_callback_duration = float("inf")  # pictures are made here, and that is no mistake to be warned of

    def select(self, timeout: float | None) -> list[object]:
        """Wait until somebody calls, or for so many seconds."""
        if timeout is None or timeout > 0:
            self._idle(lambda: self._is_woken, timeout)
        self._is_woken = False
        return []

    def _process_events(self, event_list: list[object]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        self._is_woken = True
        self._wake(self._thread)

    def drive(self, exchange: Exchange, when_it_waits: Waits) -> None:
        """Bring an exchange to its end, in this thread, whatever loop may be running in it.

        That loop is held up meanwhile, and its task with it: both are as they were afterwards. Raises what the
        exchange raises.
        """
        outer = asyncio._get_running_loop()
        task = None if outer is None else asyncio.current_task(outer)
        if outer is not None and task is not None:
            _leave_task(outer, task)
        asyncio._set_running_loop(self)
        try:
            awaited = exchange.send(None)
        except StopIteration:
            return
        else:
            asyncio._set_running_loop(None)
            self._run(self._end(exchange, awaited, when_it_waits))
        finally:
            asyncio._set_running_loop(outer)
            if outer is not None and task is not None:
                _enter_task(outer, task)

    async def _end(self, exchange: Exchange, awaited: Any, when_it_waits: Waits) -> None:
        after = when_it_waits()
        try:
            await rest(Rest(exchange, awaited))
        finally:
            after()
            while self._has_more():
                await a_turn()

    def _run(self, work: Exchange) -> None:
        """Run until it is done; if that is broken off, as by Ctrl-C, whatever was begun is ended."""
        task = self.create_task(work)
        try:
            self.run_until_complete(task)
        except BaseException:
            for left in asyncio.all_tasks(self):
                left.cancel()
            if not task.done():
                self.run_until_complete(asyncio.wait({task}))
            raise

    def _has_more(self) -> bool:
        """Whether others than who asks have something to do now: what an exchange cancelled when it ended."""
        return bool(vars(self)["_ready"])
