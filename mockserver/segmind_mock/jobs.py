"""A job is a value and its state is derived: nothing here runs, waits or is stored.

Only pure functions of a job and an instant may live in this file. Instants are whole milliseconds of
the mock's clock; durations are whole milliseconds too, so that two runs give equal numbers.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

NEVER = 0xFFFF_FFFF
"""The longest duration a job can have, in ms (49 days): longer than any record lives."""


class State(StrEnum):
    """The four states the model pages name, in the order a job passes through them."""

    QUEUED = "QUEUED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Outcome(IntEnum):
    """How a job will end. It is decided once, when the job is submitted."""

    SUCCEEDS = 0
    NEVER_ENDS = 1
    FAILS = 2
    BLOCKED = 3
    TIMED_OUT = 4


class Job(NamedTuple):
    """One accepted request. A named tuple, because a million are kept and each poll rebuilds one."""

    submitted: int
    started: int
    ended: int
    cost: int
    """Micro-credits taken when it completes; 0 for one that will not."""
    payload: int
    """Where the store keeps its parameters or its error."""
    model: int
    """The model's place in the catalog."""
    outcome: int
    number: int
    """Which of its account's jobs it is, counted from 0."""


def state(job: Job, now: int) -> State:
    """What a client is told about the job at the instant `now` (wire-facts d)."""
    if now < job.started:
        return State.QUEUED
    if now < job.ended or job.outcome == Outcome.NEVER_ENDS:
        return State.PROCESSING
    return State.FAILED if job.outcome >= Outcome.FAILS else State.COMPLETED


def expiry(job: Job, retention: int, *, from_completion: bool) -> int:
    """The instant from which status and result answer 404 (wire-facts f; quirk `retention_from`)."""
    if from_completion and job.outcome != Outcome.NEVER_ENDS:
        return job.ended + retention
    return job.submitted + retention
