"""A connection without a socket: what can be done to it, and what a library finds out about it."""

from __future__ import annotations

import array
import json
import os
import select
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from urllib3.util.retry import RequestHistory, Retry

from segmind_mock.inprocess.doors.sockets import Place, QuietSocket, connected
from segmind_mock.inprocess.hosts import SWITCHBOARD, NetworkBlocked
from segmind_mock.inprocess.interception import intercept
from segmind_mock.mock import Mock
from tests.mockserver.inprocess.doors.alike import rules
from tests.worlds import KEY, printed_call

PLACE = Place("https", "api.segmind.com")
REQUEST = b"GET /v1/get-user-credits HTTP/1.1\r\nhost: api.segmind.com\r\nx-api-key: " + KEY.encode() + b"\r\n\r\n"
FAILED = RequestHistory("GET", "/", None, None, None)
BODY = b'{"credits":1000000.0,"free-credits":0.0}'


@pytest.fixture
def mock() -> Iterator[Mock]:
    """An interception."""
    with intercept() as found:
        yield found


def opened(timeout: float | None = 1) -> QuietSocket:
    """A connection to the mock in force."""
    service = SWITCHBOARD.service(PLACE.host, PLACE.url())
    assert service is not None
    return connected(service, PLACE, timeout)


def all_of(connection: QuietSocket) -> bytes:
    """What can be read until there is nothing more."""
    found = b""
    try:
        while piece := connection.recv(1000):
            found += piece
    except TimeoutError:
        return found
    return found


@given(cuts=st.lists(st.integers(1, len(REQUEST) - 1)), size=st.integers(1, 500))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
def test_any_pieces(mock: Mock, cuts: list[int], size: int) -> None:
    """In whatever pieces a request is sent and its answer is read, nothing is lost."""
    connection = opened()
    places = [0, *sorted(cuts), len(REQUEST)]
    for begin, end in pairwise(places):
        connection.sendall(REQUEST[begin:end])
    found = b""
    while not found.endswith(BODY):
        found += connection.recv(size)
    assert found.startswith(b"HTTP/1.1 200 ")
    assert connection.is_free


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array.array("b", data)])
def test_kinds_of_bytes(mock: Mock, kind: Any) -> None:
    """Whatever has bytes in it can be sent."""
    connection = opened()
    assert connection.send(kind(REQUEST)) == len(REQUEST)
    assert all_of(connection).endswith(BODY)


@pytest.mark.parametrize("data", ["text", [b"a"], 7, None])
def test_no_bytes(mock: Mock, data: Any) -> None:
    """What has none is refused with the error that tells a library to send its parts."""
    with pytest.raises(TypeError):
        opened().sendall(data)


def test_two_at_once(mock: Mock) -> None:
    """Requests that are sent in one go are answered in a row."""
    connection = opened()
    connection.sendall(REQUEST * 2)
    assert not connection.is_free
    assert all_of(connection).count(BODY) == 2
    assert len(mock.calls) == 2


def test_into_a_buffer(mock: Mock) -> None:
    """Reading into a buffer fills as much of it as was asked for."""
    connection = opened()
    connection.sendall(REQUEST)
    buffer = bytearray(12)
    assert connection.recv_into(buffer, 8) == 8
    assert bytes(buffer) == b"HTTP/1.1\0\0\0\0"


def test_nothing_to_read(mock: Mock) -> None:
    """Who reads without having asked waits as long as it has patience, and is told the end if it has no bound."""
    before = mock.now
    with pytest.raises(TimeoutError, match="timed out"):
        opened(5).recv(1)
    assert (mock.now - before).total_seconds() == 5
    assert opened(None).recv(1) == b""


def test_patience_is_that_of_the_read(mock: Mock) -> None:
    """The time-out that counts is the one that is set when the answer is read."""
    mock.play(rules({"delay": 30}))
    connection = opened(1)
    connection.sendall(REQUEST)
    connection.settimeout(40)
    assert connection.gettimeout() == 40
    assert connection.recv(8) == b"HTTP/1.1"


def test_after_a_reset(mock: Mock) -> None:
    """A connection that was reset after its answer is not free, and takes nothing more."""
    mock.play(rules({"reset": "after"}))
    connection = opened()
    connection.sendall(REQUEST)
    while not connection.recv(1000).endswith(BODY):
        """Read on."""
    assert not connection.is_free
    with pytest.raises(ConnectionResetError):
        connection.sendall(REQUEST)
    with pytest.raises(ConnectionResetError):
        connection.recv(1)


