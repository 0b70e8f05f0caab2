"""The other side of the app where there is no socket: it hands in a request and writes down what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from segmind_mock.inprocess.script import ENDS, Answered, Asked, End, Piece, Script, Whole, head_of
from segmind_mock.web.answers import Header, Scope
from segmind_mock.wire import EXTENSION, LONGEST_SILENCE, WHOLE

_ASGI = {"version": "3.0", "spec_version": "2.3"}
_CLIENT = ("127.0.0.1", 0)
_SERVER = ("127.0.0.1", 80)


class Recorder:
    """One exchange with the app. It is the exchange's wire too: what a fault does to the connection is written down.

    What the app waits for by its clock has passed when it answers. What a fault lets pass on the wire has not: it is
    in the answer, for whoever reads it to wait for.
    """

    def __init__(
        self, asked: Asked, patience: float | None, now: Callable[[], int], refuse: Callable[[float], None]
    ) -> None:
        """`patience` is how many seconds the client waits for more; None: for ever.

        `now` tells the instant, in ms since 1970; `refuse` is told for how many seconds nobody can connect.
        """
        self._asked = asked
        self._patience = patience
        self._now = now
        self._began = now()
        self._refuse = refuse
        self._at = 0.0
        self._heard: float | None = None
        """When the last bytes were sent, as `_at` has it."""
        self._head: tuple[int, list[Header]] | None = None
        self._parts: list[Piece] = []
        self._written: list[Piece] = []
        self._end: End | None = None
        self._is_read = False
        self._waiting: asyncio.Future[None] | None = None
        self.gone = False
        """Whether the client has hung up."""

    def scope(self) -> Scope:
        """The request, as ASGI has it."""
        asked = self._asked
        path, _, query = asked.target.partition(b"?")
        text = path.decode("latin-1")
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": "1.1",
            "method": asked.method,
            "scheme": asked.scheme,
            "path": unquote(text) if "%" in text else text,
            "raw_path": path,
            "query_string": query,
            "root_path": "",
            "headers": asked.headers,
            "client": _CLIENT,
            "server": _SERVER,
            "extensions": {EXTENSION: self, WHOLE: self.answer_whole},
        }

    # --- ASGI -------------------------------------------------------------------------------------------

    async def receive(self) -> dict[str, Any]:
        """The body, and after it that the client has gone, once it has."""
        if not self._is_read:
            self._is_read = True
            return {"type": "http.request", "body": self._asked.body, "more_body": False}
        if not self.gone:
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """A head, or a piece of a body."""
        if message["type"] == "http.response.start":
            self._head = message["status"], [*message.get("headers", ())]
        else:
            self._add(message.get("body", b""))

    def answer_whole(self, status: int, headers: list[Header], body: bytes) -> bool:
        """An answer in one piece."""
        self._head = status, headers
        self._add(body)
        return True

    def _add(self, body: bytes) -> None:
        self._heard = self._at
        if body and self._asked.method != "HEAD":
            self._parts.append(Piece(self._at, body))

    # --- The wire ---------------------------------------------------------------------------------------

    async def write(self, data: bytes) -> None:
        self._heard = self._at
        if data:
            self._written.append(Piece(self._at, data))

    async def close(self) -> None:
        self._end = "close"

    async def reset(self) -> None:
        self._end = "reset"

    async def silence(self) -> None:
        self._at += LONGEST_SILENCE
        self._end = "silence"

    async def pause(self, seconds: float) -> None:
        self._at += seconds
        heard = -self._spent() if self._heard is None else self._heard
        if self._patience is not None and self._at - heard > self._patience:
            self.gone = True
            self._end = self._end or "silence"

    async def refuse(self, seconds: float) -> None:
        self._refuse(self._at + seconds)
        self._end = "close"

    def close_in(self, seconds: float) -> None:
        """Nothing to do: a client sees a connection that was closed between two requests, and takes another."""

    # --- What came of it --------------------------------------------------------------------------------

    def hang_up(self) -> None:
        """The client has gone; what waits for that is told."""
        self.gone = True
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def answered(self) -> Answered | None:
        """What the client is to see; None where it went before anything came."""
        if self._head is None and not self._written:
            return None if self.gone or self._end is None else Script((), self._end, self._at)
        if self._end is not None or self._written:
            return Script((*self._sent(), *self._written), self._end or "close", self._at)
        parts = self._parts
        if len(parts) > 1 and parts[0].at != parts[-1].at:
            return Script(self._sent(), "close" if ENDS in self._asked.headers else "open", self._at)
        assert self._head is not None
        status, headers = self._head
        body = parts[0].data if len(parts) == 1 else b"".join([part.data for part in parts])
        after = parts[0].at if parts else self._at
        return Whole(after, status, self._whole_head(headers), body)

    def _whole_head(self, headers: list[Header]) -> list[Header]:
        """What a server adds to an answer's headers."""
        added = [_dated(self._now() // 1000)]
        if ENDS in self._asked.headers:
            added.append(ENDS)
        return [*added, *headers]

    def left(self) -> float:
        """Seconds of the client's patience that have not passed yet."""
        return 0.0 if self._patience is None else max(0.0, self._patience - self._spent())

    def _spent(self) -> float:
        """Seconds that passed since it was asked."""
        return (self._now() - self._began) / 1000

    def _sent(self) -> tuple[Piece, ...]:
        """What was sent by ASGI, as bytes."""
        if self._head is None:
            return ()
        status, headers = self._head
        first = self._parts[0].at if self._parts else self._heard or 0.0
        length = sum(len(part.data) for part in self._parts) if self._end is None else None
        head = head_of(status, self._whole_head(headers), length)
        return Piece(first, head), *self._parts


@lru_cache(maxsize=8)
def _dated(second: int) -> Header:
    return b"date", formatdate(second, usegmt=True).encode()
