"""World: everything one key has, apart from every other key's, and the same for the same seed."""

from __future__ import annotations

from segmind_mock.accounts import Ledger
from segmind_mock.randomness import Randomness
from segmind_mock.stores.memory import PAGE, MemoryJobs
from segmind_mock.world import TAG_BITS, World


def world(key: str = "a", seed: str = "0") -> World:
    """A world of its own."""
    return World(key, ledger=Ledger(0, 0), jobs=MemoryJobs(), randomness=Randomness(seed))


def test_handles_lead_to_their_pages() -> None:
    """Jobs are filed PAGE to a page, and each handle tells its page to the world that drew it."""
    here = world()
    drawn = [here.draw() for _ in range(PAGE + 10)]
    assert [page for _, page, _ in drawn] == [0] * PAGE + [1] * 10
    assert all(here.page_of(handle) == page for handle, page, _ in drawn)
    assert len({handle for handle, _, _ in drawn}) == here.drawn == PAGE + 10


def test_timing_bytes() -> None:
    """With each handle come four bytes for the timing, another four each time."""
    here = world()
    bits = [here.draw()[2] for _ in range(100)]
    assert {len(four) for four in bits} == {4}
    assert len(set(bits)) == 100


def test_the_same_seed() -> None:
    """Two worlds of one key and one seed draw the same; what another world draws does not shift it."""
    one, other, stranger = world(), world(), world("b")
    first = [one.draw() for _ in range(3)]
    second = [(stranger.draw(), other.draw())[1] for _ in range(3)]
    assert first == second
    assert one.tag == other.tag


def test_another_key_or_seed() -> None:
    """Another key, or another seed, draws other handles and has another tag."""
    worlds = [world(), world("b"), world(seed="1")]
    assert len({one.draw()[0] for one in worlds}) == 3
    assert len({one.tag for one in worlds}) == 3
    assert all(0 <= one.tag < 1 << TAG_BITS for one in worlds)
