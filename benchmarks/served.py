"""Starts servers, waits until they answer, reads their memory and CPU time from /proc, and stops them."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from sample_call import Request, credits_left

HERE = Path(__file__).resolve().parent
PATIENCE = 60.0
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Command:
    """How a server is started; `{port}` in an argument is the port that it gets."""

    name: str
    arguments: tuple[str, ...]
    ready: Request = field(default_factory=credits_left)

    def on(self, port: int) -> list[str]:
        return [argument.replace("{port}", str(port)) for argument in self.arguments]


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    head: str


@dataclass
class Served:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    first_answer: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cpu_seconds(self) -> float:
        """User and system time of all its threads since it started."""
        text = Path(f"/proc/{self.process.pid}/stat").read_text()
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def resident_bytes(self) -> int:
        return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * _PAGE

    def ask(self, request: Request, patience: float = 30.0) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=patience)
        try:
            connection.request(request.method, request.path, request.body or None, request.headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.read().decode("utf-8", "replace"), str(answer.headers))
        finally:
            connection.close()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def bare_command() -> Command:
    return Command("bare uvicorn", (sys.executable, str(HERE / "bare.py"), "--port", "{port}"))


def mock_command(program: Sequence[str], *flags: str, name: str = "mock") -> Command:
    return Command(name, (*program, "serve", "--port", "{port}", "--timing", "instant", "--seed", "1", *flags))


@contextmanager
def serving(command: Command) -> Iterator[Served]:
    """A server that has answered its first 200, stopped at the end whatever happens."""
    server = start(command)
    try:
        yield server
    finally:
        server.stop()


def start(command: Command) -> Served:
    port = free_port()
    log = tempfile.TemporaryFile()  # noqa: SIM115 (closed by stop)
    began = time.perf_counter()
    process = subprocess.Popen(command.on(port), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
    server = Served(command.name, port, process, log)
    try:
        _await_first_answer(server, command.ready, began)
    except BaseException:
        server.stop()
        raise
    server.first_answer = time.perf_counter() - began
    return server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_first_answer(server: Served, request: Request, began: float) -> None:
    while time.perf_counter() - began < PATIENCE:
        if server.process.poll() is not None:
            raise RuntimeError(f"{server.name} ended at once: {_last_words(server.log)}")
        if _answers(server, request):
            return
        time.sleep(0.001)
    raise RuntimeError(f"{server.name} gave no 200 within {PATIENCE:.0f} s: {_last_words(server.log)}")


def _answers(server: Served, request: Request) -> bool:
    try:
        return server.ask(request).status == 200
    except (OSError, http.client.HTTPException):
        return False


def _last_words(log: IO[bytes]) -> str:
    log.seek(0)
    return log.read()[-800:].decode("utf-8", "replace").strip()
