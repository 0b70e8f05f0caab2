"""The format of scenarios as a JSON Schema, and what it finds wrong, in words. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from segmind_mock.scenarios.problems import Fault, Place
from segmind_spec.sentences import allowed, missing, shown

MOST_FAULTS = 1000
"""More are not looked for."""


@cache
def schema() -> Mapping[str, Any]:
    """The JSON Schema (2020-12) of the format, as it is published. `x-expects` says in words what is allowed."""
    document: Mapping[str, Any] = json.loads(text())
    return document


def text() -> str:
    """The JSON Schema as text."""
    return files("segmind_mock.scenarios").joinpath("schema.json").read_text("utf-8")


def faults_in(value: Any) -> list[Fault]:
    """Everything in a JSON value that the schema refuses, one sentence for each place and cause."""
    told: dict[Place, Fault] = {}
    several: dict[Fault, None] = {}
    errors = list(islice(_validator().iter_errors(value), MOST_FAULTS))
    # Of several at one place, what type is wanted tells most, and that of the whole more than that of a branch.
    for error in sorted(errors, key=lambda error: (error.schema_path[-1] != "type", len(error.schema_path))):
        place, path = tuple(error.instance_path), list(error.schema_path)
        part, keyword = _at(schema(), path[:-1]), str(path[-1])
        if keyword == "required":
            several |= dict.fromkeys(_missing(part, _at(value, place), place))
        elif keyword == "additionalProperties":
            several |= dict.fromkeys(_unknown(part, _at(value, place), place))
        elif place not in told:
            told[place] = place, f"is {shown(_at(value, place))}; allowed: {allowed(part)}"
    return [*told.values(), *several]


@cache
def _validator() -> Any:
    from jsonschema_rs import Draft202012Validator, RegexOptions

    return Draft202012Validator(dict(schema()), pattern_options=RegexOptions())


def _at(value: Any, place: Any) -> Any:
    for token in place:
        value = value[token]
    return value


def _missing(part: Mapping[str, Any], value: Mapping[str, Any], place: Place) -> Iterator[Fault]:
    for name in part["required"]:
        if name not in value:
            yield place, missing(name, allowed(_meant(part["properties"][name])))


def _unknown(part: Mapping[str, Any], value: Mapping[str, Any], place: Place) -> Iterator[Fault]:
    known, forms = part.get("properties", {}), part.get("patternProperties", {})
    for name in value:
        if name in known or any(re.match(form, name) for form in forms):
            continue
        yield (*place, name), part.get("x-unknown") or f"is not known here; {_hint(name, list(known))}"


def _hint(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"allowed: {', '.join(known)}"


def _meant(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the schema, or the one that it refers to."""
    if "$ref" not in part:
        return part
    found: Mapping[str, Any] = _at(schema(), part["$ref"].removeprefix("#/").split("/"))
    return found
