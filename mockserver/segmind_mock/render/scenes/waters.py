"""Water: lakes before mountains, and the sea with islands, boats and a lighthouse."""

from __future__ import annotations

from math import pi, sin
from typing import TYPE_CHECKING

from segmind_mock.render.scenes import motifs, palette, sky
from segmind_mock.render.scenes.moods import Kind, Thing

if TYPE_CHECKING:
    from segmind_mock.render.scenes.canvas import Canvas
    from segmind_mock.render.scenes.composition import Composition

_NEAREST = palette.LAYERS - 1


def lake(canvas: Canvas, scene: Composition, shore: float) -> None:
    """Water from `shore`, a share of the height, to the bottom, with the orb's light on it."""
    top = round(shore * canvas.height)
    rows = canvas.height - top
    bend = scene.small("depths").between(1.1, 1.8)
    edges = [top + round(rows * (depth / palette.DEPTHS) ** bend) for depth in range(palette.DEPTHS)]
    for depth, edge in enumerate(edges):
        canvas.bar(0, edge, canvas.width, canvas.height, palette.WATER + depth)
    _waves(canvas, scene, top)
    _glints(canvas, scene, top)
    if scene.shows(Thing.BOATS) and scene.kind is not Kind.SEA:
        fleet(canvas, scene, 2, shore)


def asked(scene: Composition) -> bool:
    """Whether the prompt names water, or what floats on it."""
    return scene.shows(Thing.WATER, Thing.BOATS)


def _waves(canvas: Canvas, scene: Composition, top: int) -> None:
    dice = scene.small("waves")
    rows, thick = canvas.height - top, max(1, int(canvas.unit) // 220)
    for _ in range(scene.more(11, 90)):
        depth, across, size, choice = dice.units(4)
        x, y = round(across * canvas.width), top + round(rows * (0.03 + 0.97 * depth))
        half = round((0.02 + 0.07 * depth) * canvas.unit * (0.5 + 0.5 * size))
        tone = int(palette.DEPTHS * depth**0.7)
        slot = palette.WATER + (max(0, tone - 2) if choice < 0.6 else min(palette.DEPTHS - 1, tone + 1))
        canvas.bar(x - half, y, x + half, y + thick, slot)


def _glints(canvas: Canvas, scene: Composition, top: int) -> None:
    """A broken column of light below the orb, wider as it comes nearer."""
    dice, orb = scene.small("glints"), scene.orb
    rows, thick = canvas.height - top, max(1, int(canvas.unit) // 170)
    for _ in range(scene.more(10, 44)):
        depth, offset = dice.unit(), dice.between(-1.0, 1.0)
        spread = (0.4 + depth) * orb.radius * canvas.unit
        x, y = round(orb.x * canvas.width + offset * spread), top + round(rows * (0.02 + 0.9 * depth))
        half = round(0.6 * spread * (1.2 - abs(offset)))
        canvas.bar(x - half, y, x + half, y + thick, palette.SPARK)


def sea(canvas: Canvas, scene: Composition) -> None:
    """Open water to the horizon, with islands and boats, and a lighthouse on its rock in some families."""
    land, own = scene.land("land"), scene.own("land")
    shore = land.between(0.52, 0.64)
    sky.paint(canvas, scene, shore + 0.04)
    for island in range(1 + land.below(3)):
        _island(canvas, scene, shore, island)
    lake(canvas, scene, shore)
    beacon, side = land.chance(0.5) or scene.shows(Thing.LIGHTHOUSE), 1 if land.chance(0.5) else -1
    fleet(canvas, scene, 1 + land.below(2), shore)
    if beacon:
        motifs.lighthouse(canvas, own.between(0.10, 0.24), side, shore)
    if scene.land("extras").chance(0.6):
        motifs.birds(canvas, scene, palette.BODY + _NEAREST)


def fleet(canvas: Canvas, scene: Composition, count: int, shore: float) -> None:
    """Boats on the water below `shore`, a share of the height: `count` of them without detail."""
    dice = scene.small("boats")
    for boat in range(count + scene.more(0, 4)):
        depth = (boat + dice.unit()) / 6
        x, y = dice.between(0.1, 0.9) * canvas.width, (shore + 0.04 + (0.86 - shore) * depth) * canvas.height
        motifs.boat(canvas, x, y, (0.08 + 0.22 * depth) * canvas.unit)


def _island(canvas: Canvas, scene: Composition, shore: float, number: int) -> None:
    """A hump on the horizon."""
    dice = scene.own(f"island{number}")
    middle, half = dice.unit(), dice.between(0.08, 0.26) * canvas.unit
    if scene.shows(Thing.ISLANDS):
        middle, half = 0.2 + 0.6 * middle, 1.25 * half
    tall, twist = dice.between(0.03, 0.12) * canvas.unit, dice.between(0.0, pi)
    base = round(shore * canvas.height)
    x = middle * canvas.width
    points = [
        (
            round(x + half * (i / 7 - 1.0)),
            base - round(tall * sin(pi * i / 14) * (0.75 + 0.25 * sin(5.0 * i / 7 + twist))),
        )
        for i in range(15)
    ]
    canvas.polygon([*points, (points[-1][0], base + 1), (points[0][0], base + 1)], palette.BODY + number)
