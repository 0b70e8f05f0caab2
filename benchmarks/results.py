"""Everything that one run of the benchmark found out, and how it stands against what is to be reached."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field

from banners import Banners
from cold import Start
from figures import Pair
from intest import InTest
from memory import Fullness
from peers import Skipped, Standing
from pictures import Timed
from rates import Fetched
from rules import LINEAR, Cost
from waiting import Waiting

ON_TIME_MS = 250.0


@dataclass
class Results:
    """What was measured; what was not stays empty."""

    rates: dict[str, list[Pair]] = field(default_factory=dict)
    starts: list[Start] = field(default_factory=list)
    fullness: Fullness | None = None
    waiting: list[Waiting] = field(default_factory=list)
    peers: list[Standing] = field(default_factory=list)
    peer_starts: list[Start] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    pictures: list[Timed] = field(default_factory=list)
    fetched: Fetched | None = None
    banners: Banners | None = None
    rules: list[Cost] = field(default_factory=list)
    intest: list[InTest] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """One figure to reach: at least the bound, or at most the bound."""

    title: str
    value: float | None
    bound: float
    unit: str = ""
    at_least: bool = False
    places: int = 2
    note: str = ""

    @property
    def reached(self) -> bool:
        if self.value is None:
            return False
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def line(self) -> str:
        sign = ">=" if self.at_least else "<="
        wanted = f"{self.title} {sign} {self.bound:,.{self.places}f}{self.unit}"
        if self.value is None:
            return f"  not measured  {wanted}"
        if math.isinf(self.value):
            return f"  MISSED        {wanted}: incomplete"
        seen = f"{self.value:,.{self.places}f}{self.unit}"
        if self.reached:
            return f"  reached       {wanted}: {seen}{self.note}"
        return f"  MISSED        {wanted}: {seen}, by {abs(self.value / self.bound - 1):.1%}{self.note}"


def targets(results: Results) -> list[Target]:
    return [
        *_rate_targets(results),
        *_full_targets(results.fullness),
        *_start_targets(results),
        _held_target(results),
        *_picture_targets(results),
        _rules_target(results.rules),
        *(Target(row.title, row.judged, row.bound, " ms") for row in results.intest),
    ]


def reached_ratio(pairs: list[Pair] | None) -> float | None:
    return statistics.median(pair.ratio for pair in pairs) if pairs else None


def kept(before: list[Pair], after: list[Pair]) -> float:
    """The share of its own speed that a server keeps, what the machine itself gained or lost taken out."""
    return statistics.median(pair.ratio for pair in after) / statistics.median(pair.ratio for pair in before)


def cpu_grown(before: list[Pair], after: list[Pair]) -> float:
    """By what share the CPU time per request has grown, the bare app's own change taken out."""
    return statistics.median(p.cpu_ratio for p in before) / statistics.median(p.cpu_ratio for p in after) - 1


def first_answer_times(results: Results) -> float | None:
    """How many times as long as the bare app the mock takes from its start to its first answer."""
    medians = {start.name: start.first_answer_ms.median for start in results.starts}
    return medians["mock"] / medians["bare uvicorn"] if len(medians) == 2 else None


def _rate_targets(results: Results) -> Iterator[Target]:
    bounds = (
        ("poll", "status poll, share of the bare app's requests per second", 0.70),
        ("submit", "validated submit, share", 0.50),
        ("invalid", "invalid v2 submit with all its errors, share", 0.35),
        ("invalid-v1", "invalid v1 call with all its errors, share", 0.35),
    )
    for name, title, bound in bounds:
        pairs = results.rates.get(name)
        note = f" (by CPU {statistics.median(pair.cpu_ratio for pair in pairs):.2f})" if pairs else ""
        yield Target(title, reached_ratio(pairs), bound, at_least=True, note=note)
    polls = results.rates.get("poll")
    slowest = statistics.median(pair.subject.p99_ms for pair in polls) if polls else None
    yield Target("p99 of a poll", slowest, 3.0, " ms")


def _full_targets(full: Fullness | None) -> Iterator[Target]:
    jobs = f"with {full.filled.jobs:,} live jobs" if full else "with 1,000,000 live jobs"
    for name in ("poll", "submit"):
        value = kept(full.before[name], full.after[name]) if full else None
        note = f" (CPU per request {cpu_grown(full.before[name], full.after[name]):+.1%})" if full else ""
        yield Target(f"{name} {jobs}, share of itself", value, 0.95, at_least=True, note=note)
    yield Target("bytes a job", full.filled.bytes_per_job if full else None, 200, " B", places=0)
    yield Target(f"longest pause {jobs}", full.idle.max_ms if full else None, 10, " ms", places=1)


def _start_targets(results: Results) -> Iterator[Target]:
    memory = [start.resident_mb.median for start in results.starts if start.name == "mock"]
    yield Target("first 200 after start, times the bare app's", first_answer_times(results), 2.0)
    yield Target("memory after start", memory[0] if memory else None, 50, " MB", places=1)


def _held_target(results: Results) -> Target:
    title = "latest answer of the calls held open, after its time"
    if not results.waiting:
        return Target(title, None, ON_TIME_MS, " ms", places=0)
    held = results.waiting[0].held
    complete = held.answered == held.calls == held.held_at_once and not held.early
    counted = f"{title} ({held.answered:,} of {held.calls:,} answered, {held.early} early)"
    return Target(counted, held.late_max_ms if complete else float("inf"), ON_TIME_MS, " ms", places=0)


def _rules_target(costs: list[Cost]) -> Target:
    indexed = [cost for cost in costs if cost.kind != LINEAR]
    worst = max(indexed, key=lambda cost: cost.added_us.median, default=None)
    note = f" ({worst.kind})" if worst is not None else ""
    return Target(
        "what 1,000 rules add to a poll at most",
        worst.added_us.median if worst is not None else None,
        50.0,
        " us",
        places=1,
        note=note,
    )


def _picture_targets(results: Results) -> Iterator[Target]:
    drawn = [row for row in results.pictures if (row.way, row.size, row.format) == ("generate", "512x512", "png")]
    ratio = statistics.median(drawn[0].ratios) if drawn else None
    yield Target("a picture of 512x512 as PNG, times merely encoding it", ratio, 2.0)
    fetched, banners = results.fetched, results.banners
    share = reached_ratio(fetched.pairs) if fetched else None
    yield Target("cached file, share of the bare app with a body as long", share, 0.50, at_least=True)
    slowest = banners.p99_ms if banners else None
    yield Target("p99 of a poll while 40 banners of 4K are made", slowest, 10.0, " ms", places=1)
