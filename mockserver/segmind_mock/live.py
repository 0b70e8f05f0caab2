"""The mock on a socket, served by a thread of this process: for tests, and for a command that has a mock to itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from threading import Event, Lock, Thread, current_thread
from types import TracebackType
from typing import Any, Self, TypeVar

from segmind_mock.app import create_app
from segmind_mock.config import Config
from segmind_mock.control import Control
from segmind_mock.mock import Mock
from segmind_mock.server import Server
from segmind_mock.web.gateway import Gateway
from segmind_spec import Catalog

Result = TypeVar("Result")


class LiveServer:
    """A mock of its own that listens while a block lasts, or from `start` to `stop`.

    It leaves the process as it is: signals, the collector, logging and event loops of others. Everything of the mock
    belongs to its thread; `do` reaches it there.
    """

    def __init__(self, config: Config, *, catalog: Catalog | None = None) -> None:
        """Make the mock; nothing listens yet. Raises `SpecError`, `ScenarioError`, as `create_app` does."""
        self.app: Gateway = create_app(config, catalog=catalog)
        self._config = config
        self._server: Server | None = None
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_over = False
        self._settled = Event()
        self._failure: BaseException | None = None
        self._lock = Lock()
        self._asked: set[Future[Any]] = set()

    @property
    def url(self) -> str:
        """Where it listens, as `http://HOST:PORT`. Raises RuntimeError before it has been started."""
        if self._server is None:
            raise RuntimeError("this server has no address before it is started; call start(), or use it in a with")
        return self._server.url

    @property
    def control(self) -> Control:
        """What can be done to the mock from outside. While it is served, use it through `do`."""
        return self.app.control

    @property
    def mock(self) -> Mock:
        """It in the hand of a test. Raises RuntimeError before it has been started."""
        return Mock(self.control, url=self.url, do=self.do)

    def start(self) -> None:
        """Listen; requests are answered when this returns.

        Raises `CannotListen`, and RuntimeError for a server that was started before.
        """
        if self._server is not None or self._is_over:
            raise RuntimeError("this server was started or stopped before; it serves once, so make another LiveServer")
        self._server = Server(self.app, self._config, self._begun, on_end=self._ended, alone=False)
        self._thread = Thread(target=self._serve, args=(self._server,), name="segmind-mock", daemon=True)
        try:
            self._thread.start()
            self._settled.wait()
        except BaseException:
            self.stop()
            raise
        if self._failure is not None:
            self.stop()
            raise self._failure

    def stop(self) -> None:
        """Answer what is held, and end: when this returns its thread, its sockets and its loop are gone.

        A server that has ended, or never began, is left as it is.
        """
        self._is_over = True
        if self._server is not None:
            self._server.should_exit = True
        if self._thread is not None and self._thread.ident is not None:
            self._thread.join()
        self.app.close()

    def do(self, work: Callable[[], Result]) -> Result:
        """What `work` returns, or raises, when it is called on the server's event loop, between two requests.

        Raises RuntimeError if the server is not running, or stops before it came to it.
        """
        if self._thread is current_thread():
            return work()
        answer: Future[Result] = Future()
        with self._lock:
            if self._loop is None:
                raise RuntimeError("this server is not running; do() works between start() and stop()")
            self._asked.add(answer)
            self._loop.call_soon_threadsafe(self._answer, work, answer)
        return answer.result()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _begun(self, _: str) -> None:
        with self._lock:
            self._loop = asyncio.get_running_loop()
        self._settled.set()

    def _serve(self, server: Server) -> None:
        try:
            server.serve_until_stopped()
        except BaseException as error:
            if self._settled.is_set():
                raise
            self._failure = error
        finally:
            self._ended()

    def _ended(self) -> None:
        with self._lock:
            self._loop = None
            left, self._asked = self._asked, set()
        for answer in left:
            answer.set_exception(RuntimeError("this server stopped before that could be done"))
        self._settled.set()

    def _answer(self, work: Callable[[], Result], answer: Future[Result]) -> None:
        if answer not in self._asked:  # told already that it was too late
            return
        self._asked.discard(answer)
        try:
            answer.set_result(work())
        except BaseException as error:
            answer.set_exception(error)
