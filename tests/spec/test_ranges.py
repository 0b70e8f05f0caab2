"""Range patterns accept exactly the texts of the numbers in the range."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator, RegexOptions

from segmind_spec.payload import python_regex
from segmind_spec.ranges import FRACTION_DIGITS, INTEGER_DIGITS, Bound, decimal_pattern, integer_pattern

GRAMMAR = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]{1,20})?")

whole_bounds = st.none() | st.integers(-1200, 1200) | st.integers()
whole_texts = st.from_regex(r"-?(0|[1-9][0-9]{0,17})", fullmatch=True) | st.integers(-1300, 1300).map(str)
decimals = st.decimals(-130, 130, places=3) | st.decimals(-2, 2, places=6) | st.integers(-30, 30).map(Decimal)
decimal_texts = (
    st.from_regex(r"-?(0|[1-9][0-9]{0,2})(\.[0-9]{1,20})?", fullmatch=True)
    | st.decimals(-130, 130, places=3).map(lambda value: f"{value:f}")
    | st.from_regex(r"-?[01]\.[019]{1,6}", fullmatch=True)
)


def accepts(pattern: str, text: str) -> bool:
    """What Python and Rust both say; they have to say the same."""
    python = bool(re.search(python_regex(pattern), text))
    options = RegexOptions()
    assert Draft202012Validator({"pattern": pattern}, pattern_options=options).is_valid(text) is python
    return python


@given(low=whole_bounds, high=whole_bounds, text=whole_texts)
def test_integer_patterns_compare_as_numbers(low: int | None, high: int | None, text: str) -> None:
    """An integer text matches if, and only if, its number is between the bounds."""
    inside = (low is None or int(text) >= low) and (high is None or int(text) <= high)
    assert accepts(integer_pattern(low, high), text) is inside


@given(bounds=st.tuples(decimals, decimals), strict=st.tuples(st.booleans(), st.booleans()), data=st.data())
def test_decimal_patterns_compare_as_numbers(
    bounds: tuple[Decimal, Decimal], strict: tuple[bool, bool], data: st.DataObject
) -> None:
    """A decimal text matches if, and only if, its exact value is between the bounds."""
    steps = [Decimal(sign).scaleb(-place) for sign in (-2, -1, 0, 1) for place in range(7)]
    near = st.builds(lambda bound, step: f"{bound + step:f}", st.sampled_from(bounds), st.sampled_from(steps))
    text = data.draw(decimal_texts | near.filter(lambda text: re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]{1,20})?", text)))
    value = Decimal(text)
    low, high = (Bound(bound, flag) for bound, flag in zip(bounds, strict, strict=True))
    above = value > low.value or (value == low.value and not low.strict)
    below = value < high.value or (value == high.value and not high.strict)
    assert accepts(decimal_pattern(low, high), text) is (above and below)


@given(text=st.text("0123456789.-+e \n\u0663", max_size=8))
def test_only_the_grammar_matches(text: str) -> None:
    """Without bounds, exactly the texts of the grammar match: no plus, no exponent, no leading zero."""
    whole = bool(re.fullmatch(r"-?(0|[1-9][0-9]*)", text))
    broken = bool(re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text))
    assert accepts(integer_pattern(None, None), text) is whole
    assert accepts(decimal_pattern(None, None), text) is broken


@pytest.mark.parametrize("sign", ["", "-"])
def test_digits_are_bounded(sign: str) -> None:
    """One digit more than the limits does not match, before the point or behind it."""
    fits, too_long = sign + "9" * INTEGER_DIGITS, sign + "9" * (INTEGER_DIGITS + 1)
    behind = "." + "9" * FRACTION_DIGITS
    assert accepts(integer_pattern(None, None), fits)
    assert not accepts(integer_pattern(None, None), too_long)
    assert accepts(decimal_pattern(None, None), fits + behind)
    assert not accepts(decimal_pattern(None, None), fits + behind + "0")
    assert not accepts(decimal_pattern(None, None), too_long)


def test_an_empty_range_matches_nothing() -> None:
    """A range that ends before it begins has a pattern that no text matches."""
    for text in ("", "0", "-0", "1", "x"):
        assert not accepts(integer_pattern(2, 1), text)
        assert not accepts(decimal_pattern(Bound(Decimal(2)), Bound(Decimal(1))), text)


def test_the_context_of_decimals_does_not_matter() -> None:
    """A caller's coarse decimal context does not round the bounds."""
    with localcontext(prec=2):
        pattern = decimal_pattern(Bound(Decimal("-0.12345")), Bound(Decimal("0.12345")))
    assert accepts(pattern, "-0.12345")
    assert not accepts(pattern, "0.12346")
