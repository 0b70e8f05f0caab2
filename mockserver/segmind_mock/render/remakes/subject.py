"""Finds the subject of a picture: the box round what stands out from its surroundings.

What the four edges of a picture show is taken for its background. Drawn across from left to right, and again from
top to bottom, the edges say what a place would look like were nothing there; a place that looks like neither
belongs to the subject. Skies, floors and horizons are thereby no subject, however strong their colours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmind_mock.render.remakes.framing import Box
from segmind_mock.render.scaling import scaled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

LONGEST = 96
"""The longest side in pixels at which a picture is looked at."""
NOTHING: Box = (0.3, 0.3, 0.7, 0.7)
"""The subject of a picture in which nothing stands out."""
LARGEST = 0.9
"""The most of a side that a subject takes: where everything stands out, the outermost does not count."""

_FAINTEST = 14
"""Differences up to this, of 255, are never part of a subject."""
_SLIGHTEST = 1 / 7
"""An area with less than this share of the weightiest one's weight is an ornament and no part of the subject."""
_HELD = 0.9
"""The share of what stands out that the box holds at least, on each axis."""
_TAIL = 0.1
"""A line with more than this share of the box's average is still part of the subject."""
_RIM = 1.25
"""Pixels of the small picture that the box is widened by: an edge may lie between two."""


def subject(source: Image.Image) -> Box:
    """Left, top, right and bottom of the subject of an RGB picture, in shares of its sides."""
    from PIL import ImageChops

    light = _standing_out(_small(source))
    light = ImageChops.multiply(light, _prominent(light))
    width, height = light.size
    data = light.tobytes()
    columns = [sum(data[x::width]) for x in range(width)]
    rows = [sum(data[y * width : (y + 1) * width]) for y in range(height)]
    if sum(rows) < 255:
        return NOTHING
    left, right = _stretch(columns)
    top, bottom = _stretch(rows)
    return (left, top, right, bottom)


def _small(source: Image.Image) -> Image.Image:
    from PIL.Image import Resampling

    longest = max(source.size)
    width, height = (max(1, round(side * min(1.0, LONGEST / longest))) for side in source.size)
    if longest > 16 * LONGEST:
        # Every tenth pixel of a huge picture is enough, and a twentieth of the work.
        source = source.resize((min(source.width, 8 * width), min(source.height, 8 * height)), Resampling.NEAREST)
    return scaled(source, (width, height), Resampling.BOX)


def _standing_out(small: Image.Image) -> Image.Image:
    """How much each place differs from its surroundings, mode L; 0 for the background."""
    from PIL import ImageChops
    from PIL.Image import Transpose

    turned = _difference(small.transpose(Transpose.TRANSPOSE)).transpose(Transpose.TRANSPOSE)
    light = ImageChops.darker(_difference(small), turned)
    strongest = max(level for level, count in enumerate(light.histogram()) if count)
    faintest = max(_FAINTEST, strongest // 5)
    return light.point([0] * (faintest + 1) + [level - faintest for level in range(faintest + 1, 256)])


def _difference(small: Image.Image) -> Image.Image:
    """How much each place differs from what its row shows at its two ends, mode L."""
    from PIL import Image, ImageChops

    width, height = small.size
    strip = max(1, width // 24)
    ends = Image.new("RGB", (2, height))
    for place, left in enumerate((0, width - strip)):
        end = small.resize((1, height), Image.Resampling.BOX, box=(left, 0, left + strip, height))
        ends.paste(end, (place, 0))
    # From the middle of one end to the middle of the other, every column between is a mixture of both.
    ground = ends.resize((width, height), Image.Resampling.BILINEAR, box=(0.5, 0, 1.5, height))
    red, green, blue = ImageChops.difference(small, ground).split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def _prominent(light: Image.Image) -> Image.Image:
    """A mask of the parts of a subject, 255 or 0: connected areas, but for those that weigh next to nothing."""
    from PIL import Image

    width, height = ((side + 1) // 2 for side in light.size)
    # A column and a row of nothing on the far sides spare each cell the question whether it has neighbours.
    framed = Image.new("L", (width + 1, height + 1))
    framed.paste(scaled(light, (width, height), Image.Resampling.BOX), (0, 0))
    cells = framed.tobytes()
    areas = _areas(cells, width + 1)
    weights = [sum(cells[cell] for cell in area) for area in areas]
    mask = bytearray(len(cells))
    for area, weight in zip(areas, weights, strict=True):
        if weight >= _SLIGHTEST * max(weights):
            for cell in area:
                mask[cell] = 255
    kept = Image.frombytes("L", framed.size, bytes(mask)).crop((0, 0, width, height))
    return kept.resize(light.size, Image.Resampling.NEAREST)


def _areas(cells: bytes, width: int) -> list[list[int]]:
    """The connected cells that are not 0; the last of each `width` cells and the last `width` cells are 0."""
    waiting = bytearray(cells)
    areas = []
    for start in range(len(waiting)):
        if waiting[start]:
            waiting[start] = 0
            area = [start]
            for cell in area:
                for beside in (cell - 1, cell + 1, cell - width, cell + width):
                    if waiting[beside]:
                        waiting[beside] = 0
                        area.append(beside)
            areas.append(area)
    return areas


def _stretch(sums: Sequence[int]) -> tuple[float, float]:
    """The shortest run of lines that holds most of a sum, and what adjoins it, as shares of all lines."""
    first, last = _shortest(sums, _HELD * sum(sums))
    enough = _TAIL * sum(sums[first:last]) / (last - first)
    while first > 0 and sums[first - 1] > enough:
        first -= 1
    while last < len(sums) and sums[last] > enough:
        last += 1
    low, high = max(0.0, first - _RIM), min(float(len(sums)), last + _RIM)
    excess = max(0.0, high - low - LARGEST * len(sums)) / 2
    return (low + excess) / len(sums), (high - excess) / len(sums)


def _shortest(sums: Sequence[int], wanted: float) -> tuple[int, int]:
    """First line, and first line behind, of the shortest run whose sum is at least `wanted`."""
    best, first, held = (0, len(sums)), 0, 0
    for last, value in enumerate(sums, start=1):
        held += value
        while held - sums[first] >= wanted:
            held -= sums[first]
            first += 1
        if held >= wanted and last - first < best[1] - best[0]:
            best = (first, last)
    return best
