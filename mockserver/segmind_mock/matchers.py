"""What one value is to be: a test as people write it, checked, and compiled into a function. Pure.

A test is a scalar (equal to it), a list of scalars (one of them), or an object of operators that hold together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from segmind_mock.masking import masked_header

Accepts = Callable[[object], bool]
Place = tuple[str | int, ...]

LONGEST_REGEX = 1000
DEEPEST = 64
"""Levels of a value that something is compared with."""
LONGEST_SHOWN = 60
"""Characters of a value told in words."""

OPERATORS = (
    "equals",
    "one_of",
    "like",
    "regex",
    "contains",
    "above",
    "below",
    "at_least",
    "at_most",
    "present",
)

_TEXTUAL = ("equals", "one_of", "like", "regex", "contains", "present")
_NUMERIC = ("equals", "one_of", "above", "below", "at_least", "at_most", "present")


class Problem(NamedTuple):
    """One fault of a pattern: where it is, and what is wrong in words."""

    path: Place
    text: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.text}" if self.path else self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What values something can have, and so which tests make sense for it."""

    noun: str
    types: tuple[type, ...]
    """Of the scalars it can equal."""
    operators: tuple[str, ...]
    globs: bool = False
    """A bare text with `*` in it is a glob."""
    folds: bool = False
    """Case does not matter: values arrive in capitals."""
    choices: tuple[str, ...] = ()
    """All values there are; empty: any."""
    secret: bool = False
    """Values are keys, and masked wherever they are shown."""
    empty: bool = False
    """A text can be empty and yet there."""


TEXT = Kind(noun="a text", types=(str,), operators=_TEXTUAL)
GLOB = Kind(noun="a text", types=(str,), operators=_TEXTUAL, globs=True)
FOLDED = Kind(noun="a text", types=(str,), operators=_TEXTUAL, folds=True)
SECRET = Kind(noun="a text", types=(str,), operators=_TEXTUAL, secret=True)
HEADER = Kind(noun="a text", types=(str,), operators=_TEXTUAL, globs=True, empty=True)
WHOLE = Kind(noun="a whole number", types=(int,), operators=_NUMERIC)
NUMBER = Kind(noun="a number", types=(int, float), operators=_NUMERIC)
JSON = Kind(
    noun="a text, a number, true, false or null",
    types=(str, int, float, bool, type(None)),
    operators=OPERATORS,
    empty=True,
)


