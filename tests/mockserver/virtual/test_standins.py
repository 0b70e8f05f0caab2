"""What stands in the place of Python's own functions while a clock is in force: by threads."""

from __future__ import annotations

import multiprocessing
import queue
import socket
import subprocess
import sys
import threading
import time
import types
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from time import monotonic, monotonic_ns, sleep, time_ns  # noqa: TID251
from time import time as epoch  # noqa: TID251
from typing import Any

import pytest
import segmind
import tenacity
import urllib3
from hypothesis import given
from hypothesis import strategies as st
from segmind.v2 import InferenceTimeout

from segmind_mock.inprocess.interception import intercept
from segmind_mock.virtual import standins
from segmind_mock.virtual.clock import VirtualClock
from segmind_mock.virtual.parties import Parties
from tests.mockserver.virtual.lives import count_real_sleeps, in_threads, library, virtual_time

SLEEPS = (
    "from time import sleep, monotonic\ndef rest(seconds):\n    sleep(seconds)\ndef shown():\n    return monotonic()\n"
)
NAMES = ("sleep", "time", "time_ns", "monotonic", "monotonic_ns")


def functions() -> list[object]:
    """What is in the places of ours at present."""
    return [*(getattr(time, name) for name in NAMES), sleep, monotonic, monotonic_ns, epoch, time_ns]


# --- The code under test ----------------------------------------------------------------------------------


def test_the_sdk_waits_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job that never ends is polled at 0, 1, ... 600 s and then given up, and nobody really sleeps."""
    asked = count_real_sleeps(monkeypatch)
    with intercept() as mock:
        job = segmind.submit_async("sd1.5-img2img", prompt="mock:stuck", image="https://example.com/a.png")
        with pytest.raises(InferenceTimeout) as caught:
            job.wait(timeout=600)
        submit, *polls = [call.at for call in mock.calls]
    assert [at - submit for at in polls] == [1000 * second for second in range(601)]
    assert caught.value.elapsed_s == 600
    assert asked == []


def test_several_workers_wait_as_long_as_one() -> None:
    """Each sees the polls that it would have made alone; whoever started them waits for them without a hang."""

    def wait(_: int) -> float:
        job = segmind.submit_async("sd1.5-img2img", prompt="mock:stuck", image="https://example.com/a.png")
        with pytest.raises(InferenceTimeout) as caught:
            job.wait(timeout=60)
        elapsed: float = caught.value.elapsed_s
        return elapsed

    with intercept() as mock, ThreadPoolExecutor(4) as pool:
        assert [*pool.map(wait, range(4))] == [60] * 4
        polls = Counter(call.path for call in mock.find(operation="status"))
    assert [*polls.values()] == [61] * 4


@given(st.lists(st.one_of(st.integers(0, 100), st.floats(0, 100)), max_size=12))
def test_all_clocks_go_by_what_is_slept(lengths: list[float]) -> None:
    """Each shows as much more as was slept, by whatever name it is called, and never goes back."""
    with virtual_time() as clock:
        before = [monotonic_ns(), time.monotonic_ns(), time_ns(), time.time_ns()]
        floats = [monotonic(), time.monotonic(), epoch(), time.time()]  # noqa: TID251
        for number, length in enumerate(lengths):
            (sleep if number % 2 else time.sleep)(length)  # noqa: TID251
        after = [monotonic_ns(), time.monotonic_ns(), time_ns(), time.time_ns()]
        more = [monotonic(), time.monotonic(), epoch(), time.time()]  # noqa: TID251
        slept = sum(round(length * 1_000_000_000) for length in lengths)
    assert {one - other for one, other in zip(after, before, strict=True)} == {slept}
    assert [one - other for one, other in zip(more, floats, strict=True)] == pytest.approx([slept / 1e9] * 4, abs=1e-6)
    assert clock.passed == slept / 1e9


def test_retries_of_tenacity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its waits are slept, and its stop by elapsed time is by the same clock."""
    asked = count_real_sleeps(monkeypatch)
    tries: list[float] = []
    with virtual_time() as clock:

        @tenacity.retry(wait=tenacity.wait_exponential(), stop=tenacity.stop_after_delay(20), reraise=True)
        def fail() -> None:
            tries.append(clock.passed)
            raise LookupError

        with pytest.raises(LookupError):
            fail()
    assert tries == [0, 1, 3, 7, 15, 31]
    assert asked == []


