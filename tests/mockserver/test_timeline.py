"""Timeline: how long a job waits and runs, and a queue in which no worker does two jobs at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.timeline import TIMINGS, occupy, start

LEAST, MOST = bytes(4), b"\xff" * 4
ARRIVALS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 200)), max_size=60)


def run(arrivals: list[tuple[int, int]], workers: int) -> list[tuple[int, int, int]]:
    """Queue (ready, duration) pairs one after another: (ready, start, end) of each."""
    busy: list[int] = []
    done = []
    for ready, duration in arrivals:
        began = start(busy, workers, ready)
        occupy(busy, workers, began + duration)
        done.append((ready, began, began + duration))
    return done


@given(ARRIVALS, st.integers(1, 5))
def test_workers_do_one_job_at_a_time(arrivals: list[tuple[int, int]], workers: int) -> None:
    """At no instant run more jobs than there are workers."""
    done = run(arrivals, workers)
    for _, began, ended in done:
        assert ended == began or sum(one <= began < other for _, one, other in done) <= workers


@given(ARRIVALS, st.integers(1, 5))
def test_no_job_starts_early(arrivals: list[tuple[int, int]], workers: int) -> None:
    """A job starts when it is ready or, all workers taken, at the instant one becomes free: never in between."""
    done = run(arrivals, workers)
    for place, (ready, began, _) in enumerate(done):
        assert began == ready or (began > ready and began in {ended for _, _, ended in done[:place]})


@given(ARRIVALS)
def test_enough_workers(arrivals: list[tuple[int, int]]) -> None:
    """With a worker for every job, none waits."""
    assert all(began == ready for ready, began, _ in run(arrivals, len(arrivals) + 1))


def test_one_worker() -> None:
    """One worker does three jobs of 10 ms one after another, and rests when there is none."""
    assert run([(0, 10), (1, 10), (50, 10)], 1) == [(0, 0, 10), (1, 10, 20), (50, 50, 60)]


def test_the_first_free_worker_is_taken() -> None:
    """Of two busy workers the one that is free first takes the next job."""
    assert run([(0, 100), (0, 30), (0, 5)], 2)[2] == (0, 30, 35)


@pytest.mark.parametrize(
    ("name", "draw", "expected"),
    [
        ("instant", LEAST, (0, 0)),
        ("instant", MOST, (0, 0)),
        ("brisk", LEAST, (450, 900)),
        ("brisk", MOST, (550, 1100)),
        ("real", LEAST, (225, 3600)),
        ("real", MOST, (275, 4400)),
    ],
)
def test_durations_at_their_ends(name: str, draw: bytes, expected: tuple[int, int]) -> None:
    """The draw decides, from 10 % below the middle to 10 % above it; `real` runs as long as the page says."""
    assert TIMINGS[name].durations(4.0, draw) == expected


@given(st.sampled_from(sorted(TIMINGS)), st.floats(0, 1e4), st.binary(min_size=4, max_size=4))
def test_durations(name: str, latency: float, draw: bytes) -> None:
    """Whatever is drawn, a duration is a whole number of milliseconds within 10 % of its middle."""
    timing = TIMINGS[name]
    waits, runs = timing.durations(latency, draw)
    middle = round(latency * 1000) if timing.run_ms is None else timing.run_ms
    assert isinstance(waits, int)
    assert 0.9 * timing.queue_ms - 1 <= waits <= 1.1 * timing.queue_ms
    assert isinstance(runs, int)
    assert 0.9 * middle - 1 <= runs <= 1.1 * middle


def test_wait_and_run_are_drawn_apart() -> None:
    """Two bytes decide the wait and the other two the run."""
    assert TIMINGS["brisk"].durations(1, b"\xff\xff\0\0") == (550, 900)
    assert TIMINGS["brisk"].durations(1, b"\0\0\xff\xff") == (450, 1100)


def test_names() -> None:
    """Every timing is found under its own name, and says what it is for."""
    assert all(timing.name == name and timing.about for name, timing in TIMINGS.items())
