"""The mock on a socket: uvicorn, set up for many small requests and for many held ones."""

from __future__ import annotations

import ctypes
import gc
import logging
import socket
import sys
from collections.abc import Callable

import uvicorn

from segmind_mock.clock import stopwatch
from segmind_mock.config import Config
from segmind_mock.joined import JoiningProtocol
from segmind_mock.stragglers import PATIENCE, Stragglers
from segmind_mock.web.gateway import Gateway

_FEW_FILES = 4096
_BACKLOG = 4096
_MALLOC_TRIM, _MALLOC_MMAP = -1, -3
_log = logging.getLogger("segmind_mock")


class CannotListen(OSError):
    """The address or the port cannot be had."""


class Server(uvicorn.Server):
    """A uvicorn server that binds its own port and then tells it."""

    def __init__(
        self, app: Gateway, config: Config, on_ready: Callable[[str], None], *, patience: float = PATIENCE
    ) -> None:
        self._app = app
        self._stragglers = Stragglers(patience)
        self._socket = _bind(config.host, config.port)
        self._on_ready = on_ready
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop" if _has("uvloop") else "asyncio",
                http=JoiningProtocol,
                ws="none",
                lifespan="off",
                interface="asgi3",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                log_config=None,
                log_level="warning",
                backlog=_BACKLOG,
                timeout_keep_alive=75,
                timeout_graceful_shutdown=2,
            )
        )

    @property
    def url(self) -> str:
        """Where the server listens."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _settle()
            self._on_ready(self.url)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; each second, a look at what waits on half a request."""
        if counter % 10 == 0:
            self._stragglers.look(self.server_state.connections, stopwatch())  # type: ignore[arg-type]
        return await super().on_tick(counter)

    def serve_until_stopped(self) -> None:
        """Serve until interrupted; the port is free again when this returns."""
        try:
            self.run(sockets=[self._socket])
        except KeyboardInterrupt:
            pass  # uvicorn has shut down in good order, and hands the signal on
        finally:
            self._socket.close()
            self._app.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio turns Nagle's algorithm off only then; answers wait 40 ms otherwise.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        # At once, because until then a second server could bind the same port and fail only when it is started.
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise CannotListen(f"cannot listen on {host}:{port}: {error.strerror}") from error
    return listening


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
