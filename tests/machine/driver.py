"""Drives a mock through its ASGI app on a loop that only turns while something is asked: no socket, no waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from segmind_mock.web.gateway import Gateway

HOST = b"localhost"
TURNS = 24
"""Turns of the loop after which everything that waits for nothing but the loop has been done."""
PATIENCE = 2.0
"""Seconds for which a picture may be waited for."""

Headers = list[tuple[bytes, bytes]]


class Told(NamedTuple):
    """What a client was answered; status 0 where it was not."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


class Asking:
    """One request on its way."""

    def __init__(self, app: Gateway, method: str, target: str, headers: Headers, body: bytes) -> None:
        path, _, query = target.partition("?")
        self._sent: list[Any] = []
        self._body = body
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("localhost", 80),
        }
        self.path = path
        self.task = asyncio.get_running_loop().create_task(_whole(app, scope, self._receive, self._send))

    async def _receive(self) -> Any:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Any) -> None:
        self._sent.append(message)

    @property
    def told(self) -> Told:
        """The answer; raises what broke the app."""
        self.task.result()
        if not self._sent:
            return Told(0, {}, b"")
        start, *rest = self._sent
        named = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
        return Told(start["status"], named, b"".join(message.get("body", b"") for message in rest))


async def _whole(app: Any, scope: Any, receive: Any, send: Any) -> None:
    await app(scope, receive, send)


class Driver:
    """Clients of one mock."""

    def __init__(self, app: Gateway) -> None:
        self.app = app
        self.loop = asyncio.new_event_loop()

    def close(self) -> None:
        """End what is still held, and let the mock go."""
        self.loop.run_until_complete(_end())
        self.loop.close()
        self.app.close()

    def begin(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Asking:
        """Send a request and come back when nothing more happens by itself: it may be held, or a picture be made."""
        raw = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        sent: Headers = [(b"host", HOST)]
        if key is not None:
            sent.append((b"x-api-key", key.encode()))
        if body is not None:
            sent += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(raw))]
        sent += [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
        return self.loop.run_until_complete(self._begun(method, target, sent, raw))

    async def _begun(self, method: str, target: str, headers: Headers, raw: bytes) -> Asking:
        asking = Asking(self.app, method, target, headers, raw)
        await _turns(asking)
        return asking

    def turn(self) -> None:
        """Let the loop do whatever there is to be done."""
        self.loop.run_until_complete(_turns(None))

    def finish(self, asking: Asking) -> Told:
        """The answer to a request that nothing holds."""
        self.loop.run_until_complete(asyncio.wait([asking.task], timeout=PATIENCE))
        assert asking.task.done(), f"{asking.path} is held"
        return asking.told

    def ask(self, method: str, target: str, body: object = None, **options: Any) -> Told:
        """One exchange, from its beginning to its end."""
        return self.finish(self.begin(method, target, body, **options))


async def _turns(asking: Asking | None) -> None:
    for _ in range(TURNS):
        if asking is not None and asking.task.done():
            return
        await asyncio.sleep(0)


async def _end() -> None:
    """End every request that is still held."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
