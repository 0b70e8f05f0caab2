"""The one call that everything is measured with: a model's printed example, valid and with five faults."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from segmind_spec import Catalog

SLUG = "sd1.5-img2img"
KEY = "SG_0123456789abcdef"

SUBMIT_PATH = f"/v2/{SLUG}"
BLOCKING_PATH = f"/v1/{SLUG}"
CREDITS_PATH = "/v1/get-user-credits"

_MODEL = Catalog.load().get(SLUG)
assert _MODEL is not None
VALID: dict[str, Any] = dict(_MODEL.examples["printed"])
PROMPT: str = VALID["prompt"]

FAULTS: dict[str, Any] = {"guidance_scale": 99, "img_width": 100, "seed": "x", "strength": 3}
FAULTY_FIELDS = ("prompt", *FAULTS)
INVALID: dict[str, Any] = {name: value for name, value in VALID.items() if name != "prompt"} | FAULTS

_SCHEDULERS = [
    *("DDIM", "DPM Multi", "DPM Single", "Euler a", "Euler", "Heun"),
    *("DPM2 a Karras", "DPM2 Karras", "LMS", "PNDM", "DDPM", "UniPC"),
]

# What the peers check bodies by: the same fields, types, ranges and choices as in the model's contract.
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["image", "prompt"],
    "properties": {
        "image": {"type": "string"},
        "prompt": {"type": "string"},
        "base64": {"type": "boolean", "default": False},
        "guidance_scale": {"type": "number", "minimum": 0.1, "maximum": 25, "default": 7.5},
        "img_height": {"type": "integer", "enum": [512, 768], "default": 512},
        "img_width": {"type": "integer", "enum": [512, 768], "default": 512},
        "negative_prompt": {"type": "string"},
        "num_inference_steps": {"type": "integer", "minimum": 20, "maximum": 100, "default": 20},
        "samples": {"type": "integer", "minimum": 1, "maximum": 4, "default": 1},
        "scheduler": {"type": "string", "enum": _SCHEDULERS, "default": "DDIM"},
        "seed": {"type": "integer", "default": -1},
        "strength": {"type": "number", "minimum": 0.1, "maximum": 1, "default": 1},
    },
}


@dataclass(frozen=True)
class Request:
    """One HTTP request, ready for any of the clients here."""

    method: str
    path: str
    body: bytes = b""

    @property
    def headers(self) -> dict[str, str]:
        named = {"x-api-key": KEY}
        if self.body:
            named["content-type"] = "application/json"
        return named


def submit(payload: dict[str, Any] | None = None) -> Request:
    return Request("POST", SUBMIT_PATH, encoded(VALID if payload is None else payload))


def blocking(payload: dict[str, Any] | None = None) -> Request:
    return Request("POST", BLOCKING_PATH, encoded(VALID if payload is None else payload))


def poll(request_id: str) -> Request:
    return Request("GET", f"/v2/requests/{request_id}/status")


def credits_left() -> Request:
    return Request("GET", CREDITS_PATH)


def slowed(seconds: int) -> dict[str, Any]:
    """The valid body, asking the mock for so many seconds of processing."""
    return VALID | {"prompt": f"{PROMPT} mock:slow={seconds}"}


def encoded(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload).encode()
