"""Stragglers: what was begun and does not end is closed, and nothing else is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from segmind_mock.app import create_app
from segmind_mock.config import Config
from segmind_mock.faults import Delay
from segmind_mock.joined import JoiningProtocol
from segmind_mock.server import Server
from segmind_mock.stragglers import KEEP_ALIVE, Stragglers
from tests.wired import App, live


@dataclass
class Cycle:
    """An exchange as uvicorn keeps it."""

    response_complete: bool = False
    more_body: bool = True


@dataclass(eq=False)
class Connection:
    """A connection as uvicorn keeps it; it is its own transport."""

    answering: Cycle | None = None
    is_idle: bool = False
    is_held: bool = False
    closed: int = 0
    transport: Any = field(init=False)

    def __post_init__(self) -> None:
        self.transport = self

    def close(self) -> None:
        """Close."""
        self.closed += 1


def looked_at(connection: Connection, *instants: float) -> bool:
    """Whether looks at these instants close the connection; patience is ten seconds."""
    stragglers = Stragglers(10)
    for now in instants:
        stragglers.look([cast(JoiningProtocol, connection)], now)
    return connection.closed > 0


@pytest.mark.parametrize(
    "connection",
    [Connection(), Connection(Cycle(response_complete=True)), Connection(Cycle(more_body=True))],
    ids=["first head", "later head", "body"],
)
def test_what_waits_is_closed_in_the_end(connection: Connection) -> None:
    """Not before its time, and then at once."""
    assert not looked_at(connection, 0, 5, 9.9)
    assert looked_at(connection, 0, 5, 10)


def test_what_does_not_wait_is_left_alone() -> None:
    """A held v1 call may take as long as it takes."""
    assert not looked_at(Connection(Cycle(more_body=False)), 0, 1000, 10**6)


def test_what_idles_has_more_time() -> None:
    """Between two requests a connection is kept alive for its own time, and no longer."""
    assert not looked_at(Connection(Cycle(response_complete=True), is_idle=True), 0, KEEP_ALIVE - 1)
    assert looked_at(Connection(Cycle(response_complete=True), is_idle=True), 0, KEEP_ALIVE)


def test_a_new_answer_begins_the_time_anew() -> None:
    """Who asks now and then is kept alive, however seldom a look sees it at work."""
    stragglers, connection = Stragglers(10), Connection(is_idle=True)
    for now in range(0, 1000, 50):
        connection.answering = Cycle(response_complete=True)
        stragglers.look([cast(JoiningProtocol, connection)], now)
    assert connection.closed == 0


def test_each_wait_has_its_own_time() -> None:
    """A head that came begins the time of its body; a new exchange begins anew."""
    stragglers, connection = Stragglers(10), Connection()
    for now, cycle in [(0, None), (9, Cycle()), (18, Cycle()), (27, Cycle(response_complete=True))]:
        connection.answering = cycle
        stragglers.look([cast(JoiningProtocol, connection)], now)
    assert connection.closed == 0


def test_what_is_gone_is_forgotten() -> None:
    """Nothing is remembered of a connection that is no longer there."""
    stragglers = Stragglers(10)
    stragglers.look([cast(JoiningProtocol, Connection())], 0)
    stragglers.look([], 1)
    assert stragglers._waits == {}


@contextmanager
def running(patience: float) -> Iterator[int]:
    """The port of a server in a thread of its own."""
    ready = threading.Event()
    config = Config(port=0)
    server = Server(create_app(config), config, lambda _: ready.set(), patience=patience)
    thread = threading.Thread(target=server.serve_until_stopped)
    thread.start()
    try:
        assert ready.wait(20)
        yield int(server.url.rpartition(":")[2])
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /v1/get-user",
        b"\r\n\r\n",
        b"POST /v2/sam-img2img HTTP/1.1\r\nHost: x\r\nx-api-key: SG_0123456789abcdef\r\n"
        b"content-type: application/json\r\ncontent-length: 50\r\n\r\n{",
    ],
    ids=["half a head", "blank lines", "half a body"],
)
def test_half_a_request_is_not_waited_for(sent: bytes) -> None:
    """A server closes a connection on which the rest of a request does not come."""
    with running(patience=0.1) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(sent)
        assert client.recv(1000) == b""


def test_what_a_fault_holds_is_left_alone() -> None:
    """A request whose body nobody read, because it is answered slowly, is not the client's delay."""
    assert not looked_at(Connection(Cycle(more_body=True), is_held=True), 0, 1000, 10**6)


def test_what_was_held_is_looked_at_again() -> None:
    """After a slow answer, half a head is waited for no longer than after a quick one."""
    assert looked_at(Connection(Cycle(response_complete=True), is_held=True), 0, 11)


def test_slow_answers_on_a_socket() -> None:
    """A client that sent more than was read, or asked for more behind it, gets its slow answer and the rest."""
    slow = (Delay(low=0.6, high=0.6),)
    with live(App({"/slow": slow})) as served:
        extra = b"content-length: 300000\r\n"
        with (
            served.connect("/slow", method="POST", extra=extra, body=bytes(200_000)) as unread,
            served.connect("/slow", body=b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nab") as behind,
        ):
            for _ in range(2):
                served.app.begun.get(timeout=10)
            connections = cast(Any, served.server.server_state.connections)
            while not all(connection.is_held for connection in connections):
                pass
            stragglers = Stragglers(10)
            for now in (0, 1000):
                stragglers.look(connections, now)
            for connection in (unread, behind):
                assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")


def test_half_a_second_request() -> None:
    """Half a head after an answer is the beginning of a request, and no idling."""
    with running(patience=0.1) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /v1/get-user-credits HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 401")
        client.sendall(b"GET /v1")
        assert client.recv(1000) == b""


def test_a_connection_that_is_not_to_be_kept() -> None:
    """Who asks for the connection to be closed is told so, and it is."""
    with running(patience=10) as port, socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(b"GET /v1/get-user-credits HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        seen = b"".join(iter(lambda: client.recv(1000), b""))
        assert b"\r\nconnection: close\r\n\r\n{" in seen
