"""A clock that sleeping moves: threads, in every mixture."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock.virtual import clock as module
from segmind_mock.virtual.clock import VirtualClock
from tests.mockserver.virtual.lives import START, in_threads

NS = 1_000_000_000


@pytest.fixture
def clock() -> VirtualClock:
    """A clock nobody lives by yet."""
    return VirtualClock(START)


def test_it_stands_still(clock: VirtualClock) -> None:
    """Nobody sleeps, so it shows the instant it began at, however much real time goes by."""
    threading.Event().wait(0.01)
    assert (clock.now(), clock.passed) == (START, 0)


def test_it_begins_at_the_real_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that is told nothing begins with the millisecond that comes next."""
    monkeypatch.setattr("time.time_ns", lambda: 5_000_001)
    assert VirtualClock().now() == 6


@given(st.lists(st.floats(0, 1000), max_size=20))
def test_sleeping_moves_it(lengths: list[float]) -> None:
    """Alone, it moves by what is slept, to the nanosecond, for all that it shows."""
    clock = VirtualClock(START)
    monotonic, epoch = clock.monotonic_ns(), clock.time_ns()
    for length in lengths:
        clock.sleep(length)
    slept = sum(round(length * NS) for length in lengths)
    assert clock.monotonic_ns() - monotonic == clock.time_ns() - epoch == slept
    assert clock.now() == START + slept // 1_000_000


def test_whole_seconds_are_exact_as_floats(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deadline of 600 s is reached by 600 sleeps of a second, also where floats are coarse: after years of uptime."""
    monkeypatch.setattr(module, "REAL_MONOTONIC_NS", lambda: 2**27 * NS - 300 * NS + 123_456_789)
    deadline = clock.monotonic_ns() / NS + 600
    for _ in range(600):
        assert clock.monotonic_ns() / NS < deadline
        clock.sleep(1)
    assert clock.monotonic_ns() / NS == deadline


def test_the_monotonic_clock_goes_on(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that joins late sees it go on from what the machine showed, though others have slept long before."""
    monkeypatch.setattr(module, "REAL_MONOTONIC_NS", lambda: 77 * NS + 1)
    clock.sleep(1000)
    [shown] = in_threads(clock.monotonic_ns)
    assert isinstance(shown, int)
    assert 77 * NS + 1 <= shown < 77 * NS + 3_000_000


@given(st.floats(0, 1e9), st.floats(0, 1e6))
def test_due_when_is_not_too_early(uptime: float, delay: float) -> None:
    """Who waits for an instant of the monotonic clock does not see an earlier one when it has come."""
    clock = VirtualClock(START)
    clock.join().base = round(uptime * NS) - clock.time_ns()
    when = clock.monotonic_ns() / NS + delay
    due = clock.due_when(when)
    clock.pass_to(due)
    assert clock.monotonic_ns() / NS >= when
    assert (clock.monotonic_ns() - 3) / NS <= when


# --- Those who only look ----------------------------------------------------------------------------------


def test_looking_often_lets_real_time_pass(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand looks without sleeping are for nothing; from then on time goes as it really does."""
    real = iter(range(0, 10**9, 1000))
    monkeypatch.setattr(module, "REAL_MONOTONIC_NS", lambda: next(real))
    clock.join()
    shown = [clock.time_ns() - START * 1_000_000 for _ in range(1003)]
    assert shown == [0] * 1001 + [1000, 2000]


def test_a_few_looks_in_a_long_time_do_so_too(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code that waits for real things between its looks gets real time after five seconds."""
    real = iter(range(0, 10**12, NS))
    monkeypatch.setattr(module, "REAL_MONOTONIC_NS", lambda: next(real))
    clock.join()
    shown = [clock.time_ns() // NS - START // 1000 for _ in range(10)]
    assert shown == [0, 0, 0, 0, 0, 0, 1, 2, 3, 4]


@pytest.mark.parametrize("moves", ["sleep", "timer"])
def test_sleeping_begins_the_count_anew(clock: VirtualClock, moves: str) -> None:
    """A client that sleeps between its looks never sees real time, however long it goes on."""
    for _ in range(20):
        for _ in range(999):
            clock.look()
        if moves == "sleep":
            clock.sleep(1)
        else:
            clock.put(clock.due_in(1), nothing)
    assert clock.passed == (20 if moves == "sleep" else 0)


def test_sleeping_for_nothing_is_looking(clock: VirtualClock) -> None:
    """A loop around `sleep(0)` sees time pass in the end."""
    for _ in range(1100):
        clock.sleep(0)
    assert clock.passed > 0


def test_one_who_only_looks_is_not_waited_for(clock: VirtualClock) -> None:
    """A thread that looks until another has slept ten minutes does not make it really sleep."""
    over = threading.Event()
    both = threading.Barrier(2)

    def look() -> None:
        clock.join()
        both.wait()
        while not over.is_set():
            clock.look()

    def sleep() -> None:
        clock.join()
        both.wait()
        clock.sleep(600)
        over.set()

    in_threads(look, sleep)
    assert clock.passed >= 600


# --- Several threads --------------------------------------------------------------------------------------


def nothing() -> None:
    """What a timer may do."""


def together(clock: VirtualClock, *programs: Callable[[], object]) -> list[object]:
    """Threads that all live by a clock before the first of them goes on."""
    here: list[int] = []

    def begun(program: Callable[[], object]) -> Callable[[], object]:
        def work() -> object:
            clock.join()
            here.append(1)
            while len(here) < len(programs):
                pass  # one who waited for a lock might be held to be busy elsewhere
            return program()

        return work

    return in_threads(*map(begun, programs))


Program = list[tuple[str, int]]
STEPS = st.tuples(st.sampled_from(["sleep", "sleep", "look", "compute", "block", "timer"]), st.integers(0, 50))


@settings(max_examples=60)
@given(st.lists(st.lists(STEPS, max_size=8), min_size=1, max_size=4))
def test_any_mixture_ends(programs: list[Program]) -> None:
    """Threads that sleep, compute, look, and wait for real things in any order take as long as the longest sleeps."""
    clock = VirtualClock(START)
    seen: list[list[int]] = [[] for _ in programs]

    def run(program: Program, shown: list[int]) -> None:
        for kind, amount in program:
            if kind == "sleep":
                clock.sleep(amount)
            elif kind == "look":
                clock.look()
            elif kind == "compute":
                sum(range(amount * 100))
            elif kind == "timer":
                clock.drop(clock.put(clock.due_in(amount), nothing))
            else:
                threading.Event().wait(amount / 50_000)
            shown.append(clock.now())

    together(clock, *(partial(run, p, s) for p, s in zip(programs, seen, strict=True)))
    own = [sum(amount for kind, amount in program if kind == "sleep") for program in programs]
    assert all(shown == sorted(shown) for shown in seen)
    assert clock.passed == max(own)
    for shown, slept in zip(seen, own, strict=True):
        assert not shown or shown[-1] >= START + slept * 1000


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=12), min_size=2, max_size=4))
def test_all_wake_at_their_instants(programs: list[list[int]]) -> None:
    """Threads that only sleep see the instants each would see alone, and together take as long as the longest."""
    clock = VirtualClock(START)

    def run(lengths: list[int]) -> list[float]:
        shown = []
        for length in lengths:
            clock.sleep(length)
            shown.append(clock.passed)
        return shown

    shown = together(clock, *(partial(run, p) for p in programs))
    assert shown == [[sum(lengths[: n + 1]) for n in range(len(lengths))] for lengths in programs]
    assert clock.passed == max(map(sum, programs))


