"""A small load generator in its own process, for machines without wrk: a plan goes in, figures come out."""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import sys
from array import array
from time import perf_counter
from typing import Any, cast

from figures import percentile

PREFIX = "FIGURES "
ZEROS = b"%012d" % 0


class Tally:
    """What all connections have seen together."""

    def __init__(self, requests: list[bytes], numbered: bool, last: int) -> None:
        self.requests = requests
        self.numbered = numbered
        self.latencies = array("d")
        self.refused = 0
        self.broken = 0
        self.sent = last
        self.running = True

    def next_request(self) -> bytes:
        self.sent += 1
        if self.numbered:
            return self.requests[0].replace(ZEROS, b"%012d" % self.sent)
        return self.requests[self.sent % len(self.requests)]


class Caller(asyncio.Protocol):
    """One kept-alive connection: sends, waits for the whole answer, sends again."""

    def __init__(self, tally: Tally) -> None:
        self.tally = tally
        self.received = b""
        self.began = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self.received += data
        if not is_whole(self.received):
            return
        self.tally.latencies.append(perf_counter() - self.began)
        self.tally.refused += self.received[9:10] not in b"23"
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self.tally.broken += self.tally.running

    def _send(self) -> None:
        self.received = b""
        if self.tally.running and self.transport:
            self.began = perf_counter()
            self.transport.write(self.tally.next_request())


def is_whole(answer: bytes) -> bool:
    """Whether the bytes so far hold one complete HTTP/1.1 answer."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = answer[:end].lower()
    if b"transfer-encoding: chunked" in head:
        return answer.endswith(b"0\r\n\r\n")
    _, found, rest = head.partition(b"content-length:")
    length = int(rest.split(b"\r\n", 1)[0]) if found else 0
    return len(answer) - end - 4 >= length


async def load(plan: dict[str, Any]) -> Tally:
    tally = Tally([base64.b64decode(text) for text in plan["requests"]], plan["numbered"], plan["last"])
    loop = asyncio.get_running_loop()
    calls = [
        loop.create_connection(lambda: Caller(tally), "127.0.0.1", plan["port"]) for _ in range(plan["connections"])
    ]
    opened = await asyncio.gather(*calls)
    await asyncio.sleep(plan["seconds"])
    tally.running = False
    for transport, _ in opened:
        transport.close()
    return tally


def figures(tally: Tally, seconds: float) -> dict[str, Any]:
    ordered = sorted(tally.latencies) or [0.0]
    return {
        "requests": len(tally.latencies),
        "seconds": seconds,
        "p50_ms": percentile(ordered, 0.5) * 1e3,
        "p99_ms": percentile(ordered, 0.99) * 1e3,
        "max_ms": ordered[-1] * 1e3,
        "refused": tally.refused,
        "broken": tally.broken,
    }


def main() -> None:
    plan = json.load(sys.stdin)
    gc.disable()
    try:
        import uvloop
    except ImportError:
        tally = asyncio.run(load(plan))
    else:
        tally = uvloop.run(load(plan))
    print(PREFIX + json.dumps(figures(tally, plan["seconds"])))


if __name__ == "__main__":
    main()
