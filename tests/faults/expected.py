"""What a client is to see of a fault: an answer, which is the same to all of them, or an end that each names itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.faults.clients import IMPATIENCE, PATIENCE, WHOLE, Client, Seen

LESS_IMPATIENCE = 1.0
"""Seconds after which a client gives up that is answered in part: time enough for that part."""


class Before(NamedTuple):
    """What was so before a fault: the service's own answer to the same call, and the account's clock in ms."""

    own: Seen
    now: int
    url: str
    """Of the server."""
    operation: str
    request_id: str


Made = Callable[[Before], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A whole answer; a header of None is not there, and what is a function is made of what was before."""

    status: int | Made
    body: bytes | Made | None = None
    """None: it does not matter."""
    json: object = None
    """In place of `body`: what the body is, read as JSON. May be a function too."""
    headers: Mapping[str, str | Made | None] = field(default_factory=dict)
    words: str = ""
    """A pattern of what the journal tells of the wire."""
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A call that is not answered in full."""

    httpx: str
    curl: int
    node: str
    """A pattern: some of its names depend on what arrives together."""
    words: str
    """A pattern of what the journal tells of it."""
    status: int | None = None
    """None: not even the head arrives."""
    body: Made | None = None
    """What arrives of the body."""
    patience: float = PATIENCE

    def end(self, client: Client) -> str:
        """How a client names it, as a pattern."""
        return {"httpx": self.httpx, "curl": str(self.curl), "node": self.node}[client.name]


Sees = Told | Broken


def impatient(*, words: str, status: int | None = None, body: Made | None = None) -> Broken:
    """Nothing more comes, and the client gives up."""
    return Broken(
        httpx="ReadTimeout",
        curl=28,
        node="TimeoutError",
        words=words,
        status=status,
        body=body,
        patience=IMPATIENCE if status is None else LESS_IMPATIENCE,
    )


def check(seen: Seen, sees: Sees, client: Client, before: Before) -> None:
    """Hold what a client saw against what it was to see."""
    if isinstance(sees, Told):
        _check_told(seen, sees, before)
    else:
        _check_broken(seen, sees, client, before)


def _check_told(seen: Seen, sees: Told, before: Before) -> None:
    assert (seen.end, seen.status) == (WHOLE, _made(sees.status, before)), seen
    if sees.body is not None:
        assert seen.body == _made(sees.body, before)
    if sees.json is not None:
        assert seen.json == _made(sees.json, before)
    wanted = {name: _made(value, before) for name, value in sees.headers.items()}
    assert {name: seen.headers.get(name) for name in wanted} == wanted


def _check_broken(seen: Seen, sees: Broken, client: Client, before: Before) -> None:
    assert re.fullmatch(sees.end(client), seen.end), seen
    body = b"" if sees.body is None else _made(sees.body, before)
    if client.keeps:
        assert (seen.status, seen.body) == (sees.status, body)
    else:
        assert seen.status in (None, sees.status)
        assert body.startswith(seen.body)


def check_words(words: list[str], sees: Sees) -> None:
    """Hold what the journal tells of the wire against what it is to tell."""
    assert re.fullmatch(sees.words, "; ".join(words)), words


def _made(wanted: Any, before: Before) -> Any:
    return wanted(before) if callable(wanted) else wanted


def compact(document: object) -> bytes:
    """JSON as the service writes it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
