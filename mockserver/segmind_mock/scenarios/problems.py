"""What can be wrong with a scenario: where it is written, and what in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

Place = tuple[str | int, ...]
"""The keys and indexes that lead to a value; () is the whole scenario."""

Fault = tuple[Place, str]
"""A place and a sentence about it, before anybody knows the line."""

_PLAIN = re.compile(r"[\w-]{1,60}")


class Problem(NamedTuple):
    """One finding; `line` counts from 1, and is None where the source has no lines. `path` is "" for the whole."""

    line: int | None
    path: str
    text: str
    origin: str = ""
    """The file or other name under which the scenario came."""

    def __str__(self) -> str:
        line = "" if self.line is None else str(self.line)
        file = f"{self.origin}:{line}" if line else self.origin
        where = file if self.origin else line and f"line {line}"
        return ": ".join(filter(None, (where, self.path, self.text)))


class ScenarioError(ValueError):
    """A scenario that cannot be used; `problems` lists everything that was found, never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def written(place: Place) -> str:
    """A place as people write it: `rules[1].when.nth`."""
    text = ""
    for token in place:
        if isinstance(token, int):
            text += f"[{token}]"
        elif _PLAIN.fullmatch(token):
            text += f".{token}" if text else token
        else:
            text += f"[{token[:60]!r}]"
    return text
