"""Server: it binds its own port and tells it, answers however malformed a request is, and leaves the port free."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock import server
from segmind_mock.app import create_app
from segmind_mock.config import Config
from segmind_mock.faults import Refuse
from segmind_mock.server import CannotListen, Port, Server
from tests.served import serving
from tests.wired import LOOPS, App
from tests.wired import live as wired

PATIENCE = 5
"""Seconds for which an answer, or the end of the connection, may be waited for."""

KEY = b"x-api-key: SG_0123456789abcdef\r\n"
CREDITS = b"GET /v1/get-user-credits HTTP/1.1\r\nHost: a\r\n" + KEY
SUBMIT = b"POST /v2/sam-img2img HTTP/1.1\r\nHost: a\r\n" + KEY + b"content-type: application/json\r\n"
CLOSE = b"Connection: close\r\n"
BODY = b'{"image":"http://a/b"}'
Address = tuple[str, int]


@pytest.fixture(scope="module")
def live() -> Iterator[Address]:
    """A mock in a process of its own."""
    with serving("--timing", "instant") as served:
        host, _, port = served.url.removeprefix("http://").partition(":")
        yield host, int(port)


def rest(connection: socket.socket) -> bytes:
    """Everything up to the end of a connection; a connection that is reset has ended too."""
    seen = b""
    try:
        while more := connection.recv(1 << 16):
            seen += more
    except ConnectionError:
        pass
    return seen


def exchange(address: Address, sent: bytes, *, hang_up: bool = False) -> bytes:
    """Everything that comes back until the server closes; waiting longer than `PATIENCE` fails the test."""
    with socket.create_connection(address, PATIENCE) as connection:
        try:
            connection.sendall(sent)
            if hang_up:
                connection.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass
        return rest(connection)


def still_serves(address: Address) -> bool:
    """Whether an ordinary request is answered."""
    return exchange(address, CREDITS + CLOSE + b"\r\n").startswith(b"HTTP/1.1 200 ")


def test_it_answers(live: Address) -> None:
    """What is told when it is ready is where it answers."""
    fresh = CREDITS.replace(KEY, b"x-api-key: SG_00000000000000aa\r\n")
    assert exchange(live, fresh + CLOSE + b"\r\n").endswith(b'{"credits":1000000.0,"free-credits":0.0}')


def test_an_answer_without_a_body(live: Address) -> None:
    """A HEAD is answered with the head alone, at once, and the connection goes on."""
    with socket.create_connection(live, PATIENCE) as connection:
        for _ in range(2):
            connection.sendall(CREDITS.replace(b"GET", b"HEAD") + b"\r\n")
            answer = connection.recv(1 << 16)
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert answer.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"\x00\x01 garbage\r\n\r\n",
        bytes.fromhex("16030100a5010000a1") + bytes(200),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/3.9\r\nHost: a\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET foo HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[/v1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nx: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nx: a\x00b\r\n\r\n",
        SUBMIT + b"content-length: abc\r\n\r\n{}",
        SUBMIT + b"content-length: -1\r\n\r\n{}",
        SUBMIT + b"content-length: " + b"9" * 30 + b"\r\n\r\n{}",
        SUBMIT + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}",
        SUBMIT + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        SUBMIT + b"transfer-encoding: gzip\r\n\r\n0\r\n\r\n",
        SUBMIT + b"transfer-encoding: chunked\r\n\r\nzz\r\n{}",
    ],
)
def test_no_http(live: Address, sent: bytes) -> None:
    """What is no HTTP is answered with a 400 at once, the connection closed, and the server goes on."""
    assert exchange(live, sent).startswith(b"HTTP/1.1 400 ")
    assert still_serves(live)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (SUBMIT + b"content-length: 999999999\r\n" + CLOSE + b"\r\n{}", 413),
        (SUBMIT + b"transfer-encoding: chunked\r\n" + CLOSE + b"\r\n16\r\n" + BODY + b"\r\n0\r\n\r\n", 200),
        (SUBMIT + b"content-length: 2\r\n" + CLOSE + b"\r\n{}" + b"more than was told", 200),
        (SUBMIT.replace(b"application/json", b"\xff\xfe") + b"content-length: 2\r\n" + CLOSE + b"\r\n{}", 406),
        (CREDITS.replace(b"SG_", b"\xff\xfe") + CLOSE + b"\r\n", 401),
        (CREDITS.replace(b"Host: a\r\n", b"") + CLOSE + b"\r\n", 200),
        (CREDITS.replace(b"Host: a\r\n", b"").replace(b"1.1", b"1.0") + b"\r\n", 200),
        (b"GET /openapi.json HTTP/1.0\r\n\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: a b<>\r\n" + CLOSE + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: \xe9\r\n" + CLOSE + b"\r\n", 400),
        (b"GET /openapi.json HTTP/1.1\r\nHost: [/\r\n" + CLOSE + b"\r\n", 400),
        (SUBMIT.replace(b"Host: a", b"Host: a/b") + b"content-length: 22\r\n" + CLOSE + b"\r\n" + BODY, 400),
        (b"GET /v2/requests/%ff%00%0d%0a HTTP/1.1\r\nHost: a\r\n" + KEY + CLOSE + b"\r\n", 404),
        (b"GET http://b/v1/get-user-credits HTTP/1.1\r\nHost: a\r\n" + KEY + CLOSE + b"\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"a" * 60_000 + b"\r\n" + CLOSE + b"\r\n", 200),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"x: a\r\n" * 2000 + CLOSE + b"\r\n", 200),
    ],
)
def test_strange_but_http(live: Address, sent: bytes, status: int) -> None:
    """What is HTTP is answered as it deserves, however strange, and never with an error of the server's."""
    assert exchange(live, sent).startswith(b"HTTP/1.1 %d " % status)
    assert still_serves(live)


