"""Stand-ins: a picture for a URL that is not fetched, the same each time, another one for another URL."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from segmind_mock.render.picture import Source
from segmind_mock.render.stand_ins import scene_for, word_for, word_in


def source(text: str, width: int = 96, height: int = 64) -> Source:
    """A source that is stood in for."""
    return Source(b"", text, width, height)


def distance(one: Image.Image, other: Image.Image) -> float:
    """How far apart two pictures are at a glance, 0 to 255."""
    thumbnails = [image.convert("RGB").resize((16, 16)) for image in (one, other)]
    return sum(ImageStat.Stat(ImageChops.difference(*thumbnails)).mean) / 3


@settings(max_examples=30)
@given(st.text(max_size=60), st.integers(1, 90), st.integers(1, 90))
def test_any_text(text: str, width: int, height: int) -> None:
    """Whatever the text and the size, both stand-ins have that size and are the same twice."""
    for picture_for in (scene_for, word_for):
        one, other = (picture_for(source(text, width, height)) for _ in range(2))
        assert one.size == (width, height)
        assert one.tobytes() == other.tobytes()


def test_other_urls() -> None:
    """Another URL has another picture, to be told apart at a glance."""
    scenes = [scene_for(source(f"https://a.test/{number}.png")) for number in range(12)]
    assert min(distance(one, other) for i, one in enumerate(scenes) for other in scenes[:i]) > 4


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("https://segmind.com/word2img_input.png", "WORD2IMG"),
        ("https://a.test/hello-world.png?x=1.png", "HELLO"),
        ("/kitchen.jpg", "KITCHEN"),
        ("https://a.test/folder/", "FOLDER"),
        ("extraordinarily.png", "EXTRAORDINAR"),
        ("日本", "INPUT"),
        ("", "INPUT"),
    ],
)
def test_word(text: str, word: str) -> None:
    """The word is that of the file's name, else of whatever has letters."""
    assert word_in(text) == word


def test_a_word_fills_its_card() -> None:
    """The word is black on white, in the middle, and most of the card's width is its."""
    card = word_for(source("https://a.test/word.png", 400, 300))
    left, top, right, bottom = (
        ImageChops.invert(card).convert("L").point(lambda v: 255 * (v > 128)).getbbox() or (0,) * 4
    )
    assert abs((left + right) - 400) <= 4
    assert abs((top + bottom) - 300) <= 4
    assert right - left > 320
    assert card.getpixel((0, 0)) == (255, 255, 255)
