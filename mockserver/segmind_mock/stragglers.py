"""Connections on which a request was begun and does not come to an end: they are closed, so that nothing waits.

uvicorn closes a connection that idles between two requests, and none that stopped in the middle of one. A look
at all of them now and then costs a request nothing, where a timer for each would cost more than a poll.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from segmind_mock.joined import JoiningProtocol

PATIENCE = 30.0
"""Seconds in which the head of a request, and then its body, must have come."""


class _Wait(NamedTuple):
    """What a connection waits for, and since when it was seen to."""

    exchange: object
    part: str
    since: float


class Stragglers:
    """Remembers from look to look which connections wait for the rest of a request."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._waits: dict[JoiningProtocol, _Wait] = {}

    def look(self, connections: Iterable[JoiningProtocol], now: float) -> None:
        """Close what has waited too long; `now` in seconds, of a clock that only goes forward."""
        waits: dict[JoiningProtocol, _Wait] = {}
        for connection in connections:
            part = _awaited(connection)
            if part is None:
                continue
            known = self._waits.get(connection)
            if known is None or known.exchange is not connection.cycle or known.part != part:
                known = _Wait(connection.cycle, part, now)
            waits[connection] = known
            if now - known.since >= self._patience:
                connection.transport.close()
        self._waits = waits


def _awaited(connection: JoiningProtocol) -> str | None:
    """The part of a request that a connection waits for; None when it is between two, or being answered."""
    cycle: Any = connection.cycle  # None before the first request, whatever its annotation says
    if cycle is None or cycle.response_complete:
        return "head" if connection.timeout_keep_alive_task is None else None
    return "body" if cycle.more_body else None