def test_the_backoff_of_urllib3(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is slept by the clock, and so is what Retry-After asks for."""
    asked = count_real_sleeps(monkeypatch)
    with virtual_time() as clock:
        retry = urllib3.Retry(5, backoff_factor=1)
        for _ in range(3):
            retry = retry.increment("GET", "/")
            retry.sleep()
        assert clock.passed == 2 + 4
        retry.sleep(urllib3.HTTPResponse(headers={"Retry-After": "30"}))
        assert clock.passed == 36
    assert asked == []


@pytest.mark.parametrize("folder", ["src", "vendored"])
def test_a_module_that_is_imported_meanwhile(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its `from time import sleep` is ours, sleeps by the clock, and is as good as the real one afterwards."""
    with virtual_time() as clock:
        module = library(monkeypatch, SLEEPS, "during", folder)
        shown = module.shown()
        module.rest(100)
        assert module.shown() - shown == clock.passed == 100
        kept = module.sleep, module.monotonic
    assert module.sleep is time.sleep  # noqa: TID251
    module.sleep, module.monotonic = kept
    with monkeypatch.context() as patch:
        asked = count_real_sleeps(patch)
        module.rest(5)
        assert asked == [5]
    assert monotonic() <= module.shown() <= monotonic()
    with virtual_time() as clock:
        module.rest(7)
        assert clock.passed == 7
    assert module.sleep is time.sleep  # noqa: TID251


@pytest.mark.parametrize("seconds", [-1, -0.5, float("nan"), float("inf"), 1e300, 10**30, "1", None, 1j])
def test_sleeps_that_cannot_be(seconds: Any) -> None:
    """What the real sleep refuses is refused in its words."""
    with pytest.raises((ValueError, TypeError, OverflowError)) as real:
        sleep(seconds)
    with virtual_time() as clock, pytest.raises(real.type) as ours:
        sleep(seconds)
    assert str(ours.value) == str(real.value)
    assert clock.passed == 0


def test_a_length_that_is_an_index() -> None:
    """Whole numbers of other kinds are slept as the real sleep does."""

    class Seconds:
        def __index__(self) -> int:
            return 3

    with virtual_time() as clock:
        sleep(Seconds())
        assert clock.passed == 3


def test_sleeping_for_nothing_gives_others_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """`sleep(0)` is really done, and a loop around it sees time go on in the end."""
    asked = count_real_sleeps(monkeypatch)
    with virtual_time() as clock:
        while clock.passed == 0:
            sleep(0)
    assert set(asked) == {0}


@pytest.mark.parametrize("shows", ["monotonic", "time"])
def test_a_loop_that_only_looks_ends(shows: str) -> None:
    """Code that waits for an instant without ever sleeping comes to it."""
    with virtual_time():
        end = getattr(time, shows)() + 0.01
        while getattr(time, shows)() < end:
            pass


# --- Everybody else ---------------------------------------------------------------------------------------


def test_another_thread_lives_by_real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that never called the mock really sleeps and sees real clocks, also in code under test."""
    asked = count_real_sleeps(monkeypatch)
    with virtual_time() as clock:
        sleep(1000)

        def work() -> float:
            sleep(5)
            return monotonic()

        [real] = in_threads(work)
        assert asked == [5]
        assert isinstance(real, float)
        assert real < monotonic() - 990
    assert clock.passed == 1000


def test_a_thread_that_calls_the_mock_lives_by_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the call on."""
    asked = count_real_sleeps(monkeypatch)

    def work() -> None:
        sleep(5)
        clock.join()
        sleep(7)

    with virtual_time() as clock:
        in_threads(work)
    assert (asked, clock.passed) == ([5], 7)


def test_a_library_that_is_not_on_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """It really sleeps and sees the real clock, in the same thread, however it imported them."""
    before = library(monkeypatch, SLEEPS, "before")
    asked = count_real_sleeps(monkeypatch)
    with virtual_time() as clock:
        during = library(monkeypatch, SLEEPS + "import time\ndef rest_too(s):\n    time.sleep(s)\n", "during")
        sleep(100)
        before.rest(1)
        during.rest(2)
        during.rest_too(3)
        assert monotonic() - before.shown() > 90
        assert monotonic() - during.shown() > 90
    assert (asked, clock.passed) == ([1, 2, 3], 100)


def test_a_library_on_the_way_to_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sleeps by the clock once a call has come by it; another one still does not."""
    asked = count_real_sleeps(monkeypatch)
    source = SLEEPS + "def ask(call):\n    return call()\n"
    client, other = library(monkeypatch, source, "aclient"), library(monkeypatch, source, "another")
    monkeypatch.setattr(standins._IN_FORCE, "parties", Parties())
    with virtual_time() as clock:
        client.rest(1)
        client.ask(lambda: standins.called_by(sys._getframe()))
        client.rest(20)
        other.rest(3)
    assert (asked, clock.passed) == ([1, 3], 20)


def test_waits_of_the_standard_library_are_real() -> None:
    """Those of threads, queues, futures, sockets and processes neither hang nor end early, whatever is slept."""
    near, far = socket.socketpair()
    line: queue.Queue[int] = queue.Queue()
    with near, far, virtual_time() as clock:
        near.settimeout(0.01)

        def answer() -> None:
            line.put(1)
            far.send(b"x")

        later = threading.Timer(0.05, answer)
        later.start()
        sleep(1000)
        assert not threading.Event().wait(0.01)
        with pytest.raises(queue.Empty):
            queue.Queue[int]().get(timeout=0.01)
        with pytest.raises(FutureTimeout):
            Future[int]().result(0.01)
        with pytest.raises(TimeoutError):
            near.recv(1)
        near.settimeout(60)
        assert (line.get(timeout=60), near.recv(1)) == (1, b"x")
        process = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        with subprocess.Popen(process, stdin=subprocess.PIPE) as child:
            with pytest.raises(subprocess.TimeoutExpired):
                child.wait(0.01)
            child.communicate(timeout=60)
        later.join()
        assert clock.passed == 1000


def _child(line: Any) -> None:
    line.send((time.sleep is standins._REAL["sleep"], sleep is standins._REAL["sleep"]))  # noqa: TID251


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_lives_by_real_time() -> None:
    """Nothing is in force in it, and nothing is changed by that in the parent."""
    forks: Any = multiprocessing.get_context("fork")
    with virtual_time() as clock:
        sleep(5)
        here, there = forks.Pipe()
        child = forks.Process(target=_child, args=(there,))
        child.start()
        assert here.poll(60)
        assert here.recv() == (True, True)
        child.join(60)
        sleep(5)
        assert clock.passed == 10


# --- Beginning and ending -----------------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["nested", "crossed", "error"])
def test_nothing_is_left(order: str) -> None:
    """With the last clock everything is as it was, in whatever order they end."""
    before = functions()
    first, second = VirtualClock(), VirtualClock()
    standins.put_in_force(first)
    assert not [one for one, other in zip(functions(), before, strict=True) if one is other]
    standins.put_in_force(second)
    if order == "error":
        with pytest.raises(LookupError), virtual_time():
            raise LookupError
    for clock in (first, second) if order == "crossed" else (second, first):
        assert functions() != before
        standins.end(clock)
    assert functions() == before
    assert all(one is other for one, other in zip(functions(), before, strict=True))


def test_of_several_clocks_the_innermost_that_one_lives_by() -> None:
    """A thread that has to do with the outer one only goes on living by that."""
    with virtual_time() as outer:
        with virtual_time() as inner:
            sleep(5)
            assert (outer.passed, inner.passed) == (0, 5)

            def work() -> None:
                outer.join()
                sleep(7)

            in_threads(work)
            assert (outer.passed, inner.passed) == (7, 5)
        sleep(1)
        assert outer.passed == 8


def test_two_threads_with_clocks_of_their_own() -> None:
    """Interceptions in several threads at once do not move each other's time, and leave nothing."""
    before = functions()

    def work(seconds: int) -> float:
        with virtual_time() as clock:
            for _ in range(20):
                sleep(seconds)
            return clock.passed

    assert in_threads(*(lambda seconds=seconds: work(seconds) for seconds in (1, 2, 3))) == [20, 40, 60]
    assert functions() == before


@pytest.mark.parametrize("patched_first", [True, False], ids=["patched first", "patched meanwhile"])
@pytest.mark.parametrize("ends_first", [True, False], ids=["ends first", "ends last"])
def test_somebody_elses_patch(patched_first: bool, ends_first: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever else patches, in any order: what we leave is the real function, theirs, or ours that is like the real."""
    before, patch = time.sleep, pytest.MonkeyPatch()  # noqa: TID251
    theirs: list[float] = []
    if patched_first:
        patch.setattr(time, "sleep", theirs.append)
    with virtual_time() as clock:
        if not patched_first:
            patch.setattr(time, "sleep", theirs.append)
        time.sleep(3)  # noqa: TID251
        assert (clock.passed, theirs) == ((3, []) if patched_first else (0, [3]))
        if ends_first:
            patch.undo()
    patch.undo()
    asked = count_real_sleeps(monkeypatch)
    left = time.sleep  # noqa: TID251
    if left is not before:
        left(9)
        assert asked == [9]
    monkeypatch.undo()
    with virtual_time() as clock:
        time.sleep(4)  # noqa: TID251
        assert clock.passed == 4
    assert time.sleep is before  # noqa: TID251


def test_modules_are_searched_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is made anew under its name is searched again."""
    for _ in range(2):
        module = library(monkeypatch, SLEEPS, "anew", "src")
        with virtual_time() as clock:
            module.rest(2)
            assert clock.passed == 2


def test_odd_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that loads itself when it is looked at is left asleep, and things that are no modules do no harm."""
    woken: list[str] = []

    class Lazy(types.ModuleType):
        def __getattribute__(self, name: str) -> Any:
            woken.append(name)
            raise OSError

    class Odd:
        def __getattr__(self, name: str) -> Any:
            raise OSError

    odd: dict[str, Any] = {"lazy": Lazy("lazy"), "odd": Odd(), "nothing": None}
    with monkeypatch.context() as patch:
        for name, module in odd.items():
            patch.setitem(sys.modules, name, module)
        with virtual_time():
            pass
    assert woken == []


def test_afterwards_nothing_is_looked_for() -> None:
    """A call of the mock with no clock in force is nobody's."""
    standins.called_by(sys._getframe())
    with virtual_time():
        standins.called_by(sys._getframe())
