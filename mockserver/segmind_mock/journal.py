"""The exchanges of one account, as far back as there is room; and the room that many of a kind share. Pure.

Recording happens on every request, so what is recorded is a plain tuple. It becomes an `Exchange` when somebody looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from hashlib import sha256
from heapq import heapify, heappop, heapreplace
from itertools import chain, count
from typing import Protocol
from weakref import WeakSet

from segmind_mock.exchanges import Body, Cut, Exchange, Headers, Notes, Record

__all__ = ["LONGEST_BODY", "OVERHEAD", "Cut", "Exchange", "Holder", "Journal", "Notes", "Record", "Room"]

LONGEST_BODY = 64 * 1024
"""Bytes of a body that is kept whole."""

KEPT_OF_LONGER = 4096
"""Bytes kept of a longer one, from its beginning."""

OVERHEAD = 2560
"""Bytes that a record takes beside its bodies: eight request headers, six of the answer, and the values between."""

OF_HEADERS = 1536
"""Bytes of the overhead that are for the headers of a request; longer ones are counted beside it."""

OF_A_HEADER = 128
"""Bytes that a header takes beside its name and its value."""

OF_A_VIOLATION = 512
"""Bytes that a broken rule takes beside its texts."""

LARGEST_SHARED = 4096
"""Bytes beyond `OF_HEADERS` of headers that are remembered, to be shared with the next request."""

_FREED_TO = 0.9


class Holder(Protocol):
    """What shares a room with others of its kind, such as a journal."""

    size: int
    """Bytes that it holds."""
    place: int
    """Its place among those that joined the room."""

    def drop_oldest(self) -> None:
        """Let go of what is oldest; there has to be something."""


class Room:
    """The bytes that all journals of a server share, or all others of a kind."""

    def __init__(self, limit: int) -> None:
        """`limit` is in bytes; what is over it gives way."""
        self.limit = limit
        self.charged = 0
        """Bytes charged since the last count; holders that are gone may still be in it."""
        self._holders: WeakSet[Holder] = WeakSet()
        self._places = count()

    @property
    def used(self) -> int:
        """Bytes that are held."""
        return sum(holder.size for holder in self._holders)

    def join(self, holder: Holder) -> int:
        """Let a holder share the room, as long as it lives; its place among those that joined."""
        self._holders.add(holder)
        return next(self._places)

    def make(self) -> None:
        """Where the limit is passed, free a tenth: who holds most gives the oldest, and again."""
        self.charged = self.used
        if self.charged <= self.limit:
            return
        most = [(-holder.size, holder.place, holder) for holder in self._holders if holder.size]
        heapify(most)
        while most and self.charged > self.limit * _FREED_TO:
            _, place, holder = most[0]
            holder.drop_oldest()
            if holder.size:
                heapreplace(most, (-holder.size, place, holder))
            else:
                heappop(most)


class Journal:
    """The exchanges of one account, bounded by count and, with all others, by bytes."""

    __slots__ = ("__weakref__", "_kept", "_latest", "_room", "_shared", "_sizes", "most", "place", "recorded", "size")

    def __init__(self, room: Room, most: int) -> None:
        """Keeps the newest `most` exchanges; with 0 it keeps none and only counts."""
        self.most = most
        self.recorded = 0
        """How many exchanges there were, dropped ones too."""
        self.size = 0
        """Bytes that it holds."""
        self._kept: deque[Record] = deque()
        self._sizes: deque[int] = deque()
        self._shared: dict[str, tuple[Headers, int]] = {}
        self._latest: tuple[Headers, int] = ([], 0)
        self._room = room
        self.place = room.join(self)

    @property
    def dropped(self) -> int:
        """How many exchanges had to give way."""
        return self.recorded - len(self._kept)

    def shared(self, operation: str, headers: Headers) -> Headers:
        """These headers as they came the last time, if they are the same: a client sends the same ones all the time."""
        known = self._shared.get(operation)
        if known is None or known[0] != headers:
            known = headers, _beyond(headers)
            if known[1] > LARGEST_SHARED:
                return headers
            self._shared[operation] = known
        self._latest = known
        return known[0]

    def record(self, record: Record) -> None:
        """Write an exchange down."""
        self.recorded += 1
        if not self.most:
            return
        _, _, _, _, argument, _, path, query, headers, sent, _, _, given, notes, _ = record
        size = OVERHEAD + len(argument) + len(path) + len(query) + len(sent) + len(given)
        if size > LONGEST_BODY or type(sent) is not bytes or type(given) is not bytes:
            record = (*record[:9], _kept_of(sent), *record[10:12], _kept_of(given), *record[13:])
            size += _length(record[9]) + _length(record[12]) - len(sent) - len(given)
        latest = self._latest
        size += latest[1] if headers is latest[0] else _beyond(headers)
        if notes is not None:
            size += _size_of(notes) + _beyond(record[11])
        kept, sizes, room = self._kept, self._sizes, self._room
        kept.append(record)
        sizes.append(size)
        if len(kept) > self.most:
            kept.popleft()
            size -= sizes.popleft()
        self.size += size
        room.charged += size
        if room.charged > room.limit:
            room.make()

    def drop_oldest(self) -> None:
        """Let the oldest exchange go; there has to be one."""
        self._kept.popleft()
        size = self._sizes.popleft()
        self.size -= size
        self._room.charged -= size

    def exchanges(self, key: str) -> Iterator[Exchange]:
        """What is kept, oldest first. `key` is the account's; numbers count the dropped ones too."""
        for number, record in enumerate([*self._kept], self.dropped + 1):
            yield Exchange(number, key, record)

    def clear(self) -> None:
        """Forget everything, and begin to count anew."""
        self._room.charged -= self.size
        self._kept.clear()
        self._shared.clear()
        self._latest = ([], 0)
        self._sizes.clear()
        self.size = self.recorded = 0


def _kept_of(body: Body) -> Body:
    if isinstance(body, Cut) or len(body) <= LONGEST_BODY:
        return body
    return Cut(body[:KEPT_OF_LONGER], len(body), sha256(body).hexdigest())


def _length(body: Body) -> int:
    return len(body.beginning if isinstance(body, Cut) else body)


def _beyond(headers: Headers) -> int:
    """Bytes that headers take beyond those that every record is counted with."""
    taken = sum(map(len, chain.from_iterable(headers))) + OF_A_HEADER * len(headers)
    return max(0, taken - OF_HEADERS)


def _size_of(notes: Notes) -> int:
    size = len(notes.steered)
    for texts in (notes.rules, notes.quirks, notes.faults):
        for text in texts:
            size += len(text)
    for violation in notes.violations:
        size += OF_A_VIOLATION
        for part in violation.values():
            if type(part) is str:
                size += len(part)
    return size
