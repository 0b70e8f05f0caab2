"""Runs: what a scenario does to exchange after exchange, against a plain loop over its rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import pairwise
from math import log, log1p
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segmind_mock.faults import Error, Fired, together
from segmind_mock.operations import Operation
from segmind_mock.patterns import MISSING, Pattern
from segmind_mock.scenarios.reading import read
from segmind_mock.scenarios.rules import Rule
from segmind_mock.scenarios.running import Run, gap
from segmind_mock.scenarios.scenario import Scenario

BEGAN = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request as patterns see it."""

    operation: str = "status"
    path: str = "/v2/requests/a/status"
    method: str = "GET"
    model: str | None = None
    key: str = "k"
    request_id: str | None = "a"
    job: int | None = 1
    state: str | None = "QUEUED"
    age: float | None = 0.0
    status: int | None = None
    rules: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = MISSING
    answer: object = MISSING

    def header(self, name: str) -> str | None:
        """A header by its name in small letters."""
        return self.headers.get(name)


def draw(purpose: str, number: int) -> bytes:
    """Random bytes that belong to a purpose and a number."""
    return blake2b(f"{purpose}\0{number}".encode(), digest_size=16).digest()


def no_draw(purpose: str, number: int) -> bytes:
    """Chance where none may be drawn on, but for the exchange's own bytes."""
    assert purpose.endswith("/fired")
    return bytes(16)


def scenario_of(*rules: Mapping[str, Any], **more: Any) -> Scenario:
    """A scenario with these rules."""
    return read({"scenario": "s", "teaches": "t", "rests_on": "r", "rules": list(rules), **more})


def run_of(*rules: Mapping[str, Any], draw: Callable[[str, int], bytes] = draw, **more: Any) -> Run:
    """A run of a scenario with these rules."""
    return Run(scenario_of(*rules, **more), draw=draw, began=BEGAN)


def codes(run: Run, exchanges: list[Exchange] | int, now: int = BEGAN) -> list[int]:
    """The errors that exchanges get, one after another; 0 where nothing happens."""
    exchanges = [Exchange()] * exchanges if isinstance(exchanges, int) else exchanges
    taken = [run.take(exchange, now) for exchange in exchanges]
    return [one.effects.answer.code if one and isinstance(one.effects.answer, Error) else 0 for one in taken]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, "111111"),
        ({"nth": 3}, "001000"),
        ({"nth": [5, 1, 1]}, "100010"),
        ({"first": 2}, "110000"),
        ({"every": 2}, "010101"),
        ({"after": 4}, "000011"),
        ({"every": 2, "after": 2, "first": 5}, "000100"),
        ({"nth": [2, 3, 4], "every": 2, "first": 3}, "010000"),
        ({"probability": 0}, "000000"),
        ({"probability": 1}, "111111"),
    ],
    ids=str,
)
def test_counts(when: dict[str, Any], expected: str) -> None:
    """Everything in `when` has to hold, and neither certainty nor impossibility draws on chance."""
    run = run_of({"when": when, "do": {"error": 502}} if when else {"do": {"error": 502}}, draw=no_draw)
    assert "".join("1" if code else "0" for code in codes(run, 6)) == expected
    assert run.told()["rules"] == [{"name": "rule 1", "matched": 6, "fired": expected.count("1")}]


def test_steps() -> None:
    """Steps follow each other, each so many times; after the last nothing happens, or they begin anew."""
    steps = [{"times": 2, "do": {"error": 502}}, {"do": {"error": 429}}, {"times": 2}]
    assert codes(run_of({"steps": steps}), 8) == [502, 502, 429, 0, 0, 0, 0, 0]
    run = run_of({"steps": steps, "repeat": True})
    assert codes(run, 8) == [502, 502, 429, 0, 0, 502, 502, 429]
    assert run.told()["rules"] == [{"name": "rule 1", "matched": 8, "fired": 6}]


def test_per_job() -> None:
    """Per job each job has counts and steps of its own, each submit is a first one, and the rest count together."""
    run = run_of({"when": {"per": "job", "nth": 2}, "do": {"error": 502}})
    a, b, none = Exchange(), Exchange(job=2), Exchange(operation="credits", request_id=None, job=None)
    assert codes(run, [a, b, b, a, none, none]) == [0, 0, 502, 502, 0, 502]
    assert codes(run, [Exchange(operation="submit", request_id=None)] * 3) == [0, 0, 0]
    strangers = [Exchange(request_id=str(number), job=None) for number in range(3)]
    assert codes(run_of({"when": {"per": "job", "nth": 2}, "do": {"error": 502}}), strangers) == [0, 502, 0]
    steps = {"when": {"per": "job"}, "steps": [{"do": {"error": 502}}, {"do": {"error": 429}}]}
    assert codes(run_of(steps), [a, b, a, b, a]) == [502, 502, 429, 429, 0]


