"""Reading a request's body within bounds, and its parameters out of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Mapping
from functools import partial
from types import CoroutineType
from typing import Any

from segmind_mock.backend import Backend
from segmind_mock.errors import ApiError, TooLarge
from segmind_mock.orders import Entry
from segmind_mock.web import payload
from segmind_mock.web.answers import Scope

Receive = Callable[[], Awaitable[Any]]

SLOWEST = 30
"""Seconds in which a body must have arrived."""

TICK = 5
"""Seconds between two looks at bodies that are still on their way."""


class ClientGone(Exception):
    """The client hung up before its request was complete; there is nobody to answer."""


class RequestTimeout(ApiError):
    """408: the rest of the body never came."""

    status = 408


class Reader:
    """Reads what a generation asks for: its model and its parameters."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._limit = backend.config.max_body
        self._watch = _Watch()

    async def request(
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive, slug: str
    ) -> tuple[Entry, dict[str, object]]:
        """The model and the parameters, checked in the service's order. Raises `ApiError` or `ClientGone`."""
        kind = payload.media_type(headers.get(b"content-type", b""))
        entry = self._backend.entry(slug)
        raw = await self._body(headers, receive)
        if kind == payload.JSON:
            return entry, payload.parameters(raw)
        # Loaded when the first form comes: few do, and starting should be quick.
        from segmind_mock.web.forms import parameters

        return entry, await parameters(raw, scope, entry.model)

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        declared = headers.get(b"content-length", b"0")
        if len(declared) > 18 or not declared.isdigit() or int(declared) > self._limit:
            raise _too_large(self._limit)
        arriving = receive()
        if type(arriving) is not CoroutineType:
            return await self._watched(_late(arriving, receive, self._limit))
        try:
            awaited = arriving.send(None)
        except StopIteration as arrived:
            # The usual case: the whole body was there already, and nothing need be watched.
            if not arrived.value.get("more_body", True):
                whole: bytes = arrived.value.get("body", b"")
                return whole
            return await self._watched(_rest(arrived.value, receive, self._limit))
        return await self._watched(_late(_Resumed(arriving, awaited), receive, self._limit))

    async def _watched(self, body: Coroutine[Any, Any, bytes]) -> bytes:
        task = self._watch.begin()
        try:
            return await body
        except asyncio.CancelledError:
            self._watch.explain(task)
            raise
        finally:
            self._watch.end(task)


class _Resumed:
    """The rest of a coroutine that was begun by hand and is waiting for `awaited`."""

    __slots__ = ("_awaited", "_begun")

    def __init__(self, begun: Coroutine[Any, Any, Any], awaited: Any) -> None:
        self._begun = begun
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, Any]:
        awaited = self._awaited
        while True:
            try:
                value = yield awaited
            except BaseException as error:
                step = partial(self._begun.throw, error)
            else:
                step = partial(self._begun.send, value)
            try:
                awaited = step()
            except StopIteration as done:
                return done.value


class _Watch:
    """Breaks off requests whose body does not come. One timer for all, because one for each costs more than a poll."""

    __slots__ = ("_late", "_since", "_ticking")

    def __init__(self) -> None:
        self._since: dict[asyncio.Task[Any], int] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._ticking = False

    def begin(self) -> asyncio.Task[Any]:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a request is served by a task")
        self._since[task] = 0
        if not self._ticking:
            self._ticking = True
            asyncio.get_running_loop().call_later(TICK, self._tick)
        return task

    def end(self, task: asyncio.Task[Any]) -> None:
        self._since.pop(task, None)
        self._late.discard(task)

    def explain(self, task: asyncio.Task[Any]) -> None:
        """Raise the 408 if it was this watch that cancelled the task."""
        if task in self._late:
            task.uncancel()
            raise RequestTimeout(f"The body was not complete after {SLOWEST} seconds.") from None

    def _tick(self) -> None:
        for task, ticks in list(self._since.items()):
            self._since[task] = ticks + 1
            if ticks + 1 > SLOWEST // TICK and task not in self._late:
                self._late.add(task)
                task.cancel()
        self._ticking = bool(self._since)
        if self._ticking:
            asyncio.get_running_loop().call_later(TICK, self._tick)


async def _late(first: Awaitable[Any], receive: Receive, limit: int) -> bytes:
    return await _rest(await first, receive, limit)


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
