"""The door into `http.client` and `urllib.request`: nobody who uses them sees a difference to a server on a socket."""

from __future__ import annotations

import http.client
import json
import select
import socket
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from segmind_mock.inprocess.hosts import NetworkBlocked
from segmind_mock.inprocess.interception import intercept
from segmind_mock.mock import Mock
from tests.mockserver.inprocess.doors.alike import (
    FAILURES,
    IMPATIENCE,
    WIRE,
    Seen,
    in_process,
    on_a_socket,
    rules,
    seen_by,
    seen_of,
    somewhere_on,
)
from tests.worlds import KEY, printed_call

SLUG = "sd1.5-img2img"
HOST = "api.segmind.com"
URL = f"https://{HOST}"
HEADERS = {"x-api-key": KEY}
CREDITS = "/v1/get-user-credits"


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    """A mock on a socket."""
    with on_a_socket() as mock:
        yield mock


def connection_to(mock: Mock, timeout: float | None = IMPATIENCE) -> http.client.HTTPConnection:
    """A connection, not opened yet."""
    parts = urlsplit(mock.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.netloc, timeout=timeout)


def asked(connection: http.client.HTTPConnection, method: str = "GET", path: str = CREDITS, **more: Any) -> Seen:
    """One exchange on a connection, which stays as it is afterwards."""
    headers = {**HEADERS, **more.pop("headers", {})}
    try:
        connection.request(method, path, headers=headers, **more)
        with connection.getresponse() as answer:
            names = tuple(sorted(name.lower() for name in answer.headers))
            return Seen("", answer.status, names, answer.read())
    except FAILURES as error:
        return seen_of(error)


def by_one_connection(mock: Mock) -> list[Seen]:
    """Three calls on a connection that is closed after a failure, as one has to."""
    found = []
    with closing(connection_to(mock)) as connection:
        for _ in range(3):
            found.append(asked(connection, headers={"x-api-key": mock.key}))
            if found[-1].error:
                connection.close()
    return found


def by_urlopen(mock: Mock) -> list[Seen]:
    """Two calls of `urlopen`."""
    return [opened(mock.url + CREDITS, mock.key) for _ in range(2)]


def opened(url: str, key: str = KEY) -> Seen:
    """A call of `urlopen`, with the proxies of now."""
    request = urllib.request.Request(url, headers={"x-api-key": key})
    try:
        with urllib.request.build_opener().open(request, timeout=IMPATIENCE) as answer:
            return Seen("", answer.status, tuple(sorted(name.lower() for name in answer.headers)), answer.read())
    except HTTPError as error:
        with error:
            return Seen("HTTPError", error.code, tuple(sorted(name.lower() for name in error.headers)), error.read())
    except FAILURES as error:
        return seen_of(error)


CLIENTS = pytest.mark.parametrize("client", [by_one_connection, by_urlopen])


@CLIENTS
@pytest.mark.parametrize("name", WIRE)
def test_the_same_as_on_a_socket(client: Callable[[Mock], list[Seen]], name: str, served: Mock) -> None:
    """Whatever happens on the wire, calls end with the same error, status, headers and bytes as on a socket."""
    assert seen_by(client, in_process(), name) == seen_by(client, somewhere_on(served, name), name)


