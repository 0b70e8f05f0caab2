"""Connections on which nothing comes any more, between two requests or amid one: they are closed, and nothing waits.

A look at all of them now and then costs a request nothing, where a timer for each would cost a tenth of a poll.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from segmind_mock.joined import JoiningProtocol

PATIENCE = 30.0
"""Seconds in which the head of a request, and then its body, must have come."""
KEEP_ALIVE = 75.0
"""Seconds for which a connection may idle between two requests."""


class _Wait(NamedTuple):
    """What a connection waits for, and since when it was seen to."""

    exchange: object
    part: str
    since: float


class Stragglers:
    """Remembers from look to look which connections wait for the rest of a request, or for the next."""

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
            if known is None or known.exchange is not connection.answering or known.part != part:
                known = _Wait(connection.answering, part, now)
            waits[connection] = known
            if now - known.since >= (KEEP_ALIVE if part == "next" else self._patience):
                connection.transport.close()
        self._waits = waits


def _awaited(connection: JoiningProtocol) -> str | None:
    """The part of a request that a connection waits for, or the next one; None while it is being answered."""
    exchange = connection.answering
    if exchange is None or exchange.response_complete:
        return "next" if connection.is_idle else "head"
    # What is answered slowly is not the client's doing: it could not send the rest if it wanted to.
    return "body" if exchange.more_body and not connection.is_held else None