@pytest.mark.parametrize("upgrade", [b"websocket", b"h2c"])
def test_upgrade(live: Address, upgrade: bytes) -> None:
    """Somebody who would rather speak another protocol is answered in this one."""
    head = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: " + upgrade + b"\r\nConnection: upgrade, close\r\n\r\n"
    assert exchange(live, head).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(
    "sent", [b"", b"POST /v2/sam-img2img HTT", SUBMIT, SUBMIT + b"content-length: 22\r\n\r\n" + BODY[:9]]
)
def test_half_a_request(live: Address, sent: bytes) -> None:
    """A client that hangs up half-way is let go at once, and nothing is begun for it."""
    assert exchange(live, sent, hang_up=True) == b""
    assert still_serves(live)


def test_a_client_that_resets(live: Address) -> None:
    """A client that breaks the connection while its body is on the way harms nobody."""
    for _ in range(20):
        connection = socket.create_connection(live, PATIENCE)
        connection.sendall(SUBMIT + b"content-length: 22\r\n\r\n" + BODY[:9])
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
    assert still_serves(live)


def test_pipelined(live: Address) -> None:
    """Requests sent all at once are answered one after another, in their order."""
    ids = [b"%032x" % number for number in range(20)]
    polls = [b"GET /v2/requests/%b/status HTTP/1.1\r\nHost: a\r\n%b" % (one, KEY) for one in ids]
    answers = exchange(live, b"\r\n".join(polls) + CLOSE + b"\r\n")
    assert re.findall(rb"Request (\w+) not found", answers) == ids


def test_many_pipelined_behind_one_that_waits(live: Address) -> None:
    """However many wait for a call that blocks, all are answered in their order."""
    body = b'{"image":"/a.png","prompt":"mock:slow=0.2"}'
    head = b"POST /v1/sd1.5-img2img HTTP/1.1\r\nHost: a\r\n" + KEY
    head += b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
    ids = [b"%032x" % number for number in range(3000)]
    polls = [b"GET /v2/requests/%b/status HTTP/1.1\r\nHost: a\r\n%b" % (one, KEY) for one in ids]
    answers = exchange(live, head + body + b"\r\n".join(polls) + CLOSE + b"\r\n")
    assert answers.startswith(b"HTTP/1.1 200 ")
    assert re.findall(rb"Request (\w+) not found", answers) == ids
    assert still_serves(live)


def test_two_on_one_connection(live: Address) -> None:
    """A connection stays open from one request to the next."""
    with socket.create_connection(live, PATIENCE) as connection:
        for _ in range(3):
            connection.sendall(CREDITS + b"\r\n")
            seen = b""
            while not seen.endswith(b"}"):
                seen += connection.recv(1 << 16)
            assert seen.startswith(b"HTTP/1.1 200 ")


def test_expect(live: Address) -> None:
    """A client that asks first is invited to send its body, and then answered."""
    with socket.create_connection(live, PATIENCE) as connection:
        connection.sendall(SUBMIT + b"expect: 100-continue\r\ncontent-length: 22\r\n" + CLOSE + b"\r\n")
        assert connection.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert rest(connection).startswith(b"HTTP/1.1 200 ")


def test_expect_in_vain(live: Address) -> None:
    """A client that asks first and will be refused is refused before it sends anything."""
    head = SUBMIT.replace(KEY, b"") + b"expect: 100-continue\r\ncontent-length: 22\r\n" + CLOSE + b"\r\n"
    assert exchange(live, head).startswith(b"HTTP/1.1 401 ")


