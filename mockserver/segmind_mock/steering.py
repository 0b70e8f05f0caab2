"""What a client with no control plane at hand steers by: words in its parameters, its key, a header. Pure.

Words steer one job: `mock:fail`, `mock:block`, `mock:stuck` and `mock:slow=SECONDS` inside any string parameter.

The header `Prefer` (RFC 7240) steers one exchange: `code=502` asks for a documented error, `delay=1.5` holds the
answer for so many seconds. `Preference-Applied` tells what was done.

A magic key is answered always the same, as test cards are. It is `SG_`, eight zeros, any four hexadecimal digits,
so that a suite can have as many as it likes, and four digits that are a status: `SG_00000000abcd0429`.

    the key ends in                        answered so on
    0401, 0500, 0502, 0504                 everything but output files
    0402, 0403, 0404, 0406, 0410, 0429     submit and generate (0404: no such model)
    0422                                   status, result and poll: each of its jobs FAILED
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from segmind_mock.errors import DOCUMENTED
from segmind_mock.operations import GENERATIONS, LOOKS, Operation

MARK = "mock:"
LONGEST_SLOW = 86_400
"""Seconds; longer than any record lives would be the same as stuck."""

LONGEST_DELAY = 600
"""Seconds that the header holds an answer at most."""

LONGEST_PREFERENCES = 1024
"""Bytes of the header at most."""

_BLANK = " \t\n\r\f\v"

_EVERYTHING = frozenset(Operation) - {Operation.FILE}
_ANSWERS = (
    dict.fromkeys((401, 500, 502, 504), _EVERYTHING)
    | dict.fromkeys((402, 403, 404, 406, 410, 429), GENERATIONS)
    | {422: LOOKS}
)

_WORD = re.compile(r"mock:(fail|block|stuck|slow)\b(?:=([^\s\"']*))?")
_SECONDS = re.compile(r"\d{1,6}(?:\.\d{1,3})?")
_MAGIC = re.compile(r"SG_0{8}[0-9A-Fa-f]{4}0(\d{3})", re.ASCII)

_PIECE = re.compile(r'(?:[^,;"]|"(?:[^"\\]|\\.)*"?)+', re.DOTALL)
_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_VALUE = re.compile(r'"(?:[^"\\]|\\.)*"|[^"\s]*', re.ASCII | re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What the words of one request ask for."""

    fails: bool = False
    blocked: bool = False
    stuck: bool = False
    run_ms: int | None = None
    problem: str | None = None
    """Set when a word was there but not understood: the sentence to tell the client."""


STRAIGHT = Steering()


def steering(parameters: Mapping[str, object]) -> Steering:
    """Read the words out of a request's parameters; several may stand together."""
    words = [found for text in _strings(parameters.values()) if MARK in text for found in _WORD.findall(text)]
    if not words:
        return STRAIGHT
    names = {name for name, _ in words}
    run_ms, problem = _slow([value for name, value in words if name == "slow"])
    return Steering(
        fails="fail" in names,
        blocked="block" in names,
        stuck="stuck" in names,
        run_ms=run_ms,
        problem=problem,
    )


def _slow(values: list[str]) -> tuple[int | None, str | None]:
    if not values:
        return None, None
    text = values[0].rstrip(".,;:!?)")
    if not _SECONDS.fullmatch(text) or float(text) > LONGEST_SLOW:
        return (
            None,
            f"mock:slow={text[:40]} is not understood; write seconds from 0 to {LONGEST_SLOW}: mock:slow=5",
        )
    return round(float(text) * 1000), None


def _strings(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from (entry for entry in value if isinstance(entry, str))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What the header `Prefer` of one request asks for."""

    code: int | None = None
    delay: float | None = None
    """Seconds."""
    problem: str | None = None
    """Set when something was asked for but not understood: the sentence to tell the client."""

    @property
    def applied(self) -> str:
        """The value of the header `Preference-Applied`; empty where nothing was preferred."""
        told = [f"code={self.code}"] if self.code is not None else []
        if self.delay is not None:
            told.append("delay=" + f"{self.delay:.3f}".rstrip("0").rstrip("."))
        return ", ".join(told)


INDIFFERENT = Preference()


def preferred(header: bytes) -> Preference:
    """Read a header `Prefer`: of two preferences of one name the first; those of other names are not this mock's."""
    if len(header) > LONGEST_PREFERENCES:
        return Preference(
            problem=f"Prefer: a header of {len(header)} bytes is not understood; allowed: up to {LONGEST_PREFERENCES}"
        )
    asked: dict[str, str] = {}
    for name, value in _preferences(header.decode("latin-1")):
        asked.setdefault(name, value)
    code, delay = asked.get("code"), asked.get("delay")
    if code is not None and code not in map(str, DOCUMENTED):
        return Preference(problem=_not_understood("code", code, ", ".join(map(str, DOCUMENTED))))
    if delay is not None and not (_SECONDS.fullmatch(delay) and float(delay) <= LONGEST_DELAY):
        return Preference(
            problem=_not_understood("delay", delay, f"seconds from 0 to {LONGEST_DELAY}, as in delay=1.5")
        )
    return Preference(code=None if code is None else int(code), delay=None if delay is None else float(delay))


def _preferences(text: str) -> Iterator[tuple[str, str]]:
    for piece in _PIECE.findall(text):
        # Blanks are no part of the patterns: between two things that may both be blank they are tried again and again.
        name, _, value = (part.strip(_BLANK) for part in piece.partition("="))
        if _NAME.fullmatch(name) and _VALUE.fullmatch(value):
            yield name.lower(), _ESCAPED.sub(r"\1", value[1:-1]) if value.startswith('"') else value


def _not_understood(name: str, value: str, allowed: str) -> str:
    return f"Prefer: {name}={value[:40]} is not understood; allowed: {allowed}"


def magic(key: str) -> int | None:
    """The status that a key is answered with always; None for one that is no magic key."""
    found = _MAGIC.fullmatch(key)
    code = int(found[1]) if found else 0
    return code if code in _ANSWERS else None


def answers(code: int) -> frozenset[Operation]:
    """The operations on which a magic key of that status is answered so; none for what is no such status."""
    return _ANSWERS.get(code, frozenset())
