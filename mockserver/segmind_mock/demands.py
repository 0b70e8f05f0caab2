"""What can be demanded of a client: the words of a demand, read and checked. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segmind_mock.jsonpaths import JsonPath, parse
from segmind_mock.matchers import Place, Problem, shown, unknown
from segmind_mock.operations import LOOKS
from segmind_mock.patterns import FIELDS, Pattern, PatternError

COUNTS = ("count", "at_least", "at_most")
FURTHER = (*COUNTS, "order", "spacing", "unique")
"""The keys that a demand can have beside those of a pattern."""

_ALL = sorted({*FIELDS, *FURTHER})
_SPACING = ("at_least", "at_most", "by", "per")
_CHOICES = {"by": ("account", "real"), "per": ("job", "account")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """How far apart matches are to lie, in seconds."""

    at_least: float
    at_most: float | None
    by: str
    """`account` or `real`: by which clock."""
    per: str
    """`job` or `account`: what is compared with what came before it for the same job, or for the same account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A demand, checked."""

    pattern: Pattern
    at_least: int
    at_most: int | None
    order: tuple[Pattern, ...]
    spacing: Spacing | None
    unique: tuple[JsonPath | None, ...]
    """Places in the request's body that are the same in no two matches together; None for the whole body."""

    @property
    def times(self) -> str:
        """How many matches are wanted, in words."""
        if self.at_most is None:
            return f"at least {self.at_least}"
        if self.at_least == self.at_most:
            return f"exactly {self.at_least}" if self.at_least else "none"
        return f"{self.at_least} to {self.at_most}" if self.at_least else f"at most {self.at_most}"

    @classmethod
    def of(cls, mapping: Mapping[str, object]) -> Demand:
        """The demand that an object writes down. Raises `PatternError` naming every fault."""
        if not isinstance(mapping, Mapping):
            raise PatternError([Problem((), f"{shown(mapping)} is no demand; allowed: an object")])
        reader = _Reader()
        demand = reader.demand(mapping)
        if reader.problems:
            raise PatternError(reader.problems)
        return demand


class _Reader:
    """Reads one demand, and notes every fault it meets."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def demand(self, mapping: Mapping[str, object]) -> Demand:
        known = {name: test for name, test in mapping.items() if name in FIELDS}
        for name in mapping:
            if name not in _ALL:
                self._fault((name,), unknown("key", name, _ALL))
        pattern = self._pattern(known, ())
        at_least, at_most = self._counts(mapping)
        return Demand(
            pattern=pattern,
            at_least=at_least,
            at_most=at_most,
            order=self._order(mapping["order"]) if "order" in mapping else (),
            spacing=self._spacing(mapping["spacing"], pattern) if "spacing" in mapping else None,
            unique=self._unique(mapping["unique"]) if "unique" in mapping else (),
        )

    def _fault(self, path: Place, text: str) -> None:
        self.problems.append(Problem(path, text))

    def _pattern(self, mapping: object, path: Place) -> Pattern:
        if not isinstance(mapping, Mapping):
            self._fault(path, f"{shown(mapping)} is no pattern; allowed: an object")
            return _ANYTHING
        try:
            return Pattern.of(mapping)
        except PatternError as error:
            self.problems += [Problem((*path, *problem.path), problem.text) for problem in error.problems]
            return _ANYTHING

    def _counts(self, mapping: Mapping[str, object]) -> tuple[int, int | None]:
        given = {name: self._whole(mapping[name], (name,)) for name in COUNTS if name in mapping}
        if "count" in given:
            if len(given) > 1:
                self._fault(("count",), "count says it all; write it without at_least and at_most")
            return given["count"], given["count"]
        if not given:
            return 1, None
        at_least, at_most = given.get("at_least", 0), given.get("at_most")
        if at_most is not None and at_least > at_most:
            self._fault(("at_least",), f"{at_least} is more than at_most, {at_most}")
        return at_least, at_most

    def _whole(self, value: object, path: Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._fault(path, f"{shown(value)} is not understood; allowed: a whole number from 0")
            return 0
        return value

    def _order(self, value: object) -> tuple[Pattern, ...]:
        if not isinstance(value, list | tuple) or not value:
            self._fault(("order",), f"{shown(value)} is not understood; allowed: a list of at least one pattern")
            return ()
        return tuple(self._pattern(entry, ("order", place)) for place, entry in enumerate(value))

    def _spacing(self, value: object, pattern: Pattern) -> Spacing | None:
        if not isinstance(value, Mapping) or not {"at_least", "at_most"} & value.keys():
            self._fault(("spacing",), f"{shown(value)} is not understood; allowed: an object with at_least or at_most")
            return None
        for name in value:
            if name not in _SPACING:
                self._fault(("spacing", name), unknown("key", name, _SPACING))
        for name, choices in _CHOICES.items():
            if value.get(name, choices[0]) not in choices:
                self._fault(("spacing", name), f"{shown(value[name])} is not understood; allowed: {', '.join(choices)}")
        looks = dict(pattern.anchors).get("operation") in LOOKS
        return Spacing(
            at_least=self._seconds(value, "at_least") or 0.0,
            at_most=self._seconds(value, "at_most"),
            by=str(value.get("by", "account")),
            per=str(value.get("per", "job" if looks else "account")),
        )

    def _seconds(self, value: Mapping[str, object], name: str) -> float | None:
        seconds = value.get(name)
        if name not in value:
            return None
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            self._fault(("spacing", name), f"{shown(seconds)} is not understood; allowed: seconds from 0")
            return None
        return seconds

    def _unique(self, value: object) -> tuple[JsonPath | None, ...]:
        entries = value if isinstance(value, list | tuple) else [value]
        if not entries:
            self._fault(("unique",), "an empty list is not understood; allowed: body, or JSON paths into it")
        return tuple(self._place(entry) for entry in entries)

    def _place(self, entry: object) -> JsonPath | None:
        if entry == "body":
            return None
        if not isinstance(entry, str):
            self._fault(("unique",), f"{shown(entry)} is not understood; allowed: body, or a JSON path into it")
            return None
        try:
            return parse(entry)
        except ValueError as error:
            self._fault(("unique",), str(error))
            return None


_ANYTHING = Pattern.of({})
