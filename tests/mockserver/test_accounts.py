"""Accounts: a balance is derived from the charges that have fallen due, in whatever order they were written."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.accounts import Ledger

OPENED = 1_000
DAY = 86_400_000


@dataclass
class Book:
    """The obvious ledger beside the real one: a list of charges, added up on each question."""

    opening: int = 10**9
    charges: list[tuple[int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.opening, OPENED)

    def charge(self, due: int, cost: int) -> None:
        """Write a charge into both."""
        self.ledger.charge(due, len(self.charges), cost)
        self.charges.append((due, len(self.charges), cost))

    def left(self, due: int, number: int = 1 << 21) -> int:
        """What is left after everything that fell due up to that instant and number."""
        return self.opening - sum(cost for *place, cost in self.charges if place <= [due, number])


# A step writes a charge that falls due so much later, and then lets time pass.
STEPS = st.lists(st.tuples(st.integers(0, 100), st.integers(0, 10**6), st.integers(0, 50)), max_size=40)


@given(STEPS, st.integers(0, 10**7))
def test_balance(steps: list[tuple[int, int, int]], opening: int) -> None:
    """At every instant the balance is the opening less everything due by then, and `available` less the rest too."""
    book, now = Book(opening), OPENED
    for later, cost, passes in steps:
        book.charge(now + later, cost)
        assert book.ledger.balance(now) == book.left(now)
        assert book.ledger.available(now) == book.left(now + DAY) <= book.ledger.balance(now)
        now += passes
    assert book.ledger.balance(now + DAY) == book.ledger.available(now + DAY) == book.left(now + DAY)


@given(STEPS, st.randoms(use_true_random=False))
def test_order_of_writing(steps: list[tuple[int, int, int]], chance: random.Random) -> None:
    """Charges written in another order leave the same balance at every instant."""
    charges = [(OPENED + later, cost) for later, cost, _ in steps]
    one, other = Book(), Book()
    for due, cost in charges:
        one.charge(due, cost)
    chance.shuffle(charges)
    for due, cost in charges:
        other.charge(due, cost)
    instants = range(OPENED, OPENED + 101)
    assert [one.ledger.balance(now) for now in instants] == [other.ledger.balance(now) for now in instants]


@given(STEPS)
def test_balance_after_is_stable(steps: list[tuple[int, int, int]]) -> None:
    """What was left right after a charge is answered alike ever after, also when another falls due at once."""
    book, now, told = Book(), OPENED, dict[tuple[int, int], int]()
    for later, cost, passes in steps:
        book.charge(now + later, cost)
        now += passes
        for due, number, _ in book.charges:
            if due <= now:
                found = book.ledger.balance_after(due, number, now)
                assert found == told.setdefault((due, number), found) == book.left(due, number)


@given(STEPS, st.integers(0, 3000))
def test_forgetting(steps: list[tuple[int, int, int]], before: int) -> None:
    """Forgetting changes no balance, and nothing of what was left after a charge that is kept."""
    book, now = Book(), OPENED
    with patch("segmind_mock.accounts._TIDY_AFTER", 0):
        for later, cost, passes in steps:
            book.charge(now + later, cost)
            now += passes
            book.ledger.forget_before(before)
            assert book.ledger.balance(now) == book.left(now)
            assert book.ledger.available(now) == book.left(now + DAY)
            kept = [(due, number) for due, number, _ in book.charges if before <= due <= now]
            assert all(book.ledger.balance_after(*place, now) == book.left(*place) for place in kept)


def test_forgetting_for_real() -> None:
    """Of 5000 charges of one micro-credit the older half is dropped, and everything still adds up."""
    ledger = Ledger(5000, 0)
    for due in range(5000):
        ledger.charge(due, due, 1)
    assert ledger.balance(4999) == 0
    ledger.forget_before(2500)
    assert (ledger.balance(4999), ledger.balance_after(2500, 2500, 4999)) == (0, 2499)
    assert len(ledger._spent) == 2500


def test_the_last_that_was_forgotten() -> None:
    """What was left right after the last charge that was forgotten is still known."""
    ledger = Ledger(100, OPENED)
    ledger.charge(OPENED + 5, 0, 30)
    assert ledger.balance(OPENED + 5) == 70
    with patch("segmind_mock.accounts._TIDY_AFTER", 0):
        ledger.forget_before(OPENED + 5)
    assert ledger.balance_after(OPENED + 5, 0, OPENED + 9) == 70


def test_a_charge_shows_at_its_instant() -> None:
    """A charge is set aside from the start and leaves the balance at the millisecond it falls due."""
    ledger = Ledger(100, 0)
    ledger.charge(50, 0, 30)
    assert (ledger.balance(49), ledger.available(49)) == (100, 70)
    assert (ledger.balance(50), ledger.available(50)) == (70, 70)


@pytest.mark.parametrize("cost", [-1, 1 << 36])
def test_a_charge_out_of_range(cost: int) -> None:
    """A negative charge and one too large for its place are refused, and nothing is written."""
    ledger = Ledger(100, 0)
    with pytest.raises(ValueError, match="outside 0"):
        ledger.charge(0, 0, cost)
    assert ledger.available(DAY) == 100


def test_largest_charges() -> None:
    """Charges of the largest size do not run into one another, nor into their numbers and instants."""
    ledger, largest = Ledger(0, OPENED), (1 << 36) - 1
    ledger.charge(OPENED, (1 << 22) - 1, largest)
    ledger.charge(OPENED + 1, 0, largest)
    assert [ledger.balance(OPENED + now) for now in (0, 1)] == [-largest, -2 * largest]


# --- What others do to a balance ------------------------------------------------------------------------


@given(STEPS, st.integers(0, 10**9), STEPS)
def test_correct(before: list[tuple[int, int, int]], balance: int, after: list[tuple[int, int, int]]) -> None:
    """From its instant on the balance is what it was made, less what falls due later; what was before stays so."""
    book, now = Book(), OPENED
    for later, cost, passes in before:
        book.charge(now + later, cost)
        now += passes
    places = [(due, number) for due, number, _ in book.charges if due <= now]
    told = [book.ledger.balance_after(*place, now) for place in places]
    pending = sum(cost for due, _, cost in book.charges if due > now)
    book.ledger.correct(balance, len(book.charges), now)
    assert book.ledger.balance(now) == balance
    assert book.ledger.available(now) == balance - pending
    assert [book.ledger.balance_after(*place, now) for place in places] == told
    for later, cost, passes in after:
        book.charge(now + later, cost)
        now += passes
    spent = sum(cost for *_, cost in book.charges) - sum(
        cost for *place, cost in book.charges if tuple(place) in places
    )
    assert book.ledger.balance(now + DAY) == book.ledger.available(now + DAY) == balance - spent


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=10))
def test_correct_again(balances: list[int]) -> None:
    """However often a balance is corrected in one millisecond, the last word counts; also one below nought."""
    ledger = Ledger(100, OPENED)
    for balance in balances:
        ledger.correct(balance, 0, OPENED)
        assert ledger.balance(OPENED) == ledger.available(OPENED) == balance


def test_correct_between_two_jobs() -> None:
    """Of two jobs of one millisecond the first tells the old balance ever after, and the second the new one."""
    ledger = Ledger(100, OPENED)
    ledger.charge(OPENED, 0, 30, OPENED)
    ledger.correct(500, 1, OPENED)
    ledger.charge(OPENED, 1, 20, OPENED)
    assert ledger.balance(OPENED) == 480
    assert [ledger.balance_after(OPENED, number, OPENED) for number in (0, 1)] == [70, 480]


def test_correct_and_forget() -> None:
    """A correction is forgotten with the charges of its time, and the balance does not change."""
    ledger = Ledger(100, OPENED)
    ledger.correct(40, 0, OPENED)
    ledger.charge(OPENED + 10, 1, 5)
    with patch("segmind_mock.accounts._TIDY_AFTER", 0):
        ledger.forget_before(OPENED + 5)
    assert (ledger.balance(OPENED + 9), ledger.balance(OPENED + 10)) == (40, 35)
