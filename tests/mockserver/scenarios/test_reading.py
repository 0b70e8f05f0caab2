"""Reading: one way in, every problem at once, and what is read can be told and read again."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.faults import NOTHING, Error
from segmind_mock.scenarios.positions import MOST
from segmind_mock.scenarios.problems import Problem, ScenarioError
from segmind_mock.scenarios.reading import read
from segmind_mock.scenarios.rules import Step, When
from segmind_mock.scenarios.scenario import Scenario
from tests.mockserver.scenarios.test_effects import ONE
from tests.mockserver.scenarios.test_running import RULES

HEAD: dict[str, Any] = {"scenario": "a", "teaches": "b", "rests_on": "c"}

FLAKY = """\
scenario: flaky
teaches: nothing
rests_on: no

rules:
  - name: a
    match: {operation: stauts, modle: x}
    when: {nth: 0, per: off}
    do: {error: 503, tells: QUEUED}
  - name: a
    match: {operation: status, model: sd1.5-img}
    when: {state: dwon, from: 5, until: 1e0, probability: 1.5}
    do: {cut: 0, reset: before, job: {fails: yes}, drop: ["$.["]}
  - ends: true
    steps: [{becomes: down}]
"""

FLAKY_PROBLEMS = """\
flaky.yaml:7: rules[0].match.modle: there is no key "modle"; did you mean model?
flaky.yaml:7: rules[0].match.operation: there is no operation "stauts"; did you mean status?
flaky.yaml:8: rules[0].when.nth: is 0; allowed: a whole number from 1
flaky.yaml:8: rules[0].when.per: is "off"; allowed: "account", "job"
flaky.yaml:9: rules[0].do: has error and tells; allowed: at most one of error, answer, redirect, replay, tells
flaky.yaml:9: rules[0].do.error: is 503; allowed: a documented code: 400, 401, 402, 403, 404, 405, 406, 410, 422, \
429, 500, 502, 504
flaky.yaml:10: rules[1].name: is 'a', as that of rules[0] is
flaky.yaml:11: rules[1].match: matches no submit and no generate, and only these have a job to plan
flaky.yaml:11: rules[1].match.model: there is no model 'sd1.5-img'; did you mean sd1.5-img2img?
flaky.yaml:12: rules[1].when.probability: is 1.5; allowed: a number from 0 to 1
flaky.yaml:12: rules[1].when.state: is 'dwon', to which no rule leads; did you mean down?
flaky.yaml:12: rules[1].when.until: is 1.0, and not later than from
flaky.yaml:13: rules[1].do: has cut and reset; allowed: at most one of stop, cut, reset, hang_up, broken_chunk, \
garbage, refuse
flaky.yaml:13: rules[1].do.drop[0]: '$.[' is no path
flaky.yaml:13: rules[1].do.job.fails: is the text 'yes'; allowed: true, or what the job says of its failure"""


def with_rules(*rules: Any) -> dict[str, Any]:
    """A scenario of these rules."""
    return {**HEAD, "rules": list(rules)}


def refused(source: Any, **options: Any) -> list[str]:
    """The problems of a source, each as a line."""
    with pytest.raises(ScenarioError) as caught:
        read(source, **options)
    return list(map(str, caught.value.problems))


def test_every_problem_at_once() -> None:
    """All kinds of problems are told together, in the order of the text, each with its line."""
    found = refused(FLAKY, origin="flaky.yaml", models=["sd1.5-img2img"])
    starts = FLAKY_PROBLEMS.splitlines()
    assert [line[: len(start)] for line, start in zip(found, starts, strict=False)] == starts
    assert found[len(starts) :] == [
        "flaky.yaml:14: rules[2]: has steps and ends; write these into the steps",
    ]


def test_values() -> None:
    """A scenario says what was written, with what holds when nothing is said."""
    scenario = read(with_rules({"do": {"error": 502}}))
    (rule,) = scenario.rules
    assert (scenario.name, scenario.teaches, scenario.rests_on) == ("a", "b", "c")
    assert (scenario.seed, scenario.starts, scenario.states) == (None, "start", ("start",))
    assert (rule.name, rule.match.source, rule.when, rule.repeat) == ("rule 1", "{}", When(), True)
    assert rule.steps[0].effects.answer == Error(code=502)


def test_when() -> None:
    """Everything in `when` is read: seconds become milliseconds, single values become lists."""
    when = {"first": 9, "every": 2, "after": 1, "probability": 0.5, "from": 1.5, "until": 1e3, "per": "job"}
    (rule,) = read(with_rules({"when": {**when, "nth": [4, 2, 4], "state": "start"}, "becomes": "x"})).rules
    assert rule.when == When(
        first=9,
        every=2,
        after=1,
        probability=0.5,
        begins=1500,
        until=1_000_000,
        per_job=True,
        nth=(2, 4),
        states=("start",),
    )


def test_steps() -> None:
    """Steps have their times, effects, states and ends; a rule with steps does not repeat them unless it says so."""
    steps = [{"times": 2}, {"becomes": "x"}, {"ends": True}]
    first, second = read(with_rules({"steps": steps}, {"steps": steps, "repeat": True})).rules
    assert first.steps == (Step(times=2, effects=NOTHING), Step(becomes="x"), Step(ends=True))
    assert (first.repeat, second.repeat) == (False, True)


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"match": {"operation": "status"}}, "rules[0]: does nothing; it needs do, steps, becomes or ends"),
        ({"steps": [{"times": 1}]}, "rules[0].steps: do nothing; at least one needs do, becomes or ends"),
        ({"do": {"error": 502}, "repeat": True}, "rules[0].repeat: goes with steps only"),
        (
            {"match": {"status": 200}, "do": {"error": 502}},
            'rules[0].match.status: there is no key "status"; did you mean state?',
        ),
        (
            {"match": {"operation": ["status", "result"]}, "do": {"job": {"fails": True}}},
            "rules[0].match: matches no submit and no generate, and only these have a job to plan",
        ),
        (
            {"match": {"method": "GET"}, "steps": [{"do": {"job": {"fails": True}}}]},
            "rules[0].match: matches no submit and no generate, and only these have a job to plan",
        ),
        (
            {"when": {"nth": [1, 3], "every": 2}, "do": {"error": 502}},
            "rules[0].when.nth: is never reached with the rest of when",
        ),
        (
            {"when": {"first": 2, "after": 2}, "do": {"error": 502}},
            "rules[0].when.first: is over before after (2) begins",
        ),
        (
            {"match": {"path": {"regex": "("}}, "do": {"error": 502}},
            "rules[0].match.path.regex: ",
        ),
        (
            {"do": {"account": {"forbid": ["m", "x"]}}},
            "rules[0].do.account.forbid[1]: there is no model 'x'; there are: m",
        ),
        (
            {"match": {"any": [{"not": {"model": {"one_of": ["m", "x"]}}}]}, "do": {"error": 502}},
            "rules[0].match.any[0].not.model.one_of[1]: there is no model 'x'; there are: m",
        ),
    ],
    ids=str,
)
def test_problems(rule: dict[str, Any], problem: str) -> None:
    """What the schema cannot see is told at its place."""
    (found,) = refused(with_rules(rule), models=["m"])
    assert found.startswith(problem)


@pytest.mark.parametrize("operation", ["submit", "generate", ["status", "submit"], {"like": "sub*"}], ids=str)
def test_jobs_are_planned_where_they_are_made(operation: object) -> None:
    """A pattern that can match a submit or a generate can plan the job."""
    assert read(with_rules({"match": {"operation": operation}, "do": {"job": {"fails": True}}}))


def test_default_names_count_too() -> None:
    """A rule cannot be named as another is by its position."""
    rules = [{"name": "rule 2", "do": {"error": 502}}, {"do": {"error": 502}}]
    assert refused(with_rules(*rules)) == ["rules[1].name: is 'rule 2', as that of rules[0] is"]
    assert refused(with_rules(5, *rules[:1], *rules[:1]))[1] == "rules[2].name: is 'rule 2', as that of rules[1] is"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        (b"\xff", "x.yaml: is not text in UTF-8"),
        ("\ud800", "x.yaml: is not text in UTF-8"),
        ("a" * (MOST + 1), f"x.yaml: is too large; allowed: {MOST} bytes"),
        ("ü" * (MOST - 1), f"x.yaml: is too large; allowed: {MOST} bytes"),
        ("a: [", "x.yaml:1: is not YAML: "),
        ("a: *b", "x.yaml:1: a: has an anchor or an alias"),
        ("", "x.yaml: is null; allowed: an object with"),
        ("a: \\ud800", "x.yaml:1: scenario is missing"),
        ('{"a": "\\ud800"}', "x.yaml:1: a: has half a character"),
    ],
    ids=["bytes", "half", "large", "large in bytes", "syntax", "alias", "nothing", "no escape", "half in JSON"],
)
def test_refused_whole(source: str | bytes, problem: str) -> None:
    """What is no scenario at all is refused with a reason."""
    assert refused(source, origin="x.yaml")[0].startswith(problem)


def test_too_many_rules() -> None:
    """Rules are bounded in number."""
    problem = refused(with_rules(*[{"ends": True}] * 10_001))[0]
    assert problem.startswith("rules: is [")
    assert problem.endswith("allowed: a list of 1 to 10000 rules")


def test_all_forms_are_one() -> None:
    """A mapping, JSON, YAML and bytes with a mark in front come to the same."""
    value = with_rules({"when": {"nth": 3}, "do": {"error": 502}})
    forms: list[Any] = [
        value,
        json.dumps(value),
        yaml.safe_dump(value, sort_keys=False),
        b"\xef\xbb\xbf" + json.dumps(value).encode(),
    ]
    assert [read(form) for form in forms] == [read(value)] * 4


def test_a_scenario_is_its_own() -> None:
    """What was read does not change with its source, nor with what it tells."""
    value = with_rules({"do": {"set": {"$.a": [1]}}})
    scenario = read(value)
    value["rules"][0]["do"]["set"]["$.a"].append(2)
    scenario.told()["rules"].clear()
    assert scenario.told() == with_rules({"do": {"set": {"$.a": [1]}}})


@given(RULES, st.sampled_from([do for do, _ in ONE]), st.none() | st.text(min_size=1, max_size=9))
def test_round_trip(rules: list[dict[str, Any]], do: dict[str, Any], seed: str | None) -> None:
    """What is read tells itself, as a mapping, as JSON and as YAML, and reading that gives the same."""
    leads = {"steps": [{"becomes": "down"}, {"becomes": "up"}]}
    scenario = read({**with_rules(*rules, {"do": do}, leads), **({"seed": seed} if seed else {})})
    told = scenario.told()
    assert isinstance(scenario, Scenario)
    assert read(told) == scenario
    assert read(told).told() == told
    assert read(json.dumps(told)) == scenario
    assert read(yaml.safe_dump(told, sort_keys=False)) == scenario


NAMES = """
    scenario teaches rests_on rules name match when do becomes ends steps repeat nth first every after probability
    from until state per account job error answer set drop delay stop reset operation model code json status
    uniform lognormal queue fails submit a $.a start
