"""Answers with faults for httpx and httpx2: read by the library's own parser from a connection that plays a script.

So the client sees the error that it would see. `library` is the module, whichever of the two it is.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import cache
from importlib import import_module
from typing import Any

from segmind_mock.inprocess.script import Playback, Script, Step
from segmind_mock.inprocess.service import Service

CORES = {"httpx": "httpcore", "httpx2": "httpcore2"}
"""What reads the answers of each library."""


def as_own(library: Any, error: Exception) -> Exception:
    """An error of the library's core as its own, which has the same name; any other as it is."""
    own = getattr(library, type(error).__name__, None)
    is_cores = type(error).__module__.partition(".")[0] in CORES.values()
    return own(str(error)) if is_cores and own is not None else error


def replayed(library: Any, service: Service, script: Script, request: Any) -> Any:
    """The answer that a script comes to; its body is read when it is asked for. Raises the library's own errors."""
    core = _core(library)
    pool = core.ConnectionPool(network_backend=_backend(core)(service, Playback(script)))
    try:
        answer = pool.handle_request(_request(core, request))
    except BaseException as error:
        pool.close()
        if isinstance(error, Exception):
            raise as_own(library, error) from error
        raise
    body = _body(library)(library, answer, pool)
    return library.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)


async def replayed_async(library: Any, service: Service, script: Script, request: Any) -> Any:
    """The same for a task."""
    core = _core(library)
    pool = core.AsyncConnectionPool(network_backend=_async_backend(core)(service, Playback(script)))
    try:
        answer = await pool.handle_async_request(_request(core, request))
    except BaseException as error:
        await pool.aclose()
        if isinstance(error, Exception):
            raise as_own(library, error) from error
        raise
    body = _async_body(library)(library, answer, pool)
    return library.Response(answer.status, headers=answer.headers, stream=body, extensions=answer.extensions)


def _core(library: Any) -> Any:
    return import_module(CORES[library.__name__])


def _request(core: Any, request: Any) -> Any:
    # As if without TLS: what would be agreed on first plays no part here.
    url = core.URL(scheme=b"http", host=request.url.raw_host, port=80, target=request.url.raw_path)
    return core.Request(
        request.method, url, headers=request.headers.raw, content=request.content, extensions=request.extensions
    )


class _Reading:
    """What both kinds of connection have in common."""

    def __init__(self, core: Any, service: Service, playback: Playback) -> None:
        self.core = core
        self.service = service
        self.playback = playback
        self.left = b""

    def take(self, most: int) -> bytes:
        data, self.left = self.left[:most], self.left[most:]
        return data

    def come(self, step: Step) -> None:
        if step.what == "reset":
            raise self.core.ReadError("[Errno 104] Connection reset by peer")
        if step.what == "late":
            raise self.core.ReadTimeout("timed out")
        self.left = step.data


@cache
def _backend(core: Any) -> Any:
    stream = _stream(core)

    class Backend(core.NetworkBackend):  # type: ignore[misc]
        def __init__(self, service: Service, playback: Playback) -> None:
            self._reading = _Reading(core, service, playback)

        def connect_tcp(self, *_: Any, **__: Any) -> Any:
            return stream(self._reading)

    return Backend


@cache
def _stream(core: Any) -> Any:
    class Stream(core.NetworkStream):  # type: ignore[misc]
        def __init__(self, reading: _Reading) -> None:
            self._reading = reading

        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            reading = self._reading
            if not reading.left:
                step = reading.playback.step(timeout)
                reading.service.wait(step.seconds)
                reading.come(step)
            return reading.take(max_bytes)

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            """The request is known already."""

        def close(self) -> None:
            """There is nothing to close."""

        def get_extra_info(self, info: str) -> None:
            """There is nothing to tell."""

    return Stream


@cache
def _body(library: Any) -> Any:
    class Body(library.SyncByteStream):  # type: ignore[misc]
        def __init__(self, library: Any, answer: Any, pool: Any) -> None:
            self._library, self._answer, self._pool = library, answer, pool

        def __iter__(self) -> Iterator[bytes]:
            try:
                yield from self._answer.stream
            except Exception as error:
                raise as_own(self._library, error) from error

        def close(self) -> None:
            self._answer.close()
            self._pool.close()

    return Body


@cache
def _async_backend(core: Any) -> Any:
    stream = _async_stream(core)

    class Backend(core.AsyncNetworkBackend):  # type: ignore[misc]
        def __init__(self, service: Service, playback: Playback) -> None:
            self._reading = _Reading(core, service, playback)

        async def connect_tcp(self, *_: Any, **__: Any) -> Any:
            return stream(self._reading)

    return Backend


@cache
def _async_stream(core: Any) -> Any:
    class Stream(core.AsyncNetworkStream):  # type: ignore[misc]
        def __init__(self, reading: _Reading) -> None:
            self._reading = reading

        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            reading = self._reading
            if not reading.left:
                step = reading.playback.step(timeout)
                await reading.service.wait_async(step.seconds)
                reading.come(step)
            return reading.take(max_bytes)

        async def write(self, buffer: bytes, timeout: float | None = None) -> None:
            """The request is known already."""

        async def aclose(self) -> None:
            """There is nothing to close."""

        def get_extra_info(self, info: str) -> None:
            """There is nothing to tell."""

    return Stream


@cache
def _async_body(library: Any) -> Any:
    class Body(library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, library: Any, answer: Any, pool: Any) -> None:
            self._library, self._answer, self._pool = library, answer, pool

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                async for part in self._answer.stream:
                    yield part
            except Exception as error:
                raise as_own(self._library, error) from error

        async def aclose(self) -> None:
            await self._answer.aclose()
            await self._pool.aclose()

    return Body
