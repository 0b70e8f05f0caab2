"""YAML and JSON read into plain values, with the line on which each value stands. Pure.

Only what JSON has is read: objects, lists, text, numbers, true, false, null. Words such as `on`, `no` and dates are
text, and so is a number with a leading nought. Anchors, aliases, tags and several documents are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from segmind_mock.scenarios.problems import Fault, Place

if TYPE_CHECKING:
    from yaml import Event

DEEPEST = 64
"""Levels of objects and lists in each other."""

MOST = 2**20
"""Bytes of a text, and values and characters in a mapping."""

TOO_DEEP = f"is nested too deeply; allowed: {DEEPEST} levels"
TOO_LARGE = f"is too large; allowed: {MOST} bytes"
LARGEST = 2**63
"""Whole numbers are nearer to nought than this."""

_TWICE = "stands there twice"
_NO_ANCHOR = "has an anchor or an alias (& or *); write the value out, or in quotes"
_NO_TAG = "has a tag (!); write the value without it, or in quotes"
_NO_KEY = "has an object or a list as a key; allowed: text"

_REASONS = {
    "mapping values are not allowed in this context": "a colon and a space where none can be; a text with `: ` in it "
    "needs quotes",
    "found character that cannot start any token": "a character that begins nothing: a tab as indentation, or a text "
    "that needs quotes",
}
"""What the parser says, where it can be said better."""

_NUMBER = re.compile(r"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_HALF = re.compile("[\ud800-\udfff]")
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,300})")
_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


@dataclass(slots=True)
class Source:
    """What a text says. With a fault that hides the rest of the text, `is_whole` is false and `value` means nothing."""

    value: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    is_whole: bool = True

    def line(self, place: Place) -> int | None:
        """The line of a value, or of what it should stand in."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place)


class _Hidden(Exception):
    """The rest of the text cannot be read."""


def source_of(text: str) -> Source:
    """Read a text of at most `MOST` bytes. It is JSON when it can be read as such, else YAML."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return _yaml(text)
    # White space in JSON may be tabs, of which YAML knows only that they are wrong.
    source = _yaml(text.replace("\t", " "))
    faults = [fault for fault in source.faults if fault[1] == _TWICE]
    return Source(value=value, lines=source.lines, faults=faults)


def _yaml(text: str) -> Source:
    import yaml

    builder = _Builder()
    try:
        for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            builder.take(event)
    except _Hidden:
        builder.source.is_whole = False
    except yaml.YAMLError as error:
        builder.tell(error, last=text.count("\n") + 1)
    return builder.source


@dataclass(slots=True)
class _Open:
    """An object or a list whose end has not come yet."""

    inner: Any
    place: Place
    key: str | None = None

    def next(self) -> Place:
        """The place of the value that comes next."""
        return (*self.place, len(self.inner) if isinstance(self.inner, list) else str(self.key))

    def put(self, value: object) -> None:
        """Take the value that came."""
        if isinstance(self.inner, list):
            self.inner.append(value)
        else:
            self.inner[self.key] = value
            self.key = None


class _Builder:
    """Makes values of events, one after another."""

    def __init__(self) -> None:
        self.source = Source()
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: Event) -> None:
        """The next event. Raises `_Hidden` where nothing more can be read."""
        import yaml

        if isinstance(event, yaml.AliasEvent):
            self._hide(event, _NO_ANCHOR)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._hide(event, "begins a second document; allowed: one")
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()

    def tell(self, error: Exception, last: int) -> None:
        """Note what the parser stumbled over, in a text of `last` lines."""
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        self.source.lines[()] = min(mark.line + 1, last) if mark else 1
        what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        self.source.faults.append(((), f"is not YAML: {_REASONS.get(what, what)}"))
        self.source.is_whole = False

    def _scalar(self, event: Any) -> None:
        self._refuse(event)
        value = _meant(event.value) if event.implicit[0] else event.value
        if self._wants_key():
            self._key(event)
        else:
            self._put(event, value)

    def _begin(self, event: Any, inner: object) -> None:
        self._refuse(event)
        if self._wants_key():
            self._hide(event, _NO_KEY)
        if len(self._open) >= DEEPEST:
            self._hide(event, TOO_DEEP)
        place = self._put(event, inner)
        self._open.append(_Open(inner, place))

    def _key(self, event: Any) -> None:
        top = self._open[-1]
        top.key = event.value
        if event.value in top.inner:
            self.source.faults.append((top.next(), _TWICE))
        self.source.lines[top.next()] = event.start_mark.line + 1

    def _put(self, event: Any, value: object) -> Place:
        place = self._place()
        self.source.lines.setdefault(place, event.start_mark.line + 1)
        if self._open:
            self._open[-1].put(value)
        else:
            self.source.value = value
        return place

    def _refuse(self, event: Any) -> None:
        if event.anchor is not None:
            self._hide(event, _NO_ANCHOR)
        if event.tag is not None:
            self._hide(event, _NO_TAG)

    def _hide(self, event: Any, text: str) -> None:
        place = self._open[-1].place if self._wants_key() else self._place()
        self.source.lines[place] = event.start_mark.line + 1
        self.source.faults.append((place, text))
        raise _Hidden

    def _wants_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].inner, dict) and self._open[-1].key is None

    def _place(self) -> Place:
        return self._open[-1].next() if self._open else ()


def _meant(text: str) -> object:
    """What a bare word of YAML means: as in JSON, everything else being text."""
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    return int(text) if _WHOLE.fullmatch(text) else float(text)


def plain(value: object) -> tuple[object, list[Fault]]:
    """A copy of `value` that is JSON through and through, and everything in it that is not."""
    copier = _Copier()
    try:
        return copier.copy(value, ()), copier.faults
    except _Hidden:
        return None, copier.faults


class _Copier:
    """One copy; `size` counts values and characters."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.size = 0

    def copy(self, value: object, place: Place) -> object:
        """The copy of a value that stands at `place`."""
        self.size += 1 + (len(value) if isinstance(value, str) else 0)
        if self.size > MOST:
            self.faults = [((), TOO_LARGE)]
            raise _Hidden
        if isinstance(value, Mapping):
            return {
                self._key(key, place): self.copy(inner, (*place, str(key))) for key, inner in self._inside(value, place)
            }
        if isinstance(value, list | tuple):
            return [self.copy(inner, (*place, index)) for index, inner in self._inside(value, place)]
        fault = _fault(value)
        if fault:
            self.faults.append((place, fault))
        return value

    def _inside(self, value: Any, place: Place) -> Iterable[tuple[Any, object]]:
        if len(place) >= DEEPEST:
            self.faults.append((place, TOO_DEEP))
            return ()
        return value.items() if isinstance(value, Mapping) else enumerate(value)

    def _key(self, key: object, place: Place) -> str:
        if not isinstance(key, str):
            self.faults.append((place, f"has the key {key!r:.60}; allowed: text"))
        elif fault := _fault(key):
            self.faults.append((place, f"has a key that {fault}"))
        return str(key)


def _fault(value: object) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, str):
        return "" if value.isascii() or not _HALF.search(value) else "has half a character in it (a lone surrogate)"
    if isinstance(value, int | float):
        return (
            ""
            if (abs(value) < LARGEST if isinstance(value, int) else isfinite(value))
            else "is a number too large to be told in JSON"
        )
    return f"is {type(value).__name__}; allowed: what JSON has"
