"""Output files: public, unguessable names under this server's own origin (wire-facts e, f)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from hashlib import blake2b
from typing import NamedTuple

from segmind_mock import __version__
from segmind_mock.backend import Backend, File, Found
from segmind_mock.errors import Forbidden, NotFound
from segmind_mock.outputs import Told
from segmind_mock.pictures import Gallery, Shelf
from segmind_mock.render.files.stamp import stamped
from segmind_mock.render.picture import Picture
from segmind_mock.results import Finished
from segmind_mock.web import conditional
from segmind_mock.web.answers import Answer, Header, Scope
from segmind_mock.web.conditional import Headers, Version
from segmind_mock.world import World

_BUCKET = "-output"
_NAMES_KEPT = 4096
_LARGE = 1 << 18
"""Bytes of a file that is copied off the event loop."""
_SHORTEST_NAME = 30
"""Characters: so that hardly any URL of another host needs a closer look."""


class _Known(NamedTuple):
    """A file that was looked at before: what its next answer needs."""

    file: File
    version: Version


class Files:
    """The output files of every world; `room` is how many bytes of them are kept ready."""

    def __init__(self, backend: Backend, gallery: Gallery, room: int) -> None:
        self._backend = backend
        self._gallery = gallery
        self._ready: Shelf[bytes] = Shelf(room)
        self._known: dict[str, _Known] = {}
        self._bucket = backend.config.quirks["file_location"] == "bucket"
        self._prefix = "/" if self._bucket else "/generations/"
        self._suffix = _BUCKET if self._bucket else ""
        self._gone = backend.config.quirks["expired_file"]

    def claims(self, path: str) -> bool:
        """Whether a path is an output file's, existing or not."""
        if not self._bucket:
            return path.startswith(self._prefix)
        return f"{_BUCKET}." in path and path.count("/") == 1

    def names(self, url: str) -> bool:
        """Whether a URL is that of an output file which this server gave out, under whatever host it was reached."""
        name = url.rpartition("/")[2].partition(".")[0]
        return len(name) > _SHORTEST_NAME and self._backend.is_file_name(name.removesuffix(self._suffix))

    def urls(self, world: World, found: Found, finished: Finished, origin: str) -> list[str]:
        """The absolute URL of each of a job's pictures."""
        return [
            f"{origin}{self._prefix}{self._backend.file_name(world, found.handle, index)}"
            f"{self._suffix}.{picture.format.extension}"
            for index, picture in enumerate(finished.pictures)
        ]

    async def described(self, found: Found, finished: Finished, urls: list[str]) -> list[dict[str, str]]:
        """The objects of a result's `images`: each file made, so that its size is true."""
        contents = (self.made(found, finished, index) for index in range(len(urls)))
        sizes = await asyncio.gather(*(_length(content) for content in contents))
        return [
            {
                "url": url,
                "content_type": picture.format.media_type,
                "file_name": url.rpartition("/")[2],
                "file_size": str(size),
            }
            for url, picture, size in zip(urls, finished.pictures, sizes, strict=True)
        ]

    async def made(self, found: Found, finished: Finished, index: int) -> bytes:
        """Picture `index` of a job as its file is."""
        picture = finished.pictures[index]
        return await self._stamped(picture, self._backend.told(found, finished, index))

    async def content(self, path: str) -> bytes:
        """A file by its path. Raises as `get`."""
        return await self._content(self._find(path))

    async def get(self, _: Scope, asked: Headers, path: str) -> Answer:
        """`GET` of a file by its path. Raises `NotFound`, or `Forbidden` after its days (quirk `expired_file`)."""
        known = self._find(path)
        seconds = max(0, known.file.until - self._backend.clock.now()) // 1000
        headers: list[Header] = conditional.headers_of(known.version, seconds)
        if conditional.is_unchanged(asked, known.version):
            return Answer(304, headers, b"")
        kind = (b"content-type", known.file.picture.format.media_type.encode())
        return conditional.answer(asked, known.version, [kind, *headers], await self._content(known))

    async def _content(self, known: _Known) -> bytes:
        content = self._ready.find(known.version.tag)
        if content is None:
            content = await self._stamped(known.file.picture, known.file.told)
            self._ready.put(known.version.tag, content)
        return content

    async def _stamped(self, picture: Picture, told: Told | None) -> bytes:
        content = await self._gallery.bytes_of(picture)
        if told is None:
            return content
        if len(content) < _LARGE:
            return stamped(content, picture.format, told)
        return await self._gallery.aside(lambda: stamped(content, picture.format, told))

    def _find(self, path: str) -> _Known:
        now = self._backend.clock.now()
        known = self._known.get(path)
        if known is not None and now < known.file.until:
            return known
        self._known.pop(path, None)
        name, _, extension = path.removeprefix(self._prefix).rpartition(".")
        name = name.removesuffix(self._suffix) if self._suffix else name
        file, was_there = self._backend.file(name, now)
        if file is None and was_there and self._gone == "403":
            raise Forbidden("Access denied")
        if file is None or extension != file.picture.format.extension:
            raise NotFound("File not found")
        if len(self._known) >= _NAMES_KEPT:
            self._known.clear()
        known = self._known[path] = _Known(file, Version(_tag(file), file.made // 1000))
        return known


async def _length(content: Awaitable[bytes]) -> int:
    return len(await content)


def _tag(file: File) -> bytes:
    """Of everything that decides the bytes, so that it can be told before they are made."""
    decides = f"{__version__} {file.picture} {file.told}".encode("utf-8", "surrogatepass")
    return b'"%s"' % blake2b(decides, digest_size=16).hexdigest().encode()
