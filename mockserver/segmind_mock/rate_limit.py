"""Requests per minute: a fixed window aligned to the clock's minutes. Pure; instants in milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

WINDOW_MS = 60_000


class Window:
    """How many requests an account has made in the minute it is in."""

    __slots__ = ("_minute", "used")

    def __init__(self) -> None:
        self._minute = -1
        self.used = 0

    def take(self, now: int, limit: int) -> bool:
        """Count one request; False when the minute's `limit` was used up before it (0: no limit)."""
        minute = now // WINDOW_MS
        if minute != self._minute:
            self._minute = minute
            self.used = 0
        if limit and self.used >= limit:
            return False
        self.used += 1
        return True

    def give_back(self, counted: int) -> None:
        """Take back what was counted at the instant `counted`, unless its minute is over."""
        if counted // WINDOW_MS == self._minute:
            self.used = max(0, self.used - 1)


def reset_at(now: int) -> int:
    """The instant at which the window that holds `now` ends."""
    return (now // WINDOW_MS + 1) * WINDOW_MS


def written(instant: int, form: str) -> str:
    """An instant as the header `x-rate-limit-reset-at-utc` writes it (quirk `reset_format`)."""
    if form == "epoch":
        return str(instant // 1000)
    moment = datetime.fromtimestamp(instant / 1000, UTC)
    if form == "http-date":
        return format_datetime(moment, usegmt=True)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
