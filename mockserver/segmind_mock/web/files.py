"""Output files: public, unguessable names under this server's own origin (wire-facts e, f)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from segmind_mock import __version__
from segmind_mock.backend import Backend, File, Found, Lost
from segmind_mock.errors import ApiError, Forbidden, NotFound
from segmind_mock.outputs import Told
from segmind_mock.pictures import Gallery, Shelf
from segmind_mock.render.files.formats import FORMATS
from segmind_mock.render.files.stamp import stamped
from segmind_mock.render.picture import Picture, Way
from segmind_mock.results import Finished
from segmind_mock.web import conditional
from segmind_mock.web.answers import Answer, Header
from segmind_mock.web.call import Call
from segmind_mock.web.conditional import Version
from segmind_mock.world import World

if TYPE_CHECKING:
    from segmind_mock.faults import OtherPicture

_FOLDER = "/generations/"
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
        self._origin = backend.config.files_url.rstrip("/")

    def claims(self, path: str) -> bool:
        """Whether a path is an output file's, existing or not (quirk `file_location`)."""
        if path.startswith(_FOLDER):
            return True
        if f"{_BUCKET}." not in path or path.count("/") != 1:
            return False
        return self._bucket or self.names(path)

    def forget(self) -> None:
        """Look at every file anew: what is known of them may not hold any more."""
        self._known.clear()

    def names(self, url: str) -> bool:
        """Whether a URL is that of an output file which this server gave out, under whatever host it was reached."""
        name = url.rpartition("/")[2].partition(".")[0]
        return len(name) > _SHORTEST_NAME and self._backend.is_file_name(name.removesuffix(_BUCKET))

    def urls(self, found: Found, finished: Finished, origin: str) -> list[str]:
        """The absolute URL of each of a job's pictures, for a caller who reaches this server at `origin`."""
        bucket = found.world.quirks["file_location"] == "bucket"
        before, after = ("/", _BUCKET) if bucket else (_FOLDER, "")
        return [
            f"{self._origin or origin}{before}{self._backend.file_name(found, index)}{after}.{picture.format.extension}"
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

    def owner(self, path: str) -> World:
        """Whose file a path names; nobody's where that cannot be told."""
        known = self._known.get(path)
        found = known.file if known is not None else self._backend.file(_name_in(path))
        if isinstance(found, Lost):
            return found.world or self._backend.keyring.nobody
        return found.found.world

    def maker(self, path: str) -> Found | None:
        """The job that made the file of a path."""
        known = self._known.get(path)
        file = known.file if known is not None else self._backend.file(_name_in(path))
        return None if isinstance(file, Lost) else file.found

    async def repainted(self, path: str, wanted: OtherPicture) -> Answer | None:
        """The file of a path in another format or size than was asked for; None where there is no such file."""
        try:
            picture = self._find(path).file.picture
        except ApiError:
            return None
        width, height = wanted.width or picture.width, wanted.height or picture.height
        if (width, height) != (picture.width, picture.height):
            # Drawn from nothing, because no other way of making a picture takes any size.
            picture = picture._replace(width=width, height=height, way=Way.GENERATE)
        picture = picture._replace(format=FORMATS[wanted.format] if wanted.format else picture.format)
        try:
            content = await self._gallery.bytes_of(picture)
        except ApiError:
            return None
        kind = (b"content-type", picture.format.media_type.encode())
        return Answer(200, [kind, (b"content-length", b"%d" % len(content))], content)

    async def get(self, call: Call, path: str) -> Answer:
        """`GET` of a file by its path. Raises `NotFound`, or `Forbidden` after its days (quirk `expired_file`)."""
        known = self._find(path)
        asked = call.headers
        seconds = max(0, known.file.until - call.now) // 1000
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
        known = self._known.get(path)
        if known is not None and known.file.found.world.clock.now() < known.file.until:
            return known
        self._known.pop(path, None)
        file = self._backend.file(_name_in(path))
        if isinstance(file, Lost):
            if file.world is not None and file.was_there and file.world.quirks["expired_file"] == "403":
                refusal = Forbidden("Access denied")
                refusal.quirk = "expired_file=403"
                raise refusal
            raise NotFound("File not found")
        if path.rpartition(".")[2] != file.picture.format.extension:
            raise NotFound("File not found")
        if len(self._known) >= _NAMES_KEPT:
            self._known.clear()
        known = self._known[path] = _Known(file, Version(_tag(file), file.made // 1000))
        return known


def _name_in(path: str) -> str:
    if path.startswith(_FOLDER):
        return path[len(_FOLDER) :].rpartition(".")[0]
    return path[1:].rpartition(".")[0].removesuffix(_BUCKET)


async def _length(content: Awaitable[bytes]) -> int:
    return len(await content)


def _tag(file: File) -> bytes:
    """Of everything that decides the bytes, so that it can be told before they are made."""
    decides = f"{__version__} {file.picture} {file.told}".encode("utf-8", "surrogatepass")
    return b'"%s"' % blake2b(decides, digest_size=16).hexdigest().encode()
