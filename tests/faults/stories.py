"""What happens to a job or an account over several calls: one table of rules, and what clients see of them in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.accounts import ENDED, SLUG
from tests.faults.cases import LEAST, RESET
from tests.faults.clients import IMPATIENCE, PATIENCE

HOUR = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One call of a story, and what it comes to."""

    ask: str
    """The operation."""
    status: int | None = 200
    """None: no answer comes."""
    after: float = 0.0
    """Seconds by which the account's clock is advanced beforehand."""
    told: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the JSON body, and their values; a dot leads into an object, and None is a field that is not there."""
    headers: tuple[str, ...] = ()
    """Headers that are there."""

    @property
    def patience(self) -> float:
        """Seconds that the client gives it."""
        return PATIENCE if self.status is not None else IMPATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Rules, and the calls in which clients meet them."""

    rules: tuple[Mapping[str, Any], ...]
    looks: tuple[Look, ...]
    mended: Mapping[str, Any] = field(default_factory=dict)
    """What the account is changed by afterwards, so that it works again."""


def _job(plan: Mapping[str, Any], *looks: Look) -> Story:
    """A submit whose job goes so, and the looks at it."""
    return Story(rules=({"match": {"operation": "submit"}, "do": {"job": plan}},), looks=(Look(ask="submit"), *looks))


def _status(state: str, after: float = 0.0, **told: Any) -> Look:
    status = 422 if state == "FAILED" else 200
    return Look(ask="status", status=status, after=after, told={"status": state, **told})


def _failed(operation: str, error: str, after: float = 0.0) -> Look:
    return Look(ask=operation, status=422, after=after, told={"status": "FAILED", "error": error, "metrics.cost": None})


