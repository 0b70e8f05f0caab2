"""Draws a composition: hills, sky, and a sun or a moon, in thirty-two flat colours.

Drawing is done in slot numbers of the palette on a grey picture, and coloured at the end. That keeps it fast,
and makes haze a sum: a slot further along the sky is the same sky in more light.
"""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING

from segmind_mock.render import palette
from segmind_mock.render.composition import Cloud, Composition, Orb, Point, Range, Tree, compose
from segmind_mock.render.dice import Dice

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PIL import Image
    from PIL.ImageDraw import ImageDraw

LARGEST_SIDE = 4096

_HALF_TURN = [(cos(pi * step / 24), sin(pi * step / 24)) for step in range(-12, 13)]


def draw(width: int, height: int, digest: bytes) -> Image.Image:
    """A picture of exactly `width` x `height` pixels (1 to 4096 each), mode P with 32 colours.

    The same digest (at least 16 bytes) gives the same picture at any time, in any process, and the same
    composition at any size. Raises ValueError for a size or a digest out of bounds.
    """
    if not (1 <= width <= LARGEST_SIDE and 1 <= height <= LARGEST_SIDE):
        raise ValueError(f"a side has 1 to {LARGEST_SIDE} pixels, asked for {width}x{height}")
    theme = palette.choose(Dice(digest, "palette"))
    image = _paint(width, height, compose(digest, night=theme.night))
    image.putpalette(palette.colours(theme))
    return image


def _paint(width: int, height: int, scene: Composition) -> Image.Image:
    from PIL.ImageDraw import Draw

    image = _sky(width, height, scene)
    brush = _Brush(Draw(image), width, height)
    brush.stars(scene.stars)
    brush.orb(scene.orb)
    *far, near = scene.ranges
    for hills in far:
        brush.hills(hills)
    if scene.water is not None:
        brush.water(scene.water)
        brush.glints(scene.glints, scene.orb, scene.water)
    brush.trees(scene.trees)
    brush.hills(near)
    return image


def _sky(width: int, height: int, scene: Composition) -> Image.Image:
    """Bands from the top to the horizon, with the clouds and the glow round the orb added as light."""
    from PIL import Image, ImageChops
    from PIL.ImageDraw import Draw

    bands = Image.frombytes("L", (width, height), b"".join(_bands(width, height)))
    light = Image.new("L", (width, height))
    brush = _Brush(Draw(light), width, height)
    brush.glow(scene.orb)
    for cloud in scene.clouds:
        brush.cloud(cloud)
    return ImageChops.add(bands, light)


def _bands(width: int, height: int) -> Iterable[bytes]:
    # The last band begins at 0.56 of the height: hills stand before everything below.
    edges = [height * level // 23 for level in range(palette.HORIZON + 1)] + [height]
    for level in range(palette.HORIZON + 1):
        yield bytes((level,)) * (width * (edges[level + 1] - edges[level]))


class _Brush:
    """Draws parts of a composition at one size, in whole pixels, so that pictures are equal everywhere."""

    __slots__ = ("_draw", "_height", "_short", "_width")

    def __init__(self, draw: ImageDraw, width: int, height: int) -> None:
        self._draw = draw
        self._width = width
        self._height = height
        self._short = min(width, height)

    def _line(self, points: Iterable[Point]) -> list[tuple[int, int]]:
        return [(round(x * self._width), round(y * self._height)) for x, y in points]

    def _disc(self, x: float, y: float, radius: float, slot: int) -> None:
        self._draw.ellipse((round(x - radius), round(y - radius), round(x + radius), round(y + radius)), fill=slot)

    def glow(self, orb: Orb) -> None:
        x, y, radius = orb.x * self._width, orb.y * self._height, orb.radius * self._short
        for light, reach in enumerate((3.6, 2.5, 1.6), start=1):
            self._disc(x, y, radius * reach, light)

    def orb(self, orb: Orb) -> None:
        x, y, radius = orb.x * self._width, orb.y * self._height, orb.radius * self._short
        if orb.phase <= -1.0:
            self._disc(x, y, radius, palette.ORB)
            return
        limb = [(x + radius * c, y + radius * s) for c, s in _HALF_TURN]
        shadow = [(x + radius * c * orb.phase, y + radius * s) for c, s in reversed(_HALF_TURN)]
        self._draw.polygon([(round(a), round(b)) for a, b in limb + shadow], fill=palette.ORB)

    def cloud(self, cloud: Cloud) -> None:
        x, y = cloud.x * self._width, cloud.y * self._height
        span, height = cloud.span * self._short, cloud.height * self._short
        for puff in range(cloud.puffs):
            half = span * (1.0 - 0.3 * puff)
            left = round(x - half + 0.16 * span * puff)
            low = round(y - 0.8 * height * puff)
            box = (left, low - round(height), left + round(2 * half), low)
            self._draw.rounded_rectangle(box, radius=height / 2, fill=4)

    def stars(self, stars: Iterable[Point]) -> None:
        size = self._short // 400
        for x, y in self._line(stars):
            self._draw.rectangle((x, y, x + size, y + size), fill=palette.SPARK)

    def hills(self, hills: Range) -> None:
        ridge = self._line(hills.ridge)
        floor = [(self._width + 1, self._height), (-1, self._height)]
        self._draw.polygon([*ridge, *floor], fill=palette.BODY + hills.layer)
        for facet in hills.facets:
            self._draw.polygon(self._line(facet), fill=palette.RIM + hills.layer)
        if not hills.facets:
            self._draw.line(ridge, fill=palette.RIM + hills.layer, width=max(1, self._short // 170))

    def water(self, shore: float) -> None:
        """The sky again, upside down."""
        top = round(shore * self._height)
        bands = 7
        for band in range(bands):
            y = top + (self._height - top) * band // bands
            self._draw.rectangle((0, y, self._width, self._height), fill=palette.HORIZON - 3 - band)

    def glints(self, glints: Iterable[Point], orb: Orb, shore: float) -> None:
        """A broken column of light below the orb, wider as it comes nearer."""
        thick = self._short // 200
        for offset, depth in glints:
            spread = (0.4 + depth) * orb.radius * self._short
            x = round(orb.x * self._width + offset * spread)
            y = round((shore + 0.01 + depth * (0.95 - shore)) * self._height)
            half = round(0.6 * spread * (1.2 - abs(offset)))
            self._draw.rectangle((x - half, y, x + half, y + thick), fill=palette.SPARK)

    def trees(self, trees: Iterable[Tree]) -> None:
        for tree in trees:
            x, y, height = tree.x * self._width, tree.y * self._height, tree.height * self._short
            for low, high, half in ((0.0, 0.6, 0.20), (0.28, 0.82, 0.16), (0.55, 1.0, 0.11)):
                foot, tip, reach = round(y - low * height), round(y - high * height), half * height
                triangle = [(round(x - reach), foot), (round(x + reach), foot), (round(x), tip)]
                self._draw.polygon(triangle, fill=palette.BODY + palette.LAYERS - 1)
