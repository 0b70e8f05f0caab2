"""Clock: time that never goes back, however it is steered, and a wait that ends at its instant or when it must look."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import SimpleNamespace
from typing import Any
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import clock
from segmind_mock.clock import FASTEST, FURTHEST, SteeredClock, SystemClock, stopwatch


class Base:
    """A clock that a test moves; what waits on it is woken by the move, in the order of the instants."""

    def __init__(self, instant: int = 1000) -> None:
        self.instant = instant
        self.timers: list[tuple[int, Callable[[], None]]] = []

    def now(self) -> int:
        return self.instant

    def call_at(self, instant: int, wake: Callable[[], None]) -> Callable[[], None]:
        """Keep it until the clock is moved there; an instant that has come is woken at once."""
        timer = (instant, wake)
        self.timers.append(timer)
        self._fire()
        return lambda: self.timers.remove(timer) if timer in self.timers else None

    def advance(self, milliseconds: int) -> None:
        """Let so many milliseconds pass."""
        self.instant += milliseconds
        self._fire()

    def _fire(self) -> None:
        for timer in sorted(self.timers, key=lambda timer: timer[0]):
            if timer[0] <= self.instant:
                self.timers.remove(timer)
                timer[1]()


# --- Real time ---------------------------------------------------------------------------------------


def test_never_back() -> None:
    """A thousand readings are in order."""
    here = SystemClock()
    seen = [here.now() for _ in range(1000)]
    assert seen == sorted(seen)


def test_milliseconds_since_1970() -> None:
    """An instant is a whole number of milliseconds, after 2020 and before 2100."""
    assert 1_577_836_800_000 < SystemClock().now() < 4_102_444_800_000


def test_a_wall_clock_that_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once made, a clock does not look at the wall clock again."""
    here = SystemClock()
    monkeypatch.setattr("segmind_mock.clock.time.time_ns", lambda: 0)
    assert here.now() > 1_577_836_800_000


def called(here: SystemClock, instant: int) -> int:
    """What a clock shows when it wakes who wants to be woken at an instant."""

    async def woken() -> int:
        done: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        here.call_at(instant, lambda: done.set_result(here.now()))
        return await done

    return asyncio.run(woken())


def test_sleep() -> None:
    """A sleeper wakes at or after its instant."""
    here = SystemClock()
    instant = here.now() + 3
    assert called(here, instant) >= instant


def test_no_sleep_for_the_past() -> None:
    """An instant that is long past, or is now, is woken for all the same."""
    here = SystemClock()
    assert called(here, -5) > 0
    instant = here.now()
    assert called(here, instant) >= instant


def test_a_call_that_is_cancelled() -> None:
    """Who cancels is not woken."""
    woken: list[int] = []

    async def waiting() -> None:
        here = SystemClock()
        cancel = here.call_at(here.now(), lambda: woken.append(1))
        cancel()
        await asyncio.sleep(0.005)

    asyncio.run(waiting())
    assert woken == []


def test_early_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer may fire a millisecond early, so it is set a millisecond late; never for a time before now."""
    asked: list[float] = []

    class Loop:
        def call_later(self, seconds: float, wake: Callable[[], None]) -> Any:
            asked.append(seconds)
            return SimpleNamespace(cancel=None)

    monkeypatch.setattr("segmind_mock.clock.asyncio.get_running_loop", Loop)
    monkeypatch.setattr("segmind_mock.clock.SystemClock.now", lambda _: 0)
    SystemClock().call_at(10, lambda: None)
    SystemClock().call_at(-10, lambda: None)
    assert asked == [0.011, 0]


def test_stopwatch() -> None:
    """A stopwatch runs on."""
    first = stopwatch()
    assert stopwatch() >= first


def test_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client's pause holds the thread for the seconds it is told."""
    slept: list[float] = []
    monkeypatch.setattr("segmind_mock.clock.time.sleep", slept.append)
    clock.pause(2.5)
    assert slept == [2.5]


def test_a_turn() -> None:
    """Who lets others go first comes after them."""
    seen: list[str] = []

    async def one() -> None:
        await clock.a_turn()
        seen.append("one")

    async def other() -> None:
        seen.append("other")

    async def both() -> None:
        await asyncio.gather(one(), other())

    asyncio.run(both())
    assert seen == ["other", "one"]


# --- A clock over another ------------------------------------------------------------------------------


