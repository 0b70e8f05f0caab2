"""Lands: what stands under a sky, and in which order."""

from __future__ import annotations

import pytest

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import lands, palette
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import Composition, compose


def scene(number: int, prompt: str = "noon", steps: float = 0.0) -> Composition:
    """One of many compositions."""
    return compose(bytes([number]) * 16, 0, prompt, Dials(steps=steps))


PAINTERS = [lands.hills, lands.mountains, lands.dunes, lands.forest, lands.meadow]


@pytest.mark.parametrize("paint", PAINTERS)
@pytest.mark.parametrize("number", range(6))
def test_land_below_sky(paint: lands.Painter, number: int) -> None:
    """The lowest rows are land of the nearer layers, the topmost row is sky, cloud or a trunk."""
    canvas = Canvas(120, 120)
    paint(canvas, scene(number))
    bottom = set(canvas.image.crop((0, 117, 120, 120)).tobytes())
    assert min(bottom) >= palette.SPARK
    top = canvas.image.crop((0, 0, 120, 1)).histogram()
    assert sum(top[: palette.ORB + 1]) + top[palette.CLOUD] + top[palette.CLOUD + 1] > 60


@pytest.mark.parametrize("number", range(6))
def test_peaks(number: int) -> None:
    """Peaks reach from wall to wall, no higher than told, with lit sides and snow where it is asked for."""
    canvas = Canvas(120, 120)
    lands.peaks(canvas, scene(number).own("x"), (0.5, 0.3, 4), (100, 1, True))
    box = canvas.image.getbbox()
    assert box is not None
    assert (box[0], box[2], box[3]) == (0, 120, 100)
    assert box[1] >= 0.2 * 120 - 1
    drawn = canvas.image.histogram()
    assert drawn[palette.RIM + 1] > 200
    assert drawn[palette.CLOUD] > 20


def test_rolling() -> None:
    """A skyline spans the width and stays within its swing."""
    skyline = lands.rolling(Canvas(500, 400), scene(1).own("x"), 0.5, 0.1)
    assert (skyline[0][0], skyline[-1][0]) == (0, 500)
    assert all(abs(y - 200) <= 41 for _, y in skyline)
