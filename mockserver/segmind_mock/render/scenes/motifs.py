"""Things that stand in a land, on water or in the sky: trees, boats, balloons and so on. Each at a place in pixels."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi, sin, sqrt
from typing import TYPE_CHECKING

from segmind_mock.render.scenes import palette
from segmind_mock.render.scenes.moods import Thing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from segmind_mock.render.dice import Dice
    from segmind_mock.render.scenes.canvas import Canvas, Pixel
    from segmind_mock.render.scenes.composition import Composition

_NEAREST = palette.LAYERS - 1
_PINE = ((0.21, 0.0), (0.10, 0.40), (0.165, 0.38), (0.07, 0.70), (0.12, 0.68), (0.0, 1.0))
"""The outline of a pine from its foot up: half its width and its height at each corner, in heights of the tree."""

_SLICES = tuple(0.995 * sin(pi * step / 18) for step in range(-9, 10))
"""Where a ring is cut upright, in its radii from the middle."""

_PETALS = tuple((cos(2.0 * pi * petal / 5), sin(2.0 * pi * petal / 5)) for petal in range(5))


def pine(canvas: Canvas, x: float, y: float, height: float, slot: int) -> None:
    """A pine with its foot at `x`, `y`."""
    middle, foot = round(x), round(y)
    side = [(round(half * height), foot - round(up * height)) for half, up in _PINE]
    right = [(middle + half, row) for half, row in side]
    side.reverse()
    canvas.polygon(right + [(middle - half, row) for half, row in side], slot)


def round_tree(canvas: Canvas, x: float, y: float, height: float, slot: int) -> None:
    """A leafy tree with its foot at `x`, `y`."""
    trunk = max(1, round(height / 12))
    canvas.bar(round(x) - trunk // 2, round(y - 0.6 * height), round(x) - trunk // 2 + trunk, round(y), slot)
    canvas.oval(x, y - 0.66 * height, 0.27 * height, 0.34 * height, slot)


def grove(canvas: Canvas, scene: Composition, skyline: Sequence[Pixel], slot: int) -> None:
    """Trees in a few groups along a skyline whose points are evenly spread."""
    leafy = scene.land("leaves").chance(0.4) and not scene.shows(Thing.PINES)
    plant = round_tree if leafy else pine
    dice = scene.small("trees")
    middles = [dice.unit() for _ in range(3)]
    tallest = 0.15 if leafy else 0.17
    for tree in range(scene.more(6, 42)):
        x = middles[tree % 3] + dice.between(-0.11, 0.11)
        height = dice.between(0.06, tallest) * canvas.unit
        seat = min(len(skyline) - 1, max(0, round(x * (len(skyline) - 1))))
        plant(canvas, x * canvas.width, skyline[seat][1] + 0.014 * canvas.unit, height, slot)


def birds(canvas: Canvas, scene: Composition, slot: int) -> None:
    """A flock far away."""
    dice = scene.small("birds")
    x, y = dice.between(0.15, 0.85) * canvas.width, dice.between(0.15, 0.40) * canvas.height
    thick = max(1, int(canvas.unit) // 250)
    for _ in range(scene.more(4, 14)):
        at, up = round(x + dice.between(-0.14, 0.14) * canvas.unit), round(y + dice.between(-0.07, 0.07) * canvas.unit)
        span = max(1, round(dice.between(0.012, 0.022) * canvas.unit))
        canvas.line([(at - span, up - span // 2), (at, up), (at + span, up - span // 2)], slot, thick)


def balloons(canvas: Canvas, scene: Composition, count: int) -> None:
    """Balloons here and there in the sky."""
    for number in range(count):
        own = scene.own(f"balloon{number}")
        x, y = own.between(0.12, 0.88) * canvas.width, own.between(0.16, 0.40) * canvas.height
        balloon(canvas, x, y, own.between(0.03, 0.065) * canvas.unit)


def balloon(canvas: Canvas, x: float, y: float, radius: float) -> None:
    """A striped hot-air balloon; `x`, `y` is the middle of its envelope."""
    canvas.disc(x, y, radius, palette.ACCENT + 1)
    neck = [
        (round(x - 0.82 * radius), round(y + 0.58 * radius)),
        (round(x + 0.82 * radius), round(y + 0.58 * radius)),
        (round(x + 0.2 * radius), round(y + 1.5 * radius)),
        (round(x - 0.2 * radius), round(y + 1.5 * radius)),
    ]
    canvas.polygon(neck, palette.ACCENT + 1)
    canvas.oval(x, y, 0.42 * radius, radius, palette.ACCENT + 2)
    top, half = round(y + 1.62 * radius), max(1, round(0.2 * radius))
    canvas.bar(round(x) - half, top, round(x) + half, top + 2 * half, palette.ACCENT)


def boat(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A sailing boat on the water line `y`; `size` is its height."""
    left, right, keel = round(x - 0.40 * size), round(x + 0.46 * size), round(y)
    deck = round(y - 0.16 * size)
    hull = [(left, deck), (right, deck), (round(x + 0.28 * size), keel), (round(x - 0.28 * size), keel)]
    canvas.polygon(hull, palette.ACCENT)
    mast, top, foot = round(x), round(y - size), round(y - 0.22 * size)
    canvas.polygon([(mast, top), (mast, foot), (round(x + 0.40 * size), foot)], palette.SPARK)
    fore = round(x - 0.06 * size)
    jib = [(fore, round(y - 0.86 * size)), (fore, foot), (round(x - 0.34 * size), foot)]
    canvas.polygon(jib, palette.ACCENT + 1)


