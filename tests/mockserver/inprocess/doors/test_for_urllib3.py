"""The door into urllib3 and requests: nobody who uses them sees a difference to a server on a socket."""

from __future__ import annotations

import json
import select
import socket
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from segmind_mock.inprocess.doors import for_urllib3, sockets
from segmind_mock.inprocess.doors.sockets import QuietSocket
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
AT_ONCE = urllib3.Retry(3, backoff_factor=0.01, status_forcelist=[502])


@pytest.fixture(scope="module")
def served() -> Iterator[Mock]:
    """A mock on a socket."""
    with on_a_socket() as mock:
        yield mock


def seen_in(answer: Any, body: bytes) -> Seen:
    """An answer that came."""
    status = answer.status if isinstance(answer, urllib3.BaseHTTPResponse) else answer.status_code
    return Seen("", status, tuple(sorted(name.lower() for name in answer.headers)), body)


def by_pool(mock: Mock, retries: Any = False) -> list[Seen]:
    """Three calls of one pool."""
    found = []
    with urllib3.PoolManager(retries=retries, timeout=IMPATIENCE, headers={"x-api-key": mock.key}) as pool:
        for _ in range(3):
            try:
                answer = pool.request("GET", mock.url + CREDITS)
                found.append(seen_in(answer, answer.data))
            except FAILURES as error:
                found.append(seen_of(error))
    return found


def by_retrying_pool(mock: Mock) -> list[Seen]:
    """The same with retries, and how many calls that took."""
    return [*by_pool(mock, AT_ONCE), Seen(f"{len(mock.calls)} calls")]


def by_streaming_pool(mock: Mock) -> list[Seen]:
    """Three calls of one pool that read their answers in pieces."""
    found = []
    with urllib3.PoolManager(retries=False, timeout=IMPATIENCE, headers={"x-api-key": mock.key}) as pool:
        for _ in range(3):
            body = b""
            try:
                answer = pool.request("GET", mock.url + CREDITS, preload_content=False)
                for piece in answer.stream(7):
                    body += piece
                found.append(seen_in(answer, body))
            except FAILURES as error:
                found.append(seen_of(error)._replace(body=body))
    return found


def by_session(mock: Mock, retries: Any = 0, stream: bool = False) -> list[Seen]:
    """Three calls of one session."""
    found = []
    with requests.Session() as session:
        session.mount(mock.url, HTTPAdapter(max_retries=retries))
        for _ in range(3):
            body = b""
            try:
                with session.get(
                    mock.url + CREDITS, headers={"x-api-key": mock.key}, timeout=IMPATIENCE, stream=stream
                ) as answer:
                    for piece in answer.iter_content(7):
                        body += piece
                    found.append(seen_in(answer, body))
            except FAILURES as error:
                found.append(seen_of(error)._replace(body=body))
    return found


def by_streaming_session(mock: Mock) -> list[Seen]:
    """The same, with answers that are read in pieces."""
    return by_session(mock, stream=True)


def by_retrying_session(mock: Mock) -> list[Seen]:
    """The same with retries, and how many calls that took."""
    return [*by_session(mock, AT_ONCE), Seen(f"{len(mock.calls)} calls")]


@pytest.mark.parametrize(
    "client",
    [by_pool, by_retrying_pool, by_streaming_pool, by_session, by_streaming_session, by_retrying_session],
)
@pytest.mark.parametrize("name", WIRE)
def test_the_same_as_on_a_socket(client: Callable[[Mock], list[Seen]], name: str, served: Mock) -> None:
    """Whatever happens on the wire, calls end with the same error, status, headers and bytes as on a socket."""
    assert seen_by(client, in_process(), name) == seen_by(client, somewhere_on(served, name), name)