def test_in_step() -> None:
    """Not steered, it shows what the clock beneath shows, at its rate and no time ahead."""
    base = Base()
    here = SteeredClock(base)
    base.advance(7)
    assert (here.now(), here.rate, here.ahead) == (1007, 1.0, 0)


def test_frozen() -> None:
    """At the rate 0 it stands still, falls behind the clock beneath, and goes on from where it stood."""
    base = Base()
    here = SteeredClock(base)
    base.advance(5)
    here.run(0)
    base.advance(100)
    assert (here.now(), here.rate, here.ahead) == (1005, 0, -100)
    here.run(1)
    assert here.now() == 1005
    base.advance(1)
    assert here.now() == 1006


@pytest.mark.parametrize("rate", [0.0, 1.0, 60.0])
def test_advanced(rate: float) -> None:
    """A move is felt at once, by as much whatever the rate; and the rate stays."""
    base = Base()
    here = SteeredClock(base)
    here.run(rate)
    here.advance(1.5)
    assert (here.now(), here.rate, here.ahead) == (2500, rate, 1500)
    base.advance(10)
    assert here.now() == 2500 + 10 * rate


@pytest.mark.parametrize(("rate", "shown"), [(2.0, 1200), (0.5, 1050), (60.0, 7000), (FASTEST, 1000 + 100 * 100_000)])
def test_scaled(rate: float, shown: int) -> None:
    """It goes so many times as fast as the clock beneath, from the instant at which it was told to."""
    base = Base()
    here = SteeredClock(base)
    here.run(rate)
    assert here.now() == 1000
    base.advance(100)
    assert here.now() == shown


def test_one_over_another() -> None:
    """What is done to the clock beneath is felt above, steered or not; what is done above is not felt beneath."""
    base = Base()
    server = SteeredClock(base)
    account = SteeredClock(server)
    server.advance(10)
    assert (account.now(), account.ahead) == (11_000, 0)
    account.advance(1)
    account.run(2)
    assert (server.now(), account.now(), account.ahead) == (11_000, 12_000, 1000)
    server.run(3)
    base.advance(100)
    assert (server.now(), account.now()) == (11_300, 12_600)
    server.run(0)
    base.advance(100)
    assert (server.now(), account.now()) == (11_300, 12_600)
    server.advance(1)
    assert account.now() == 14_600


STEERINGS = st.lists(
    st.tuples(
        st.sampled_from(["server", "account"]),
        st.one_of(
            st.tuples(st.just("run"), st.one_of(st.sampled_from([0.0, 1.0, FASTEST]), st.floats(0, FASTEST))),
            st.tuples(st.just("advance"), st.floats(0, FURTHEST)),
        ),
        st.integers(0, 10**9),
    ),
    max_size=12,
)


@given(STEERINGS)
def test_no_steering_leads_back(steerings: list[tuple[str, tuple[str, float], int]]) -> None:
    """Whatever is done to two clocks, one over the other, the readings of each are in order, and within bounds."""
    base = Base(1_700_000_000_000)
    last = base.now() + FURTHEST * 1000
    server = SteeredClock(base)
    account = SteeredClock(server)
    seen = [(server.now(), account.now())]
    for which, (verb, value), passes in steerings:
        steered = server if which == "server" else account
        try:
            steered.run(value) if verb == "run" else steered.advance(value)
        except ValueError:
            assert verb == "advance"  # beyond the furthest, and nothing was done
        seen.append((server.now(), account.now()))
        base.advance(passes)
        seen.append((server.now(), account.now()))
    for one, other in pairwise(seen):
        assert one[0] <= other[0] <= last
        assert one[1] <= other[1] <= last


def test_rates_do_not_add_up_errors() -> None:
    """Told the same rate over and over, a clock loses less than a millisecond each time."""
    base = Base()
    here = SteeredClock(base)
    for _ in range(100):
        here.run(1.5)
        base.advance(2)
    assert here.now() == 1000 + 100 * 3


# --- What is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [-0.001, -1e9, float("nan"), float("inf"), FURTHEST + 1.0])
def test_refused_moves(seconds: float) -> None:
    """No move goes back, nor past the furthest instant, and a refusal leaves the clock as it was."""
    here = SteeredClock(Base())
    with pytest.raises(ValueError, match=r"advances by 0 to 1581120000 seconds, not by .*; it never goes back"):
        here.advance(seconds)
    assert (here.now(), here.ahead) == (1000, 0)


