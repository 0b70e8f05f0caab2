"""Joined: the head of an answer waits for its body, and for nothing else."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from segmind_mock.joined import _Joining

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


def joining() -> tuple[Any, Socket]:
    """A joining transport before a socket."""
    socket = Socket()
    return _Joining(cast(asyncio.Transport, socket)), socket


def test_one_write() -> None:
    """A head and its body are one write, the next answer's another."""
    transport, socket = joining()
    for data in (HEAD, b"one", HEAD, b"two"):
        transport.write(data)
    assert socket.written == [HEAD + b"one", HEAD + b"two"]


def test_the_rest_of_a_body() -> None:
    """Later parts of a body go at once."""
    transport, socket = joining()
    for data in (HEAD, b"one", b"two", b""):
        transport.write(data)
    assert socket.written == [HEAD + b"one", b"two", b""]


def test_a_body_that_looks_like_a_head() -> None:
    """A body that begins as a head does is not held back."""
    transport, socket = joining()
    transport.write(HEAD)
    transport.write(HEAD)
    assert socket.written == [HEAD + HEAD]


def test_continue() -> None:
    """The invitation to send a body goes at once, for the client waits for it."""
    transport, socket = joining()
    transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert socket.written == [b"HTTP/1.1 100 Continue\r\n\r\n"]


def test_an_answer_without_a_body() -> None:
    """A head without a body goes when the answer is over, once."""
    transport, socket = joining()
    transport.write(HEAD)
    transport.flush()
    transport.flush()
    assert socket.written == [HEAD]


def test_closing() -> None:
    """Nothing held back is lost when the connection is closed."""
    transport, socket = joining()
    transport.write(HEAD)
    transport.close()
    assert (socket.written, socket.closed) == ([HEAD], True)


def test_everything_else() -> None:
    """All other questions go to the transport behind it."""
    assert joining()[0].get_extra_info("peername") == "the peername"
