"""What is read from texts is exactly what the schema of the texts accepts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, RegexOptions

from segmind_spec.texts import text_form

SCHEMAS: dict[str, dict[str, Any]] = {
    "boolean": {"type": "boolean"},
    "short": {"type": "integer", "minimum": -2, "maximum": 4},
    "wide": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    "open": {"type": "integer"},
    "half open": {"type": "integer", "exclusiveMinimum": 0},
    "strict": {"type": "integer", "exclusiveMinimum": 0, "exclusiveMaximum": 5},
    "broken ends": {"type": "integer", "minimum": 0.5, "maximum": 900.5},
    "enum": {"type": "integer", "enum": [512, 768]},
    "enum and range": {"type": "integer", "enum": [1, 5, 9], "minimum": 2, "maximum": 8},
    "nullable": {"type": ["integer", "null"], "minimum": 1, "maximum": 3},
    "number": {"type": "number", "minimum": 0.1, "maximum": 25},
    "negative": {"type": "number", "minimum": -1.5, "maximum": 0},
    "open number": {"type": "number"},
    "strict number": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "number enum": {"type": "number", "enum": [0.5, 1, 2.5]},
}
EDGES = ["true", "True", "TRUE", "0", "-0", "-0.0", "1", "1.0", "4", "5", "512", "0.1", "0.09", "25", "25.0"]
MORE = [
    "-1.5",
    "2.5",
    "25.000000000000001",
    "0.5",
    "1e2",
    "01",
    "+1",
    "\u0663",
    "0.0999999999999999999",
    "9" * 18,
]
TEXTS = st.sampled_from([*EDGES, *MORE, "9" * 19, "", " 1", "1 ", "1\n"]) | st.text("0123456789.-", max_size=6)


@pytest.mark.parametrize("name", list(SCHEMAS))
@given(text=TEXTS)
def test_a_text_is_read_if_its_schema_accepts_it(name: str, text: str) -> None:
    """A text is read if, and only if, the schema of the texts accepts it, and then to a valid value."""
    form = text_form(SCHEMAS[name])
    assert form is not None
    value = form.read(text)
    check = Draft202012Validator(form.schema(), pattern_options=RegexOptions())
    assert check.is_valid(text) is (not isinstance(value, str))
    assert isinstance(value, str) or Draft202012Validator(SCHEMAS[name]).is_valid(value)


@pytest.mark.parametrize("text", ["0", "1", "-1", "2.5", "13.436424411240122", "0.00012345678901234567"])
def test_numbers_that_python_prints_are_read(text: str) -> None:
    """The text of a float, as Python prints it without an exponent, is read as that number."""
    form = text_form({"type": "number"})
    assert form is not None
    assert form.read(text) == float(text)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"type": "array"},
        {"type": ["integer", "string"]},
        {"type": "number", "multipleOf": 0.1},
        {"type": "boolean", "enum": [True]},
        {"anyOf": [{"type": "integer"}]},
        {},
    ],
)
def test_other_parameters_have_no_text_form(schema: dict[str, Any]) -> None:
    """Texts, lists, unions and numbers with further conditions are not read."""
    assert text_form(schema) is None
