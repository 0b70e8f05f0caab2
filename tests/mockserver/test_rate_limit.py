"""Rate limit: a fixed window of a minute, aligned to the clock."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.rate_limit import Window, reset_at, written

INSTANT = 1_700_000_000_123
"""2023-11-14T22:13:20.123Z"""


@given(st.lists(st.integers(0, 5 * 60_000), max_size=60), st.integers(1, 8))
def test_at_most_the_limit_in_each_minute(instants: list[int], limit: int) -> None:
    """Exactly the first `limit` requests of each minute are let through."""
    window, counted = Window(), Counter[int]()
    for now in sorted(instants):
        counted[now // 60_000] += 1
        assert window.take(now, limit) == (counted[now // 60_000] <= limit)


def test_the_minute_ends_at_its_end() -> None:
    """The last millisecond of a minute still belongs to it; the next one starts afresh."""
    window = Window()
    assert [window.take(now, 1) for now in (0, 59_999, 60_000)] == [True, False, True]


@given(st.lists(st.integers(0, 10**6)))
def test_no_limit(instants: list[int]) -> None:
    """A limit of 0 is none."""
    window = Window()
    assert all(window.take(now, 0) for now in sorted(instants))


def test_giving_back() -> None:
    """A count that is given back makes room for one more, and none is given back that was not taken."""
    window = Window()
    window.give_back(0)
    assert window.used == 0
    assert [window.take(0, 1), window.take(0, 1)] == [True, False]
    window.give_back(0)
    assert [window.take(0, 1), window.take(0, 1)] == [True, False]


def test_giving_back_too_late() -> None:
    """What was counted in one minute makes no room in the next."""
    window = Window()
    window.take(59_999, 1)
    window.take(60_000, 1)
    window.give_back(59_999)
    assert window.used == 1


@given(st.integers(0, 10**14))
def test_reset(now: int) -> None:
    """A window ends at the next full minute, which is always in the future."""
    assert now < reset_at(now) <= now + 60_000
    assert reset_at(now) % 60_000 == 0


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("iso", "2023-11-14T22:13:20Z"),
        ("epoch", "1700000000"),
        ("http-date", "Tue, 14 Nov 2023 22:13:20 GMT"),
    ],
)
def test_written(form: str, expected: str) -> None:
    """An instant is written in each of the three forms, to the second, in UTC."""
    assert written(INSTANT, form) == expected
