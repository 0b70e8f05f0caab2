"""Wire: what it does to a connection, in which order, and that it stops where there is nobody any more."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from segmind_mock import wire
from segmind_mock.wire import EXTENSION, SocketWire, let_pass, wire_of
from tests.wired import LOOPS, App, live, rest


class Line:
    """Stands for a connection and its transport: keeps what is done to it, and is lost when it is aborted."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.loop = asyncio.get_running_loop()
        self.tasks: set[asyncio.Task[None]] = set()
        self.transport: Any = self
        self.closing = False
        self.high = 1 << 16
        self.stuck: asyncio.Future[None] | None = None
        self.wire = SocketWire(self)

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.done.append(bytes(data))

    def write_eof(self) -> None:
        """Our side ends."""
        self.done.append("eof")

    def abort(self) -> None:
        """The connection is lost in the next turn."""
        if not self.closing:
            self.closing = True
            self.done.append("abort")
            if self.stuck is not None:
                self.stuck.set_result(None)
            self.loop.call_soon(self.wire.lost)

    def is_closing(self) -> bool:
        """Whether it was aborted."""
        return self.closing

    def set_write_buffer_limits(self, high: int) -> None:
        """How much may be left when it is drained."""
        self.high = high

    def get_extra_info(self, name: str) -> Any:
        """The socket, which is this too."""
        assert name == "socket"
        return self

    def setsockopt(self, *option: object) -> None:
        """Keep it."""
        self.done.append(option)

    def fileno(self) -> int:
        """None that anything can be asked of."""
        return -1

    def flush(self) -> None:
        """Nothing is kept."""

    async def drain(self) -> None:
        """At once, unless it is stuck; nothing may be left then."""
        assert self.high == 0
        if self.stuck is not None:
            await self.stuck

    def hold(self) -> None:
        """Keep it."""
        self.done.append("hold")

    def take_over(self) -> None:
        """Keep it."""
        self.done.append("take over")

    def refuse_port(self, seconds: float) -> None:
        """Keep it."""
        self.done.append(("refuse", seconds))


RESET = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
Use = Callable[[SocketWire], Awaitable[None]]


def done(*uses: Use, before: Callable[[Line], None] = lambda _: None) -> list[Any]:
    """What is done to a connection whose wire is used so."""

    async def using() -> list[Any]:
        line = Line()
        before(line)
        for use in uses:
            await use(line.wire)
        return line.done

    return asyncio.run(asyncio.wait_for(using(), 10))


