"""The one way in which a scenario comes to be: read, checked as a whole, and every problem told at once. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import SimpleNamespace
from typing import Any, cast

from segmind_mock.faults import NOTHING, Effects
from segmind_mock.operations import GENERATIONS
from segmind_mock.patterns import FIELDS, Pattern, PatternError, Subject
from segmind_mock.scenarios import effects, schema
from segmind_mock.scenarios.positions import MOST, TOO_LARGE, Source, plain, source_of
from segmind_mock.scenarios.problems import Fault, Place, Problem, ScenarioError, written
from segmind_mock.scenarios.rules import Rule, Step, When
from segmind_mock.scenarios.scenario import START, Scenario

MATCHED = FIELDS - {"status", "answer", "rule"}
"""What a rule can ask of an exchange: what is known before it is answered."""


def read(
    source: str | bytes | Mapping[str, Any], *, origin: str = "", models: Collection[str] | None = None
) -> Scenario:
    """The scenario that a text (YAML or JSON) or a mapping says.

    `origin` names the file in problems. With `models`, every model that is named must be one of them.
    Raises `ScenarioError`.
    """
    text = source if isinstance(source, Mapping) else _text(source, origin)
    written_down = Source(value=text) if isinstance(text, Mapping) else source_of(text)
    faults = written_down.faults
    if written_down.is_whole:
        value, broken = plain(written_down.value)
        faults += broken
        if not broken:
            faults += schema.faults_in(value)
            reader = _Reader(faults, models)
            scenario = reader.scenario(value)
            if scenario is not None and not faults:
                return scenario
    raise ScenarioError(_problems(faults, written_down, origin))


def _text(source: str | bytes, origin: str) -> str:
    try:
        if len(source) > MOST:
            raise ScenarioError([Problem(None, "", TOO_LARGE, origin)])
        text = source.decode("utf-8-sig") if isinstance(source, bytes) else source.removeprefix("\ufeff")
        if len(text.encode()) > MOST:
            raise ScenarioError([Problem(None, "", TOO_LARGE, origin)])
    except UnicodeError:
        raise ScenarioError([Problem(None, "", "is not text in UTF-8", origin)]) from None
    return text


def _problems(faults: Iterable[Fault], source: Source, origin: str) -> list[Problem]:
    """The faults in the order of the text, or of places where it has no lines."""
    found = [(source.line(place), place, text) for place, text in dict.fromkeys(faults)]
    found.sort(key=lambda fault: (fault[0] or 0, [(isinstance(token, str), token) for token in fault[1]]))
    return [Problem(line, written(place), text, origin) for line, place, text in found]


class _Reader:
    """Makes the values of one scenario, and adds what is wrong to the faults that the schema found."""

    def __init__(self, faults: list[Fault], models: Collection[str] | None) -> None:
        self._faults = faults
        self._models = models
        self._unsound = {place[:length] for place, _ in faults for length in range(len(place) + 1)}

    def scenario(self, value: Any) -> Scenario | None:
        """The scenario; None, or one that means nothing, when there are faults."""
        rules = value.get("rules") if isinstance(value, Mapping) else None
        if not isinstance(rules, list):
            return None
        made = {index: self._rule(rule, index) for index, rule in enumerate(rules) if isinstance(rule, Mapping)}
        starts = value.get("starts", START)
        self._check_names(made)
        self._check_states(made, starts)
        if self._faults:
            return None
        return Scenario(
            name=value["scenario"],
            teaches=value.get("teaches", ""),
            rests_on=value.get("rests_on", ""),
            seed=value.get("seed"),
            starts=starts,
            rules=tuple(made.values()),
            source=value,
        )

    def _is_sound(self, place: Place) -> bool:
        return place not in self._unsound

    def _fault(self, place: Place, text: str) -> None:
        self._faults.append((place, text))

    def _rule(self, value: Mapping[str, Any], index: int) -> Rule:
        place: Place = ("rules", index)
        match = self._match(value, place)
        has_steps = "steps" in value
        steps = self._steps(value, place) if has_steps else (self._step(value, place),)
        self._check_work(value, place)
        self._check_jobs(value, place)
        return Rule(
            name=str(value.get("name", f"rule {index + 1}")),
            match=match,
            when=self._when(value, place),
            steps=steps,
            repeat=bool(value.get("repeat", not has_steps)),
        )

    def _match(self, value: Mapping[str, Any], place: Place) -> Pattern:
        place = (*place, "match")
        match = value.get("match", {})
        if not self._is_sound(place):
            return _ANY
        try:
            pattern = Pattern.of(match, allowed=MATCHED)
        except PatternError as error:
            for problem in error.problems:
                self._fault((*place, *problem.path), problem.text)
            return _ANY
        for inner, model in _models_in(match, place):
            self._check_model(model, inner)
        return pattern

    def _when(self, value: Mapping[str, Any], place: Place) -> When:
        place, when = (*place, "when"), value.get("when", {})
        if not isinstance(when, Mapping):
            return When()
        when = self._sound_part(when, place)
        made = _when(when)
        if made.until is not None and made.begins >= made.until:
            self._fault((*place, "until"), f"is {when['until']}, and not later than from")
        elif made.nth and not made.numbers:
            self._fault((*place, "nth"), "is never reached with the rest of when")
        elif made.first is not None and made.first <= made.after:
            self._fault((*place, "first"), f"is over before after ({made.after}) begins")
        return made

    def _steps(self, value: Mapping[str, Any], place: Place) -> tuple[Step, ...]:
        steps = value["steps"]
        if not isinstance(steps, list):
            return (Step(),)
        return tuple(self._step(step, (*place, "steps", index)) for index, step in enumerate(steps)) or (Step(),)

    def _step(self, value: Any, place: Place) -> Step:
        """One step; a rule without any is one itself."""
        if not isinstance(value, Mapping):
            return Step()
        return Step(
            times=int(value.get("times", 1)) if self._is_sound((*place, "times")) else 1,
            effects=self._effects(value["do"], (*place, "do")) if "do" in value else NOTHING,
            becomes=str(value.get("becomes", "")),
            ends=bool(value.get("ends", False)),
        )

    def _effects(self, do: Any, place: Place) -> Effects:
        if not isinstance(do, Mapping):
            return NOTHING
        sound = self._sound_part(do, place)
        faults = [*effects.doubles_in(do), *effects.faults_of(sound)]
        for inner, text in faults:
            self._fault((*place, *inner), text)
        for name in ("forbid", "retire"):
            for index, model in enumerate(sound.get("account", {}).get(name, ())):
                self._check_model(model, (*place, "account", name, index))
        return NOTHING if faults else effects.effects_of(sound)

    def _sound_part(self, value: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """What the schema found nothing wrong with."""
        return {name: inner for name, inner in value.items() if self._is_sound((*place, name))}

    def _check_model(self, model: str, place: Place) -> None:
        if self._models is not None and model not in self._models:
            close = get_close_matches(model, self._models, n=1)
            hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(sorted(self._models))}"
            self._fault(place, f"there is no model {model[:60]!r}; {hint}")

    def _check_work(self, value: Mapping[str, Any], place: Place) -> None:
        beside = [name for name in ("do", "becomes", "ends") if name in value]
        if "steps" in value:
            if beside:
                self._fault(place, f"has steps and {' and '.join(beside)}; write these into the steps")
            elif self._is_sound((*place, "steps")) and not any(step.keys() - {"times"} for step in value["steps"]):
                self._fault((*place, "steps"), "do nothing; at least one needs do, becomes or ends")
            return
        if not beside and self._is_sound(place):
            self._fault(place, "does nothing; it needs do, steps, becomes or ends")
        if "repeat" in value:
            self._fault((*place, "repeat"), "goes with steps only")

    def _check_jobs(self, value: Mapping[str, Any], place: Place) -> None:
        match = value.get("match", {})
        steps = value["steps"] if isinstance(value.get("steps"), list) else []
        does = [step.get("do") for step in (value, *steps) if isinstance(step, Mapping)]
        planned = any(isinstance(do, Mapping) and "job" in do for do in does)
        if planned and self._is_sound((*place, "match")) and not _makes_jobs(match):
            self._fault((*place, "match"), "matches no submit and no generate, and only these have a job to plan")

    def _check_names(self, rules: Mapping[int, Rule]) -> None:
        seen: dict[str, int] = {}
        for index, rule in rules.items():
            before = seen.setdefault(rule.name, index)
            if before != index:
                self._fault(("rules", index, "name"), f"is {rule.name!r}, as that of rules[{before}] is")

    def _check_states(self, rules: Mapping[int, Rule], starts: object) -> None:
        known = {starts, *(step.becomes for rule in rules.values() for step in rule.steps)}
        for index, rule in rules.items():
            for state in rule.when.states:
                if state not in known:
                    self._fault(("rules", index, "when", "state"), _nowhere(state, {*map(str, known)} - {""}))


_ANY = Pattern.of({})


def _when(value: Mapping[str, Any]) -> When:
    nth, state, until = value.get("nth", []), value.get("state", []), value.get("until")
    return When(
        states=(state,) if isinstance(state, str) else tuple(dict.fromkeys(state)),
        begins=round(value.get("from", 0) * 1000),
        until=None if until is None else round(until * 1000),
        per_job=value.get("per") == "job",
        nth=tuple(sorted({int(number) for number in (nth if isinstance(nth, list) else [nth])})),
        first=int(value["first"]) if "first" in value else None,
        every=int(value.get("every", 1)),
        after=int(value.get("after", 0)),
        probability=float(value.get("probability", 1)),
    )


def _nowhere(state: str, known: Collection[str]) -> str:
    close = get_close_matches(state, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"the states are: {', '.join(sorted(known))}"
    return f"is {state!r}, to which no rule leads; {hint}"


def _models_in(match: Mapping[str, Any], place: Place) -> Iterator[tuple[Place, str]]:
    """The models that a pattern without faults names, each with its place."""
    for name, test in match.items():
        if name == "model":
            yield from _texts_in(test, (*place, name))
        elif name == "not":
            yield from _models_in(test, (*place, name))
        elif name in ("all", "any"):
            for index, inner in enumerate(test):
                yield from _models_in(inner, (*place, name, index))


def _texts_in(test: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if isinstance(test, str):
        yield place, test
    elif isinstance(test, list):
        for index, inner in enumerate(test):
            yield from _texts_in(inner, (*place, index))
    elif isinstance(test, Mapping):
        for name in ("equals", "one_of"):
            yield from _texts_in(test.get(name), (*place, name))


def _makes_jobs(match: Mapping[str, Any]) -> bool:
    """Whether a pattern can match a call that makes a job, as far as its operation and method tell."""
    tests = {name: match[name] for name in ("operation", "method") if name in match}
    try:
        matches = Pattern.of(tests).matches
    except PatternError:
        return True
    return any(matches(cast(Subject, SimpleNamespace(operation=operation, method="POST"))) for operation in GENERATIONS)
