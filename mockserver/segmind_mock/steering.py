"""Magic words: a client with no control plane at hand steers one job by words in its own parameters.

`mock:fail`, `mock:block`, `mock:stuck` and `mock:slow=SECONDS` inside any string parameter. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MARK = "mock:"
LONGEST_SLOW = 86_400
"""Seconds; longer than any record lives would be the same as stuck."""

_WORD = re.compile(r"mock:(fail|block|stuck|slow)\b(?:=([^\s\"']*))?")
_SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,3})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What the words of one request ask for."""

    fails: bool = False
    blocked: bool = False
    stuck: bool = False
    run_ms: int | None = None
    problem: str | None = None
    """Set when a word was there but not understood: the sentence to tell the client."""


STRAIGHT = Steering()


def steering(parameters: Mapping[str, object]) -> Steering:
    """Read the words out of a request's parameters; several may stand together."""
    words = [found for text in _strings(parameters.values()) if MARK in text for found in _WORD.findall(text)]
    if not words:
        return STRAIGHT
    names = {name for name, _ in words}
    run_ms, problem = _slow([value for name, value in words if name == "slow"])
    return Steering(
        fails="fail" in names,
        blocked="block" in names,
        stuck="stuck" in names,
        run_ms=run_ms,
        problem=problem,
    )


def _slow(values: list[str]) -> tuple[int | None, str | None]:
    if not values:
        return None, None
    text = values[0].rstrip(".,;:!?)")
    if not _SECONDS.fullmatch(text) or float(text) > LONGEST_SLOW:
        return (
            None,
            f"mock:slow={text[:40]} is not understood; write seconds from 0 to {LONGEST_SLOW}: mock:slow=5",
        )
    return round(float(text) * 1000), None


def _strings(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (entry for entry in value if isinstance(entry, str))
