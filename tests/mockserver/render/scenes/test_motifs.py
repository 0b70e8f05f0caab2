"""Motifs: each thing stands where it is put and is as large as it is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import motifs, palette
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import compose

if TYPE_CHECKING:
    from collections.abc import Callable

THINGS: dict[str, Callable[[Canvas, float], None]] = {
    "pine": lambda canvas, size: motifs.pine(canvas, 100, 180, size, 7),
    "round_tree": lambda canvas, size: motifs.round_tree(canvas, 100, 180, size, 7),
    "boat": lambda canvas, size: motifs.boat(canvas, 100, 180, size),
    "flower": lambda canvas, size: motifs.flower(canvas, 100, 180, 0.8 * size, 0.2 * size, 7),
    "cactus": lambda canvas, size: motifs.cactus(canvas, 100, 180, size, 7),
    "house": lambda canvas, size: motifs.house(canvas, 100, 180, size),
    "rocket": lambda canvas, size: motifs.rocket(canvas, 100, 180 - size / 2, size),
    "camel": lambda canvas, size: motifs.camel(canvas, 100 - size / 5, 180, size, 7),
}


@pytest.mark.parametrize("name", THINGS)
def test_place(name: str) -> None:
    """A thing stands on its foot, is as high as it is told, and spreads evenly to both sides."""
    canvas = Canvas(200, 200)
    THINGS[name](canvas, 100.0)
    box = canvas.image.getbbox()
    assert box is not None
    left, top, right, bottom = box
    assert abs(top - 80) <= 6
    assert abs(bottom - 181) <= 2
    assert abs((left + right) / 2 - 100) <= 8


@pytest.mark.parametrize("name", THINGS)
def test_tiny(name: str) -> None:
    """The smallest thing is still a pixel or two, and no larger than that."""
    canvas = Canvas(200, 200)
    THINGS[name](canvas, 1.0)
    assert 1 <= 200 * 200 - canvas.image.histogram()[0] <= 12


def test_balloon() -> None:
    """A balloon hangs round the middle of its envelope, its basket below."""
    canvas = Canvas(200, 200)
    motifs.balloon(canvas, 100, 80, 40)
    assert canvas.image.getbbox() == (60, 40, 141, 161)


def test_grove() -> None:
    """Trees stand on the skyline, and more of them with more detail."""
    areas = []
    for steps in (0.0, 1.0):
        canvas = Canvas(200, 200)
        skyline = [(20 * i, 150) for i in range(11)]
        motifs.grove(canvas, compose(bytes(16), 0, "noon", Dials(steps=steps)), skyline, 7)
        box = canvas.image.getbbox()
        assert box is not None
        assert box[1] > 100
        assert box[3] <= 155
        areas.append(canvas.image.histogram()[7])
    assert 200 < areas[0] < 0.8 * areas[1]


def test_birds() -> None:
    """A flock is made of a few small marks in the upper part of the sky."""
    canvas = Canvas(200, 200)
    motifs.birds(canvas, compose(bytes(16), 0, "noon", Dials()), palette.BODY)
    assert 8 <= canvas.image.histogram()[palette.BODY] <= 200
    box = canvas.image.getbbox()
    assert box is not None
    assert box[3] < 110
