"""What a client is to see of an answer: whole, or as bytes that come at certain times, and an end. Pure."""

from __future__ import annotations

from typing import Literal, NamedTuple

from segmind_mock.errors import phrase
from segmind_mock.web.answers import BODILESS, Header

ENDS: Header = (b"connection", b"close")
"""In a request: the client wants no more than this answer; in an answer: there will be no other."""

End = Literal["open", "close", "reset", "silence"]
"""How a connection goes on after an answer: it can be used again; it is closed in good order; it is reset; nothing
comes, until it is closed."""


class Asked(NamedTuple):
    """A request as a client library has it. Header names are in small letters."""

    method: str
    scheme: str
    target: bytes
    """Path and query as they are sent."""
    headers: list[Header]
    body: bytes


class Whole(NamedTuple):
    """An answer in good order."""

    after: float
    """Seconds for which it is held back."""
    status: int
    headers: list[Header]
    body: bytes
    """None of it where a HEAD was asked."""


class Piece(NamedTuple):
    """Bytes of an answer, and the seconds after which they come."""

    at: float
    data: bytes


class Script(NamedTuple):
    """An answer as bytes, in the order in which they come."""

    pieces: tuple[Piece, ...]
    end: End
    at: float
    """Seconds after which it ends."""


Answered = Whole | Script


class Step(NamedTuple):
    """What comes next on a connection: after so many seconds, bytes or an end."""

    seconds: float
    what: Literal["data", "eof", "reset", "late"]
    """`late`: the time-out passes and nothing has come."""
    data: bytes = b""
    """Never empty where it is `data`."""


def script_of(answered: Answered) -> Script:
    """An answer as bytes; it ends the connection if its head says so."""
    if isinstance(answered, Script):
        return answered
    data = head_of(answered.status, answered.headers, len(answered.body)) + answered.body
    return Script((Piece(answered.after, data),), "close" if ENDS in answered.headers else "open", answered.after)


def head_of(status: int, headers: list[Header], length: int | None = None) -> bytes:
    """The head of an answer; with a `length` of its body where that is given and the headers do not say it."""
    lines = [b"HTTP/1.1 %d %b" % (status, phrase(status).encode())]
    lines += [b"%b: %b" % header for header in headers]
    if length is not None and status not in BODILESS:
        names = {name.lower() for name, _ in headers}
        if not names & {b"content-length", b"transfer-encoding"}:
            lines.append(b"content-length: %d" % length)
    return b"\r\n".join(lines) + b"\r\n\r\n"


class Playback:
    """A script as its client reads it, step after step."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._pieces = [piece for piece in script.pieces if piece.data]
        self._next = 0
        self._now = 0.0

    def step(self, patience: float | None) -> Step:
        """What comes next for one who waits so many seconds at most; None: as long as it takes.

        On a connection that stays open nothing comes after the answer; who has no time-out is told its end at once.
        """
        step = self._upcoming()
        if patience is not None and step.seconds > patience:
            self._now += patience
            return Step(patience, "late")
        self._now += step.seconds if step.seconds < _NEVER else 0.0
        if step.what == "data":
            self._next += 1
        return step if step.seconds < _NEVER else step._replace(seconds=0.0)

    def _upcoming(self) -> Step:
        if self._next < len(self._pieces):
            piece = self._pieces[self._next]
            return Step(max(0.0, piece.at - self._now), "data", piece.data)
        if self._script.end == "open":
            return Step(_NEVER, "eof")
        what: Literal["eof", "reset"] = "reset" if self._script.end == "reset" else "eof"
        return Step(max(0.0, self._script.at - self._now), what)


_NEVER = float("inf")
