"""When a job starts and ends: timing profiles and the simulated queue. Pure; instants in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heappush, heapreplace
from types import MappingProxyType

REFUSAL_MS = 7
"""How long a worker looks at a body that it refuses; the documents' sample shows 0.007 s."""

_UNITS = 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A profile: how long a job waits and runs when nothing else is in its way."""

    name: str
    about: str
    queue_ms: int
    run_ms: int | None
    """None: the model's own typical latency."""

    def durations(self, latency: float, draw: bytes) -> tuple[int, int]:
        """Queue and run time in ms, each within 10 % of its middle; `draw` is four random bytes."""
        run = self.run_ms if self.run_ms is not None else round(latency * 1000)
        if not run and not self.queue_ms:
            return 0, 0
        waits = _spread(self.queue_ms, draw[0] << 8 | draw[1])
        return waits, _spread(run, draw[2] << 8 | draw[3])


def _spread(middle: int, draw: int) -> int:
    return middle * (9 * _UNITS + 2 * draw) // (10 * _UNITS)


TIMINGS: Mapping[str, Timing] = MappingProxyType(
    {
        timing.name: timing
        for timing in (
            Timing(
                name="brisk",
                about="half a second QUEUED, one second PROCESSING: a client polling each second sees both",
                queue_ms=500,
                run_ms=1000,
            ),
            Timing(name="instant", about="done when the submit is answered", queue_ms=0, run_ms=0),
            Timing(name="real", about="each model page's own typical latency", queue_ms=250, run_ms=None),
        )
    }
)


def start(busy: list[int], workers: int, ready: int) -> int:
    """The instant a job ready at `ready` starts: at once, or when the first of the workers is free.

    `busy` is a heap of the instants at which each worker taken so far is free again.
    """
    if len(busy) < workers:
        return ready
    return max(ready, busy[0])


def occupy(busy: list[int], workers: int, until: int) -> None:
    """Take a worker until the instant `until`: a new one while there are any, else the one free first."""
    if len(busy) < workers:
        heappush(busy, until)
    else:
        heapreplace(busy, until)