def flower(canvas: Canvas, x: float, y: float, stem: float, radius: float, slot: int) -> None:
    """A flower of five petals that grows at `x`, `y`; `stem` is its height."""
    thick = max(1, round(radius / 6))
    head = y - stem
    canvas.bar(round(x) - thick // 2, round(head), round(x) - thick // 2 + thick, round(y), palette.RIM + 4)
    leaf = round(y - 0.35 * stem)
    canvas.blunt(
        [(round(x), leaf), (round(x + radius), round(leaf - 0.9 * radius)), (round(x + 0.2 * radius), leaf - thick)],
        palette.RIM + 4,
    )
    for across, down in _PETALS:
        canvas.disc(x + 0.58 * radius * across, head + 0.58 * radius * down, 0.43 * radius, slot)
    canvas.disc(x, head, 0.34 * radius, palette.WINDOW)


def cactus(canvas: Canvas, x: float, y: float, height: float, slot: int) -> None:
    """A cactus with two arms, its foot at `x`, `y`."""
    thick = max(1, round(0.16 * height))
    at, foot, reach = round(x), round(y), round(0.30 * height)
    canvas.lozenge_up(at - thick // 2, round(y - height), foot, thick, slot)
    arm = max(1, round(0.7 * thick))
    for side, low, high in ((-1, 0.40, 0.78), (1, 0.52, 0.90)):
        elbow = round(y - low * height)
        outer = at + side * reach
        canvas.lozenge_up(outer - arm // 2, round(y - high * height), elbow, arm, slot)
        canvas.bar(min(at, outer - arm // 2), elbow - arm, max(at, outer - arm // 2 + arm), elbow, slot)


def lighthouse(canvas: Canvas, at: float, side: int, shore: float) -> None:
    """A striped tower on a rock at the left (`side` -1) or the right."""
    width, height, unit = canvas.width, canvas.height, min(canvas.unit, 1.2 * canvas.height)
    x = at * width if side < 0 else (1.0 - at) * width
    wall = 0 if side < 0 else width
    rock = round((shore + 0.14) * height)
    tip = x - side * 0.22 * unit
    cliff = [
        (wall, rock - round(0.05 * unit)),
        (round(x), rock),
        (round(x - side * 0.08 * unit), rock + round(0.02 * unit)),
        (round(tip), rock + round(0.16 * unit)),
        (round(tip - side * 0.10 * unit), height),
        (wall, height),
    ]
    canvas.blunt(cliff, palette.BODY + _NEAREST)
    tall, foot, head = 0.36 * unit, 0.048 * unit, 0.032 * unit
    for stripe in range(5):
        low, high = stripe / 5, (stripe + 1) / 5
        below, above = foot + (head - foot) * low, foot + (head - foot) * high
        y0, y1 = rock - round(tall * low) + (4 if stripe == 0 else 0), rock - round(tall * high)
        corners = [(round(x - below), y0), (round(x + below), y0), (round(x + above), y1), (round(x - above), y1)]
        canvas.polygon(corners, palette.SPARK if stripe % 2 else palette.ACCENT + 1)
    top, room = rock - round(tall), round(0.05 * unit)
    left, right = round(x - 0.026 * unit), round(x + 0.026 * unit)
    canvas.bar(left, top - room, right, top, palette.WINDOW)
    roof = [(left - room // 4, top - room), (right + room // 4, top - room), (round(x), top - 2 * room)]
    canvas.polygon(roof, palette.ACCENT)


def house(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A house with a gable, its door at `x`, `y`; `size` is its height with the chimney."""
    left, right, foot = round(x - 0.62 * size), round(x + 0.62 * size), round(y)
    eaves, ridge, over = round(y - 0.50 * size), round(y - 0.93 * size), round(0.09 * size)
    flue = round(x + 0.30 * size)
    canvas.bar(flue, round(y - size), flue + max(1, round(0.15 * size)), eaves, palette.ACCENT)
    canvas.bar(left, eaves, right, foot, palette.SPARK)
    peak = max(1, round(0.36 * size))
    canvas.polygon(
        [(left - over, eaves), (round(x) - peak, ridge), (round(x) + peak, ridge), (right + over, eaves)],
        palette.ACCENT + 1,
    )
    door, pane = max(1, round(0.11 * size)), max(1, round(0.10 * size))
    canvas.bar(round(x) - door, foot - round(0.36 * size), round(x) + door, foot, palette.BODY + _NEAREST)
    for at in (round(x - 0.37 * size), round(x + 0.37 * size)):
        canvas.bar(at - pane, foot - round(0.37 * size), at + pane, foot - round(0.17 * size), palette.WINDOW)
        canvas.bar(at, foot - round(0.37 * size), at + max(1, pane // 6), foot - round(0.17 * size), palette.ACCENT)


def camel(canvas: Canvas, x: float, y: float, size: float, slot: int) -> None:
    """A camel that looks to the right, between its feet `x`, `y`; `size` is its height."""
    foot, leg = round(y), max(1, round(0.075 * size))
    for at in (-0.42, -0.27, 0.17, 0.32):
        left = round(x + at * size)
        canvas.bar(left, round(y - 0.5 * size), left + leg, foot, slot)
    canvas.oval(x, y - 0.53 * size, 0.48 * size, 0.17 * size, slot)
    canvas.oval(x - 0.03 * size, y - 0.68 * size, 0.17 * size, 0.20 * size, slot)
    thick = 0.11 * size
    neck = [(0.34, 0.56), (0.62, 0.52), (0.68, 0.88)]
    spine = [(round(x + across * size), round(y - up * size)) for across, up in neck]
    canvas.polygon([*spine, *((px - max(1, round(thick)), py) for px, py in reversed(spine[1:]))], slot)
    canvas.lozenge(round(x + 0.56 * size), round(y - size), round(x + 0.92 * size), round(y - 0.85 * size), slot)
    tail = round(x - 0.48 * size)
    canvas.bar(tail, round(y - 0.56 * size), tail + max(1, leg // 2), round(y - 0.28 * size), slot)


def rocket(canvas: Canvas, x: float, y: float, size: float) -> None:
    """A rocket that flies upwards; `x`, `y` is its middle, `size` its height with the flame."""
    size /= 1.2
    y -= 0.1 * size
    half, tail = 0.19 * size, round(y + 0.40 * size)
    canvas.oval(x, y + 0.46 * size, 0.5 * half, 0.24 * size, palette.WINDOW)
    for side in (-half, half):
        root = round(x + 0.5 * side)
        fin = [(root, round(y)), (round(x + 2.0 * side), round(y + 0.5 * size)), (root, tail)]
        canvas.blunt(fin, palette.ACCENT + 1)
    box = round(x - half), round(y - 0.5 * size), round(x + half), tail
    canvas.oval((box[0] + box[2]) / 2, y, half, 0.5 * size, palette.SPARK)
    canvas.bar(round(x - 0.55 * half), tail - round(0.02 * size), round(x + 0.55 * half) + 1, tail, palette.ACCENT)
    canvas.disc(x, y - 0.12 * size, 0.5 * half, palette.ACCENT)
    canvas.disc(x, y - 0.12 * size, 0.32 * half, palette.WATER)


def planet(canvas: Canvas, dice: Dice, disc: tuple[float, float, float], *, ringed: bool) -> None:
    """A banded disc, in shade on its left; its ring passes before it and behind it."""
    x, y, radius = disc
    tilt = dice.between(0.10, 0.22) * radius
    if ringed:
        _ring(canvas, disc, tilt, -1)
    canvas.disc(x, y, radius, palette.ACCENT + 1)
    edges, row = [], y - radius
    while row < y + radius:
        edges.append(round(row))
        row += dice.between(0.10, 0.32) * radius
    canvas.slabs(x, y, radius, [*edges, round(y + radius) + 1], [palette.ACCENT + 1, palette.ACCENT + 2] * len(edges))
    canvas.crescent(x, y, -radius, 0.55, palette.ACCENT)
    if ringed:
        _ring(canvas, disc, tilt, 1)


def _ring(canvas: Canvas, disc: tuple[float, float, float], tilt: float, side: int) -> None:
    """The half of a ring that is before (`side` 1) or behind the planet, leaning to one side.

    It is drawn in upright slices: about a corner between two slanting sides Pillow's versions disagree.
    """
    x, y, radius = disc
    for outer, inner, slot in ((2.0, 1.7, palette.SPARK), (1.6, 1.4, palette.CLOUD)):
        slices = []
        for across in _SLICES:
            middle, deep = y - tilt * outer * across, side * 0.26 * outer * radius
            far, near = sqrt(1.0 - across * across), sqrt(max(0.0, (inner / outer) ** 2 - across * across))
            column = round(x + outer * radius * across)
            edge = round(middle + deep * near)
            thick = max(1, round(abs(deep) * (far - near)))
            slices.append(((column, edge + side * thick), (column, edge)))
        for (start, below), (end, under) in pairwise(slices):
            canvas.polygon([start, end, under, below], slot)
