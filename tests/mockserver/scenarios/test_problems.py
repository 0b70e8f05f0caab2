"""Problems: how a finding is written down."""

from __future__ import annotations

import pytest

from segmind_mock.scenarios.problems import Place, Problem, ScenarioError, written


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (Problem(12, "rules[1].when.nth", "is 0", "flaky.yaml"), "flaky.yaml:12: rules[1].when.nth: is 0"),
        (Problem(12, "rules", "is 0"), "line 12: rules: is 0"),
        (Problem(None, "rules", "is 0", "a.yaml"), "a.yaml: rules: is 0"),
        (Problem(None, "", "is 0"), "is 0"),
    ],
    ids=["whole", "no file", "no line", "neither"],
)
def test_problem(problem: Problem, expected: str) -> None:
    """A problem is a line of file, line, place and sentence, as far as these are known."""
    assert str(problem) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((), ""),
        (("rules", 1, "steps", 0, "do"), "rules[1].steps[0].do"),
        (("set", "$.a"), "set['$.a']"),
        ((0,), "[0]"),
    ],
    ids=str,
)
def test_place(place: Place, expected: str) -> None:
    """Indexes stand in brackets, names behind points, and names that are no words in quotes."""
    assert written(place) == expected


def test_error() -> None:
    """An error is all of its problems, a line each."""
    problems = [Problem(1, "a", "is bad"), Problem(2, "b", "is worse")]
    error = ScenarioError(iter(problems))
    assert error.problems == problems
    assert str(error) == "line 1: a: is bad\nline 2: b: is worse"
