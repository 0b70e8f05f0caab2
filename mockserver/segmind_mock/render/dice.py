"""Choices drawn from a digest: the only source of variety a picture has."""

from __future__ import annotations

import hashlib
import sys
from array import array
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MINIMUM_DIGEST = 16

_FIRST = 168
"""Bytes of the first supply, one round of the sponge; each further one has four times as many."""


class Dice:
    """A run of choices, without end, for one purpose.

    Each purpose has its own run, so that a new choice in one part of a picture shifts no other part.
    """

    __slots__ = ("_numbers",)

    def __init__(self, digest: bytes, purpose: str) -> None:
        """Raises ValueError when `digest` is shorter than 16 bytes."""
        if len(digest) < MINIMUM_DIGEST:
            raise ValueError(f"a digest has at least {MINIMUM_DIGEST} bytes, this one has {len(digest)}")
        self._numbers = _numbers(purpose.encode() + b"\0" + digest)

    def unit(self) -> float:
        """A number from 0 up to but not including 1, in steps of 1/65536."""
        return next(self._numbers) / 65536

    def units(self, count: int) -> list[float]:
        """So many times `unit`, only quicker."""
        return [number / 65536 for number in islice(self._numbers, count)]

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to but not including `high`."""
        return low + (high - low) * next(self._numbers) / 65536

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1; `count` is at most 65536."""
        return next(self._numbers) * count >> 16

    def chance(self, probability: float) -> bool:
        """True with this probability, 0 to 1."""
        return next(self._numbers) < probability * 65536


def _numbers(seed: bytes) -> Iterator[int]:
    """Whole numbers of 16 bits. A longer supply begins with the shorter one, so nothing is kept in between."""
    sponge, done, size = hashlib.shake_128(seed), 0, _FIRST
    while True:
        supply = array("H", sponge.digest(size))
        if sys.byteorder == "big":
            supply.byteswap()
        yield from supply[done:]
        done, size = len(supply), 4 * size
