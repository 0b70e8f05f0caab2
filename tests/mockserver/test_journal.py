"""The journal: bounded in count and bytes, with numbers that go on counting."""

from __future__ import annotations

import gc
import sys
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.exchanges import Cut, Notes
from segmind_mock.journal import (
    KEPT_OF_LONGER,
    LARGEST_SHARED,
    LONGEST_BODY,
    OF_A_HEADER,
    OF_A_VIOLATION,
    OF_HEADERS,
    OVERHEAD,
    Journal,
    Room,
)
from tests.exchanged import KEY, record

ROOMY = 1 << 30
LEAST = OVERHEAD + len("x") + len("/v2/x")
"""Bytes of a record without bodies, about x."""


def numbers(journal: Journal) -> list[int]:
    """The numbers of what is kept."""
    return [exchange.number for exchange in journal.exchanges(KEY)]


@given(st.integers(0, 5), st.integers(0, 12))
def test_the_newest_are_kept(most: int, times: int) -> None:
    """Of all that is recorded the newest are kept, oldest first, and every one is counted."""
    journal = Journal(Room(ROOMY), most)
    for order in range(times):
        journal.record(record(order=order))
    kept = min(most, times)
    assert numbers(journal) == list(range(times - kept + 1, times + 1))
    assert [exchange.order for exchange in journal.exchanges(KEY)] == list(range(times - kept, times))
    assert (journal.recorded, journal.dropped) == (times, times - kept)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3 * OVERHEAD)), max_size=60))
def test_the_room_is_kept(recorded: list[tuple[int, int]]) -> None:
    """Whatever is recorded where, the bytes held stay within the limit and are what the journals say they hold."""
    room = Room(20 * LEAST)
    journals = [Journal(room, 50) for _ in range(4)]
    for place, size in recorded:
        journals[place].record(record(given=bytes(size)))
        assert room.used == room.charged <= room.limit
        assert room.used == sum(
            LEAST + len(exchange.record[12]) for journal in journals for exchange in journal.exchanges(KEY)
        )


def test_who_gives_way() -> None:
    """Where there is no room left the fullest journal gives its oldest exchanges, and a tenth of the room is freed."""
    room = Room(10 * LEAST)
    small, large = Journal(room, 50), Journal(room, 50)
    small.record(record())
    for _ in range(9):
        large.record(record())
    assert room.used == room.limit
    small.record(record())
    assert numbers(small) == [1, 2]
    assert numbers(large) == [3, 4, 5, 6, 7, 8, 9]


def test_an_exchange_larger_than_the_room() -> None:
    """What does not fit at all is counted and not kept."""
    journal = Journal(Room(LEAST), 50)
    journal.record(record(sent=bytes(100)))
    assert (numbers(journal), journal.recorded, journal.dropped, journal.size) == ([], 1, 1, 0)


def test_a_journal_that_is_gone() -> None:
    """A journal that nobody holds any more takes no room, and none is dropped for its sake."""
    room = Room(3 * LEAST)
    gone, left = Journal(room, 50), Journal(room, 50)
    for _ in range(3):
        gone.record(record())
    del gone
    gc.collect()
    assert room.used == 0
    for _ in range(3):
        left.record(record())
    assert numbers(left) == [1, 2, 3]


def test_long_bodies() -> None:
    """A long body is kept by its beginning, its size and its digest; one of the longest length is kept whole."""
    room = Room(ROOMY)
    journal = Journal(room, 50)
    longest, longer = b"a" * LONGEST_BODY, b"b" * (LONGEST_BODY + 1)
    journal.record(record(sent=longest, given=longer))
    (found,) = journal.exchanges(KEY)
    assert found.sent == longest
    assert found.given == Cut(longer[:KEPT_OF_LONGER], len(longer), sha256(longer).hexdigest())
    assert room.used == journal.size == LEAST + LONGEST_BODY + KEPT_OF_LONGER


def test_what_was_cut_before() -> None:
    """A body that comes cut is kept as it is, and takes the room of what is left of it."""
    journal = Journal(Room(ROOMY), 1)
    cut = Cut(b"abcd", 70_000, "ab")
    for written in (record(sent=cut), record(given=cut), record(given=cut)):
        journal.record(written)
        assert journal.size == LEAST + 4


def test_clear() -> None:
    """A cleared journal is as a new one, and its room is free."""
    room = Room(ROOMY)
    journal = Journal(room, 2)
    for _ in range(3):
        journal.record(record())
    journal.clear()
    assert (journal.recorded, journal.dropped, room.used, room.charged) == (0, 0, 0, 0)
    journal.record(record())
    assert numbers(journal) == [1]


def test_looking_while_recording() -> None:
    """Who looks sees the journal as it was when the look began."""
    journal = Journal(Room(ROOMY), 2)
    journal.record(record())
    looked = journal.exchanges(KEY)
    first = next(looked)
    journal.record(record())
    assert (first.number, list(looked)) == (1, [])


def test_everything_is_counted() -> None:
    """Long paths, queries, headers and notes take the room that they are long."""
    long = "a" * 100_000
    headers = [(b"a", long.encode())]
    violations: list[dict[str, object]] = [{"at": long, "message": long}, {"more": 3}]
    for written, more in [
        (record(path=long), 100_000 - len("/v2/x")),
        (record(argument=long), 100_000 - len("x")),
        (record(query=long.encode()), 100_000),
        (record(headers=headers), 100_001 + OF_A_HEADER - OF_HEADERS),
        (record(answer_headers=headers, notes=Notes()), 100_001 + OF_A_HEADER - OF_HEADERS),
        (record(notes=Notes(violations=violations)), 200_000 + 2 * OF_A_VIOLATION),
        (record(notes=Notes(steered=long, faults=[long, "b"], rules=["c"])), 200_002),
    ]:
        journal = Journal(Room(ROOMY), 5)
        journal.record(written)
        assert journal.size == LEAST + more
        journal.drop_oldest()
        assert journal.size == 0


@pytest.mark.parametrize("size", [100, LARGEST_SHARED, 100_000])
def test_shared_headers(size: int) -> None:
    """Headers that came before are kept once, unless they are large; each record is counted with them."""
    journal = Journal(Room(ROOMY), 5)
    sizes = []
    for _ in range(2):
        before = journal.size
        journal.record(record(headers=journal.shared("submit", [(b"a", b"b" * size)])))
        sizes.append(journal.size - before)
    assert sizes == [LEAST + max(0, size + 1 + OF_A_HEADER - OF_HEADERS)] * 2
    one, other = journal.exchanges(KEY)
    assert (one.record[8] is other.record[8]) == (size <= LARGEST_SHARED)


def test_overhead() -> None:
    """What a record is said to take beside its bodies is near what its parts do take."""
    headers = [(b"x-header-%d" % place, b"a value of it, number %d" % place) for place in range(14)]
    written = record(headers=headers[:8], answer_headers=headers[8:], path="/v2/" + "x" * 20)
    parts = [*written[:8], written[10], *(part for pair in headers for part in pair)]
    lists = [written[8], written[11], *headers]
    taken = sys.getsizeof(written) + sum(map(sys.getsizeof, [*parts, *lists]))
    assert 0.7 * taken < OVERHEAD < 1.3 * taken