def test_the_furthest() -> None:
    """A clock can be moved to the furthest instant in as many moves as one likes; there it stands still."""
    base = Base()
    here = SteeredClock(base)
    here.advance(FURTHEST - 10)
    here.advance(10)
    furthest = here.now()
    assert furthest == 1000 + FURTHEST * 1000
    with pytest.raises(ValueError, match="0 to 0 seconds"):
        here.advance(0.5)
    here.advance(0)
    base.advance(10**6)
    assert here.now() == furthest


def test_the_furthest_of_a_clock_over_another() -> None:
    """A clock over one that was moved gets no years of its own: it goes as far as the one beneath."""
    server = SteeredClock(Base())
    server.advance(FURTHEST - 10)
    account = SteeredClock(server)
    with pytest.raises(ValueError, match="0 to 10 seconds"):
        account.advance(11)
    account.advance(10)
    assert account.now() == 1000 + FURTHEST * 1000


@pytest.mark.parametrize("rate", [-0.001, FASTEST + 1, float("nan"), float("inf")])
def test_refused_rates(rate: float) -> None:
    """No clock goes backwards, nor faster than the fastest, and a refusal leaves the clock as it was."""
    here = SteeredClock(Base())
    with pytest.raises(ValueError, match=r"^rate is .*; allowed: 0 to 100000 times as fast; 0 stands still$"):
        here.run(rate)
    assert here.rate == 1.0


# --- Waiting ----------------------------------------------------------------------------------------------


class Waiting:
    """Somebody who waits on a clock, and what a test does meanwhile: each deed is followed by a turn for all."""

    def __init__(self, here: SteeredClock, instant: int) -> None:
        self.task = asyncio.ensure_future(here.wait(instant))

    async def is_over(self) -> bool:
        """Whether the wait is over, once everybody has had a few turns."""
        for _ in range(5):
            await asyncio.sleep(0)
        return self.task.done()


@contextmanager
def ending(*waits: Waiting) -> Iterator[None]:
    """Nobody waits any more when this is over."""
    try:
        yield
    finally:
        for wait in waits:
            wait.task.cancel()


@pytest.mark.parametrize(("rate", "beneath"), [(1.0, 100), (2.0, 50), (3.0, 34), (0.5, 200), (FASTEST, 1)])
def test_wait_until_the_instant(rate: float, beneath: int) -> None:
    """A wait ends at its instant, however fast the clock goes: not a millisecond of the clock beneath too early."""

    async def run() -> None:
        base = Base()
        here = SteeredClock(base)
        here.run(rate)
        wait = Waiting(here, 1100)
        with ending(wait):
            assert not await wait.is_over()
            base.advance(beneath - 1)
            assert not await wait.is_over()
            assert here.now() < 1100
            base.advance(1)
            assert await wait.is_over()
            assert here.now() >= 1100

    asyncio.run(run())


@pytest.mark.parametrize("instant", [1000, 0, -5])
@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_no_wait_for_the_past(instant: int, rate: float) -> None:
    """An instant that has come is not waited for, not even on a clock that stands still."""

    async def run() -> None:
        here = SteeredClock(SteeredClock(Base()))
        here.run(rate)
        await asyncio.wait_for(here.wait(instant), 5)

    asyncio.run(run())


@pytest.mark.parametrize("which", ["server", "account"])
@pytest.mark.parametrize("deed", ["advance", "run", "stir"])
def test_steering_wakes(which: str, deed: str) -> None:
    """Who waits looks again when their clock, or one beneath it, is steered or stirred, also one that stood still."""

    async def run() -> None:
        server = SteeredClock(Base())
        server.run(0)
        account = SteeredClock(server)
        wait = Waiting(account, 5000)
        with ending(wait):
            assert not await wait.is_over()
            steered = server if which == "server" else account
            if deed == "advance":
                steered.advance(0.001)
            elif deed == "run":
                steered.run(1)
            else:
                steered.stir()
            assert await wait.is_over()

    asyncio.run(run())


def test_steering_above_wakes_nobody_beneath() -> None:
    """What is done to an account's clock is nothing to who waits on the server's, nor on another account's."""

    async def run() -> None:
        server = SteeredClock(Base())
        one, other = SteeredClock(server), SteeredClock(server)
        waits = Waiting(server, 5000), Waiting(other, 5000)
        with ending(*waits):
            assert not await waits[0].is_over()
            one.advance(100)
            assert [await wait.is_over() for wait in waits] == [False, False]

    asyncio.run(run())


