"""Joined: answers are begun at once, and what a turn of the loop has to say leaves at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from segmind_mock.joined import _Joining, _Outbox

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"


class Socket:
    """Stands for a transport, and keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written.append(data)

    def close(self) -> None:
        """Close."""
        self.closed = True

    def get_extra_info(self, name: str) -> str:
        """Something that only the real transport knows."""
        return f"the {name}"


class Loop:
    """Stands for an event loop: what is to be done at the end of the turn."""

    def __init__(self) -> None:
        self.soon: list[Callable[[], None]] = []

    def call_soon(self, call: Callable[[], None]) -> None:
        """Remember it."""
        self.soon.append(call)

    def turn(self) -> None:
        """End the turn."""
        soon, self.soon = self.soon, []
        for call in soon:
            call()


def joining(loop: Loop | None = None) -> tuple[Any, Socket]:
    """A joining transport before a socket."""
    socket = Socket()
    outbox = _Outbox(cast(asyncio.AbstractEventLoop, loop or Loop()))
    return _Joining(cast(asyncio.Transport, socket), outbox), socket


def test_one_write_a_turn() -> None:
    """Heads and bodies of a turn are one write, in their order; the next turn's another."""
    loop = Loop()
    transport, socket = joining(loop)
    for data in (HEAD, b"one", HEAD, b"two"):
        transport.write(data)
    assert socket.written == []
    loop.turn()
    transport.write(b"three")
    loop.turn()
    assert socket.written == [HEAD + b"one" + HEAD + b"two", b"three"]


def test_one_call_a_turn() -> None:
    """However many connections have something to say, the loop is asked once; and again in the next turn."""
    loop = Loop()
    outbox = _Outbox(cast(asyncio.AbstractEventLoop, loop))
    sockets = [Socket() for _ in range(3)]
    transports = [_Joining(cast(asyncio.Transport, socket), outbox) for socket in sockets]
    for _ in range(2):
        for transport in transports:
            transport.write(HEAD)
        assert len(loop.soon) == 1
        loop.turn()
    assert [socket.written for socket in sockets] == [[HEAD, HEAD]] * 3


def test_closing() -> None:
    """Nothing held back is lost when the connection is closed, and nothing is written after."""
    loop = Loop()
    transport, socket = joining(loop)
    transport.write(HEAD)
    transport.close()
    loop.turn()
    assert (socket.written, socket.closed) == ([HEAD], True)


def test_everything_else() -> None:
    """All other questions go to the transport behind it."""
    assert joining()[0].get_extra_info("peername") == "the peername"
