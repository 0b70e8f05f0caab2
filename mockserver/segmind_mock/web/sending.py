"""Bringing an answer to the client with the faults that are to happen to it on the way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import shake_128
from typing import Any, NamedTuple

from segmind_mock.clock import a_turn
from segmind_mock.errors import phrase
from segmind_mock.faults import (
    BrokenChunk,
    Cut,
    Delay,
    Drip,
    Garbage,
    HangUp,
    Refuse,
    Reset,
    Stop,
)
from segmind_mock.faults import Wire as Fault
from segmind_mock.web.answers import BODILESS, Answer, Header
from segmind_mock.wire import Wire, let_pass

Send = Callable[[Any], Awaitable[None]]
_Ending = Stop | Cut | Reset | HangUp | BrokenChunk | Garbage | Refuse

_HEADLESS = ("before", "headers")
"""The resets of which no whole head goes before."""


class _Gone(Exception):
    """The client hung up; the text says when."""


class _Way(NamedTuple):
    """How one answer goes to its client, by ASGI or past it."""

    wire: Wire | None
    send: Send
    answer: Answer
    body: bytes
    """What of the answer's body is to be sent: none of it to a HEAD."""
    drip: Drip | None
    real: int
    """The instant that a head is dated with, in ms since 1970."""
    head_only: bool


async def send_with(
    faults: tuple[Fault, ...],
    answer: Answer,
    *,
    wire: Wire | None,
    send: Send,
    draw: bytes,
    told: list[str],
    real: int,
    head_only: bool = False,
) -> None:
    """Send an answer with `faults`, and add to `told` what happens, in words, as soon as it does.

    `draw` is the exchange's sixteen random bytes, `real` the instant with which an answer is dated that goes past
    ASGI, in ms since 1970. Of several endings the first one happens. What lasts, as silence does, is told when it
    begins.

    Without a wire nothing can be forced upon the connection. Then a hang-up is left out, and every other ending
    sends what ASGI can (the head and a part of the body, where there is one) and raises `ConnectionResetError` for a
    reset, `ConnectionAbortedError` for the rest; most servers close the connection of an app that raises.
    """
    await a_turn()  # requests that came together with this one are then behind it, and not begun by its end
    delay = next((fault for fault in faults if isinstance(fault, Delay)), None)
    drip = next((fault for fault in faults if isinstance(fault, Drip)), None)
    ending = next((fault for fault in faults if not isinstance(fault, Delay | Drip)), None)
    way = _Way(wire, send, answer, b"" if head_only else answer.body, drip, real, head_only)
    try:
        if delay is not None:
            await _delay(way, delay.seconds(draw), told)
        if ending is None:
            await _whole(way, told)
        elif isinstance(ending, HangUp):
            await _hang_up(way, ending, told)
        elif wire is None:
            await _as_far_as_possible(way, ending, told)
        else:
            await _end(way, wire, ending, draw, told)
    except _Gone as gone:
        told.append(str(gone))


async def _delay(way: _Way, seconds: float, told: list[str]) -> None:
    await _pause(way, seconds)
    if way.wire is not None and way.wire.gone:
        raise _Gone(f"the client hung up while it was held for {seconds:.3f} s")
    told.append(f"held {seconds:.3f} s")


async def _pause(way: _Way, seconds: float) -> None:
    await (let_pass(seconds) if way.wire is None else way.wire.pause(seconds))


# --- By ASGI ------------------------------------------------------------------------------------------


async def _whole(way: _Way, told: list[str]) -> None:
    await _start(way)
    if way.drip is None or len(way.body) <= way.drip.size:
        await way.send({"type": "http.response.body", "body": way.answer.body})
        return

    async def write(piece: bytes, more: bool) -> None:
        await way.send({"type": "http.response.body", "body": piece, "more_body": more})

    told.append(await _dripped(way, way.drip, way.body, write))


async def _start(way: _Way) -> None:
    await way.send({"type": "http.response.start", "status": way.answer.status, "headers": way.answer.headers})


async def _hang_up(way: _Way, ending: HangUp, told: list[str]) -> None:
    await _whole(way, told)
    if way.wire is None:
        told.append("not hung up: this server lets no connection be closed")
        return
    way.wire.close_in(ending.after)
    told.append(f"hung up {ending.after:g} s after the answer")


async def _as_far_as_possible(way: _Way, ending: _Ending, told: list[str]) -> None:
    words = _words_of_breaking_off(way, ending)
    if not (isinstance(ending, Garbage | Refuse) or (isinstance(ending, Reset) and ending.when in _HEADLESS)):
        part = way.body[: _share(way, ending)]
        await _start(way)
        await way.send({"type": "http.response.body", "body": part, "more_body": True})
    told.append(words)
    raise (ConnectionResetError if isinstance(ending, Reset) else ConnectionAbortedError)(words)


def _words_of_breaking_off(way: _Way, ending: _Ending) -> str:
    if isinstance(ending, Reset):
        return _reset_words(way, ending)
    if isinstance(ending, Garbage | Refuse):
        return "the connection is closed without an answer"
    return f"broken off after {_progress(way, _share(way, ending))}"


