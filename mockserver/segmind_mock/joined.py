"""HTTP for many small requests: answers that are ready are made at once, and leave together.

uvicorn writes the head and the body of an answer apart, and each as soon as it is made. A client that waits is
woken by every such write, which on a virtual machine costs more than making the answer did; a client that is awake
already costs nothing. So what a turn of the event loop has to say is written at its end.

uvicorn also makes a task for every request. Most answers of this server need none: they are made without waiting
for anything. So a request is begun where it was read, and gets a task only if it has to wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


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


class _Resumed:
    """The rest of a coroutine that was begun without a task, and waits for `awaited`."""

    __slots__ = ("_awaited", "_begun")

    def __init__(self, begun: Coroutine[Any, Any, object], awaited: Any) -> None:
        self._begun = begun
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, None]:
        awaited = self._awaited
        while True:
            try:
                value = yield awaited
            except BaseException as error:
                step = partial(self._begun.throw, error)
            else:
                step = partial(self._begun.send, value)
            try:
                awaited = step()
            except StopIteration:
                return


async def _rest(begun: _Resumed) -> None:
    await begun


class JoiningProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, begun at once and with the writes of a turn joined."""

    _ready: tuple[RequestResponseCycle, Any] | None = None
    _parsing = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        outbox = vars(self.server_state).setdefault("outbox", None) or _Outbox(self.loop)
        vars(self.server_state)["outbox"] = outbox
        super().connection_made(_Joining(transport, outbox))  # type: ignore[arg-type]

    def on_message_complete(self) -> None:
        """A request is whole: begin it."""
        super().on_message_complete()
        if self._ready is not None:
            self._begin()

    def data_received(self, data: bytes) -> None:
        """Parse, and begin what must not wait for the rest of its body to be begun."""
        self._parsing = True
        super().data_received(data)
        self._parsing = False
        if self._ready is not None:  # a head whose body is still on its way
            self._begin()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
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
        task = self.loop.create_task(_rest(_Resumed(begun, awaited)))
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
