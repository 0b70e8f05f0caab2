"""Jobs in this process's memory, packed: about 140 bytes each, and nothing for the garbage collector to visit.

A page of jobs is a small dictionary. Many small ones, because one that grows to a million entries stops the
server for tens of milliseconds each time it is rebuilt, and because a page whose jobs have all expired is
dropped whole.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from struct import Struct

from segmind_mock.jobs import NEVER, Job

PAGE = 5400
"""Jobs on a page: just under what a dictionary of 8192 slots holds, so that none of it is wasted."""

_SHARDS = 256

_RECORD = Struct("<qIIIIHBI")
_pack, _unpack = _RECORD.pack, _RECORD.unpack
_new = tuple.__new__  # as the named tuple's own constructor does, without the call in between


class _Page:
    __slots__ = ("jobs", "keep_until")

    def __init__(self) -> None:
        self.jobs: dict[int, bytes] = {}
        self.keep_until = 0


class MemoryJobs:
    """A `JobStore`: pages in the order they were begun."""

    __slots__ = ("_count", "_pages")

    def __init__(self) -> None:
        self._pages: dict[int, _Page] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, handle: int, page: int, job: Job, keep_until: int) -> None:
        kept = self._pages.get(page)
        if kept is None:
            kept = self._pages[page] = _Page()
        submitted, started, ended, cost, payload, model, outcome, number = job
        kept.jobs[handle] = _pack(
            submitted,
            min(started - submitted, NEVER),
            min(ended - submitted, NEVER),
            cost,
            payload,
            model,
            outcome,
            number & 0xFFFF_FFFF,
        )
        if keep_until > kept.keep_until:
            kept.keep_until = keep_until
        self._count += 1

    def get(self, handle: int, page: int) -> Job | None:
        kept = self._pages.get(page)
        if kept is None or (record := kept.jobs.get(handle)) is None:
            return None
        return _job(record)

    def all(self) -> Iterator[Job]:
        return (_job(record) for page in self._pages.values() for record in page.jobs.values())

    def discard(self, now: int) -> list[int]:
        released: list[int] = []
        for number in [n for n, page in self._pages.items() if page.keep_until <= now]:
            page = self._pages.pop(number)
            released.extend(_unpack(record)[4] for record in page.jobs.values())
            self._count -= len(page.jobs)
        return released

    def drop(self) -> list[int]:
        released = [_unpack(record)[4] for page in self._pages.values() for record in page.jobs.values()]
        self._pages.clear()
        self._count = 0
        return released


def _job(record: bytes) -> Job:
    submitted, started, ended, cost, payload, model, outcome, number = _unpack(record)
    return _new(Job, (submitted, submitted + started, submitted + ended, cost, payload, model, outcome, number))


class MemoryPayloads:
    """A `PayloadStore`: equal payloads share one copy, however many jobs have them.

    They are found through many small dictionaries, for the reason that jobs are.
    """

    __slots__ = ("_bytes", "_free", "_numbers", "_users")

    def __init__(self) -> None:
        self._numbers: tuple[dict[bytes, int], ...] = tuple({} for _ in range(_SHARDS))
        self._bytes: list[bytes] = []
        self._users = array("L")
        self._free: list[int] = []

    def __len__(self) -> int:
        return sum(map(len, self._numbers))

    def keep(self, payload: bytes) -> int:
        number = self._numbers[hash(payload) % _SHARDS].get(payload)
        if number is None:
            return self._begin(payload)
        self._users[number] += 1
        return number

    def read(self, number: int) -> bytes:
        return self._bytes[number]

    def release(self, numbers: list[int]) -> None:
        for number in numbers:
            self._users[number] -= 1
            if not self._users[number]:
                payload = self._bytes[number]
                del self._numbers[hash(payload) % _SHARDS][payload]
                self._bytes[number] = b""
                self._free.append(number)

    def _begin(self, payload: bytes) -> int:
        # A copy, because what a serialiser returns keeps the whole of the buffer it was written in.
        payload = bytes(memoryview(payload))
        if self._free:
            number = self._free.pop()
            self._bytes[number] = payload
            self._users[number] = 1
        else:
            number = len(self._bytes)
            self._bytes.append(payload)
            self._users.append(1)
        self._numbers[hash(payload) % _SHARDS][payload] = number
        return number
