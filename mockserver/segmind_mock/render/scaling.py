"""Brings a picture to another size, with the same pixels in every version of Pillow.

Pillow scales across and down in two passes and rounds in between. Which comes first depends on its version and on
the sizes, and the pixels depend on that; so each pass is asked for by itself here. The ends of a window are whole
parts of 64 of a pixel: some versions hold them in single precision, where other numbers would be rounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL import Image

_PARTS = 64
"""The parts of a pixel in which the ends of a window are counted."""
_SPARE = 1.2
"""How much larger than needed a picture must at least be after it was halved."""


def scaled(
    image: Image.Image,
    size: tuple[int, int],
    way: Image.Resampling,
    box: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """A picture, or what of it is in `box`, at another size: across first and then down."""
    left, top, right, low = box or (0, 0, *image.size)
    across = image
    if (left, right, size[0]) != (0, image.width, image.width):
        across = image.resize((size[0], image.height), way, box=(left, 0, right, image.height))
    if (top, low, size[1]) == (0, image.height, image.height) and across is not image:
        return across
    return across.resize(size, way, box=(0, top, size[0], low))


def window(
    image: Image.Image, box: tuple[float, float, float, float], size: tuple[int, int], way: Image.Resampling
) -> Image.Image:
    """What is in a box of a picture, in pixels and to the next 64th of one, at another size.

    What is much too large is first divided by a power of two, which is quicker. The box lies within the picture.
    """
    left, right = _ends(box[0], box[2], image.width)
    top, bottom = _ends(box[1], box[3], image.height)
    shrink = min((right - left) / size[0], (bottom - top) / size[1]) / (_PARTS * _SPARE)
    halved = 1 << max(0, int(shrink).bit_length() - 1)
    x, y = left // _PARTS, top // _PARTS
    whole = (x, y, -(-right // _PARTS), -(-bottom // _PARTS))
    seen = image.reduce(halved, whole) if halved > 1 else image.crop(whole)
    parts = _PARTS * halved
    across = ((left - x * _PARTS) / parts, (right - x * _PARTS) / parts)
    down = ((top - y * _PARTS) / parts, (bottom - y * _PARTS) / parts)
    return scaled(seen, size, way, (across[0], down[0], across[1], down[1]))


def _ends(low: float, high: float, side: int) -> tuple[int, int]:
    """Both ends of one direction, in 64ths of a pixel and at least one apart."""
    first = min(round(low * _PARTS), side * _PARTS - 1)
    return first, max(round(high * _PARTS), first + 1)
