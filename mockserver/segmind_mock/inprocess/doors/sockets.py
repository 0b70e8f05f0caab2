"""A connection without a socket, for libraries that write requests to one and read the answers.

`QuietSocket` stands where such a library has its socket; `connected` makes one. What a library's connection is for is
a `Place`: not the proxy that it would go through, but where its requests go in the end.
"""

from __future__ import annotations

import errno
import io
import os
import socket
import sys
import weakref
from collections import deque
from typing import Any, NamedTuple, cast
from urllib.parse import urlsplit

import httptools

from segmind_mock.inprocess.doors.inbox import Inbox
from segmind_mock.inprocess.hosts import SWITCHBOARD, NetworkBlocked
from segmind_mock.inprocess.script import Asked, Playback, Script, Whole, script_of
from segmind_mock.inprocess.service import Late, Refused, Service
from segmind_mock.wire import LONGEST_SILENCE

_CLOSED = Script((), "close", 0.0)
_IDLE = Script((), "open", 0.0)
_SILENT = Script((), "silence", LONGEST_SILENCE)
_NO_HTTP = Whole(
    0.0,
    400,
    [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")],
    b"Invalid HTTP request received.",
)
"""What the server says to bytes that are no request."""


# --- Where a connection goes ------------------------------------------------------------------------------


class Place(NamedTuple):
    """Where the requests of a connection go."""

    scheme: str
    host: str

    def url(self, path: str = "") -> str:
        """The same as an address, for people."""
        return f"{self.scheme}://{self.host}{path}"


_forwarded: weakref.WeakKeyDictionary[Any, Place] = weakref.WeakKeyDictionary()
"""Connections to a proxy that is asked for the whole address, and where the request that is being sent goes."""


def place_of(connection: Any) -> Place:
    """Where the requests of a library's connection go, past any proxy."""
    place = _forwarded.get(connection)
    if place is not None:
        return place
    scheme = "https" if connection.default_port == 443 else "http"
    return Place(scheme, connection._tunnel_host or connection.host)


def turn_to(connection: Any, target: str) -> None:
    """A request is about to be sent: a connection that is kept, but leads elsewhere, is let go of.

    `target` is what will stand in the request line. Raises `NetworkBlocked`.
    """
    _forwarded.pop(connection, None)
    if target[:8].lower().startswith(("http://", "https://")):
        parts = urlsplit(target)
        _forwarded[connection] = Place(parts.scheme, parts.hostname or "")
        target = parts.path
    place = place_of(connection)
    service = SWITCHBOARD.service(place.host, place.url(target.partition("?")[0]))
    kept = connection.sock
    if kept is not None and not _leads_to(kept, service):
        connection.sock = None
        kept.close()
    if service is not None and connection.sock is None and not _has_door(connection):
        connection.sock = connected(service, place, connection.timeout)


def _has_door(connection: Any) -> bool:
    """Whether it connects by way of a stand-in, and not by a method of a class that nobody here knows."""
    return str(type(connection).connect.__module__).startswith("segmind_mock.")


def _leads_to(kept: Any, service: Service | None) -> bool:
    if isinstance(kept, QuietSocket):
        return kept.service is service
    return service is None


# --- Connecting -------------------------------------------------------------------------------------------


def connected(service: Service, place: Place, timeout: Any) -> QuietSocket:
    """A connection to the service. Raises `ConnectionRefusedError` while its port is closed.

    `timeout` is in seconds; None: none; anything else: the process's own.
    """
    service.called_by(sys._getframe(1))
    if service.refuses:
        raise _error(ConnectionRefusedError, errno.ECONNREFUSED)
    if timeout is not None and not isinstance(timeout, int | float):
        timeout = socket.getdefaulttimeout()
    return QuietSocket(service, place, timeout)


def _error(kind: type[OSError], number: int) -> OSError:
    return kind(number, os.strerror(number))


# --- The connection ---------------------------------------------------------------------------------------


class QuietSocket:
    """What a library takes for its socket. A whole request that was sent is answered when something is read.

    It has one user at a time, as a connection of a pool has.
    """

    def __init__(self, service: Service, place: Place, timeout: float | None) -> None:
        self.service = service
        self._place = place
        self._timeout = timeout
        self._inbox = Inbox(place.scheme)
        self._asked: deque[Asked | None] = deque()
        """Requests that wait for their answer; None: something that was none."""
        self._data = memoryview(b"")
        self._io_refs = 0  # the files made of it; the standard library counts them under this name
        self._is_closed = False
        self._is_shut = False
        self._number = -1
        self._closing: weakref.finalize[..., Any] | None = None
        self._play(_IDLE)

    # --- Sending ----------------------------------------------------------------------------------------

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Take bytes of a request. Raises `ConnectionResetError` after a reset, TypeError for what are no bytes."""
        view = memoryview(data)
        if self._is_closed:
            raise _error(OSError, errno.EBADF)
        if self._end == "reset" and not self._pieces:
            raise _error(ConnectionResetError, errno.ECONNRESET)
        try:
            self._asked += self._inbox.feed(view)
        except httptools.HttpParserError:
            self._asked.append(None)

    def send(self, data: Any, flags: int = 0) -> int:
        """The same; all of them are taken."""
        self.sendall(data)
        return memoryview(data).nbytes

    # --- Reading ----------------------------------------------------------------------------------------

    def recv(self, size: int, flags: int = 0) -> bytes:
        """So many bytes at most; none at the end. Raises `TimeoutError` or `ConnectionResetError`."""
        if not self._data:
            self._data = memoryview(self._received())
        data, self._data = self._data[:size], self._data[size:]
        return bytes(data)

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """The same into a buffer; how many."""
        view = memoryview(buffer).cast("B")
        data = self.recv(nbytes or len(view))
        view[: len(data)] = data
        return len(data)

    def makefile(self, mode: str = "r", buffering: int | None = None, **options: Any) -> io.IOBase:
        """A file to read from, or write to."""
        return socket.socket.makefile(cast(Any, self), cast(Any, mode), buffering, **options)

    def _received(self) -> bytes:
        if self._is_closed and not self._io_refs:
            raise _error(OSError, errno.EBADF)
        if self._is_shut:
            return b""
        if self._asked and not self._pieces and self._end == "open":
            self._answer(self._asked.popleft())
        step = self._playback.step(self._timeout)
        self.service.wait(step.seconds)
        if step.what == "late":
            raise TimeoutError("timed out")
        if step.what == "reset":
            raise _error(ConnectionResetError, errno.ECONNRESET)
        self._pieces -= step.what == "data"
        return step.data

    def _play(self, script: Script) -> None:
        self._playback = Playback(script)
        self._pieces = sum(bool(piece.data) for piece in script.pieces)
        self._end = script.end

    def _answer(self, asked: Asked | None) -> None:
        if asked is None:
            self._play(script_of(_NO_HTTP)._replace(end="close"))
        elif not self._is_served():
            self._play(_CLOSED)
        else:
            try:
                self._play(script_of(self.service.ask(asked, self._timeout)))
            except Late:
                self._play(_SILENT)
                raise TimeoutError("timed out") from None
            except Refused:
                self._play(_CLOSED)
                raise _error(ConnectionRefusedError, errno.ECONNREFUSED) from None

    # --- Its state --------------------------------------------------------------------------------------

    @property
    def is_free(self) -> bool:
        """Whether a request can be sent on it: nothing is left to read, and it is not known to be at its end."""
        is_open = not self._is_closed and not self._is_shut and self._end in ("open", "silence")
        is_read = not self._data and not self._pieces and not self._asked
        return is_open and is_read and self._is_served() and not self.service.refuses

    def _is_served(self) -> bool:
        try:
            return SWITCHBOARD.service(self._place.host, self._place.url()) is self.service
        except NetworkBlocked:
            return False

    def settimeout(self, timeout: float | None) -> None:
        """Seconds for which a read waits; None: as long as it takes."""
        self._timeout = timeout

    def gettimeout(self) -> float | None:
        """The same, as it is set."""
        return self._timeout

    def setsockopt(self, *_: Any) -> None:
        """There is nothing below it that could be set."""

    def fileno(self) -> int:
        """A file that can always be read, opened when it is asked for.

        Whoever waits on it for the end of an idle connection finds it ended, and so takes another.
        """
        if self._is_closed:
            return -1
        if self._number < 0:
            self._number = os.open(os.devnull, os.O_RDONLY)
            self._closing = weakref.finalize(self, os.close, self._number)
        return self._number

    def shutdown(self, how: int) -> None:
        """Nothing more can be read, unless only the writing is shut."""
        self._is_shut = how != socket.SHUT_WR

    def close(self) -> None:
        """Its user has done with it; a file that was made of it can still be read."""
        self._is_closed = True
        if self._closing is not None:
            self._closing()
        self._let_go()

    def _decref_socketios(self) -> None:
        """A file that was made of it is closed: what the standard library calls."""
        self._io_refs -= 1
        self._let_go()

    def _let_go(self) -> None:
        """Requests that were sent reach the service, even where nobody stays for the answer."""
        if not self._is_closed or self._io_refs > 0:
            return
        while self._asked and self._end == "open" and self._is_served():
            asked = self._asked.popleft()
            if asked is None:
                return
            try:
                self.service.ask(asked, 0.0)
            except (Late, Refused):
                continue
