"""Lands: hills, mountains, dunes, forests and meadows under a sky."""

from __future__ import annotations

from math import pi, sin
from typing import TYPE_CHECKING

from segmind_mock.render.scenes import motifs, palette, sky, waters
from segmind_mock.render.scenes.moods import Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from segmind_mock.render.dice import Dice
    from segmind_mock.render.scenes.canvas import Canvas, Pixel
    from segmind_mock.render.scenes.composition import Composition

    Painter = Callable[[Canvas, Composition], None]

_COLUMNS = 24
_TURN = 2.0 * pi
_NEAREST = palette.LAYERS - 1


def rolling(canvas: Canvas, dice: Dice, y: float, swing: float) -> list[Pixel]:
    """A soft skyline round `y`: two waves on one another; `y` and `swing` are shares of the height."""
    slow, slow_at = _TURN * dice.between(0.6, 1.4) / _COLUMNS, _TURN * dice.unit()
    quick, quick_at = _TURN * dice.between(1.7, 3.4) / _COLUMNS, _TURN * dice.unit()
    width, middle = canvas.width, y * canvas.height
    large, little = 0.68 * swing * canvas.height, 0.32 * swing * canvas.height
    return [
        (width * i // _COLUMNS, round(middle - large * sin(slow * i + slow_at) - little * sin(quick * i + quick_at)))
        for i in range(_COLUMNS + 1)
    ]


def _hill(canvas: Canvas, skyline: Sequence[Pixel], floor: int, layer: int) -> None:
    """A range with a thin lit edge."""
    edge = max(1, int(canvas.unit) // 130)
    base = max(y for _, y in skyline)
    canvas.land(skyline, base + edge, palette.RIM + layer)
    canvas.land([(x, y + edge) for x, y in skyline], floor, palette.BODY + layer)


def _foreground(canvas: Canvas, scene: Composition) -> None:
    """The nearest hill with its trees."""
    dice = scene.own("near")
    skyline = rolling(canvas, dice, dice.between(0.86, 0.91), dice.between(0.03, 0.06))
    motifs.grove(canvas, scene, skyline, palette.BODY + _NEAREST)
    canvas.land(skyline, canvas.height, palette.BODY + _NEAREST)


def _extras(canvas: Canvas, scene: Composition) -> None:
    """Birds or balloons in the sky of some families."""
    dice = scene.land("extras")
    choice = dice.unit()
    if choice < 0.35 and not scene.theme.night:
        motifs.balloons(canvas, scene, 1 + dice.below(3))
    elif choice < 0.65:
        motifs.birds(canvas, scene, palette.BODY + _NEAREST)


def hills(canvas: Canvas, scene: Composition) -> None:
    """Rolling hills, with a lake before them in some families."""
    land, own = scene.land("land"), scene.own("land")
    shore = land.between(0.70, 0.77) if land.chance(0.3) or waters.asked(scene) else None
    count = 2 + land.below(3)
    top, bottom = land.between(0.46, 0.58), 0.84 if shore is None else shore - 0.03
    sky.paint(canvas, scene, top + 0.06)
    _extras(canvas, scene)
    for i in range(count):
        skyline = rolling(canvas, own, top + (bottom - top) * i / count, own.between(0.03, 0.08))
        floor = canvas.height if shore is None else round(shore * canvas.height)
        _hill(canvas, skyline, floor, i * _NEAREST // count)
    if shore is not None:
        waters.lake(canvas, scene, shore)
    _foreground(canvas, scene)


def mountains(canvas: Canvas, scene: Composition) -> None:
    """Two ranges of straight-edged peaks, a lake or a hill, and the nearest hill."""
    land, own = scene.land("land"), scene.own("land")
    shore = land.between(0.72, 0.78) if land.chance(0.5) or waters.asked(scene) else None
    top, count, tall = land.between(0.50, 0.58), 3 + land.below(3), land.between(0.16, 0.28)
    snow = land.chance(0.5) or scene.shows(Thing.SNOW)
    foot = round((0.80 if shore is None else shore) * canvas.height)
    sky.paint(canvas, scene, top)
    _extras(canvas, scene)
    peaks(canvas, own, (top, tall, count), (foot, 1, snow))
    peaks(canvas, own, (top + 0.11, 0.6 * tall, count + 1), (foot, 2, False))
    if shore is not None:
        waters.lake(canvas, scene, shore)
    else:
        _hill(canvas, rolling(canvas, own, 0.78, 0.05), canvas.height, 3)
    _foreground(canvas, scene)


def peaks(canvas: Canvas, dice: Dice, shape: tuple[float, float, int], look: tuple[int, int, bool]) -> None:
    """A range of peaks whose right-hand sides are lit.

    `shape` is its foot and its height, as shares of the height, and the number of peaks; `look` the row it
    ends at, its layer, and whether there is snow on it.
    """
    y, tall, count = shape
    floor, layer, snow = look
    width, height, step = canvas.width, canvas.height, 1.0 / count
    skyline = [(round(-0.6 * step * width), round(y * height))]
    facets = []
    for i in range(count + 1):
        peak = (step * (i + dice.between(-0.2, 0.2)), y - tall * dice.between(0.35, 1.0))
        valley = (step * (i + dice.between(0.42, 0.58)), y + dice.between(-0.02, 0.02))
        points = [(round(px * width), round(py * height)) for px, py in (peak, valley)]
        skyline += points
        facets.append((points[0], points[1], dice.between(0.05, 0.4), dice.between(-0.1, 0.25)))
    canvas.land(skyline, floor, palette.BODY + layer)
    for i, (peak_at, valley_at, lean, bend) in enumerate(facets):
        _facet(canvas, skyline[2 * i], peak_at, valley_at, (lean, bend, layer, snow))


def _facet(canvas: Canvas, before: Pixel, peak: Pixel, valley: Pixel, look: tuple[float, float, int, bool]) -> None:
    """The lit side of a peak: down the skyline to the valley, back along the foot, up a bent spine."""
    lean, bend, layer, snow = look
    reach, drop = valley[0] - peak[0], valley[1] - peak[1]
    foot = (peak[0] + round(reach * lean), valley[1] + drop // 4)
    spine = (peak[0] + round(reach * bend), peak[1] + drop // 2)
    canvas.blunt([peak, valley, foot, spine], palette.RIM + layer)
    if snow:
        cap = 0.32
        left = (round(peak[0] + (before[0] - peak[0]) * cap), round(peak[1] + (before[1] - peak[1]) * cap))
        right = (round(peak[0] + reach * cap), round(peak[1] + drop * cap))
        canvas.blunt([peak, right, left], palette.CLOUD)


def dunes(canvas: Canvas, scene: Composition) -> None:
    """Dunes with a lit and a shaded side, and cacti."""
    land, own = scene.land("land"), scene.own("land")
    count, top = 3 + land.below(2), land.between(0.50, 0.60)
    sky.paint(canvas, scene, top + 0.04)
    _extras(canvas, scene)
    side = 1 if land.chance(0.5) else -1
    for i in range(count):
        share = i / (count - 1)
        _dune(canvas, own, top + (0.86 - top) * share, (0 if i == 0 else 1 + i * 4 // count, side))
    if scene.shows(Thing.CACTI) or not scene.shows(Thing.CAMELS):
        cacti(canvas, scene)
    pebbles = scene.small("pebbles")
    size = max(1, int(canvas.unit) // 130)
    for _ in range(scene.more(12, 70)):
        x0, y0 = round(pebbles.unit() * canvas.width), round(pebbles.between(0.86, 1.0) * canvas.height)
        canvas.bar(x0, y0, x0 + 3 * size, y0 + size, palette.BODY + 5)


def cacti(canvas: Canvas, scene: Composition) -> None:
    """Cacti in the foreground."""
    dice = scene.small("cacti")
    for _ in range(scene.more(3, 12)):
        depth = dice.unit()
        x, y = dice.unit() * canvas.width, (0.80 + 0.19 * depth) * canvas.height
        motifs.cactus(canvas, x, y, (0.07 + 0.09 * depth + dice.between(0.0, 0.04)) * canvas.unit, palette.BODY + 5)


def _dune(canvas: Canvas, dice: Dice, y: float, look: tuple[int, int]) -> None:
    """One crest over the whole width; from it a winding edge runs down between light and shade."""
    layer, side = look
    width, height = canvas.width, canvas.height
    crest, rise = dice.between(0.25, 0.75), dice.between(0.05, 0.13)
    bumps, at = dice.between(4.0, 8.0), dice.between(0.0, _TURN)
    skyline = []
    for i in range(_COLUMNS + 1):
        x = i / _COLUMNS
        away = (x - crest) / (1.1 if x > crest else 0.9)
        skyline.append(
            (
                width * i // _COLUMNS,
                round(height * (y - rise / (1.0 + 14.0 * away * away) + 0.008 * sin(bumps * x + at))),
            )
        )
    canvas.land(skyline, height, palette.BODY + layer)
    peak = min(range(_COLUMNS + 1), key=lambda i: skyline[i][1])
    top, bottom = skyline[peak], height
    sway, drift = 0.10 * width, dice.between(-0.25, 0.25) * width
    edge = [
        (round(top[0] + drift * s / 8 + sway * sin(_TURN * s / 8)), round(top[1] + (bottom - top[1]) * (s / 8) ** 1.3))
        for s in range(1, 9)
    ]
    lit = skyline[: peak + 1] if side < 0 else skyline[: peak - 1 if peak else None : -1]
    canvas.blunt([*lit, *edge, ((0 if side < 0 else width), bottom)], palette.RIM + layer)


def forest(canvas: Canvas, scene: Composition) -> None:
    """Rows of pines in haze, and a few great ones near by."""
    land, own = scene.land("land"), scene.own("land")
    top = land.between(0.40, 0.50)
    trunks = land.chance(0.4) and not scene.shows(Thing.PINES)
    sky.paint(canvas, scene, top + 0.14)
    for row in range(3):
        _row(
            canvas, scene.small(f"row{row}"), top + 0.15 * row, (row + (1 if row else 0), scene.more(12, 30) - 2 * row)
        )
    if waters.asked(scene):
        waters.lake(canvas, scene, 0.76)
    floor = rolling(canvas, own, 0.88, 0.03)
    canvas.land(floor, canvas.height, palette.BODY + 4)
    near = scene.own("great")
    for tree in range(3 + land.below(2)):
        x = ((tree + near.between(0.1, 0.9)) / 4 + 0.05) * canvas.width
        if trunks:
            thick = round(near.between(0.035, 0.08) * canvas.unit)
            _trunk(canvas, near, round(x), max(1, thick))
        else:
            y = (0.93 + 0.1 * near.unit()) * canvas.height
            motifs.pine(canvas, x, y, near.between(0.45, 0.85) * min(canvas.height, canvas.unit), palette.BODY + 5)
    skyline = rolling(canvas, own, 0.95, 0.02)
    motifs.grove(canvas, scene, skyline, palette.BODY + 5)
    canvas.land(skyline, canvas.height, palette.BODY + 5)


def _row(canvas: Canvas, dice: Dice, y: float, look: tuple[int, int]) -> None:
    """Pines side by side, with a ground below them."""
    layer, count = look
    slot = palette.BODY + layer
    ground = round((y + 0.09) * canvas.height)
    canvas.bar(0, ground, canvas.width, canvas.height, slot)
    for tree in range(count):
        x = (tree + dice.between(-0.3, 1.3)) / count * canvas.width
        tall = dice.between(0.12, 0.26) * (0.8 + 0.2 * layer) * canvas.unit
        half, foot = round(0.24 * tall), ground + round(0.04 * canvas.unit)
        canvas.polygon([(round(x) - half, foot), (round(x) + half, foot), (round(x), foot - round(tall))], slot)


def _trunk(canvas: Canvas, dice: Dice, x: int, thick: int) -> None:
    """A bare trunk from top to bottom with a lit side and a few branches."""
    canvas.bar(x, 0, x + thick, canvas.height, palette.BODY + 5)
    canvas.bar(x + thick - max(1, thick // 4), 0, x + thick, canvas.height, palette.RIM + 4)
    for side in (-1, 1, -1):
        y = round(dice.between(0.08, 0.55) * canvas.height)
        reach = round(dice.between(0.05, 0.14) * canvas.unit)
        base = x if side < 0 else x + thick
        canvas.blunt(
            [(base, y), (base + side * reach, y - reach // 2), (base, y + max(1, thick // 3))], palette.BODY + 5
        )


def meadow(canvas: Canvas, scene: Composition) -> None:
    """Low hills behind a foreground of flowers."""
    land, own = scene.land("land"), scene.own("land")
    top = land.between(0.50, 0.58)
    sky.paint(canvas, scene, top + 0.06)
    _extras(canvas, scene)
    for i, layer in enumerate((0, 1, 3)):
        _hill(canvas, rolling(canvas, own, top + 0.11 * i, own.between(0.02, 0.06)), canvas.height, layer)
    if waters.asked(scene):
        waters.lake(canvas, scene, 0.74)
    ground = rolling(canvas, own, 0.87, 0.03)
    canvas.land(ground, canvas.height, palette.BODY + 5)
    flowers(canvas, scene, land.between(0.055, 0.085))


def flowers(canvas: Canvas, scene: Composition, largest: float) -> None:
    """Flowers along the lower edge, the nearest last; `largest` is a radius in units."""
    dice = scene.small("flowers")
    blossoms = [(dice.unit(), dice.unit(), dice.unit(), dice.below(3)) for _ in range(scene.more(7, 22))]
    for x, depth, size, colour in sorted(blossoms, key=lambda blossom: blossom[1]):
        radius = (0.35 + 0.35 * depth + 0.3 * size) * largest * canvas.unit
        y = (0.90 + 0.12 * depth) * canvas.height
        stem = (0.10 + 0.16 * size) * min(canvas.height, canvas.unit)
        motifs.flower(
            canvas, x * canvas.width, y, stem, radius, (palette.ACCENT + 1, palette.ACCENT + 2, palette.SPARK)[colour]
        )
