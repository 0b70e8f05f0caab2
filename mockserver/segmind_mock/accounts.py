"""What an account has and what it owes: a ledger in whole micro-credits. Pure; instants in milliseconds."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from heapq import heappop, heappush

MICRO = 1_000_000
"""Micro-credits in a credit; a credit is one US dollar (wire-facts h)."""

_COST_BITS = 36
_COST_MASK = (1 << _COST_BITS) - 1
_NUMBER_BITS = 22
_NUMBER_MASK = (1 << _NUMBER_BITS) - 1
_TIDY_AFTER = 4096


class Ledger:
    """Charges by the instant they fall due, so that the balance at any instant can be derived.

    A charge of a job that is still running is pending; it shows in the balance once its instant has come,
    and it can be set aside from the start (`available`). Charges that fall due in the same millisecond are told
    apart by the job's number. Each is packed into one integer, because a million of them may be pending.
    """

    __slots__ = ("_charged", "_forgotten", "_opened", "_order", "_pending", "_spent", "opening")

    def __init__(self, opening: int, opened: int) -> None:
        self.opening = opening
        self._opened = opened
        self._pending: list[int] = []
        self._charged = 0
        self._order = array("q")
        self._spent = array("q")
        self._forgotten = 0

    def charge(self, due: int, number: int, cost: int, now: int | None = None) -> None:
        """Write a charge for the job `number` that falls due at the instant `due`; by `now`, if that is told."""
        if not 0 <= cost <= _COST_MASK:
            raise ValueError(f"a charge of {cost} micro-credits is outside 0..{_COST_MASK}")
        self._charged += cost
        key = (due - self._opened) << _NUMBER_BITS | number & _NUMBER_MASK
        if due == now and not self._pending:
            self._book(key, cost)
        else:
            heappush(self._pending, key << _COST_BITS | cost)

    def balance(self, now: int) -> int:
        """Micro-credits left at `now`, after every charge that has fallen due."""
        self._settle(now)
        return self.opening - self._total_spent()

    def available(self, now: int) -> int:
        """The balance less what jobs still running will cost when they complete."""
        if self._pending:
            self._settle(now)
        return self.opening - self._charged

    def balance_after(self, due: int, number: int, now: int) -> int:
        """The balance right after the charge of the job `number`, which fell due at `due` (not later than `now`)."""
        self._settle(now)
        place = bisect_right(self._order, self._key(due, number))
        return self.opening - (self._spent[place - 1] if place else self._forgotten)

    def correct(self, balance: int, number: int, now: int) -> None:
        """Make the balance `balance` from `now` on, whatever was charged before; `number` is the account's next job.

        What was left after an earlier charge stays what it was, also after one of this very millisecond.
        """
        self._settle(now)
        taken = self.opening - self._total_spent() - balance
        self._charged += taken
        self._book(self._key(now, number), taken)

    def forget_before(self, instant: int) -> None:
        """Drop the details of charges older than `instant`; the balance does not change."""
        if len(self._order) < _TIDY_AFTER:
            return
        place = bisect_right(self._order, self._key(instant, 0))
        if place:
            self._forgotten = self._spent[place - 1]
            del self._order[:place], self._spent[:place]

    def _key(self, due: int, number: int) -> int:
        return (due - self._opened) << _NUMBER_BITS | number & _NUMBER_MASK

    def _total_spent(self) -> int:
        return self._spent[-1] if self._spent else self._forgotten

    def _settle(self, now: int) -> None:
        pending = self._pending
        limit = (now - self._opened + 1) << _NUMBER_BITS + _COST_BITS
        while pending and pending[0] < limit:
            entry = heappop(pending)
            self._book(entry >> _COST_BITS, entry & _COST_MASK)

    def _book(self, key: int, cost: int) -> None:
        self._spent.append(cost + (self._spent[-1] if self._spent else self._forgotten))
        self._order.append(key)
