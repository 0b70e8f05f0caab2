"""Whether what a client did is what was demanded of it, and if not, what came nearest and how it differed. Pure.

A demand is a pattern, and beside it how often (`count`, `at_least`, `at_most`), in which `order`, at which `spacing`,
and what is to be `unique`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from segmind_mock.demands import Demand, Spacing
from segmind_mock.exchanges import Cut, Exchange, digest_of, size_of
from segmind_mock.jsonpaths import JsonPath
from segmind_mock.patterns import MISSING, Pattern

MOST_NEAR_MISSES = 3
MOST_NAMED = 5
"""Exchanges and breaches that a problem names."""

_MS = 1000


class NearMiss(NamedTuple):
    """An exchange that is nearly what was demanded."""

    number: int
    line: str
    """What it was: `3: POST /v2/x -> 200`."""
    differences: list[str]
    """What keeps it from being what was demanded, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a demand came to."""

    holds: bool
    matched: int
    """How many exchanges the pattern means."""
    problems: list[str] = field(default_factory=list)
    near_misses: list[NearMiss] = field(default_factory=list)
    """The closest first; only where something is missing."""

    def told(self) -> dict[str, object]:
        """It as JSON."""
        misses: list[dict[str, object]] = [miss._asdict() for miss in self.near_misses]
        return {"holds": self.holds, "matched": self.matched, "problems": [*self.problems], "near_misses": misses}

    def text(self) -> str:
        """It for people, on several lines."""
        if self.holds:
            return f"The demand holds: {_exchanges(self.matched)} matched."
        lines = ["The demand does not hold.", *(f"  {problem}" for problem in self.problems)]
        if self.near_misses:
            lines.append("Nearest:")
        for miss in self.near_misses:
            lines += [f"  {miss.line}", *(f"      {difference}" for difference in miss.differences)]
        return "\n".join(lines)


def verify(demand: Mapping[str, object], exchanges: Sequence[Exchange]) -> Verdict:
    """Judge exchanges, oldest first, by a demand. Raises `PatternError` with every fault of the demand."""
    read = Demand.of(demand)
    # They are written down when they end; a demand is about how they came.
    matches = sorted((exchange for exchange in exchanges if read.pattern.matches(exchange)), key=_arrival)
    problems, near = _counted(read, matches, exchanges)
    missing, sought = _ordered(read.order, matches) if matches or not problems else ([], None)
    problems += missing
    if sought is not None and not near:
        near = _near_misses(sought, exchanges)
    if read.spacing is not None:
        problems += _spaced(read.spacing, matches)
    if read.unique:
        problems += _unique(read.unique, matches) + _not_compared(read.unique, matches)
    if problems and exchanges and exchanges[0].number > 1:
        problems.append(f"only exchanges from number {exchanges[0].number} on were looked at")
    return Verdict(holds=not problems, matched=len(matches), problems=problems, near_misses=near)


def _arrival(exchange: Exchange) -> tuple[int, int, int]:
    """Sorts exchanges of any accounts as they came."""
    return exchange.real, exchange.at, exchange.order


def _counted(
    demand: Demand, matches: Sequence[Exchange], exchanges: Sequence[Exchange]
) -> tuple[list[str], list[NearMiss]]:
    found = len(matches)
    if demand.at_least <= found and (demand.at_most is None or found <= demand.at_most):
        return [], []
    wanted = f"{demand.pattern.told}: wanted {demand.times}, there {'was' if found == 1 else 'were'} {found}"
    if found < demand.at_least:
        there = f" ({_lines(matches)})" if matches else "" if exchanges else "; there are no exchanges at all"
        return [f"{wanted}{there}"], _near_misses(demand.pattern, exchanges)
    return [f"{wanted} ({_lines(matches)})"], []


def _near_misses(pattern: Pattern, exchanges: Sequence[Exchange]) -> list[NearMiss]:
    """The exchanges with the fewest differences; among those, the ones of the operation that is wanted."""
    wanted = dict(pattern.anchors).get("operation")
    missed = [(exchange, pattern.differences(exchange)) for exchange in exchanges]
    ranked = sorted(
        ((exchange, differences) for exchange, differences in missed if differences),
        key=lambda one: (len(one[1]), one[0].operation != wanted),
    )
    return [
        NearMiss(exchange.number, exchange.line, [*differences, *_not_kept(pattern, exchange)])
        for exchange, differences in ranked[:MOST_NEAR_MISSES]
    ]


def _not_kept(pattern: Pattern, exchange: Exchange) -> Iterator[str]:
    """A word of warning where a body was looked into that is too long to be kept."""
    if pattern.needs_body and not isinstance(exchange.sent, bytes):
        yield f"its body of {size_of(exchange.sent):,} bytes was too long to be kept, so that nothing is found in it"


def _ordered(order: Sequence[Pattern], matches: Sequence[Exchange]) -> tuple[list[str], Pattern | None]:
    """What is wrong with the order, and the pattern that was not found."""
    last: Exchange | None = None
    left = iter(matches)
    for step, pattern in enumerate(order, 1):
        found = next((exchange for exchange in left if pattern.matches(exchange)), None)
        if found is None:
            return [f"order: step {step} of {len(order)} ({pattern.told}) {_absence(pattern, last, matches)}"], pattern
        last = found
    return [], None


def _absence(pattern: Pattern, last: Exchange | None, matches: Sequence[Exchange]) -> str:
    earlier = next((exchange.line for exchange in matches if pattern.matches(exchange)), "")
    after = f"did not happen after {last.line}" if last else "did not happen"
    return f"{after}, only as {earlier}" if earlier else after


def _spaced(spacing: Spacing, matches: Sequence[Exchange]) -> list[str]:
    """The pairs of exchanges, one right after the other, that lie too close or too far apart."""
    groups: dict[object, list[Exchange]] = {}
    for exchange in matches if spacing.by == "real" else sorted(matches, key=lambda one: (one.at, *_arrival(one))):
        job = exchange.request_id if spacing.per == "job" else None
        groups.setdefault((exchange.key, job), []).append(exchange)
    breaches = [text for group in groups.values() for pair in pairwise(group) for text in _gap(spacing, *pair)]
    return _named(breaches, "spacing")


def _gap(spacing: Spacing, before: Exchange, after: Exchange) -> Iterator[str]:
    gap = (after.real - before.real if spacing.by == "real" else after.at - before.at) / _MS
    if gap < spacing.at_least:
        yield f"spacing: {after.line} came {gap:g} s after {before.number}, wanted at least {spacing.at_least:g} s"
    if spacing.at_most is not None and gap > spacing.at_most:
        yield f"spacing: {after.line} came {gap:g} s after {before.number}, wanted at most {spacing.at_most:g} s"


def _unique(unique: Sequence[JsonPath | None], matches: Sequence[Exchange]) -> list[str]:
    """The exchanges that have the same as an earlier one of their account; None stands for the whole body."""
    first: dict[object, Exchange] = {}
    words = " and ".join("body" if path is None else f"body {path}" for path in unique)
    twins = []
    for exchange in matches:
        values = tuple(_value(exchange, path) for path in unique)
        if all(value is None for value in values):
            continue
        earlier = first.setdefault((exchange.key, values), exchange)
        if earlier is not exchange:
            twins.append(f"unique: {exchange.line} has the same {words} as {earlier.line}")
    return _named(twins, "unique")


def _not_compared(unique: Sequence[JsonPath | None], matches: Sequence[Exchange]) -> list[str]:
    """The exchanges of which nobody can say whether they have the same as another."""
    looked_into = any(path is not None for path in unique)
    silent = []
    for exchange in matches:
        why = ""
        if isinstance(exchange.sent, Cut):
            why = "is too long to be kept" if looked_into else ""
        elif not exchange.sent and _has_body(exchange):
            why = "was not read"
        if why:
            silent.append(f"unique: the body of {exchange.line} {why}, so that nothing can be said of it")
    return _named(silent, "unique")


def _has_body(exchange: Exchange) -> bool:
    """Whether the head of the request speaks of a body."""
    length = exchange.header("content-length") or ""
    return bool(length.strip(" 0")) or exchange.header("transfer-encoding") is not None


def _named(breaches: list[str], kind: str) -> list[str]:
    """A few breaches, and how many there are beside them."""
    more = len(breaches) - MOST_NAMED
    return breaches[:MOST_NAMED] + ([f"{kind}: and {more} more like this"] if more > 0 else [])


def _value(exchange: Exchange, path: JsonPath | None) -> object:
    """Something to compare by; None where there is nothing to compare."""
    if exchange.body is MISSING:
        return digest_of(exchange.sent) if path is None and size_of(exchange.sent) else None
    found = [exchange.body] if path is None else path.find(exchange.body)
    try:
        return tuple(map(_frozen, found)) or None
    except RecursionError:
        return digest_of(exchange.sent)


def _frozen(value: object) -> object:
    """A hashable stand-in that is equal for equal JSON: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return frozenset((name, _frozen(inner)) for name, inner in value.items())
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return (bool, value) if isinstance(value, bool) else value


def _lines(exchanges: Sequence[Exchange]) -> str:
    more = f", and {len(exchanges) - MOST_NAMED} more" if len(exchanges) > MOST_NAMED else ""
    return ", ".join(exchange.line for exchange in exchanges[:MOST_NAMED]) + more


def _exchanges(number: int) -> str:
    return f"{number} exchange{'' if number == 1 else 's'}"
