"""Service: an app that threads and tasks ask without a socket, each in its turn."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock.app import create_app
from segmind_mock.clock import SystemClock
from segmind_mock.config import Config
from segmind_mock.exchanges import Exchange
from segmind_mock.inprocess.script import Asked, Script, Whole
from segmind_mock.inprocess.service import Late, Refused, Service
from segmind_mock.mock import Mock
from segmind_mock.virtual.clock import VirtualClock
from tests.worlds import CATALOG, KEY, OTHER_KEY, START, printed_call
from tests.worlds import mock as world

SLUG = "sd1.5-img2img"
HOST = (b"host", b"api.segmind.com")


def service(scenario: Mapping[str, object] | None = None, *, real_time: bool = False, **options: Any) -> Service:
    """An app by a clock of its own, in which a scenario plays."""
    clock = SystemClock() if real_time else VirtualClock(START)
    made = Service(create_app(Config(**options), catalog=CATALOG, clock=clock, threads=False), clock)
    if scenario is not None:
        hand(made).play(scenario)
    return made


@pytest.fixture
def here() -> Iterator[Service]:
    """A service that is closed in the end."""
    made = service()
    yield made
    made.close()


def hand(of: Service, key: str = KEY) -> Mock:
    """The mock of a service in the hand."""
    return Mock(of.app.control, url="https://api.segmind.com", key=key, do=of.do)


def asked(method: str, path: str, body: object = None, key: str = KEY) -> Asked:
    """A request, as a client library has it."""
    data = b"" if body is None else orjson.dumps(body)
    headers = [HOST, (b"x-api-key", key.encode())]
    if body is not None:
        headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(data))]
    return Asked(method, "https", path.encode(), headers, data)


def generate(key: str = KEY) -> Asked:
    """A v1 call, which is held until its picture is made."""
    return asked("POST", f"/v1/{SLUG}", printed_call(SLUG), key)


CREDITS = asked("GET", "/v1/get-user-credits")


def passed(here: Service) -> float:
    """Virtual seconds that have passed."""
    assert here.virtual is not None
    return here.virtual.passed


def length(here: Service) -> float:
    """How many seconds a v1 call is held."""
    before = passed(here)
    assert isinstance(here.ask(generate(OTHER_KEY), None), Whole)
    return passed(here) - before


def status(call: Exchange) -> int | None:
    """The status of an exchange; None where nobody was answered."""
    return call.status or None


# --- By threads -----------------------------------------------------------------------------------------------


def test_a_call(here: Service) -> None:
    """What can be answered at once takes no time; what is held moves the clock."""
    answered = here.ask(CREDITS, 1.0)
    assert isinstance(answered, Whole)
    assert (answered.status, answered.after, passed(here)) == (200, 0.0, 0.0)
    held = here.ask(generate(), None)
    assert isinstance(held, Whole)
    assert (held.status, held.after) == (200, 0.0)
    assert passed(here) > 0


def test_held_for_too_long(here: Service) -> None:
    """A client whose patience ends sees its time pass and no answer; the journal has a call that nobody was told of."""
    with pytest.raises(Late):
        here.ask(generate(), 0.25)
    mock = hand(here)
    assert passed(here) == 0.25
    assert [status(call) for call in mock.calls] == [None]
    assert here.ask(CREDITS, 1.0) == here.ask(CREDITS, None)


@pytest.mark.parametrize("real_time", [False, True])
def test_refused(real_time: bool) -> None:
    """While the port is closed nobody can connect, sync or async; after that they can."""
    rule = {"match": {"operation": "credits"}, "when": {"nth": 1}, "do": {"refuse": 0.02}}
    here = service({"scenario": "closed", "rules": [rule]}, real_time=real_time)
    assert not here.refuses
    assert here.ask(CREDITS, 1.0) == Script((), "close", 0.0)
    assert here.refuses
    with pytest.raises(Refused):
        here.ask(CREDITS, 1.0)
    with pytest.raises(Refused):
        asyncio.run(here.ask_async(CREDITS, 1.0))
    here.wait(0.05)
    assert isinstance(here.ask(CREDITS, 1.0), Whole)
    here.close()


def test_delays_and_holds_use_up_the_same_patience(here: Service) -> None:
    """A client is late if being held and being delayed together take too long, at the very instant."""
    took = length(here)
    rule = {"match": {"operation": "generate"}, "do": {"delay": 10}}
    hand(here).play({"scenario": "slow", "rules": [rule]})
    before = passed(here)
    with pytest.raises(Late):
        here.ask(generate(), 10.0)
    assert passed(here) - before == pytest.approx(10, abs=0.002)
    assert isinstance(here.ask(generate(), 10 + 5 * took), Whole)


def test_a_task_is_late_at_the_very_instant(here: Service) -> None:
    """The same for a task."""
    rule = {"match": {"operation": "credits"}, "do": {"delay": 10}}
    hand(here).play({"scenario": "slow", "rules": [rule]})

    async def caller() -> None:
        with pytest.raises(Late):
            await here.ask_async(CREDITS, 7.0)

    asyncio.run(caller())
    assert passed(here) == 7


def test_one_at_a_time(here: Service) -> None:
    """Each step of an exchange is taken in its caller's turn, also after it has waited, by a thread or by a task."""
    real, turns = here.app, list[bool]()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        for _ in range(2):
            turns.append(here._turn._is_owned())  # type: ignore[attr-defined]
            await asyncio.sleep(0)
        await real(scope, receive, send)

    here.app = app  # type: ignore[assignment]
    here.ask(CREDITS, None)
    asyncio.run(here.ask_async(CREDITS, None))
    here.app = real
    assert turns == [True] * 4