PIECES = st.one_of(
    st.sampled_from(
        [b"GET ", b"POST ", b"/v1/get-user-credits", b"/v2/sam-img2img", b" HTTP/1.1", b"\r\n", b"\r\n\r\n"]
    ),
    st.sampled_from(
        [KEY, b"Host: a\r\n", b"content-length: 5\r\n", b"transfer-encoding: chunked\r\n", b"0\r\n\r\n", BODY]
    ),
    st.binary(max_size=5),
)


@given(st.lists(PIECES, max_size=12).map(b"".join))
def test_any_bytes(live: Address, sent: bytes) -> None:
    """Whatever a client sends before it hangs up, there is an end to it, and never an error of the server's."""
    answer = exchange(live, sent, hang_up=True)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 ")
    assert not answer.startswith(b"HTTP/1.1 5")


def test_after_all_that(live: Address) -> None:
    """The server goes on, and so does its queue."""
    assert still_serves(live)
    answer = exchange(live, SUBMIT + b"content-length: 22\r\n" + CLOSE + b"\r\n" + BODY)
    assert b'"status":"QUEUED"' in answer


def bound(**settings: Any) -> Server:
    """A server that is bound, and never run."""
    config = Config(port=0, **settings)
    return Server(create_app(config), config, lambda _: None)


def test_a_taken_port() -> None:
    """A port that another server has, begun or not, cannot be had, and the sentence says which."""
    first = bound()
    port = first._port.address[1]
    config = Config(port=port)
    with pytest.raises(CannotListen, match=f"^cannot listen on 127.0.0.1:{port}: Address already in use$"):
        Server(create_app(config), config, lambda _: None)
    first._port.close()
    Server(create_app(config), config, lambda _: None)._port.close()


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "192.0.2.1"])
def test_a_host_that_is_none(host: str) -> None:
    """A host that cannot be listened on is refused in a sentence that names it."""
    with pytest.raises(CannotListen, match=f"^cannot listen on {re.escape(host)}:0: .+"):
        bound(host=host)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
def test_url_of_an_ipv6_address() -> None:
    """An IPv6 address is in brackets in the URL."""
    here = bound(host="::1")
    assert re.fullmatch(r"http://\[::1\]:\d+", here.url)
    here._port.close()