"""
WORDS = st.sampled_from(NAMES.split())
SCALARS = WORDS | st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.binary(max_size=2)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.integers(0, 2), inner, max_size=4),
    max_leaves=20,
)
NEAR = st.fixed_dictionaries(
    {"match": ANYTHING, "when": st.dictionaries(WORDS, ANYTHING, max_size=3)},
    optional={"do": st.dictionaries(WORDS, ANYTHING, max_size=3), "steps": st.lists(ANYTHING, max_size=3)},
)


def problems_of(source: Any) -> list[Problem]:
    """What is wrong with a source; anything but a `ScenarioError` comes through."""
    try:
        read(source, models=["m"])
    except ScenarioError as error:
        return error.problems
    return [Problem(None, "", "none")]


@given(st.dictionaries(WORDS, ANYTHING) | st.builds(with_rules, NEAR, ANYTHING))
def test_nothing_but_its_own_error(value: dict[str, Any]) -> None:
    """Whatever a mapping holds, it is read or refused with its problems."""
    assert problems_of(value)


@given(st.lists(st.sampled_from([*FLAKY.splitlines(), "", "  - do: {error: 502}", "  x", "a: |", "- ["])))
def test_nothing_but_its_own_error_for_text(lines: list[str]) -> None:
    """Whatever lines a text has, it is read or refused with its problems, each on a line of it."""
    last = max(1, len(lines))
    assert all(problem.line is None or 0 < problem.line <= last for problem in problems_of("\n".join(lines)))
