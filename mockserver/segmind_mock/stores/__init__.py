"""Where jobs are kept: the port. `memory` is the adapter that a server uses unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from segmind_mock.jobs import Job


class JobStore(Protocol):
    """The jobs of one account, found by handle."""

    def __len__(self) -> int:
        """How many are kept."""

    def add(self, handle: int, page: int, job: Job, keep_until: int) -> None:
        """Keep a job at least until the instant `keep_until`."""

    def get(self, handle: int, page: int) -> Job | None:
        """The job, or None."""

    def all(self) -> Iterator[Job]:
        """Every job that is kept, oldest page first."""

    def discard(self, now: int) -> list[int]:
        """Forget what need not be kept any longer; the payloads that were let go."""

    def drop(self) -> list[int]:
        """Forget all; the payloads that were let go."""


class PayloadStore(Protocol):
    """Parameters and errors of jobs, each distinct one kept once."""

    def __len__(self) -> int:
        """How many distinct ones are kept."""

    def keep(self, payload: bytes) -> int:
        """Count one more user of a payload; its number."""

    def read(self, number: int) -> bytes:
        """The payload."""

    def release(self, numbers: list[int]) -> None:
        """Count one user less of each; a payload with none is forgotten."""


class InputStore(Protocol):
    """Files of input pictures, found by the SHA-256 of their bytes.

    Each is kept for holders, which have clocks of their own: `until` and `now` are instants of the holder's.
    """

    def __len__(self) -> int:
        """How many are kept."""

    def has_room(self, digest: bytes, size: int) -> bool:
        """Whether a file of `size` bytes is kept already or can be."""

    def keep(self, digest: bytes, data: bytes, holder: int, until: int) -> None:
        """Keep a file for a holder, at least until the instant `until`."""

    def discard(self, holder: int, now: int | None) -> None:
        """Forget what a holder does not need any longer, at no instant if `now` is None, and nobody else does."""

    def read(self, digest: bytes) -> bytes:
        """The file. Raises KeyError for one that is not kept."""
