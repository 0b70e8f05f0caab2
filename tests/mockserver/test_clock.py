"""Clock: real time that never goes back, and a sleep that is never too short."""

from __future__ import annotations

import asyncio

import pytest

from segmind_mock import clock
from segmind_mock.clock import SystemClock, stopwatch


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


def test_sleep() -> None:
    """A sleeper wakes at or after its instant."""
    here = SystemClock()
    instant = here.now() + 3
    asyncio.run(here.sleep_until(instant))
    assert here.now() >= instant


def test_no_sleep_for_the_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """An instant that is past, or is now, needs no timer at all."""
    here = SystemClock()
    monkeypatch.setattr("segmind_mock.clock.SystemClock.now", lambda _: 5)
    monkeypatch.delattr("segmind_mock.clock.asyncio.sleep")
    asyncio.run(here.sleep_until(5))
    asyncio.run(here.sleep_until(-5))


def test_early_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A timer that fires early is not believed: the sleeper looks again, and sleeps what is left."""
    readings = iter([0, 9, 10])
    slept: list[float] = []

    async def early(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr("segmind_mock.clock.SystemClock.now", lambda _: next(readings))
    monkeypatch.setattr("segmind_mock.clock.asyncio.sleep", early)
    asyncio.run(SystemClock().sleep_until(10))
    assert slept == [0.01, 0.001]


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
