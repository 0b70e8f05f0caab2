"""The door into aiohttp: where a connector would open a connection, it gets one that the app answers.

What the library makes of an answer, of its faults and of its own time-outs is its own: its parser reads every byte.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from errno import ECONNREFUSED, ECONNRESET
from types import FrameType, ModuleType
from typing import Any

import httptools

from segmind_mock.clock import a_turn
from segmind_mock.inprocess.doors.inbox import Inbox
from segmind_mock.inprocess.hosts import SWITCHBOARD, NetworkBlocked
from segmind_mock.inprocess.patching import Replacement
from segmind_mock.inprocess.script import Asked, Piece, Playback, Script, script_of
from segmind_mock.inprocess.service import Late, Refused, Service
from segmind_mock.wire import LONGEST_SILENCE

_PIECE = 1 << 16
"""Bytes that are handed over at once, as many as a socket may give."""
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_NOT_HTTP = Script(
    (
        Piece(
            0.0,
            b"HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n"
            b"Invalid HTTP request received.",
        ),
    ),
    "close",
    0.0,
)


def replacements(library: ModuleType) -> list[Replacement]:
    """What takes the place of methods of its connectors and sessions."""
    connector: Any = library.TCPConnector
    session: Any = library.ClientSession
    return [
        Replacement(connector, "_create_connection", _creating(library, connector._create_connection)),
        Replacement(connector, "connect", _connecting(connector.connect)),
        Replacement(session, "_request", _requesting(library, session._request)),
        Replacement(session, "close", _closing(session.close)),
    ]


def _creating(library: Any, real: Callable[..., Any]) -> Callable[..., Any]:
    async def create_connection(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
        service = _service(req.url)
        if service is None:
            return await real(self, req, traces, timeout)
        if service.refuses:
            refused = ConnectionRefusedError(ECONNREFUSED, f"Connect call failed ({req.url.host!r}, {req.url.port})")
            raise library.ClientConnectorError(req.connection_key, refused)
        protocol = self._factory()
        protocol.connection_made(_Transport(asyncio.get_running_loop(), protocol, service, req.url))
        return protocol

    return create_connection


def _connecting(real: Callable[..., Any]) -> Callable[..., Any]:
    async def connect(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
        service = _service(req.url)
        for protocol, *_ in self._conns.get(req.connection_key, ()):
            if service is not None and not isinstance(protocol.transport, _Transport):
                protocol.close()  # it was opened before, and leads to the network
        connection = await real(self, req, traces, timeout)
        if isinstance(connection.transport, _Transport):
            limits = [limit for limit in (timeout.total, timeout.sock_read) if limit]
            connection.transport.patience = min(limits, default=None)
        return connection

    return connect


def _requesting(library: Any, real: Callable[..., Any]) -> Callable[..., Any]:
    async def request(self: Any, method: Any, str_or_url: Any, **options: Any) -> Any:
        if isinstance(self._connector, library.TCPConnector):
            with suppress(TypeError, ValueError, AssertionError):  # what is no URL is told by the session
                _join(_service(self._build_url(str_or_url)), sys._getframe(1))
        try:
            return await real(self, method, str_or_url, **options)
        except GeneratorExit:
            raise  # thrown away, perhaps without a loop: nothing can be awaited
        except BaseException:
            await _endings()
            raise

    return request


def _closing(real: Callable[..., Any]) -> Callable[..., Any]:
    async def close(self: Any) -> None:
        await real(self)
        await _endings()

    return close


def _join(service: Service | None, caller: FrameType) -> None:
    """Who calls lives by the mock's clock, from before the first time-out begins."""
    if service is not None:
        service.called_by(caller)


def _service(url: Any) -> Service | None:
    """Who answers a call. What a proxy is called is of no importance."""
    return SWITCHBOARD.service(url.raw_host, str(url)) if url.raw_host else None


async def _endings() -> None:
    """Wait until the app knows of every client of this loop that has hung up; that takes a few turns and no time."""
    loop = asyncio.get_running_loop()
    ending = [task for task in _ENDING if task.get_loop() is loop]
    if ending:
        await asyncio.wait(ending)


_ENDING: set[asyncio.Task[None]] = set()
"""The exchanges whose clients have hung up, until they are over."""


