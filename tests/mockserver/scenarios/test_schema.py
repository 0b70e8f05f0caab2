"""Schema: what is published keeps to JSON Schema, and what it refuses is told in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from segmind_mock.scenarios import effects
from segmind_mock.scenarios.schema import faults_in, schema, text

SOUND: dict[str, Any] = {"scenario": "a", "teaches": "b", "rests_on": "c", "rules": [{"do": {"error": 502}}]}


def with_rule(**rule: Any) -> dict[str, Any]:
    """A scenario of one rule."""
    return {**SOUND, "rules": [rule]}


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object of the schema."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(inner)


def test_it_is_a_schema() -> None:
    """What is published is JSON Schema 2020-12, for any validator."""
    jsonschema.Draft202012Validator.check_schema(schema())
    assert json.loads(text()) == schema()


def test_everything_is_described() -> None:
    """Every effect and condition has a description, by itself or where it points to."""
    tables = [schema()["properties"], *(schema()["$defs"][name]["properties"] for name in ("rule", "when", "do"))]
    for name, part in (pair for table in tables for pair in table.items()):
        target = schema()["$defs"][part["$ref"].rpartition("/")[2]] if "$ref" in part else {}
        assert part.get("description") or target.get("description"), name


def test_answers_and_endings_are_effects() -> None:
    """The names of answers and of endings are those of the schema."""
    assert {*effects.ANSWERS, *effects.ENDS} <= set(schema()["$defs"]["do"]["properties"])


def test_sound() -> None:
    """A scenario that keeps to the schema has no faults."""
    assert faults_in(SOUND) == []


@pytest.mark.parametrize(
    ("value", "place", "sentence"),
    [
        ([], (), "is []; allowed: an object with `scenario` and `rules`"),
        ({**SOUND, "rules": []}, ("rules",), "is []; allowed: a list of 1 to 10000 rules"),
        ({**SOUND, "teaches": "a\nb"}, ("teaches",), 'is "a\\nb"; allowed: one line of 1 to 500 characters'),
        ({**SOUND, "sede": "x"}, ("sede",), "is not known here; did you mean seed?"),
        (
            with_rule(do={"error": {"text": "x"}}),
            ("rules", 0, "do", "error"),
            "code is missing; it is required (a documented code: 400, 401, 402, 403, 404, 405, 406, 410, 422, 429, "
            "500, 502, 504)",
        ),
        (
            with_rule(when={"nth": 0}, do={"error": 502}),
            ("rules", 0, "when", "nth"),
            "is 0; allowed: a whole number from 1",
        ),
        (
            with_rule(when={"nth": [1, "x"]}, do={"error": 502}),
            ("rules", 0, "when", "nth", 1),
            'is "x"; allowed: a whole number from 1',
        ),
        (
            with_rule(when={"probability": 1.5}, do={"error": 502}),
            ("rules", 0, "when", "probability"),
            "is 1.5; allowed: a number from 0 to 1",
        ),
        (
            with_rule(do={"delay": "1s"}),
            ("rules", 0, "do", "delay"),
            'is "1s"; allowed: a number of seconds from 0 to 600, {uniform: [a, b]} or {lognormal: {median, sigma}}',
        ),
        (
            with_rule(do={"headers": {"a b": "x"}}),
            ("rules", 0, "do", "headers", "a b"),
            "is not a name that a header can have",
        ),
        (
            with_rule(do={"hang_up": False}),
            ("rules", 0, "do", "hang_up"),
            "is false; allowed: true, or a number of seconds from 0 to 600",
        ),
        (
            with_rule(do={}),
            ("rules", 0, "do"),
            "is {}; allowed: an object with at least one effect, as in {error: 502}",
        ),
        (
            with_rule(name="a/b", do={"error": 502}),
            ("rules", 0, "name"),
            'is "a/b"; allowed: text of 1 to 80 plain characters without / and ,',
        ),
    ],
    ids=lambda value: "" if isinstance(value, dict | list | tuple) else value[:25],
)
def test_sentences(value: Any, place: tuple[str | int, ...], sentence: str) -> None:
    """What the schema refuses is told at its place: what is there, and what may be."""
    assert faults_in(value) == [(place, sentence)]


def test_every_fault_at_once() -> None:
    """Everything that is missing or unknown is told, each by itself."""
    found = {text.split()[0] for _, text in faults_in({"rules": SOUND["rules"], "x": 1})}
    assert found == {"scenario", "is"}


def test_faults_are_bounded() -> None:
    """Thousands of faults are told up to a bound."""
    assert 100 < len(faults_in({**SOUND, "rules": [{"do": 5}] * 5000})) <= 1000
