"""Skies: bands or rings of colour, the glow round sun or moon, stars, clouds and northern lights."""

from __future__ import annotations

from math import pi, sin
from typing import TYPE_CHECKING

from segmind_mock.render.scenes import palette
from segmind_mock.render.scenes.moods import Thing

if TYPE_CHECKING:
    from segmind_mock.render.scenes.canvas import Canvas
    from segmind_mock.render.scenes.composition import Composition

_HALO = ((2, 3.2), (4, 2.3), (6, 1.5))
"""How much lighter the sky is within how many radii of the orb."""


def paint(canvas: Canvas, scene: Composition, bottom: float = 0.60) -> None:
    """The whole sky, over all the sheet; its last band begins a little above `bottom`, a share of the height."""
    if scene.halo:
        _rings(canvas, scene)
    else:
        _bands(canvas, scene, bottom)
    if scene.aurora:
        _curtains(canvas, scene)
    if scene.theme.night or scene.shows(Thing.STARS):
        stars(canvas, scene, canvas.height * bottom)
    if scene.theme.night or scene.shows(Thing.SUN, Thing.MOON):
        # A cloud before a crescent would be a riddle, and before what is asked for a pity.
        clouds(canvas, scene)
        orb(canvas, scene)
    else:
        orb(canvas, scene)
        clouds(canvas, scene)


def _bands(canvas: Canvas, scene: Composition, bottom: float) -> None:
    """Level bands from the top of the sky to the horizon, lighter round the orb."""
    count = scene.more(10, 28)
    dice = scene.small("light")
    bend, swell = dice.between(0.75, 1.3), dice.between(0.8, 1.3)
    last = round(canvas.height * bottom)
    edges = [round(last * (band / count) ** bend) for band in range(count)] + [canvas.height]
    x, y, radius = scene.orb.x * canvas.width, scene.orb.y * canvas.height, scene.orb.radius * canvas.unit
    levels = [band * palette.HORIZON // (count - 1) for band in range(count)]
    for level, top, end in zip(levels, edges, edges[1:], strict=False):
        canvas.bar(0, top, canvas.width, end, level)
    # Below the last band the land begins, and light on it would not be seen.
    edges[-1] = last + canvas.height // 16
    for lift, reach in _HALO:
        canvas.slabs(x, y, radius * (1.0 + (reach - 1.0) * swell), edges, [level + lift for level in levels])


def _rings(canvas: Canvas, scene: Composition) -> None:
    """Rings round the orb, darker with the distance."""
    count = scene.more(7, 20)
    x, y = scene.orb.x * canvas.width, scene.orb.y * canvas.height
    dice = scene.small("light")
    bend, least = dice.between(0.75, 1.4), dice.between(1.25, 1.8) * scene.orb.radius * canvas.unit
    most = 0.95 * max(canvas.unit, min(canvas.width, canvas.height))
    canvas.bar(0, 0, canvas.width, canvas.height, 5)
    for ring in range(count):
        share = 1.0 - ring / (count - 1)
        canvas.disc(x, y, least + (most - least) * share**bend, palette.GLOW - 2 - round(25 * share))


def _curtains(canvas: Canvas, scene: Composition) -> None:
    """Northern lights: hanging ribbons, bright at their lower hem."""
    dice = scene.own("aurora")
    columns = 18
    for ribbon in range(2):
        y, height = dice.between(0.16, 0.40), dice.between(0.10, 0.22)
        slow, quick, start = dice.between(3.0, 6.0), dice.between(7.0, 12.0), dice.between(0.0, 2.0 * pi)
        hem = [
            (
                canvas.width * i // columns,
                canvas.height * (y + 0.06 * sin(slow * i / columns + start) + 0.02 * sin(quick * i / columns + start)),
            )
            for i in range(columns + 1)
        ]
        tall = canvas.height * height
        for share, slot in ((1.0, 12), (0.55, 18), (0.22, 25)):
            top = [
                (x, round(low - tall * share * (0.7 + 0.3 * sin(x * 9.0 / canvas.width + ribbon)))) for x, low in hem
            ]
            canvas.polygon(top + [(x, round(low)) for x, low in reversed(hem)], slot)


def stars(canvas: Canvas, scene: Composition, bottom: float) -> None:
    """Stars down to the row `bottom`, fewer towards it; every ninth is a bright one."""
    dice = scene.small("stars")
    size = 1 + int(canvas.unit) // 400
    units, width = iter(dice.units(2 * scene.more(28, 150))), canvas.width
    points = [(int(x * width), int(bottom * (0.02 + y * y))) for x, y in zip(units, units, strict=True)]
    canvas.panes(points, size, size, palette.SPARK)
    canvas.panes(points[::9], 2 * size, 2 * size, palette.SPARK)


def orb(canvas: Canvas, scene: Composition) -> None:
    """Sun or moon."""
    seat = scene.orb
    x, y, radius = seat.x * canvas.width, seat.y * canvas.height, seat.radius * canvas.unit
    if seat.phase <= -1.0:
        canvas.disc(x, y, radius, palette.ORB)
    else:
        canvas.crescent(x, y, radius, seat.phase, palette.ORB)
    if scene.shows(Thing.SUN) and scene.shows(Thing.MOON):
        other = seat.x + (0.4 if seat.x < 0.5 else -0.4)
        canvas.crescent(other * canvas.width, 0.2 * canvas.height, 0.06 * canvas.unit, 0.4, palette.ORB)


def clouds(canvas: Canvas, scene: Composition) -> None:
    """Flat clouds of two or three lozenges on one another."""
    dice = scene.small("clouds")
    night = scene.theme.night
    count, high = scene.more(2, 4) if night else scene.more(3, 7), dice.between(0.06, 0.20)
    for _ in range(count):
        x, y = dice.unit() * canvas.width, dice.between(high, high + 0.18) * canvas.height
        span, height = dice.between(0.10, 0.22) * canvas.unit, max(1, round(dice.between(0.026, 0.042) * canvas.unit))
        lean = dice.between(-0.3, 0.3)
        low = round(y)
        for puff in range(2 + dice.below(2)):
            half = span * (1.0 - 0.32 * puff)
            middle = x + lean * span * puff
            foot = low - puff * height * 4 // 5
            slot = palette.CLOUD if puff else palette.CLOUD + 1
            canvas.lozenge(round(middle - half), foot - height, round(middle + half), foot, slot)