class _Requests(Inbox):
    """The requests of one connection. A client that asks whether it may go on before it sends a body is told so."""

    def __init__(self, scheme: str, go_on: Callable[[], None]) -> None:
        super().__init__(scheme)
        self._go_on = go_on

    def on_headers_complete(self) -> None:
        """The head of a request is whole."""
        if any(name == b"expect" and value.lower() == b"100-continue" for name, value in self._headers):
            self._go_on()


class _Transport(asyncio.Transport):
    """A connection with nothing beneath: what is written to it is asked, what is answered is read from it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: Any, service: Service, url: Any) -> None:
        super().__init__({"peername": (url.host, url.port)})
        self.service = service
        self.patience: float | None = None
        """Seconds after which the client of the present request gives up."""
        self._loop = loop
        self._protocol = protocol
        self._url = url
        self._requests = _Requests(url.scheme, lambda: self._protocol.data_received(_CONTINUE))
        self._task: asyncio.Task[None] | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._is_over = False

    # --- The client's side --------------------------------------------------------------------------------

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """A part of a request."""
        if self._is_over:
            return
        try:
            asked = self._requests.feed(bytes(data))
        except httptools.HttpParserError:
            self._begin(None)
            return
        for request in asked:
            self._begin(request)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Several parts."""
        self.write(b"".join(list_of_data))

    def get_write_buffer_size(self) -> int:
        """Nothing is kept."""
        return 0

    def pause_reading(self) -> None:
        """The client takes nothing at present."""
        self._flows.clear()

    def resume_reading(self) -> None:
        """It does again."""
        self._flows.set()

    def is_closing(self) -> bool:
        """Whether it is closed, by whichever side, or leads elsewhere than a new one would: its mock may be gone."""
        try:
            return self._is_over or _service(self._url) is not self.service
        except NetworkBlocked:
            return True

    def close(self) -> None:
        """The client hangs up; the app is told."""
        self._lose(None)

    def abort(self) -> None:
        """The same."""
        self._lose(None)

    # --- The app's side -----------------------------------------------------------------------------------

    def _begin(self, asked: Asked | None) -> None:
        self._task = self._loop.create_task(self._exchange(asked, self._task))

    async def _exchange(self, asked: Asked | None, earlier: asyncio.Task[None] | None) -> None:
        """One request and its answer, after the one before it; None is what was no request."""
        if earlier is not None:
            await asyncio.wait({earlier})
        try:
            script = _NOT_HTTP if asked is None else await self._answer(asked)
            if script is not None:
                await self._play(script)
        except Refused:
            self._lose(ConnectionRefusedError(ECONNREFUSED, "Connection refused"))
        except Exception as error:
            self._lose(error)

    async def _answer(self, asked: Asked) -> Script | None:
        """None: the client's patience is at an end, but it has not hung up yet."""
        try:
            answered = await self.service.ask_async(asked, self.patience)
        except Late:
            await self._silence()
            return None
        return script_of(answered)

    async def _play(self, script: Script) -> None:
        playback = Playback(script)
        step = playback.step(None)
        while step.what == "data" and not self._is_over:
            await self.service.wait_async(step.seconds)
            await self._give(step.data)
            step = playback.step(None)
        if self._is_over or script.end == "open":
            return
        if script.end == "silence":
            await self._silence()
        else:
            await self.service.wait_async(step.seconds)
            self._end(script.end)

    async def _give(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            await self._flows.wait()
            if self._is_over:
                return  # by its client's parser, which had enough
            self._protocol.data_received(data[start : start + _PIECE])
            await a_turn()  # what comes next is not noticed together with it

    async def _silence(self) -> None:
        """Nothing comes. The client's own time-outs end it, and if it has none the connection is closed at last."""
        await self.service.wait_async(LONGEST_SILENCE)
        self._end("close")

    def _end(self, how: str) -> None:
        if how == "reset":
            self._lose(ConnectionResetError(ECONNRESET, "Connection reset by peer"))
        elif not self._is_over:
            self._protocol.eof_received()
            self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        """The connection is no more. The protocol hears of it in a turn of its own, after what goes on has ended."""
        if self._is_over:
            return
        self._is_over = True
        task = self._task
        if task is None or task.done() or task is asyncio.current_task(self._loop):
            self._loop.call_soon(self._protocol.connection_lost, error)
            return
        _ENDING.add(task)
        task.add_done_callback(_ENDING.discard)
        task.add_done_callback(lambda _: self._protocol.connection_lost(error))
        task.cancel()
