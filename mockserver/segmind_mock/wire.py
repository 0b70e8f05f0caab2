"""The wire below an exchange: what a fault needs of a connection that HTTP has no words for.

An app finds it as `scope["extensions"]["segmind_mock.wire"]`. `SocketWire` is the one of a connection on a socket.
From the first `write`, `close`, `reset`, `silence` or `refuse` on, the connection belongs to the wire: the server
writes nothing more of its own to it, and what the client sends is dropped.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from typing import Any, Protocol, cast

from segmind_mock.clock import a_turn

EXTENSION = "segmind_mock.wire"
"""The name of the ASGI extension."""

WHOLE = "segmind_mock.whole"
"""Under this name a server may offer to take status, headers and body of an answer in one call; False: it did not."""

LONGEST_SILENCE = 600.0
"""Seconds for which a client that takes nothing, or is told nothing, is waited for."""

_PIECE = 1 << 18
_LINGER = 1.0
"""Seconds that a client has to close its side of a connection whose other side is closed."""
_DELIVERY = 5.0
"""Seconds that bytes have to reach the client before the connection is reset."""
_LOOK = 0.005
_SIOCOUTQNSD = 0x894B
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Wire(Protocol):
    """One connection, as faults need it. Every method returns early once the client has gone."""

    @property
    def gone(self) -> bool:
        """Whether nobody is there any more: the client has hung up, or the server is ending."""

    async def write(self, data: bytes) -> None:
        """Send these bytes, whatever they are; when it returns, the system has them."""

    async def close(self) -> None:
        """End the connection in good order, once everything written is on its way."""

    async def reset(self) -> None:
        """Break the connection off with a TCP reset, once everything written is on its way."""

    async def silence(self) -> None:
        """Say nothing more until the client hangs up, for `LONGEST_SILENCE` at most; then close."""

    async def pause(self, seconds: float) -> None:
        """Let real time pass. The connection stays as it is, and can be answered in the ordinary way after."""

    async def refuse(self, seconds: float) -> None:
        """Close the connection with nothing said, and let nobody connect to the server's port for so long."""

    def close_in(self, seconds: float) -> None:
        """End the connection in good order so many seconds from now, whatever it is used for then."""


def wire_of(scope: Mapping[str, Any]) -> Wire | None:
    """The wire below a request; None where the server that carries it gives none."""
    extensions = scope.get("extensions")
    return cast("Wire | None", extensions.get(EXTENSION)) if extensions else None


async def let_pass(seconds: float) -> None:
    """Let real time pass where there is no wire to do so on."""
    await _either(asyncio.get_running_loop().create_future(), seconds)


class Connection(Protocol):
    """A server's side of a connection, as its wire needs it."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop on which it is served."""

    @property
    def tasks(self) -> set[asyncio.Task[None]]:
        """What the server waits for before it ends."""

    @property
    def transport(self) -> asyncio.Transport:
        """What carries its bytes."""

    def flush(self) -> None:
        """Hand to the transport what is kept for the end of the turn."""

    async def drain(self) -> None:
        """Return when the transport holds little enough."""

    def hold(self) -> None:
        """The present exchange is answered slowly: read on, so that a client that hangs up is noticed."""

    def take_over(self) -> None:
        """Answer nothing more, begin nothing more, and drop what comes in."""

    def refuse_port(self, seconds: float) -> None:
        """Let nobody connect to the server's port for so long."""


