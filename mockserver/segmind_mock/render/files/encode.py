"""Pictures as bytes: the same picture gives the same bytes, for no time and no host is written."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from segmind_mock.render.files.modes import indexed, on_white, plain, see_through, with_alpha

if TYPE_CHECKING:
    from PIL import Image

    from segmind_mock.render.files.formats import Format

# The modes each of Pillow's writers takes as they are.
_READY = {
    "PNG": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"},
    "JPEG": {"L", "RGB"},
    "BMP": {"1", "L", "P", "RGB"},
    "TIFF": {"1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F", "CMYK", "LAB"},
    "WEBP": {"RGB", "RGBA"},
}

_OPAQUE = {"JPEG", "BMP"}
_KEYED = {"PNG"}
"""Formats that hold transparency in other ways than as a channel."""

_OPTIONS: dict[str, dict[str, Any]] = {
    # The lowest level: a flat picture is small all the same, and encoding is most of what a request costs.
    "PNG": {"compress_level": 1},
    "JPEG": {"quality": 88},
    "GIF": {},
    "BMP": {},
    # Uncompressed: the bytes of libtiff's compressors are not promised to be the same twice.
    "TIFF": {},
    # Method 0 is no quicker than 1, and larger.
    "WEBP": {"quality": 88, "method": 1},
}

# `exact` keeps the colours of pixels that nobody sees.
_LOSSLESS_WEBP: dict[str, Any] = {"lossless": True, "quality": 0, "method": 0, "exact": True}

# Flat colours come out exact, smaller by four fifths and no slower than by the lossy way.
_FLAT_WEBP: dict[str, Any] = {"lossless": True, "quality": 20, "method": 1}


def encode(image: Image.Image, format: Format) -> bytes:
    """`image`, of any mode, as one picture in `format`.

    JPEG and BMP hold nothing see-through: it is laid onto white. More than 8 bits stay in PNG (grey) and TIFF.
    """
    flat = image.mode in {"1", "P"}
    return save([fitted(image, format)], format, **(_FLAT_WEBP if flat and format.pillow == "WEBP" else {}))


def fitted(image: Image.Image, format: Format) -> Image.Image:
    """`image` in the nearest mode that `format` can hold; itself when that is its own."""
    if format.pillow == "GIF":
        return indexed(image)
    ready = _READY[format.pillow]
    if not see_through(image):
        return image if image.mode in ready else _nearest(plain(image), ready)
    if format.pillow in _OPAQUE:
        return on_white(image)
    if format.pillow in _KEYED and image.mode in ready:
        return image
    layered = with_alpha(image)
    return layered if layered.mode in ready else layered.convert("RGBA")


def _nearest(image: Image.Image, ready: set[str]) -> Image.Image:
    if image.mode in ready:
        return image
    return image.convert("L") if image.mode == "1" and "L" in ready else image.convert("RGB")


def lossless_options(format: Format) -> dict[str, Any]:
    """What `save` needs to keep every pixel in a format that can do either."""
    return _LOSSLESS_WEBP if format.pillow == "WEBP" else {}


def save(images: list[Image.Image], format: Format, **options: Any) -> bytes:
    """The bytes of `images`, each of a mode that `format` holds; Pillow's `options` go before the usual ones."""
    target = BytesIO()
    more = {"save_all": True, "append_images": images[1:]} if images[1:] else {}
    images[0].save(target, format.pillow, **_OPTIONS[format.pillow] | more | options)
    return target.getvalue()
