"""Event loops by virtual time: tasks that sleep, time-outs, real input and output beside them, and several loops."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from functools import partial
from time import monotonic, sleep  # noqa: TID251
from typing import Any

import anyio
import anyio.abc
import httpx
import pytest
import segmind
import tenacity
import uvloop
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock.inprocess.interception import intercept
from segmind_mock.virtual import standins
from segmind_mock.virtual.clock import VirtualClock
from segmind_mock.virtual.loops import Handle
from tests.mockserver.virtual.lives import in_threads, library, virtual_time

Main = Callable[[], Coroutine[Any, Any, Any]]
Runner = Callable[[Main], Any]


def with_asyncio(main: Main) -> Any:
    """As most do."""
    return asyncio.run(main())


def with_uvloop(main: Main) -> Any:
    """On uvloop's loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())


def with_anyio(main: Main) -> Any:
    """On a loop that anyio made."""
    return anyio.run(main)


EACH = pytest.mark.parametrize("run", [with_asyncio, with_uvloop, with_anyio])


@pytest.fixture
def clock() -> Iterator[VirtualClock]:
    """A clock in force."""
    with virtual_time() as clock:
        yield clock


def shown() -> float:
    """What the running loop's clock shows."""
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def answering(seconds: float) -> AsyncIterator[asyncio.StreamReader]:
    """A connection over loopback whose other end, a thread of its own, says something after so much real time."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = listening.accept()
        threading.Event().wait(seconds)
        with connection:
            connection.sendall(b"x")

    thread = threading.Thread(target=answer)
    thread.start()
    reader, writer = await asyncio.open_connection(*listening.getsockname())
    try:
        yield reader
    finally:
        writer.close()
        thread.join()
        listening.close()


# --- Sleeping ---------------------------------------------------------------------------------------------


@EACH
def test_sleeping_moves_all_clocks(run: Runner, clock: VirtualClock) -> None:
    """The loop's clock, `monotonic` and the mock's are in step, under every kind of loop."""

    async def main() -> list[float]:
        before = shown(), monotonic()
        await asyncio.sleep(600)
        await anyio.sleep(60)
        return [shown() - before[0], monotonic() - before[1]]

    assert run(main) == [660, 660]
    assert clock.passed == 660


@EACH
@pytest.mark.parametrize("how", ["gather", "group", "anyio"])
def test_tasks_wake_in_the_order_of_their_instants(run: Runner, how: str, clock: VirtualClock) -> None:
    """Together they take as long as the longest."""
    woken: list[tuple[int, float]] = []

    async def one(seconds: int) -> None:
        await asyncio.sleep(seconds)
        woken.append((seconds, clock.passed))

    async def main() -> None:
        lengths = [30, 10, 20, 10]
        if how == "gather":
            await asyncio.gather(*map(one, lengths))
        elif how == "group":
            async with asyncio.TaskGroup() as group:
                for length in lengths:
                    group.create_task(one(length))
        else:
            async with anyio.create_task_group() as tasks:
                for length in lengths:
                    tasks.start_soon(one, length)

    run(main)
    assert woken == [(10, 10), (10, 10), (20, 20), (30, 30)]


@EACH
def test_tasks_that_are_nothing_but_a_sleep(run: Runner, clock: VirtualClock) -> None:
    """Nobody's own code is on the stack when they begin to sleep; they sleep by the clock all the same."""

    async def main() -> None:
        await asyncio.gather(asyncio.sleep(1), asyncio.create_task(asyncio.sleep(20)))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep, 300)

    run(main)
    assert clock.passed == 320


