"""Readers of single values."""

from __future__ import annotations

from typing import Any

import pytest

from segmind_spec.reading import form_reader, normaliser, text_reader

LIST = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("schema", "texts", "value"),
    [
        ({"type": "integer"}, ["1", "2"], 2),
        ({"type": "string"}, ["1"], "1"),
        ({"type": "boolean"}, ["False"], False),
        (LIST, ["1"], [1]),
        (LIST, ["1", "x"], [1, "x"]),
        (LIST, ["[1, 2]"], [1, 2]),
        (LIST, [" [1]"], [1]),
        (LIST, ["[1"], ["[1"]),
        (LIST, ["[" * 100_000], ["[" * 100_000]),
        (LIST, ['{"a": 1}'], ['{"a": 1}']),
        ({"type": "array"}, ["1"], ["1"]),
        ({"type": "object"}, ['{"a": 1}'], {"a": 1}),
        ({"type": "object"}, ["[1]"], "[1]"),
        ({"type": "object"}, ["x"], "x"),
    ],
    ids=range(14),
)
def test_fields_of_a_form(schema: dict[str, Any], texts: list[str], value: Any) -> None:
    """A list takes each field or one JSON text, an object a JSON text, anything else the last field."""
    assert form_reader(schema)(texts) == value


def test_texts_have_no_reader() -> None:
    """A parameter that is text has nothing to be read from text."""
    assert text_reader({"type": "string"}) is None


EITHER = {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 6}, {"type": "string", "enum": ["4"]}]}


@pytest.mark.parametrize(
    ("schema", "value", "normal"),
    [
        ({"type": "integer"}, 2.0, 2),
        ({"type": "integer"}, 2, 2),
        ({"type": ["integer", "null"]}, None, None),
        (EITHER, "4", 4),
        (EITHER, "x", "x"),
        (EITHER, 4.0, 4),
    ],
)
def test_whole_numbers_are_normalised(schema: dict[str, Any], value: Any, normal: Any) -> None:
    """A whole number becomes an int, whether it came as a float or as an allowed text."""
    normalise = normaliser(schema)
    assert normalise is not None
    result = normalise(value)
    assert result == normal
    assert type(result) is type(normal)


@pytest.mark.parametrize(
    "schema", [{"type": "number"}, {"type": "string"}, {"anyOf": [{"type": ["integer", "number"]}]}]
)
def test_other_values_are_left(schema: dict[str, Any]) -> None:
    """Where a value need not be whole there is nothing to normalise."""
    assert normaliser(schema) is None
