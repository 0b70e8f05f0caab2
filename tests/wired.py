"""A small app on the real server: each path names faults, and what it answers is brought to the client with them."""

from __future__ import annotations

import asyncio
import logging
import queue
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from segmind_mock import server
from segmind_mock.config import Config
from segmind_mock.faults import Wire as Fault
from segmind_mock.server import Server
from segmind_mock.web.answers import TEXT, Answer
from segmind_mock.web.gateway import Gateway
from segmind_mock.web.sending import send_with
from segmind_mock.wire import wire_of

PATIENCE = 10.0
"""Seconds for which anything may be waited for."""

LOOPS = ("uvloop", "asyncio")
BODY = b"".join(b"%04d " % number for number in range(24))
DRAW = bytes(range(16))
DATED = 1_700_000_000_000
"""2023-11-14T22:13:20Z."""
Address = tuple[str, int]


def answer(body: bytes = BODY, status: int = 200) -> Answer:
    """A plain answer."""
    return Answer(status, [TEXT, (b"content-length", b"%d" % len(body))], body)


class App:
    """Answers with the faults of each path, `/` with none, and `/large` or `/short` first for another body."""

    def __init__(self, faults: Mapping[str, tuple[Fault, ...]]) -> None:
        self.faults = {"/": (), **faults}
        self.bodies = {"/": BODY}
        self.control = SimpleNamespace(when_reset=lambda forget: None)
        self.backend = SimpleNamespace(keyring=SimpleNamespace(end=lambda: None))
        self.begun: queue.Queue[str] = queue.Queue()
        self.told: queue.Queue[tuple[str, list[str]]] = queue.Queue()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        self.loop = asyncio.get_running_loop()
        self.begun.put(path)
        told: list[str] = []
        await send_with(
            self.faults[path],
            answer(self.bodies.get(path, BODY)),
            wire=wire_of(scope),
            send=send,
            draw=DRAW,
            told=told,
            real=DATED,
            head_only=scope["method"] == "HEAD",
        )
        self.told.put((path, told))

    def close(self) -> None:
        """Nothing is held."""

    def words(self) -> tuple[str, list[str]]:
        """The path of the next exchange that ends, and what is told of it."""
        return self.told.get(timeout=PATIENCE)


class Live:
    """A server in a thread of its own, and the app on it."""

    def __init__(self, app: App, served: Server) -> None:
        self.app = app
        self.server = served
        self.url = served.url
        self.address: Address = served._port.address

    def connect(self, *paths: str, method: str = "GET", extra: bytes = b"", body: bytes = b"") -> socket.socket:
        """A connection on which these paths were asked for, all at once."""
        connection = socket.create_connection(self.address, PATIENCE)
        head = b"%b %b HTTP/1.1\r\nhost: a\r\n%b\r\n"
        asked = b"".join(head % (method.encode(), path.encode(), extra) for path in paths)
        connection.sendall(asked + body)
        return connection

    def until_idle(self) -> None:
        """Return when no connection and no task is left; fails the test if there always is one."""
        for _ in range(int(PATIENCE * 100)):
            if not self.server.server_state.connections and not self.server.server_state.tasks:
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"left: {self.server.server_state.connections} {self.server.server_state.tasks}")


@contextmanager
def live(app: App, loop: str = LOOPS[0], *, patience: float = 30.0) -> Iterator[Live]:
    """The app, served; when this is left, the server has ended, in good order and with nothing to complain about."""
    heard = _Complaints()
    ready = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "_has", lambda _: loop == "uvloop")
        served = Server(cast(Gateway, app), Config(port=0), lambda _: ready.set(), patience=patience)
    thread = threading.Thread(target=served.serve_until_stopped)
    logging.getLogger().addHandler(heard)
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield Live(app, served)
    finally:
        served.should_exit = True
        thread.join(PATIENCE)
        logging.getLogger().removeHandler(heard)
    assert not thread.is_alive()
    assert heard.lines == []
    assert (served.server_state.connections, served.server_state.tasks) == (set(), set())


class _Complaints(logging.Handler):
    """What was logged as a warning or worse."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def rest(connection: socket.socket) -> tuple[bytes, str]:
    """Everything up to the end of a connection, and the end: `closed`, `reset` or `silent`."""
    seen = b""
    while True:
        try:
            more = connection.recv(1 << 16)
        except ConnectionResetError:
            return seen, "reset"
        except TimeoutError:
            return seen, "silent"
        if not more:
            return seen, "closed"
        seen += more
