"""Script: an answer as bytes, and how its client reads them in time."""

from __future__ import annotations

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.inprocess.script import Answered, End, Piece, Playback, Script, Whole, head_of, script_of

SECONDS = st.floats(0, 1000, allow_subnormal=False)
ENDS: st.SearchStrategy[End] = st.sampled_from(get_args(End))


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Any script, its pieces in the order of their times; some of them may be empty."""
    times = sorted(draw(st.lists(SECONDS, max_size=6)))
    pieces = tuple(Piece(at, draw(st.binary(max_size=4))) for at in times)
    return Script(pieces, draw(ENDS), max([0.0, *times]) + draw(SECONDS))


# --- As bytes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "headers", "length", "expected"),
    [
        (200, [(b"a", b"1"), (b"a", b"2")], None, b"HTTP/1.1 200 OK\r\na: 1\r\na: 2\r\n\r\n"),
        (404, [], 3, b"HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\n"),
        (200, [(b"Content-Length", b"7")], 3, b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n"),
        (200, [(b"transfer-encoding", b"chunked")], 3, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
        (204, [], 0, b"HTTP/1.1 204 No Content\r\n\r\n"),
    ],
)
def test_heads(status: int, headers: list[tuple[bytes, bytes]], length: int | None, expected: bytes) -> None:
    """A head says how long the body is where that is known, wanted, and not said already."""
    assert head_of(status, headers, length) == expected


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (
            Whole(2.5, 200, [], b"body"),
            Script((Piece(2.5, b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody"),), "open", 2.5),
        ),
        (
            Whole(0.0, 200, [(b"connection", b"close"), (b"content-length", b"4")], b""),
            Script((Piece(0.0, b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\n"),), "close", 0.0),
        ),
        (Script((), "reset", 1.0), Script((), "reset", 1.0)),
    ],
    ids=["whole", "the last one", "a script already"],
)
def test_whole_answers_as_bytes(answered: Answered, expected: Script) -> None:
    """A whole answer is one piece on a connection that stays open, unless its head says otherwise."""
    assert script_of(answered) == expected


# --- Played -----------------------------------------------------------------------------------------------


@given(scripts())
def test_without_a_time_out(script: Script) -> None:
    """Who waits for ever gets every byte in its order, each at its time, and then the end at its."""
    playback = Playback(script)
    wanted = [piece for piece in script.pieces if piece.data]
    now = 0.0
    for piece in wanted:
        step = playback.step(None)
        now += step.seconds
        assert (step.what, step.data) == ("data", piece.data)
        assert math.isclose(now, piece.at, abs_tol=1e-6)
    end = playback.step(None)
    assert (end.what, end.data) == ("reset" if script.end == "reset" else "eof", b"")
    if script.end != "open":
        assert math.isclose(now + end.seconds, script.at, abs_tol=1e-6)
    assert playback.step(None) == end._replace(seconds=0.0)


@given(scripts(), st.lists(SECONDS, max_size=12))
def test_with_time_outs(script: Script, patience: list[float]) -> None:
    """Nobody waits longer than he wants to; time and bytes are lost to nobody who tries again."""
    playback = Playback(script)
    due = [*(piece for piece in script.pieces if piece.data)]
    now = 0.0
    for seconds in patience:
        step = playback.step(seconds)
        now += step.seconds
        assert 0 <= step.seconds <= seconds
        assert bool(step.data) == (step.what == "data")
        if step.what == "late":
            assert step.seconds == seconds
            assert now < (due[0].at if due else math.inf if script.end == "open" else script.at) + 1e-6
        elif due:
            assert (step.what, step.data) == ("data", due[0].data)
            assert now >= due.pop(0).at - 1e-6
        else:
            assert step.what == ("reset" if script.end == "reset" else "eof")
            assert script.end != "open"


@pytest.mark.parametrize("end", ["open", "close", "reset", "silence"])
def test_after_the_answer(end: End) -> None:
    """A connection that stays open tells nothing more; one that ends tells it at its time, and from then on."""
    playback = Playback(Script((Piece(1.0, b"x"),), end, 5.0))
    assert playback.step(1.0).seconds == 1.0
    assert playback.step(3.0) == (3.0, "late", b"")
    last = (3.0, "late", b"") if end == "open" else (1.0, "reset" if end == "reset" else "eof", b"")
    assert playback.step(3.0) == last
