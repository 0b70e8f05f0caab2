"""Nothing is left out: every fault there is, and every word of the scenario language for it, is shown to clients."""

from __future__ import annotations

import ast
import dataclasses
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import pytest

from segmind_mock import faults
from segmind_mock.errors import DOCUMENTED
from segmind_mock.scenarios.reading import read
from tests.faults.accounts import SLUG, scenario
from tests.faults.cases import CASES, ERRORS, PICTURES
from tests.faults.stories import STORIES
from tests.faults.test_steering import CODES, MAGIC
from tests.faults.test_wire import REFUSED

RULES: list[Mapping[str, Any]] = [
    *(rule for case in CASES.values() for rule in case.rules),
    *(rule for story in STORIES.values() for rule in story.rules),
    *({"match": {"operation": "file"}, "do": {"picture": wanted}} for wanted, *_ in PICTURES.values()),
    REFUSED,
]
"""Every rule that is played to clients."""

SCHEMA: Any = json.loads(files("segmind_mock.scenarios").joinpath("schema.json").read_text("utf-8"))


def effects() -> list[faults.Effects]:
    """What the rules come to."""
    whole = scenario("all", [{**rule, "name": f"r{number}"} for number, rule in enumerate(RULES)])
    read_ = read(whole, models=frozenset({SLUG}))
    return [step.effects for rule in read_.rules for step in rule.steps]


def values_of(effect: faults.Effects) -> Iterator[object]:
    """Every fault in it."""
    yield from effect.account
    yield from effect.changes
    yield from effect.wire
    yield from (value for value in (effect.job, effect.answer) if value is not None)


KINDS = [
    kind
    for union in (faults.Answer, faults.Change, faults.Wire, faults.JobPlan, faults.AccountChange)
    for kind in (get_args(union) or (union,))
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_fault(kind: type) -> None:
    """Each kind of fault happens to clients, with each of its fields other than it is by itself."""
    found = [value for effect in effects() for value in values_of(effect) if isinstance(value, kind)]
    assert found
    for field in dataclasses.fields(kind):
        usual = [field.default] if field.default is not dataclasses.MISSING else []
        assert [value for value in found if getattr(value, field.name) not in usual], field.name


def test_every_kind_is_known() -> None:
    """There is no value in `faults` but those above and what they stand in."""
    module = ast.parse(Path(faults.__file__).read_text("utf-8"))
    classes = {node.name for node in module.body if isinstance(node, ast.ClassDef)}
    assert classes - {kind.__name__ for kind in KINDS} == {"Effects", "Fired"}


def test_accepted() -> None:
    """A submit is accepted though its answer says otherwise, in one of them."""
    assert [effect for effect in effects() if effect.accepted]


# --- The words of the language ----------------------------------------------------------------------


def resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema in place of a reference to it."""
    if "$ref" in schema:
        return {**SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], **schema}
    return schema


def words(schema: Mapping[str, Any], path: str) -> Iterator[str]:
    """Every key that can be written, by its path, and every choice among a few as `path=value`."""
    schema = resolved(schema)
    for choice in schema.get("enum", ()):
        yield f"{path}={json.dumps(choice)}"
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}.{name}"
        yield from words(inner, f"{path}.{name}")
    for keyword in ("then", "else"):
        if keyword in schema:
            yield from words(schema[keyword], path)


def spoken(value: object, path: str) -> Iterator[str]:
    """The same of what is written."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield f"{path}.{name}"
            yield from spoken(inner, f"{path}.{name}")
    elif isinstance(value, str | int):
        yield f"{path}={json.dumps(value)}"


SPOKEN = {word for rule in RULES for word in spoken(rule["do"], "do")}


@pytest.mark.parametrize("word", sorted({*words(SCHEMA["$defs"]["do"], "do")}))
def test_every_word(word: str) -> None:
    """Each key of `do`, at any depth, and each of its choices, is written in a rule that is played to clients."""
    bare = word.replace("do.error.code=", "do.error=")
    assert {word, bare} & SPOKEN


def test_every_documented_error() -> None:
    """Each documented error is shown by a rule, by the header `Prefer` and, but for two, by a key."""
    shown = {rule["do"]["error"] for case in ERRORS for rule in case.rules if isinstance(rule["do"]["error"], int)}
    assert shown == set(CODES) == set(DOCUMENTED)
    assert set(DOCUMENTED) - set(MAGIC) == {400, 405}
