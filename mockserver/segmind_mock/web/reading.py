"""Reading a request's body within bounds, and its parameters out of it."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from segmind_mock.backend import Backend
from segmind_mock.errors import ApiError, BadRequest, TooLarge
from segmind_mock.orders import Entry
from segmind_mock.web import payload
from segmind_mock.web.answers import Scope
from segmind_spec import Model

Receive = Callable[[], Awaitable[Any]]

SLOWEST = 30
"""Seconds in which a body must have arrived."""

TICK = 5
"""Seconds between two looks at bodies that are still on their way."""

_FIELDS = 200


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
        return entry, await _form(raw, scope, entry.model)

    async def _body(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        declared = headers.get(b"content-length", b"0")
        if len(declared) > 18 or not declared.isdigit() or int(declared) > self._limit:
            raise _too_large(self._limit)
        task = self._watch.begin()
        try:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                whole: bytes = message.get("body", b"")
                return whole
            return await _rest(message, receive, self._limit)
        except asyncio.CancelledError:
            self._watch.explain(task)
            raise
        finally:
            self._watch.end(task)


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


async def _form(raw: bytes, scope: Scope, model: Model) -> dict[str, object]:
    """Text fields are parameters; an uploaded file stands for its bytes as a data URI."""

    async def replay() -> Any:
        return {"type": "http.request", "body": raw, "more_body": False}

    try:
        async with Request(scope, replay).form(
            max_files=_FIELDS, max_fields=_FIELDS, max_part_size=len(raw) + 1
        ) as form:
            fields = [(name, await _text(value)) for name, value in form.multi_items()]
    except (HTTPException, MultiPartException, KeyError, ValueError, AssertionError) as error:
        reason = error.detail if isinstance(error, HTTPException) else error
        raise BadRequest(f"The body is not valid multipart/form-data: {reason}") from None
    if any("\0" in text for field in fields for text in field):
        raise BadRequest("The body holds a NUL character, which no parameter can have.")
    return model.from_form(fields)


async def _text(value: UploadFile | str) -> str:
    if isinstance(value, str):
        return value
    content = base64.b64encode(await value.read()).decode()
    return f"data:{value.content_type or 'application/octet-stream'};base64,{content}"
