"""What a prompt names and the kind of scene does not show of itself: drawn before everything else, to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segmind_mock.render.scenes import lands, motifs, palette
from segmind_mock.render.scenes.moods import Kind, Thing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from segmind_mock.render.scenes.canvas import Canvas, Pixel
    from segmind_mock.render.scenes.composition import Composition

    Painter = Callable[[Canvas, Composition], None]

_NEAREST = palette.BODY + palette.LAYERS - 1
_WOODED = {Thing.TREES, Thing.PINES}
_OWN = {
    Kind.HILLS: _WOODED,
    Kind.MOUNTAINS: _WOODED,
    Kind.FOREST: _WOODED,
    Kind.DUNES: {Thing.CACTI},
    Kind.MEADOW: {Thing.FLOWERS},
    Kind.SEA: {Thing.LIGHTHOUSE},
    Kind.SPACE: {Thing.PLANET, Thing.RINGS},
}
"""What the painters of these kinds see to themselves."""


def paint(canvas: Canvas, scene: Composition) -> None:
    """All that is left to be drawn of what the prompt names: in the sky first, then on the ground."""
    left = scene.things - _OWN.get(scene.kind, set())
    if left:
        _all(canvas, scene, left, _ABOVE)
        if not left.isdisjoint(_BELOW):
            canvas.land(_bank(canvas, scene), canvas.height, _NEAREST)
            _all(canvas, scene, left, _BELOW)


def _bank(canvas: Canvas, scene: Composition) -> list[Pixel]:
    """A ground before everything else, for what cannot stand on water or streets."""
    return lands.rolling(canvas, scene.own("bank"), 0.92, 0.02)


def _all(canvas: Canvas, scene: Composition, things: frozenset[Thing], painters: Mapping[Thing, Painter]) -> None:
    # In the order of the table: a set's differs from process to process.
    for thing, painter in painters.items():
        if thing in things:
            painter(canvas, scene)


def _planet(canvas: Canvas, scene: Composition) -> None:
    """High up, on the other side than the sun or moon."""
    dice = scene.own("planet")
    x = scene.orb.x + (0.4 if scene.orb.x < 0.5 else -0.4)
    disc = (x * canvas.width, dice.between(0.14, 0.22) * canvas.height, dice.between(0.06, 0.09) * canvas.unit)
    motifs.planet(canvas, dice, disc, ringed=dice.chance(0.6) or scene.shows(Thing.RINGS))


def _balloons(canvas: Canvas, scene: Composition) -> None:
    motifs.balloons(canvas, scene, 2 + scene.land("balloons").below(2))


def _birds(canvas: Canvas, scene: Composition) -> None:
    motifs.birds(canvas, scene, palette.SPARK if scene.theme.night else _NEAREST)


def _rocket(canvas: Canvas, scene: Composition) -> None:
    dice = scene.own("rocket")
    # Near the sun or moon: the great planet of space is on the other side.
    x = min(0.84, max(0.16, scene.orb.x + dice.between(-0.12, 0.12))) * canvas.width
    y = dice.between(0.42, 0.58) * canvas.height
    motifs.rocket(canvas, x, y, dice.between(0.20, 0.29) * min(canvas.unit, canvas.height))


def _lighthouse(canvas: Canvas, scene: Composition) -> None:
    dice = scene.own("lighthouse")
    motifs.lighthouse(canvas, dice.between(0.10, 0.24), 1 if dice.chance(0.5) else -1, 0.6)


def _trees(canvas: Canvas, scene: Composition) -> None:
    motifs.grove(canvas, scene, _bank(canvas, scene), _NEAREST)


def _house(canvas: Canvas, scene: Composition) -> None:
    dice = scene.own("house")
    size = dice.between(0.12, 0.17) * min(canvas.unit, canvas.height)
    motifs.house(canvas, dice.between(0.2, 0.8) * canvas.width, dice.between(0.94, 0.97) * canvas.height, size)


def _camels(canvas: Canvas, scene: Composition) -> None:
    """A small caravan, one behind the other."""
    dice = scene.small("camels")
    x, y, size = dice.between(0.12, 0.36), 0.935 * canvas.height, 0.19 * min(canvas.unit, canvas.height)
    for camel in range(3):
        at = x * canvas.width + (1.35 * camel + dice.between(0.0, 0.2)) * size
        motifs.camel(canvas, at, y, size * dice.between(0.85, 1.0), _NEAREST)


def _flowers(canvas: Canvas, scene: Composition) -> None:
    lands.flowers(canvas, scene, 0.06)


_ABOVE: Mapping[Thing, Painter] = {
    Thing.PLANET: _planet,
    Thing.RINGS: _planet,
    Thing.BALLOONS: _balloons,
    Thing.BIRDS: _birds,
    Thing.ROCKET: _rocket,
    Thing.LIGHTHOUSE: _lighthouse,
}
_BELOW: Mapping[Thing, Painter] = {
    Thing.TREES: _trees,
    Thing.PINES: _trees,
    Thing.HOUSE: _house,
    Thing.CAMELS: _camels,
    Thing.CACTI: lands.cacti,
    Thing.FLOWERS: _flowers,
}
