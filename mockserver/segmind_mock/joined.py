"""HTTP for many small requests: answers that are ready are made at once, and leave together.

uvicorn writes the head and the body of an answer apart, and each as soon as it is made. A client that waits is
woken by every such write, which on a virtual machine costs more than making the answer did; a client that is awake
already costs nothing. So what a turn of the event loop has to say is written at its end.

uvicorn also makes a task for every request. Most answers of this server need none: they are made without waiting
for anything. So a request is begun where it was read, and gets a task only if it has to wait.

And an answer that is whole can be handed over whole (`answer_whole`), where ASGI would have it in two messages, each
looked at anew.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from segmind_mock.begun import Rest, rest
from segmind_mock.wire import EXTENSION, WHOLE, SocketWire

REFUSE = "refuse_port"
"""Under this name a server keeps, in its state, what closes its port for so many seconds."""


class _Outbox:
    """The connections of a server that have something to say in this turn of its loop."""

    __slots__ = ("_loop", "_waiting")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: list[_Joining] = []

    def add(self, transport: _Joining) -> None:
        """Let a transport be flushed when everything that is ready now has had its turn."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(transport)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for transport in waiting:
            transport.flush()


class _Joining:
    """A transport that keeps what is written to it until the end of the turn."""

    __slots__ = ("_held", "_outbox", "_transport")

    def __init__(self, transport: asyncio.Transport, outbox: _Outbox) -> None:
        self._transport = transport
        self._outbox = outbox
        self._held: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._held:
            self._outbox.add(self)
        self._held.append(data)

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            held, self._held = self._held, []
            self._transport.write(b"".join(held))

    def close(self) -> None:
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class _Deaf:
    """Stands where the parser was on a connection that hears nothing more."""

    def feed_data(self, data: bytes) -> None:
        """Drop it."""


class JoiningProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, begun at once and with the writes of a turn joined.

    Each connection has a wire, on which faults are brought about.
    """

    _ready: tuple[RequestResponseCycle, Any] | None = None
    _parsing = False
    answering: RequestResponseCycle | None = None
    """The exchange that is under way, or was last; more may have come behind it (`cycle` is the last of them)."""
    is_idle = False
    """Whether it is between two requests, with nothing of the next one seen."""
    _held: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        outbox = vars(self.server_state).setdefault("outbox", None) or _Outbox(self.loop)
        vars(self.server_state)["outbox"] = outbox
        super().connection_made(_Joining(transport, outbox))  # type: ignore[arg-type]
        self._wire = SocketWire(self)
        self._extensions: dict[str, Any] = {EXTENSION: self._wire, WHOLE: self.answer_whole}

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is no more: tell the exchange that is under way, which need not be the one that came last."""
        super().connection_lost(exc)
        self._disconnect()
        self._wire.lost()

    def shutdown(self) -> None:
        """The server is ending: so does what a fault holds open."""
        super().shutdown()
        self._wire.leave()

    def on_message_complete(self) -> None:
        """A request is whole: begin it."""
        super().on_message_complete()
        if self._ready is not None:
            self._begin()

    def data_received(self, data: bytes) -> None:
        """Parse, and begin what must not wait for the rest of its body to be begun."""
        self.is_idle = False
        self._parsing = True
        super().data_received(data)
        self._parsing = False
        if self._ready is not None:  # a head whose body is still on its way
            self._begin()

    def on_response_complete(self) -> None:
        """An answer is whole: begin the next request that is there, or be idle.

        As uvicorn's, but without a timer for each answer; who idles too long is found by a look (`stragglers`).
        """
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        else:
            self.is_idle = True

    def on_body(self, body: bytes) -> None:
        """Keep a piece of a body, unless its request is being answered already and slowly."""
        if self._held is None or self._held is not self.cycle:
            super().on_body(body)

    def answer_whole(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> bool:
        """Send an answer; False where it has to go the ordinary way, because the client reads too slowly.

        `headers` are the app's own words, names in small letters, among them the true `content-length`.
        """
        cycle = self.answering
        if cycle is None or cycle.disconnected or cycle.response_started or self.flow.write_paused:
            return False
        lines = [STATUS_LINE[status]]
        for name, value in self.server_state.default_headers:
            lines += name, b": ", value, b"\r\n"
        for name, value in headers:
            lines += name, b": ", value, b"\r\n"
        lines.append(b"\r\n" if cycle.keep_alive else b"connection: close\r\n\r\n")
        if cycle.scope["method"] != "HEAD":
            lines.append(body)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        self.transport.write(b"".join(lines))
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()
        return True

    @property
    def is_held(self) -> bool:
        """Whether a fault takes its time to answer the present exchange, or has the connection for itself."""
        return self._held is not None and self._held is self.answering

    def flush(self) -> None:
        """Write what is kept for the end of the turn."""
        cast(_Joining, self.transport).flush()

    async def drain(self) -> None:
        """Return when the transport holds little enough."""
        await self.flow.drain()

    def hold(self) -> None:
        """A fault answers the present exchange, slowly: its client may hang up, or go on sending, meanwhile."""
        self._held = self.answering
        # With more requests behind it, reading would pile them up without bound.
        if not self.pipeline:
            self.flow.resume_reading()

    def take_over(self) -> None:
        """A fault has the connection for itself: nothing is heard, begun or answered on it any more."""
        self._disconnect()
        self._ready = None
        self.pipeline.clear()
        if self.answering is not None:
            self._held = self.cycle = self.answering
        self.parser = cast(Any, _Deaf())
        self._unset_keepalive_if_required()
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def refuse_port(self, seconds: float) -> None:
        """Close the server's port to new connections for so long, where there is a port to close."""
        refuse = vars(self.server_state).get(REFUSE)
        if refuse is not None:
            refuse(seconds)

    def _disconnect(self) -> None:
        answering = self.answering
        if answering is not None and not answering.response_complete:
            answering.disconnected = True
            answering.message_event.set()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.answering = cycle
        cycle.scope["extensions"] = self._extensions
        self._ready = cycle, app
        if not self._parsing:
            # One that waited for those before it. Not at once, because a thousand may wait, each inside the other.
            self.loop.call_soon(self._begin)

    def _begin(self) -> None:
        if self._ready is None:
            return
        (cycle, app), self._ready = self._ready, None
        begun = cycle.run_asgi(app)
        try:
            awaited = begun.send(None)
        except StopIteration:
            return
        task = self.loop.create_task(rest(Rest(begun, awaited)))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
