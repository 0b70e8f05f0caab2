"""Jobs: state is a function of a job and an instant, and a record's end is one of its instants."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.jobs import Job, Outcome, State, expiry, state

HOUR = 3_600_000
PASSED_THROUGH = [State.QUEUED, State.PROCESSING, State.COMPLETED, State.FAILED]
SPANS = st.integers(0, 10**9)


def job(outcome: Outcome = Outcome.SUCCEEDS, *, submitted: int = 0, waits: int = 10, runs: int = 20) -> Job:
    """A job of a few milliseconds."""
    started = submitted + waits
    return Job(submitted, started, started + runs, cost=0, payload=0, model=0, outcome=outcome, number=0)


JOBS = st.builds(job, st.sampled_from(Outcome), submitted=SPANS, waits=SPANS, runs=SPANS)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (0, State.QUEUED),
        (9, State.QUEUED),
        (10, State.PROCESSING),
        (29, State.PROCESSING),
        (30, State.COMPLETED),
        (10**15, State.COMPLETED),
    ],
)
def test_state_at_its_edges(now: int, expected: State) -> None:
    """A state begins exactly at its instant, not a millisecond before."""
    assert state(job(), now) is expected


@pytest.mark.parametrize("outcome", [Outcome.FAILS, Outcome.BLOCKED, Outcome.TIMED_OUT])
def test_failures(outcome: Outcome) -> None:
    """Every way to fail ends in FAILED, at the end and not before."""
    assert state(job(outcome), 29) is State.PROCESSING
    assert state(job(outcome), 30) is State.FAILED


def test_no_time_at_all() -> None:
    """A job that neither waits nor runs is done at the instant it is submitted."""
    assert state(job(waits=0, runs=0, submitted=7), 7) is State.COMPLETED


@given(JOBS, st.lists(st.integers(0, 4 * 10**9), min_size=2))
def test_state_never_goes_back(one: Job, instants: list[int]) -> None:
    """As `now` grows a state never precedes one that was seen before, and a final state is the last."""
    seen = [state(one, now) for now in sorted(instants)]
    places = [PASSED_THROUGH.index(found) for found in seen]
    assert places == sorted(places)
    assert len({found for found in seen if found in {State.COMPLETED, State.FAILED}}) <= 1


@given(st.builds(job, st.just(Outcome.NEVER_ENDS), submitted=SPANS), st.integers(0, 10**15))
def test_stuck_job(one: Job, after: int) -> None:
    """A job that never ends is PROCESSING at every instant from its start, however late."""
    assert state(one, one.started + after) is State.PROCESSING


@pytest.mark.parametrize("outcome", Outcome)
def test_expiry_from_submission(outcome: Outcome) -> None:
    """Counted from the submission, every job is kept equally long."""
    assert expiry(job(outcome, submitted=5), HOUR, from_completion=False) == 5 + HOUR


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome != Outcome.NEVER_ENDS])
def test_expiry_from_completion(outcome: Outcome) -> None:
    """Counted from its end, a job is kept for so long after it."""
    assert expiry(job(outcome, submitted=5), HOUR, from_completion=True) == 35 + HOUR


def test_expiry_of_a_stuck_job() -> None:
    """A job that never ends has only its submission to count from."""
    assert expiry(job(Outcome.NEVER_ENDS, submitted=5), HOUR, from_completion=True) == 5 + HOUR


def test_state_reads_as_the_wire_says() -> None:
    """The states are their own texts, in capitals."""
    assert [str(found) for found in State] == ["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]