def choice(noun: str, choices: Iterable[str]) -> Kind:
    """The kind of a text that is one of a few."""
    return Kind(noun=noun, types=TEXT.types, operators=TEXT.operators, choices=tuple(map(str, choices)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """A test, compiled."""

    accepts: Accepts
    """Whether a value that is there is as wanted."""
    absent: bool = False
    """Whether there is to be no value."""
    words: str
    """What is wanted: `8`, `one of 1, 2`, `above 5`."""
    only: tuple[object, ...] = ()
    """The one value that is accepted, where there is just one."""


class MatcherReader:
    """Reads tests, and notes every fault it meets in `problems`."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def read(self, test: object, kind: Kind, path: Place) -> Matcher:
        """The matcher of a test that stands at `path`; one that accepts nothing where the test is faulty."""
        if isinstance(test, Mapping):
            return self._operators(test, kind, path)
        if isinstance(test, list | tuple):
            return self._one_of(test, kind, path, bare=True)
        return self._scalar(test, kind, path, bare=True)

    def fault(self, path: Place, text: str) -> None:
        """Note that something is wrong at `path`."""
        self.problems.append(Problem(path, text))

    def _operators(self, test: Mapping[str, object], kind: Kind, path: Place) -> Matcher:
        parts = []
        for name, value in test.items():
            if name in kind.operators:
                parts.append(self._operator(name, value, kind, (*path, name)))
            else:
                self.fault((*path, name), unknown("operator", name, kind.operators))
        if not test:
            self.fault(path, f"an empty object tests nothing; allowed: {', '.join(kind.operators)}")
        if len(parts) > 1 and any(part.absent for part in parts):
            self.fault(path, "present: false stands alone: what is not there has no value to test")
        return parts[0] if len(parts) == 1 else _together(parts)

    def _operator(self, name: str, value: object, kind: Kind, path: Place) -> Matcher:
        if name == "equals":
            return self._scalar(value, kind, path, bare=False)
        if name == "one_of":
            return self._one_of(value, kind, path, bare=False)
        if name == "present":
            return self._present(value, path)
        if name == "contains":
            return self._contains(value, kind, path)
        if name in {"like", "regex"}:
            return self._textual(name, value, kind, path)
        return self._compared(name, value, path)

    def _scalar(self, value: object, kind: Kind, path: Place, *, bare: bool) -> Matcher:
        fault = _fault_of(value, kind, bare=bare)
        if fault:
            self.fault(path, fault)
            return NOTHING
        if isinstance(value, str):
            value = value.upper() if kind.folds else str(value)
            if bare and kind.globs and "*" in value:
                return Matcher(accepts=glob(value), words=value)
        return Matcher(accepts=equal_to(value), words=shown(value, kind), only=(value,))

    def _one_of(self, value: object, kind: Kind, path: Place, *, bare: bool) -> Matcher:
        if not isinstance(value, list | tuple) or not value:
            self.fault(path, "a list of at least one value is needed")
            return NOTHING
        parts = [self._scalar(entry, kind, (*path, index), bare=bare) for index, entry in enumerate(value)]
        if len(parts) == 1:
            return parts[0]
        tests = [part.accepts for part in parts]
        words = f"one of {', '.join(part.words for part in parts)}"
        return Matcher(accepts=lambda found: any(test(found) for test in tests), words=words)

    def _present(self, value: object, path: Place) -> Matcher:
        if not isinstance(value, bool):
            self.fault(path, f"{shown(value)} is not understood; allowed: true, false")
            return NOTHING
        if value:
            return Matcher(accepts=lambda found: True, words="any")
        return Matcher(accepts=lambda found: False, absent=True, words="none")

    def _contains(self, value: object, kind: Kind, path: Place) -> Matcher:
        fault = _fault_of(value, kind, bare=False)
        if fault:
            self.fault(path, fault)
            return NOTHING
        part = value.upper() if kind.folds and isinstance(value, str) else value
        return Matcher(accepts=lambda found: _holds(found, part), words=f"something with {shown(part, kind)} in it")

    def _textual(self, name: str, value: object, kind: Kind, path: Place) -> Matcher:
        if not isinstance(value, str) or len(value) > LONGEST_REGEX:
            self.fault(path, f"{shown(value)} is not understood; allowed: a text of at most {LONGEST_REGEX} characters")
            return NOTHING
        if name == "like":
            wanted = value.upper() if kind.folds else value
            return Matcher(accepts=glob(wanted), words=f"like {shown(wanted, kind)}")
        try:
            pattern = re.compile(value, re.IGNORECASE if kind.folds else 0)
        except (re.error, OverflowError, RecursionError) as error:
            self.fault(path, f"{shown(value)} is no regular expression: {error}")
            return NOTHING
        return Matcher(
            accepts=lambda found: isinstance(found, str) and pattern.fullmatch(found) is not None,
            words=f"matching {shown(value, kind)}",
        )

    def _compared(self, name: str, value: object, path: Place) -> Matcher:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fault(path, f"{shown(value)} is not understood; allowed: a number")
            return NOTHING
        return Matcher(accepts=_comparison(name, value), words=f"{name.replace('_', ' ')} {value}")


NOTHING = Matcher(accepts=lambda found: False, words="nothing")
"""Stands for a faulty test."""


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal: 1 is 1.0, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def equal_to(wanted: object) -> Accepts:
    """A test for being this JSON value."""
    if isinstance(wanted, str):
        return lambda found: found == wanted
    if wanted is None or isinstance(wanted, bool):
        return lambda found: found is wanted
    return lambda found: same(wanted, found)


def glob(pattern: str) -> Accepts:
    """A test for texts in which each `*` of the pattern stands for any characters; its time does not explode."""
    if "*" not in pattern:
        return equal_to(pattern)
    first, *middle, last = pattern.split("*")
    shortest = len(pattern) - pattern.count("*")

    def accepts(found: object) -> bool:
        if not isinstance(found, str) or len(found) < shortest:
            return False
        if not found.startswith(first) or not found.endswith(last):
            return False
        position, end = len(first), len(found) - len(last)
        for part in middle:
            position = found.find(part, position, end)
            if position < 0:
                return False
            position += len(part)
        return True

    return accepts


def shown(value: object, kind: Kind = JSON) -> str:
    """A value in words, cut where it is long: a text bare where only texts can be, else as JSON."""
    if isinstance(value, str):
        if kind.secret:
            return masked_header("authorization", value)
        text = value[: LONGEST_SHOWN + 1]
        return _cut(text if kind is not JSON and text.isprintable() else json.dumps(text, ensure_ascii=False))
    try:
        return _cut(json.dumps(value, ensure_ascii=False, default=repr))
    except (TypeError, ValueError, RecursionError):
        return _cut(repr(value))


def unknown(what: str, name: object, allowed: Collection[str]) -> str:
    """The words for a name that there is not, with the nearest one that there is."""
    close = get_close_matches(str(name), allowed, n=1)
    hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"
    return f"there is no {what} {shown(name)}; {hint}"


def is_json(value: object, depth: int = DEEPEST) -> bool:
    """Whether a value can be written as JSON, and is not nested more than `depth` levels deep."""
    if value is None or isinstance(value, str | int | float):
        return True
    if not depth:
        return False
    if isinstance(value, Mapping):
        return all(isinstance(name, str) and is_json(inner, depth - 1) for name, inner in value.items())
    return isinstance(value, list | tuple) and all(is_json(inner, depth - 1) for inner in value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


def _fault_of(value: object, kind: Kind, *, bare: bool) -> str:
    """What is wrong with a value to compare with; empty when nothing is."""
    if kind.types == JSON.types and not bare:
        return "" if is_json(value) else f"a JSON value is needed, at most {DEEPEST} levels deep"
    allowed = f"allowed: {', '.join(kind.choices)}" if kind.choices else f"allowed: {kind.noun}"
    if not isinstance(value, kind.types) or (isinstance(value, bool) and bool not in kind.types):
        told = shown(value)
        absent = "; for what is not there write {present: false}" if value is None else ""
        return f"{told} is not understood; {allowed}{absent}"
    if value == "" and not kind.empty:
        return "an empty text is not understood; for what is not there write {present: false}"
    if kind.choices and value not in kind.choices:
        return unknown(kind.noun, value, kind.choices)
    return ""


def _holds(found: object, part: object) -> bool:
    if isinstance(found, str):
        return isinstance(part, str) and part in found
    return isinstance(found, list) and any(same(part, entry) for entry in found)


def _comparison(name: str, limit: float) -> Accepts:
    tests: dict[str, Callable[[float], bool]] = {
        "above": lambda found: found > limit,
        "below": lambda found: found < limit,
        "at_least": lambda found: found >= limit,
        "at_most": lambda found: found <= limit,
    }
    test = tests[name]
    return lambda found: isinstance(found, int | float) and not isinstance(found, bool) and test(found)


def _together(parts: list[Matcher]) -> Matcher:
    tests = [part.accepts for part in parts]
    return Matcher(
        accepts=lambda found: all(test(found) for test in tests),
        words=" and ".join(part.words for part in parts),
    )
