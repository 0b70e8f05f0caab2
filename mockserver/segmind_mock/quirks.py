"""The readings chosen for a server's quirks; `doubts` is the table of what there is to choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType

from segmind_mock.doubts import QUIRKS

LAID_DOWN = frozenset(
    {
        "debit",
        "file_location",
        "lenient",
        "omitted_seed",
        "picture_format",
        "relative_image",
        "request_id",
        "retention_from",
    }
)
"""Quirks that decide what a job is when it is accepted: they cannot change under an account that has jobs."""


class Quirks:
    """The reading chosen for each quirk. Built once, never changed."""

    __slots__ = ("__weakref__", "_hash", "readings")

    readings: Mapping[str, str]
    """The reading of every quirk, by its name."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        problems = list(problems_in(chosen or {}))
        if problems:
            raise ValueError("; ".join(problems))
        readings = {name: quirk.default for name, quirk in QUIRKS.items()} | dict(chosen or {})
        self.readings = MappingProxyType(readings)
        self._hash = hash(tuple(sorted(readings.items())))

    def __getitem__(self, name: str) -> str:
        return self.readings[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quirks) and self.readings == other.readings

    def __hash__(self) -> int:
        return self._hash

    def departures(self) -> dict[str, str]:
        """The readings that are not the default."""
        return {name: value for name, value in self.readings.items() if value != QUIRKS[name].default}

    def but(self, chosen: Mapping[str, str]) -> Quirks:
        """These readings, but for those in `chosen`. Raises ValueError naming every fault of the choice."""
        problems = list(problems_in(chosen))
        if problems:
            raise ValueError("; ".join(problems))
        return Quirks({**self.readings, **chosen})


def problems_in(chosen: Mapping[str, str]) -> Iterable[str]:
    """What is wrong with a choice of readings, a sentence each."""
    for name, value in chosen.items():
        quirk = QUIRKS.get(name)
        if quirk is None:
            close = get_close_matches(name, QUIRKS, n=1)
            hint = f"; did you mean {close[0]}?" if close else "; `segmind-mock quirks` lists them"
            yield f"there is no quirk {name!r}{hint}"
        elif value not in quirk.readings:
            yield f"quirk {name} is {value!r}; allowed: {', '.join(quirk.readings)}"
