"""Bodies of the control plane: a JSON object whose every fault is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

import orjson

from segmind_mock.faults import AccountChange

MOST_ENTRIES = 1000
"""Slugs, readings and keys that are looked at in one place of a body."""

_LONGEST_NAME = 40
_LONGEST_SHOWN = 60


class Wrong(ValueError):
    """A body that cannot be used; `problems` holds a sentence for each fault."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class Instructions:
    """Reads the values of one body; what is wrong is gathered until `check`."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = values
        self.problems: list[str] = []

    @classmethod
    def of(cls, raw: bytes, allowed: Sequence[str] = ()) -> Instructions:
        """Those of a body, which may have the keys `allowed`; without any, every key. An empty body is an empty object.

        Raises `Wrong` for what is no JSON object; an unknown key is one of the faults that `check` tells.
        """
        try:
            values = orjson.loads(raw) if raw.strip() else {}
        except orjson.JSONDecodeError as error:
            raise Wrong([f"the body is not valid JSON: {error}"]) from None
        if not isinstance(values, dict):
            raise Wrong([f"the body is {shown(values)}; allowed: a JSON object"])
        read = cls(values)
        if allowed:
            read.problems += unknown_keys(values, allowed)
        return read

    def check(self, further: Iterable[str] = ()) -> None:
        """Raises `Wrong` where anything that was read is not as it has to be; `further` is what else is wrong."""
        problems = [*self.problems, *further]
        if problems:
            raise Wrong(problems)

    def key(self) -> str | None:
        """The account that is meant; None: the whole server."""
        key = self.values.get("account")
        if key is not None and (not isinstance(key, str) or not key):
            self.problems.append("account is no text; allowed: an API key, or no account for the whole server")
            return None
        return key

    def number(self, name: str) -> float | None:
        """A number; None where there is none."""
        value = self.values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problems.append(f"{name} is {shown(value)}; allowed: a number")
            return None
        return float(value)

    def rate(self) -> float | None:
        """How fast a clock is to go; None where nothing is said of it."""
        asked = [name for name in ("freeze", "rate", "real") if self.values.get(name) is not None]
        if len(asked) > 1:
            self.problems.append(f"{' and '.join(asked)} contradict each other; write one of freeze, rate, real")
        rates = [self.number(name) if name == "rate" else self._switch(name) for name in asked]
        return rates[0] if rates else None

    def change(self) -> AccountChange:
        """The change of an account."""
        return AccountChange(
            credits=self.number("credits"),
            drain=self.number("drain"),
            rpm=self._whole("rpm"),
            status=self._text("status"),
            forbid=self._texts("forbid"),
            retire=self._texts("retire"),
            quirks=self._readings("quirks"),
        )

    def _whole(self, name: str) -> int | None:
        number = self.number(name)
        if number is not None and not number.is_integer():
            self.problems.append(f"{name} is {number:g}; allowed: a whole number")
            return None
        return None if number is None else int(number)

    def _switch(self, name: str) -> float:
        value = self.values[name]
        if not isinstance(value, bool) or (name == "real" and not value):
            self.problems.append(f"{name} is {shown(value)}; allowed: {'true, false' if name == 'freeze' else 'true'}")
        return 0.0 if name == "freeze" and value is True else 1.0

    def _text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            self.problems.append(f"{name} is {shown(value)}; allowed: a text")
            return None
        return value

    def _texts(self, name: str) -> tuple[str, ...] | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            self.problems.append(f"{name} is {shown(value)}; allowed: a list of slugs")
            return None
        return tuple(value) if self._is_short(name, value) else None

    def _readings(self, name: str) -> Mapping[str, str] | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.problems.append(f"{name} is {shown(value)}; allowed: an object of names and readings")
            return None
        if not self._is_short(name, value):
            return None
        readings = {quirk: _reading(told) for quirk, told in value.items()}
        self.problems += (
            f"quirk {quirk[:_LONGEST_NAME]} is {shown(value[quirk])}; allowed: a text, a number, true, false"
            for quirk, reading in readings.items()
            if reading is None
        )
        return {quirk: reading for quirk, reading in readings.items() if reading is not None}

    def _is_short(self, name: str, value: Sequence[object] | Mapping[str, object]) -> bool:
        if len(value) <= MOST_ENTRIES:
            return True
        self.problems.append(f"{name} has {len(value)} entries; allowed: {MOST_ENTRIES}")
        return False


def unknown_keys(values: Mapping[str, object], allowed: Sequence[str]) -> list[str]:
    """A sentence for each key that is none of those allowed."""
    unknown = [name[:_LONGEST_NAME] for name in values if name not in allowed]
    if len(unknown) > MOST_ENTRIES:
        return [f"the body has {len(unknown)} unknown keys; allowed: {', '.join(allowed)}"]
    return [f"there is no {name!r} here; {_hint(name, allowed)}" for name in unknown]


def shown(value: object) -> str:
    """A JSON value in a sentence, cut short."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    return orjson.dumps(value).decode()[:_LONGEST_SHOWN]


def _hint(name: str, allowed: Sequence[str]) -> str:
    close = get_close_matches(name, allowed, n=1)
    return f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"


def _reading(told: object) -> str | None:
    """JSON's own true and false read as on and off, as TOML's do."""
    if isinstance(told, bool):
        return "on" if told else "off"
    return str(told) if isinstance(told, str | int) else None
