"""Recorder: what an app does with an exchange, on ASGI or on the wire, becomes what its client sees."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.inprocess.recorder import Recorder
from segmind_mock.inprocess.script import Answered, Asked, Piece, Script, Whole
from segmind_mock.wire import EXTENSION, WHOLE, wire_of
from tests.worlds import HandClock

DATE = (b"date", b"Tue, 14 Nov 2023 22:13:20 GMT")
HEAD = b"HTTP/1.1 200 OK\r\ndate: Tue, 14 Nov 2023 22:13:20 GMT\r\n"
Act = Callable[[Recorder], Coroutine[Any, Any, object]]


def asked(method: str = "POST", target: bytes = b"/v2/slug?a=%20b", body: bytes = b"{}") -> Asked:
    """A request."""
    return Asked(method, "https", target, [(b"host", b"api.segmind.com")], body)


def recorder(patience: float | None = None, method: str = "POST", clock: HandClock | None = None) -> Recorder:
    """The recorder of a request; it notes in `refused` for how long nobody can connect."""
    return Recorder(asked(method), patience, (clock or HandClock()).now, refused.append)


refused: list[float] = []


def answered(act: Act, patience: float | None = None, method: str = "POST") -> Answered | None:
    """What a client sees of what an app does."""
    recorded = recorder(patience, method)
    asyncio.run(_done(act, recorded))
    return recorded.answered()


async def _done(act: Act, recorded: Recorder) -> None:
    await act(recorded)


async def start(to: Recorder, *headers: tuple[bytes, bytes]) -> None:
    """Send a head by ASGI."""
    await to.send({"type": "http.response.start", "status": 200, "headers": [*headers]})


async def body(to: Recorder, data: bytes, more: bool = False) -> None:
    """Send a piece of a body by ASGI."""
    await to.send({"type": "http.response.body", "body": data, "more_body": more})


# --- The request --------------------------------------------------------------------------------------------


def test_the_request() -> None:
    """A scope has the path decoded and as it was sent, the query apart, and both extensions."""
    recorded = recorder()
    scope = Recorder(asked(target=b"/v2/a%2Fb%20c?x=1%20&y"), None, HandClock().now, refused.append).scope()
    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/v2/a/b c", b"/v2/a%2Fb%20c", b"x=1%20&y")
    assert (scope["method"], scope["scheme"], scope["headers"]) == ("POST", "https", [(b"host", b"api.segmind.com")])
    assert wire_of(recorded.scope()) is recorded
    assert recorded.scope()["extensions"].keys() == {EXTENSION, WHOLE}


def test_receiving() -> None:
    """The body comes first; then nothing, until the client has hung up."""

    async def receive() -> list[object]:
        recorded = recorder()
        first = await recorded.receive()
        second = asyncio.ensure_future(recorded.receive())
        await asyncio.sleep(0)
        assert not second.done()
        recorded.hang_up()
        recorded.hang_up()
        return [first, await second, await recorded.receive()]

    gone = {"type": "http.disconnect"}
    assert asyncio.run(receive()) == [{"type": "http.request", "body": b"{}", "more_body": False}, gone, gone]


# --- The answer ---------------------------------------------------------------------------------------------


def test_in_one_piece() -> None:
    """An answer in good order stays what it is, with a date before its headers."""

    async def whole(to: Recorder) -> None:
        assert to.answer_whole(200, [(b"a", b"1")], b"body")

    async def plain(to: Recorder) -> None:
        await start(to, (b"a", b"1"))
        await body(to, b"bo", more=True)
        await body(to, b"dy")

    async def held(to: Recorder) -> None:
        await to.pause(2.5)
        await plain(to)

    assert answered(whole) == answered(plain) == Whole(0.0, 200, [DATE, (b"a", b"1")], b"body")
    assert answered(held) == Whole(2.5, 200, [DATE, (b"a", b"1")], b"body")
    assert answered(whole, method="HEAD") == answered(plain, method="HEAD")
    assert answered(plain, method="HEAD") == Whole(0.0, 200, [DATE, (b"a", b"1")], b"")


def test_in_pieces() -> None:
    """An answer that drips is bytes in time, and its head says how many there will be."""

    async def drip(to: Recorder) -> None:
        await start(to)
        await body(to, b"one", more=True)
        await to.pause(2)
        await body(to, b"two")

    head = HEAD + b"content-length: 6\r\n\r\n"
    assert answered(drip) == Script((Piece(0.0, head), Piece(0.0, b"one"), Piece(2.0, b"two")), "open", 2.0)


@pytest.mark.parametrize("end", ["close", "reset", "silence"])
def test_endings(end: str) -> None:
    """What the wire is told to do is what the client sees; silence lasts for ten minutes, and closes."""

    async def act(to: Recorder) -> None:
        await to.pause(1)
        await to.write(b"")
        await to.write(b"HTTP/1.1 2")
        await getattr(to, end)()

    at = 601.0 if end == "silence" else 1.0
    assert answered(act, patience=60.0) == Script((Piece(1.0, b"HTTP/1.1 2"),), end, at)  # type: ignore[arg-type]


def test_refusing() -> None:
    """A refused client sees its connection closed; it is told for how long nobody can connect, the delay included."""

    async def act(to: Recorder) -> None:
        await to.pause(2)
        await to.refuse(5)

    refused.clear()
    assert (answered(act), refused) == (Script((), "close", 2.0), [7.0])


def test_hanging_up_later() -> None:
    """A connection that is closed between two requests is nothing that a client sees."""

    async def act(to: Recorder) -> None:
        to.answer_whole(200, [], b"")
        to.close_in(1)

    assert answered(act) == Whole(0.0, 200, [DATE], b"")


# --- Patience ------------------------------------------------------------------------------------------------


def test_patience_before_an_answer() -> None:
    """Who is made to wait for longer than he wants is gone, and is told of no answer."""

    async def act(to: Recorder) -> None:
        await to.pause(2)
        assert not to.gone
        await to.pause(2)
        assert to.gone

    assert answered(act, patience=3.0) is None
    assert answered(act, patience=3.999) is None


def test_patience_between_pieces() -> None:
    """Each piece that comes gives new patience; one that does not come in time is followed by nothing."""

    async def act(to: Recorder) -> None:
        await start(to, (b"content-length", b"9"))
        for seconds in (2, 2, 4):
            await body(to, b"abc", more=True)
            assert not to.gone
            await to.pause(seconds)
        assert to.gone

    seen = answered(act, patience=3.0)
    assert isinstance(seen, Script)
    assert [piece.data for piece in seen.pieces[1:]] == [b"abc"] * 3
    assert (seen.end, seen.at) == ("silence", 8.0)


def test_patience_is_used_up_by_the_app() -> None:
    """What the app took of the client's time, by its clock, counts."""
    clock = HandClock()
    recorded = recorder(5.0, clock=clock)
    clock.advance(3)
    assert recorded.left() == 2.0
    asyncio.run(recorded.pause(1.9))
    assert not recorded.gone
    asyncio.run(recorded.pause(0.2))
    assert (recorded.gone, recorded.answered(), recorder().left()) == (True, None, 0.0)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("pause"), st.floats(0, 100)),
        st.tuples(st.just("write"), st.binary(max_size=5)),
    ),
    max_size=12,
)


@given(ACTS, st.sampled_from(["close", "reset", "silence"]), st.none() | st.floats(0, 100))
def test_whatever_happens_on_the_wire(acts: list[tuple[str, Any]], end: str, patience: float | None) -> None:
    """Bytes are told in their order, each after all the pauses before it; the end comes after them."""

    async def act(to: Recorder) -> None:
        for name, value in acts:
            await getattr(to, name)(value)
        await getattr(to, end)()

    passed, wanted = 0.0, []
    for name, value in acts:
        passed += value if name == "pause" else 0.0
        wanted += [Piece(passed, value)] if name == "write" and value else []
    seen = answered(act, patience)
    if seen is None:
        assert not wanted
        assert patience is not None
        assert passed > patience
    else:
        assert isinstance(seen, Script)
        assert list(seen.pieces) == wanted
        assert seen.at >= passed
