"""The tables of what may stand in a document."""

from __future__ import annotations

import pytest

from segmind_spec.keywords import FIELDS, REQUIRED

OBJECTS = [(kind, field, inside.lstrip("{[")) for kind, fields in FIELDS.items() for field, inside in fields.items()]


@pytest.mark.parametrize(("kind", "field", "inside"), [row for row in OBJECTS if row[2]])
def test_every_object_named_is_a_table(kind: str, field: str, inside: str) -> None:
    """What stands inside a field is an object that has a table of its own."""
    assert inside in FIELDS, f"{kind}.{field}"


@pytest.mark.parametrize("kind", REQUIRED)
def test_what_is_required_may_stand_there(kind: str) -> None:
    """No object is asked for a field that it may not have."""
    assert set(REQUIRED[kind]) <= set(FIELDS[kind])


@pytest.mark.parametrize("keyword", ["if", "not", "patternProperties", "dependentRequired", "nullable", "minimun"])
def test_keywords_that_are_not_read_are_not_listed(keyword: str) -> None:
    """A keyword that the package would pass over in silence is a mistake."""
    assert keyword not in FIELDS["Schema"]
