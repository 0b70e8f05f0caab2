"""The mock on a socket: uvicorn, set up for many small requests and for many held ones."""

from __future__ import annotations

import ctypes
import gc
import logging
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn

from segmind_mock.clock import stopwatch
from segmind_mock.config import Config
from segmind_mock.joined import REFUSE, JoiningProtocol
from segmind_mock.stragglers import PATIENCE, Stragglers
from segmind_mock.web.gateway import Gateway

_FEW_FILES = 4096
_BACKLOG = 4096
_MALLOC_TRIM, _MALLOC_MMAP = -1, -3
_log = logging.getLogger("segmind_mock")


class CannotListen(OSError):
    """The address or the port cannot be had."""


class Port:
    """An address that stays bound while it is open, and while it is shut."""

    def __init__(self, host: str, port: int) -> None:
        self._kept = _bind(host, port)
        self.address: tuple[str, int] = self._kept.getsockname()[:2]

    def listening(self) -> socket.socket:
        """A socket for one who listens; closing it does not free the port."""
        return self._kept.dup()

    def shut(self) -> None:
        """Refuse connections, once nobody has a listening socket. On Linux nobody else can take the port meanwhile.

        Elsewhere a socket that listens cannot be told to stop: the port is given up, and taken again by `open`.
        """
        if sys.platform == "linux":
            self._kept.shutdown(socket.SHUT_RD)
            # A socket that does not listen shares its port with whoever else is willing to share.
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        else:
            self._kept.close()

    def open(self) -> None:
        """Accept connections again. Raises `CannotListen` if somebody has taken the port."""
        if sys.platform == "linux":
            self._kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._kept.listen(_BACKLOG)
        else:
            self._kept = _bind(*self.address)

    def close(self) -> None:
        """Free the port."""
        self._kept.close()


class _Guest(uvicorn.Config):
    """Settings of a server in a process that is not its own: how that process logs is left as it is."""

    def configure_logging(self) -> None:
        """uvicorn would set the levels of its loggers here, for everybody."""


class _Unlogged(JoiningProtocol):
    """Connections whose requests are not logged, though the process may log everything that it is told."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False


class Server(uvicorn.Server):
    """A uvicorn server that binds its own port and then tells it.

    `on_ready` is given the URL once it listens, `on_end` is called when it has ended; both on its event loop.
    `alone` says that the process is there for nothing else, and may be set up for serving. Raises `CannotListen`.
    """

    def __init__(
        self,
        app: Gateway,
        config: Config,
        on_ready: Callable[[str], None],
        *,
        on_end: Callable[[], None] | None = None,
        patience: float = PATIENCE,
        alone: bool = True,
    ) -> None:
        self._app = app
        self._alone = alone
        self._stragglers = Stragglers(patience)
        self._port = Port(config.host, config.port)
        self._refused_until: float | None = None
        self._on_ready = on_ready
        self._on_end = on_end
        settings = uvicorn.Config if alone else _Guest
        super().__init__(
            settings(
                app,
                loop="uvloop" if _has("uvloop") else "asyncio",
                http=_Unlogged,
                ws="none",
                lifespan="off",
                interface="asgi3",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                log_config=None,
                log_level="warning",
                backlog=_BACKLOG,
                timeout_graceful_shutdown=2,
            )
        )
        vars(self.server_state)[REFUSE] = self.refuse
        app.control.when_reset(self.accept)

    @property
    def url(self) -> str:
        """Where the server listens."""
        host, port = self._port.address
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.started:
            return
        if self._alone:
            _settle()
        try:
            self._on_ready(self.url)
        except BaseException:
            await self.shutdown(sockets)
            raise

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer the calls that are held, and end in good order."""
        self._app.backend.keyring.end()
        try:
            await super().shutdown(sockets)
        finally:
            if self._on_end is not None:
                self._on_end()

    def refuse(self, seconds: float) -> None:
        """Close the port to new connections for so long; if it is closed already, for the longer of the two times.

        Connections that there are go on. It is opened again by a tick, so a tenth of a second late at most.
        """
        until = stopwatch() + seconds
        if self._refused_until is not None:
            self._refused_until = max(self._refused_until, until)
        elif self.started and not self.should_exit:
            self._refused_until = until
            servers, self.servers = self.servers, []
            for server in servers:
                server.close()
            self._port.shut()

    def accept(self) -> None:
        """Open the port again, if it is closed: who connects now waits for the next tick at most."""
        if self._refused_until is not None:
            self._refused_until = 0.0
            if sys.platform == "linux":
                self._port.open()

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second: a look whether the port is to be opened; each second, at what waits on half a request."""
        if self._refused_until is not None and stopwatch() >= self._refused_until:
            await self._accept_again()
        if counter % 10 == 0:
            self._stragglers.look(self.server_state.connections, stopwatch())  # type: ignore[arg-type]
        return await super().on_tick(counter)

    async def _accept_again(self) -> None:
        try:
            self._port.open()
        except CannotListen as error:
            _log.warning("%s; it was free while connections were refused", error)
            self._refused_until = stopwatch() + 1
            return
        self._refused_until = None
        await super().startup([self._port.listening()])

    def serve_until_stopped(self) -> None:
        """Serve until interrupted; the port is free again when this returns."""
        try:
            with self._port.listening() as listening:
                self.run(sockets=[listening])
        except KeyboardInterrupt:
            pass  # uvicorn has shut down in good order, and hands the signal on
        finally:
            self._port.close()
            self._app.close()


def _bind(host: str, port: int) -> socket.socket:
    try:
        if port:
            return _listening(host, port)
        # By its number once more: a port that the system chose is lost when its socket stops listening.
        with _bound(host, 0) as chosen:
            return _listening(host, chosen.getsockname()[1])
    except OSError as error:
        raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error


def _listening(host: str, port: int) -> socket.socket:
    bound = _bound(host, port)
    try:
        # At once, because until then a second server could bind the same port and fail only when it is started.
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio turns Nagle's algorithm off only then; answers wait 40 ms otherwise.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound


def _has(module: str) -> bool:
    try:
        __import__(module)
    except ImportError:
        return False
    return True


def _settle() -> None:
    """What start-up made stays: keep the collector away from it, and let it look rarely (a look takes long)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def prepare_process() -> None:
    """Settings of the whole process: open files, and memory that pictures need again and again."""
    _raise_file_limit()
    if sys.platform == "linux":
        _keep_large_blocks()


def _raise_file_limit() -> None:
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        except (ValueError, OSError):
            hard = soft
    if hard != resource.RLIM_INFINITY and hard < _FEW_FILES:
        _log.warning("Only %d files can be open at once: that many connections, and no more, are served.", hard)


def _keep_large_blocks() -> None:
    """Ask glibc not to give each picture's memory back to the system; elsewhere this does nothing."""
    try:
        libc = ctypes.CDLL(None)
        libc.mallopt(_MALLOC_MMAP, 64 << 20)
        libc.mallopt(_MALLOC_TRIM, 128 << 20)
    except (OSError, AttributeError):
        return