@settings(max_examples=60)
@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=8), min_size=1, max_size=6), st.booleans())
def test_any_tasks(programs: list[list[int]], on_uvloop: bool) -> None:
    """Tasks that sleep for so long each see the instants that each would see alone, in the order of the instants."""
    with virtual_time() as clock:
        seen: list[float] = []

        async def one(lengths: list[int]) -> list[float]:
            own = []
            for length in lengths:
                await asyncio.sleep(length)
                own.append(clock.passed)
                seen.append(clock.passed)
            return own

        async def main() -> list[list[float]]:
            return await asyncio.gather(*map(one, programs))

        found = (with_uvloop if on_uvloop else with_asyncio)(main)
    assert found == [[sum(lengths[: n + 1]) for n in range(len(lengths))] for lengths in programs]
    assert seen == sorted(seen)
    assert clock.passed == max(map(sum, programs))


@EACH
def test_sync_sleeping_in_a_task_holds_up_the_others(run: Runner, clock: VirtualClock) -> None:
    """As it does in real life: whoever was due meanwhile wakes when it is over."""

    async def sleeper() -> float:
        await asyncio.sleep(1)
        return clock.passed

    async def main() -> float:
        task = asyncio.create_task(sleeper())
        await asyncio.sleep(0)
        sleep(10)  # noqa: ASYNC251
        return await task

    assert run(main) == 10


@EACH
def test_retries_of_tenacity(run: Runner, clock: VirtualClock) -> None:
    """Its asynchronous waits are slept by the clock."""
    tries: list[float] = []

    @tenacity.retry(wait=tenacity.wait_fixed(7), stop=tenacity.stop_after_attempt(4), reraise=True)
    async def fail() -> None:
        tries.append(clock.passed)
        raise LookupError

    with pytest.raises(LookupError):
        run(fail)
    assert tries == [0, 7, 14, 21]


@EACH
def test_a_task_that_never_sleeps(run: Runner, clock: VirtualClock) -> None:
    """One that gives others a turn again and again does not stop time for those who sleep."""

    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(600))
        while not task.done():  # noqa: ASYNC110
            await asyncio.sleep(0)

    run(main)
    assert clock.passed == 600


@EACH
def test_a_loop_that_only_looks_ends(run: Runner, clock: VirtualClock) -> None:
    """A task that waits for an instant of the loop's clock without sleeping comes to it."""

    async def main() -> None:
        end = shown() + 0.01
        while shown() < end:  # noqa: ASYNC110
            await asyncio.sleep(0)

    run(main)


# --- Time-outs --------------------------------------------------------------------------------------------


async def by_timeout(seconds: float, what: Coroutine[Any, Any, Any]) -> Any:
    """What comes of something in so many seconds."""
    async with asyncio.timeout(seconds):
        return await what


async def by_wait(seconds: float, what: Coroutine[Any, Any, Any]) -> Any:
    """The same with `asyncio.wait`."""
    task = asyncio.create_task(what)
    _, pending = await asyncio.wait({task}, timeout=seconds)
    if pending:
        task.cancel()
        raise TimeoutError
    return task.result()


async def by_completed(seconds: float, what: Coroutine[Any, Any, Any]) -> Any:
    """The same with `as_completed`."""
    task = asyncio.ensure_future(what)
    try:
        for done in asyncio.as_completed([task], timeout=seconds):
            return await done
    finally:
        task.cancel()


async def by_anyio(seconds: float, what: Coroutine[Any, Any, Any]) -> Any:
    """The same with anyio."""
    with anyio.fail_after(seconds):
        return await what


async def by_wait_for(seconds: float, what: Coroutine[Any, Any, Any]) -> Any:
    """The same with `wait_for`."""
    return await asyncio.wait_for(what, seconds)


WAYS = [by_timeout, by_wait_for, by_wait, by_completed, by_anyio]
GUARDS = pytest.mark.parametrize("within", WAYS)


@EACH
@GUARDS
def test_a_time_out_around_sleeping(run: Runner, within: Any, clock: VirtualClock) -> None:
    """It goes off at its instant of the clock, to the nanosecond, and not if what it is about is over by then."""

    async def main() -> list[float]:
        ends = []
        await within(5, asyncio.sleep(4.5))
        ends.append(clock.passed)
        with pytest.raises(TimeoutError):
            await within(5.25, asyncio.sleep(600))
        ends.append(clock.passed)
        await asyncio.sleep(1)
        ends.append(clock.passed)
        return ends

    assert run(main) == [4.5, 9.75, 10.75]


