"""What one measurement is, and how several of them are summed up."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Run:
    """One bounded load against one server."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    refused: int
    broken: int
    cpu_us: float = 0.0

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True)
class Pair:
    """A load on the bare app and, right after it, a load on what is being measured."""

    reference: Run
    subject: Run

    @property
    def ratio(self) -> float:
        return self.subject.per_second / self.reference.per_second

    @property
    def cpu_ratio(self) -> float:
        """The ratio that the two would have if nothing but their own CPU time held them back."""
        return self.reference.cpu_us / self.subject.cpu_us if self.subject.cpu_us else 0.0


@dataclass(frozen=True)
class Spread:
    """A median, with the least and the most that were seen."""

    median: float
    low: float
    high: float

    def text(self, form: str = ",.0f") -> str:
        return f"{self.median:{form}} ({self.low:{form}}-{self.high:{form}})"


def spread(values: Iterable[float]) -> Spread:
    seen = list(values)
    return Spread(statistics.median(seen), min(seen), max(seen))


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value that `share` of an ascending sequence does not exceed."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
