"""Answers that were given before, to be given again: bounded for each account, and for all of them together."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from segmind_mock.faults import Replay
from segmind_mock.journal import Room
from segmind_mock.operations import GENERATIONS, Operation
from segmind_mock.web.answers import Answer

ENTRIES_KEPT = 1000
"""Operations, with what they were about, whose answers a memory holds."""
LARGEST_KEPT = 256 * 1024
"""Bytes of the largest answer that is remembered."""
BYTES_KEPT = 16 * 1024 * 1024
"""Bytes of all the answers that the memories of a server hold."""
OVERHEAD = 1024
"""Bytes that an answer takes beside its body and its headers, and what it was about with it."""

_Key = tuple[Operation, str]


class _Kept(NamedTuple):
    first: Answer
    previous: Answer
    size: int


class Memory:
    """The first and the latest answer of the service to each operation: of looks and files for each job or file apart.

    It is bounded: what was not answered for the longest time is forgotten, and large answers are not remembered.
    Where an answer is replayed, the one that the service would have given is to be noted after it, as any other.
    """

    def __init__(self, room: Room | None = None) -> None:
        """`room` is shared with other memories; without one, all of it is this one's."""
        self.size = 0
        """Bytes that it holds."""
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._room = Room(BYTES_KEPT) if room is None else room
        self.place = self._room.join(self)

    def note(self, operation: Operation, argument: str, answer: Answer) -> None:
        """Remember an answer; one of more than `LARGEST_KEPT` bytes leaves everything as it was."""
        size = _size(argument, answer)
        if size > LARGEST_KEPT:
            return
        key = _key(operation, argument)
        own = answer._replace(headers=list(answer.headers))
        known = self._kept.pop(key, None)
        first = known.first if known else own
        self._kept[key] = _Kept(first, own, size + (_size("", first) if known else 0))
        self._take(self._kept[key].size - (known.size if known else 0))
        if len(self._kept) > ENTRIES_KEPT:
            self.drop_oldest()
        if self._room.charged > self._room.limit:
            self._room.make()

    def replayed(self, fault: Replay, operation: Operation, argument: str) -> Answer | None:
        """The answer to give again; None where there is none yet, so that the service's own is given."""
        known = self._kept.get(_key(operation, argument))
        if known is None:
            return None
        answer = known.first if fault.which == "first" else known.previous
        return answer._replace(headers=list(answer.headers))

    def drop_oldest(self) -> None:
        """Forget what was not answered for the longest time; there has to be something."""
        _, forgotten = self._kept.popitem(last=False)
        self._take(-forgotten.size)

    def _take(self, size: int) -> None:
        self.size += size
        self._room.charged += size


def _size(argument: str, answer: Answer) -> int:
    return OVERHEAD + len(argument) + len(answer.body) + sum(len(name) + len(value) for name, value in answer.headers)


def _key(operation: Operation, argument: str) -> _Key:
    return operation, "" if operation in GENERATIONS else argument
