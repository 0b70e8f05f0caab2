r"""Regular expressions for ranges of numbers that are written as text.

The grammar of the texts is `-?(0|[1-9][0-9]*)` for integers and the same with an optional `.[0-9]+` for
decimals, with at most `INTEGER_DIGITS` digits before the point and `FRACTION_DIGITS` behind it. The patterns
are anchored and use classes, groups and counts only, so every regex dialect reads them alike.

A pattern is put together from *alternatives*: a list of expressions, of which "" is the empty text.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

INTEGER_DIGITS = 18
FRACTION_DIGITS = 20

_LARGEST = 10**INTEGER_DIGITS - 1


class Bound(NamedTuple):
    """One end of a range; `strict` when the value itself lies outside."""

    value: Decimal
    strict: bool = False


def integer_pattern(minimum: int | None, maximum: int | None) -> str:
    """The pattern of the integer texts from `minimum` to `maximum`, both included; None is no bound."""
    low = -_LARGEST if minimum is None else max(minimum, -_LARGEST)
    high = _LARGEST if maximum is None else min(maximum, _LARGEST)
    positive = _naturals(max(low, 0), high)
    negative = _naturals(max(-high, 0), -low)
    return _signed(positive, negative)


def decimal_pattern(minimum: Bound | None, maximum: Bound | None) -> str:
    """The pattern of the decimal texts between two bounds; None is no bound."""
    low, high = minimum or _end(-1), maximum or _end(1)
    negative = _magnitudes(_mirrored(high), _mirrored(low))
    return _signed(_magnitudes(low, high), negative)


def _end(sign: int) -> Bound:
    return Bound(sign * (Decimal(_LARGEST + 1)), strict=True)


def _mirrored(bound: Bound) -> Bound:
    # copy_negate and not a minus sign: the arithmetic of Decimal would round to the context's precision.
    return Bound(bound.value.copy_negate(), bound.strict)


def _signed(positive: list[str], negative: list[str]) -> str:
    alternatives = [*positive, *([f"-{_either(negative)}"] if negative else [])]
    # A range that holds no text at all is written as a class that nothing is in.
    return f"^{_either(alternatives)}$" if alternatives else r"^[^\s\S]$"


def _either(alternatives: list[str]) -> str:
    return alternatives[0] if len(alternatives) == 1 else f"(?:{'|'.join(alternatives)})"


def _naturals(low: int, high: int) -> list[str]:
    if high < low:
        return []
    parts: list[str] = []
    full: list[int] = []
    for length in range(len(str(low)), len(str(high)) + 1):
        first, last = 10 ** (length - 1), 10**length - 1
        if length > 1 and low <= first and last <= high:
            full.append(length)
        else:
            parts += _same_length(str(max(low, first if length > 1 else 0)), str(min(high, last)))
    # Lengths of which every number is in the range are told together, or a range of 64 bits fills a page.
    return [*parts, f"[1-9][0-9]{{{full[0] - 1},{full[-1] - 1}}}"] if full else parts


def _same_length(low: str, high: str) -> list[str]:
    """Digit texts between two texts of one length."""
    rest = len(low) - 1
    if rest == 0:
        return [_digits(int(low), int(high))]
    if set(low[1:]) == {"0"} and set(high[1:]) == {"9"}:
        return [_digits(int(low[0]), int(high[0])) + _count(rest)]
    if low[0] == high[0]:
        return [low[0] + _either(_same_length(low[1:], high[1:]))]
    parts = [low[0] + _either(_same_length(low[1:], "9" * rest))]
    if int(high[0]) - int(low[0]) > 1:
        parts.append(_digits(int(low[0]) + 1, int(high[0]) - 1) + _count(rest))
    return [*parts, high[0] + _either(_same_length("0" * rest, high[1:]))]


def _digits(low: int, high: int) -> str:
    return str(low) if low == high else f"[{low}-{high}]"


def _count(length: int) -> str:
    return "[0-9]" if length == 1 else f"[0-9]{{{length}}}"


def _magnitudes(low: Bound, high: Bound) -> list[str]:
    """Unsigned decimal texts between two bounds; what is below nought or too large is cut off."""
    low = low if low.value >= 0 else Bound(Decimal(0))
    high = high if high.value <= _LARGEST else _end(1)
    if high.value < low.value:
        return []
    return list(_by_integer_part(low, high))


def _by_integer_part(low: Bound, high: Bound) -> Iterator[str]:
    first, low_digits = _split(low.value)
    last, high_digits = _split(high.value)
    if first == last:
        yield from _with_fraction(first, _between(low_digits, high_digits, (low.strict, high.strict)))
        return
    yield from _with_fraction(first, _at_least(low_digits, low.strict))
    for whole in _naturals(first + 1, last - 1):
        yield f"{whole}(?:\\.[0-9]{{1,{FRACTION_DIGITS}}})?"
    if last <= _LARGEST:
        yield from _with_fraction(last, _at_most(high_digits, high.strict))


def _split(value: Decimal) -> tuple[int, str]:
    whole, _, fraction = f"{value:f}".lstrip("-").partition(".")
    return int(whole), fraction.rstrip("0")


def _with_fraction(whole: int, alternatives: list[str]) -> list[str]:
    if not alternatives:
        return []
    behind = [part for part in alternatives if part]
    fraction = f"\\.{_either(behind)}" if behind else ""
    return [f"{whole}(?:{fraction})?" if fraction and "" in alternatives else f"{whole}{fraction}"]


def _any(room: int) -> list[str]:
    return ["", f"[0-9]{{1,{room}}}"] if room else [""]


def _prefixed(digit: str, alternatives: list[str]) -> list[str]:
    """`digit` before each alternative, as one expression for those that go on."""
    behind = [part for part in alternatives if part]
    whole = [digit] if "" in alternatives else []
    return [*whole, *([digit + _either(behind)] if behind else [])]


def _at_least(digits: str, strict: bool, room: int = FRACTION_DIGITS) -> list[str]:
    if not digits:
        return _not_all_zero(room) if strict else _any(room)
    if not room:
        return []
    digit = int(digits[0])
    above = _prefixed(_digits(digit + 1, 9), _any(room - 1)) if digit < 9 else []
    return [*above, *_prefixed(digits[0], _at_least(digits[1:], strict, room - 1))]


def _at_most(digits: str, strict: bool, room: int = FRACTION_DIGITS) -> list[str]:
    if not digits:
        return [] if strict else ["", f"0{{1,{room}}}"] if room else [""]
    if not room:
        return [""]
    digit = int(digits[0])
    below = _prefixed(_digits(0, digit - 1), _any(room - 1)) if digit else []
    return ["", *below, *_prefixed(digits[0], _at_most(digits[1:], strict, room - 1))]


def _not_all_zero(room: int) -> list[str]:
    return ["0" * zeros + f"[1-9][0-9]{{0,{room - zeros - 1}}}" for zeros in range(room)]


def _between(low: str, high: str, strict: tuple[bool, bool], room: int = FRACTION_DIGITS) -> list[str]:
    """Fractions between two that share a whole part; an empty digit text is nought."""
    if not high:
        return [] if low or any(strict) else _at_most("", False, room)
    if not room:
        return [] if low or strict[0] else [""]
    # Zeros are implied behind the shorter text, so the lower bound reads as a nought where it ends.
    bottom, top = int(low[:1] or "0"), int(high[0])
    if bottom > top:
        return []
    here = [] if low or strict[0] else [""]
    if bottom == top:
        return [*here, *_prefixed(high[0], _between(low[1:], high[1:], strict, room - 1))]
    middle = _prefixed(_digits(bottom + 1, top - 1), _any(room - 1)) if top - bottom > 1 else []
    lower = _prefixed(str(bottom), _at_least(low[1:], strict[0], room - 1))
    return [*here, *lower, *middle, *_prefixed(high[0], _at_most(high[1:], strict[1], room - 1))]