@pytest.mark.parametrize("rates", [(0.0, 1.0), (1.0, 0.0), (0.0, 0.0)])
def test_a_clock_that_stands_still_sets_no_timer(rates: tuple[float, float]) -> None:
    """Where either clock stands still nobody is woken by the clock beneath all: its instant cannot be told."""

    async def run() -> None:
        base = Base()
        server = SteeredClock(base)
        account = SteeredClock(server)
        server.run(rates[0])
        account.run(rates[1])
        wait = Waiting(account, 5000)
        with ending(wait):
            assert not await wait.is_over()
            assert base.timers == []

    asyncio.run(run())


@pytest.mark.parametrize("rate", [5e-324, 1e-306, 1e-12])
def test_a_clock_that_hardly_goes(rate: float) -> None:
    """An instant that is fifty years away or more by the clock beneath sets no timer, and breaks nothing."""

    async def run() -> None:
        base = Base()
        for here in (SteeredClock(base), SteeredClock(SteeredClock(base))):
            here.run(rate)
            wait = Waiting(here, 5000)
            with ending(wait):
                assert not await wait.is_over()
                assert base.timers == []
                here.run(0)
                assert await wait.is_over()

    asyncio.run(run())


@pytest.mark.parametrize("done", [True, False])
def test_a_wait_that_is_given_up(done: bool) -> None:
    """A wait ends, and its timer with it, when what it is told to look at is done, now or later."""

    async def run() -> None:
        base = Base()
        unless: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if done:
            unless.set_result(None)
        task = asyncio.ensure_future(SteeredClock(base).wait(5000, unless))
        await asyncio.sleep(0)
        if not done:
            assert len(base.timers) == 1
            unless.set_result(None)
        await asyncio.wait_for(task, 60)
        assert base.timers == []

    asyncio.run(run())


def test_nobody_waits_for_what_is_past_the_furthest() -> None:
    """An instant that a clock cannot reach sets no timer."""

    async def run() -> None:
        base = Base()
        here = SteeredClock(base)
        wait = Waiting(here, 1000 + FURTHEST * 1000 + 1)
        with ending(wait):
            assert not await wait.is_over()
            assert base.timers == []

    asyncio.run(run())


@given(st.sampled_from([0.25, 1.0, 7.0, 1000.0]), st.sampled_from([0.5, 1.0, 3.0, FASTEST]), st.integers(1, 10**7))
def test_a_wait_over_two_clocks(server_rate: float, account_rate: float, ahead: int) -> None:
    """Through two clocks one is woken at the very instant: a millisecond beneath earlier it had not come."""

    async def run() -> None:
        base = Base()
        server = SteeredClock(base)
        server.run(server_rate)
        account = SteeredClock(server)
        account.run(account_rate)
        instant = account.now() + ahead
        wait = Waiting(account, instant)
        with ending(wait):
            await wait.is_over()
            ((due, _),) = base.timers
            base.advance(due - 1 - base.now())
            assert not await wait.is_over()
            assert account.now() < instant
            base.advance(1)
            assert await wait.is_over()
            assert account.now() >= instant

    asyncio.run(run())


@pytest.mark.parametrize("end", ["instant", "steered", "cancelled"])
def test_a_waiter_leaves_nothing(end: str) -> None:
    """Whatever ends a wait, neither the clock nor the one beneath remembers it."""

    async def run() -> None:
        base = Base()
        here = SteeredClock(base)
        wait = Waiting(here, 1010)
        assert not await wait.is_over()
        assert (len(here._waiting), len(base.timers)) == (1, 1)
        if end == "instant":
            base.advance(10)
        elif end == "steered":
            here.run(2)
        else:
            wait.task.cancel()
        assert await wait.is_over()
        assert (len(here._waiting), len(base.timers)) == (0, 0)

    asyncio.run(run())


def test_a_clock_is_forgotten() -> None:
    """The clock beneath does not keep alive those that were laid over it."""
    server = SteeredClock(Base())
    above = ref(SteeredClock(server))
    gc.collect()
    assert above() is None
    server.advance(1)


def test_on_real_time() -> None:
    """Over the system's clock an hour passes in some milliseconds of a clock that is fast enough."""

    async def run() -> None:
        here = SteeredClock(SystemClock())
        here.run(FASTEST)
        instant = here.now() + 3_600_000
        while here.now() < instant:
            await asyncio.wait_for(here.wait(instant), 60)

    asyncio.run(run())
