"""A scenario at work in one account: what it has counted, its state, and what it does to each exchange. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heapreplace
from math import log, log1p
from typing import Any

from segmind_mock.faults import Fired, together
from segmind_mock.operations import GENERATIONS
from segmind_mock.patterns import Subject
from segmind_mock.scenarios.index import Group, Lane, Tally
from segmind_mock.scenarios.rules import Step
from segmind_mock.scenarios.scenario import Scenario

MOST_JOBS = 100_000
"""Jobs of which a run knows what it counted; the oldest are forgotten."""

FARTHEST = 2**62
"""Matches from one firing to the next, for the smallest of probabilities."""

Draw = Callable[[str, int], bytes]
"""The sixteen random bytes of a stream, named by its purpose, at a number."""

Memory = dict[tuple[str, int], int]
"""What is counted of one job: matches by tally, turns by rule."""


class Run:
    """One scenario in one account, from the instant `began` on (ms by the account's clock)."""

    __slots__ = (
        "__weakref__",
        "_chances",
        "_draw",
        "_fired",
        "_index",
        "_jobs",
        "_matched",
        "_turns",
        "_waiting",
        "began",
        "ended",
        "most_jobs",
        "scenario",
        "state",
    )

    def __init__(self, scenario: Scenario, *, draw: Draw, began: int, most_jobs: int = MOST_JOBS) -> None:
        self.scenario = scenario
        self.state = scenario.starts
        self.ended = False
        self.began = began
        self.most_jobs = most_jobs
        self._draw = draw
        self._index = scenario.index
        self._matched: dict[int, int] = {}
        self._fired: dict[int, int] = {}
        self._turns: Memory = {}
        self._jobs: OrderedDict[int | None, Memory] = OrderedDict()
        self._chances: dict[int, _Chances] = {}
        self._waiting: dict[int, list[tuple[int, int]]] = {}
        """For each tally the next count of each of its lanes, and the lane's place; a heap."""

    @property
    def needs_body(self) -> bool:
        """Whether any rule looks at the request's JSON."""
        return self._index.needs_body

    def take(self, subject: Subject, now: int) -> Fired | None:
        """What happens to an exchange that comes at the instant `now`; None when nothing does.

        Everything is counted here and now: an exchange that is taken has been taken.
        """
        if self.ended:
            return None
        groups = self._index.candidates(subject)
        if not groups:
            return None
        live = self._live(groups, subject, now - self.began)
        if not live:
            return None
        memory = self._memory(subject) if any(tally.per_job for tally in live) else {}
        due: list[int] = []
        for tally in live:
            self._count(tally, memory, due)
        return self._fire(sorted(due), memory) if due else None

    def told(self) -> dict[str, Any]:
        """The run for people: its state, and how often each rule matched and fired."""
        matched, fired, tally_of = self._matched, self._fired, self._index.tally_of
        return {
            "scenario": self.scenario.name,
            "state": self.state,
            "states": list(self.scenario.states),
            "ended": self.ended,
            "rules": [
                {"name": rule.name, "matched": matched.get(tally_of[number], 0), "fired": fired.get(number, 0)}
                for number, rule in enumerate(self.scenario.rules)
            ],
        }

    def _live(self, groups: Sequence[Group], subject: Subject, elapsed: int) -> list[Tally]:
        """The tallies that count this exchange."""
        found: list[Tally] = []
        for group in groups:
            tallies: Sequence[Tally] = group.steady
            if group.timed or group.stated:
                tallies = [*tallies, *self._holding(group, elapsed)]
            if tallies and group.matches(subject):
                found += tallies
        return found

    def _holding(self, group: Group, elapsed: int) -> list[Tally]:
        """The tallies of a group whose state and time hold."""
        there = (*group.timed, *group.stated.get(self.state, ()))
        return [tally for tally in there if tally.begins <= elapsed < tally.until]

    def _memory(self, subject: Subject) -> Memory:
        """What is known of the job that an exchange is about; a call that makes one is that job's first.

        Exchanges about no job count together, whatever id they ask after.
        """
        if subject.operation in GENERATIONS:
            return {}
        job = subject.job
        memory = self._jobs.get(job)
        if memory is None:
            memory = self._jobs[job] = {}
            if len(self._jobs) > self.most_jobs:
                self._jobs.popitem(last=False)
        return memory

    def _count(self, tally: Tally, memory: Memory, due: list[int]) -> None:
        """Count one match, and add the rules whose turn it is."""
        number = tally.number
        count = self._matched[number] = self._matched.get(number, 0) + 1
        if tally.per_job:
            count = memory["matched", number] = memory.get(("matched", number), 0) + 1
        for lane in tally.at.get(count, ()):
            self._pass(lane, due)
        if tally.per_job:
            for lane in tally.lanes:
                if lane.start <= count <= lane.last and (lane.step == 1 or not count % lane.step):
                    self._pass(lane, due)
        elif tally.lanes:
            self._pass_next(tally, count, due)

    def _pass_next(self, tally: Tally, count: int, due: list[int]) -> None:
        """The same for counts that come one after the other: the lanes wait in a heap for the next of theirs."""
        waiting = self._waiting.get(tally.number)
        if waiting is None:
            waiting = [(lane.start, place) for place, lane in enumerate(tally.lanes) if lane.start <= lane.last]
            heapify(waiting)
            self._waiting[tally.number] = waiting
        while waiting and waiting[0][0] <= count:
            following, place = waiting[0]
            lane = tally.lanes[place]
            if following == count:
                self._pass(lane, due)
            following += lane.step
            if following > lane.last:
                heappop(waiting)
            else:
                heapreplace(waiting, (following, place))

    def _pass(self, lane: Lane, due: list[int]) -> None:
        due += lane.sure
        if lane.chancy:
            chances = self._chances.get(lane.number)
            if chances is None:
                chances = self._chances[lane.number] = _Chances(self._draw, self.scenario, lane.chancy)
            due += chances.take()

    def _fire(self, due: list[int], memory: Memory) -> Fired | None:
        rules, scenario = [], self.scenario
        steps: list[Step] = []
        for number in due:
            step = self._step(number, memory)
            if step is not None and not step.is_idle:
                self._fired[number] = self._fired.get(number, 0) + 1
                rules.append(number)
                steps.append(step)
        if not steps:
            return None
        self.state = next((step.becomes for step in steps if step.becomes), self.state)
        self.ended = any(step.ends for step in steps)
        effects = steps[0].effects if len(steps) == 1 else together(step.effects for step in steps)
        names = tuple(f"{scenario.name}/{scenario.rules[number].name}" for number in rules)
        return Fired(effects=effects, rules=names, draw=self._draw(f"{names[0]}/fired", self._fired[rules[0]] - 1))

    def _step(self, number: int, memory: Memory) -> Step | None:
        rule = self.scenario.rules[number]
        if rule.repeat and len(rule.steps) == 1:
            return rule.steps[0]
        turns = memory if rule.when.per_job else self._turns
        turn = turns.get(("turn", number), 0)
        turns["turn", number] = turn + 1
        return rule.step(turn)


class _Chances:
    """Rules that are let through together, and fire with probabilities of their own.

    Instead of a draw for each rule and match, each rule draws how many it lets pass until it fires again, from a
    stream of its own: the same chances, at the cost of the rules that fire.
    """

    __slots__ = ("_draw", "_drawn", "_due", "_passed", "_streams")

    def __init__(self, draw: Draw, scenario: Scenario, numbers: Sequence[int]) -> None:
        self._draw = draw
        self._passed = 0
        self._drawn = dict.fromkeys(numbers, 0)
        self._streams = {
            number: (f"{scenario.name}/{rule.name}", rule.when.probability)
            for number in numbers
            for rule in (scenario.rules[number],)
        }
        self._due: dict[int, list[int]] = {}
        for number in numbers:
            self._plan(number)

    def take(self) -> list[int]:
        """The rules that fire at the next match."""
        self._passed += 1
        fired = self._due.pop(self._passed, [])
        for number in fired:
            self._plan(number)
        return fired

    def _plan(self, number: int) -> None:
        stream, probability = self._streams[number]
        drawn = self._drawn[number]
        self._drawn[number] = drawn + 1
        self._due.setdefault(self._passed + gap(probability, self._draw(stream, drawn)), []).append(number)


def gap(probability: float, draw: bytes) -> int:
    """How many matches it takes until something of this probability (above 0, below 1) happens: 1 for the very next."""
    chance = (int.from_bytes(draw[:8], "little") + 0.5) / 2**64
    return 1 + int(min(log(chance) / log1p(-probability), FARTHEST))
