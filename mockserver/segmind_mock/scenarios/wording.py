"""Rules in words, a line each. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from segmind_mock.scenarios.rules import Rule
from segmind_mock.scenarios.scenario import Scenario
from segmind_spec.sentences import shown


def lines_of(scenario: Scenario) -> list[str]:
    """A line for each rule: its name, which exchanges it is about, and what it does."""
    told = scenario.told()["rules"]
    return [_line(rule, written) for rule, written in zip(scenario.rules, told, strict=True)]


def _line(rule: Rule, written: Mapping[str, Any]) -> str:
    when = "".join(f", {name} {_value(value)}" for name, value in written.get("when", {}).items())
    matched = "every exchange" if "match" not in written else rule.match.told
    return f"{rule.name}: {matched}{when} -> {_happens(written)}"


def _happens(written: Mapping[str, Any]) -> str:
    if "steps" not in written:
        return _step(written)
    steps = [f"{step['times']} times {_step(step)}" if "times" in step else _step(step) for step in written["steps"]]
    return ";\n    then ".join(steps) + ("; and again" if written.get("repeat") else "")


def _step(written: Mapping[str, Any]) -> str:
    return ", ".join(_parts(written)) or "nothing"


def _parts(written: Mapping[str, Any]) -> Iterator[str]:
    for name, value in written.get("do", {}).items():
        yield f"{name} {_value(value)}"
    if "becomes" in written:
        yield f"the state becomes {written['becomes']}"
    if "ends" in written:
        yield "the scenario ends"


def _value(value: object) -> str:
    return value if isinstance(value, str) and len(value) <= 60 else shown(value)
