"""Divides a picture into its regions: connected areas of similar colour, each in a flat colour of its own.

The division is worked out on a small copy of at most 128 cells a side, a run of cells at a time, and its
outlines are smoothed on the way back to full size.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import compress, groupby
from typing import TYPE_CHECKING, NamedTuple

from segmind_mock.render.scaling import scaled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from PIL import Image

MOST_SEGMENTS = 48
LEAST_DISTANCE = 36
"""Of any two segments' colours, in units of RGB; those that touch are mostly given `_CLEAR` and more."""

_LONGEST = 128
"""Cells along the longer side of the small copy."""
_SMOOTHED = 1024
"""Pixels along the longer side up to which outlines are smoothed; beyond it, each of those becomes a block."""
_THINNEST = 16
"""Cells that a short side keeps, however long the other is."""
_SPECK = 0.003
"""Share of the picture below which a region is a speck."""
_ALIKE = 26
"""Colours nearer than this, in units of RGB, are one."""
_SOFT_STEP, _SOFT_RANGE = 7, 110
"""Neighbours that pass into each other by no more than the first from cell to cell, and differ by no more than the
second, are one: a gradient is no edge."""
_CLEAR = 130

_LIFTED = [round(255 * (level / 255) ** 0.7) for level in range(256)]
"""Shadows in more light: there an eye tells apart what lies close in RGB."""
_PALETTE = bytes.fromhex(
    "4d86bf ed953e 248c24 edcaa6 8c2463 a6d8ed 38388c ed828d "
    "18555c 94bf69 a84dbf edd15f ed3e3e 5feda6 5c3b25 eda6ed "
    "8282ed 8c7724 32b1bf bf6f4d 4ebf32 ed3e72 628c80 49405c "
    "dced3e ed3eed 185c1f 3eeddc 3eed72 3232bf ed3ea7 8c2424 "
    "95ed3e 953eed 8c626b 69bf94 95bf32 9d86bf bf699d 8c8c62 "
    "3eb9ed 794d8c 4b5c40 eda6c2 98ed82 ed82ed 3eed3e 326abf "
)


def segments(source: Image.Image) -> Image.Image:
    """The map of `source` (RGB, upright, from 1x1): mode P, same size, one flat colour for each segment.

    There are 1 to 48 segments. One of fewer than 3 in 1000 of the cells is a speck and joins its most similar
    neighbour, and so do colours within 26 units of RGB of each other. The same picture has the same map always.
    """
    from PIL import ImageFilter

    cells = _cells(source)
    # Single odd cells are not worth a region.
    calm = cells.filter(ImageFilter.MedianFilter(3))
    regions = _Regions(calm, _kinds(calm))
    regions.join_specks(_SPECK * cells.width * cells.height)
    regions.join_edges()
    regions.join_alike(_ALIKE, MOST_SEGMENTS)
    order = regions.living()
    outlines = _Outlines(regions.drawn(order), cells, [regions.colour(region) for region in order])
    result = outlines.drawn(source.size)
    result.putpalette(_colours(regions, order))
    return result


