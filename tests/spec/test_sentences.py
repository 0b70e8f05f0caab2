"""The words of a violation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_spec.sentences import SHOWN, allowed, refused, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("é", '"é"'),
        ([1, "a", {"b": []}], '[1, "a", {"b": []}]'),
        (2**300, "a number of more than 256 bits"),
    ],
)
def test_short_values_are_shown_as_json(value: Any, text: str) -> None:
    """What fits is shown whole."""
    assert shown(value) == text


@pytest.mark.parametrize(
    "value", ["x" * 10_000_000, ["x" * 10_000_000], [1] * 1_000_000, {"x" * 10_000: 1}, [[[["x" * 99]]]]]
)
def test_long_values_are_cut(value: Any) -> None:
    """What does not fit is cut, however large it is."""
    text = shown(value)
    assert len(text) == SHOWN
    assert text.endswith("…")


@given(st.recursive(st.none() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nothing_is_longer_than_the_bound(value: Any) -> None:
    """No value is shown with more characters than the bound."""
    assert len(shown(value)) <= SHOWN


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({}, "something else"),
        ({"type": "integer"}, "a whole number"),
        ({"type": "integer", "minimum": 1}, "a whole number of at least 1"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "a number above 0 and of at most 1"),
        ({"type": "number", "multipleOf": 0.5}, "a number in steps of 0.5"),
        ({"type": ["integer", "null"]}, "a whole number or null"),
        ({"type": "string", "maxLength": 3}, "text of at most 3 characters"),
        ({"type": "string", "minLength": 3}, "text of at least 3 characters"),
        ({"type": "string", "pattern": "^a$"}, "text of the form ^a$"),
        ({"type": "array", "uniqueItems": True}, "a list, all different"),
        (
            {"type": "array", "minItems": 1, "items": {"type": "null"}},
            "a list of at least 1 entries, each null",
        ),
        ({"type": "object"}, "an object"),
        ({"const": "a"}, '"a"'),
        ({"enum": [1, "b"]}, '1, "b"'),
        ({"oneOf": [{"type": "boolean"}, {"enum": ["x"]}, {"type": "boolean"}]}, 'true or false or "x"'),
    ],
    ids=range(15),
)
def test_what_is_allowed(schema: dict[str, Any], text: str) -> None:
    """Each schema has its words."""
    assert allowed(schema) == text


@pytest.mark.parametrize(
    ("keyword", "value", "text"),
    [
        ("maxLength", "abcd", "p is 4 characters long; "),
        ("minItems", [], "p has 0 entries; "),
        ("maxItems", [1], "p has 1 entry; "),
    ],
)
def test_lengths_are_counted(keyword: str, value: Any, text: str) -> None:
    """Where a length is wrong the length is told, not the value."""
    assert refused("p", keyword, value, allowed({"type": "string"})).startswith(text)
