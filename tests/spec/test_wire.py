"""The published schemas accept exactly what a server accepts."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, RegexOptions

from segmind_spec import Model, wire

Bodies = Callable[[Model], st.SearchStrategy[Any]]


def published(schema: Mapping[str, Any], body: Any) -> bool:
    """Whether a schema with the common components beside it accepts `body`."""
    return _compiled(json.dumps(schema)).is_valid(body)


@cache
def _compiled(schema: str) -> Draft202012Validator:
    whole = {**json.loads(schema), "components": {"schemas": wire.common_schemas()}}
    return Draft202012Validator(whole, pattern_options=RegexOptions())


def has_nul(value: Any) -> bool:
    """Whether there is a NUL character anywhere in a JSON value."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(map(has_nul, value))


@pytest.mark.parametrize("lenient", [True, False])
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_body_is_accepted_as_a_server_would(model: Model, bodies: Bodies, lenient: bool, data: st.DataObject) -> None:
    """The schema accepts a body if, and only if, it has no NUL and the model takes it, leniently read."""
    body = data.draw(bodies(model))
    read = model.from_text(body) if lenient and isinstance(body, dict) else body
    expected = model.is_valid(read) and not has_nul(body)
    assert published(wire.body_schema(model.schema, lenient=lenient), body) is expected


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_a_form_is_accepted_as_a_server_would(model: Model, bodies: Bodies, data: st.DataObject) -> None:
    """The same of forms, for fields of text of which only lists are repeated."""
    drawn = data.draw(bodies(model))
    form = _as_form(model, drawn if isinstance(drawn, dict) else {})
    fields = [(name, text) for name, value in form.items() for text in (value if isinstance(value, list) else [value])]
    expected = model.is_valid(model.from_form(fields)) and not has_nul(form)
    assert published(wire.form_schema(model.schema), form) is expected


def _as_form(model: Model, body: Mapping[str, Any]) -> dict[str, Any]:
    lists = {name for name, each in model.parameters.items() if each.schema.get("type") == "array"}
    return {
        name: [str(item) for item in value if not str(item).startswith("[")] or ["x"]
        if name in lists and isinstance(value, list)
        else ([str(value)] if name in lists else str(value))
        for name, value in body.items()
        if not (name in lists and str(value).startswith("[") and not isinstance(value, list))
    }


@pytest.mark.parametrize(
    ("pattern", "sure"),
    [
        (r"^[a-z]+$", True),
        (r"^(?:a|b)$", True),
        (r"^[^\x00-\x20]*$", True),
        (r"^[^\u0000]*$", True),
        (r"^a\.b$", True),
        ("a", False),
        ("^a|b$", False),
        ("^.$", False),
        ("^[^a]$", False),
        (r"^\S$", False),
        (r"^\x00$", False),
    ],
)
def test_patterns_that_exclude_nul(pattern: str, sure: bool) -> None:
    """Only a pattern that certainly excludes NUL is left alone."""
    assert wire.excludes_nul(pattern) is sure


NESTED = {
    "type": "object",
    "required": ["style"],
    "properties": {
        "style": {"type": "object", "properties": {"name": {"type": "string"}}},
        "closed": {"type": "object", "additionalProperties": False, "properties": {}},
        "map": {"type": "object", "additionalProperties": {"type": "string", "pattern": "a"}},
        "list": {"type": "array"},
        "any": {"description": "anything"},
        "either": {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "string"}}]},
        "fixed": {"const": "a"},
    },
}


@pytest.mark.parametrize(
    ("change", "accepted"),
    [
        ({}, True),
        ({"style": {"name": "a", "x": ["b"]}}, True),
        ({"style": {"name": "\x00"}}, False),
        ({"style": {"x": ["\x00"]}}, False),
        ({"style": {"\x00": 1}}, False),
        ({"closed": {"a": 1}}, False),
        ({"map": {"x": "xa"}}, True),
        ({"map": {"x": "a\x00"}}, False),
        ({"list": [1, {"a": "b"}]}, True),
        ({"list": [1, {"a": "\x00"}]}, False),
        ({"any": "x"}, True),
        ({"any": ["\x00"]}, False),
        ({"either": ["\x00"]}, False),
        ({"either": ["a"]}, True),
        ({"fixed": "a"}, True),
    ],
)
def test_nul_is_excluded_at_any_depth(change: dict[str, Any], accepted: bool) -> None:
    """Whatever shape a user's schema has, no NUL gets through, and nothing else is lost."""
    schema = wire.body_schema(NESTED, lenient=True)
    assert published(schema, {"style": {}, **change}) is accepted


def test_forms_of_unusual_parameters() -> None:
    """Objects, unions and untyped parameters of a user's model are fields of text."""
    fields = wire.form_schema(NESTED)["properties"]
    assert fields["style"] == {"type": "string", "pattern": wire.NUL_FREE}
    assert fields["any"]["description"] == "anything"
    assert [branch["type"] for branch in fields["either"]["anyOf"]] == ["string", "array"]


def test_annotations_stay_outside() -> None:
    """The default and the description of a number stand beside the union with its texts."""
    schema = {
        "type": "object",
        "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 2, "default": 1}},
    }
    assert wire.body_schema(schema, lenient=True)["properties"]["n"] == {
        "anyOf": [{"type": "integer", "minimum": 1, "maximum": 2}, {"type": "string", "enum": ["1", "2"]}],
        "default": 1,
    }
