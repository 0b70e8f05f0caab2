"""Water: below its shore, with light on it."""

from __future__ import annotations

import pytest

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import palette, waters
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import Composition, compose


def scene(number: int, prompt: str = "noon", steps: float = 0.0) -> Composition:
    """One of many compositions."""
    return compose(bytes([number]) * 16, 0, prompt, Dials(steps=steps))


def tall(number: int) -> Canvas:
    """A sea by night."""
    canvas = Canvas(160, 160)
    waters.sea(canvas, scene(number, "night"))
    return canvas


def test_lake() -> None:
    """A lake keeps below its shore, darkens towards the near one, and glitters below the orb."""
    canvas = Canvas(160, 160)
    waters.lake(canvas, scene(1), 0.5)
    assert not any(canvas.image.crop((0, 0, 160, 80)).tobytes())
    slots = canvas.image.histogram()
    assert sum(slots[palette.WATER : palette.WATER + palette.DEPTHS]) > 11000
    assert slots[palette.SPARK] > 20
    assert canvas.image.getpixel((0, 80)) == palette.WATER
    assert canvas.image.getpixel((0, 159)) in {palette.WATER + 5, palette.WATER + 3}


@pytest.mark.parametrize("number", range(8))
def test_sea(number: int) -> None:
    """A sea has boats on it and water down to the bottom."""
    slots = tall(number).image.histogram()
    assert slots[palette.ACCENT] > 5
    assert sum(slots[palette.WATER : palette.WATER + palette.DEPTHS]) > 160 * 160 / 5


def test_lighthouses() -> None:
    """Some seas have a lighthouse with its lamp lit, and some have none."""
    lamps = [tall(number).image.histogram()[palette.WINDOW] > 0 for number in range(12)]
    assert 0 < sum(lamps) < 12


def test_more_boats() -> None:
    """More detail puts more on the water."""
    plain, full = Canvas(160, 160), Canvas(160, 160)
    waters.sea(plain, scene(3))
    waters.sea(full, scene(3, steps=1.0))
    assert full.image.histogram()[palette.ACCENT] > plain.image.histogram()[palette.ACCENT]
