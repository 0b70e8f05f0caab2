"""Memories: the first answer and the latest, as many as there is room for."""

from __future__ import annotations

import gc

from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.faults import Replay
from segmind_mock.journal import Room
from segmind_mock.operations import Operation
from segmind_mock.web import answers
from segmind_mock.web.answers import Answer
from segmind_mock.web.memories import BYTES_KEPT, ENTRIES_KEPT, LARGEST_KEPT, OVERHEAD, Memory

FITTING = LARGEST_KEPT - OVERHEAD - 200
"""Bytes of a body that is remembered, whatever it is about."""


def some(body: bytes) -> Answer:
    """An answer with a body of its own."""
    return answers.text(200, body)


def test_replay() -> None:
    """A replay gives the first or the latest answer, and nothing before there is one."""
    memory = Memory()
    assert memory.replayed(Replay(), Operation.STATUS, "x") is None
    for body in (b"1", b"2", b"3"):
        memory.note(Operation.STATUS, "x", some(body))
    assert memory.replayed(Replay(which="first"), Operation.STATUS, "x") == some(b"1")
    assert memory.replayed(Replay(), Operation.STATUS, "x") == some(b"3")


def test_replay_keeps_things_apart() -> None:
    """Looks are remembered for each job, generations for all together."""
    memory = Memory()
    memory.note(Operation.STATUS, "x", some(b"status"))
    memory.note(Operation.SUBMIT, "one", some(b"submit"))
    assert memory.replayed(Replay(), Operation.STATUS, "y") is None
    assert memory.replayed(Replay(), Operation.RESULT, "x") is None
    assert memory.replayed(Replay(), Operation.SUBMIT, "other") == some(b"submit")


def test_a_memory_is_its_own() -> None:
    """Headers added to an answer after it was noted, or to a replay, do not show in the next."""
    memory, answer = Memory(), some(b"a")
    memory.note(Operation.CREDITS, "", answer)
    answer.headers.append((b"x", b"y"))
    replay = memory.replayed(Replay(), Operation.CREDITS, "")
    assert replay == some(b"a")
    replay.headers.append((b"x", b"y"))
    assert memory.replayed(Replay(), Operation.CREDITS, "") == some(b"a")


def test_a_memory_forgets_the_oldest() -> None:
    """Beyond its bound a memory forgets what was not answered for the longest time."""
    memory = Memory()
    for number in range(ENTRIES_KEPT):
        memory.note(Operation.STATUS, str(number), some(b""))
    memory.note(Operation.STATUS, "0", some(b"again"))
    memory.note(Operation.STATUS, "new", some(b""))
    assert memory.replayed(Replay(), Operation.STATUS, "1") is None
    assert memory.replayed(Replay(), Operation.STATUS, "0") == some(b"again")


def test_large_answers_are_not_remembered() -> None:
    """A large answer leaves a memory as it was, and so does one about something with a long name."""
    memory = Memory()
    memory.note(Operation.FILE, "large", some(b"a" * (LARGEST_KEPT + 1)))
    memory.note(Operation.STATUS, "a" * LARGEST_KEPT, some(b""))
    assert memory.size == 0
    assert memory.replayed(Replay(), Operation.FILE, "large") is None


def test_memories_share_their_room() -> None:
    """All memories together hold no more than their room; who holds most forgets its oldest."""
    room = Room(BYTES_KEPT)
    small, large = Memory(room), Memory(room)
    small.note(Operation.STATUS, "x", some(b"small"))
    for number in range(BYTES_KEPT // FITTING + 1):
        large.note(Operation.FILE, str(number), some(b"a" * FITTING))
        assert room.used == room.charged == small.size + large.size <= room.limit
    assert small.replayed(Replay(), Operation.STATUS, "x") == some(b"small")
    assert large.replayed(Replay(), Operation.FILE, "0") is None
    assert large.replayed(Replay(), Operation.FILE, str(BYTES_KEPT // FITTING)) is not None


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abc"), st.integers(0, 4 * OVERHEAD)), max_size=40))
def test_the_room_is_kept(noted: list[tuple[bool, str, int]]) -> None:
    """Whatever is noted where, and however often, what is counted stays within the room and is given back whole."""
    room = Room(12 * OVERHEAD)
    memories = Memory(room), Memory(room)
    for which, argument, size in noted:
        memories[which].note(Operation.STATUS, argument, some(bytes(size)))
        assert room.used == room.charged <= room.limit
    for memory in memories:
        while memory.size:
            memory.drop_oldest()
    assert (room.used, room.charged) == (0, 0)


def test_an_account_that_is_gone() -> None:
    """A memory that nobody holds any more takes no room."""
    room = Room(BYTES_KEPT)
    memory = Memory(room)
    memory.note(Operation.STATUS, "x", some(b"a"))
    assert room.used == memory.size > OVERHEAD
    del memory
    gc.collect()
    assert room.used == 0


def test_a_replay_lags_by_one() -> None:
    """Where the service's own answer is noted each time, also when it is not given, the previous one is given again."""
    memory = Memory()
    given: list[bytes] = []
    for body in (b"1", b"2", b"3", b"4"):
        answer = memory.replayed(Replay(), Operation.STATUS, "x") or some(body)
        memory.note(Operation.STATUS, "x", some(body))
        given.append(answer.body)
    assert given == [b"1", b"1", b"2", b"3"]