# --- Past it --------------------------------------------------------------------------------------------


async def _end(way: _Way, wire: Wire, ending: _Ending, draw: bytes, told: list[str]) -> None:
    match ending:
        case Reset():
            await _reset(way, wire, ending, told)
        case BrokenChunk():
            await _break_chunk(way, wire, told)
        case Garbage(size=size):
            await wire.write(_garbage(draw, size))
            told.append(f"{size} bytes that are not HTTP, and closed")
            await wire.close()
        case Refuse(seconds=seconds):
            told.append(f"closed without an answer, and the port refused connections for {seconds:g} s")
            await wire.refuse(seconds)
        case _:
            share = await _part(way, wire, ending, told)
            stops = isinstance(ending, Stop)
            told.append(f"{'silent' if stops else 'closed'} after {_progress(way, share)}")
            await (wire.silence() if stops else wire.close())


async def _part(way: _Way, wire: Wire, ending: _Ending, told: list[str]) -> int:
    """Write the head and the ending's share of the body; how many bytes of it."""
    part = way.body[: _share(way, ending)]
    if way.drip is None or len(part) <= way.drip.size:
        await wire.write(_head(way.answer, way.real) + part)
        return len(part)
    await wire.write(_head(way.answer, way.real))

    async def write(piece: bytes, _: bool) -> None:
        await wire.write(piece)

    told.append(await _dripped(way, way.drip, part, write))
    return len(part)


async def _reset(way: _Way, wire: Wire, ending: Reset, told: list[str]) -> None:
    if ending.when == "headers":
        head = _head(way.answer, way.real)
        await wire.write(head[: len(head) // 2])
    elif ending.when != "before":
        await _part(way, wire, ending, told)
    told.append(_reset_words(way, ending))
    await wire.reset()


async def _break_chunk(way: _Way, wire: Wire, told: list[str]) -> None:
    head = _head(way.answer._replace(headers=[*_without_length(way.answer.headers), _CHUNKED]), way.real)
    if way.head_only:
        await wire.write(head)
        told.append("closed after the head, which has no chunks")
    else:
        good = way.body[: (len(way.body) + 1) // 2]
        chunk = b"%x\r\n%b\r\n" % (len(good), good) if good else b""
        await wire.write(head + chunk + b"length\r\n" + way.body[len(good) :] + b"\r\n0\r\n\r\n")
        told.append(f"a chunk whose length is no number after {_progress(way, len(good))}, and closed")
    await wire.close()


# --- What goes over the wire -------------------------------------------------------------------------------

_CHUNKED: Header = (b"transfer-encoding", b"chunked")


def _head(answer: Answer, real: int) -> bytes:
    """The head of an answer, as the server would write it, with a length of its body in any case."""
    from email.utils import formatdate  # not at the top: a server starts without it

    date = formatdate(real / 1000, usegmt=True).encode()
    headers = [(b"date", date), *answer.headers]
    names = {name.lower() for name, _ in headers}
    if answer.status not in BODILESS and not names & {b"content-length", b"transfer-encoding"}:
        headers.append((b"content-length", b"%d" % len(answer.body)))
    lines = [b"HTTP/1.1 %d %b" % (answer.status, phrase(answer.status).encode())]
    lines.extend(b"%b: %b" % header for header in headers)
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _without_length(headers: list[Header]) -> list[Header]:
    return [header for header in headers if header[0].lower() not in (b"content-length", b"transfer-encoding")]


def _share(way: _Way, ending: _Ending) -> int:
    """How many bytes of the body go out before an ending."""
    size = len(way.body)
    if isinstance(ending, Stop | Cut):
        return int(size * ending.at)
    return size if isinstance(ending, Reset) and ending.when == "after" else size // 2


async def _dripped(way: _Way, drip: Drip, body: bytes, write: Callable[[bytes, bool], Awaitable[None]]) -> str:
    """Write a body in pieces; in words, how. Raises `_Gone` when nobody takes it any more."""
    size = max(drip.size, 1)
    for start in range(0, len(body), size):
        if start:
            await _pause(way, drip.every)
        if way.wire is not None and way.wire.gone:
            raise _Gone(f"the client hung up after {_progress(way, start)}, which came in pieces of {size} bytes")
        await write(body[start : start + size], start + size < len(body))
    return f"sent in pieces of {size} bytes, {drip.every:g} s apart"


def _garbage(draw: bytes, size: int) -> bytes:
    """Bytes that no HTTP begins with."""
    noise = shake_128(draw).digest(size)
    return bytes(byte | 0x80 for byte in noise[:1]) + noise[1:]


def _progress(way: _Way, share: int) -> str:
    return f"{share} of {len(way.body)} bytes of the body" if way.body else "the head"


def _reset_words(way: _Way, ending: Reset) -> str:
    match ending.when:
        case "before":
            return "reset before the first byte"
        case "headers":
            return "reset amid the head"
        case "after":
            return "reset after the whole answer"
        case _:
            return f"reset after {_progress(way, _share(way, ending))}"
