"""Space: planets over a cratered ground, under many stars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmind_mock.render.scenes import lands, motifs, palette, sky
from segmind_mock.render.scenes.moods import Thing

if TYPE_CHECKING:
    from segmind_mock.render.scenes.canvas import Canvas
    from segmind_mock.render.scenes.composition import Composition


def planets(canvas: Canvas, scene: Composition) -> None:
    """A great planet, ringed in some families, a small one, and a ground to stand on."""
    land, own = scene.land("land"), scene.own("land")
    size, ringed, rocky = land.between(0.17, 0.27), land.chance(0.6), land.chance(0.6)
    sky.paint(canvas, scene, 0.9)
    x = scene.orb.x + (0.42 if scene.orb.x < 0.5 else -0.42) * own.between(0.8, 1.0)
    y = own.between(0.36, 0.56)
    short = min(canvas.unit, 1.2 * canvas.height)
    motifs.planet(
        canvas, own, (x * canvas.width, y * canvas.height, size * short), ringed=ringed or scene.shows(Thing.RINGS)
    )
    moon = scene.small("moon")
    at = (moon.unit() * canvas.width, moon.between(0.1, 0.6) * canvas.height, moon.between(0.035, 0.06) * canvas.unit)
    canvas.disc(*at, palette.ACCENT)
    canvas.crescent(*at, -0.4, palette.ACCENT + 1)
    if rocky:
        lands.peaks(canvas, own, (0.86, 0.16, 4), (canvas.height, 2, False))
    ground = lands.rolling(canvas, own, 0.86, 0.03)
    canvas.land(ground, canvas.height, palette.BODY + 4)
    _craters(canvas, scene)


def _craters(canvas: Canvas, scene: Composition) -> None:
    """Flat holes in the ground, with a lit far edge."""
    dice = scene.small("craters")
    for _ in range(scene.more(6, 30)):
        depth = dice.unit()
        x, y = dice.unit() * canvas.width, (0.90 + 0.10 * depth) * canvas.height
        half = dice.between(0.02, 0.05) * (0.6 + depth) * canvas.unit
        canvas.oval(x, y, half, 0.28 * half, palette.RIM + 3)
        canvas.oval(x, y + 0.06 * half, 0.9 * half, 0.2 * half, palette.BODY + 5)
