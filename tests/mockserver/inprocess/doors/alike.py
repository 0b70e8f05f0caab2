"""One and the same mock on a real socket and in this process, for clients that are to see no difference."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from http.client import HTTPException
from itertools import count
from typing import Any, NamedTuple

import requests
import urllib3

from segmind_mock.config import Config
from segmind_mock.inprocess.interception import intercept
from segmind_mock.live import LiveServer
from segmind_mock.mock import Mock
from tests.worlds import CATALOG, KEY

IMPATIENCE = 0.25
"""Seconds after which a client gives up."""

WIRE: Mapping[str, Mapping[str, Any] | None] = {
    "nothing": None,
    "error": {"error": 502},
    "delay": {"delay": 0.01},
    "too-late": {"delay": 30},
    "drip": {"drip": {"size": 10, "every": 0.01}},
    "drip-too-slow": {"drip": {"size": 10, "every": 30}},
    "stop": {"stop": 0.5},
    "stop-at-once": {"stop": 0},
    "stop-at-the-end": {"stop": 1},
    "cut": {"cut": 0.5},
    "cut-at-once": {"cut": 0},
    "reset-before": {"reset": "before"},
    "reset-amid-the-head": {"reset": "headers"},
    "reset-amid-the-body": {"reset": "body"},
    "broken-chunk": {"broken_chunk": True},
    "garbage": {"garbage": 64},
    "refuse": {"refuse": 30},
    "late-and-cut": {"delay": 0.02, "cut": 0.5},
}
"""What happens to the first of several calls, by name."""


_NUMBERS = count(0x100)


class Seen(NamedTuple):
    """What a client saw of one call: how it ended, if not well, and what it got."""

    error: str
    status: int | None = None
    headers: tuple[str, ...] = ()
    body: bytes = b""


def rules(do: Mapping[str, Any] | None) -> dict[str, object] | None:
    """The scenario in which something happens to the first question for credits."""
    if do is None:
        return None
    rule = {"match": {"operation": "credits"}, "when": {"nth": 1}, "do": do}
    return {"scenario": "first", "teaches": "A fault.", "rests_on": "A test.", "rules": [rule]}


@contextmanager
def on_a_socket() -> Iterator[Mock]:
    """A mock that is served by a thread of this process, on loopback."""
    with LiveServer(Config(port=0, timing="instant"), catalog=CATALOG) as live:
        yield Mock(live.control, url=live.url, key=KEY, do=live.do)


def somewhere_on(served: Mock, name: str) -> AbstractContextManager[Mock]:
    """An account of a served mock that nobody used before; for what concerns them all, a mock of its own."""
    return on_a_socket() if name == "refuse" else nullcontext(served.account(f"SG_{next(_NUMBERS):016x}"))


def in_process() -> AbstractContextManager[Mock]:
    """The same without a socket, and in virtual time."""
    return intercept(timing="instant")


def seen_of(error: BaseException) -> Seen:
    """How a call ended that did not end well: the names of its error and of those that it was made of."""
    names = []
    found: object = error
    while isinstance(found, BaseException):
        names.append(type(found).__name__)
        found = next((part for part in _parts(found) if isinstance(part, BaseException)), None)
    partial = getattr(error, "partial", b"")
    return Seen(" of ".join(names), body=partial if isinstance(partial, bytes) else b"")


def _parts(error: BaseException) -> Iterator[object]:
    yield getattr(error, "reason", None)
    yield from error.args


FAILURES = (OSError, HTTPException, urllib3.exceptions.HTTPError, requests.RequestException)
"""What any of the clients raises."""


def seen_by(client: Callable[[Mock], list[Seen]], world: AbstractContextManager[Mock], name: str) -> list[Seen]:
    """What a client sees in one of the two, where something happens to its first call."""
    with world as mock:
        mock.play(rules(WIRE[name]))
        return client(mock)
