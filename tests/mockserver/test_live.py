"""A live server: ready when it is started, gone when it is stopped, and no trace of it in the process."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import closing
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from segmind_mock import server
from segmind_mock.config import Config
from segmind_mock.live import LiveServer
from segmind_mock.scenarios.problems import ScenarioError
from segmind_mock.server import CannotListen
from tests.wired import LOOPS
from tests.worlds import CATALOG, KEY, OTHER_KEY

PATIENCE = 10.0
"""Seconds for which anything may be waited for."""

HEADERS = {"x-api-key": KEY}
PICTURE = b'{"image": "https://segmind.com/kitchen.jpg"}'
FOLDER_OF_FILES = "/dev/fd"


def made(**settings: Any) -> LiveServer:
    """A server on a port of the system's choice, not started."""
    return LiveServer(Config(**{"port": 0, "timing": "instant", **settings}), catalog=CATALOG)


def connected(live: LiveServer) -> HTTPConnection:
    """A connection to it, opened when it is first used."""
    return HTTPConnection(urlsplit(live.url).netloc, timeout=PATIENCE)


def asked(connection: HTTPConnection, path: str = "/v1/get-user-credits", **headers: str) -> tuple[int, bytes]:
    """Status and body of one exchange."""
    connection.request("GET", path, headers=HEADERS | headers)
    with connection.getresponse() as answer:
        return answer.status, answer.read()


def credits_of(live: LiveServer) -> int:
    """The status of a question for credits, on a connection of its own."""
    with closing(connected(live)) as connection:
        return asked(connection)[0]


def ours() -> set[threading.Thread]:
    """The threads of this process."""
    return set(threading.enumerate())


def test_ready_when_started() -> None:
    """It answers when `start` returns, and nobody listens there when `stop` returns."""
    live = made()
    live.start()
    assert credits_of(live) == 200
    address = urlsplit(live.url)
    live.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address.hostname, address.port), PATIENCE)


def test_several_at_once() -> None:
    """Two servers of one process have ports, worlds and control planes of their own."""
    with made(credits=1.0) as one, made(credits=2.0) as other:
        assert one.url != other.url
        for live, credits in ((one, b'{"credits":1.0,'), (other, b'{"credits":2.0,')):
            with closing(connected(live)) as connection:
                assert asked(connection)[1].startswith(credits)
        one.stop()
        assert credits_of(other) == 200


@pytest.mark.parametrize("loop", LOOPS)
def test_nothing_is_left(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """No thread, file, socket or event loop stays, whatever clients were doing."""
    monkeypatch.setattr(server, "_has", lambda _: loop == "uvloop")
    with made():
        pass  # what a process opens once and for all is open now
    threads, files = ours(), len(os.listdir(FOLDER_OF_FILES))
    for _ in range(2):
        with made(clock="frozen") as live:
            address = urlsplit(live.url)
            clients = [socket.create_connection((address.hostname, address.port), PATIENCE) for _ in range(4)]
            head = b"HTTP/1.1\r\nhost: a\r\nx-api-key: %b\r\n" % KEY.encode()
            clients[0].sendall(b"GET /v1/get-user-credits " + head + b"prefer: delay=60\r\n\r\n")
            clients[1].sendall(b"POST /v2/sam-img2img " + head + b"content-length: 100\r\n\r\n{")
            held = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(PICTURE)
            clients[2].sendall(b"POST /v1/sam-img2img " + head + held + PICTURE)
            assert credits_of(live) == 200
        for client in clients:
            client.close()
    gc.collect()
    assert ours() == threads
    assert len(os.listdir(FOLDER_OF_FILES)) == files


def test_no_thread_of_the_painters_is_left() -> None:
    """The threads that made pictures end with the server."""
    threads = ours()
    with made() as live, closing(connected(live)) as connection:
        connection.request("POST", "/v1/sam-img2img", PICTURE, HEADERS | {"content-type": "application/json"})
        assert connection.getresponse().status == 200
    assert ours() == threads


def test_stopped_twice() -> None:
    """To stop a server that has ended, or never began, does nothing."""
    live = made()
    with live:
        live.stop()
    live.stop()
    made().stop()


def test_started_twice() -> None:
    """A server is started once: the second time is refused in words, whether it runs or has ended."""
    live = made()
    with live, pytest.raises(RuntimeError, match=r"started or stopped before.*make another LiveServer"):
        live.start()
    with pytest.raises(RuntimeError, match="started or stopped before"):
        live.start()


def test_no_address_before_it_is_started() -> None:
    """A server that was not started says that it has no address yet."""
    with pytest.raises(RuntimeError, match=re.escape("no address before it is started; call start()")):
        _ = made().url


def test_a_taken_port() -> None:
    """A port that cannot be had is refused to whoever starts the server, and no thread is begun."""
    threads = ours()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=f"cannot listen on 127.0.0.1:{port}"):
            made(port=port).start()
    assert ours() == threads


def test_a_scenario_that_is_none() -> None:
    """A mock that cannot be made is refused before anything listens."""
    with pytest.raises(ScenarioError):
        made(scenario="woobly-gateway")