def test_after_silence(mock: Mock) -> None:
    """A connection that has fallen silent hears nothing more."""
    mock.play(rules({"stop": 1}))
    connection = opened()
    connection.sendall(REQUEST)
    assert all_of(connection).endswith(BODY)
    connection.sendall(REQUEST)
    assert all_of(connection) == b""
    assert len(mock.calls) == 1


def test_after_lateness(mock: Mock) -> None:
    """Who did not wait for an answer hears nothing more, whatever else it asks."""
    connection = opened(0.001)
    body = json.dumps(printed_call("sd1.5-img2img")).encode()
    connection.sendall(REQUEST.replace(b"GET /v1/get-user-credits", b"POST /v1/sd1.5-img2img")[:-2])
    connection.sendall(b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    for _ in range(2):
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.sendall(REQUEST)
    assert [call.method for call in mock.calls] == ["POST"]


def test_no_request(mock: Mock) -> None:
    """Bytes that are no request are answered 400, and the connection ends; what comes after them is dropped."""
    connection = opened()
    connection.sendall(b"hello\r\n\r\n")
    connection.sendall(REQUEST)
    assert all_of(connection).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert connection.recv(1) == b""
    assert mock.calls == []


def test_closed(mock: Mock) -> None:
    """Nothing can be done to a connection that is closed, but what is left of an answer can be read from its file."""
    connection = opened()
    connection.sendall(REQUEST)
    file = connection.makefile("rb")
    connection.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        connection.sendall(REQUEST)
    with file:
        assert file.readline() == b"HTTP/1.1 200 OK\r\n"
    with pytest.raises(OSError, match="Bad file descriptor"):
        connection.recv(1)
    assert (connection.fileno(), connection.is_free) == (-1, False)


@pytest.mark.parametrize(
    ("how", "ends"), [(socket.SHUT_RD, True), (socket.SHUT_RDWR, True), (socket.SHUT_WR, False)], ids=["r", "rw", "w"]
)
def test_shut_down(mock: Mock, how: int, ends: bool) -> None:
    """After a shutdown of its reading nothing is read."""
    connection = opened()
    connection.sendall(REQUEST)
    connection.shutdown(how)
    assert (connection.recv(1) == b"") is ends


def test_waiting_on_it(mock: Mock) -> None:
    """Who waits on it by the system's means is told at once that there is something; no file is left open."""
    connection = opened()
    number = connection.fileno()
    assert connection.fileno() == number
    assert select.select([connection], [], [], 5)[0] == [connection]
    connection.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    forgotten = opened().fileno()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(forgotten)


def test_nobody_to_answer() -> None:
    """A request that is sent after the mock has ended gets no answer, nor one that nobody waits for then."""
    with intercept():
        connection, other = opened(), opened()
    connection.sendall(REQUEST)
    assert (connection.recv(1), connection.is_free) == (b"", False)
    other.sendall(REQUEST)
    other.close()


def test_the_port_is_closed_meanwhile(mock: Mock) -> None:
    """While the port is closed a kept connection is not free, and nobody can connect."""
    mock.play(rules({"refuse": 30}))
    kept, other = opened(), opened()
    other.sendall(REQUEST)
    assert other.recv(1) == b""
    assert not kept.is_free
    with pytest.raises(ConnectionRefusedError, match="111"):
        opened()
    mock.advance(31)
    assert kept.is_free
    assert opened().is_free


def test_whoever_is_refused_lives_by_the_mocks_time(mock: Mock) -> None:
    """A thread that never got as far as a request waits by the mock's clock all the same."""
    mock.play(rules({"refuse": 30}))
    first = opened()
    first.sendall(REQUEST)
    assert first.recv(1) == b""

    def wait() -> None:
        with pytest.raises(ConnectionRefusedError):
            opened()
        Retry(total=5, backoff_factor=5, history=(FAILED, FAILED)).sleep()

    before = mock.now
    with ThreadPoolExecutor(1) as threads:
        threads.submit(wait).result()
    assert (mock.now - before).total_seconds() == 10


def test_blocked_meanwhile() -> None:
    """A connection to a host that is blocked by now is not free."""
    with intercept(hosts=["gateway.test"]):
        service = SWITCHBOARD.service("gateway.test", "")
        assert service is not None
        connection = connected(service, Place("http", "gateway.test"), None)
    with intercept(block_network=True):
        assert not connection.is_free
        with pytest.raises(NetworkBlocked):
            SWITCHBOARD.service("gateway.test", "")
