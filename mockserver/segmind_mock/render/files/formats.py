"""The picture formats the service speaks, as values.

Imported when the server starts, so Pillow must never be imported here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One output format.

    `name` is what a request asks for, `extension` has no dot, `pillow` is the name that Pillow saves under.
    """

    name: str
    media_type: str
    extension: str
    pillow: str


def _format(name: str, pillow: str) -> Format:
    return Format(name=name, media_type=f"image/{pillow.lower()}", extension=name, pillow=pillow)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "png": _format("png", "PNG"),
        "jpg": _format("jpg", "JPEG"),
        "jpeg": _format("jpeg", "JPEG"),
        "gif": _format("gif", "GIF"),
        "bmp": _format("bmp", "BMP"),
        "tiff": _format("tiff", "TIFF"),
        "webp": _format("webp", "WEBP"),
    }
)


def by_media_type(media_type: str) -> Format:
    """The format with this media type; case and parameters (`; q=0.8`) do not count.

    `image/jpeg` gives `jpg`, the first of the two names. For any other, raises ValueError naming what is
    allowed.
    """
    wanted = media_type.partition(";")[0].strip().lower()
    for known in FORMATS.values():
        if known.media_type == wanted:
            return known
    allowed = ", ".join(dict.fromkeys(known.media_type for known in FORMATS.values()))
    raise ValueError(f"unknown media type {media_type[:80]!r}; allowed are {allowed}")
