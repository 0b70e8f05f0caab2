"""Numbers and booleans that arrive as text, and what of them is read.

Old clients send `"25"` and `"False"`, and every field of a form is text. A `TextForm` belongs to one
parameter: it says which texts stand for a value of it, as a reader and as a schema. The two agree exactly: a
text is read if, and only if, the schema accepts it; any other text stays text and is refused for what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from segmind_spec.ranges import FRACTION_DIGITS, INTEGER_DIGITS, Bound, decimal_pattern, integer_pattern

BOOLEANS: Mapping[str, bool] = {"true": True, "false": False, "True": True, "False": False}

#: Up to this many values, an integer range is published as a list rather than as a pattern.
LISTED = 200

_INTEGER = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{INTEGER_DIGITS - 1}}})")
_DECIMAL = re.compile(_INTEGER.pattern + rf"(?:\.[0-9]{{1,{FRACTION_DIGITS}}})?")

# Keywords beside which a text form is still certain. With any other the parameter has none.
_RANGE = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
_HARMLESS = {"type", "enum", "format", "default", "description", "title", "examples", "example", "deprecated"}


class TextForm(Protocol):
    """The texts that stand for the values of one parameter."""

    def read(self, text: str) -> Any:
        """The value that `text` stands for, or `text` itself where it stands for none."""

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the texts that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTexts:
    """A value for each of a few texts: booleans, enums and short ranges."""

    values: Mapping[str, Any]

    def read(self, text: str) -> Any:
        """The listed value, or `text`."""
        return self.values.get(text, text)

    def schema(self) -> dict[str, Any]:
        """An enum of the texts."""
        return {"type": "string", "enum": list(self.values)}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegerTexts:
    """Whole numbers of a wide range, both ends included; None is no bound."""

    minimum: int | None
    maximum: int | None

    def read(self, text: str) -> Any:
        """The integer, or `text` when it is none or outside."""
        if not _INTEGER.fullmatch(text):
            return text
        value = int(text)
        above = self.minimum is None or value >= self.minimum
        return value if above and (self.maximum is None or value <= self.maximum) else text

    def schema(self) -> dict[str, Any]:
        """A pattern of the range."""
        return {"type": "string", "pattern": integer_pattern(self.minimum, self.maximum)}


@dataclass(frozen=True, slots=True, kw_only=True)
class DecimalTexts:
    """Decimal numbers between two bounds; None is no bound."""

    minimum: Bound | None
    maximum: Bound | None

    def read(self, text: str) -> Any:
        """An int where there is no point, else the nearest float; `text` when it is no number or outside.

        The text itself is compared, not the float: 25.000000000000001 is above 25 although its float is not.
        """
        if not _DECIMAL.fullmatch(text) or not self._holds(Decimal(text)):
            return text
        return float(text) if "." in text else int(text)

    def _holds(self, value: Decimal) -> bool:
        if self.minimum and (value < self.minimum.value or (self.minimum.strict and value == self.minimum.value)):
            return False
        beyond = self.maximum and (value > self.maximum.value or (self.maximum.strict and value == self.maximum.value))
        return not beyond

    def schema(self) -> dict[str, Any]:
        """A pattern of the range."""
        return {"type": "string", "pattern": decimal_pattern(self.minimum, self.maximum)}


def text_form(schema: Mapping[str, Any]) -> TextForm | None:
    """The text form of a resolved parameter schema; None where there is none (texts, lists, unions)."""
    kinds = scalar_types(schema)
    if len(kinds) != 1 or not _is_plain(schema):
        return None
    match kinds.pop():
        case "boolean" if "enum" not in schema:
            return ListedTexts(values=BOOLEANS)
        case "integer":
            return _integers(schema)
        case "number":
            return _decimals(schema)
        case _:
            return None


def scalar_types(schema: Mapping[str, Any]) -> set[str]:
    """The names under `type`, null left out."""
    declared = schema.get("type", ())
    return {declared} if isinstance(declared, str) else {kind for kind in declared if kind != "null"}


def _is_plain(schema: Mapping[str, Any]) -> bool:
    return all(key in _RANGE or key in _HARMLESS or key.startswith(("x-", "$comment")) for key in schema)


def _integers(schema: Mapping[str, Any]) -> TextForm:
    low, high = _low(schema), _high(schema)
    minimum = None if low is None else _whole(low, upwards=True)
    maximum = None if high is None else _whole(high, upwards=False)
    if "enum" in schema:
        return ListedTexts(values=_listed(value for value in schema["enum"] if _in(value, minimum, maximum)))
    if minimum is not None and maximum is not None and maximum - minimum < LISTED:
        return ListedTexts(values=_listed(range(minimum, maximum + 1)))
    return IntegerTexts(minimum=minimum, maximum=maximum)


def _in(value: Any, minimum: int | None, maximum: int | None) -> bool:
    if type(value) is not int:
        return False
    return (minimum is None or value >= minimum) and (maximum is None or value <= maximum)


def _listed(values: Any) -> dict[str, Any]:
    listed = {str(value): value for value in values}
    # The grammar has a signed nought, so a list that has a nought has it twice.
    return listed | {"-0": 0} if "0" in listed else listed


def _decimals(schema: Mapping[str, Any]) -> TextForm:
    if "enum" in schema:
        numbers = [value for value in schema["enum"] if type(value) in (int, float)]
        return ListedTexts(values={str(value): value for value in numbers})
    return DecimalTexts(minimum=_low(schema), maximum=_high(schema))


def _low(schema: Mapping[str, Any]) -> Bound | None:
    ends = [Bound(_decimal(schema[key]), key != "minimum") for key in ("minimum", "exclusiveMinimum") if key in schema]
    return max(ends, default=None)


def _high(schema: Mapping[str, Any]) -> Bound | None:
    keys = [key for key in ("maximum", "exclusiveMaximum") if key in schema]
    ends = [Bound(_decimal(schema[key]), key != "maximum") for key in keys]
    return min(ends, key=lambda bound: (bound.value, not bound.strict), default=None)


def _decimal(number: float) -> Decimal:
    return Decimal(repr(number))


def _whole(bound: Bound, *, upwards: bool) -> int:
    """The nearest whole number inside a bound."""
    value = int(bound.value.to_integral_value(rounding="ROUND_CEILING" if upwards else "ROUND_FLOOR"))
    if bound.strict and value == bound.value:
        return value + 1 if upwards else value - 1
    return value
