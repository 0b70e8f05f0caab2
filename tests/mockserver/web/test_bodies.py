"""Bodies: the service's keys in its order, seconds and credits as floats."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.jobs import Job, Outcome, State
from segmind_mock.results import Finished
from segmind_mock.web import bodies

JOB = Job(1000, 1500, 4000, cost=3700, payload=0, model=0, outcome=Outcome.SUCCEEDS, number=0)
METRICS = {"cost": 0.0037, "inference_time": 2.5, "queue_time": 0.5, "remaining_credits": 0.9, "total_time": 3.0}
FILE = {"url": "http://a/1.png", "content_type": "image/png", "file_name": "1.png", "file_size": "3"}
PLACES = {"response_url": "http://a/v2/requests/r", "status_url": "http://a/v2/requests/r/status"}


def finished(prompt: str | None) -> Finished:
    """What a job tells that succeeded with this prompt."""
    return Finished(parameters={}, prompt=prompt, seed=5, pictures=[], error=None)


def result(told: Finished, *, timed: bool = True) -> dict[str, Any]:
    """The result body of a job with one file."""
    return read(bodies.result("r", JOB, told, [FILE], 900_000, timed=timed))


def read(body: bytes) -> dict[str, Any]:
    """A body, in which every object's keys must be in alphabetical order."""

    def ordered(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        assert [key for key, _ in pairs] == sorted(key for key, _ in pairs)
        return dict(pairs)

    found: dict[str, Any] = json.loads(body, object_pairs_hook=ordered)
    return found


def test_submitted() -> None:
    """A submit tells where to look."""
    assert read(bodies.submitted("http://a", "r")) == PLACES | {
        "poll_url": "http://a/v1/requests/r",
        "request_id": "r",
        "status": "QUEUED",
    }


@pytest.mark.parametrize("state", [State.QUEUED, State.PROCESSING])
def test_pending(state: State) -> None:
    """A job that has not ended has no metrics yet."""
    told: dict[str, Any] = PLACES | {"metrics": {}, "request_id": "r", "status": state.value}
    assert read(bodies.pending("http://a", "r", state)) == told


def test_completed() -> None:
    """A job that succeeded tells what it took and cost, with its places or without."""
    told = {"metrics": METRICS, "request_id": "r", "status": "COMPLETED"}
    assert read(bodies.completed("http://a", "r", JOB, 900_000, urls=True)) == told | PLACES
    assert read(bodies.completed("http://a", "r", JOB, 900_000, urls=False)) == told


def test_failed() -> None:
    """A job that failed has cost nothing, and says why; its id is there where it is wanted."""
    timings = {"inference_time": 2.5, "queue_time": 0.5, "total_time": 3.0}
    told = {"error": "why", "metrics": timings, "status": "FAILED"}
    assert read(bodies.failed("why", JOB, "r")) == told | {"request_id": "r"}
    assert read(bodies.failed("why", JOB, None)) == told


def test_result() -> None:
    """A result has its output, the file's description, the seed as text and the prompt it was made of."""
    assert result(finished("a cat")) == {
        "images": [FILE],
        "metrics": METRICS,
        "output": "http://a/1.png",
        "prompt": "a cat",
        "request_id": "r",
        "seed": "5",
        "status": "COMPLETED",
        "timings": {"inference": 2.5},
    }


def test_parts_of_a_result() -> None:
    """What a model does not have is left out: no prompt, no seed; timings may be empty, a prompt too."""
    told = result(Finished(parameters={}, prompt=None, seed=None, pictures=[], error=None), timed=False)
    assert not {"prompt", "seed"} & set(told)
    assert told["timings"] == {}
    assert result(finished(""))["prompt"] == ""


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 4 * 10**9), st.integers(-(10**12), 10**18))
def test_floats(waits: int, runs: int, cost: int, balance: int) -> None:
    """Seconds and credits are floats, whole ones too, and exact to the millisecond and the micro-credit."""
    job = Job(0, waits, waits + runs, cost, 0, 0, Outcome.SUCCEEDS, 0)
    found = read(bodies.completed("", "r", job, balance, urls=True))["metrics"]
    assert {type(value) for value in found.values()} == {float}
    assert (round(found["queue_time"] * 1000), round(found["cost"] * 1e6)) == (waits, cost)
    assert found["remaining_credits"] == balance / 1_000_000


def test_credits() -> None:
    """The balance is a float, whole or not."""
    assert bodies.credits(1_000_000) == b'{"credits":1.0,"free-credits":0.0}'
    assert read(bodies.credits(1)) == {"credits": 1e-06, "free-credits": 0.0}


def test_base64() -> None:
    """A picture is a base64 text, several are a list; the other keys are there where they are wanted."""
    one = read(bodies.base64_json([b"abc"], JOB, full=True, pretty=False))
    assert one == {"image": "YWJj", "infer_time": 2.5, "outputs": 1, "status": "Success"}
    two = read(bodies.base64_json([b"abc", b"d"], JOB, full=False, pretty=False))
    assert two == {"image": ["YWJj", "ZA=="]}


@given(st.binary())
def test_pretty_base64(picture: bytes) -> None:
    """Pretty JSON has the picture from its fifteenth byte on, where an official client cuts it."""
    body = bodies.base64_json([picture], JOB, full=True, pretty=True)
    assert body.startswith(b'{\n  "image": "')
    assert base64.b64decode(body[14:].split(b'"')[0]) == picture
