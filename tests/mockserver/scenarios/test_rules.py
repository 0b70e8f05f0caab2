"""Rules: the step of each turn, and the counts of `nth`."""

from __future__ import annotations

import pytest

from segmind_mock.faults import Effects, Tells
from segmind_mock.patterns import Pattern
from segmind_mock.scenarios.rules import Rule, Step, When

TELLS = Effects(answer=Tells(state="QUEUED"))


@pytest.mark.parametrize(("repeat", "expected"), [(False, "aab..."), (True, "aabaab")], ids=["once", "repeated"])
def test_step(repeat: bool, expected: str) -> None:
    """Each step lasts so many turns."""
    steps = (Step(times=2, becomes="a"), Step(becomes="b"))
    rule = Rule(name="r", match=Pattern.of({}), when=When(), steps=steps, repeat=repeat)
    assert "".join(step.becomes if (step := rule.step(turn)) else "." for turn in range(6)) == expected


def test_idle() -> None:
    """A step is idle when neither effects, a state nor an end come of it."""
    assert Step(times=3).is_idle
    assert not any(step.is_idle for step in (Step(ends=True), Step(becomes="a"), Step(effects=TELLS)))


def test_numbers() -> None:
    """Of the numbers in `nth` those are left that everything else lets through."""
    assert When(nth=(1, 2, 4, 6, 8), every=2, after=2, first=6).numbers == (4, 6)
    assert When(nth=(1, 9)).numbers == (1, 9)
