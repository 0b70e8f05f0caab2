"""Wording: a rule in a line."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_mock.scenarios.reading import read
from segmind_mock.scenarios.wording import lines_of


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"do": {"error": 502}}, "rule 1: every exchange -> error 502"),
        (
            {"name": "a", "match": {"operation": "submit"}, "when": {"first": 2}, "do": {"error": 502, "delay": 1}},
            "a: operation is submit, first 2 -> error 502, delay 1",
        ),
        (
            {"when": {"state": ["start", "x"]}, "becomes": "x"},
            'rule 1: every exchange, state ["start", "x"] -> the state becomes x',
        ),
        (
            {"steps": [{"times": 2, "do": {"tells": "QUEUED"}}, {"times": 3}, {"ends": True}], "repeat": True},
            "rule 1: every exchange -> 2 times tells QUEUED;\n    then 3 times nothing;\n"
            "    then the scenario ends; and again",
        ),
    ],
    ids=["bare", "whole", "state", "steps"],
)
def test_line(rule: dict[str, Any], expected: str) -> None:
    """A rule is told with its name, its exchanges and what it does."""
    scenario = read({"scenario": "a", "teaches": "b", "rests_on": "c", "rules": [rule]})
    assert lines_of(scenario) == [expected]
