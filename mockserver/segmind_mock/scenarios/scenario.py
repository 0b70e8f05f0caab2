"""A scenario as a value. Pure; `reading` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from segmind_mock.faults import Replay
from segmind_mock.scenarios.index import Index
from segmind_mock.scenarios.rules import Rule

START = "start"
"""The state in which a scenario begins that names none."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A scenario that keeps all rules of the format. Two that say the same are equal."""

    name: str
    teaches: str
    """What a client learns from it; empty where nothing is said."""
    rests_on: str
    """The documents' fact that it rests on; empty where nothing is said."""
    seed: str | None
    starts: str
    rules: tuple[Rule, ...]
    source: Mapping[str, Any] = field(compare=False, repr=False)
    """As it was written, as JSON."""

    def __hash__(self) -> int:
        return hash((self.name, len(self.rules)))

    def told(self) -> dict[str, Any]:
        """The scenario as it was written; reading that gives an equal one."""
        return deepcopy(dict(self.source))

    @cached_property
    def states(self) -> tuple[str, ...]:
        """Every state it can be in, the first one first."""
        later = (step.becomes for rule in self.rules for step in rule.steps if step.becomes)
        return tuple(dict.fromkeys((self.starts, *later)))

    @cached_property
    def replays(self) -> bool:
        """Whether any rule gives an answer again: only then are answers remembered."""
        return any(isinstance(step.effects.answer, Replay) for rule in self.rules for step in rule.steps)

    @cached_property
    def index(self) -> Index:
        """Its rules, ready to be looked up; made once, for every run."""
        return Index(self.rules)
