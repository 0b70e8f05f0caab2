"""Held inputs: one copy of each, as long as somebody's job needs it by their own clock, within a bound."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.stores import InputStore
from segmind_mock.stores.held import MemoryInputs

ONE, OTHER = 1, 2


def test_kept_until_the_last_job() -> None:
    """What two jobs of a holder need is kept once, until the later of their instants."""
    inputs: InputStore = MemoryInputs(100)
    inputs.keep(b"a", b"picture", ONE, 10)
    inputs.keep(b"a", b"picture", ONE, 30)
    inputs.keep(b"a", b"picture", ONE, 20)
    inputs.discard(ONE, 29)
    assert inputs.read(b"a") == b"picture"
    inputs.discard(ONE, 30)
    assert len(inputs) == 0
    with pytest.raises(KeyError):
        inputs.read(b"a")


def test_no_room() -> None:
    """At the bound there is no room for more, until what is there is needed no longer; what is there has room."""
    inputs = MemoryInputs(10)
    inputs.keep(b"a", bytes(8), ONE, 100)
    inputs.discard(ONE, 99)
    assert not inputs.has_room(b"b", 3)
    assert inputs.has_room(b"b", 2)
    assert inputs.has_room(b"a", 8)
    inputs.discard(ONE, 100)
    assert inputs.has_room(b"b", 3)
    assert len(inputs) == 0


def test_clocks_that_differ_by_years() -> None:
    """A file that two need stays until neither does, each by a clock of their own."""
    years = 10 * 365 * 86_400_000
    inputs = MemoryInputs(100)
    inputs.keep(b"a", b"picture", ONE, 1000)
    inputs.keep(b"a", b"picture", OTHER, years + 1000)
    inputs.discard(OTHER, years + 999)
    inputs.discard(ONE, 1000)
    assert inputs.read(b"a") == b"picture"
    inputs.discard(ONE, years + 10_000)
    assert inputs.read(b"a") == b"picture"
    inputs.discard(OTHER, years + 1000)
    assert (len(inputs), inputs.has_room(b"b", 100)) == (0, True)


def test_at_no_instant() -> None:
    """Who goes for good needs nothing any more, however late it was needed; others are not touched."""
    inputs = MemoryInputs(100)
    for digest in (b"a", b"b"):
        inputs.keep(digest, b"picture", ONE, 10**15)
    inputs.keep(b"b", b"picture", OTHER, 5)
    inputs.discard(ONE, None)
    assert len(inputs) == 1
    assert inputs.read(b"b") == b"picture"


def test_a_holder_of_nothing() -> None:
    """Who holds nothing lets nothing go."""
    inputs = MemoryInputs(100)
    inputs.keep(b"a", b"picture", ONE, 5)
    inputs.discard(OTHER, None)
    inputs.discard(OTHER, 10**15)
    assert len(inputs) == 1


def test_many_holders() -> None:
    """What one lets go costs nothing of what others hold: a hundred thousand, each with an input, can all look."""
    inputs = MemoryInputs(100_000)
    for holder in range(100_000):
        inputs.keep(b"%d" % holder, b"p", holder, 10)
    for now in (9, 10):
        for holder in range(100_000):
            inputs.discard(holder, now)
    assert len(inputs) == 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("keep"), st.integers(0, 5), st.integers(1, 40), st.integers(0, 2), st.integers(0, 50)),
        st.tuples(st.just("discard"), st.just(0), st.just(0), st.integers(0, 2), st.none() | st.integers(0, 60)),
    )
)


@given(STEPS)
def test_never_more_than_the_room(steps: list[tuple[str, int, int, int, Any]]) -> None:
    """Whoever asks before keeping never keeps more than the room; what nobody needs goes, and nothing else does."""
    inputs, needed = MemoryInputs(100), dict[tuple[bytes, int], int]()
    for verb, name, size, holder, until in steps:
        digest = b"%d %d" % (name, size)
        if verb == "discard":
            inputs.discard(holder, until)
            needed = {
                (kept, whose): last
                for (kept, whose), last in needed.items()
                if whose != holder or (until is not None and last > until)
            }
        elif inputs.has_room(digest, size):
            inputs.keep(digest, bytes(size), holder, until)
            needed[digest, holder] = max(needed.get((digest, holder), 0), until)
        live = {digest for digest, _ in needed}
        assert len(inputs) == len(live)
        assert sum(len(inputs.read(digest)) for digest in live) <= 100
        assert inputs.has_room(b"new", 100 - sum(len(inputs.read(digest)) for digest in live))
        assert not inputs.has_room(b"new", 101 - sum(len(inputs.read(digest)) for digest in live))