class SocketWire:
    """The wire of a connection on a socket."""

    __slots__ = ("_connection", "_ending", "_mine", "_timer", "_waits")

    def __init__(self, connection: Connection) -> None:
        self._connection: Connection | None = connection
        self._ending = False
        self._mine = False
        self._timer: asyncio.TimerHandle | None = None
        self._waits: list[asyncio.Future[None]] = []

    @property
    def gone(self) -> bool:
        return self._connection is None or (self._mine and self._is_leaving(self._connection))

    async def write(self, data: bytes) -> None:
        connection = await self._taken()
        rest = memoryview(data)
        while connection is not None and rest:
            connection.transport.write(rest[:_PIECE])
            rest = rest[_PIECE:]
            connection = await self._drained(LONGEST_SILENCE)

    async def close(self) -> None:
        await self._taken()
        connection = await self._drained(LONGEST_SILENCE)
        if connection is not None:
            # Not closed at once: a socket that is closed with something left unread resets its connection.
            connection.transport.write_eof()
            await self._wait(_LINGER)
            await self._abort()

    async def reset(self) -> None:
        connection = await self._taken()
        if connection is None:
            return
        below = connection.transport.get_extra_info("socket")
        below.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        await self._drained(_DELIVERY)
        for _ in range(round(_DELIVERY / _LOOK)):
            if self._open is None or not _unsent(below):
                break
            await self._wait(_LOOK)
        await self._abort()

    async def silence(self) -> None:
        if await self._taken() is not None:
            await self._wait(LONGEST_SILENCE)
            await self.close()

    async def pause(self, seconds: float) -> None:
        await a_turn()
        connection = self._connection
        if connection is not None and not self._is_leaving(connection):
            connection.hold()
            await self._wait(seconds)
        connection = self._connection
        if connection is not None and self._is_leaving(connection):
            self._take(connection)

    async def refuse(self, seconds: float) -> None:
        connection = await self._taken()
        if connection is not None:
            connection.refuse_port(seconds)
            await self.close()

    def close_in(self, seconds: float) -> None:
        if self._connection is None:
            return
        if seconds <= 0:
            self._close_now()
        else:
            self._timer = self._connection.loop.call_later(seconds, self._close_now)

    def lost(self) -> None:
        """The connection is no more: nothing waits for it any longer."""
        self._connection = None
        for wait in self._waits:
            _done(wait)
        if self._timer is not None:
            self._timer.cancel()

    def leave(self) -> None:
        """The server is ending: whatever a fault is about to do on this connection is over."""
        self._ending = True
        if self._connection is not None and (self._mine or self._waits):
            self._take(self._connection)

    @property
    def _open(self) -> Connection | None:
        connection = self._connection
        return None if connection is None or connection.transport.is_closing() else connection

    def _is_leaving(self, connection: Connection) -> bool:
        return self._ending or connection.transport.is_closing()

    def _close_now(self) -> None:
        connection = self._open
        if connection is not None:
            self._take(connection)
            task = connection.loop.create_task(self.close())
            connection.tasks.add(task)
            task.add_done_callback(connection.tasks.discard)

    async def _taken(self) -> Connection | None:
        """The connection, the wire's own from now on; None when it is no more."""
        await a_turn()  # a request is begun amid the parsing of what came in, and there it cannot be stopped
        if self._connection is not None:
            self._take(self._connection)
        return self._open

    def _take(self, connection: Connection) -> None:
        if not self._mine:
            self._mine = True
            connection.take_over()
        if self._ending:
            connection.transport.abort()

    async def _drained(self, seconds: float) -> Connection | None:
        """The connection, once the system has everything that was written; None when it is no more."""
        connection = self._open
        if connection is not None:
            connection.flush()
            connection.transport.set_write_buffer_limits(high=0)
            timer = connection.loop.call_later(seconds, connection.transport.abort)
            try:
                await connection.drain()
            finally:
                timer.cancel()
        return self._open

    async def _abort(self) -> None:
        if self._connection is not None:
            self._connection.transport.abort()
            await self._wait(_LINGER)

    async def _wait(self, seconds: float) -> None:
        """Wait until the connection is lost, so many seconds at most."""
        if self._connection is None:
            return
        lost: asyncio.Future[None] = self._connection.loop.create_future()
        self._waits.append(lost)
        try:
            await _either(lost, seconds)
        finally:
            self._waits.remove(lost)


async def _either(future: asyncio.Future[None], seconds: float) -> None:
    """Wait for what comes first; outside of a task too, where asyncio's own timeouts do not work."""
    timer = future.get_loop().call_later(seconds, _done, future)
    try:
        await future
    finally:
        timer.cancel()


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _unsent(below: socket.socket) -> int:
    """Bytes that the system has accepted and not sent yet; where it does not tell, none."""
    try:
        from fcntl import ioctl

        (size,) = struct.unpack("i", ioctl(below.fileno(), _SIOCOUTQNSD, bytes(4)))
    except (ImportError, OSError, ValueError):
        return 0
    return int(size)