ERRORS = {
    "cut": ("ProtocolError of IncompleteRead", "ChunkedEncodingError of ProtocolError of IncompleteRead"),
    "stop": ("ReadTimeoutError", "ConnectionError of ReadTimeoutError"),
    "too-late": ("ReadTimeoutError", "ReadTimeout of ReadTimeoutError"),
    "reset-before": (
        "ProtocolError of ConnectionResetError",
        "ConnectionError of ProtocolError of ConnectionResetError",
    ),
    "reset-amid-the-body": (
        "ProtocolError of ConnectionResetError",
        "ChunkedEncodingError of ProtocolError of ConnectionResetError",
    ),
    "garbage": ("ProtocolError of BadStatusLine", "ConnectionError of ProtocolError of BadStatusLine"),
    "refuse": ("ProtocolError of RemoteDisconnected", "ConnectionError of ProtocolError of RemoteDisconnected"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name: str) -> None:
    """Each fault raises what urllib3 and requests raise for it."""
    found = tuple(seen_by(client, in_process(), name)[0].error for client in (by_pool, by_session))
    assert found == ERRORS[name]


def test_a_closed_port() -> None:
    """Who comes while the port is closed cannot connect."""
    assert seen_by(by_pool, in_process(), "refuse")[1].error == "NewConnectionError"
    assert (
        seen_by(by_session, in_process(), "refuse")[1].error == "ConnectionError of MaxRetryError of NewConnectionError"
    )


# --- Ways to ask ------------------------------------------------------------------------------------------

CALL = printed_call(SLUG)
BODY = json.dumps(CALL).encode()


def pieces() -> Iterator[bytes]:
    """A call's body, a few bytes at a time."""
    return (BODY[begin : begin + 7] for begin in range(0, len(BODY), 7))


def as_form(call: Mapping[str, Any]) -> dict[str, tuple[None, str]]:
    """A call as the fields of a form."""
    return {name: (None, value if isinstance(value, str) else json.dumps(value)) for name, value in call.items()}


WAYS: dict[str, Callable[[], dict[str, Any]]] = {
    "json": lambda: {"method": "POST", "json": CALL},
    "chunks": lambda: {"method": "POST", "data": pieces(), "headers": {"content-type": "application/json"}},
    "file": lambda: {"method": "POST", "data": BytesIO(BODY), "headers": {"content-type": "application/json"}},
    "multipart": lambda: {"method": "POST", "files": as_form(CALL)},
    "nothing": lambda: {"method": "POST"},
    "head": lambda: {"method": "HEAD"},
    "get": lambda: {"method": "GET"},
    "params": lambda: {"method": "GET", "params": {"a": "ü &", "b": ["1", "2"]}},
    "closing": lambda: {"method": "POST", "json": CALL, "headers": {"connection": "close"}},
}


@pytest.mark.parametrize("way", WAYS)
def test_ways_to_ask(way: str) -> None:
    """However a call is made, twice in one session, its answer is that of a server on a socket."""

    def seen(world: AbstractContextManager[Mock]) -> list[Any]:
        with world as mock, requests.Session() as session:
            session.headers.update(HEADERS)
            answers = [session.request(url=f"{mock.url}/v2/{SLUG}", timeout=20, **WAYS[way]()) for _ in range(2)]
            told = [seen_in(answer, b"")[:3] for answer in answers]
            return [*told, len(mock.jobs), [(call.method, call.path) for call in mock.calls]]

    assert seen(in_process()) == seen(on_a_socket())


def test_a_file() -> None:
    """An output that is fetched in pieces is the one that is fetched whole."""
    with intercept() as mock, requests.Session() as session:
        session.headers.update(HEADERS)
        submitted = session.post(f"{URL}/v2/{SLUG}", json=CALL).json()
        while (job := session.get(f"{URL}/v2/requests/{submitted['request_id']}").json())["status"] != "COMPLETED":
            mock.advance(1)
        with requests.get(job["output"], stream=True) as answer:
            body = b"".join(answer.iter_content(1000))
        assert len(body) == int(answer.headers["content-length"])
        assert body == urllib3.request("GET", job["output"]).data


def test_a_redirect() -> None:
    """A redirect within the service is followed."""
    with intercept() as mock:
        mock.play(rules({"redirect": "/v2/requests"}))
        answer = requests.get(URL + CREDITS, headers=HEADERS)
        assert [step.status_code for step in answer.history] == [307]
        assert [call.path for call in mock.calls] == [CREDITS, "/v2/requests"]


def test_certificates() -> None:
    """Whether and how certificates are looked at does not matter, and nobody is warned."""
    with intercept(), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert requests.get(URL + CREDITS, headers=HEADERS, verify=False).status_code == 200
        with urllib3.PoolManager(cert_reqs="CERT_NONE", assert_fingerprint="00" * 32, headers=HEADERS) as pool:
            assert pool.request("GET", URL + CREDITS).status == 200


# --- Time, and connections that are kept ------------------------------------------------------------------


def test_retries_take_virtual_time() -> None:
    """The pauses between urllib3's retries pass at once, by the mock's clock."""
    with intercept() as mock, requests.Session() as session:
        mock.play({**(rules({"error": 502}) or {}), "rules": [{"do": {"error": 502}, "when": {"first": 3}}]})
        session.mount(URL, HTTPAdapter(max_retries=urllib3.Retry(5, backoff_factor=10, status_forcelist=[502])))
        before = mock.now
        assert session.get(URL + CREDITS, headers=HEADERS).status_code == 200
        assert mock.now - before == timedelta(seconds=20 + 40)
        assert len(mock.calls) == 4


def test_no_timeout() -> None:
    """Who gives no time-out waits until the answer comes."""
    with intercept() as mock:
        mock.play(rules({"delay": 300}))
        before = mock.now
        assert urllib3.request("GET", URL + CREDITS, headers=HEADERS, timeout=None).status == 200
        assert mock.now - before == timedelta(seconds=300)


@pytest.mark.parametrize(
    ("name", "connections"),
    [("nothing", 1), ("error", 1), ("drip", 1), ("reset-after", 2), ("cut", 2), ("too-late", 2)],
)
def test_connections_are_kept(name: str, connections: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection is used again after an answer in good order, and only then."""
    opened = []

    def connected(*args: Any) -> QuietSocket:
        opened.append(sockets.connected(*args))
        return opened[-1]

    monkeypatch.setattr(for_urllib3, "connected", connected)
    with intercept() as mock, urllib3.HTTPSConnectionPool(HOST, timeout=IMPATIENCE, headers=HEADERS) as pool:
        mock.play(rules({"reset": "after"} if name == "reset-after" else WIRE[name]))
        for _ in range(2):
            with suppress(urllib3.exceptions.HTTPError):
                pool.request("GET", CREDITS, retries=False)
        assert len(opened) == connections
        assert len(mock.calls) == 2


def test_threads() -> None:
    """Threads that share a session are each answered."""
    with intercept() as mock, requests.Session() as session, ThreadPoolExecutor(4) as threads:

        def ask(_: int) -> int:
            return session.get(URL + CREDITS, headers=HEADERS).status_code

        assert [*threads.map(ask, range(20))] == [200] * 20
        assert len(mock.calls) == 20


# --- Where calls go ---------------------------------------------------------------------------------------


def test_a_session_of_before_and_after() -> None:
    """A session that was made before leads to the mock that is in force, and to none once it has ended."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}{CREDITS}"
    with requests.Session() as session:
        session.headers.update(HEADERS)
        for _ in range(2):
            with intercept(hosts=["127.0.0.1"]) as mock:
                assert session.get(url).status_code == 200
                assert session.get(url).status_code == 200
                assert len(mock.calls) == 2
        with pytest.raises(requests.ConnectionError, match="Connection refused"):
            session.get(url)


def test_a_pool_of_within() -> None:
    """A pool that was made within an interception leads to the network after it; its connection is dropped."""
    with on_a_socket() as live:
        port = urlsplit(live.url).port
        with urllib3.HTTPConnectionPool("127.0.0.1", port, headers=HEADERS) as pool:
            with intercept(hosts=["127.0.0.1"]) as mock:
                pool.request("GET", CREDITS)
            for _ in range(2):
                assert pool.request("GET", CREDITS, retries=False).status == 200
            assert (len(mock.calls), len(live.calls), pool.num_connections) == (1, 2, 1)


def test_a_connection_to_the_network() -> None:
    """A connection that was opened to a server before is not used for calls to the mock."""
    with on_a_socket() as live, requests.Session() as session:
        session.headers.update(HEADERS)
        session.get(live.url + CREDITS)
        with intercept(hosts=["127.0.0.1"]) as mock:
            assert session.get(live.url + CREDITS).status_code == 200
        assert (len(live.calls), len(mock.calls)) == (1, 1)


def test_other_hosts() -> None:
    """Calls to other hosts go over the network; where it is blocked, they are not tried again."""
    with on_a_socket() as live, requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=3))
        with intercept(block_network=True) as mock:
            assert session.get(live.url + CREDITS, headers=HEADERS).status_code == 200
            for url in ("http://elsewhere.test/a", "https://elsewhere.test/a"):
                with pytest.raises(NetworkBlocked, match="elsewhere"):
                    session.get(url)
            assert (len(live.calls), len(mock.calls)) == (1, 0)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to the service do not go to a proxy that the environment names."""
    with socket.create_server(("127.0.0.1", 0)) as proxy, intercept(block_network=True) as mock:
        monkeypatch.setenv(f"{scheme}_proxy", f"http://127.0.0.1:{proxy.getsockname()[1]}")
        with requests.Session() as session:
            for _ in range(2):
                assert session.get(f"{scheme}://{HOST}{CREDITS}", headers=HEADERS).status_code == 200
            mock.play(rules({"refuse": 30}))
            with pytest.raises(requests.ConnectionError, match="RemoteDisconnected"):
                session.get(f"{scheme}://{HOST}{CREDITS}", headers=HEADERS)
            with pytest.raises(requests.ConnectionError, match="Connection refused") as refused:
                session.get(f"{scheme}://{HOST}{CREDITS}", headers=HEADERS)
            assert not isinstance(refused.value, requests.exceptions.ProxyError)
        assert [call.path for call in mock.calls] == [CREDITS] * 3
        assert select.select([proxy], [], [], 0)[0] == []


def test_the_state_of_a_connection() -> None:
    """A connection to the mock passes for one that is verified, and for one through a proxy where there is one."""
    proxy = urllib3.util.parse_url("http://proxy.test:3128")
    plain, tunnel = (
        urllib3.connection.HTTPSConnection(HOST),
        urllib3.connection.HTTPSConnection("proxy.test", proxy=proxy),
    )
    tunnel.set_tunnel(HOST)
    with intercept():
        for connection in (plain, tunnel):
            connection.connect()
            assert (connection.is_verified, connection.is_connected, connection.is_closed) == (True, True, False)
        assert (plain.proxy_is_verified, plain.has_connected_to_proxy) == (None, False)
        assert (tunnel.proxy_is_verified, tunnel.has_connected_to_proxy) == (False, True)
        for connection in (plain, tunnel):
            connection.close()
            assert (connection.is_verified, connection.is_connected, connection.is_closed) == (False, False, True)


def test_a_proxy_for_others() -> None:
    """Calls to others do, over one and the same pool of connections."""
    with on_a_socket() as live, intercept() as mock, urllib3.ProxyManager(live.url, headers=HEADERS) as pool:
        for host in ("elsewhere.test", HOST, HOST, "elsewhere.test", HOST):
            assert pool.request("GET", f"http://{host}{CREDITS}").status == 200
        assert (len(live.calls), len(mock.calls)) == (2, 3)


def test_undone() -> None:
    """Afterwards the library is as it was."""
    kinds = (urllib3.connection.HTTPConnection, urllib3.connection.HTTPSConnection)
    before = [dict(vars(kind)) for kind in kinds]
    with intercept():
        assert all("segmind_mock" in kind.connect.__module__ for kind in kinds)
        requests.get(URL + CREDITS)
    assert [dict(vars(kind)) for kind in kinds] == before
