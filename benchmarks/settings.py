"""How long, how many and how often: what one run of the benchmark was asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from load import Driver
from served import Command, mock_command

UNLIMITED_CREDITS = 1_000_000_000


@dataclass(frozen=True)
class Settings:
    """One benchmark run."""

    mock: tuple[str, ...]
    cache: Path
    driver: Driver
    rounds: int = 3
    seconds: float = 5.0
    warm: float = 1.0
    jobs: int = 1_000_000
    distinct_jobs: int = 200_000
    starts: int = 7
    probe_seconds: float = 10.0
    held: int = 5_000
    held_seconds: int = 3
    pictures: int = 64

    def quick(self) -> Settings:
        """The same questions with less patience: for a look, not for the record."""
        return replace(
            self,
            seconds=min(self.seconds, 2.0),
            jobs=min(self.jobs, 200_000),
            distinct_jobs=50_000,
            starts=3,
            probe_seconds=4.0,
            pictures=24,
        )

    def plain_mock(self) -> Command:
        """The mock as a user starts it."""
        return mock_command(self.mock)

    def roomy_mock(self, *flags: str) -> Command:
        """The mock with credits and room for as many jobs as a benchmark submits."""
        room = ("--credits", str(UNLIMITED_CREDITS), "--max-jobs", str(4 * max(1_000_000, self.jobs)))
        return mock_command(self.mock, *room, *flags)

    def refusing_mock(self) -> Command:
        """The mock that checks a v2 body when it is submitted, not when it runs."""
        return self.roomy_mock("--quirk", "v2_validation=submit")
