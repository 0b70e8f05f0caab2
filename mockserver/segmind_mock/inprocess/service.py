"""The app, asked by threads and by tasks of event loops, with no socket in between."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from segmind_mock.begun import Rest, rest
from segmind_mock.clock import Clock, SystemClock, pause, pause_async
from segmind_mock.inprocess.loop import Exchange, QuietLoop
from segmind_mock.inprocess.recorder import Recorder
from segmind_mock.inprocess.script import Answered, Asked
from segmind_mock.virtual import standins
from segmind_mock.virtual.clock import VirtualClock
from segmind_mock.web.gateway import Gateway

Result = TypeVar("Result")
_READS = ("GET", "HEAD")


class Late(Exception):
    """The client's patience is at an end, and there is no answer."""


class Refused(Exception):
    """Nobody can connect at present."""


class Service:
    """An app that many may ask at once: one after the other each gets a turn.

    Who is held lets go of its turn, so calls that are held overlap.
    """

    def __init__(self, app: Gateway, clock: VirtualClock | SystemClock) -> None:
        """`clock` is the one beneath the app's."""
        self.app = app
        self.clock: Clock = clock
        self.virtual = clock if isinstance(clock, VirtualClock) else None
        """The clock that moves when clients sleep; None where they live by real time."""
        self._turn = self.virtual.turn if self.virtual else threading.Condition(threading.RLock())
        self._loops: dict[int, QuietLoop] = {}
        self._refused_until = 0
        self._is_closed = False

    @property
    def refuses(self) -> bool:
        """Whether nobody can connect at present."""
        return self._is_closed or bool(self._refused_until and self.clock.now() < self._refused_until)

    def called_by(self, frame: FrameType) -> None:
        """Who calls lives by the mock's clock from now on, and so does every library on the way."""
        if self.virtual is not None:
            standins.called_by(frame)
            self.virtual.join()

    def do(self, function: Callable[[], Result]) -> Result:
        """Call a function while nobody else has a turn."""
        with self._turn:
            return function()

    # --- By a thread --------------------------------------------------------------------------------------

    def ask(self, asked: Asked, patience: float | None) -> Answered:
        """The answer to a request, for a client that waits so many seconds at most. Raises `Late` or `Refused`."""
        with self._turn:
            recorder = self._recorder(asked, patience)
            try:
                self._loop().drive(self._exchange(recorder), lambda: self._watch(recorder, patience))
            finally:
                if self._is_closed:
                    self._turn.notify_all()
        answered = recorder.answered()
        if answered is None:
            self.wait(recorder.left())
            raise Late
        return answered

    def wait(self, seconds: float) -> None:
        """Let time pass for a client, in its own thread."""
        if seconds > 0:
            (self.virtual.sleep if self.virtual else pause)(seconds)

    # --- By a task ----------------------------------------------------------------------------------------

    async def ask_async(self, asked: Asked, patience: float | None) -> Answered:
        """The same in a task of an asyncio loop. Under another kind of loop the answer is made at once or blocks."""
        if asyncio._get_running_loop() is None:
            return self.ask(asked, patience)
        with self._turn:
            recorder = self._recorder(asked, patience)
            exchange = self._exchange(recorder)
            try:
                held = Rest(exchange, exchange.send(None), self._turn)
            except StopIteration:
                held = None
        if held is not None:
            await self._held(held, recorder, patience)
        answered = recorder.answered()
        if answered is None:
            await self.wait_async(recorder.left())
            raise Late
        return answered

    async def _held(self, held: Rest, recorder: Recorder, patience: float | None) -> None:
        """Return when an exchange has ended; if the one who waits is cancelled, the client hangs up."""
        after = self._watch(recorder, patience)
        task = asyncio.get_running_loop().create_task(rest(held))
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            recorder.hang_up()
            await asyncio.wait({task})
            raise
        finally:
            after()
        task.result()

    async def wait_async(self, seconds: float) -> None:
        """Let time pass for a client, in its own task."""
        if seconds <= 0:
            return
        if asyncio._get_running_loop() is None:
            self.wait(seconds)
            return
        if self.virtual is None:
            await pause_async(seconds)
            return
        loop = asyncio.get_running_loop()
        woken: asyncio.Future[None] = loop.create_future()

        def wake() -> None:
            if not woken.done():
                woken.set_result(None)

        timer = self.virtual.call(loop, self.virtual.due_in(seconds), wake)
        try:
            await woken
        finally:
            self.virtual.drop(timer)

    # --- Both -----------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Nobody is answered any more; calls that are held end, and those of other threads have when this returns."""
        with self._turn:
            if self._is_closed:
                return
            self._is_closed = True
            self.app.backend.keyring.end()
            while any(loop.is_running() for thread, loop in self._loops.items() if thread != threading.get_ident()):
                self._turn.wait()
            for loop in self._loops.values():
                loop.close()
            self._loops.clear()
        self.app.close()

    def _exchange(self, recorder: Recorder) -> Exchange:
        return self.app(recorder.scope(), recorder.receive, recorder.send)

    def _recorder(self, asked: Asked, patience: float | None) -> Recorder:
        if self.virtual is not None:
            self.called_by(sys._getframe(2))
            if asked.method in _READS:
                self.virtual.look()
        if self.refuses:
            raise Refused
        return Recorder(asked, patience, self.clock.now, self._refuse)

    def accept(self) -> None:
        """Everybody can connect again."""
        self._refused_until = 0

    def _refuse(self, seconds: float) -> None:
        self._refused_until = max(self._refused_until, self.clock.now() + round(seconds * 1000))

    def _watch(self, recorder: Recorder, patience: float | None) -> Callable[[], None]:
        """Have the client hang up once its patience is at an end; what is returned undoes it."""
        if patience is None:
            return _nothing
        return self.clock.call_at(self.clock.now() + round(patience * 1000), recorder.hang_up)

    def _loop(self) -> QuietLoop:
        me = threading.get_ident()
        loop = self._loops.get(me)
        while loop is not None and loop.is_running():  # called by a signal's handler, or the like, while it is held
            me = -me if me > 0 else me - 1
            loop = self._loops.get(me)
        if loop is None:
            loop = self._loops[me] = QuietLoop(self._idle, self._wake)
        return loop

    def _idle(self, done: Callable[[], bool], at_most: float | None) -> None:
        if self.virtual is not None:
            self.virtual.rest(done, at_most)
        elif not done():
            self._turn.wait(at_most)

    def _wake(self, thread: int) -> None:
        if self.virtual is not None:
            self.virtual.wake(thread)
            return
        with self._turn:
            self._turn.notify_all()


def _nothing() -> None:
    """There is nothing to undo."""