def test_many_threads(here: Service) -> None:
    """Each thread gets its own answers; held calls of several of them overlap in virtual time."""
    keys = [f"SG_{number:016x}" for number in range(8)]
    together = threading.Barrier(len(keys))

    def client(key: str) -> list[tuple[int, bytes]]:
        together.wait()
        assert here.virtual is not None
        here.virtual.join()
        told = []
        for request in (generate(key), asked("GET", "/v1/get-user-credits", key=key)):
            answered = here.ask(request, None)
            assert isinstance(answered, Whole)
            told.append((answered.status, answered.body))
        return told

    with ThreadPoolExecutor(len(keys)) as pool:
        told = [*pool.map(client, keys)]
    assert [[status for status, _ in each] for each in told] == [[200, 200]] * len(keys)
    journal = hand(here)
    for key in keys:
        calls = journal.account(key).calls
        assert [call.status for call in calls] == [200, 200]
    assert sum(loop.is_running() for loop in here._loops.values()) == 0


# --- Inside of a loop, by threads' own means ------------------------------------------------------------------------


def test_inside_of_a_task(here: Service) -> None:
    """A sync call in a task blocks it, and its loop and task are as they were, late or not."""

    async def caller() -> None:
        before = asyncio.get_running_loop(), asyncio.current_task()
        assert isinstance(here.ask(generate(), None), Whole)
        with pytest.raises(Late):
            here.ask(generate(), 0.1)
        assert (asyncio.get_running_loop(), asyncio.current_task()) == before
        async with asyncio.timeout(10):
            await asyncio.sleep(0)

    asyncio.run(caller())


# --- By tasks -----------------------------------------------------------------------------------------------------


def test_by_tasks(here: Service) -> None:
    """Held calls of several tasks overlap: together they take as long as the longest."""

    async def callers() -> float:
        before = passed(here)
        answers = await asyncio.gather(*(here.ask_async(generate(f"SG_{n:016x}"), None) for n in range(5)))
        assert [type(answer) for answer in answers] == [Whole] * 5
        return passed(here) - before

    together = asyncio.run(callers())
    before = passed(here)
    for number in range(5):
        here.ask(generate(f"SG_{number:016x}"), None)
    assert together < passed(here) - before


def test_late_by_a_task(here: Service) -> None:
    """As for a thread: the time passes, nothing comes, nobody was told."""

    async def caller() -> None:
        with pytest.raises(Late):
            await here.ask_async(generate(), 0.25)
        assert passed(here) == 0.25
        await here.wait_async(2)

    asyncio.run(caller())
    assert (passed(here), [status(call) for call in hand(here).calls]) == (2.25, [None])


def test_cancelling(here: Service) -> None:
    """A task that is cancelled hangs up: the journal has its call at once, and no task is left."""

    async def caller() -> None:
        task = asyncio.ensure_future(here.ask_async(generate(), None))
        for _ in range(1):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [status(call) for call in hand(here).calls] == [None]
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(caller())


def test_loops_of_several_threads(here: Service) -> None:
    """Tasks of several loops and threads share the service; each gets its answers."""

    async def caller(number: int) -> list[int]:
        key = f"SG_{number:016x}"
        answers = [await here.ask_async(generate(key), None), await here.ask_async(generate(key), None)]
        return [answer.status for answer in answers if isinstance(answer, Whole)]

    with ThreadPoolExecutor(4) as pool:
        told = [*pool.map(lambda number: asyncio.run(caller(number)), range(4))]
    assert told == [[200, 200]] * 4


def test_without_a_loop_of_asyncio(here: Service) -> None:
    """Under another kind of loop the answer is made where it stands."""
    asking = here.ask_async(generate(), None)
    with pytest.raises(StopIteration) as ended:
        asking.send(None)
    assert isinstance(ended.value.value, Whole)
    waiting = here.wait_async(1)
    with pytest.raises(StopIteration):
        waiting.send(None)


# --- Real time ----------------------------------------------------------------------------------------------------


def test_real_time() -> None:
    """By the real clock calls are held and given up on in just the same way."""
    here = service(real_time=True, timing="brisk")

    async def caller() -> None:
        with pytest.raises(Late):
            await here.ask_async(generate(), 0.01)
        await here.wait_async(0.001)

    with pytest.raises(Late):
        here.ask(generate(), 0.01)
    here.wait(0.001)
    asyncio.run(caller())
    assert [status(call) for call in hand(here).calls] == [None, None]
    here.close()


