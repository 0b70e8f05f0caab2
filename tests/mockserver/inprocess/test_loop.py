"""Loop: an exchange is brought to its end in a thread, whatever loop runs there, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from segmind_mock.inprocess.loop import Exchange, QuietLoop


class Driver:
    """A loop, and what holds its thread; `late` happens when the loop has nothing to do."""

    def __init__(self) -> None:
        self.turn = threading.Condition()
        self.loop = QuietLoop(self.idle, self.wake)
        self.late: Callable[[], None] | None = None
        self.waited: list[str] = []

    def idle(self, done: Callable[[], bool], at_most: float | None) -> None:
        """Hold the thread."""
        late, self.late = self.late, None
        if late is not None:
            late()
        with self.turn:
            self.turn.wait_for(done, at_most)

    def wake(self, thread: int) -> None:
        """Somebody calls."""
        assert thread == threading.get_ident() or threading.active_count() > 1
        with self.turn:
            self.turn.notify_all()

    def drive(self, exchange: Exchange) -> None:
        """Bring an exchange to its end; note when it waits, and that it ended."""
        self.loop.drive(exchange, self.when_it_waits)

    def when_it_waits(self) -> Callable[[], None]:
        """Note it."""
        self.waited.append("waits")
        return lambda: self.waited.append("ended")


@pytest.fixture
def driver() -> Iterator[Driver]:
    """A loop that is closed with nothing left on it."""
    made = Driver()
    yield made
    assert asyncio.all_tasks(made.loop) == set()
    made.loop.close()


def test_at_once(driver: Driver) -> None:
    """What waits for nothing is done without a task, with the loop running."""

    async def exchange() -> None:
        running.append(asyncio.get_running_loop())

    running: list[object] = []
    driver.drive(exchange())
    assert (running, driver.waited, asyncio._get_running_loop()) == ([driver.loop], [], None)


def test_what_waits(driver: Driver) -> None:
    """What waits is finished by a task: for timers, for futures, and for other threads."""

    async def exchange() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(0.001)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.create_future(), 0.001)
        woken: asyncio.Future[str] = loop.create_future()
        thread = threading.Thread(target=lambda: loop.call_soon_threadsafe(woken.set_result, "woken"))
        driver.late = thread.start
        told.append(await woken)
        thread.join()

    told: list[str] = []
    driver.drive(exchange())
    assert (told, driver.waited) == (["woken"], ["waits", "ended"])


@pytest.mark.parametrize("waits", [False, True])
def test_what_it_raises(driver: Driver, waits: bool) -> None:
    """An error of the exchange is raised to who drives it, and the next exchange is driven as ever."""

    async def exchange() -> None:
        if waits:
            await asyncio.sleep(0)
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost"):
        driver.drive(exchange())
    driver.drive(asyncio.sleep(0))
    assert driver.waited == ["waits", "ended"] * (1 + waits)


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("waits", [False, True])
def test_inside_of_another_loop(driver: Driver, waits: bool, fails: bool) -> None:
    """The loop and the task that call are not seen meanwhile, and are as they were afterwards."""

    async def exchange() -> None:
        if waits:
            await asyncio.sleep(0)
        seen.append(asyncio.get_running_loop())
        assert (asyncio.current_task() is None) != waits
        if fails:
            raise LookupError

    async def caller() -> None:
        before = asyncio.get_running_loop(), asyncio.current_task(), sys.get_asyncgen_hooks()
        try:
            driver.drive(exchange())
        except LookupError:
            seen.append("failed")
        assert (asyncio.get_running_loop(), asyncio.current_task(), sys.get_asyncgen_hooks()) == before
        async with asyncio.timeout(10):
            await asyncio.sleep(0)

    seen: list[object] = []
    asyncio.run(caller())
    assert seen == [driver.loop, *(["failed"] if fails else [])]


def test_inside_of_a_callback(driver: Driver) -> None:
    """The same where no task is running on the loop that calls."""

    async def caller() -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[bool] = loop.create_future()

        def call() -> None:
            driver.drive(asyncio.sleep(0))
            done.set_result(asyncio.get_running_loop() is loop and asyncio.current_task() is None)

        loop.call_soon(call)
        assert await done

    asyncio.run(caller())


def test_what_it_cancelled_is_ended(driver: Driver) -> None:
    """A task that the exchange began and cancelled is at its end too when the exchange is."""

    async def beside() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            for _ in range(5):
                await asyncio.sleep(0)
            told.append("ended")

    async def exchange() -> None:
        task = asyncio.get_running_loop().create_task(beside())
        await asyncio.sleep(0)
        task.cancel()

    told: list[str] = []
    driver.drive(exchange())
    assert told == ["ended"]


def test_breaking_off(driver: Driver) -> None:
    """Where the wait is broken off, as by Ctrl-C, the exchange is cancelled, and what it began too."""

    async def exchange() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            told.append("cleaned up")

    def interrupt() -> None:
        raise KeyboardInterrupt

    told: list[str] = []
    driver.late = interrupt
    with pytest.raises(KeyboardInterrupt):
        driver.drive(exchange())
    assert (told, driver.waited) == (["cleaned up"], ["waits", "ended"])
    driver.drive(asyncio.sleep(0))
