"""Held inputs: one copy of each, as long as a job needs it, within a bound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.stores.held import MemoryInputs


def test_kept_until_the_last_job() -> None:
    """What two jobs need is kept once, until the later of their instants."""
    inputs = MemoryInputs(100)
    inputs.keep(b"a", b"picture", 10)
    inputs.keep(b"a", b"picture", 30)
    inputs.keep(b"a", b"picture", 20)
    inputs.discard(29)
    assert inputs.read(b"a") == b"picture"
    inputs.discard(30)
    assert len(inputs) == 0
    with pytest.raises(KeyError):
        inputs.read(b"a")


def test_no_room() -> None:
    """At the bound there is no room for more, until what is there is needed no longer; what is there has room."""
    inputs = MemoryInputs(10)
    inputs.keep(b"a", bytes(8), 100)
    assert not inputs.has_room(b"b", 3, 99)
    assert inputs.has_room(b"b", 2, 99)
    assert inputs.has_room(b"a", 8, 99)
    assert inputs.has_room(b"b", 3, 100)
    assert len(inputs) == 0


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 40), st.integers(0, 50))))
def test_never_more_than_the_room(asked: list[tuple[int, int, int]]) -> None:
    """Whoever asks before keeping never keeps more than the room, and loses nothing that is still needed."""
    inputs, needed = MemoryInputs(100), dict[bytes, int]()
    for now, (name, size, lasts) in enumerate(asked):
        digest = b"%d %d" % (name, size)
        if inputs.has_room(digest, size, now):
            inputs.keep(digest, bytes(size), now + lasts)
            needed[digest] = max(needed.get(digest, 0), now + lasts)
        live = {digest for digest, until in needed.items() if until > now}
        assert sum(len(inputs.read(digest)) for digest in live) <= 100
