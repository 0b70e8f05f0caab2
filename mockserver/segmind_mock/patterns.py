"""Which exchanges are meant: patterns over requests, answers and the jobs they are about. Pure.

A pattern is an object whose keys all have to hold: `{"operation": "status", "body": {"seed": {"above": 5}}}`.
It is compiled once, and tells in words where it does not hold.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from segmind_mock.conditions import (
    Check,
    Part,
    Words,
    both,
    either,
    header_kind,
    negated,
    of_document,
    of_field,
    of_header,
    of_rules,
)
from segmind_mock.jobs import State
from segmind_mock.jsonpaths import parse
from segmind_mock.matchers import (
    FOLDED,
    GLOB,
    JSON,
    NUMBER,
    SECRET,
    TEXT,
    WHOLE,
    Kind,
    MatcherReader,
    Place,
    Problem,
    choice,
    shown,
    unknown,
)
from segmind_mock.operations import Operation
from segmind_mock.subjects import MISSING, Missing, Subject

__all__ = ["FIELDS", "MISSING", "Missing", "Pattern", "PatternError", "Problem", "Subject"]

DEEPEST = 16
"""Levels of patterns in patterns."""

_VALUES: Mapping[str, tuple[str, Kind]] = {
    "method": ("method", FOLDED),
    "path": ("path", GLOB),
    "operation": ("operation", choice("operation", Operation)),
    "model": ("model", TEXT),
    "account": ("key", SECRET),
    "key": ("key", SECRET),
    "request_id": ("request_id", TEXT),
    "job": ("job", WHOLE),
    "state": ("state", choice("state", State)),
    "age": ("age", NUMBER),
    "status": ("status", WHOLE),
}
"""The keys that are about one value of the subject: its attribute, and what it can be."""

FIELDS = frozenset({*_VALUES, "rule", "header", "body", "answer", "all", "any", "not"})
"""Every key that a pattern can have."""


class PatternError(ValueError):
    """A pattern that cannot be used; `problems` names every fault of it."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. Two that are written alike are equal, and have the same hash."""

    source: str = field(repr=False)
    """The pattern as JSON with its keys sorted; it holds API keys in full."""
    told: str = field(compare=False)
    """The pattern in words, on a line: `operation is status, status is above 499`."""
    matches: Check = field(compare=False, repr=False)
    """Whether a subject is meant."""
    differences: Words = field(compare=False, repr=False)
    """In words, what keeps a subject from being meant; empty exactly when it is meant."""
    anchors: tuple[tuple[str, object], ...] = field(compare=False, repr=False)
    """Plain equalities that must hold, as (field, value): for an index over patterns."""
    needs_body: bool = field(compare=False, repr=False)
    """Whether the request's JSON is looked at."""

    @classmethod
    def of(cls, mapping: Mapping[str, object], *, allowed: Collection[str] = FIELDS) -> Pattern:
        """The pattern that an object writes down, which may have the keys `allowed`. Raises `PatternError`."""
        reader = _Reader(allowed)
        part = reader.pattern(mapping, ())
        if reader.problems:
            raise PatternError(reader.problems)
        return cls(
            source=json.dumps(_source(mapping), sort_keys=True),
            told=part.told or "anything",
            matches=part.check,
            differences=part.words,
            anchors=part.anchors,
            needs_body=part.needs_body,
        )


class _Reader:
    """Compiles one pattern, and notes every fault it meets."""

    def __init__(self, allowed: Collection[str]) -> None:
        self.problems: list[Problem] = []
        self._matchers = MatcherReader(self.problems)
        self._allowed = sorted(allowed)

    def pattern(self, mapping: object, path: Place) -> Part:
        """The part that an object comes to."""
        if not isinstance(mapping, Mapping):
            self._matchers.fault(path, f"{shown(mapping)} is no pattern; allowed: an object")
            return both([])
        if len(path) > 2 * DEEPEST:
            self._matchers.fault(path, f"patterns are nested more than {DEEPEST} levels deep")
            return both([])
        if "account" in mapping and "key" in mapping:
            self._matchers.fault((*path, "key"), "key is another name for account; write one of the two")
        return both([part for name, test in mapping.items() for part in self._key(name, test, (*path, name))])

    def _key(self, name: str, test: object, path: Place) -> list[Part]:
        if name not in self._allowed:
            self._matchers.fault(path, unknown("key", name, self._allowed))
            return []
        if name in _VALUES:
            attribute, kind = _VALUES[name]
            return [of_field(name, attribute, kind, self._matchers.read(test, kind, path))]
        if name == "rule":
            return [of_rules(self._matchers.read(test, GLOB, path))]
        if name == "not":
            return [self._not(test, path)]
        return self._several(name, test, path) if name in {"all", "any"} else self._table(name, test, path)

    def _several(self, name: str, test: object, path: Place) -> list[Part]:
        if not isinstance(test, list | tuple) or not test:
            self._matchers.fault(path, f"{shown(test)} is not understood; allowed: a list of at least one pattern")
            return []
        parts = [self.pattern(entry, (*path, index)) for index, entry in enumerate(test)]
        return parts if name == "all" else [either(parts)]

    def _not(self, test: object, path: Place) -> Part:
        if isinstance(test, Mapping) and not test:
            self._matchers.fault(path, "an empty pattern means everything, so that nothing would be left")
        return negated(self.pattern(test, path))

    def _table(self, name: str, test: object, path: Place) -> list[Part]:
        """The parts of `header`, `body` and `answer`: an object with a test for each name or path."""
        if not isinstance(test, Mapping) or not test:
            key = "header names" if name == "header" else "JSON paths"
            self._matchers.fault(path, f"{shown(test)} is not understood; allowed: an object of {key} and their tests")
            return []
        return [part for entry, inner in test.items() for part in self._entry(name, entry, inner, (*path, entry))]

    def _entry(self, name: str, entry: object, test: object, path: Place) -> list[Part]:
        if not isinstance(entry, str) or not entry:
            self._matchers.fault(path, f"{shown(entry)} is no name; allowed: a text")
            return []
        if name == "header":
            header = entry.lower()
            return [of_header(header, self._matchers.read(test, header_kind(header), path))]
        matcher = self._matchers.read(test, JSON, path)
        try:
            return [of_document(name, parse(entry), matcher)]
        except ValueError as error:
            self._matchers.fault(path, str(error))
            return []


def _source(mapping: Mapping[str, object]) -> dict[str, object]:
    """A pattern as plain JSON, whatever kinds of mapping and sequence it was given as; `key` as `account`."""
    source: dict[str, object] = {}
    for name, test in mapping.items():
        if name == "not" and isinstance(test, Mapping):
            source[name] = _source(test)
        elif name in {"all", "any"} and isinstance(test, list | tuple):
            source[name] = [_source(entry) for entry in test]
        else:
            source["account" if name == "key" else name] = _plain(test)
    return source


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
