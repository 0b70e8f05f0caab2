"""The longest time that a server keeps one lone caller waiting."""

from __future__ import annotations

import gc
import socket
import time
from dataclasses import dataclass

from figures import percentile
from generator import is_whole
from load import raw
from sample_call import Request, credits_left
from served import Served

EVERY = 0.002


@dataclass(frozen=True)
class Pauses:
    """Latencies of a prober, and of the same prober asking the bare app in the same seconds."""

    probes: int
    p50_ms: float
    p999_ms: float
    max_ms: float
    bare_p999_ms: float
    bare_max_ms: float


def probe(server: Served, bare: Served, request: Request, seconds: float) -> Pauses:
    """Ask both every 2 ms for so long, each on a connection of its own."""
    gc.collect()
    gc.disable()
    try:
        with connected(server) as asked, connected(bare) as control:
            return _probed(asked, control, raw(request), seconds)
    finally:
        gc.enable()


def _probed(asked: socket.socket, control: socket.socket, request: bytes, seconds: float) -> Pauses:
    plain = raw(credits_left())
    waited: list[float] = []
    waited_for_bare: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        waited.append(round_trip(asked, request))
        waited_for_bare.append(round_trip(control, plain))
        time.sleep(EVERY)
    waited.sort()
    waited_for_bare.sort()
    return Pauses(
        len(waited),
        percentile(waited, 0.5) * 1e3,
        percentile(waited, 0.999) * 1e3,
        waited[-1] * 1e3,
        percentile(waited_for_bare, 0.999) * 1e3,
        waited_for_bare[-1] * 1e3,
    )


def connected(server: Served) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def round_trip(connection: socket.socket, request: bytes) -> float:
    began = time.perf_counter()
    connection.sendall(request)
    answer = b""
    while not is_whole(answer):
        data = connection.recv(65536)
        if not data:
            raise RuntimeError("the server closed the prober's connection")
        answer += data
    return time.perf_counter() - began
