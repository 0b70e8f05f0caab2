"""For how long one who wants time to pass waits for those who are still doing something.

A thread may be held up by a lock, a queue or a socket, or it may compute; nobody can tell from outside without risk
(`sys._current_frames` can stop the whole process for good, on Python 3.11). So each is given the same few slices of
real time. Slices are counted instead of the time, because a machine that is busy gives nobody a turn meanwhile.
"""

from __future__ import annotations

SLICE = 0.002
"""Real seconds of one slice."""
ENOUGH = 50
"""Slices that others are waited for."""


class Patience:
    """The slices that were waited at one instant for the same others."""

    def __init__(self) -> None:
        self._slices = 0
        self._instant = -1
        self._threads: list[int] = []

    def is_lost_with(self, threads: list[int], instant: int) -> bool:
        """One more slice was waited for threads (by their numbers), at an instant: whether that is enough.

        It begins anew when time has moved, or there are others to wait for.
        """
        if instant != self._instant or threads != self._threads:
            self._instant, self._threads, self._slices = instant, threads, 0
        self._slices += 1
        return self._slices >= ENOUGH