STEPS = st.tuples(st.integers(0, 9), st.integers(0, 9).map(lambda half: half + 0.5), st.integers(0, 4))


@settings(max_examples=60)
@given(st.lists(st.lists(STEPS, min_size=1, max_size=6), min_size=1, max_size=5), st.booleans())
def test_any_time_outs(programs: list[list[tuple[int, float, int]]], on_uvloop: bool) -> None:
    """Tasks that sleep under time-outs of any kind see the instants at which what comes first ends."""
    with virtual_time() as clock:

        async def one(program: list[tuple[int, float, int]]) -> list[float]:
            seen = []
            for length, limit, kind in program:
                with contextlib.suppress(TimeoutError):
                    await WAYS[kind](limit, asyncio.sleep(length))
                seen.append(clock.passed)
            return seen

        async def main() -> list[list[float]]:
            return await asyncio.gather(*map(one, programs))

        found = (with_uvloop if on_uvloop else with_asyncio)(main)
    wanted = [[min(length, limit) for length, limit, _ in program] for program in programs]
    assert found == [[sum(lengths[: n + 1]) for n in range(len(lengths))] for lengths in wanted]


@EACH
@GUARDS
def test_a_time_out_around_real_waiting(run: Runner, within: Any, clock: VirtualClock) -> None:
    """While nobody sleeps it does not go off before its time has passed in reality."""

    async def main() -> Any:
        async with answering(0.05) as reader:
            return await within(60, reader.read(1))

    assert run(main) == b"x"
    assert clock.passed == 0


@EACH
@GUARDS
def test_a_time_out_that_goes_off_in_reality(run: Runner, within: Any, clock: VirtualClock) -> None:
    """What is waited for never comes and nobody sleeps: it ends after so much real time, which has then passed."""

    async def main() -> None:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await within(0.02, asyncio.Event().wait())

    run(main)
    assert clock.passed == 0.04


@EACH
def test_real_waiting_beside_sleeping(run: Runner, clock: VirtualClock) -> None:
    """Whoever sleeps moves time for all who live by it: a time-out around something real goes off by that."""

    async def main() -> float:
        async with answering(0.2) as reader:
            sleeper = asyncio.create_task(asyncio.sleep(600))
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(reader.read(1), 60)
            seen = clock.passed
            await sleeper
            return seen

    assert run(main) == 60
    assert clock.passed == 600


@EACH
def test_cancelling_a_sleeper(run: Runner, clock: VirtualClock) -> None:
    """It does not sleep any longer, and moves nothing."""

    async def main() -> None:
        task = asyncio.create_task(asyncio.sleep(600))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with answering(0.01) as reader:
            await reader.read(1)

    run(main)
    assert (clock.passed, clock._sleepers) == (1, 0)


# --- Timers -----------------------------------------------------------------------------------------------


@EACH
def test_timers_of_the_code_under_test(run: Runner, clock: VirtualClock) -> None:
    """`call_later` and `call_at` are called at their instants, in their contexts; a cancelled one is not."""
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="outside")
    inside = contextvars.copy_context()
    inside.run(variable.set, "inside")
    called: list[object] = []

    def note(name: str) -> None:
        called.append((name, clock.passed, variable.get()))

    async def main() -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        later = loop.call_later(3, note, "later")
        at = loop.call_at(now + 2, note, "at", context=inside)
        dropped = loop.call_later(1, note, "dropped")
        assert (later.when(), at.when()) == (now + 3, now + 2)
        assert "when=" in repr(later)
        variable.set("changed")
        dropped.cancel()
        done = loop.create_future()
        loop.call_later(4, done.set_result, None)
        await done
        assert [handle.cancelled() for handle in (later, at, dropped)] == [False, False, True]
        later.cancel()

    run(main)
    assert called == [("at", 2, "inside"), ("later", 3, "outside")]


