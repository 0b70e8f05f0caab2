"""What every client program has: where the mocks are, how a claim is tried, how a picture is known."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

Claims = Mapping[str, Callable[[], object]]
"""Claims by name: each returns what it saw, or raises when it does not hold."""

_MAGIC = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


@dataclass(frozen=True, slots=True)
class Bench:
    """Two mocks and a key: `shut_url` has no credits, a retired and a forbidden model."""

    url: str
    shut_url: str
    key: str


class Outcome(NamedTuple):
    ok: bool
    seen: object


def outcome(claim: Callable[[], object]) -> Outcome:
    """Try a claim: whether it holds, and what was seen."""
    try:
        return Outcome(True, claim())
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Outcome(False, f"{type(error).__name__} at {where.filename}:{where.lineno}: {error} ({where.line})")


def kind_of(picture: bytes) -> str:
    """The media type that a picture's first bytes tell."""
    return next((kind for magic, kind in _MAGIC.items() if picture.startswith(magic)), "unknown")


def raised(expected: type[Exception], call: Callable[[], object]) -> Any:
    """The exception that a call raises. Raises `AssertionError` when it raises none of that type."""
    try:
        answer = call()
    except expected as error:
        return error
    raise AssertionError(f"no {expected.__name__}; it answered {answer!r}")
