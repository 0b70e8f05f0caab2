"""The service's bodies as it writes them: keys in alphabetical order, seconds and credits as floats. Pure.

Where a body is written out in that order here, nothing need be sorted on each request.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence

import orjson

from segmind_mock.accounts import MICRO
from segmind_mock.jobs import Job, State
from segmind_mock.results import Finished

SORTED = orjson.OPT_SORT_KEYS


def submitted(origin: str, request_id: str) -> bytes:
    """The answer to a v2 submit (wire-facts c)."""
    place = f"{origin}/v2/requests/{request_id}"
    return orjson.dumps(
        {
            "poll_url": f"{origin}/v1/requests/{request_id}",
            "request_id": request_id,
            "response_url": place,
            "status": "QUEUED",
            "status_url": f"{place}/status",
        }
    )


def pending(origin: str, request_id: str, state: State) -> bytes:
    """The status of a job that has not ended (wire-facts d)."""
    return _status(origin, request_id, state.value, {})


def completed(origin: str, request_id: str, job: Job, balance: int, *, urls: bool) -> bytes:
    """The status of a job that has succeeded; `balance` in micro-credits."""
    metrics = charged(job, balance)
    if urls:
        return _status(origin, request_id, "COMPLETED", metrics)
    return orjson.dumps({"metrics": metrics, "request_id": request_id, "status": "COMPLETED"})


def _status(origin: str, request_id: str, state: str, metrics: dict[str, float]) -> bytes:
    place = f"{origin}/v2/requests/{request_id}"
    return orjson.dumps(
        {
            "metrics": metrics,
            "request_id": request_id,
            "response_url": place,
            "status": state,
            "status_url": f"{place}/status",
        }
    )


def charged(job: Job, balance: int) -> dict[str, float]:
    """The metrics of a job that was paid for: seconds and credits."""
    submitted, started, ended, cost, *_ = job
    return {
        "cost": cost / MICRO,
        "inference_time": (ended - started) / 1000,
        "queue_time": (started - submitted) / 1000,
        "remaining_credits": balance / MICRO,
        "total_time": (ended - submitted) / 1000,
    }


def failed(error: str, job: Job, request_id: str | None) -> bytes:
    """The status and the result of a job that has failed: no cost, for there is none."""
    body: dict[str, object] = {"status": "FAILED", "error": error, "metrics": timings(job)}
    if request_id is not None:
        body["request_id"] = request_id
    return orjson.dumps(body, option=SORTED)


def timings(job: Job) -> dict[str, float]:
    """Seconds a job took, part by part."""
    return {
        "inference_time": (job.ended - job.started) / 1000,
        "queue_time": (job.started - job.submitted) / 1000,
        "total_time": (job.ended - job.submitted) / 1000,
    }


def result(
    request_id: str,
    job: Job,
    finished: Finished,
    files: Sequence[dict[str, str]],
    balance: int,
    *,
    timed: bool,
) -> bytes:
    """The result of a job that has succeeded (wire-facts e); `files` describes its output files."""
    metrics = charged(job, balance)
    body: dict[str, object] = {
        "status": "COMPLETED",
        "request_id": request_id,
        "output": files[0]["url"],
        "images": list(files),
        "metrics": metrics,
        "timings": {"inference": metrics["inference_time"]} if timed else {},
    }
    if finished.seed is not None:
        body["seed"] = str(finished.seed)
    if finished.prompt is not None:
        body["prompt"] = finished.prompt
    return orjson.dumps(body, option=SORTED)


def base64_json(made: Sequence[bytes], job: Job, *, full: bool, pretty: bool) -> bytes:
    """v1 with base64: the picture, or a list of several, as base64 text under `image`."""
    texts = [base64.b64encode(picture).decode() for picture in made]
    body: dict[str, object] = {"image": texts[0] if len(texts) == 1 else texts}
    if full:
        body |= {
            "infer_time": (job.ended - job.started) / 1000,
            "outputs": len(texts),
            "status": "Success",
        }
    return orjson.dumps(body, option=SORTED | (orjson.OPT_INDENT_2 if pretty else 0))


def credits(balance: int) -> bytes:
    """`GET /v1/get-user-credits` (wire-facts h)."""
    return orjson.dumps({"credits": balance / MICRO, "free-credits": 0.0})
