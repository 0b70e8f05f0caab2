"""The threads that live by a clock, and which of them it has to wait for."""

from __future__ import annotations

import threading
from typing import Any

from segmind_mock.virtual.patience import Patience


class Resident:
    """A thread that lives by a clock."""

    __slots__ = ("base", "bell", "is_parked", "is_resting", "looks", "number", "since", "spins", "thread")

    def __init__(self, base: int, lock: Any) -> None:
        """Made by the thread itself. `base` is what its monotonic clock shows more than the clock, in ns."""
        self.base = base
        self.thread = threading.current_thread()
        self.number = threading.get_ident()
        self.bell = threading.Condition(lock)
        """It is rung when there is something to do for one who rests."""
        self.is_resting = False
        """It sleeps, or its event loop has nothing to do."""
        self.is_parked = False
        """It was busy with something else when it was last waited for, and has not been heard of since."""
        self.spins = False
        """It only looks, and has looked often enough."""
        self.looks = self.since = 0

    def is_awake(self) -> bool:
        """Whether it may do something that others have to wait for."""
        return not (self.is_resting or self.is_parked or self.spins) and self.thread.is_alive()

    def is_heard_of(self) -> None:
        """It does something, so it neither rests nor is it parked."""
        if self.is_resting or self.is_parked:
            self.is_resting = self.is_parked = False

    def sleeps(self) -> None:
        """It does not only look."""
        self.looks = 0
        self.spins = False


class Residents:
    """All of them. Only `here` may be read without holding the lock."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self._all: dict[int, Resident] = {}
        self._here = threading.local()  # ends with its thread, as numbers do not: those are used again

    def here(self) -> Resident | None:
        """The calling thread, if it is one of them."""
        return getattr(self._here, "resident", None)

    def add(self, base: int) -> Resident:
        """The calling thread becomes one of them."""
        resident: Resident = Resident(base, self._lock)
        self._here.resident = self._all[resident.number] = resident
        return resident

    def get(self, number: int) -> Resident | None:
        """One of them, by the thread's number."""
        return self._all.get(number)

    def awake(self) -> list[Resident]:
        """Those who may do something that the others have to wait for."""
        return [resident for resident in self._all.values() if resident.is_awake()]

    def has_company(self, me: Resident) -> bool:
        """Whether there are others whose turn it may be first. Forgets threads that have ended."""
        if len(self._all) == 1:
            return False
        self._all = {number: one for number, one in self._all.items() if one.thread.is_alive()}
        return any(one is not me and (one.is_resting or one.is_awake()) for one in self._all.values())

    def park(self, patience: Patience, instant: int) -> None:
        """A slice was waited for those who are awake; if it was the last, they are waited for no longer."""
        awake = self.awake()
        if patience.is_lost_with([resident.number for resident in awake], instant):
            for resident in awake:
                resident.is_parked = True
