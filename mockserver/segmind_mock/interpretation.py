"""The service as one choice of quirks has it: what the backend asks of the readings, worked out once."""

from __future__ import annotations

from segmind_mock.config import Config
from segmind_mock.orders import Orders
from segmind_mock.quirks import Quirks
from segmind_mock.randomness import Randomness
from segmind_mock.results import Results


class Interpretation:
    """One choice of quirks, shared by all accounts that have it."""

    __slots__ = (
        "__weakref__",
        "dashed",
        "debits_early",
        "late",
        "orders",
        "quirks",
        "reserves",
        "results",
        "rpm",
    )

    def __init__(self, quirks: Quirks, config: Config, randomness: Randomness) -> None:
        self.quirks = quirks
        self.orders = Orders(quirks)
        self.results = Results(config, quirks, self.orders, randomness)
        self.rpm = config.rpm or _plan(quirks["rate_plan"])
        """Requests per minute; 0: no limit."""
        self.dashed = quirks["request_id"] == "uuid"
        self.late = quirks["retention_from"] == "completion"
        self.reserves = quirks["credit_race"] == "reserve"
        self.debits_early = quirks["debit"] == "submission"


def _plan(reading: str) -> int:
    return int(reading.rpartition("-")[2]) if "-" in reading else 0