@pytest.mark.parametrize("waits", ["join", "result", "map", "event"])
def test_a_thread_that_waits_for_others_does_not_stop_time(clock: VirtualClock, waits: str) -> None:
    """The main thread lives by the clock and is held up until its workers have slept."""

    def work() -> float:
        for _ in range(50):
            clock.sleep(1)
        return clock.passed

    clock.join()
    with ThreadPoolExecutor(1) as pool:
        if waits == "join":
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        elif waits == "result":
            assert pool.submit(work).result() == 50
        elif waits == "map":
            assert [*pool.map(lambda _: work(), range(1))] == [50]
        else:
            done = threading.Event()
            pool.submit(work).add_done_callback(lambda _: done.set())
            assert done.wait(60)
    assert clock.passed == 50


def test_one_who_computes_is_waited_for_briefly(clock: VirtualClock) -> None:
    """A thread that goes on computing while another sleeps does not stop time for ever."""
    over = False

    def compute() -> None:
        while not over:
            sum(range(100))

    def sleep() -> None:
        nonlocal over
        clock.sleep(600)
        over = True

    together(clock, compute, sleep)
    assert clock.passed == 600


def test_the_next_thread_with_the_same_number_is_another(clock: VirtualClock) -> None:
    """A thread lives by the clock only if it said so itself: numbers of threads are used again."""
    numbers: set[int] = set()

    def joins() -> None:
        clock.join()
        assert clock.has_this_thread()
        numbers.add(threading.get_ident())

    def asks() -> bool:
        assert not clock.has_this_thread()
        return threading.get_ident() in numbers

    again = False
    for _ in range(50):
        in_threads(joins)
        again = again or in_threads(asks) == [True]
    assert again, "this machine never used a number again, so nothing was shown"