def test_real_threads() -> None:
    """While one thread is held others are answered, and a held one is woken by what they do."""
    here = service(real_time=True, clock="frozen")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(here.ask, generate(), None)
        while not here.do(lambda: hand(here).jobs):
            assert isinstance(here.ask(CREDITS, 1.0), Whole)
        hand(here).advance(60)
        answered = held.result(30)
    assert isinstance(answered, Whole)
    assert answered.status == 200
    here.close()


# --- The end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("real_time", [False, True])
def test_closing_while_calls_are_held(real_time: bool) -> None:
    """Held calls of other threads are answered that the mock was stopped; no loop is left open."""
    here = service(real_time=real_time, clock="frozen")
    with ThreadPoolExecutor(3) as pool:
        held = [pool.submit(here.ask, generate(), None) for _ in range(3)]
        while here.do(lambda: sum(loop.is_running() for loop in here._loops.values())) < 3:
            here.wait(0.001)
        here.close()
        answers = [each.result(30) for each in held]
    assert [answer.status for answer in answers if isinstance(answer, Whole)] == [504] * 3
    assert here._loops == {}
    gc.collect()


def test_closing_while_a_task_is_held() -> None:
    """A held call of a task ends in its own loop."""
    here = service(clock="frozen")

    async def caller() -> int:
        task = asyncio.ensure_future(here.ask_async(generate(), None))
        await asyncio.sleep(0)
        here.close()
        answer = await task
        assert isinstance(answer, Whole)
        return answer.status

    assert asyncio.run(caller()) == 504


def test_after_the_end(here: Service) -> None:
    """Nobody can connect any more, and ending once more does nothing."""
    here.close()
    here.close()
    with pytest.raises(Refused):
        here.ask(CREDITS, 1.0)
    assert here._loops == {}


# --- The same as the app itself -------------------------------------------------------------------------------

CALLS = st.sampled_from(["submit", "generate", "credits", "status", "result", "head", "nowhere", "bad", "prefer"])


def _next(name: str, ids: list[str]) -> Asked:
    job = ids[-1] if ids else "00000000-0000-0000-0000-000000000000"
    match name:
        case "submit":
            return asked("POST", f"/v2/{SLUG}", printed_call(SLUG))
        case "generate":
            return generate()
        case "status":
            return asked("GET", f"/v2/requests/{job}/status")
        case "result":
            return asked("GET", f"/v2/requests/{job}")
        case "head":
            return asked("HEAD", "/v1/get-user-credits")
        case "nowhere":
            return asked("GET", "/v3/x%20y?a=b")
        case "bad":
            return asked("POST", f"/v2/{SLUG}", {"prompt": 7})
        case "prefer":
            return CREDITS._replace(headers=[*CREDITS.headers, (b"prefer", b"code=502")])
        case _:
            return CREDITS


@settings(max_examples=15, deadline=None)
@given(st.lists(CALLS, max_size=8))
def test_no_other_than_the_app(names: list[str]) -> None:
    """With the same seed, the same calls have the same answers and the same journal as the app by itself, but dates."""
    here, there = service(seed="7"), world(seed="7")
    mine, others, ids = [], [], list[str]()
    for name in names:
        request = _next(name, ids)
        answered = here.ask(request, None)
        assert isinstance(answered, Whole)
        mine.append((answered.status, [pair for pair in answered.headers if pair[0] != b"date"], answered.body))
        headers = {key.decode(): value.decode() for key, value in request.headers}
        other = there.request(
            request.method, f"https://api.segmind.com{request.target.decode()}", content=request.body, headers=headers
        )
        others.append((other.status_code, other.headers.raw, other.content))
        if name == "submit":
            ids.append(orjson.loads(answered.body)["request_id"])
    assert mine == others
    journal = hand(here).calls, hand_of(there).calls
    assert [_story(call) for call in journal[0]] == [_story(call) for call in journal[1]]
    here.close()


def hand_of(there: Any) -> Mock:
    """The mock of a world in the hand."""
    return Mock(there.app.control, url="https://api.segmind.com")


def _story(call: Exchange) -> tuple[object, ...]:
    """All that is recorded but the headers that a client of its own sends."""
    return call.record[:8] + call.record[9:]


def test_the_longer_of_two_refusals() -> None:
    """A port that is closed for long is not opened by a fault that would have closed it for a shorter time."""
    rules = [{"match": {"operation": "credits"}, "when": {"nth": 1}, "do": {"refuse": 60}}]
    here = service({"scenario": "closed", "rules": rules})
    here.ask(CREDITS, 1.0)
    here._refuse(5)
    here.wait(30)
    assert here.refuses
    here.wait(31)
    assert not here.refuses
    here.close()


def test_a_call_while_this_thread_is_held(here: Service) -> None:
    """Whatever is called in the midst of a call that is held, as a signal's handler is, can call the service itself."""
    assert here.virtual is not None
    seen: list[object] = []
    here.virtual.put(here.virtual.due_in(0.5), lambda: seen.append(here.ask(generate(), None)), sleeps=False)
    held = here.ask(generate(), None)
    assert passed(here) > 0.5
    assert isinstance(held, Whole)
    (within,) = seen
    assert isinstance(within, Whole)
    assert (held.status, within.status) == (200, 200)
