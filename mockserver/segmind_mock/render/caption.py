"""The caption bar: one line of small text on a dark strip along the bottom edge of a picture.

The letters come from `glyphs.png` beside this module, drawn once by `docs/glyphs.py` from Aileron (CC0), the font
that Pillow carries. FreeType takes no part here: its pixels differ between versions, and a line through it costs
many times more. In the atlas each letter has a cell as high as the bar and as wide as its advance, so that a line is
its letters' columns put one after the other.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import cache
from importlib.resources import files
from io import BytesIO
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, NamedTuple

from segmind_mock.render.picture import BAR, INK

if TYPE_CHECKING:
    from PIL import Image

ELLIPSIS = "…"
UNKNOWN = "□"
"""Drawn for any character that the atlas has not."""
CHARACTERS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "·×…–—«»‹›‘’“”°±™¡¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØŒÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøœùúûüýÿ"
    + UNKNOWN
)
"""What the atlas has, in its order."""


class Size(NamedTuple):
    """One size of the bar and of its letters, in pixels."""

    narrowest: int
    """Pictures at least this wide have it."""
    bar: int
    """The bar's height, and that of every letter's cell."""
    baseline: int
    """The row of the bar that letters stand on: the first one below them."""
    x_height: int
    """How high an "x" is; the em is 1.92 times that."""

    @property
    def lowest(self) -> int:
        """The height of the lowest picture that has it."""
        return self.bar * LEAST_SHARE


LEAST_SHARE = 8
"""A picture is at least this many times as high as its bar."""
SIZES = (
    Size(narrowest=200, bar=11, baseline=8, x_height=5),
    Size(narrowest=256, bar=17, baseline=12, x_height=6),
    Size(narrowest=440, bar=20, baseline=14, x_height=7),
    Size(narrowest=840, bar=26, baseline=18, x_height=9),
    Size(narrowest=1500, bar=40, baseline=28, x_height=14),
    Size(narrowest=2900, bar=70, baseline=49, x_height=24),
)
"""From the smallest; a picture gets the largest that it is wide and high enough for. Below 200x88 there is no bar."""

_MOST_CHARACTERS = 2048  # no bar is wide enough for more
_SLOTS = tuple(range(BAR, INK + 1))
_SHARES = (0, 85, 170, 255)
_INK_COLOUR = (244, 245, 247)
_GROUND = [value // 4 + lift for lift in (9, 10, 14) for value in range(256)]
"""What becomes of a colour below the bar: a quarter of it, on a near black with a touch of blue."""


class _Glyphs(dict[str, bytes]):
    """The letters of one size: character to the bytes of its cell, column by column from the left."""

    def __missing__(self, character: str) -> bytes:
        return self[UNKNOWN]


def caption(image: Image.Image, text: str) -> Image.Image:
    """Draws the bar with `text` into `image`, and returns `image`.

    Mode P: in slots 60 (ground) to 63 (ink), which are the caller's to colour as an even ramp. Mode RGB: over the
    picture, darkened. Line breaks become spaces, unknown characters a small box, and what is too long ends in "…".
    A picture below 200x88 pixels, and any with a blank text, is left as it is. Raises ValueError for other modes.
    """
    if image.mode not in ("P", "RGB"):
        raise ValueError(f"a caption is drawn in mode P or RGB, not {image.mode}")
    size = size_for(image.width, image.height)
    line = unicodedata.normalize("NFC", " ".join(text[:_MOST_CHARACTERS].split()))
    if size is None or not line:
        return image
    box = (0, image.height - size.bar, image.width, image.height)
    at = size.x_height
    if image.mode == "P":
        image.paste(BAR, box)
        image.paste(_letters("P", size, image.width, _glyphs(size, _SLOTS), line), (at, box[1]))
        return image
    ground = image.crop(box).point(_GROUND)
    ground.paste(_INK_COLOUR, (at, 0), _letters("L", size, image.width, _glyphs(size, _SHARES), line))
    image.paste(ground, box)
    return image


def writing(text: str) -> Image.Image:
    """A line in the largest letters there are, mode L: 255 where there is ink. At least one pixel wide."""
    size = SIZES[-1]
    width = max(1, sum(map(len, map(_glyphs(size, _SHARES).__getitem__, text))) // size.bar)
    return _letters("L", size, width + 2 * size.x_height, _glyphs(size, _SHARES), text or " ")


def size_for(width: int, height: int) -> Size | None:
    """The size of the bar on a picture of `width` x `height` pixels; None where it has none."""
    fitting = [size for size in SIZES if width >= size.narrowest and height >= size.lowest]
    return fitting[-1] if fitting else None


def _letters(mode: str, size: Size, width: int, glyphs: _Glyphs, line: str) -> Image.Image:
    """The line, or as much of it as a bar of `width` pixels has room for, as a picture as high as the bar."""
    from PIL import Image

    room = (width - 2 * size.x_height) * size.bar
    drawn = b"".join(_cut([glyphs[character] for character in line], glyphs[ELLIPSIS], room))
    columns = Image.frombytes(mode, (size.bar, len(drawn) // size.bar), drawn)
    return columns.transpose(Image.Transpose.TRANSPOSE)


def _cut(cells: list[bytes], ellipsis: bytes, room: int) -> list[bytes]:
    """As many cells as have room, in bytes; the last of them the ellipsis where some are left out."""
    ends = list(accumulate(map(len, cells)))
    if ends[-1] <= room:
        return cells
    return [*cells[: bisect_right(ends, room - len(ellipsis))], ellipsis]


@cache
def _glyphs(size: Size, ramp: tuple[int, ...]) -> _Glyphs:
    """The letters of a size, with the values that stand for none, a third, two thirds and all of the ink."""
    from PIL import Image

    with Image.open(BytesIO(_atlas())) as atlas:
        top = sum(1 + other.bar for other in SIZES[: SIZES.index(size)])
        starts = atlas.crop((0, top, atlas.width, top + 1)).tobytes()
        columns = atlas.crop((0, top + 1, atlas.width, top + 1 + size.bar)).transpose(Image.Transpose.TRANSPOSE)
    edges = [x for x, mark in enumerate(starts) if mark]
    shades = columns.tobytes().translate(bytes(ramp).ljust(256, b"\0"))
    cells = (shades[left * size.bar : right * size.bar] for left, right in pairwise(edges))
    return _Glyphs(zip(CHARACTERS, cells, strict=True))


@cache
def _atlas() -> bytes:
    """The atlas: for each size a row of marks where cells begin (and one where the last ends), and below it the
    cells, in the order of `CHARACTERS`; pixels are 0 to 3.
    """
    return files("segmind_mock.render").joinpath("glyphs.png").read_bytes()