def test_a_time_out_whose_time_comes_twice(clock: VirtualClock) -> None:
    """One that is on its way by virtual time when its real time has passed goes off once."""
    called: list[int] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        handle = Handle(loop.time() + 5, called.append, (1,), loop)
        handle.begin(clock, clock.due_in(5), False, asyncio.BaseEventLoop.call_later)
        sleep(6)  # noqa: ASYNC251
        handle._go_off_really()
        await asyncio.sleep(0)

    with_asyncio(main)
    assert called == [1]


@EACH
def test_errors_of_callbacks(run: Runner, clock: VirtualClock) -> None:
    """They reach the loop's handler, which is told which callback it was."""
    told: list[dict[str, Any]] = []

    def fail() -> None:
        raise LookupError("here")

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        asyncio.get_running_loop().call_later(1, fail)
        await asyncio.sleep(2)

    run(main)
    assert [str(context["exception"]) for context in told] == ["here"]
    assert "fail" in told[0]["message"]
    assert clock.passed == 2


@EACH
@pytest.mark.parametrize("kind", ["call_later", "call_at"])
def test_timers_that_cannot_be(run: Runner, kind: str, clock: VirtualClock) -> None:
    """A closed loop takes none, and nothing that is no number is a delay; the errors are the loop's own."""

    async def main() -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        with pytest.raises(TypeError):
            getattr(loop, kind)(None, print)
        with pytest.raises(TypeError):
            getattr(loop, kind)("1", print)
        return loop

    loop = run(main)
    with pytest.raises(RuntimeError, match="closed"):
        getattr(loop, kind)(1, print)


@pytest.mark.parametrize("delay", [0, -5])
def test_a_timer_that_is_due(delay: int, clock: VirtualClock) -> None:
    """It is called soon, and time stands still."""

    async def main() -> None:
        done = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_later(delay, done.set_result, None)
        await done

    with_asyncio(main)
    assert clock.passed == 0


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_a_loop_that_is_closed_with_sleepers(new_loop: Any, clock: VirtualClock) -> None:
    """What slept on it is forgotten; another loop goes on."""
    loop = new_loop()
    loop.call_later(50, pytest.fail)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    with_asyncio(partial(asyncio.sleep, 100))
    assert clock.passed == 100


def test_a_loop_that_is_closed_with_somebody_woken(clock: VirtualClock) -> None:
    """What had no turn any more keeps no later loop from its sleeping."""
    loop = asyncio.new_event_loop()
    loop.call_later(5, pytest.fail)
    sleep(6)
    loop.close()
    with_asyncio(partial(asyncio.sleep, 100))
    assert clock.passed == 106


def test_a_loop_in_debug_mode(clock: VirtualClock) -> None:
    """Its own checks find nothing to blame."""

    async def main() -> None:
        await asyncio.wait_for(asyncio.sleep(5), 10)

    asyncio.run(main(), debug=True)
    assert clock.passed == 5


def test_a_loop_that_stops_and_goes_on(clock: VirtualClock) -> None:
    """A task that slept when its loop stopped wakes when it runs again, at its instant."""
    loop = asyncio.new_event_loop()
    woken: list[float] = []

    async def sleeper() -> None:
        await asyncio.sleep(10)
        woken.append(clock.passed)

    task = loop.create_task(sleeper())
    loop.run_until_complete(asyncio.sleep(4))
    assert woken == []
    loop.run_until_complete(task)
    loop.close()
    assert woken == [10]


# --- Other people's code ----------------------------------------------------------------------------------

ASIDE = """
import asyncio, anyio
async def rest(seconds):
    await asyncio.sleep(seconds)
async def give_up(seconds, what):
    async with asyncio.timeout(seconds):
        await what
async def move_on(seconds, what):
    with anyio.move_on_after(seconds) as scope:
        await what
    return scope.cancelled_caught
async def shown():
    return asyncio.get_running_loop().time()
"""


