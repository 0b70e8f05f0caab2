"""For how long others are waited for."""

from __future__ import annotations

from segmind_mock.virtual.patience import ENOUGH, Patience


def test_others_are_given_some_slices() -> None:
    """They are waited for until there were enough at one instant, and no longer."""
    patience = Patience()
    assert [patience.is_lost_with([1, 2], 0) for _ in range(ENOUGH + 1)] == [False] * (ENOUGH - 1) + [True] * 2


def test_it_begins_anew_when_time_moves() -> None:
    """Slices at an earlier instant do not count."""
    patience = Patience()
    instants = [0] * (ENOUGH - 1) + [1] * ENOUGH
    assert [patience.is_lost_with([1], instant) for instant in instants] == [False] * (2 * ENOUGH - 2) + [True]


def test_it_begins_anew_with_others() -> None:
    """Slices in which others were waited for do not count."""
    patience = Patience()
    threads = [[1]] * (ENOUGH - 1) + [[1, 2]] + [[1]] * (ENOUGH - 1)
    assert not any(patience.is_lost_with(waited, 0) for waited in threads)
