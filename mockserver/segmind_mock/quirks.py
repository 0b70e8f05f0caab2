"""The readings chosen for a server's quirks; `doubts` is the table of what there is to choose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from segmind_mock.doubts import QUIRKS


class Quirks:
    """The reading chosen for each quirk. Built once, never changed."""

    __slots__ = ("_chosen",)

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        problems = list(problems_in(chosen or {}))
        if problems:
            raise ValueError("; ".join(problems))
        self._chosen = {name: quirk.default for name, quirk in QUIRKS.items()} | dict(chosen or {})

    def __getitem__(self, name: str) -> str:
        return self._chosen[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quirks) and self._chosen == other._chosen

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._chosen.items())))

    def departures(self) -> dict[str, str]:
        """The readings that are not the default."""
        return {name: value for name, value in self._chosen.items() if value != QUIRKS[name].default}


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
