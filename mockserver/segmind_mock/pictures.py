"""Pictures are made when somebody looks at them: off the event loop, once, and kept while there is room."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from segmind_mock.outputs import Picture

_THREADS = 2


@dataclass(slots=True)
class Gallery:
    """A bounded cache in front of the renderer; `room` is in bytes."""

    room: int
    _kept: OrderedDict[Picture, bytes] = field(default_factory=OrderedDict)
    _making: dict[Picture, asyncio.Future[bytes]] = field(default_factory=dict)
    _used: int = 0
    _threads: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(_THREADS, thread_name_prefix="pictures")
    )

    async def bytes_of(self, picture: Picture) -> bytes:
        """The encoded picture; asked for twice at once, it is made once."""
        if (found := self._kept.get(picture)) is not None:
            self._kept.move_to_end(picture)
            return found
        if (making := self._making.get(picture)) is None:
            making = asyncio.get_running_loop().run_in_executor(self._threads, _make, picture)
            self._making[picture] = making
            making.add_done_callback(lambda done: self._keep(picture, done))
        return await asyncio.shield(making)

    def close(self) -> None:
        """Let the threads go; pictures not begun are not made."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _keep(self, picture: Picture, done: asyncio.Future[bytes]) -> None:
        self._making.pop(picture, None)
        if done.cancelled() or done.exception() is not None:
            return
        self._kept[picture] = made = done.result()
        self._used += len(made)
        while self._used > self.room and len(self._kept) > 1:
            self._used -= len(self._kept.popitem(last=False)[1])


def _make(picture: Picture) -> bytes:
    from segmind_mock.render.encode import picture as render

    return render(width=picture.width, height=picture.height, digest=picture.digest, format=picture.format)