@EACH
def test_a_library_that_is_not_on_the_way(run: Runner, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sleeps and gives up in real time, whatever is slept beside it, and sees the real clock."""
    aside = library(monkeypatch, ASIDE, "aside")

    async def main() -> None:
        before = await aside.shown()
        async with answering(0.05) as reader:
            resting = asyncio.create_task(aside.rest(0.01))
            waiting = asyncio.create_task(aside.give_up(60, reader.read(1)))
            moving_on = asyncio.create_task(aside.move_on(0.03, asyncio.Event().wait()))
            await asyncio.sleep(600)
            assert [task.done() for task in (resting, waiting, moving_on)] == [False] * 3
            await waiting
            await resting
            assert await moving_on
        with pytest.raises(TimeoutError):
            await aside.give_up(0.01, asyncio.Event().wait())
        assert await aside.shown() - before < 590 < shown() - before

    run(main)
    assert clock.passed == 600


def test_the_mocks_own_waiting_is_real(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a clock of its own, and is not a sleeper among those who live by it."""
    ours = library(monkeypatch, ASIDE, "segmind_mock.somewhere")
    with_asyncio(partial(ours.rest, 0.001))
    assert clock.passed == 0


@pytest.mark.asyncio
async def test_within_pytest_asyncio() -> None:
    """A test that is a coroutine lives by it too."""
    with virtual_time() as clock:
        before = shown()
        await asyncio.gather(asyncio.sleep(600), asyncio.wait_for(asyncio.sleep(5), 6))
        assert (clock.passed, shown() - before) == (600, 600)


@pytest.mark.anyio
async def test_within_anyios_plugin(anyio_backend_name: str) -> None:
    """So does one that anyio's plugin runs."""
    if anyio_backend_name != "asyncio":
        return
    with virtual_time() as clock:
        await anyio.sleep(600)
        assert clock.passed == 600


# --- Several loops, and threads ---------------------------------------------------------------------------


@EACH
def test_two_loops_in_two_threads(run: Runner, clock: VirtualClock) -> None:
    """Time passes for both together."""
    here: list[int] = []

    def work(seconds: int) -> list[float]:
        async def main() -> list[float]:
            clock.join()
            here.append(1)
            while len(here) < 2:
                pass
            seen = []
            for _ in range(10):
                await asyncio.sleep(seconds)
                seen.append(clock.passed)
            return seen

        return run(main)  # type: ignore[no-any-return]

    assert in_threads(partial(work, 2), partial(work, 3)) == [[*range(2, 21, 2)], [*range(3, 31, 3)]]


@EACH
def test_threads_beside_tasks(run: Runner, clock: VirtualClock) -> None:
    """Code in a thread that sleeps, and tasks that do, see the instants that each would see alone."""

    def work() -> list[float]:
        clock.join()
        seen = []
        for _ in range(10):
            sleep(2)
            seen.append(clock.passed)
        return seen

    async def task() -> list[float]:
        seen = []
        for _ in range(10):
            await asyncio.sleep(3)
            seen.append(clock.passed)
        return seen

    async def main() -> tuple[list[float], list[float]]:
        joined = asyncio.Event()
        loop = asyncio.get_running_loop()

        def begun() -> list[float]:
            clock.join()
            loop.call_soon_threadsafe(joined.set)
            while not joined.is_set():
                pass
            return work()

        working = asyncio.create_task(asyncio.to_thread(begun))
        await joined.wait()
        return await asyncio.gather(task(), working)

    tasks, threads = run(main)
    assert tasks == [*range(3, 31, 3)]
    assert threads == [*range(2, 21, 2)]


def test_clocks_one_in_the_other(clock: VirtualClock) -> None:
    """Tasks that sleep by both on one loop do not keep each other from it."""

    async def main() -> float:
        outer = asyncio.create_task(asyncio.sleep(30))
        await asyncio.sleep(0)
        with virtual_time() as inner:
            await asyncio.gather(asyncio.sleep(5), asyncio.sleep(6))
            assert inner.passed == 6
            await outer
        return clock.passed

    assert with_asyncio(main) == 30


@pytest.mark.parametrize("tasks", [1, 50])
def test_polling_with_httpx(tasks: int) -> None:
    """Tasks that each poll a job once a second see every second, and no real time, however many they are."""
    headers = {"x-api-key": "SG_0123456789abcdef"}
    body = {"prompt": "mock:stuck", "image": "https://example.com/a.png"}

    async def one(client: httpx.AsyncClient) -> None:
        status = (await client.post("/v2/sd1.5-img2img", json=body)).json()["status_url"]
        for _ in range(30):
            await client.get(status)
            await asyncio.sleep(1)

    async def main() -> None:
        async with httpx.AsyncClient(base_url="https://api.segmind.com", headers=headers) as client:
            await asyncio.gather(*(one(client) for _ in range(tasks)))

    with intercept(journal=100_000) as mock:
        asyncio.run(main())
        first = mock.calls[0].at
        polls = [call.at - first for call in mock.find(operation="status")]
    assert sorted(polls) == sorted(1000 * second for second in range(30) for _ in range(tasks))


def test_the_sdk_in_threads_beside_tasks() -> None:
    """Each of several jobs that are waited for in threads is polled as if it were alone; a task sleeps meanwhile."""
    polls: list[int] = []

    def wait() -> None:
        job = segmind.submit_async("sd1.5-img2img", prompt="mock:stuck", image="https://example.com/a.png")
        with pytest.raises(segmind.v2.InferenceTimeout):
            job.wait(timeout=60)
        polls.append(1)

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(wait) for _ in range(3)), asyncio.sleep(100))

    with intercept(journal=100_000) as mock:
        asyncio.run(main())
        assert len(mock.find(operation="status")) == 3 * 61