def test_the_dead_are_not_waited_for(clock: VirtualClock) -> None:
    """Threads that ended are forgotten, and nobody gives them time."""
    in_threads(*[clock.join] * 5)
    clock.sleep(1)
    assert [one.number for one in clock._residents._all.values()] == [threading.get_ident()]


def test_a_key_that_interrupts_a_rest(clock: VirtualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """One whose sleep is broken off sleeps no more, and the clock goes on for everybody."""
    clock.join()
    release = threading.Event()
    joined = threading.Event()

    def other() -> None:
        clock.join()
        joined.set()
        release.wait()
        clock.sleep(5)

    thread = threading.Thread(target=other)
    thread.start()
    joined.wait()

    def interrupted(*_: object) -> bool:
        raise KeyboardInterrupt

    me = clock.join()
    monkeypatch.setattr(me.bell, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        clock.sleep(1000)
    monkeypatch.undo()
    assert (clock._sleepers, me.is_resting) == (0, False)
    release.set()
    thread.join()
    clock.sleep(1)
    assert clock.passed == 6


# --- Timers -----------------------------------------------------------------------------------------------


def test_timers_that_only_give_up_move_nothing(clock: VirtualClock) -> None:
    """They are called when somebody's sleep passes them, in the order of their instants, and at their instants."""
    seen: list[tuple[int, float]] = []

    def see(seconds: int) -> None:
        seen.append((seconds, clock.passed))

    for seconds in (3, 1, 2, 9):
        clock.put(clock.due_in(seconds), partial(see, seconds), sleeps=False)
    assert seen == []
    clock.sleep(5)
    assert seen == [(1, 1), (2, 2), (3, 3)]


def test_a_timer_whose_time_has_come(clock: VirtualClock) -> None:
    """It is called at once."""
    seen: list[str] = []
    assert clock.put(clock.due_in(0), lambda: seen.append("called")).over
    assert seen == ["called"]


def test_a_dropped_timer(clock: VirtualClock) -> None:
    """It is not called, dropping it twice is the same as once, and nobody sleeps any more."""
    timer = clock.put(clock.due_in(1), lambda: pytest.fail("it was dropped"))
    clock.drop(timer)
    clock.drop(timer)
    assert clock._sleepers == 0
    clock.sleep(2)


def test_resting_for_real_seconds(clock: VirtualClock) -> None:
    """Who rests until something happens that does not, rests as long as it said; nobody sleeps, so no time passes."""
    with clock.turn:
        clock.rest(lambda: False, 0.01)
    assert clock.passed == 0


def test_another_thread_ends_a_rest(clock: VirtualClock) -> None:
    """`wake` has a thread look again whether it is done."""
    me = threading.get_ident()
    done: list[int] = []

    def wake() -> None:
        with clock.turn:
            done.append(1)
            clock.wake(me)

    clock.join()
    thread = threading.Thread(target=wake)
    with clock.turn:
        thread.start()
        clock.rest(lambda: bool(done))
    thread.join()
    clock.wake(12345)  # and nobody minds one that there is not


def test_a_loop_that_was_closed_holds_no_sleepers(clock: VirtualClock) -> None:
    """The clock does not move to instants that were waited for on a loop that is closed."""
    loop = asyncio.new_event_loop()
    clock.call(loop, clock.due_in(1000), lambda: pytest.fail("the loop is closed"))
    loop.close()
    together(clock, lambda: clock.sleep(1), lambda: clock.sleep(2))
    assert clock.passed == 2


@given(st.integers(0, 10**9), st.integers(1, 100_000))
def test_sleeping_until_an_instant(began: int, further: int) -> None:
    """Who sleeps for what is left until an instant, worked out with floats, has it when it wakes."""
    clock = VirtualClock(1_763_000_000_000 + began)
    until = (clock.now() + further) / 1000
    clock.sleep(until - clock.time_ns() / 1e9)
    assert clock.now() >= round(until * 1000)


def test_timers_that_are_dropped_are_cleared_away() -> None:
    """However many time-outs there were that nobody waits for any longer, few are kept."""
    clock = VirtualClock(START)
    clock.join()
    waiting = clock.put(clock.due_in(500), lambda: None, sleeps=False)
    for _ in range(1000):
        clock.drop(clock.put(clock.due_in(30), lambda: None, sleeps=False))
    assert len(clock._timers) < 200
    assert not waiting.over
    clock.sleep(500)
    assert waiting.over