def test_old_jobs_are_forgotten() -> None:
    """Beyond the bound the job that was seen first is forgotten, and begins anew."""
    rule = {"when": {"per": "job", "nth": 2}, "do": {"error": 502}}
    run = Run(scenario_of(rule), draw=draw, began=BEGAN, most_jobs=2)
    assert codes(run, [Exchange(job=job) for job in (1, 2, 3, 2, 1, 3, 3)]) == [0, 0, 0, 502, 0, 502, 0]


def test_states() -> None:
    """A state holds from the next exchange on; the first rule that names one wins; counts stand still elsewhere."""
    run = run_of(
        {"when": {"nth": 2}, "do": {"error": 500}, "becomes": "down"},
        {"when": {"nth": 2}, "becomes": "lost"},
        {"when": {"state": "down", "nth": 2}, "do": {"error": 502}, "becomes": "calm"},
        starts="calm",
    )
    assert run.told()["states"] == ["calm", "down", "lost"]
    assert codes(run, 2) == [0, 500]
    assert run.state == "down"
    assert codes(run, 2) == [0, 502]
    assert run.state == "calm"


def test_end() -> None:
    """After the end nothing happens and nothing is counted; what fired with it still acts."""
    run = run_of({"when": {"nth": 2}, "ends": True}, {"do": {"error": 502}})
    assert codes(run, 4) == [502, 502, 0, 0]
    assert run.ended
    assert run.told()["rules"][1]["matched"] == 2


def test_window() -> None:
    """A window is counted from the instant the scenario was set; its end does not belong to it."""
    run = run_of({"when": {"from": 1.5, "until": 2, "nth": 2}, "do": {"error": 502}})
    assert [codes(run, 1, BEGAN + after)[0] for after in (0, 1499, 1500, 1999, 2000)] == [0, 0, 0, 502, 0]
    assert run.told()["rules"][0]["matched"] == 2


def test_rules_act_together() -> None:
    """All rules that fire act, in the order in which they stand, and are named."""
    run = run_of(
        {"name": "slow", "match": {"path": "/p"}, "do": {"delay": 1}},
        {"match": {"operation": "status"}, "do": {"error": 502}},
        {"do": {"error": 500, "content_type": "x/y"}},
    )
    fired = run.take(Exchange(path="/p"), BEGAN)
    assert fired is not None
    assert fired.rules == ("s/slow", "s/rule 2", "s/rule 3")
    assert fired.effects == together(rule.steps[0].effects for rule in run.scenario.rules)
    assert fired.draw == draw("s/slow/fired", 0)


@pytest.mark.parametrize("probability", [0.001, 0.1, 0.5, 0.97])
def test_probability(probability: float) -> None:
    """A rule fires about as often as its probability says, at every place alike."""
    run = run_of({"when": {"probability": probability}, "do": {"error": 502}})
    fired = [code > 0 for code in codes(run, 20_000)]
    margin = 4 * (20_000 * probability * (1 - probability)) ** 0.5
    assert abs(sum(fired) - 20_000 * probability) < margin
    pairs = sum(one and other for one, other in pairwise(fired))
    assert abs(pairs - 20_000 * probability**2) < 8 + 2 * margin


@pytest.mark.parametrize(
    ("probability", "byte", "expected"),
    [(0.5, 0xFF, 1), (1 - 1e-16, 0x00, 2), (5e-324, 0x00, 2**62 + 1), (1e-9, 0xFF, 1)],
)
def test_gap(probability: float, byte: int, expected: int) -> None:
    """The extremes of chance and of probability give whole numbers from 1."""
    assert gap(probability, bytes([byte]) * 16) == expected


def test_rules_do_not_shift_each_other() -> None:
    """Whether a rule with a probability fires is the same with other rules beside it."""
    rule: dict[str, Any] = {"name": "p", "when": {"probability": 0.3}, "do": {"error": 502}}
    others: list[dict[str, Any]] = [
        {"when": {"probability": 0.5}, "do": {"delay": 1}},
        {"when": {"nth": 4}, "do": {"delay": 1}},
    ]
    assert codes(run_of(rule), 100) == codes(run_of(*others, rule), 100)


