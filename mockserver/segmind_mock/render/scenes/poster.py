"""Posters: arches on a ground, and tiles of quarter circles. Shapes and colours alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmind_mock.render.scenes import palette, sky

if TYPE_CHECKING:
    from segmind_mock.render.scenes.canvas import Canvas
    from segmind_mock.render.scenes.composition import Composition

_ARCH_SLOTS = (
    palette.BODY + 5,
    palette.ACCENT + 1,
    palette.BODY + 2,
    palette.SPARK,
    palette.ACCENT,
    palette.RIM + 1,
    palette.BODY + 4,
    palette.ACCENT + 2,
)
_TILE_SLOTS = (0, 10, 18, 26, palette.ORB, palette.BODY + 2, palette.BODY + 5, palette.ACCENT + 1, palette.ACCENT + 2)


def arches(canvas: Canvas, scene: Composition) -> None:
    """A few rainbows of bold stripes that stand on a ground, before a sky with a sun."""
    land, own = scene.land("land"), scene.own("land")
    sky.paint(canvas, scene, land.between(0.7, 0.95))
    ground = round(land.between(0.80, 0.90) * canvas.height)
    count = 2 + land.below(2)
    start, stripes = land.below(len(_ARCH_SLOTS)), 3 + land.below(3)
    for arch in range(count):
        radius = land.between(0.26, 0.46) * (1.0 - 0.18 * arch) * min(canvas.unit, 1.3 * canvas.height)
        x = (arch + own.between(0.15, 0.85)) / count * canvas.width
        _arch(canvas, (round(x), ground), radius, (stripes + scene.more(0, 4), start + 3 * arch))
    canvas.bar(0, ground, canvas.width, canvas.height, palette.BODY + 5)
    canvas.bar(0, ground, canvas.width, ground + max(1, int(canvas.unit) // 60), palette.ACCENT + 2)
    _confetti(canvas, scene, ground)


def _arch(canvas: Canvas, foot: tuple[int, int], radius: float, look: tuple[int, int]) -> None:
    """Half discs inside one another, drawn as whole ones: the ground covers the rest."""
    stripes, start = look
    for stripe in range(stripes):
        reach = radius * (1.0 - stripe / (stripes + 0.6))
        canvas.arch(foot, reach, _ARCH_SLOTS[(start + stripe) % len(_ARCH_SLOTS)])


def _confetti(canvas: Canvas, scene: Composition, ground: int) -> None:
    """Dots and dashes on the ground."""
    dice = scene.small("confetti")
    rows = canvas.height - ground
    for _ in range(scene.more(14, 60)):
        x, y = dice.unit() * canvas.width, ground + dice.between(0.3, 0.95) * rows
        size = dice.between(0.006, 0.013) * canvas.unit
        slot = _ARCH_SLOTS[1 + dice.below(7)]
        if dice.chance(0.5):
            canvas.disc(x, y, size, slot)
        else:
            canvas.lozenge(
                round(x - 2.5 * size), round(y - 0.7 * size), round(x + 2.5 * size), round(y + 0.7 * size), slot
            )


def tiles(canvas: Canvas, scene: Composition) -> None:
    """A grid of squares, each with a quarter circle, a disc, a half or a leaf in it."""
    land, own = scene.land("land"), scene.own("tiles")
    # Never more than sixty-four in a row, however lopsided the sheet is.
    side = max(canvas.unit / (3 + land.below(3)), max(canvas.width, canvas.height) / 64)
    across, down = max(1, round(canvas.width / side)), max(1, round(canvas.height / side))
    colours = _choice(scene)
    for row in range(down):
        top, bottom = canvas.height * row // down, canvas.height * (row + 1) // down
        for column in range(across):
            left, right = canvas.width * column // across, canvas.width * (column + 1) // across
            ground = own.below(len(colours))
            figure = (ground + 1 + own.below(len(colours) - 1)) % len(colours)
            canvas.bar(left, top, right, bottom, colours[ground])
            _figure(canvas, own.below(7), (left, top, right, bottom), (colours[figure], colours[ground]))
    _dots(canvas, scene)


def _choice(scene: Composition) -> list[int]:
    """Six different slots of those that go together."""
    dice, left = scene.land("colours"), list(_TILE_SLOTS)
    return [left.pop(dice.below(len(left))) for _ in range(6)]


def _figure(canvas: Canvas, kind: int, tile: tuple[int, int, int, int], slots: tuple[int, int]) -> None:
    left, top, right, bottom = tile
    wide, high = right - left - 1, bottom - top - 1
    figure, ground = slots
    corners = (
        (left, top, wide, high),
        (right - 1, top, -wide, high),
        (right - 1, bottom - 1, -wide, -high),
        (left, bottom - 1, wide, -high),
    )
    if kind < 4:
        x, y, across, down = corners[kind]
        canvas.quarter(x, y, across, down, figure)
        canvas.quarter(x, y, across // 2, down // 2, ground)
    elif kind == 4:
        canvas.oval((left + right - 1) / 2, (top + bottom - 1) / 2, 0.42 * wide, 0.42 * high, figure)
    elif kind == 5:
        canvas.quarter(*corners[0], figure)
        canvas.polygon([(right - 1, bottom - 1), (left, bottom - 1), (right - 1, top)], figure)
    else:
        canvas.polygon([(left, bottom - 1), (right - 1, bottom - 1), (right - 1, top)], figure)


def _dots(canvas: Canvas, scene: Composition) -> None:
    """Light and dark dots strewn over the tiles."""
    dice = scene.small("dots")
    for dot in range(scene.more(9, 99)):
        x, y, size = dice.units(3)
        slot = palette.BODY + 5 if dot % 3 == 2 else palette.SPARK
        canvas.disc(x * canvas.width, y * canvas.height, (0.010 + 0.019 * size) * canvas.unit, slot)
