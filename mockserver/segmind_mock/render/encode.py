"""Pictures as bytes: the same picture gives the same bytes, for no time and no host is written."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from segmind_mock.render.scene import draw

if TYPE_CHECKING:
    from PIL import Image

    from segmind_mock.render.formats import Format

LONGEST_COMMENT = 4096

# The modes each of Pillow's writers takes as they are; any other is turned into RGB first.
_READY = {
    "PNG": {"1", "L", "LA", "P", "RGB", "RGBA"},
    "JPEG": {"L", "RGB"},
    "GIF": {"L", "P", "RGB", "RGBA"},
    "BMP": {"1", "L", "P", "RGB", "RGBA"},
    "TIFF": {"1", "L", "LA", "P", "RGB", "RGBA"},
    "WEBP": {"P", "RGB", "RGBA"},
}

_OPTIONS: dict[str, dict[str, Any]] = {
    # The lowest level: a flat picture is small all the same, and encoding is most of what a request costs.
    "PNG": {"compress_level": 1},
    "JPEG": {"quality": 88},
    "GIF": {},
    "BMP": {},
    # Uncompressed: the bytes of libtiff's compressors are not promised to be the same twice.
    "TIFF": {},
    "WEBP": {"quality": 88, "method": 0},
}

# Flat colours come out exact, smaller by four fifths and no slower than by the lossy way.
_FLAT_WEBP: dict[str, Any] = {"lossless": True, "quality": 20, "method": 1}


def picture(*, width: int, height: int, digest: bytes, format: Format, comment: str | None = None) -> bytes:
    """Draws the picture of `digest` at `width` x `height` pixels and encodes it.

    Raises ValueError for a side outside 1 to 4096 or a digest shorter than 16 bytes.
    """
    return encode(draw(width, height, digest), format, comment)


def encode(image: Image.Image, format: Format, comment: str | None = None) -> bytes:
    """`image` in `format`, with `comment` where the format has a place for one: PNG, JPEG and GIF.

    The comment is cut to its first 4096 characters; what cannot be written (NUL, lone surrogates)
    becomes "?".
    """
    ready = image if image.mode in _READY[format.pillow] else image.convert("RGB")
    target = BytesIO()
    ready.save(target, format.pillow, **_options(ready, format), **_comment(format, comment))
    return target.getvalue()


def _options(image: Image.Image, format: Format) -> dict[str, Any]:
    return _FLAT_WEBP if format.pillow == "WEBP" and image.mode == "P" else _OPTIONS[format.pillow]


def _comment(format: Format, comment: str | None) -> dict[str, Any]:
    if comment is None:
        return {}
    text = comment[:LONGEST_COMMENT].replace("\0", "?").encode("utf-8", "replace")
    if format.pillow == "PNG":
        return {"pnginfo": _png_text(text.decode())}
    return {"comment": text} if format.pillow in {"JPEG", "GIF"} else {}


def _png_text(comment: str) -> object:
    """A tEXt chunk, or iTXt where Latin-1 does not reach."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", comment)
    return info
