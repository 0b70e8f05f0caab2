"""Threads that live by a clock."""

from __future__ import annotations

import threading

import pytest

from segmind_mock.virtual.patience import ENOUGH, Patience
from segmind_mock.virtual.residents import Resident, Residents
from tests.mockserver.virtual.lives import in_threads


@pytest.fixture
def residents() -> Residents:
    """None yet."""
    return Residents(threading.RLock())


def test_only_the_calling_thread_is_here(residents: Residents) -> None:
    """A thread is one of them from when it is added, and others are not."""
    assert residents.here() is None
    me = residents.add(5)
    assert residents.here() is me is residents.get(threading.get_ident())
    assert in_threads(residents.here) == [None]


@pytest.mark.parametrize("state", ["is_resting", "is_parked", "spins"])
def test_who_is_awake(residents: Residents, state: str) -> None:
    """One who rests, is parked or only looks has not to be waited for."""
    me = residents.add(0)
    assert residents.awake() == [me]
    setattr(me, state, True)
    assert residents.awake() == []


def test_being_heard_of(residents: Residents) -> None:
    """One that does something neither rests nor is parked; that it only looks changes when it sleeps."""
    me = residents.add(0)
    me.is_resting = me.is_parked = me.spins = True
    me.looks = 7
    me.is_heard_of()
    assert (me.is_resting, me.is_parked, me.spins, me.looks) == (False, False, True, 7)
    me.sleeps()
    assert (me.spins, me.looks) == (False, 0)


def test_company(residents: Residents) -> None:
    """Others who are awake or rest are company; who is parked is not, and the dead are forgotten."""
    me = residents.add(0)
    assert not residents.has_company(me)
    release = threading.Event()
    added: list[Resident] = []
    joined = threading.Event()

    def lives() -> None:
        added.append(residents.add(0))
        joined.set()
        release.wait()

    thread = threading.Thread(target=lives)
    thread.start()
    joined.wait()
    assert residents.has_company(me)
    added[0].is_parked = True
    assert not residents.has_company(me)
    added[0].is_parked, added[0].is_resting = False, True
    assert residents.has_company(me)
    release.set()
    thread.join()
    assert not residents.has_company(me)
    assert residents.get(added[0].number) is None


def test_parking(residents: Residents) -> None:
    """Who is awake for longer than anybody has patience is parked."""
    me = residents.add(0)
    patience = Patience()
    for _ in range(ENOUGH):
        assert not me.is_parked
        residents.park(patience, 0)
    assert me.is_parked
