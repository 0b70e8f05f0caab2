"""Continues a picture beyond one of its edges, out of what it shows near that edge.

What lies between the subject and the edge is first drawn out, the more the further out: hills and clouds get longer
and nothing is seen twice. Should that not reach far enough, then at the sides the calm part of it runs back and forth
until the frame is full, so that horizons go on; above and below the colours at the edge blend into each other,
as in an empty sky or on a floor.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING

from segmind_mock.render.scaling import scaled

if TYPE_CHECKING:
    from PIL import Image

_THIN = 20
"""A strip of less than one in so many parts of the picture is too thin to be drawn out."""
_MOST = 2.5
"""How many times as wide as before a strip at the side can get."""
_HIGHEST = 1.7
"""How many times as high as before a strip above or below can get: tall hills look stranger than long ones."""
_SLICES = 24
"""The number of parts, each of one scale, in which a strip is drawn out."""
_STIFF = 0.2
"""How readily a part with something in it is drawn out, where 1 is a part with nothing in it."""
_LONGER = 1.4
"""How much longer each further run of a calm strip is than the last: a pattern that varies is hardly noticed."""
_STEPS = 48
"""The number of places from the edge inwards at which a picture is compared with its edge."""
_CALM = 20
"""The mean difference, of 255, up to which a place looks much as the edge does."""
_STRIKING = 100
"""The difference, of 255, up to which a single spot of such a place does."""
_LAYERS = 20
"""The number of distances from an edge at which its colours are blended."""
_TREND = 28
"""The most, of 255, that a colour changes on average from an edge to the end of what is above or below it."""


class Edge(StrEnum):
    """The edge of a picture beyond which it goes on."""

    LEFT = "left"
    TOP = "top"
    RIGHT = "right"
    BOTTOM = "bottom"

    @property
    def upright(self) -> bool:
        """Whether the edge runs from top to bottom."""
        return self in (Edge.LEFT, Edge.RIGHT)

    @property
    def opposite(self) -> Edge:
        """The edge on the other side."""
        return {Edge.LEFT: Edge.RIGHT, Edge.RIGHT: Edge.LEFT, Edge.TOP: Edge.BOTTOM, Edge.BOTTOM: Edge.TOP}[self]


def extend(piece: Image.Image, edge: Edge, depth: int, free: int, other: int = 0) -> Image.Image:
    """The outermost `free` pixels of an RGB picture and `depth` pixels beyond `edge`, all of it anew.

    `free` and `other` are the numbers of pixels from the edge and from the opposite one inwards in which there is
    no subject. The result is as long as the edge and `free + depth` deep; its inner end adjoins the picture. Where
    next to nothing is free, the opposite side has to help out.
    """
    side = piece.width if edge.upright else piece.height
    thin = max(1, side // _THIN)
    free, other = max(0, min(free, side)), max(0, min(other, side))
    if free >= thin:
        strip = _strip(piece, edge, free)
        parts = _drawn_out(strip, min(free + depth, round(free * (_MOST if edge.upright else _HIGHEST))))
    else:
        strip = _strip(piece, edge, thin)
        parts = [strip.crop((thin - free, 0, thin, strip.height))]
    rest = free + depth - sum(part.width for part in parts)
    if rest:
        borrowed = _strip(piece, edge.opposite, other) if free < thin <= other else None
        parts += [_run_on(strip, rest, borrowed)] if edge.upright else _blended(strip, rest)
    return _turned(_side_by_side(parts), edge, back=True)


def _strip(piece: Image.Image, edge: Edge, deep: int) -> Image.Image:
    """The outermost `deep` pixels, turned so that the edge is on their right."""
    width, height = piece.size
    box = {
        Edge.LEFT: (0, 0, deep, height),
        Edge.TOP: (0, 0, width, deep),
        Edge.RIGHT: (width - deep, 0, width, height),
        Edge.BOTTOM: (0, height - deep, width, height),
    }[edge]
    return _turned(piece.crop(box), edge)


def _turned(image: Image.Image, edge: Edge, *, back: bool = False) -> Image.Image:
    """A picture with its `edge` brought to the right, or from there back to its place."""
    from PIL.Image import Transpose

    turn = {
        Edge.LEFT: Transpose.FLIP_LEFT_RIGHT,
        Edge.TOP: Transpose.ROTATE_90 if back else Transpose.ROTATE_270,
        Edge.BOTTOM: Transpose.TRANSPOSE,
    }.get(edge)
    return image if turn is None else image.transpose(turn)


def _drawn_out(strip: Image.Image, length: int) -> list[Image.Image]:
    """The parts of a strip brought to a greater length.

    Its inner end is hardly stretched; what is further out, and has little in it, is stretched most.
    """
    from PIL.Image import Resampling

    count = min(strip.width, _SLICES)
    ends = _ends(_willing(strip, count), strip.width, length)
    parts = []
    for (low, left), (high, right) in pairwise(ends):
        if right > left and high > low:
            box = (low / 64, 0, high / 64, strip.height)
            parts.append(scaled(strip, (right - left, strip.height), Resampling.BILINEAR, box))
    return parts


def _ends(willing: list[float], width: int, length: int) -> list[tuple[int, int]]:
    """Where slices of a strip end, in 64ths of its pixels, and where in the length that it is brought to.

    The latter are whole pixels, so the former are not quite the same distance apart.
    """
    step = width / len(willing)
    more = (length - width) / sum(willing)
    place, found = 0.0, [(0, 0)]
    for number, share in enumerate(willing[:-1], start=1):
        drawn = step + more * share
        place += drawn
        found.append((round(64 * step * (number + (round(place) - place) / drawn)), round(place)))
    return [*found, (64 * width, length)]


def _willing(strip: Image.Image, count: int) -> list[float]:
    """How readily each slice of a strip is stretched, above 0 to 1: hardly one that does not look as the outer end."""
    from PIL.Image import Resampling

    end = (strip.width - max(1, strip.width // 8), 0, strip.width, strip.height)
    row = scaled(strip, (1, min(strip.height, _STEPS)), Resampling.BOX, end)
    apart = scaled(_apart(strip, row, count), (count, 1), Resampling.BOX).tobytes()
    usual = sorted(apart)[count // 3] + 4
    calm = [max(_STIFF, min(1.0, (usual / (level + 1)) ** 2)) for level in apart]
    near = (calm[max(0, at - 2) : at + 3] for at in range(count))
    return [sum(levels) / len(levels) * min(1.0, (2 * at + 1) / count) for at, levels in enumerate(near)]


def _apart(strip: Image.Image, row: Image.Image, count: int) -> Image.Image:
    """How much each place differs from a column of colours, mode L: so many places across, as many down as those."""
    from PIL import ImageChops
    from PIL.Image import Resampling

    factor = min(strip.width // count, strip.height // row.height) // 2
    shown = scaled(strip.reduce(factor) if factor > 1 else strip, (count, row.height), Resampling.BOX)
    return ImageChops.difference(shown, row.resize(shown.size, Resampling.NEAREST)).convert("L")


def _run_on(strip: Image.Image, length: int, borrowed: Image.Image | None) -> Image.Image:
    """What lies beyond the right edge of a strip: its calm part, or that of a borrowed one, back and forth."""
    from PIL.Image import Resampling, Transpose

    height = strip.height
    mirrored = strip.transpose(Transpose.FLIP_LEFT_RIGHT)
    back = _calm(borrowed.transpose(Transpose.FLIP_LEFT_RIGHT) if borrowed else mirrored)
    parts, left, stretched = [], length, _MOST
    while left:
        size = min(left, max(1, round(back.width * stretched)))
        shown = min(back.width, max(1, round(64 * size / stretched)) / 64)
        parts.append(scaled(back, (size, height), Resampling.BILINEAR, (0, 0, shown, height)))
        left -= size
        stretched *= _LONGER
        back = back.transpose(Transpose.FLIP_LEFT_RIGHT)
    runs = _softened(_side_by_side(parts))
    if borrowed:
        near = max(strip.width, height // 3)
        runs.paste(_side_by_side(_drawn_out(mirrored, near)), (0, 0), _fading(near, height))
    return runs


def _softened(runs: Image.Image) -> Image.Image:
    """Upright lines get weaker from left to right; level ones stay."""
    from PIL.ImageFilter import GaussianBlur

    width, height = runs.size
    soft = runs.filter(GaussianBlur((max(1, height // 12), 0)))
    soft.paste(runs, (0, 0), _fading(width, height))
    return soft


def _calm(strip: Image.Image) -> Image.Image:
    """What of a strip, from its left end on, looks much as that end does."""
    from PIL.Image import Resampling

    steps = min(strip.width, _STEPS)
    end = (0, 0, max(1, strip.width // 8), strip.height)
    apart = _apart(strip, scaled(strip, (1, min(strip.height, _STEPS)), Resampling.BOX, end), steps)
    levels = scaled(apart, (steps, 1), Resampling.BOX).tobytes()
    cells = apart.tobytes()
    calm = next((at for at in range(steps) if levels[at] > _CALM or max(cells[at::steps]) > _STRIKING), steps)
    # The innermost part can hold a trace of the subject.
    wide = strip.width * min(max(calm, steps // 3), steps * 7 // 8) // steps
    return strip.crop((0, 0, max(1, wide), strip.height))


def _blended(strip: Image.Image, length: int) -> list[Image.Image]:
    """What lies beyond the right edge of a strip: the edge's colours, which mix the more the further out.

    Whatever change of colour there is along the strip goes on, and slows down.
    """
    from PIL.Image import Resampling
    from PIL.ImageFilter import GaussianBlur

    height = strip.height
    edge = strip.crop((strip.width - 1, 0, strip.width, height))
    change = _change(strip, length)
    layers, places = [], []
    for number in range(_LAYERS + 1):
        share = (number / _LAYERS) ** 2
        blurred = edge.filter(GaussianBlur((0, round(share * min(2 * length, height)))))
        layers.append(_shifted(blurred, [round(most * share * (2 - share)) for most in change]))
        places.append(round(share * length))
    parts = []
    for number in range(_LAYERS):
        size = (places[number + 1] - places[number], height)
        if size[0]:
            pair = _side_by_side(layers[number : number + 2])
            parts.append(scaled(pair, size, Resampling.BILINEAR, (0.5, 0, 1.5, height)))
    return parts


def _change(strip: Image.Image, length: int) -> list[int]:
    """How much red, green and blue are to change over a length beyond the right edge of a strip."""
    from PIL.Image import Resampling

    if strip.width < 4:
        return [0, 0, 0]
    quarters = scaled(strip, (4, 1), Resampling.BOX).tobytes()
    steps = min(1.0, length / strip.width)
    changes = (steps * (quarters[9 + band] - quarters[6 + band]) for band in range(3))
    return [round(max(-_TREND, min(_TREND, change))) for change in changes]


def _shifted(image: Image.Image, added: list[int]) -> Image.Image:
    """A picture with something added to each of its channels."""
    levels = [*[0] * 255, *range(256), *[255] * 255]
    return image.point([level for more in added for level in levels[255 + more : 511 + more]])


def _side_by_side(parts: list[Image.Image]) -> Image.Image:
    from PIL import Image

    whole = Image.new("RGB", (sum(part.width for part in parts), parts[0].height), None)
    left = 0
    for part in parts:
        whole.paste(part, (left, 0))
        left += part.width
    return whole


def _fading(length: int, height: int) -> Image.Image:
    """A mask, mode L: 255 on the left and 0 on the right, slow at both ends."""
    from PIL import Image

    steps = range(1, 2 * length, 2)
    levels = bytes(255 * (2 * length - at) ** 2 * (2 * length + 2 * at) // (8 * length**3) for at in steps)
    return Image.frombytes("L", (length, 1), levels).resize((length, height), Image.Resampling.NEAREST)
