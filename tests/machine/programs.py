"""Client programs as data: steps that any client can take, one at a time, and what a mock recorded of them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, NamedTuple

import orjson

from tests.machine.driver import Told

PICTURE = {"image_url": "https://pictures.test/a.png", "target_format": "png"}
CALLS: dict[str, tuple[str, object]] = {
    "convert": ("image-converter", PICTURE),
    "repaint": ("sd1.5-img2img", {"image": "https://pictures.test/b.png", "prompt": "a hill"}),
    "fail": ("image-converter", {**PICTURE, "image_url": "https://pictures.test/a.png?mock:fail"}),
    "bad": ("sam-img2img", {"picture": 1}),
    "broken": ("image-converter", b"{"),
    "unknown": ("no-such-model", PICTURE),
}
LOOKS = {"status": "/v2/requests/{}/status", "result": "/v2/requests/{}", "poll": "/v1/requests/{}"}

RULES: tuple[dict[str, Any], ...] = (
    {"name": "gateway", "match": {"operation": "status"}, "when": {"probability": 0.3}, "do": {"error": 502}},
    {"name": "fails", "match": {"operation": "submit"}, "when": {"probability": 0.2}, "do": {"job": {"fails": True}}},
    {"name": "quick", "match": {"operation": "submit"}, "when": {"every": 3}, "do": {"job": {"queue": 0, "run": 0.2}}},
    {
        "name": "changed",
        "match": {"operation": ["result", "poll"]},
        "when": {"probability": 0.5, "per": "job"},
        "do": {"set": {"note": 1}, "drop": ["timings"], "headers": {"x-more": "yes"}, "delay": {"uniform": [0, 0]}},
    },
    {"name": "again", "match": {"operation": "credits"}, "when": {"every": 3}, "do": {"replay": "previous"}},
    {"name": "poorer", "match": {"operation": "credits"}, "when": {"every": 2}, "do": {"account": {"drain": 0.1}}},
)


def scenario(*names: str) -> dict[str, Any]:
    """A scenario of some of the rules; of all, without names."""
    rules = [rule for rule in RULES if not names or rule["name"] in names]
    return {"scenario": "trouble", "teaches": "Something.", "rests_on": "A line.", "rules": rules}


class Request(NamedTuple):
    """What a program asks for; `signed`: with its key."""

    method: str
    path: str
    body: object = None
    signed: bool = True


Step = tuple[Any, ...]
Program = Generator[Request, Told, None]


def program(key: str, steps: Sequence[Step]) -> Program:
    """A client with a key: each step is a name and what belongs to it.

    `submit CALL`, `generate CALL`, `look KIND`, `file`, `credits`, `advance MS`, `change BODY`, `play SCENARIO`. A
    look is at its latest job, a file is the latest that it was told of.
    """
    request_id, file = "", ""
    for name, *rest in steps:
        told = yield _request(key, name, rest, request_id, file)
        assert told.status == 200 or name not in ("advance", "change", "play"), told
        if told.status != 200 or name not in ("submit", "look"):
            continue
        body = told.json
        request_id = body.get("request_id", request_id)
        file = body["images"][0]["url"].partition("://")[2].partition("/")[2] if "images" in body else file


def _request(key: str, name: str, rest: list[Any], request_id: str, file: str) -> Request:
    match name:
        case "submit" | "generate":
            slug, body = CALLS[rest[0]]
            return Request("POST", f"/{'v2' if name == 'submit' else 'v1'}/{slug}", body)
        case "look":
            return Request("GET", LOOKS[rest[0]].format(request_id or "none"))
        case "file":
            return Request("GET", f"/{file or 'generations/none.png'}", signed=not file)
        case "credits":
            return Request("GET", "/v1/get-user-credits")
        case "advance":
            return Request("POST", "/_mock/clock", {"account": key, "advance": rest[0] / 1000}, signed=False)
        case "change":
            return Request("PUT", f"/_mock/accounts/{key}", rest[0], signed=False)
    return Request("PUT", f"/_mock/scenario?account={key}", rest[0], signed=False)


def lasting(journal: bytes) -> bytes:
    """A journal as the control plane tells it, without the real dates."""
    told = orjson.loads(journal)
    for exchange in told["exchanges"]:
        del exchange["real"]
    return orjson.dumps(told)