def soon(line: Line, call: Callable[[], None]) -> None:
    """Call when the use has begun to wait."""
    line.loop.call_later(0.01, call)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for when nobody answers is over soon."""
    monkeypatch.setattr(wire, "_LINGER", 0.01)
    monkeypatch.setattr(wire, "_DELIVERY", 0.01)
    monkeypatch.setattr(wire, "LONGEST_SILENCE", 0.01)


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (lambda w: w.write(b"ab"), ["take over", b"ab"]),
        (lambda w: w.write(b""), ["take over"]),
        (lambda w: w.close(), ["take over", "eof", "abort"]),
        (lambda w: w.reset(), ["take over", RESET, "abort"]),
        (lambda w: w.silence(), ["take over", "eof", "abort"]),
        (lambda w: w.pause(0.001), ["hold"]),
        (lambda w: w.refuse(3), ["take over", ("refuse", 3), "eof", "abort"]),
    ],
    ids=["write", "nothing", "close", "reset", "silence", "pause", "refuse"],
)
def test_uses(use: Use, expected: list[Any]) -> None:
    """Each use takes the connection over first, but for a pause, and then does what it says, in this order."""
    assert done(use) == expected


@pytest.mark.usefixtures("_quick")
def test_taken_over_once() -> None:
    """A connection is taken over by the first use that is in need of it."""
    assert done(lambda w: w.pause(0), lambda w: w.write(b"a"), lambda w: w.write(b"b"), lambda w: w.close()) == [
        "hold",
        "take over",
        b"a",
        b"b",
        "eof",
        "abort",
    ]


def test_large_writes_go_in_pieces() -> None:
    """What is large is written piece by piece, each when the one before is with the system."""
    large = bytes(range(256)) * 4096
    pieces = done(lambda w: w.write(large))[1:]
    assert b"".join(pieces) == large
    assert len(pieces) == 4


@pytest.mark.usefixtures("_quick")
def test_nobody_reads() -> None:
    """A connection whose other side takes nothing is given up in the end."""

    def stuck(line: Line) -> None:
        line.stuck = line.loop.create_future()

    assert done(lambda w: w.write(b"ab"), before=stuck) == ["take over", b"ab", "abort"]


@pytest.mark.parametrize(
    "use",
    [
        lambda w: w.write(b"ab"),
        lambda w: w.close(),
        lambda w: w.reset(),
        lambda w: w.silence(),
        lambda w: w.pause(600),
        lambda w: w.refuse(3),
    ],
    ids=["write", "close", "reset", "silence", "pause", "refuse"],
)
def test_nobody_there(use: Use) -> None:
    """A connection that is no more is left alone, and nothing is waited for."""
    assert done(use, before=lambda line: line.wire.lost()) == []


@pytest.mark.parametrize("use", [lambda w: w.silence(), lambda w: w.pause(600)], ids=["silence", "pause"])
def test_hanging_up_ends_a_wait(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that hangs up ends what was waiting on its connection."""
    monkeypatch.setattr(wire, "LONGEST_SILENCE", 600)
    ended = done(use, before=lambda line: soon(line, line.wire.lost))
    assert ended in (["take over"], ["hold"])


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        (lambda w: w.pause(600), ["hold", "take over", "abort"]),
        (lambda w: w.silence(), ["take over", "abort"]),
    ],
    ids=["pause", "silence"],
)
def test_leaving(use: Use, expected: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that ends breaks off what waits, taken over first, so that nobody answers on it."""
    monkeypatch.setattr(wire, "LONGEST_SILENCE", 600)
    assert done(use, before=lambda line: soon(line, line.wire.leave)) == expected


def test_waiting_after_the_end_has_begun() -> None:
    """A pause that would begin when the server is ending breaks the connection off."""

    async def late(w: SocketWire) -> None:
        assert not w.gone
        await w.pause(600)
        assert w.gone

    assert done(late, before=lambda line: line.wire.leave()) == ["take over", "abort"]


def test_leaving_alone() -> None:
    """A server that ends does not break off a connection on which no fault is under way."""

    async def nothing(_: SocketWire) -> None:
        return None

    assert done(nothing, before=lambda line: line.wire.leave()) == []


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize("seconds", [0, 0.005])
def test_closing_later(seconds: float) -> None:
    """Closing later holds nobody up, and is closing."""

    async def later(w: SocketWire) -> None:
        w.close_in(seconds)
        await let_pass(0.05)

    assert done(later) == ["take over", "eof", "abort"]


def test_closing_what_is_gone() -> None:
    """What is lost before it was to be closed is not closed."""

    async def later(w: SocketWire) -> None:
        w.close_in(0.005)
        w.lost()
        w.close_in(0)
        await let_pass(0.02)

    assert done(later) == []


def test_where_it_is_found() -> None:
    """A request tells its wire as an extension, where its server has one."""
    mine = object()
    assert wire_of({"extensions": {EXTENSION: mine}}) is mine
    assert [wire_of(scope) for scope in ({}, {"extensions": None}, {"extensions": {"another": 1}})] == [None] * 3


class Silent(App):
    """Says nothing, without a turn of its own before."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.begun.put(scope["path"])
        mine = wire_of(scope)
        assert mine is not None
        await mine.silence()


@pytest.mark.parametrize("loop", LOOPS)
def test_requests_behind_silence(loop: str) -> None:
    """A client that has asked for more in the same breath hears nothing of it, and is noticed when it hangs up."""
    with live(Silent({}), loop) as served:
        with served.connect("/first", "/second", "/third") as connection:
            assert served.app.begun.get(timeout=10) == "/first"
            connection.settimeout(0.05)
            assert rest(connection) == (b"", "silent")
        served.until_idle()
    assert served.app.begun.empty()
