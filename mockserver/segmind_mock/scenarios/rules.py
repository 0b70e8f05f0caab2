"""Rules as values: when they fire, and the steps of what they do. Pure; `reading` makes them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import inf

from segmind_mock.faults import NOTHING, Effects
from segmind_mock.patterns import Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """Which of the exchanges that match: all that is given has to hold. Instants in ms since the scenario was set."""

    states: tuple[str, ...] = ()
    """Empty: in every state."""
    begins: int = 0
    until: int | None = None
    per_job: bool = False
    """Count each job's exchanges, not the account's."""
    nth: tuple[int, ...] = ()
    """Empty: every number."""
    first: int | None = None
    every: int = 1
    after: int = 0
    probability: float = 1.0

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of `nth` that the rest of it lets through."""
        last = inf if self.first is None else self.first
        return tuple(number for number in self.nth if self.after < number <= last and number % self.every == 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happens, and for how many firings of the rule; with no effect at all, nothing does."""

    times: int = 1
    effects: Effects = NOTHING
    becomes: str = ""
    ends: bool = False

    @property
    def is_idle(self) -> bool:
        """Whether it lets exchanges pass."""
        return not self.becomes and not self.ends and self.effects is NOTHING


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule. A rule without steps of its own has one, and repeats it."""

    name: str
    match: Pattern
    when: When
    steps: tuple[Step, ...]
    repeat: bool

    def step(self, turn: int) -> Step | None:
        """What happens at a firing, the first being 0; None when the steps are used up."""
        ends = self._ends
        if turn >= ends[-1]:
            if not self.repeat:
                return None
            turn %= ends[-1]
        return self.steps[bisect_right(ends, turn)]

    @cached_property
    def _ends(self) -> tuple[int, ...]:
        return tuple(accumulate(step.times for step in self.steps))
