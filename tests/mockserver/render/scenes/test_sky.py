"""Skies: light above, and things where skies have them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import palette, sky
from segmind_mock.render.scenes.canvas import Canvas
from segmind_mock.render.scenes.composition import Composition, Orb, compose


def scene(prompt: str = "noon", *, steps: float = 0.0, halo: bool = False) -> Composition:
    """A composition with the sun in the middle of the upper half."""
    seat = Orb(x=0.5, y=0.3, radius=0.1, phase=-1.0)
    return replace(compose(bytes(16), 0, prompt, Dials(steps=steps)), halo=halo, orb=seat)


def slots(canvas: Canvas) -> set[int]:
    """The slots that are drawn."""
    return {slot for slot, count in enumerate(canvas.image.histogram()) if count}


@pytest.mark.parametrize("halo", [False, True], ids=["bands", "rings"])
def test_covers(halo: bool) -> None:
    """The sky covers the whole sheet in its own colours, the sun in its middle."""
    canvas = Canvas(200, 200)
    sky.paint(canvas, scene(halo=halo))
    assert slots(canvas) <= {*range(palette.ORB + 1), palette.CLOUD, palette.CLOUD + 1}
    assert palette.ORB in slots(canvas)
    assert canvas.image.histogram()[palette.CLOUD] > 100


@pytest.mark.parametrize("halo", [False, True], ids=["bands", "rings"])
def test_finer_with_detail(halo: bool) -> None:
    """More detail is more bands or rings."""
    plain, fine = Canvas(200, 200), Canvas(200, 200)
    sky.paint(plain, scene(halo=halo))
    sky.paint(fine, scene(halo=halo, steps=1.0))
    assert len(slots(plain)) < len(slots(fine))


def test_bands_lighten() -> None:
    """Away from the sun, the bands run from the darkest to the horizon's."""
    canvas = Canvas(400, 200)
    sky.paint(canvas, scene())
    column = canvas.image.crop((1, 0, 2, 200)).tobytes()
    bands = [level for level in column if level <= palette.HORIZON]
    assert bands == sorted(bands)
    assert bands[0] == 0
    assert bands[-1] == palette.HORIZON


def test_night() -> None:
    """There are stars by night, down to the bottom that is told, and none by day."""
    night, day = Canvas(200, 200), Canvas(200, 200)
    sky.paint(night, scene("night"), 0.5)
    sky.paint(day, scene("noon"), 0.5)
    assert palette.SPARK in slots(night)
    assert palette.SPARK not in slots(day)
    below = night.image.crop((0, 106, 200, 200))
    assert not below.histogram()[palette.SPARK]


def test_stars_by_day() -> None:
    """Stars that are named come out by day too."""
    canvas = Canvas(200, 200)
    sky.paint(canvas, scene("stars at noon"), 0.5)
    assert palette.SPARK in slots(canvas)


def test_sun_and_moon() -> None:
    """Where both are named, there are two."""
    alone, both = Canvas(200, 200), Canvas(200, 200)
    sky.orb(alone, scene("sun"))
    sky.orb(both, scene("sun and moon"))
    assert both.image.histogram()[palette.ORB] > alone.image.histogram()[palette.ORB] + 20


def test_aurora() -> None:
    """Northern lights change an aurora's sky in another way than its stars do."""
    with_lights, without = Canvas(200, 200), Canvas(200, 200)
    sky.paint(with_lights, scene("aurora"))
    sky.paint(without, replace(scene("aurora"), aurora=False))
    assert with_lights.image.tobytes() != without.image.tobytes()
