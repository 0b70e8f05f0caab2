"""Input pictures that jobs still need, in this process's memory: one copy of each, within a bound."""

from __future__ import annotations


class MemoryInputs:
    """An `InputStore`; `room` is in bytes. Nothing that is still needed is dropped to make room."""

    __slots__ = ("_kept", "_room", "_used")

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: dict[bytes, tuple[bytes, int]] = {}
        self._used = 0

    def __len__(self) -> int:
        return len(self._kept)

    def has_room(self, digest: bytes, size: int, now: int) -> bool:
        if digest in self._kept or self._used + size <= self._room:
            return True
        self.discard(now)
        return self._used + size <= self._room

    def keep(self, digest: bytes, data: bytes, until: int) -> None:
        known = self._kept.get(digest)
        if known is None:
            self._used += len(data)
            self._kept[digest] = data, until
        elif until > known[1]:
            self._kept[digest] = known[0], until

    def read(self, digest: bytes) -> bytes:
        return self._kept[digest][0]

    def discard(self, now: int) -> None:
        for digest in [digest for digest, (_, until) in self._kept.items() if until <= now]:
            self._used -= len(self._kept.pop(digest)[0])
