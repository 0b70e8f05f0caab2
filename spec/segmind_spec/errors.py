"""What can be wrong with a document.

A `Problem` is one finding in one file; a `SpecError` carries all of them at once, so that a user mends a
document in one go rather than one complaint at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One finding: the file, an RFC 6901 pointer into it ("" is the whole file) and a sentence."""

    file: str
    pointer: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}#{self.pointer}" if self.pointer else self.file
        return f"{place}: {self.message}"


class SpecError(ValueError):
    """Documents could not be loaded; `problems` lists everything that was found, never empty."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def pointer_to(path: Iterable[str | int]) -> str:
    """The RFC 6901 JSON pointer of a path of keys and indexes; "" for the empty path."""
    return "".join("/" + str(token).replace("~", "~0").replace("/", "~1") for token in path)
