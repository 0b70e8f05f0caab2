"""Input pictures that jobs still need, in this process's memory: one copy of each, within a bound."""

from __future__ import annotations


class MemoryInputs:
    """An `InputStore`; `room` is in bytes. Nothing that is still needed is dropped to make room."""

    __slots__ = ("_data", "_holders", "_room", "_until", "_used")

    def __init__(self, room: int) -> None:
        self._room = room
        self._data: dict[bytes, bytes] = {}
        self._holders: dict[bytes, int] = {}
        """How many need each."""
        self._until: dict[int, dict[bytes, int]] = {}
        """The instant until which a holder needs what it holds, by that holder's clock."""
        self._used = 0

    def __len__(self) -> int:
        return len(self._data)

    def has_room(self, digest: bytes, size: int) -> bool:
        return digest in self._data or self._used + size <= self._room

    def keep(self, digest: bytes, data: bytes, holder: int, until: int) -> None:
        if digest not in self._data:
            self._used += len(data)
            self._data[digest] = data
            self._holders[digest] = 0
        needed = self._until.setdefault(holder, {})
        if digest not in needed:
            self._holders[digest] += 1
        needed[digest] = max(until, needed.get(digest, until))

    def discard(self, holder: int, now: int | None) -> None:
        needed = self._until.get(holder, {})
        for digest in [one for one, until in needed.items() if now is None or until <= now]:
            del needed[digest]
            self._holders[digest] -= 1
            if not self._holders[digest]:
                del self._holders[digest]
                self._used -= len(self._data.pop(digest))
        if not needed:
            self._until.pop(holder, None)

    def read(self, digest: bytes) -> bytes:
        return self._data[digest]