def test_the_next_interception_finds_loops_as_they_were() -> None:
    """Nothing of ours is left in any kind of loop, and none of uvloop's is replaced before it is there."""
    kinds = [asyncio.BaseEventLoop, uvloop.Loop]
    before = [vars(kind).get(name) for kind in kinds for name in ("time", "call_later", "call_at")]
    with virtual_time():
        assert [vars(kind)["time"] for kind in kinds] != [before[0], before[3]]
    assert [vars(kind).get(name) for kind in kinds for name in ("time", "call_later", "call_at")] == before


def test_uvloop_that_is_imported_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loops go by the clock from the next call of the mock on."""
    with monkeypatch.context() as patch:
        patch.delitem(sys.modules, "uvloop")
        with virtual_time() as clock:
            patch.setitem(sys.modules, "uvloop", uvloop)
            standins.called_by(sys._getframe())
            with_uvloop(partial(asyncio.sleep, 50))
            assert clock.passed == 50
    assert "time" not in vars(uvloop.Loop)


@EACH
def test_for_ever(run: Runner, clock: VirtualClock) -> None:
    """Whoever sleeps for ever, or has for ever, is let."""

    async def main() -> str:
        sleeper = asyncio.create_task(asyncio.sleep(float("inf")))
        told = await asyncio.wait_for(asyncio.sleep(5, "woken"), float("inf"))
        sleeper.cancel()
        return told

    assert run(main) == "woken"
    assert clock.passed == 5


def test_a_librarys_own_looks_are_none(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client library that asks its loop for the time at each call does not make real time flow."""
    client = library(monkeypatch, "def ask(loop):\n    return loop.time()\n", name="aiohttp")

    async def main() -> float:
        loop = asyncio.get_running_loop()
        return float(max(client.ask(loop) for _ in range(3000)) - min(client.ask(loop) for _ in range(3000)))

    assert asyncio.run(main()) == 0
    assert clock.passed == 0
