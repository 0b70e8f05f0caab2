"""Reading a request's body within bounds, and its parameters out of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from segmind_mock.backend import Backend
from segmind_mock.errors import TooLarge
from segmind_mock.orders import Entry
from segmind_mock.web import payload
from segmind_mock.web.answers import Scope

Receive = Callable[[], Awaitable[Any]]


class ClientGone(Exception):
    """The client hung up before its request was complete; there is nobody to answer."""


class Reader:
    """Reads what a generation asks for: its model and its parameters."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._limit = backend.config.max_body

    async def request(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, slug: str
    ) -> tuple[Entry, dict[str, object], bytes]:
        """The model, the parameters and the JSON they came as. Raises `ApiError` or `ClientGone`."""
        kind = payload.media_type(headers.get(b"content-type", b""))
        entry = self._backend.entry(slug)
        declared = headers.get(b"content-length", b"0")
        if len(declared) > 18 or not declared.isdigit() or int(declared) > self._limit:
            raise _too_large(self._limit)
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            raw = message.get("body", b"")
        else:
            raw = await _rest(message, receive, self._limit)
        if kind == payload.JSON:
            return entry, payload.parameters(raw), raw
        # Loaded when the first form comes: few do, and starting should be quick.
        from segmind_mock.web.forms import parameters

        return entry, await parameters(raw, scope, entry.model), b""


async def _rest(message: Any, receive: Receive, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while message["type"] == "http.request":
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise _too_large(limit)
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()
    raise ClientGone


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than this mock's bound of {limit} bytes (max_body).")
