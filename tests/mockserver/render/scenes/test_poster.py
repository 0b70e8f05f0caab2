"""Posters: bold shapes that fill the sheet."""

from __future__ import annotations

import pytest

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import palette, poster
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import Composition, compose


def scene(number: int, prompt: str = "noon", steps: float = 0.0) -> Composition:
    """One of many compositions."""
    return compose(bytes([number]) * 16, 0, prompt, Dials(steps=steps))


@pytest.mark.parametrize("number", range(8))
def test_arches(number: int) -> None:
    """Arches stand on a ground of one colour, with dots on it."""
    canvas = Canvas(160, 160)
    poster.arches(canvas, scene(number))
    floor = canvas.image.crop((0, 150, 160, 160)).histogram()
    assert floor[palette.BODY + 5] > 1000
    assert sum(floor) - floor[palette.BODY + 5] > 5
    assert sum(canvas.image.histogram()[palette.SPARK : palette.CLOUD]) > 160 * 160 / 5


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("size", [(160, 160), (400, 60), (60, 400)])
def test_tiles(number: int, size: tuple[int, int]) -> None:
    """Tiles cover the sheet in at least four colours, none of which takes three quarters of it."""
    canvas = Canvas(*size)
    poster.tiles(canvas, scene(number))
    large = [count for count in canvas.image.histogram() if count > size[0] * size[1] / 50]
    assert len(large) >= 4
    assert max(large) < 0.75 * size[0] * size[1]


def test_more() -> None:
    """More detail is more dots and more stripes."""
    for paint in (poster.arches, poster.tiles):
        plain, full = Canvas(160, 160), Canvas(160, 160)
        paint(plain, scene(2))
        paint(full, scene(2, steps=1.0))
        assert full.image.tobytes() != plain.image.tobytes()
