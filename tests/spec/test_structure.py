"""The walk over one document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from segmind_spec.loader import Library
from segmind_spec.structure import Walk


def findings(value: Any, kind: str) -> list[tuple[tuple[str | int, ...], str]]:
    """What a walk finds in one object."""
    return list(Walk(Library(), Path("document.yaml")).findings(value, kind))


@pytest.mark.parametrize(
    ("schema", "path"),
    [
        ({"tpye": "string"}, ("tpye",)),
        ({"type": "strin"}, ("type",)),
        ({"properties": {"a": {"minimum": "x"}}}, ("properties", "a", "minimum")),
        ({"minimum": 3, "maximum": 2}, ("minimum",)),
        ({"pattern": "("}, ("pattern",)),
        ({"pattern": "(?=a)"}, ("pattern",)),
        ({"type": "integer", "default": "x"}, ("default",)),
        ({"enum": ["a"], "examples": ["a", "b"]}, ("examples", 1)),
        ({"anyOf": {"type": "string"}}, ("anyOf",)),
        ({"$ref": 3}, ("$ref",)),
        ({"$ref": "#/nowhere"}, ("$ref",)),
    ],
)
def test_an_unsound_schema(schema: dict[str, Any], path: tuple[str | int, ...]) -> None:
    """One finding, at the place that is wrong."""
    assert [found for found, _ in findings(schema, "Schema")] == [path]


@pytest.mark.parametrize("schema", [True, {}, {"type": ["integer", "null"], "default": None, "x-note": object()}])
def test_a_sound_schema(schema: Any) -> None:
    """Booleans, nothing at all, and extensions are fine."""
    assert findings(schema, "Schema") == []


def test_all_findings_at_once() -> None:
    """A walk does not stop at the first."""
    found = findings({"tpye": 1, "properties": {"a": {"minimun": 1}}, "default": 3, "type": "string"}, "Schema")
    assert [path for path, _ in found] == [("tpye",), ("properties", "a", "minimun"), ("default",)]


def test_a_missing_field() -> None:
    """What an object must have is told at the object."""
    assert findings({"content": {}}, "Response") == [((), "description is missing")]
