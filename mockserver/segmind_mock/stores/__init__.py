"""Where jobs are kept: the port. `memory` is the adapter that a server uses unless told otherwise."""

from __future__ import annotations

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

    def discard(self, now: int) -> list[int]:
        """Forget what need not be kept any longer; the payloads that were let go."""


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
    """Files of input pictures, found by the SHA-256 of their bytes."""

    def __len__(self) -> int:
        """How many are kept."""

    def has_room(self, digest: bytes, size: int, now: int) -> bool:
        """Whether a file of `size` bytes is kept already or can be, what nobody needs any longer being dropped."""

    def keep(self, digest: bytes, data: bytes, until: int) -> None:
        """Keep a file at least until the instant `until`."""

    def discard(self, now: int) -> None:
        """Forget what nobody needs any longer."""

    def read(self, digest: bytes) -> bytes:
        """The file. Raises KeyError for one that is not kept."""