def test_needs() -> None:
    """A run says whether it wants the body read."""
    assert not run_of({"do": {"error": 502}}).needs_body
    assert run_of({"match": {"body": {"$.a": 1}}, "do": {"error": 502}}).needs_body


def test_runs_share_nothing_but_the_scenario() -> None:
    """Two runs of one scenario count for themselves."""
    scenario = scenario_of({"when": {"first": 1}, "do": {"error": 502}})
    one, other = (Run(scenario, draw=draw, began=BEGAN) for _ in range(2))
    assert (codes(one, 2), codes(other, 2)) == ([502, 0], [502, 0])


# --- The plain loop ----------------------------------------------------------------------------------


class Plain:
    """The meaning of a scenario, as plainly as it can be written: every rule is looked at each time."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.state = scenario.starts
        self.ended = False
        self.counted: dict[Any, int] = {}

    def tick(self, *name: object) -> int:
        """One more of something, the first being 1."""
        self.counted[name] = self.counted.get(name, 0) + 1
        return self.counted[name]

    def take(self, exchange: Exchange, now: int) -> Fired | None:
        """What `Run.take` has to answer."""
        if self.ended:
            return None
        steps = [(rule, step) for rule in self.scenario.rules if (step := self.step(rule, exchange, now))]
        steps = [(rule, step) for rule, step in steps if not step.is_idle]
        if not steps:
            return None
        states = [step.becomes for _, step in steps if step.becomes]
        self.state = (states or [self.state])[0]
        self.ended = any(step.ends for _, step in steps)
        numbers = [self.tick("fired", rule.name) for rule, _ in steps]
        names = tuple(f"{self.scenario.name}/{rule.name}" for rule, _ in steps)
        effects = together(step.effects for _, step in steps)
        return Fired(effects=effects, rules=names, draw=draw(f"{names[0]}/fired", numbers[0] - 1))

    def step(self, rule: Rule, exchange: Exchange, now: int) -> Any:
        """What one rule does; None when it does not fire."""
        when, name, elapsed = rule.when, rule.name, now - BEGAN
        if when.states and self.state not in when.states:
            return None
        if elapsed < when.begins or (when.until is not None and elapsed >= when.until):
            return None
        if not rule.match.matches(exchange):
            return None
        total = self.tick("matched", name)
        scope: object = exchange.job if when.per_job else "account"
        if when.per_job and exchange.operation in ("submit", "generate"):
            scope = ("new", total)
        count = self.tick("count", name, scope)
        if when.nth and count not in when.nth:
            return None
        if count <= when.after or count % when.every or (when.first is not None and count > when.first):
            return None
        if not self.chance(rule):
            return None
        flat = [step for step in rule.steps for _ in range(step.times)]
        turn = self.tick("turn", name, scope) - 1
        return flat[turn % len(flat)] if rule.repeat or turn < len(flat) else None

    def chance(self, rule: Rule) -> bool:
        """Whether chance lets the rule fire: from one hit to the next is what one draw of its stream says."""
        probability = rule.when.probability
        if probability in (0, 1):
            return probability == 1
        passed = self.tick("passed", rule.name)
        hit = 0
        for number in range(passed):
            chance = (int.from_bytes(draw(f"{self.scenario.name}/{rule.name}", number)[:8], "little") + 0.5) / 2**64
            hit += 1 + int(log(chance) / log1p(-probability))
            if hit >= passed:
                break
        return hit == passed

    def told(self) -> list[tuple[int, int]]:
        """How often each rule matched and fired."""
        names = [rule.name for rule in self.scenario.rules]
        return [(self.counted.get(("matched", name), 0), self.counted.get(("fired", name), 0)) for name in names]


STATES = st.sampled_from(["start", "down", "up"])
SMALL = st.integers(1, 5)
PATTERNS = st.fixed_dictionaries(
    {},
    optional={
        "operation": st.sampled_from(["status", "submit", "credits", ["status", "submit"]]),
        "path": st.sampled_from(["/a", "/b", "/*"]),
        "model": st.sampled_from(["m", "n"]),
        "request_id": st.sampled_from(["a", "b"]),
        "job": st.sampled_from([1, 2, {"above": 1}]),
        "method": st.sampled_from(["get", "POST"]),
        "header": st.dictionaries(st.sampled_from(["x-a", "X-B"]), st.sampled_from(["1", "2", "*"]), min_size=1),
        "not": st.just({"path": "/a"}),
    },
)
WHENS = st.fixed_dictionaries(
    {},
    optional={
        "nth": SMALL | st.lists(SMALL, min_size=1, max_size=3),
        "first": st.integers(3, 9),
        "every": st.integers(1, 3),
        "after": st.integers(1, 2),
        "probability": st.sampled_from([0, 0.2, 0.5, 0.9, 1]),
        "from": st.sampled_from([0, 1.5]),
        "until": st.sampled_from([4, 8]),
        "state": STATES | st.lists(STATES, min_size=1, max_size=2),
        "per": st.sampled_from(["account", "job"]),
    },
)
DOES = st.sampled_from([{"error": 502}, {"error": 429}, {"delay": 1}, {"cut": 0.5, "accepted": True}])
ENDS = st.just({"do": {"delay": 2}, "ends": True})
ACTS = st.one_of(
    st.builds(lambda do: {"do": do}, DOES),
    st.builds(lambda do: {"do": do}, DOES),
    st.builds(lambda do, state: {"do": do, "becomes": state}, DOES, STATES),
    ENDS,
)
STEPS = st.lists(st.builds(lambda times, act: {"times": times, **act}, SMALL, ACTS | st.just({})), max_size=3).map(
    lambda steps: [*steps, {"do": {"error": 500}}]
)
STEPPED = st.builds(lambda steps, repeat: {"steps": steps, "repeat": repeat}, STEPS, st.booleans())


def _rule(match: Any, when: Any, acts: Any) -> dict[str, Any]:
    if "nth" in when:
        when = {name: value for name, value in when.items() if name not in ("first", "every", "after")}
    return {"match": match, **({"when": when} if when else {}), **acts}


RULES = st.lists(st.builds(_rule, st.just({}) | PATTERNS, WHENS, ACTS | STEPPED), min_size=1, max_size=8)
EXCHANGES = st.builds(
    Exchange,
    operation=st.sampled_from(["status", "status", "submit", "generate", "credits", "other"]),
    path=st.sampled_from(["/a", "/b"]),
    method=st.sampled_from(["GET", "POST"]),
    model=st.sampled_from([None, "m", "n"]),
    request_id=st.sampled_from([None, "a", "b", "c"]),
    job=st.sampled_from([None, 1, 2]),
    headers=st.dictionaries(st.sampled_from(["x-a", "x-b"]), st.sampled_from(["1", "2"])),
)
BOTH_STATES = {"match": {"path": "/nowhere"}, "steps": [{"becomes": "down"}, {"becomes": "up"}]}


@settings(max_examples=400)
@given(RULES, st.lists(st.tuples(EXCHANGES, st.integers(0, 3000)), max_size=40))
def test_against_the_plain_loop(rules: list[dict[str, Any]], exchanges: list[tuple[Exchange, int]]) -> None:
    """Whatever the rules and the exchanges, a run does what a loop over the rules does."""
    scenario = read({"scenario": "s", "teaches": "t", "rests_on": "r", "rules": [*rules, BOTH_STATES]})
    run, plain = Run(scenario, draw=draw, began=BEGAN), Plain(scenario)
    now = BEGAN
    for exchange, later in exchanges:
        now += later
        assert run.take(exchange, now) == plain.take(exchange, now)
        assert (run.state, run.ended) == (plain.state, plain.ended)
    assert [(rule["matched"], rule["fired"]) for rule in run.told()["rules"]] == plain.told()


@given(PATTERNS, EXCHANGES)
def test_no_match_is_missed(match: dict[str, Any], exchange: Exchange) -> None:
    """The index leads every exchange to every pattern that matches it, among many others that are filed alike."""
    others = [{"match": {"path": f"/{n}"}, "do": {"delay": 1}} for n in range(5)]
    run = run_of({"name": "it", "match": match, "do": {"delay": 1}}, *others)
    fired = run.take(exchange, BEGAN)
    assert (fired is not None and "s/it" in fired.rules) == Pattern.of(match).matches(exchange)


def test_told() -> None:
    """What a run tells is JSON, and nothing happens to it while nothing is taken."""
    run = run_of({"name": "a", "when": {"first": 1}, "do": {"error": 502}, "becomes": "b"})
    expected = {"scenario": "s", "state": "start", "states": ["start", "b"], "ended": False}
    assert json.loads(json.dumps(run.told())) == {**expected, "rules": [{"name": "a", "matched": 0, "fired": 0}]}


def test_every_operation_is_served() -> None:
    """A rule for every exchange meets those of each operation."""
    run = run_of({"do": {"error": 502}})
    assert codes(run, [Exchange(operation=str(operation)) for operation in Operation]) == [502] * len(Operation)
