"""What is in a picture and where, as values: decided by a digest, before anything is drawn.

Positions are shares of the width (x, from the left) and of the height (y, from the top); lengths called
`radius` or `span` are shares of the shorter side, so that a circle stays a circle at any shape.
"""

from dataclasses import dataclass
from math import pi, sin

from segmind_mock.render.dice import Dice
from segmind_mock.render.palette import LAYERS

Point = tuple[float, float]

_STEPS = 40
_TURN = 2.0 * pi


@dataclass(frozen=True, slots=True, kw_only=True)
class Orb:
    """Sun or moon; `phase` runs from -1, a full disc, over 0, half of one, to 1, the thinnest crescent."""

    x: float
    y: float
    radius: float
    phase: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cloud:
    """Two or three flat lozenges on one another: `x`, `y` of the lowest, its half `span` and its `height`."""

    x: float
    y: float
    span: float
    height: float
    puffs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """One range of hills: its colour `layer`, its skyline from the left, and the lit sides of its peaks."""

    layer: int
    ridge: tuple[Point, ...]
    facets: tuple[tuple[Point, Point, Point, Point], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """A pine: the middle of its foot and its height (a share of the shorter side)."""

    x: float
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A whole picture. `water` is the y of a lake's far shore, or None; it lies behind the nearest range."""

    orb: Orb
    stars: tuple[Point, ...]
    clouds: tuple[Cloud, ...]
    ranges: tuple[Range, ...]
    water: float | None
    glints: tuple[Point, ...]
    trees: tuple[Tree, ...]


def compose(digest: bytes, *, night: bool) -> Composition:
    """The composition that `digest` (at least 16 bytes) decides; stars and a crescent only at `night`."""
    land = Dice(digest, "land")
    water = land.between(0.70, 0.78) if land.chance(0.35) else None
    ranges = _ranges(land, water)
    return Composition(
        orb=_orb(Dice(digest, "orb"), night),
        stars=_stars(Dice(digest, "stars")) if night else (),
        clouds=_clouds(Dice(digest, "clouds"), night),
        ranges=ranges,
        water=water,
        glints=_glints(Dice(digest, "glints")) if water else (),
        trees=_trees(Dice(digest, "trees"), ranges[-1]),
    )


def _orb(dice: Dice, night: bool) -> Orb:
    return Orb(
        x=dice.between(0.18, 0.82),
        y=dice.between(0.14, 0.32) if night else dice.between(0.16, 0.46),
        radius=dice.between(0.06, 0.13),
        phase=dice.between(0.25, 0.75) if night and dice.chance(0.6) else -1.0,
    )


def _stars(dice: Dice) -> tuple[Point, ...]:
    # Squared, so that they thin out towards the horizon.
    return tuple((dice.unit(), 0.015 + 0.6 * dice.unit() ** 2) for _ in range(28 + dice.below(24)))


def _clouds(dice: Dice, night: bool) -> tuple[Cloud, ...]:
    count = dice.below(2) if night else dice.below(5)
    return tuple(
        Cloud(
            x=dice.unit(),
            y=dice.between(0.10, 0.38),
            span=dice.between(0.10, 0.24),
            height=dice.between(0.025, 0.045),
            puffs=2 + dice.below(2),
        )
        for _ in range(count)
    )


def _ranges(dice: Dice, water: float | None) -> tuple[Range, ...]:
    """From the farthest to the nearest; with water all but the nearest stand on its far shore."""
    count = 3 + dice.below(3)
    top = dice.between(0.48, 0.60)
    bottom = 0.86 if water is None else water - 0.04
    peaked = dice.chance(0.55)
    far = [
        _range(dice, layer=_layer(i, count), y=top + (bottom - top) * i / (count - 1), peaked=peaked and i < 2)
        for i in range(count - 1)
    ]
    near = _range(dice, layer=LAYERS - 1, y=dice.between(0.86, 0.92), peaked=False)
    return (*far, near)


def _layer(i: int, count: int) -> int:
    return i * (LAYERS - 1) // (count - 1)


def _range(dice: Dice, *, layer: int, y: float, peaked: bool) -> Range:
    if peaked:
        return _mountains(dice, layer, y)
    return Range(layer=layer, ridge=_rolling(dice, y, dice.between(0.03, 0.075)), facets=())


def _rolling(dice: Dice, y: float, swing: float) -> tuple[Point, ...]:
    """Three waves on one another, none longer than the picture is wide."""
    slow, slow_at = _TURN * dice.between(0.5, 1.3), _TURN * dice.unit()
    middle, middle_at = _TURN * dice.between(1.4, 2.6), _TURN * dice.unit()
    quick, quick_at = _TURN * dice.between(3.0, 4.6), _TURN * dice.unit()
    return tuple(
        (
            x,
            y
            - swing
            * (0.62 * sin(slow * x + slow_at) + 0.28 * sin(middle * x + middle_at) + 0.10 * sin(quick * x + quick_at)),
        )
        for x in _XS
    )


_XS = tuple(i / _STEPS for i in range(_STEPS + 1))


def _mountains(dice: Dice, layer: int, y: float) -> Range:
    """Straight-edged peaks with valleys between; the side away from the left is the lit one."""
    count = 3 + dice.below(4)
    step = 1.0 / count
    ridge: list[Point] = [(-0.5 * step, y)]
    facets = []
    for i in range(count + 1):
        peak = (step * (i + dice.between(-0.2, 0.2)), y - dice.between(0.05, 0.21))
        valley = (step * (i + dice.between(0.40, 0.60)), y + dice.between(-0.03, 0.02))
        ridge += (peak, valley)
        facets.append(_facet(dice, peak, valley))
    return Range(layer=layer, ridge=tuple(ridge), facets=tuple(facets))


def _facet(dice: Dice, peak: Point, valley: Point) -> tuple[Point, Point, Point, Point]:
    """The right-hand side of a peak: down the skyline to the valley, back along the foot, up a bent spine."""
    drop = valley[1] - peak[1]
    reach = valley[0] - peak[0]
    foot = (peak[0] + reach * dice.between(0.05, 0.35), valley[1] + 0.25 * drop)
    bend = (peak[0] + reach * dice.between(-0.10, 0.25), peak[1] + drop * dice.between(0.35, 0.60))
    return peak, valley, foot, bend


def _glints(dice: Dice) -> tuple[Point, ...]:
    """Where light breaks on the water: offset from the orb (-1 to 1), depth from the far shore (0 to 1)."""
    return tuple((dice.between(-1.0, 1.0), dice.unit()) for _ in range(9 + dice.below(6)))


def _trees(dice: Dice, near: Range) -> tuple[Tree, ...]:
    """A few groves along the nearest skyline, or none."""
    if dice.chance(0.4):
        return ()
    groves = [dice.unit() for _ in range(1 + dice.below(3))]
    return tuple(
        Tree(x=x, y=_height_at(near.ridge, x) + 0.012, height=dice.between(0.05, 0.13))
        for grove in groves
        for x in (grove + dice.between(-0.09, 0.09) for _ in range(3 + dice.below(4)))
    )


def _height_at(ridge: tuple[Point, ...], x: float) -> float:
    return ridge[min(_STEPS, max(0, round(x * _STEPS)))][1]
