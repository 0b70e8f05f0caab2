"""The sheet a scene is drawn on: plain shapes in slots of the palette, at whole pixels.

Shapes are placed in pixels. Filling is fastest where it is flat, so every shape is kept as low as it can be:
Pillow looks at all corners of a polygon once for each of its rows.

Pillow's inner drawing object is used as it is: its ImageDraw looks the ink up for every shape, which is a
sixth of a picture's time, and on a grey picture a slot is its own ink.
"""

from __future__ import annotations

from math import cos, isqrt, pi, sin, sqrt
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Pixel = tuple[int, int]

_row = itemgetter(1)

_QUARTER = tuple((cos(pi * step / 24), sin(pi * step / 24)) for step in range(13))
_HALF = tuple((cos(pi * step / 16), sin(pi * step / 16)) for step in range(-8, 9))


class Canvas:
    """A picture of slot numbers, mode L until it is coloured."""

    HALF_CIRCLE = tuple((cos(pi * step / 16), sin(pi * step / 16)) for step in range(17))
    """Points of the lower half of a circle, from right to left, for shapes that follow one."""

    __slots__ = ("_draw", "_ellipse", "_polygon", "_rectangle", "height", "image", "unit", "width")

    def __init__(self, width: int, height: int) -> None:
        """`width` x `height` pixels, all in slot 0."""
        from PIL import Image
        from PIL.ImageDraw import Draw

        self.image = Image.new("L", (width, height))
        self._draw = Draw(self.image)
        inner = self._draw.draw
        self._ellipse, self._polygon, self._rectangle = inner.draw_ellipse, inner.draw_polygon, inner.draw_rectangle
        self.width = width
        self.height = height
        self.unit = min(8 * min(width, height) / 5, isqrt(width * height))
        """Pixels that the size of things is counted in: the side of a square, less for a banner."""

    def polygon(self, corners: Sequence[Pixel], slot: int) -> None:
        """A filled polygon of at least two corners."""
        self._polygon(corners, slot, 1)

    def blunt(self, corners: list[Pixel], slot: int) -> None:
        """A polygon whose highest and lowest corners are made two pixels wide.

        Pillow's versions disagree by a pixel about a corner whose sides lean the same way, so every shape that
        has one at its top or bottom goes through here.
        """
        for pick in (min, max):
            at = corners.index(pick(corners, key=_row))
            x, y = corners[at]
            before, after = corners[at - 1][0], corners[(at + 1) % len(corners)][0]
            pair = [(x + 1, y), (x, y)] if before > after else [(x, y), (x + 1, y)]
            corners = corners[:at] + pair + corners[at + 1 :]
        self._polygon(corners, slot, 1)

    def bar(self, left: int, top: int, right: int, bottom: int, slot: int) -> None:
        """A rectangle, up to but not including `right` and `bottom`; nothing where it has no area."""
        if right > left and bottom > top:
            self._rectangle((left, top, right - 1, bottom - 1), slot, 1)

    def disc(self, x: float, y: float, radius: float, slot: int) -> None:
        """A full circle."""
        box = (round(x - radius), round(y - radius), round(x + radius), round(y + radius))
        self._ellipse(box, slot, 1)

    def oval(self, x: float, y: float, across: float, down: float, slot: int) -> None:
        """An ellipse of these two radii."""
        across, down = max(across, 0.0), max(down, 0.0)
        self._ellipse((round(x - across), round(y - down), round(x + across), round(y + down)), slot, 1)

    def lozenge(self, left: int, top: int, right: int, bottom: int, slot: int) -> None:
        """A bar with round ends."""
        size = bottom - top
        if right - left <= size or size < 3:
            self.bar(left, top, right, bottom, slot)
            return
        self._ellipse((left, top, left + size - 1, bottom - 1), slot, 1)
        self._ellipse((right - size, top, right - 1, bottom - 1), slot, 1)
        self.bar(left + size // 2, top, right - size // 2, bottom, slot)

    def lozenge_up(self, left: int, top: int, bottom: int, thick: int, slot: int) -> None:
        """An upright bar with a round upper end."""
        if thick < 3:
            self.bar(left, top, left + thick, bottom, slot)
            return
        self._ellipse((left, top, left + thick - 1, top + thick - 1), slot, 1)
        self.bar(left, top + thick // 2, left + thick, bottom, slot)

    def slabs(self, x: float, y: float, radius: float, edges: Sequence[int], slots: Sequence[int]) -> None:
        """A circle cut at the rows `edges`: what lies between the first two gets the first slot, and so on.

        Nothing is drawn above the first edge and below the last.
        """
        square, middle = radius * radius, round(x)
        above, below = y - radius, y + radius
        for top, bottom, slot in zip(edges, edges[1:], slots, strict=False):
            if bottom <= above or top >= below:
                continue
            bottom -= 1
            if top < above or bottom > below:
                first, last = max(top, round(above)), min(bottom, round(below))
                if first <= last:
                    self._cap(middle, y, square, (first, last), slot)
                continue
            upper, lower = round(sqrt(square - (top - y) ** 2)), round(sqrt(max(0.0, square - (bottom - y) ** 2)))
            left, right = [(middle - lower, bottom), (middle - upper, top)], [(middle + upper, top)]
            if radius < 5 * (bottom - top):
                row = (top + bottom) // 2
                half = round(sqrt(square - (row - y) ** 2))
                right.append((middle + half, row))
                left.insert(1, (middle - half, row))
            self.polygon([*right, (middle + lower, bottom), *left], slot)

    def _cap(self, middle: int, y: float, square: float, rows: Pixel, slot: int) -> None:
        """A slab with the top or the bottom of the circle in it, where its edge turns quickly."""
        top, bottom = rows
        deep = bottom - top
        steps = (top, top + deep // 8, top + deep // 3, top + 2 * deep // 3, top + 7 * deep // 8, bottom)
        halves = [(round(sqrt(max(0.0, square - (row - y) ** 2))), row) for row in steps]
        right = [(middle + half, row) for half, row in halves]
        halves.reverse()
        self.polygon(right + [(middle - half, row) for half, row in halves], slot)

    def arch(self, foot: Pixel, radius: float, slot: int) -> None:
        """The upper half of a disc that stands on the row of its middle, `foot`."""
        x, y = foot
        self.polygon([(x + round(radius * c), y - round(radius * s)) for c, s in self.HALF_CIRCLE], slot)

    def crescent(self, x: float, y: float, radius: float, phase: float, slot: int) -> None:
        """The right-hand part of a disc (the left one of a negative radius).

        `phase` -1 is all of it, 0 is half, 1 is none.
        """
        # The tips are two pixels wide: see `blunt`.
        tip = 1 if radius > 0.0 else -1
        limb = [(round(x + radius * c) + tip, round(y + radius * s)) for c, s in _HALF]
        shadow = [(round(x + radius * c * phase), round(y + radius * s)) for c, s in reversed(_HALF)]
        self.polygon(limb + shadow, slot)

    def quarter(self, x: int, y: int, across: int, down: int, slot: int) -> None:
        """A quarter of a disc from its middle `x`, `y`, reaching `across` and `down` (or left and up)."""
        arc = [(x + round(across * c), y + round(down * s)) for c, s in _QUARTER]
        self.polygon([(x, y), *arc], slot)

    def land(self, skyline: Sequence[Pixel], floor: int, slot: int) -> None:
        """Everything below `skyline` (from left to right over the whole width) down to the row `floor`."""
        base = min(floor, max(skyline, key=_row)[1] + 1)
        self.polygon([*skyline, (skyline[-1][0], base), (skyline[0][0], base)], slot)
        self.bar(0, base, self.width, floor, slot)

    def line(self, points: Sequence[Pixel], slot: int, width: int) -> None:
        """A line through these points."""
        self._draw.line(points, fill=slot, width=width)

    def panes(self, corners: Iterable[Pixel], wide: int, high: int, slot: int) -> None:
        """Equal small rectangles, `wide` and `high` pixels, with their upper left corners at these points."""
        right, down, rectangle = wide - 1, high - 1, self._rectangle
        for x, y in corners:
            rectangle((x, y, x + right, y + down), slot, 1)
