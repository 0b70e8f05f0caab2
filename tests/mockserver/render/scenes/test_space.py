"""Space: planets, stars and a ground."""

from __future__ import annotations

import pytest

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import palette, space
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import Composition, compose


def scene(number: int, prompt: str = "noon", steps: float = 0.0) -> Composition:
    """One of many compositions."""
    return compose(bytes([number]) * 16, 0, prompt, Dials(steps=steps))


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("size", [(160, 160), (400, 60), (60, 400)])
def test_planets(number: int, size: tuple[int, int]) -> None:
    """There are a planet with a shaded side, stars, and ground to stand on."""
    canvas = Canvas(*size)
    space.planets(canvas, scene(number, "night"))
    slots = canvas.image.histogram()
    assert slots[palette.ACCENT] > 20
    assert slots[palette.ACCENT + 1] > 40
    assert slots[palette.SPARK] > 10
    assert slots[palette.BODY + 4] > size[0] * size[1] / 50


def test_rings() -> None:
    """Some planets have rings, and some have none."""
    ringed = []
    for number in range(12):
        canvas = Canvas(160, 160)
        space.planets(canvas, scene(number, "night"))
        ringed.append(canvas.image.histogram()[palette.SPARK] > 250)
    assert 0 < sum(ringed) < 12
