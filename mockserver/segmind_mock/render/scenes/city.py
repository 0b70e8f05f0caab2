"""Cities: rows of towers, the nearest with lit windows, some at the water."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmind_mock.render.scenes import palette, sky, waters

if TYPE_CHECKING:
    from segmind_mock.render.dice import Dice
    from segmind_mock.render.scenes.canvas import Canvas
    from segmind_mock.render.scenes.composition import Composition

_MOST = 160
"""Towers side by side, at most: a sheet of one row has no need of thousands."""


def skyline(canvas: Canvas, scene: Composition) -> None:
    """Three rows of towers before the sky, with a river before them in some families."""
    land = scene.land("land")
    shore = land.between(0.80, 0.88) if land.chance(0.45) or waters.asked(scene) else 1.0
    tall = land.between(0.34, 0.52)
    sky.paint(canvas, scene, 0.66)
    ground = round(shore * canvas.height)
    middle = scene.own("downtown").unit()
    for row, (layer, share) in enumerate(((0, 1.0), (2, 0.82), (5, 0.6))):
        dice, lit = scene.own(f"towers{row}"), (0, scene.more(0, 25), scene.more(20, 55))[row]
        _row(canvas, dice, scene.small(f"windows{row}") if lit else None, (ground, tall * share, middle, layer, lit))
    if shore < 1.0:
        waters.lake(canvas, scene, shore)


def _row(canvas: Canvas, dice: Dice, lights: Dice | None, look: tuple[int, float, float, int, int]) -> None:
    """Towers side by side, higher towards the middle of the town; `lights` chooses the lit windows."""
    ground, tall, middle, layer, lit = look
    x = -dice.between(0.0, 0.06) * canvas.unit
    while x < canvas.width:
        wide = max(dice.between(0.06, 0.13) * canvas.unit, canvas.width / _MOST)
        centre = 1.0 - 0.6 * abs((x + wide / 2) / canvas.width - middle)
        top = ground - round(
            canvas.height * tall * centre * dice.between(0.45, 1.0) + 0.16 * canvas.height * (5 - layer) / 5
        )
        left, right = round(x), round(x + wide) - (1 if layer == 5 else 0)
        canvas.bar(left, top, right, ground, palette.BODY + layer)
        _roof(canvas, dice, (left, top, right), palette.BODY + layer)
        if lights is not None:
            _windows(canvas, lights, (left, top, right, ground), lit, layer)
        x += wide * dice.between(0.97, 1.16)


def _roof(canvas: Canvas, dice: Dice, edge: tuple[int, int, int], slot: int) -> None:
    """A spire, a step, a slope, or nothing."""
    left, top, right = edge
    wide, middle, choice = right - left, (left + right) // 2, dice.below(6)
    if choice == 0:
        canvas.bar(middle, top - wide, middle + max(1, wide // 14), top, slot)
        canvas.bar(middle - wide // 4, top - wide // 5, middle + wide // 4, top, slot)
    elif choice == 1:
        canvas.bar(left + wide // 4, top - wide // 3, right - wide // 4, top, slot)
    elif choice == 2:
        canvas.polygon([(left, top), (right - 1, top), (right - 1, top - wide // 2)], slot)
    elif choice == 3:
        canvas.polygon([(left, top), (right - 1, top), (middle, top - wide * 2 // 3)], slot)


def _windows(canvas: Canvas, dice: Dice, wall: tuple[int, int, int, int], lit: int, layer: int) -> None:
    """Windows in columns; `lit` of a hundred are lit."""
    left, top, right, ground = wall
    cell = max(2, int(canvas.unit) // 52)
    wide, high = max(1, cell // 2), max(1, cell * 3 // 5)
    columns = (right - left - wide) // cell
    if columns < 1:
        return
    start = left + (right - left - (columns - 1) * cell - wide) // 2
    slot = palette.WINDOW if layer == 5 else palette.RIM + 1
    rows = range(top + cell, ground - cell, cell + cell // 3)
    lights, share, corners = iter(dice.units(len(rows) * columns)), lit / 100, []
    for y in rows:
        for x in range(start, start + columns * cell, cell):
            if next(lights) < share:
                corners.append((x, y))
    canvas.panes(corners, wide, high, slot)
