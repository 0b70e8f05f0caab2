"""A scenario made ready: rules filed under what they look at, so that an exchange meets those it concerns. Pure.

shelf of an operation -> groups of equal patterns -> tallies (what is counted together) -> lanes -> rules
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from segmind_mock.operations import Operation
from segmind_mock.patterns import Pattern, Subject
from segmind_mock.scenarios.rules import Rule, When

_FILED = frozenset({"request_id", "job", "path", "model", "key"})
"""Fields to look groups up by, beside headers; the operation has its shelves."""

_OF_PATHS = frozenset({"method", "path", "operation", "all", "any", "not"})

PATHS_KNOWN = 4096
"""Paths for which it is remembered which patterns match them."""
LONGEST_KNOWN = 300
"""Characters of a path for which that is remembered."""

Key = TypeVar("Key")
Value = TypeVar("Value")
Getter = Callable[[Subject], Any]


class Lane(NamedTuple):
    """Rules that fire at the same counts: those from `start` on, each `step`, to `last`."""

    number: int
    start: int
    step: int
    last: float
    sure: tuple[int, ...]
    """Rules, by their number in the scenario."""
    chancy: tuple[int, ...]
    """Rules that fire with a probability below 1."""


class Tally(NamedTuple):
    """What is counted together: while one of `states` (empty: any) and the time from `begins` to `until` hold (ms)."""

    number: int
    states: frozenset[str]
    begins: int
    until: float
    per_job: bool
    at: Mapping[int, tuple[Lane, ...]]
    """Lanes of single counts."""
    lanes: tuple[Lane, ...]
    """All others."""


class Group(NamedTuple):
    """Equal patterns: one test for all of them."""

    pattern: Pattern
    matches: Callable[[Subject], bool]
    steady: tuple[Tally, ...]
    """Those that count in every state and at every time."""
    timed: tuple[Tally, ...]
    """Those that count in every state, but not at every time."""
    stated: Mapping[str, tuple[Tally, ...]]
    """Those that count in a state."""


class _Shelf(NamedTuple):
    """The groups that can match one operation."""

    filed: tuple[tuple[Getter, Mapping[Any, tuple[Group, ...]]], ...]
    """Those with a wanted value, by that value."""
    by_path: tuple[Group, ...]
    """Those that nothing but the method and the path decide: the same for every exchange with a path."""
    known: dict[tuple[str, str], tuple[Group, ...]]
    """Which of these match a method and a path, as far as there was one to be asked."""
    rest: tuple[Group, ...]

    def of_path(self, subject: Subject) -> tuple[Group, ...]:
        """The groups of `by_path` that match."""
        asked = subject.method, subject.path
        found = self.known.get(asked)
        if found is None:
            found = tuple(group for group in self.by_path if group.matches(subject))
            if len(subject.path) <= LONGEST_KNOWN:
                if len(self.known) >= PATHS_KNOWN:
                    self.known.clear()
                self.known[asked] = found
        return found


class Index:
    """The rules of a scenario, compiled. It holds nothing of any run."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.tally_of: list[int] = [0] * len(rules)
        """The number of each rule's tally."""
        self._lanes = 0
        self._tallies = 0
        by_pattern: dict[Pattern, list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            by_pattern[rule.match].append(number)
        groups = [self._group(pattern, numbers, rules) for pattern, numbers in by_pattern.items()]
        self.needs_body = any(pattern.needs_body for pattern in by_pattern)
        self._shelves: dict[str, _Shelf] = {str(operation): _shelf(groups, operation) for operation in Operation}

    def candidates(self, subject: Subject) -> Sequence[Group]:
        """The groups whose pattern may match."""
        shelf = self._shelves.get(subject.operation)
        if shelf is None:
            return ()
        if not shelf.filed and not shelf.by_path:
            return shelf.rest
        found: list[Group] = [*shelf.of_path(subject)] if shelf.by_path else []
        for get, groups in shelf.filed:
            found += groups.get(get(subject), ())
        found += shelf.rest
        return found

    def _group(self, pattern: Pattern, numbers: list[int], rules: Sequence[Rule]) -> Group:
        counted: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        for number in numbers:
            when = rules[number].when
            counted[frozenset(when.states), when.begins, when.until, when.per_job].append(number)
        tallies = tuple(self._tally(together, rules) for together in counted.values())
        steady = tuple(tally for tally in tallies if not tally.states and _is_timeless(tally))
        timed = tuple(tally for tally in tallies if not tally.states and not _is_timeless(tally))
        stated: dict[str, list[Tally]] = defaultdict(list)
        for tally in tallies:
            for state in tally.states:
                stated[state].append(tally)
        return Group(pattern, pattern.matches, steady, timed, _frozen(stated))

    def _tally(self, numbers: list[int], rules: Sequence[Rule]) -> Tally:
        when = rules[numbers[0]].when
        by_counts: dict[Any, list[int]] = defaultdict(list)
        for number in numbers:
            self.tally_of[number] = self._tallies
            if rules[number].when.probability > 0:
                by_counts[_counts(rules[number].when)].append(number)
        at: dict[int, list[Lane]] = defaultdict(list)
        lanes = []
        for key, together in by_counts.items():
            lane = self._lane(key, together, rules)
            if rules[together[0]].when.nth:
                for count in key:
                    at[count].append(lane)
            else:
                lanes.append(lane)
        self._tallies += 1
        until = inf if when.until is None else when.until
        return Tally(
            self._tallies - 1, frozenset(when.states), when.begins, until, when.per_job, _frozen(at), tuple(lanes)
        )

    def _lane(self, key: Any, numbers: list[int], rules: Sequence[Rule]) -> Lane:
        start, step, last = (0, 1, inf) if rules[numbers[0]].when.nth else key
        sure = tuple(number for number in numbers if rules[number].when.probability >= 1)
        chancy = tuple(number for number in numbers if rules[number].when.probability < 1)
        self._lanes += 1
        return Lane(self._lanes - 1, start, step, last, sure, chancy)


def _is_timeless(tally: Tally) -> bool:
    return not tally.begins and tally.until == inf


def _frozen(several: Mapping[Key, list[Value]]) -> dict[Key, tuple[Value, ...]]:
    return {key: tuple(values) for key, values in several.items()}


def _counts(when: When) -> tuple[float, ...]:
    """The counts at which a rule fires: the single ones of `nth`, or the first, the distance and the last."""
    if when.nth:
        return when.numbers
    start = (when.after // when.every + 1) * when.every
    return start, when.every, inf if when.first is None else when.first


def _shelf(groups: Iterable[Group], operation: Operation) -> _Shelf:
    possible = [group for group in groups if _wanted(group.pattern, "operation") <= {operation}]
    fields = _fields(possible)
    filed: dict[str, dict[Any, list[Group]]] = defaultdict(lambda: defaultdict(list))
    by_path, rest = [], []
    for group in possible:
        anchors = dict(group.pattern.anchors)
        field = max((field for field in anchors if field in fields), key=fields.__getitem__, default=None)
        if field is not None:
            filed[field][anchors[field]].append(group)
        elif _asks_only(json.loads(group.pattern.source), _OF_PATHS):
            by_path.append(group)
        else:
            rest.append(group)
    by_value = tuple((_getter(field), _frozen(values)) for field, values in filed.items())
    return _Shelf(by_value, tuple(by_path), {}, tuple(rest))


def _wanted(pattern: Pattern, field: str) -> set[object]:
    return {value for name, value in pattern.anchors if name == field}


def _fields(groups: Iterable[Group]) -> dict[str, int]:
    """The fields to file under, and how many values each has: the more, the fewer groups are met at each."""
    values: dict[str, set[object]] = defaultdict(set)
    for group in groups:
        for field, value in group.pattern.anchors:
            if field in _FILED or field.startswith("header:"):
                values[field].add(value)
    return {field: len(several) for field, several in values.items()}


def _getter(field: str) -> Getter:
    kind, _, name = field.partition(":")
    if kind == "header":
        return lambda subject: subject.header(name)
    return attrgetter(field)


def _asks_only(match: Any, fields: frozenset[str]) -> bool:
    """Whether a pattern looks at nothing but the fields."""
    return fields.issuperset(match) and all(_asks_only(inner, fields) for inner in _within(match))


def _within(match: Any) -> list[Any]:
    return [*match.get("all", ()), *match.get("any", ()), *([match["not"]] if "not" in match else [])]
