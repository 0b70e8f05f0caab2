"""The values that decide a picture agree with what a model's document can say."""

from __future__ import annotations

from segmind_mock.render.picture import NOTHING, Dials, Way
from segmind_spec.output import DIALS, WAYS


def test_ways() -> None:
    """Every way that a document can name is one that pictures are made in."""
    assert tuple(Way) == WAYS


def test_dials() -> None:
    """Every dial that a document can name is one that pictures have."""
    assert Dials._fields == DIALS


def test_nothing() -> None:
    """A call without a picture that is at hand has no problem with it."""
    assert (NOTHING.source, NOTHING.data, NOTHING.problem) == (None, b"", "")
