"""The door into httpx, and into httpx2, which is of the same make: where a transport would open a connection.

An answer in good order is handed over as it is. What a fault makes of it is read by the library's own parser
(`replayed`), so that the client sees the error it would see.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from segmind_mock.errors import phrase
from segmind_mock.inprocess.hosts import SWITCHBOARD
from segmind_mock.inprocess.patching import Replacement
from segmind_mock.inprocess.script import Answered, Asked, Script, Whole
from segmind_mock.inprocess.service import Late, Refused, Service

_PATIENT: dict[str, float | None] = {}
"""The time-outs of a request that has none."""


def replacements(library: ModuleType) -> list[Replacement]:
    """What takes the place of the transports' own methods."""
    threads, tasks = library.HTTPTransport, library.AsyncHTTPTransport
    return [
        Replacement(threads, "handle_request", _handling(library, threads.handle_request)),
        Replacement(tasks, "handle_async_request", _handling_async(library, tasks.handle_async_request)),
    ]


def _handling(library: Any, real: Callable[..., Any]) -> Callable[..., Any]:
    def handle_request(self: Any, request: Any) -> Any:
        service = SWITCHBOARD.service(request.url.host, request.url)
        if service is None:
            return real(self, request)
        request.read()
        patience = request.extensions.get("timeout", _PATIENT).get("read")
        try:
            answered = _reached(service, _asked(request), patience, _retries(self))
            if isinstance(answered, Script):
                return _replayed(library, service, answered, request)
            if answered.after:
                service.wait(_held(answered, patience))
        except Late:
            raise library.ReadTimeout("timed out") from None
        except Refused:
            raise library.ConnectError("[Errno 111] Connection refused") from None
        return _response(library, answered, patience)

    return handle_request


def _handling_async(library: Any, real: Callable[..., Any]) -> Callable[..., Any]:
    async def handle_async_request(self: Any, request: Any) -> Any:
        service = SWITCHBOARD.service(request.url.host, request.url)
        if service is None:
            return await real(self, request)
        await request.aread()
        patience = request.extensions.get("timeout", _PATIENT).get("read")
        try:
            answered = await _reached_async(service, _asked(request), patience, _retries(self))
            if isinstance(answered, Script):
                return await _replayed_async(library, service, answered, request)
            if answered.after:
                await service.wait_async(_held(answered, patience))
        except Late:
            raise library.ReadTimeout("timed out") from None
        except Refused:
            raise library.ConnectError("[Errno 111] Connection refused") from None
        return _response(library, answered, patience)

    return handle_async_request


def _reached(service: Service, asked: Asked, patience: float | None, retries: int) -> Answered:
    """The answer, at one of the attempts that a transport makes to connect."""
    for attempt in range(retries):
        try:
            return service.ask(asked, patience)
        except Refused:
            service.wait(_pause(attempt))
    return service.ask(asked, patience)


async def _reached_async(service: Service, asked: Asked, patience: float | None, retries: int) -> Answered:
    for attempt in range(retries):
        try:
            return await service.ask_async(asked, patience)
        except Refused:
            await service.wait_async(_pause(attempt))
    return await service.ask_async(asked, patience)


def _retries(transport: Any) -> int:
    """How often a transport tries to connect again (its argument `retries`)."""
    retries = getattr(getattr(transport, "_pool", None), "_retries", 0)
    return retries if isinstance(retries, int) else 0


def _pause(attempt: int) -> float:
    """Seconds until the next attempt: none, a half, one, two, as the library has it."""
    return 2.0 ** (attempt - 2) if attempt else 0.0


def _asked(request: Any) -> Asked:
    headers = [(name.lower(), value) for name, value in request.headers.raw]
    return Asked(request.method, request.url.scheme, request.url.raw_path, headers, request.content)


def _held(answered: Whole, patience: float | None) -> float:
    """Seconds that a client waits for an answer that is held back."""
    return answered.after if patience is None else min(answered.after, patience)


def _response(library: Any, answered: Whole, patience: float | None) -> Any:
    if patience is not None and answered.after > patience:
        raise library.ReadTimeout("timed out")
    extensions = {"http_version": b"HTTP/1.1", "reason_phrase": phrase(answered.status).encode()}
    stream = library.ByteStream(answered.body)
    return library.Response(answered.status, headers=answered.headers, stream=stream, extensions=extensions)


def _replayed(library: Any, service: Service, script: Script, request: Any) -> Any:
    from segmind_mock.inprocess.doors.replayed import replayed

    return replayed(library, service, script, request)


async def _replayed_async(library: Any, service: Service, script: Script, request: Any) -> Any:
    from segmind_mock.inprocess.doors.replayed import replayed_async

    return await replayed_async(library, service, script, request)