def _shrunk(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """`size` with its longer side at most `longest`, in the same shape but for what is very thin."""
    scale = min(1.0, longest / max(size))
    width, height = (max(round(side * scale), min(side, _THINNEST)) for side in size)
    return width, height


def _cells(source: Image.Image) -> Image.Image:
    """The small copy: each cell is the mean of its pixels, in more light."""
    from PIL import Image

    return scaled(source, _shrunk(source.size, _LONGEST), Image.Resampling.BOX).point(_LIFTED * 3)


def _kinds(cells: Image.Image) -> bytes:
    """For each cell the number of its colour: 0 is the most frequent, and no two colours are alike."""
    from PIL import Image, ImageFilter

    fine = cells.quantize(64, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    colours = fine.getpalette() or []
    counted = sorted(enumerate(fine.histogram()[: len(colours) // 3]), key=lambda entry: (-entry[1], entry[0]))
    leaders: list[tuple[int, int, int]] = []
    table = [0] * 256
    for slot, count in counted:
        if count:
            red, green, blue = colours[3 * slot : 3 * slot + 3]
            table[slot] = _nearest(leaders, (red, green, blue))
    grey = Image.frombytes("L", fine.size, fine.tobytes().translate(bytes(table)))
    # Where two kinds are equally frequent the filter takes the lower number: the blur along an edge loses.
    return grey.filter(ImageFilter.ModeFilter(3)).tobytes()


def _nearest(leaders: list[tuple[int, int, int]], colour: tuple[int, int, int]) -> int:
    """The number of the nearest leader; a colour that is like none becomes one."""
    ranked = [(_distance(colour, leader), number) for number, leader in enumerate(leaders)]
    if ranked and min(ranked)[0] < _ALIKE:
        return min(ranked)[1]
    leaders.append(colour)
    return len(leaders) - 1


def _distance(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Of two colours, in units of RGB."""
    red, green, blue = one[0] - other[0], one[1] - other[1], one[2] - other[2]
    return float((red * red + green * green + blue * blue) ** 0.5)


class _Run(NamedTuple):
    """Cells of one kind side by side in a row."""

    start: int
    """Number of its first cell in the picture."""
    end: int
    kind: int


def _runs(kinds: bytes, width: int) -> Iterator[list[_Run]]:
    """The runs of each row."""
    for row in range(0, len(kinds), width):
        runs, start = [], row
        for kind, cells in groupby(kinds[row : row + width]):
            end = start + len(list(cells))
            runs.append(_Run(start, end, kind))
            start = end
        yield runs


def _meetings(above: list[int], below: list[int], runs: list[_Run], width: int) -> Iterator[tuple[int, int, int, int]]:
    """Where runs of two rows touch: the numbers of both, and the first and last + 1 of the upper row's cells."""
    upper, lower = iter(above), iter(below)
    one, other = next(upper), next(lower)
    while True:
        start, end = runs[one].start, runs[one].end
        left, right = runs[other].start - width, runs[other].end - width
        yield one, other, max(start, left), min(end, right)
        if end == right == (start // width + 1) * width:
            return
        if end <= right:
            one = next(upper)
        if right <= end:
            other = next(lower)


def _steps(cells: Image.Image) -> tuple[bytes, bytes]:
    """By how much each cell differs from its right and from its lower neighbour, in the most different channel."""
    from PIL import ImageChops

    found = []
    for right, down in ((1, 0), (0, 1)):
        # The last column and row are compared with the first and never asked for.
        moved = ImageChops.offset(cells, -right, -down)
        red, green, blue = ImageChops.difference(cells, moved).split()
        found.append(ImageChops.lighter(ImageChops.lighter(red, green), blue).tobytes())
    return found[0], found[1]


class _Regions:
    """The regions of a picture, their colours and what each borders on; joined until they are few."""

    def __init__(self, cells: Image.Image, kinds: bytes) -> None:
        self._size = cells.size
        self._runs: list[_Run] = []
        self._parent: list[int] = []
        touches = self._read(kinds, *_steps(cells))
        self._area = [0] * len(self._runs)
        self._sums = [[0, 0, 0] for _ in self._runs]
        self._borders: list[dict[int, tuple[int, int]]] = [{} for _ in self._runs]
        """For each region: how long it borders on another, and the sum of the steps along that border."""
        channels = [channel.tobytes() for channel in cells.split()]
        for number, (start, end, _) in enumerate(self._runs):
            root = self._root(number)
            self._area[root] += end - start
            for index, channel in enumerate(channels):
                self._sums[root][index] += sum(channel[start:end])
        for one, other, length, step in touches:
            self._touch(self._root(one), self._root(other), length, step)

    def _read(self, kinds: bytes, right: bytes, down: bytes) -> list[tuple[int, int, int, int]]:
        """Connects runs of one kind; what is returned says where different kinds touch, how long and how steeply."""
        width = self._size[0]
        touches: list[tuple[int, int, int, int]] = []
        above: list[int] = []
        for row in _runs(kinds, width):
            first = len(self._runs)
            self._runs += row
            numbers = list(range(first, first + len(row)))
            self._parent += numbers
            touches += [(number - 1, number, 1, right[self._runs[number].start - 1]) for number in numbers[1:]]
            for one, other, start, end in _meetings(above, numbers, self._runs, width) if above else ():
                if self._runs[one].kind == self._runs[other].kind:
                    self._parent[self._root(other)] = self._root(one)
                else:
                    touches.append((one, other, end - start, sum(down[start:end])))
            above = numbers
        return touches

    def _root(self, number: int) -> int:
        parent = self._parent
        while parent[number] != number:
            parent[number] = number = parent[parent[number]]
        return number

    def _touch(self, one: int, other: int, length: int, step: int) -> None:
        known, steps = self._borders[one].get(other, (0, 0))
        self._borders[one][other] = self._borders[other][one] = (known + length, steps + step)

    def _join(self, gone: int, into: int) -> None:
        self._parent[gone] = into
        self._area[into] += self._area[gone]
        for channel in range(3):
            self._sums[into][channel] += self._sums[gone][channel]
        for neighbour, (length, step) in self._borders[gone].items():
            del self._borders[neighbour][gone]
            if neighbour != into:
                self._touch(into, neighbour, length, step)
        self._borders[gone] = {}

    def colour(self, region: int) -> tuple[float, ...]:
        """Its mean colour, 0 to 255 a channel."""
        return tuple(channel / self._area[region] for channel in self._sums[region])

    def neighbours(self, region: int) -> Iterable[int]:
        """The regions that it borders on."""
        return self._borders[region]

    def living(self) -> list[int]:
        """All regions that are not joined to another, the largest first."""
        roots = [number for number, parent in enumerate(self._parent) if number == parent]
        return sorted(roots, key=lambda region: (-self._area[region], region))

    def _likest(self, region: int) -> int:
        mine = self.colour(region)
        return min((_distance(mine, self.colour(other)), other) for other in self._borders[region])[1]

    def join_specks(self, least: float) -> None:
        """Joins each region of fewer than `least` cells to its most similar neighbour, the smallest first."""
        heap = [(self._area[region], region) for region in self.living() if self._area[region] < least]
        heapify(heap)
        while heap:
            area, region = heappop(heap)
            if area == self._area[region] and self._parent[region] == region and self._borders[region]:
                into = self._likest(region)
                self._join(region, into)
                if self._area[into] < least:
                    heappush(heap, (self._area[into], into))

    def join_edges(self) -> None:
        """Joins what is only the blur between two regions: thin, and of a colour between theirs."""
        for region in reversed(self.living()):
            borders = self._borders[region]
            around = sorted(borders, key=lambda other: (-borders[other][0], other))[:2]
            if len(around) == 2 and sum(length for length, _ in borders.values()) > 1.2 * self._area[region]:
                one, other = (self.colour(near) for near in around)
                mine = self.colour(region)
                if _distance(one, mine) + _distance(mine, other) < 1.2 * _distance(one, other):
                    self._join(region, self._likest(region))

    def _cost(self, one: int, other: int) -> float:
        """How unlike two neighbours are, 0 and up, in units of RGB; less where one passes softly into the other."""
        length, steps = self._borders[one][other]
        distance = _distance(self.colour(one), self.colour(other))
        return distance * _ALIKE / _SOFT_RANGE if steps <= _SOFT_STEP * length else distance

    def join_alike(self, enough: float, most: int) -> None:
        """Joins the most similar neighbours until all differ by `enough` and there are no more than `most`."""
        living = self.living()
        count = len(living)
        heap = [(self._cost(a, b), a, b) for a in living for b in self._borders[a] if a < b]
        heapify(heap)
        while heap and (heap[0][0] < enough or count > most):
            cost, one, other = heappop(heap)
            if other in self._borders[one] and cost == self._cost(one, other):
                self._join(other, one)
                count -= 1
                for near in self._borders[one]:
                    a, b = min(one, near), max(one, near)
                    heappush(heap, (self._cost(a, b), a, b))

    def drawn(self, order: list[int]) -> Image.Image:
        """The small copy with each cell's region as its place in `order`: mode L."""
        from PIL import Image

        place = {region: number for number, region in enumerate(order)}
        data = b"".join(bytes((place[self._root(n)],)) * (run.end - run.start) for n, run in enumerate(self._runs))
        return Image.frombytes("L", self._size, data)


class _Outlines:
    """The small copy's regions, brought to full size along the edges that its mixed cells tell of."""

    def __init__(self, labels: Image.Image, cells: Image.Image, colours: list[tuple[float, ...]]) -> None:
        from PIL import Image, ImageChops

        self._labels = labels
        self._count = len(colours)
        own, pixels = labels.tobytes(), cells.tobytes()
        other, covered = bytearray(own), bytearray(b"\xff" * len(own))
        for right, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            moved = labels.copy()
            moved.paste(labels, (right, down))
            near = moved.tobytes()
            for cell in compress(range(len(own)), ImageChops.difference(labels, moved).tobytes()):
                if other[cell] == own[cell]:
                    other[cell] = near[cell]
                    mixed = pixels[3 * cell : 3 * cell + 3]
                    covered[cell] = 255 - round(255 * _mixture(mixed, colours[own[cell]], colours[near[cell]]))
        self._others = Image.frombytes("L", labels.size, bytes(other))
        """For each cell another region that touches it, or its own."""
        self._covered = Image.frombytes("L", labels.size, bytes(covered))
        """How much of each cell is its own region's, 128 to 255; the rest is the other's."""

    def drawn(self, size: tuple[int, int]) -> Image.Image:
        """The regions' numbers at `size`: mode L."""
        from PIL import Image

        middle = _shrunk(size, _SMOOTHED)
        result = self._labels.resize(middle, Image.Resampling.NEAREST)
        if middle != self._labels.size:
            for number in range(self._count if self._count > 1 else 0):
                self._draw(result, number)
        return result if middle == size else result.resize(size, Image.Resampling.NEAREST)

    def _draw(self, result: Image.Image, number: int) -> None:
        """Draws one region where it covers half of the picture and more."""
        from PIL import Image, ImageChops

        only = [0] * number + [255] + [0] * (255 - number)
        mine = ImageChops.darker(self._labels.point(only), self._covered)
        rest = ImageChops.darker(self._others.point(only), ImageChops.invert(self._covered))
        mask = ImageChops.add(mine, rest)
        left, top, right, low = mask.getbbox() or (0, 0, 0, 0)
        across, down = result.width / mask.width, result.height / mask.height
        left, top = max(0, int((left - 1) * across)), max(0, int((top - 1) * down))
        right, low = min(result.width, int((right + 1) * across)), min(result.height, int((low + 1) * down))
        box = (left / across, top / down, min(right / across, mask.width), min(low / down, mask.height))
        soft = scaled(mask, (right - left, low - top), Image.Resampling.BILINEAR, box)
        result.paste(number, (left, top, right, low), soft.point([0] * 128 + [255] * 128))


def _mixture(mixed: bytes, own: tuple[float, ...], other: tuple[float, ...]) -> float:
    """How much of the other colour there is in a mixture of two, at most a half."""
    # Written out channel by channel: it is asked some thousand times for a picture.
    red, green, blue = other[0] - own[0], other[1] - own[1], other[2] - own[2]
    length = red * red + green * green + blue * blue
    along = (mixed[0] - own[0]) * red + (mixed[1] - own[1]) * green + (mixed[2] - own[2]) * blue
    return min(0.5, max(0.0, along / length)) if length else 0.0


def _colours(regions: _Regions, order: list[int]) -> bytes:
    """The palette: a colour for each region, clear of those of its neighbours."""
    free = [(_PALETTE[at], _PALETTE[at + 1], _PALETTE[at + 2]) for at in range(0, len(_PALETTE), 3)]
    given: dict[int, tuple[int, int, int]] = {}
    for region in order:
        near = [given[other] for other in regions.neighbours(region) if other in given]
        margins = [min((_distance(colour, other) for other in near), default=_CLEAR) for colour in free]
        clear = next((index for index, margin in enumerate(margins) if margin >= _CLEAR), margins.index(max(margins)))
        given[region] = free.pop(clear)
    return b"".join(bytes(given[region]) for region in order)
