"""Draws a picture out of nothing: a scene that family, index, prompt and dials decide, in sixty flat colours.

Drawing is done in slot numbers of the palette on a grey picture, and coloured at the end. That keeps it fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import city, lands, named, palette, poster, space, waters
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import compose
from segmind_mock.render.scenes.moods import Kind

if TYPE_CHECKING:
    from PIL import Image

LARGEST_SIDE = 4096

_PAINTERS = {
    Kind.HILLS: lands.hills,
    Kind.MOUNTAINS: lands.mountains,
    Kind.SEA: waters.sea,
    Kind.CITY: city.skyline,
    Kind.DUNES: lands.dunes,
    Kind.FOREST: lands.forest,
    Kind.MEADOW: lands.meadow,
    Kind.SPACE: space.planets,
    Kind.ARCHES: poster.arches,
    Kind.TILES: poster.tiles,
}
_PLAIN = Dials()


def draw(
    width: int, height: int, *, family: bytes, index: int = 0, prompt: str = "", dials: Dials = _PLAIN
) -> Image.Image:
    """A picture of exactly `width` x `height` pixels (1 to 4096 each), mode P with 64 colours.

    `family` (at least 16 bytes) decides what is in it, unless words of `prompt` do; `index` makes siblings of
    one family. The dials `guidance`, `steps`, `scheduler` and `negative` change colours and small things.
    The same arguments give the same picture at any time, in any process, and the same composition at any
    size. Slots 60 to 63 of the palette are left to the caption bar.

    Raises ValueError for a size or a family out of bounds.
    """
    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise ValueError(f"a side has 1 to {LARGEST_SIDE} pixels, asked for {width}x{height}")
    scene = compose(family, index, prompt, dials)
    canvas = Canvas(width, height)
    _PAINTERS[scene.kind](canvas, scene)
    if scene.things:
        named.paint(canvas, scene)
    image = canvas.image
    image.putpalette(palette.colours(scene.theme))
    return image