ERRORS = {
    "cut": "IncompleteRead",
    "cut-at-once": "IncompleteRead",
    "stop": "TimeoutError",
    "too-late": "TimeoutError",
    "reset-before": "ConnectionResetError",
    "reset-amid-the-head": "ConnectionResetError",
    "reset-amid-the-body": "ConnectionResetError",
    "garbage": "BadStatusLine",
    "broken-chunk": "IncompleteRead",
    "refuse": "RemoteDisconnected",
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    """Each fault raises what the library raises for it."""
    assert seen_by(by_one_connection, in_process(), name)[0].error == ERRORS[name]


# --- Ways to ask ------------------------------------------------------------------------------------------


def pieces() -> Iterator[bytes]:
    """A call's body, a few bytes at a time."""
    body = json.dumps(printed_call(SLUG)).encode()
    return (body[begin : begin + 7] for begin in range(0, len(body), 7))


WAYS: dict[str, dict[str, Any]] = {
    "head": {"method": "HEAD"},
    "post": {"method": "POST", "path": f"/v2/{SLUG}", "body": json.dumps(printed_call(SLUG))},
    "post-in-chunks": {"method": "POST", "path": f"/v2/{SLUG}", "body": pieces(), "encode_chunked": True},
    "post-nothing": {"method": "POST", "path": f"/v2/{SLUG}"},
    "nowhere": {"path": "/nowhere?a=1&b=%20"},
    "other-method": {"method": "DELETE"},
    "asked-to-close": {"headers": {"connection": "close"}},
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_ask(way: str) -> None:
    """However a call is made, twice on one connection, its answer is that of a server on a socket."""

    def seen(world: AbstractContextManager[Mock]) -> list[Any]:
        with world as mock, closing(connection_to(mock, 5)) as connection:
            options = {"headers": {"content-type": "application/json"}, **WAYS[way]}
            found = [asked(connection, **{**options, "body": fresh(options.get("body"))}) for _ in range(2)]
            return [*(one[:3] for one in found), len(mock.jobs), [call.path for call in mock.calls]]

    def fresh(body: Any) -> Any:
        return pieces() if hasattr(body, "__next__") else body

    assert seen(in_process()) == seen(on_a_socket())


def test_bytes_that_are_no_request() -> None:
    """What a server on a socket says to them is said."""

    def seen(world: AbstractContextManager[Mock]) -> tuple[int, bytes, str | None, bytes]:
        with world as mock, closing(connection_to(mock, 5)) as connection:
            connection.connect()
            connection.send(b"hello\r\n\r\n")
            answer = http.client.HTTPResponse(connection.sock)
            answer.begin()
            with answer:
                return answer.status, answer.read(), answer.getheader("connection"), connection.sock.recv(1)

    assert seen(in_process()) == seen(on_a_socket())


def test_a_file() -> None:
    """An output is fetched by `urlretrieve` as it is by `urlopen`."""
    with intercept() as mock, closing(connection_to(mock, None)) as connection:
        headers = {"content-type": "application/json"}
        body = json.dumps(printed_call(SLUG))
        submitted = json.loads(asked(connection, "POST", f"/v2/{SLUG}", body=body, headers=headers).body)
        mock.advance(60)
        output = json.loads(asked(connection, path=f"/v2/requests/{submitted['request_id']}").body)["output"]
        name, _ = urllib.request.urlretrieve(output)
        try:
            assert Path(name).read_bytes() == opened(output).body
        finally:
            urllib.request.urlcleanup()


def test_a_call_that_nobody_waits_for() -> None:
    """A request that was sent reaches the mock, though its connection is closed at once."""
    with intercept() as mock:
        connection = connection_to(mock)
        connection.request("GET", CREDITS, headers=HEADERS)
        connection.close()
        assert [call.path for call in mock.calls] == [CREDITS]


def test_an_answer_outlives_its_connection() -> None:
    """What is left of an answer can be read when its connection has been closed."""
    with intercept() as mock:
        connection = connection_to(mock)
        connection.request("GET", CREDITS, headers={**HEADERS, "connection": "close"})
        with connection.getresponse() as answer:
            assert connection.sock is None
            assert json.loads(answer.read())["credits"] > 0


# --- Time -------------------------------------------------------------------------------------------------


def test_time_that_passes() -> None:
    """A call that is held lets virtual time pass, for as long as the fault says or the client has patience."""
    with intercept() as mock:
        mock.play(rules({"delay": 30}))
        with closing(connection_to(mock, None)) as connection:
            before = mock.now
            assert asked(connection).status == 200
            assert mock.now - before == timedelta(seconds=30)
        mock.play(rules({"delay": 30}))
        with closing(connection_to(mock, 7)) as connection:
            before = mock.now
            assert asked(connection).error == "TimeoutError"
            assert mock.now - before == timedelta(seconds=7)


def test_the_default_timeout() -> None:
    """A connection without a time-out of its own has the process's."""
    socket.setdefaulttimeout(3)
    try:
        with intercept() as mock:
            mock.play(rules({"delay": 30}))
            with closing(http.client.HTTPSConnection(HOST)) as connection:
                assert asked(connection).error == "TimeoutError"
    finally:
        socket.setdefaulttimeout(None)


def test_threads() -> None:
    """Threads that ask at the same time are each answered."""
    with intercept() as mock, ThreadPoolExecutor(4) as threads:
        found = [*threads.map(lambda _: opened(URL + CREDITS).status, range(20))]
        assert found == [200] * 20
        assert len(mock.calls) == 20


# --- Where calls go ---------------------------------------------------------------------------------------


def test_connections_of_before_and_after() -> None:
    """A connection that was made before leads to the mock that is in force, and to none once it has ended."""
    connection = http.client.HTTPSConnection(HOST)
    for _ in range(2):
        with intercept() as mock:
            assert asked(connection).status == 200
            assert asked(connection).status == 200
            assert len(mock.calls) == 2
    assert asked(connection).error == "RemoteDisconnected"
    assert connection.sock is None


def test_one_within_another() -> None:
    """A connection that is kept leads to the innermost mock, whichever it was opened to."""
    with closing(http.client.HTTPSConnection(HOST)) as connection, intercept() as outer:
        asked(connection)
        with intercept() as inner:
            asked(connection)
        asked(connection)
        assert (len(outer.calls), len(inner.calls)) == (2, 1)


def test_a_connection_to_the_network() -> None:
    """One that was opened to a server before is let go of, and opened again afterwards."""
    with on_a_socket() as live, closing(connection_to(live)) as connection:
        asked(connection)
        with intercept(hosts=["127.0.0.1"]) as mock:
            assert asked(connection).status == 200
            assert (len(live.calls), len(mock.calls)) == (1, 1)
        connection.close()
        asked(connection)
        assert len(live.calls) == 2


def test_a_class_that_connects_by_itself() -> None:
    """No request gets past the mock by a class with a `connect` of its own."""

    class Own(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.create_connection((self.host, self.port))

    with on_a_socket() as live, intercept(hosts=["127.0.0.1"]) as mock:
        with closing(Own(urlsplit(live.url).netloc)) as connection:
            connection.connect()
            assert asked(connection).status == 200
        with closing(Own(urlsplit(live.url).netloc)) as connection:
            assert asked(connection).status == 200
        assert (len(live.calls), len(mock.calls)) == (0, 2)


def test_other_hosts() -> None:
    """Calls to other hosts go over the network, unless it is blocked; this machine never is."""
    with on_a_socket() as live:
        with intercept() as mock:
            assert opened(live.url + CREDITS).status == 200
            assert (len(live.calls), len(mock.calls)) == (1, 0)
        with intercept(block_network=True):
            assert opened(live.url + CREDITS).status == 200
            with pytest.raises(NetworkBlocked, match=r"http://elsewhere\.test/a was not called"):
                urllib.request.urlopen("http://elsewhere.test/a?b=1")
            with pytest.raises(NetworkBlocked, match=r"https://elsewhere\.test"):
                http.client.HTTPSConnection("elsewhere.test").connect()


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to the service do not go to a proxy that the environment names."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, intercept() as mock:
        monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        assert opened(f"{scheme}://{HOST}{CREDITS}").status == 200
        assert [call.path for call in mock.calls] == [CREDITS]
        assert select.select([proxy], [], [], 0)[0] == []


def test_a_proxy_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to others do, on the same connection too; and what is blocked is where they go, not the proxy."""
    elsewhere = f"http://elsewhere.test{CREDITS}"
    with on_a_socket() as live, intercept() as mock:
        monkeypatch.setenv("http_proxy", live.url)
        assert opened(elsewhere).status == 200
        with closing(connection_to(live)) as connection:
            for place in (elsewhere, f"http://{HOST}{CREDITS}", elsewhere, f"http://{HOST}{CREDITS}"):
                assert asked(connection, path=place).status == 200
            assert asked(connection).status == 200
        assert (len(live.calls), len(mock.calls)) == (4, 2)
        with intercept(block_network=True), pytest.raises(NetworkBlocked, match=r"http://elsewhere\.test"):
            opened(elsewhere)
        with intercept(block_network=True, allow=["elsewhere.test"]):
            assert opened(elsewhere).status == 200


def test_undone() -> None:
    """Afterwards the library is as it was."""
    kinds = (http.client.HTTPConnection, http.client.HTTPSConnection)
    before = [dict(vars(kind)) for kind in kinds]
    with intercept():
        assert [dict(vars(kind)) for kind in kinds] != before
        opened(URL + CREDITS)
    assert [dict(vars(kind)) for kind in kinds] == before
