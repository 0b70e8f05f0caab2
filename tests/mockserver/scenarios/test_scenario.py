"""Scenario: states, equality, and what is made once."""

from __future__ import annotations

from segmind_mock.scenarios.reading import read

SOURCE = {"scenario": "a", "teaches": "b", "rests_on": "c", "starts": "calm"}
RULES: list[dict[str, object]] = [{"becomes": "down"}, {"steps": [{"becomes": "up"}, {"becomes": "calm"}]}]


def test_states() -> None:
    """Its states are the one it starts in and those that rules lead to, each once."""
    assert read({**SOURCE, "rules": RULES}).states == ("calm", "down", "up")


def test_equality() -> None:
    """Scenarios that say the same are equal and have one hash, however they are written."""
    one = read({**SOURCE, "rules": RULES})
    other = read({**SOURCE, "rules": [{**RULES[0], "name": "rule 1"}, RULES[1]]})
    assert one == other
    assert hash(one) == hash(other)
    assert one != read({**SOURCE, "rules": RULES[:1]})


def test_one_index() -> None:
    """The index is made once."""
    scenario = read({**SOURCE, "rules": RULES})
    assert scenario.index is scenario.index
