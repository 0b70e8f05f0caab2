"""Output files: public, unguessable names under this server's own origin (wire-facts e, f)."""

from __future__ import annotations

from segmind_mock.backend import Backend, Finished, Found
from segmind_mock.errors import Forbidden, NotFound
from segmind_mock.outputs import Picture
from segmind_mock.pictures import Gallery
from segmind_mock.web.answers import Answer
from segmind_mock.world import World

_BUCKET = "-output"


class Files:
    """The output files of every world."""

    def __init__(self, backend: Backend, gallery: Gallery) -> None:
        self._backend = backend
        self._gallery = gallery
        self._bucket = backend.config.quirks["file_location"] == "bucket"
        self._prefix = "/" if self._bucket else "/generations/"
        self._suffix = _BUCKET if self._bucket else ""
        self._gone = backend.config.quirks["expired_file"]

    def claims(self, path: str) -> bool:
        """Whether a path is an output file's, existing or not."""
        if not self._bucket:
            return path.startswith(self._prefix)
        return f"{_BUCKET}." in path and path.count("/") == 1

    def urls(self, world: World, found: Found, finished: Finished, origin: str) -> list[str]:
        """The absolute URL of each of a job's pictures."""
        return [
            f"{origin}{self._prefix}{self._backend.file_name(world, found.handle, index)}"
            f"{self._suffix}.{picture.format.extension}"
            for index, picture in enumerate(finished.pictures)
        ]

    async def described(self, urls: list[str], pictures: list[Picture]) -> list[dict[str, str]]:
        """The objects of a result's `images`: each file made, so that its size is true."""
        return [
            {
                "url": url,
                "content_type": picture.format.media_type,
                "file_name": url.rpartition("/")[2],
                "file_size": str(len(await self._gallery.bytes_of(picture))),
            }
            for url, picture in zip(urls, pictures, strict=True)
        ]

    async def get(self, path: str) -> Answer:
        """A file by its path. Raises `NotFound`, or `Forbidden` after its days (quirk `expired_file`)."""
        name, _, extension = path.removeprefix(self._prefix).rpartition(".")
        name = name.removesuffix(self._suffix) if self._suffix else name
        picture, known = self._backend.file(name, self._backend.clock.now())
        if picture is None and known and self._gone == "403":
            raise Forbidden("Access denied")
        if picture is None or extension != picture.format.extension:
            raise NotFound("File not found")
        content = await self._gallery.bytes_of(picture)
        return Answer(200, [_type(picture), (b"content-length", b"%d" % len(content))], content)


def _type(picture: Picture) -> tuple[bytes, bytes]:
    return b"content-type", picture.format.media_type.encode()