def test_a_server_that_fails_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever keeps it from starting is raised to whoever starts it, not in its thread."""

    async def broken(*_: object, **__: object) -> None:
        raise ValueError("no")

    threads = ours()
    monkeypatch.setattr(server.Server, "startup", broken)
    with pytest.raises(ValueError, match=r"^no$"):
        made().start()
    assert ours() == threads


def test_interrupted() -> None:
    """Ctrl-C inside of the block stops the server, and goes on from there."""
    with pytest.raises(KeyboardInterrupt), made() as live:
        signal.raise_signal(signal.SIGINT)
    assert live._thread is not None
    assert not live._thread.is_alive()


def test_interrupted_while_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while one waits for it to be ready stops it too."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    live = made()
    monkeypatch.setattr(live._settled, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        live.start()
    assert live._thread is not None
    assert not live._thread.is_alive()


def test_it_does_not_keep_a_process() -> None:
    """A program that ends without stopping its server ends all the same."""
    code = (
        "from segmind_mock.config import Config; from segmind_mock.live import LiveServer\n"
        "LiveServer(Config(port=0)).start()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_do() -> None:
    """What is to be done is done on the server's thread, and its result handed back."""
    with made() as live:
        assert live.do(threading.current_thread).name == "segmind-mock"
        assert live.do(asyncio.get_running_loop).is_running()
        live.do(lambda: live.control.world(OTHER_KEY))
        with closing(connected(live)) as connection:
            assert OTHER_KEY[-4:].encode() in asked(connection, "/_mock/state")[1]


def test_do_within_do() -> None:
    """What is done there may itself have something done."""
    with made() as live:
        assert live.do(lambda: live.do(lambda: 5)) == 5


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt()], ids=["an error", "an interrupt"])
def test_do_raises(error: BaseException) -> None:
    """What is raised there is raised here, and the server goes on."""

    def fail() -> None:
        raise error

    with made() as live:
        with pytest.raises(type(error)) as raised:
            live.do(fail)
        assert raised.value is error
        assert credits_of(live) == 200


def test_do_without_a_server() -> None:
    """Nothing can be done before the server runs, or after."""
    live = made()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="this server is not running"):
            live.do(lambda: None)
        live.stop()


def test_do_while_it_stops() -> None:
    """What the server does not come to any more is refused, and nobody waits for it."""
    begun = threading.Event()
    told: list[str] = []

    def ask() -> None:
        try:
            begun.set()
            while True:
                live.do(lambda: None)
        except RuntimeError as error:
            told.append(str(error))

    with made() as live:
        asking = threading.Thread(target=ask)
        asking.start()
        assert begun.wait(PATIENCE)
    asking.join(PATIENCE)
    assert told[0].startswith("this server ")


def test_do_too_late() -> None:
    """What the server had not come to when it ended is refused, and not done later."""
    held, go = threading.Event(), threading.Event()
    told: list[str] = []

    def hold_and_end() -> None:
        held.set()
        go.wait(PATIENCE)
        live._ended()

    def ask() -> None:
        try:
            live.do(lambda: told.append("done"))
        except RuntimeError as error:
            told.append(str(error))

    with made() as live:
        threads = [threading.Thread(target=live.do, args=(hold_and_end,)), threading.Thread(target=ask)]
        threads[0].start()
        assert held.wait(PATIENCE)
        threads[1].start()
        while not live._asked:
            pass
        go.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert told == ["this server stopped before that could be done"]


def _process() -> list[object]:
    """What belongs to the whole process, as it is now."""
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "")]
    wakeup = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(wakeup)
    return [
        {number: signal.getsignal(number) for number in signal.valid_signals()},
        wakeup,
        (gc.get_threshold(), gc.isenabled()),
        [(logger.level, logger.propagate, logger.disabled, [*logger.filters]) for logger in loggers],
        [handler for logger in loggers[:-1] for handler in logger.handlers],
        logging.getLevelName(5),
        {**os.environ},
        threading.excepthook,
        asyncio._get_running_loop(),
    ]


def test_the_process_is_left_as_it_is() -> None:
    """Signals, collector, loggers and environment are the same while a server runs, and afterwards."""
    before, frozen = _process(), gc.get_freeze_count()
    with made() as live:
        assert credits_of(live) == 200
        assert _process() == before
    assert _process() == before
    assert gc.get_freeze_count() <= frozen  # what others froze may have gone meanwhile


def test_requests_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """A process that logs everything is not told of each request."""
    caplog.set_level(logging.INFO)
    with made() as live, closing(connected(live)) as connection:
        for path in ("/v1/get-user-credits", "/", "/_mock/state"):
            assert asked(connection, path)[0] == 200
    assert [record.name for record in caplog.records if "access" in record.name] == []


@pytest.mark.parametrize("loop", LOOPS)
def test_small_answers_leave_at_once(loop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system does not hold a small answer back until the one before it is acknowledged (Nagle's algorithm)."""
    monkeypatch.setattr(server, "_has", lambda _: loop == "uvloop")
    with made() as live, closing(connected(live)) as connection:
        assert asked(connection)[0] == 200
        assert live._server is not None
        accepted = live._server.server_state.connections
        options = [
            one.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            for one in live.do(lambda: list(accepted))
        ]
    assert len(options) == 1
    assert all(options)
