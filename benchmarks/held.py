"""Holds thousands of blocking v1 calls open at once, and says when each was answered."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import resource
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import cast

from figures import percentile
from generator import is_whole
from load import raw
from sample_call import blocking, slowed

PREFIX = "HELD "
CONNECT_AT_ONCE = 100
GRACE = 30.0


@dataclass(frozen=True)
class Held:
    """What became of the calls; a call is late by what it took beyond the time that it asked for."""

    calls: int
    ramp_seconds: float
    held_at_once: int
    answered: int
    refused: int
    broken: int
    early: int
    late_p50_ms: float
    late_p99_ms: float
    late_max_ms: float


@dataclass
class Tally:
    """What all calls have seen together."""

    wanted: int
    finished: asyncio.Future[None]
    open_now: int = 0
    held_at_once: int = 0
    refused: int = 0
    broken: int = 0
    took: list[float] = field(default_factory=list)

    def sent(self) -> None:
        self.open_now += 1
        self.held_at_once = max(self.held_at_once, self.open_now)

    def ended(self) -> None:
        self.open_now -= 1
        self.wanted -= 1
        if self.wanted == 0:
            self.finished.set_result(None)


class Call(asyncio.Protocol):
    """One connection and its one call."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.received = b""
        self.began = 0.0
        self.ended = False
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes) -> None:
        assert self.transport is not None
        self.began = perf_counter()
        self.tally.sent()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        now = perf_counter()
        self.received += data
        if self.ended or not is_whole(self.received):
            return
        if self.received[9:12] == b"200":
            self.tally.took.append(now - self.began)
        else:
            self.tally.refused += 1
        self._end()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended:
            self.tally.broken += 1
            self._end()

    def _end(self) -> None:
        self.ended = True
        self.tally.ended()
        if self.transport:
            self.transport.close()


async def hold(port: int, calls: int, seconds: int, ramp: float) -> Held:
    """Connect all, send all within `ramp` seconds, and wait for every answer."""
    loop = asyncio.get_running_loop()
    tally = Tally(calls, loop.create_future())
    opened: list[Call] = []
    for begun in range(0, calls, CONNECT_AT_ONCE):
        some = min(CONNECT_AT_ONCE, calls - begun)
        made = [loop.create_connection(lambda: Call(tally), "127.0.0.1", port) for _ in range(some)]
        opened += [call for _, call in await asyncio.gather(*made)]
    request = raw(blocking(slowed(seconds)))
    start = loop.time() + 0.2
    for number, call in enumerate(opened):
        loop.call_at(start + ramp * number / calls, call.send, request)
    await asyncio.wait([tally.finished], timeout=seconds + ramp + GRACE)
    return summed(tally, calls, seconds, ramp)


def summed(tally: Tally, calls: int, seconds: int, ramp: float) -> Held:
    late = sorted((took - seconds) * 1e3 for took in tally.took) or [float("nan")]
    return Held(
        calls=calls,
        ramp_seconds=ramp,
        held_at_once=tally.held_at_once,
        answered=len(tally.took),
        refused=tally.refused,
        broken=tally.broken,
        early=sum(value < -1 for value in late),
        late_p50_ms=percentile(late, 0.5),
        late_p99_ms=percentile(late, 0.99),
        late_max_ms=late[-1],
    )


def raise_file_limit() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="where the mock listens on the loopback")
    parser.add_argument("--calls", type=int, default=5_000, help="how many calls at once (5000)")
    parser.add_argument("--seconds", type=int, default=3, help="the processing time that each asks for (3)")
    parser.add_argument("--ramp", type=float, default=1.0, help="the seconds over which they are sent (1)")
    given = parser.parse_args()
    raise_file_limit()
    gc.disable()
    task = hold(given.port, given.calls, given.seconds, given.ramp)
    try:
        import uvloop
    except ImportError:
        held = asyncio.run(task)
    else:
        held = uvloop.run(task)
    print(PREFIX + json.dumps(asdict(held)))


if __name__ == "__main__":
    main()
