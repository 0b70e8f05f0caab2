"""Pictures are made when somebody looks at them: off the event loop, once, and kept while there is room."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Generic, TypeVar

from segmind_mock.render.picture import Picture, Source

if TYPE_CHECKING:
    from PIL import Image

THREADS = 2
_SOURCES = 2
"""Decoded input pictures kept while pictures are being made of them; none when nothing is."""

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


@dataclass(slots=True)
class Shelf(Generic[Key]):
    """Bytes by key within a bound; what was not looked at for longest goes first. `room` is in bytes."""

    room: int
    _kept: OrderedDict[Key, bytes] = field(default_factory=OrderedDict)
    _used: int = 0

    def find(self, key: Key) -> bytes | None:
        """What is kept under a key."""
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Key, content: bytes) -> None:
        """Keep it; one larger than all the room is kept until the next one comes."""
        before = self._kept.pop(key, b"")
        self._kept[key] = content
        self._used += len(content) - len(before)
        while self._used > self.room and len(self._kept) > 1:
            self._used -= len(self._kept.popitem(last=False)[1])


class Gallery:
    """A bounded cache in front of the renderer; `room` is in bytes, `read` finds held inputs by their SHA-256.

    Without `threads` a picture is made where it is asked for, which holds up the event loop: for a mock inside a test.
    """

    def __init__(self, room: int, read: Callable[[bytes], bytes], *, threads: bool = True) -> None:
        self._shelf: Shelf[Picture] = Shelf(room)
        self._making: dict[Picture, asyncio.Future[bytes]] = {}
        self._sources = _Sources(read)
        self._is_threaded = threads
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="pictures")
        # A thread of its own, so that an input is not looked at only after forty large banners.
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="inputs")

    async def bytes_of(self, picture: Picture) -> bytes:
        """The encoded picture; asked for twice at once, it is made once."""
        if (found := self._shelf.find(picture)) is not None:
            return found
        if not self._is_threaded:
            return self._made_here(picture)
        if (making := self._making.get(picture)) is None:
            making = asyncio.get_running_loop().run_in_executor(self._threads, self._made, picture)
            self._making[picture] = making
            making.add_done_callback(lambda done: self._keep(picture, done))
        return await asyncio.shield(making)

    async def aside(self, work: Callable[[], Result]) -> Result:
        """Have something done off the event loop, without waiting for pictures that are being made."""
        if not self._is_threaded:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._beside, work)

    def close(self) -> None:
        """End the threads: the pictures in hand are made, and no others."""
        for threads in (self._threads, self._beside):
            threads.shutdown(cancel_futures=True)

    def _made(self, picture: Picture) -> bytes:
        return _make(picture, self._sources)

    def _made_here(self, picture: Picture) -> bytes:
        try:
            content = self._made(picture)
        finally:
            self._sources.clear()
        self._shelf.put(picture, content)
        return content

    def _keep(self, picture: Picture, done: asyncio.Future[bytes]) -> None:
        self._making.pop(picture, None)
        if not self._making:
            self._sources.clear()
        if not done.cancelled() and done.exception() is None:
            self._shelf.put(picture, done.result())


class _Sources:
    """Held inputs for the painters; a decoded one serves all pictures that are being made of it."""

    def __init__(self, read: Callable[[bytes], bytes]) -> None:
        self._read = read
        self._decoded: OrderedDict[bytes, Image.Image] = OrderedDict()
        self._lock = Lock()

    def file(self, source: Source) -> bytes:
        return self._read(source.held)

    def image(self, source: Source) -> Image.Image:
        from segmind_mock.render.files.decode import upright

        with self._lock:
            found = self._decoded.get(source.held)
            if found is None:
                found = self._decoded[source.held] = upright(self._read(source.held))
                while len(self._decoded) > _SOURCES:
                    self._decoded.popitem(last=False)
            return found

    def clear(self) -> None:
        self._decoded.clear()


def _make(picture: Picture, sources: _Sources) -> bytes:
    from segmind_mock.render.paint import make

    return make(picture, sources)
