"""Dice: choices are decided by digest and purpose alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.render.dice import Dice


@given(st.binary(min_size=16, max_size=64), st.integers(1, 50))
def test_ranges(digest: bytes, count: int) -> None:
    """Every kind of choice stays inside its bounds."""
    dice = Dice(digest, "test")
    assert 0.0 <= dice.unit() < 1.0
    assert -3.0 <= dice.between(-3.0, 2.0) < 2.0
    assert 0 <= dice.below(count) < count
    assert not dice.chance(0.0)
    assert dice.chance(1.0)


def test_purposes_differ() -> None:
    """Two purposes draw different runs from one digest, and the same purpose draws the same run."""
    assert Dice(bytes(16), "a").unit() == Dice(bytes(16), "a").unit()
    assert Dice(bytes(16), "a").unit() != Dice(bytes(16), "b").unit()


def test_units() -> None:
    """Many at once are the same as one after the other."""
    one = Dice(bytes(16), "a")
    assert Dice(bytes(16), "a").units(5) == [one.unit() for _ in range(5)]


def test_without_end() -> None:
    """A run outlasts its first supply, and does not begin anew."""
    run = Dice(bytes(16), "a").units(2000)
    assert len(run) == 2000
    assert run[84:168] != run[:84]
    assert len(set(run)) > 1900


def test_same_everywhere() -> None:
    """The numbers do not depend on the machine."""
    assert [int(unit * 65536) for unit in Dice(bytes(16), "a").units(3)] == NUMBERS


NUMBERS = [1826, 28037, 27626]


def test_short_digest() -> None:
    """A digest of 15 bytes is refused."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        Dice(bytes(15), "test")