@pytest.mark.parametrize(("end", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)])
def test_the_end(end: signal.Signals, code: int) -> None:
    """Interrupted or terminated it ends in good order, says nothing more, and its port is free at once."""
    command = [sys.executable, "-m", "segmind_mock", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert ready is not None
        address = ("127.0.0.1", int(ready[1]))
        with socket.create_connection(address, PATIENCE) as idle:
            process.send_signal(end)
            _, errors = process.communicate(timeout=20)
            assert (process.returncode, errors) == (code, "")
            assert rest(idle) == b""
    socket.create_server(address).close()


def test_the_end_of_a_held_call() -> None:
    """Interrupted while a call is held on a clock that stands still, it answers the call, and complains of nothing."""
    command = [sys.executable, "-m", "segmind_mock", "serve", "--port", "0", "--clock", "frozen"]
    body = b'{"image":"https://segmind.com/kitchen.jpg"}'
    head = SUBMIT.replace(b"/v2/", b"/v1/") + b"Content-Length: %d\r\n\r\n" % len(body)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
        assert ready is not None
        address = ("127.0.0.1", int(ready[1]))
        with socket.create_connection(address, PATIENCE) as held:
            held.sendall(head + body)
            assert exchange(address, CREDITS + CLOSE + b"\r\n").startswith(b"HTTP/1.1 200")
            process.send_signal(signal.SIGINT)
            answer = rest(held)
            _, errors = process.communicate(timeout=20)
    assert answer.startswith(b"HTTP/1.1 504")
    assert answer.endswith(b'{"error":"This mock was stopped while the call was held."}')
    assert (process.returncode, errors) == (0, "")


def test_what_is_told_when() -> None:
    """It tells when it is ready, and when nobody is served any more."""
    told: list[str] = []
    config = Config(port=0)

    def ready(url: str) -> None:
        told.append(url)
        here.should_exit = True

    here = Server(create_app(config), config, ready, on_end=lambda: told.append("ended"), alone=False)
    here.serve_until_stopped()
    assert told == [here.url, "ended"]


def test_nobody_can_be_told() -> None:
    """If it cannot tell that it is ready, it ends in good order, and that is raised."""
    told: list[str] = []
    config = Config(port=0)

    def fail(_: str) -> None:
        raise BrokenPipeError("gone")

    here = Server(create_app(config), config, fail, on_end=lambda: told.append("ended"), alone=False)
    with pytest.raises(BrokenPipeError):
        here.serve_until_stopped()
    assert told == ["ended"]
    socket.create_server(here._port.address).close()


@pytest.mark.parametrize("alone", [True, False])
def test_alone_in_its_process(alone: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """It sets up the collector and the loggers of its process only where the process is there for it alone."""
    monkeypatch.setattr(server, "_settle", lambda: asked.append("collector"))
    monkeypatch.setattr("uvicorn.Config.configure_logging", lambda _: asked.append("logging"))
    asked: list[str] = []
    config = Config(port=0)

    def stop(_: str) -> None:
        here.should_exit = True

    here = Server(create_app(config), config, stop, alone=alone)
    here.serve_until_stopped()
    assert asked == (["logging", "collector"] if alone else [])


def connects(address: Address) -> bool:
    """Whether somebody accepts connections there."""
    try:
        socket.create_connection(address, PATIENCE).close()
    except ConnectionError:
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the port is given up while it is shut")
@pytest.mark.parametrize("given", [False, True], ids=["any port", "a port of choice"])
def test_a_shut_port(given: bool) -> None:
    """A port that is shut refuses connections, is nobody else's, and is the same when it is open again."""
    port = Port("127.0.0.1", 0)
    if given:
        port.close()
        port = Port(*port.address)
    for _ in range(2):
        assert connects(port.address)
        port.shut()
        assert not connects(port.address)
        with pytest.raises(CannotListen):
            Port(*port.address)
        port.open()
    port.close()
    Port(*port.address).close()


def test_a_shut_port_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no shut ports, it is given up and taken again, if nobody else has taken it."""
    monkeypatch.setattr(sys, "platform", "elsewhere")
    port = Port("127.0.0.1", 0)
    port.shut()
    assert not connects(port.address)
    other = Port(*port.address)
    with pytest.raises(CannotListen):
        port.open()
    other.close()
    port.open()
    assert connects(port.address)
    port.close()


@pytest.mark.parametrize("loop", LOOPS)
def test_refusing_for_a_while(loop: str) -> None:
    """A server that refuses connections accepts them again when the time is over, and as quick as before."""
    with wired(App({"/refuse": (Refuse(seconds=0.05),)}), loop) as served:
        for _ in range(2):
            with served.connect("/refuse") as connection:
                assert rest(connection) == b""
            while not connects(served.address):
                pass
            with served.connect("/", extra=CLOSE) as connection:
                assert rest(connection).startswith(b"HTTP/1.1 200 ")


def test_refusing_longer() -> None:
    """Of two times for which connections are refused, the longer one counts."""
    with wired(App({})) as served:
        with served.connect("/") as connection:
            connection.recv(1)
        loop = served.app.loop
        for seconds in (60, 0):
            loop.call_soon_threadsafe(served.server.refuse, seconds)
        while connects(served.address):
            pass
        ticked = threading.Event()
        loop.call_soon_threadsafe(loop.call_later, 0.25, ticked.set)
        assert ticked.wait(PATIENCE)
        assert not connects(served.address)


def test_a_port_that_is_taken_meanwhile(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A port that cannot be had again at once is tried for again later, and that is said."""

    async def two_ticks() -> None:
        monkeypatch.setattr(here._port, "open", taken)
        for _ in range(2):
            await here.on_tick(1)

    def taken() -> None:
        raise CannotListen("cannot listen on here")

    here = bound()
    here._refused_until = 0.0
    asyncio.run(two_ticks())
    here._port.close()
    assert caplog.messages == ["cannot listen on here; it was free while connections were refused"]


def test_few_files(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Where only few files may be open at once, and no more can be had, that is said."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr("resource.getrlimit", lambda _: (50, 100))
    monkeypatch.setattr("resource.setrlimit", lambda _, limits: asked.append(limits))
    server._raise_file_limit()
    assert asked == [(100, 100)]
    assert "Only 100 files can be open at once" in caplog.text


def test_a_limit_that_cannot_be_raised(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A system that refuses to raise the limit is believed, and what it leaves is what is said."""

    def refuse(_: int, limits: tuple[int, int]) -> None:
        raise ValueError(limits)

    monkeypatch.setattr("resource.getrlimit", lambda _: (50, 100_000))
    monkeypatch.setattr("resource.setrlimit", refuse)
    server._raise_file_limit()
    assert "Only 50 files" in caplog.text
