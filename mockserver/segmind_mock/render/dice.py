"""Choices drawn from a digest: the only source of variety a picture has."""

import hashlib

_SUPPLY = 640
MINIMUM_DIGEST = 16


class Dice:
    """A run of up to 320 choices for one purpose.

    Each purpose has its own run, so that a new choice in one part of a picture shifts no other part.
    """

    __slots__ = ("_bytes",)

    def __init__(self, digest: bytes, purpose: str) -> None:
        """Raises ValueError when `digest` is shorter than 16 bytes."""
        if len(digest) < MINIMUM_DIGEST:
            raise ValueError(f"a digest has at least {MINIMUM_DIGEST} bytes, this one has {len(digest)}")
        self._bytes = iter(hashlib.shake_128(purpose.encode() + b"\0" + digest).digest(_SUPPLY))

    def unit(self) -> float:
        """A number from 0 up to but not including 1, in steps of 1/65536."""
        return (next(self._bytes) << 8 | next(self._bytes)) / 65536

    def between(self, low: float, high: float) -> float:
        """A number from `low` up to but not including `high`."""
        return low + (high - low) * self.unit()

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1."""
        return int(self.unit() * count)

    def chance(self, probability: float) -> bool:
        """True with this probability, 0 to 1."""
        return self.unit() < probability
