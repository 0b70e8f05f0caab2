"""The library: every scenario does to a client what it teaches, and together they hold every kind of fault."""

from __future__ import annotations

from collections import Counter

import pytest

from segmind_mock.scenarios import library
from segmind_mock.scenarios.reading import read
from tests.scenarios import accounts, answers, connections, jobs
from tests.scenarios.careful import Careful
from tests.scenarios.kinds import KINDS
from tests.scenarios.meeting import STORIES, Meeting
from tests.worlds import CATALOG

NAMES = library.names()
SCENARIOS = {name: library.load(name) for name in NAMES}
EACH = pytest.mark.parametrize("name", NAMES)
TELLERS = (accounts, answers, connections, jobs)
LONGEST_LESSON = 110

ENDS = {
    "expired-early": "the records are gone, and the pictures' URLs with them",
    "revoked-key": "nothing can be asked with the key any more",
    "stuck-queue": "no worker is ever free",
}
"""Scenarios whose lesson is the end itself, and why no picture comes of them."""


@EACH
def test_each_does_what_it_teaches(name: str) -> None:
    """A client that meets the scenario sees what its story tells, and meets every rule of it."""
    meeting = Meeting(name)
    STORIES[name](meeting)
    rules = meeting.server.control.told_scenario(meeting.key)["rules"]
    assert isinstance(rules, list)
    assert [rule["name"] for rule in rules if not rule["fired"]] == []


@pytest.mark.parametrize("timing", ["brisk", "real"])
@EACH
def test_a_careful_client_comes_to_a_good_end(name: str, timing: str) -> None:
    """Three jobs at once come to three pictures for a careful client, but where the lesson is an end."""
    assert Careful(Meeting(name, timing=timing)).pictures(3) == (0 if name in ENDS else 3)


def test_stories_and_scenarios_are_paired() -> None:
    """Every scenario has one story, every story its scenario and a claim on one line."""
    assert sorted(STORIES) == NAMES
    assert {function.__module__ for function in STORIES.values()} == {module.__name__ for module in TELLERS}
    claims = {name: (function.__doc__ or "").strip() for name, function in STORIES.items()}
    assert [name for name, claim in claims.items() if not claim or "\n" in claim] == []
    assert len(set(claims.values())) == len(claims)


@EACH
def test_each_is_sound(name: str) -> None:
    """A scenario has no problem with the packaged models, the name of its file, a short lesson, and names its rules."""
    scenario = read(library.text_of(name), models=CATALOG.slugs)
    assert scenario.name == name
    assert len(scenario.teaches) <= LONGEST_LESSON
    assert all(sentence.endswith(".") for sentence in (scenario.teaches, scenario.rests_on))
    assert all("name" in rule for rule in scenario.told()["rules"])


@pytest.mark.parametrize("field", ["teaches", "rests_on", "rules"])
def test_no_two_are_alike(field: str) -> None:
    """No two scenarios teach the same, rest on the same, or do the same."""
    told = Counter(str(scenario.told()[field]) for scenario in SCENARIOS.values())
    assert [text for text, times in told.items() if times > 1] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_there(kind: str) -> None:
    """The kind is in some scenario."""
    steps = [(rule, step.effects) for scene in SCENARIOS.values() for rule in scene.rules for step in rule.steps]
    assert any(KINDS[kind](rule, effects) for rule, effects in steps)
