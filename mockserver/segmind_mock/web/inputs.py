"""Input pictures that can be seen here: inline ones, output files of this mock, and a folder's. Nothing is fetched."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from segmind_mock.backend import Backend
from segmind_mock.errors import ApiError
from segmind_mock.pictures import Gallery
from segmind_mock.render.inputs import file_in, holds_picture, look_at
from segmind_mock.render.picture import NOTHING, Given
from segmind_mock.web.files import Files

_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp"})
_SHORTEST_OWN = 40
"""Characters: no URL of an output file is shorter than its name."""
_LARGEST = 1 << 28
"""Bytes of a file in the folder that is read."""


class Inputs:
    """Finds what an input parameter's text stands for."""

    def __init__(self, backend: Backend, gallery: Gallery, files: Files) -> None:
        self._gallery = gallery
        self._files = files
        self._most_pixels = backend.config.max_pixels
        self._folder = listed(backend.config.inputs)

    def is_at_hand(self, text: str, origin: str) -> bool:
        """Whether a picture is to be looked at; all others are stood in for. Quick: every submit asks.

        `origin` is where the caller reaches this server.
        """
        if not text:
            return False
        if holds_picture(text) or (self._folder and self._in_folder(text) is not None):
            return True
        return self._is_own(text, origin)

    async def look(self, text: str, origin: str, *, lenient: bool = False) -> Given:
        """What a text that is at hand comes to: a picture to hold, or the reason why it cannot be used.

        `lenient`: what cannot be used is stood in for (quirk `unreadable_input`).
        """
        given = await self._seen(text, origin)
        return NOTHING if given.problem and lenient else given

    async def _seen(self, text: str, origin: str) -> Given:
        if holds_picture(text):
            return await self._gallery.aside(lambda: _look_at_text(text, self._most_pixels))
        if not self._is_own(text, origin) and (path := self._in_folder(text)) is not None:
            return await self._gallery.aside(lambda: _look_at_file(path, self._most_pixels))
        try:
            content = await self._files.content(_path_of(text))
        except ApiError:
            return Given(problem="Input image not found")
        return await self._gallery.aside(lambda: look_at(content, self._most_pixels))

    def _is_own(self, text: str, origin: str) -> bool:
        if text.startswith(origin) and text[len(origin) : len(origin) + 1] == "/":
            return True
        return len(text) > _SHORTEST_OWN and self._files.names(text)

    def _in_folder(self, text: str) -> Path | None:
        return self._folder.get(unquote(_path_of(text).rpartition("/")[2]))


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path
    except ValueError:
        return ""


def listed(folder: str) -> dict[str, Path]:
    """The pictures of a folder by file name; only what lies in it when the server starts can ever be read."""
    if not folder:
        return {}
    return {path.name: path for path in Path(folder).iterdir() if path.suffix.lower() in _PICTURES and path.is_file()}


def _look_at_text(text: str, most_pixels: int) -> Given:
    try:
        return look_at(file_in(text), most_pixels)
    except ValueError as reason:
        return Given(problem=str(reason))


def _look_at_file(path: Path, most_pixels: int) -> Given:
    try:
        if path.stat().st_size > _LARGEST:
            return Given(problem=f"{path.name} is larger than {_LARGEST} bytes")
        return look_at(path.read_bytes(), most_pixels)
    except OSError as reason:
        return Given(problem=f"{path.name} cannot be read: {reason.strerror}")
