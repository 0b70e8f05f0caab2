"""Cities: towers from wall to wall, and light in the windows."""

from __future__ import annotations

import pytest

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import city, palette
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import Composition, compose


def scene(number: int, prompt: str = "noon", steps: float = 0.0) -> Composition:
    """One of many compositions."""
    return compose(bytes([number]) * 16, 0, prompt, Dials(steps=steps))


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("size", [(160, 160), (400, 60), (60, 400)])
def test_towers(number: int, size: tuple[int, int]) -> None:
    """All three rows of towers can be seen, and lit windows in the nearest."""
    canvas = Canvas(*size)
    city.skyline(canvas, scene(number))
    slots = canvas.image.histogram()
    assert all(slots[palette.BODY + layer] > size[0] * size[1] / 100 for layer in (0, 2, 5))
    assert slots[palette.WINDOW] > 10


def test_more_light() -> None:
    """More detail lights more windows, in the middle row too."""
    plain, full = Canvas(160, 160), Canvas(160, 160)
    city.skyline(plain, scene(1))
    city.skyline(full, scene(1, steps=1.0))
    for slot in (palette.WINDOW, palette.RIM + 1):
        assert full.image.histogram()[slot] > plain.image.histogram()[slot]


def test_river() -> None:
    """Some cities lie at a river, and some do not."""
    rivers = []
    for number in range(12):
        canvas = Canvas(80, 80)
        city.skyline(canvas, scene(number))
        rivers.append(canvas.image.histogram()[palette.WATER] > 0)
    assert 0 < sum(rivers) < 12