def _on(operation: str | list[str], do: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    when = {"when": more.pop("when")} if "when" in more else {}
    return {"match": {"operation": operation, **more}, **when, "do": do}


RAN = "Failed while returning the output"
BLOCKED = "The content was blocked by the safety system: content_policy_violation"

JOBS: Mapping[str, Story] = {
    "job-longer": _job(
        {"queue": 100, "run": 50},
        _status("QUEUED", 99.999),
        _status("PROCESSING", 0.001),
        _status("PROCESSING", 49.999),
        Look(
            ask="status",
            after=0.001,
            told={
                "status": "COMPLETED",
                "metrics.queue_time": 100.0,
                "metrics.inference_time": 50.0,
                "metrics.total_time": 150.0,
            },
        ),
    ),
    "job-shorter": _job(
        {"queue": 0, "run": 0},
        Look(ask="status", told={"status": "COMPLETED", "metrics.total_time": 0.0}),
        Look(ask="result", told={"status": "COMPLETED"}),
    ),
    "job-only-the-run": _job({"run": 1000}, _status("QUEUED"), _status("PROCESSING", 5), _status("PROCESSING", 990)),
    "job-stuck-queued": _job(
        {"stuck": "QUEUED"},
        _status("QUEUED"),
        _status("QUEUED", HOUR - 1),
        Look(ask="result", told={"status": "QUEUED"}),
        Look(ask="status", status=404, after=1),
        Look(ask="result", status=404),
    ),
    "job-stuck-processing": _job(
        {"stuck": "PROCESSING"},
        _status("QUEUED"),
        _status("PROCESSING", ENDED),
        _status("PROCESSING", HOUR - ENDED - 1),
        Look(ask="status", status=404, after=1),
    ),
    "job-fails": _job({"fails": True}, _status("QUEUED"), _failed("status", RAN, ENDED), _failed("result", RAN)),
    "job-fails-with-words": _job({"fails": "CUDA out of memory"}, _failed("status", "CUDA out of memory", ENDED)),
    "job-fails-late": _job(
        {"fails": True, "queue": 10, "run": 20}, _status("PROCESSING", 29.999), _failed("poll", RAN, 0.001)
    ),
    "job-blocked": _job({"blocked": True}, _failed("result", BLOCKED, ENDED)),
    "job-blocked-with-words": _job({"blocked": "NSFW content detected"}, _failed("status", "NSFW content detected", 5)),
    "job-fails-then-succeeds": Story(
        rules=(_on("submit", {"job": {"fails": True}}, when={"nth": 1}),),
        looks=(
            Look(ask="submit"),
            _failed("status", RAN, ENDED),
            Look(ask="credits", told={"credits": 1_000_000.0}),
            Look(ask="submit"),
            _status("COMPLETED", ENDED),
            Look(ask="credits", told={"credits": 1_000_000.0 - LEAST}),
        ),
    ),
    "job-of-a-generate": Story(
        rules=(_on("generate", {"job": {"queue": 0, "run": 0, "fails": "no memory"}}),),
        looks=(Look(ask="generate", status=500, told={"error": "no memory"}),),
    ),
    "job-of-a-generate-at-once": Story(
        rules=(_on("generate", {"job": {"queue": 0, "run": 0}}),),
        looks=(Look(ask="generate", headers=("x-request-id", "x-remaining-credits")),),
    ),
    "result-is-missing": Story(
        rules=(_on("result", {"error": 404}),),
        looks=(Look(ask="submit"), _status("COMPLETED", ENDED), Look(ask="result", status=404), _status("COMPLETED")),
    ),
    "result-is-behind-a-bad-gateway": Story(
        rules=(_on("result", {"error": 502}, when={"first": 2}),),
        looks=(
            Look(ask="submit"),
            _status("COMPLETED", ENDED),
            Look(ask="result", status=502),
            Look(ask="result", status=502),
            Look(ask="result", told={"status": "COMPLETED"}),
        ),
    ),
    "result-has-failed": Story(
        rules=(_on("result", {"tells": "FAILED"}),),
        looks=(Look(ask="submit"), _status("COMPLETED", ENDED), _failed("result", RAN)),
    ),
    "state-goes-backwards": Story(
        rules=(
            _on("status", {"tells": "QUEUED"}, state="PROCESSING", when={"every": 2}),
            _on("status", {"tells": "PROCESSING"}, state="COMPLETED", when={"nth": 2}),
        ),
        looks=(
            Look(ask="submit"),
            _status("QUEUED"),
            _status("PROCESSING", 1),
            _status("QUEUED"),
            _status("PROCESSING"),
            _status("COMPLETED", ENDED),
            _status("PROCESSING"),
            _status("COMPLETED"),
        ),
    ),
    "answers-are-old": Story(
        rules=(_on("status", {"replay": "first"}, when={"after": 1}),),
        looks=(Look(ask="submit"), _status("QUEUED"), _status("QUEUED", ENDED), Look(ask="result"), _status("QUEUED")),
    ),
    "an-answer-is-behind": Story(
        rules=(_on("status", {"replay": "previous"}, when={"nth": 2}),),
        looks=(Look(ask="submit"), _status("QUEUED"), _status("QUEUED", ENDED), _status("COMPLETED")),
    ),
    "file-is-missing": Story(
        rules=(_on("file", {"error": 404}),),
        looks=(Look(ask="submit"), Look(ask="result", after=ENDED), Look(ask="file", status=404)),
    ),
    "file-is-forbidden": Story(
        rules=(_on("file", {"error": 403}),),
        looks=(Look(ask="submit"), Look(ask="result", after=ENDED), Look(ask="file", status=403)),
    ),
    "file-expires-early": Story(
        rules=(_on("file", {"error": 404}, when={"from": 60}),),
        looks=(
            Look(ask="submit"),
            Look(ask="result", after=ENDED),
            Look(ask="file", after=59.999 - ENDED),
            Look(ask="file", status=404, after=0.001),
            Look(ask="result"),
        ),
    ),
    "file-is-slow": Story(
        rules=(_on("file", {"delay": 30}, when={"nth": 1}),),
        looks=(
            Look(ask="submit"),
            Look(ask="result", after=ENDED),
            Look(ask="file", status=None),
            Look(ask="file"),
        ),
    ),
    "record-expires-early": Story(
        rules=(_on(["status", "result", "poll"], {"error": 404}, state="COMPLETED"),),
        looks=(
            Look(ask="submit"),
            _status("QUEUED"),
            Look(ask="status", status=404, after=ENDED),
            Look(ask="result", status=404),
            Look(ask="poll", status=404),
        ),
    ),
    "accepted-though-the-gateway-says-no": Story(
        rules=(_on("submit", {"error": 504, "accepted": True}, when={"nth": 1}),),
        looks=(
            Look(ask="submit", status=504, told={"error": "Request timed out"}),
            Look(ask="credits", after=ENDED, told={"credits": 1_000_000.0 - LEAST}),
        ),
    ),
    "not-accepted-though-the-answer-is-its-own": Story(
        rules=(_on("submit", {"answer": {"status": 200, "json": {"request_id": "nobody"}}}, when={"nth": 1}),),
        looks=(
            Look(ask="submit", told={"request_id": "nobody"}),
            Look(ask="status", status=404),
            Look(ask="credits", after=ENDED, told={"credits": 1_000_000.0}),
        ),
    ),
}
"""What jobs do."""

SECOND = {"nth": 2}

ACCOUNTS: Mapping[str, Story] = {
    "credits-drained": Story(
        rules=(_on("submit", {"account": {"drain": 999_999.999}}, when=SECOND),),
        looks=(
            Look(ask="submit"),
            Look(ask="submit", status=406, after=ENDED),
            Look(ask="credits", told={"credits": 0.0}),
            _status("COMPLETED"),
        ),
        mended={"credits": 10},
    ),
    "credits-set": Story(
        rules=(_on("credits", {"account": {"credits": 12.5}}, when=SECOND),),
        looks=(Look(ask="credits", told={"credits": 1_000_000.0}), Look(ask="credits", told={"credits": 12.5})),
    ),
    "key-revoked": Story(
        rules=(_on("status", {"account": {"status": "invalid"}}, when=SECOND),),
        looks=(
            Look(ask="submit"),
            _status("QUEUED"),
            Look(ask="status", status=401, after=ENDED),
            Look(ask="result", status=401),
            Look(ask="credits", status=401),
            Look(ask="submit", status=401),
        ),
        mended={"status": "active"},
    ),
    "key-accepted-again": Story(
        rules=(
            _on("credits", {"account": {"status": "invalid"}}, when=SECOND),
            _on("credits", {"account": {"status": "active"}}, when={"nth": 3}),
        ),
        looks=(Look(ask="credits"), Look(ask="credits", status=401), Look(ask="credits")),
    ),
    "limit-lowered": Story(
        rules=(
            _on("submit", {"account": {"rpm": 100}}, when={"nth": 1}),
            _on("submit", {"account": {"rpm": 1}}, when=SECOND),
        ),
        looks=(
            Look(ask="submit"),
            Look(ask="submit", status=429, headers=(RESET,)),
            Look(ask="submit", after=60),
            Look(ask="submit", status=429),
        ),
        mended={"rpm": 0},
    ),
    "model-forbidden": Story(
        rules=(_on("submit", {"account": {"forbid": [SLUG]}}, when=SECOND),),
        looks=(Look(ask="submit"), Look(ask="submit", status=403), _status("COMPLETED", ENDED)),
        mended={"forbid": []},
    ),
    "model-retired": Story(
        rules=(_on("submit", {"account": {"retire": [SLUG]}}, when=SECOND),),
        looks=(Look(ask="submit"), Look(ask="submit", status=410), Look(ask="result", after=ENDED)),
        mended={"retire": []},
    ),
    "service-changes-its-mind": Story(
        rules=(_on("status", {"account": {"quirks": {"early_result": "404"}}}, when=SECOND),),
        looks=(
            Look(ask="submit"),
            _status("QUEUED"),
            Look(ask="result"),
            _status("QUEUED"),
            Look(ask="result", status=404),
        ),
    ),
}
"""What happens to accounts, apart from what their own clients do."""

STORIES: Mapping[str, Story] = {**JOBS, **ACCOUNTS}
