"""Specimens: pictures that the mock takes as inputs, each with what it is there to show."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from segmind_mock.render.inputs import look_at
from segmind_mock.render.sheets import specimens

SIZES: dict[Callable[[], bytes], tuple[int, int]] = {
    specimens.photograph: (1536, 1152),
    specimens.portrait: (768, 1024),
    specimens.logo: (512, 512),
    specimens.moving: (384, 384),
}


@pytest.mark.parametrize("draw", SIZES, ids=lambda draw: draw.__name__)
def test_taken_as_inputs(draw: Callable[[], bytes]) -> None:
    """The mock can use each, sees its size, and draws it the same again."""
    given = look_at(draw(), 1 << 24)
    assert given.source is not None
    assert (given.source.width, given.source.height) == SIZES[draw]
    again = inspect.unwrap(draw)()
    assert again == draw()


def test_logo() -> None:
    """It is clear at the corners, and partly so within."""
    with Image.open(BytesIO(specimens.logo())) as image:
        alpha = image.getchannel("A")
    assert alpha.getpixel((0, 0)) == 0
    assert alpha.getpixel((256, 120)) == 205


def test_moving() -> None:
    """It has six frames."""
    with Image.open(BytesIO(specimens.moving())) as image:
        assert getattr(image, "n_frames", 1) == 6


@pytest.mark.parametrize("text", ["MOCK", "I", "Banner resizer"])
def test_word(text: str) -> None:
    """Black letters on white, within the picture and large in it."""
    with Image.open(BytesIO(specimens.word(text))) as image:
        box = image.point([255] * 128 + [0] * 128).getbbox()
    assert box is not None
    assert box[0] > 20
    assert box[1] > 20
    assert box[2] < 748
    assert box[3] < 748
    assert max(box[2] - box[0], box[3] - box[1]) > 400
