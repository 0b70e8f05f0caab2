"""Places in a JSON document: a small part of JSON path, to find values, put them, change them and leave them out. Pure.

$   $.name   $.a.b   $['odd name']   $[0]   $[-1]   $[*]   $.*   and `name` for `$.name`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

MOST_STEPS = 64
"""Steps of the longest path."""

ALLOWED = "allowed: $, .name, ['any name'], [0], [-1], [*] and .*, as in $.images[0].url"

_NAME = r"[\w-]+"
_PLAIN = re.compile(_NAME)
_STEP = re.compile(
    rf"""\.(?P<name>{_NAME}) | \.(?P<any>\*) | \[(?P<all>\*)\] | \[(?P<index>-?\d{{1,9}})\]
    | \['(?P<single>(?:[^'\\]|\\['\\])*)'\] | \["(?P<double>(?:[^"\\]|\\["\\])*)"\]""",
    re.VERBOSE,
)
_ESCAPED = re.compile(r"\\(.)")


class Every(Enum):
    """The step to every value of an object or a list."""

    EVERY = "*"


EVERY = Every.EVERY

Step = str | int | Every
"""A name in an object, an index in a list (below 0 from its end), or everything in either."""


@dataclass(frozen=True, slots=True)
class JsonPath:
    """The steps from the whole document to the values meant; `str` of it is the path as text."""

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return "$" + "".join(map(_text, self.steps))

    def find(self, document: object) -> list[object]:
        """All values there, in the document's order; none where the path leads nowhere."""
        found = [document]
        for step in self.steps:
            found = [inner[place] for inner in found for place in _places(inner, step)]  # type: ignore[index]
        return found

    def put(self, document: object, value: object) -> object:
        """The document with the value there; what is given stays as it is.

        A name makes the object it needs where there is none, and in place of what is none. An index or a `*`
        makes nothing: a path that needs a list which is not there changes nothing.
        """
        return _put(document, self.steps, value)

    def drop(self, document: object) -> object:
        """The document without the values there; null for `$`. What is given stays as it is."""
        if not self.steps:
            return None
        *before, last = self.steps
        return _changed(document, before, lambda inner: _without(inner, _places(inner, last)))

    def change(self, document: object, function: Callable[[object], object]) -> object:
        """The document with each value there replaced by what `function` makes of it; what is given stays as it is."""
        return _changed(document, self.steps, function)


@lru_cache(maxsize=1024)
def parse(text: str) -> JsonPath:
    """The path that a text writes down. Raises ValueError: what is wrong, at which character, and what is allowed."""
    written = text if text.startswith("$") else f"$.{text}"
    added = len(written) - len(text)
    steps: list[Step] = []
    position = 1
    while position < len(written):
        found = _STEP.match(written, position)
        if found is None:
            raise ValueError(_problem(text, max(0, position - added)))
        steps.append(_step(found))
        position = found.end()
    if len(steps) > MOST_STEPS:
        raise ValueError(f"a path has {MOST_STEPS} steps at most; this one has {len(steps)}")
    return JsonPath(tuple(steps))


def _problem(text: str, position: int) -> str:
    rest = text[position:]
    seen = repr(rest[:20]) if rest else "the end"
    return f"{text[:60]!r} is no path: {seen} is not understood at character {position + 1}; {ALLOWED}"


def _step(found: re.Match[str]) -> Step:
    kind, text = found.lastgroup, found[found.lastgroup or 0]
    if kind in {"any", "all"}:
        return EVERY
    if kind == "index":
        return int(text)
    return text if kind == "name" else _ESCAPED.sub(r"\1", text)


def _text(step: Step) -> str:
    if isinstance(step, Every):
        return "[*]"
    if isinstance(step, int):
        return f"[{step}]"
    if _PLAIN.fullmatch(step):
        return f".{step}"
    return "['" + step.replace("\\", "\\\\").replace("'", "\\'") + "']"


def _places(node: object, step: Step) -> Sequence[str | int]:
    """The keys or indices of a value that a step leads to."""
    if isinstance(node, dict):
        if isinstance(step, Every):
            return list(node)
        return (step,) if isinstance(step, str) and step in node else ()
    if isinstance(node, list):
        if isinstance(step, Every):
            return range(len(node))
        return (step,) if isinstance(step, int) and -len(node) <= step < len(node) else ()
    return ()


def _changed(node: object, steps: Sequence[Step], function: Callable[[object], object]) -> object:
    if not steps:
        return function(node)
    places = _places(node, steps[0])
    if not places or not isinstance(node, dict | list):
        return node
    changed = node.copy()
    for place in places:
        changed[place] = _changed(node[place], steps[1:], function)  # type: ignore[index]
    return changed


def _put(node: object, steps: Sequence[Step], value: object) -> object:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if not isinstance(step, str):
        return _changed(node, steps[:1], lambda inner: _put(inner, rest, value))
    known = node if isinstance(node, dict) else {}
    if step not in known and not all(isinstance(later, str) for later in rest):
        return node
    return {**known, step: _put(known.get(step), rest, value)}


def _without(node: object, places: Sequence[str | int]) -> object:
    if isinstance(node, dict):
        return {name: value for name, value in node.items() if name not in places}
    if isinstance(node, list):
        indices = {int(place) % len(node) for place in places}
        return [value for index, value in enumerate(node) if index not in indices]
    return node
