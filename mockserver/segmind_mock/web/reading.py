"""Reading a request's body within bounds, and its parameters out of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from segmind_mock.backend import Backend
from segmind_mock.clock import a_turn
from segmind_mock.errors import ApiError, TooLarge
from segmind_mock.orders import Entry
from segmind_mock.web import payload
from segmind_mock.web.call import Call

Receive = Callable[[], Awaitable[Any]]

AT_ONCE = 0.25
"""Seconds in which the body of a request that is refused has to come."""
SOON = 2.0
"""Seconds in which that of a request has to come that is answered otherwise than by the service."""


class ClientGone(Exception):
    """The client hung up before its request was complete; there is nobody to answer."""


class Reader:
    """Reads what a generation asks for: its model and its parameters."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._limit = backend.config.max_body

    async def request(self, call: Call, receive: Receive, slug: str) -> tuple[Entry, dict[str, object], bytes]:
        """The model, the parameters and the JSON they came as. Raises `ApiError` or `ClientGone`."""
        kind = payload.media_type(call.headers.get(b"content-type", b""))
        entry = self._backend.entry(call.world, slug)
        raw = await self.body(call, receive)
        if kind == payload.JSON:
            return entry, payload.parameters(raw), raw
        # Loaded when the first form comes: few do, and starting should be quick.
        from segmind_mock.web.forms import parameters

        return entry, await parameters(raw, call.scope, entry.model), b""

    async def body(self, call: Call, receive: Receive) -> bytes:
        """The body of a call, read if it was not yet. Raises `TooLarge` or `ClientGone`, and then each time again."""
        if call.is_read:
            return call.body
        if call.unread is not None:
            raise call.unread
        try:
            call.body = await self._body(call, receive)
        except (TooLarge, ClientGone) as reason:
            call.unread = reason
            raise
        call.is_read = True
        return call.body

    async def soon(self, call: Call, receive: Receive, seconds: float) -> None:
        """Read the body of a call that is answered without a look at it, if it comes within so many seconds.

        It is for the journal. Who asks first whether to send it is spared the sending.
        """
        has_body = call.headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in call.headers
        if call.is_read or call.unread is not None or not has_body or b"expect" in call.headers:
            return
        await a_turn()  # what waits is given a task, which a timeout needs
        try:
            await asyncio.wait_for(self.body(call, receive), seconds)
        except (ApiError, ClientGone):
            return
        except TimeoutError:
            call.unread = ClientGone()

    async def _body(self, call: Call, receive: Receive) -> bytes:
        declared = call.headers.get(b"content-length", b"0")
        if len(declared) > 18 or not declared.isdigit() or int(declared) > self._limit:
            raise _too_large(self._limit)
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body", False):
            raw: bytes = message.get("body", b"")
        else:
            raw = await _rest(message, receive, self._limit)
        return raw


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
