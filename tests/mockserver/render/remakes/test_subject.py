"""Subject: the box round what stands out."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from segmind_mock.render.remakes.framing import Box
from segmind_mock.render.remakes.subject import LARGEST, NOTHING, subject

SKY, FLOOR, RED = (150, 190, 230), (150, 110, 80), (215, 30, 40)


def ground(kind: str, width: int, height: int) -> Image.Image:
    """A background without a subject: plain, graded from top to bottom, or a sky over a floor."""
    if kind == "plain":
        return Image.new("RGB", (width, height), SKY)
    ends = Image.new("RGB", (1, 2), SKY)
    ends.putpixel((0, 1), FLOOR)
    way = Image.Resampling.BILINEAR if kind == "graded" else Image.Resampling.NEAREST
    return ends.resize((width, height), way)


def contains(box: Box, inner: Box) -> bool:
    """Whether all of `inner` is in a box."""
    return box[0] <= inner[0] and box[1] <= inner[1] and box[2] >= inner[2] and box[3] >= inner[3]


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["plain", "graded", "horizon"]),
    st.sampled_from([(300, 300), (400, 225), (180, 320)]),
    st.floats(0.08, 0.25),
    st.floats(0.35, 0.65),
    st.floats(0.35, 0.65),
)
def test_disc(kind: str, size: tuple[int, int], radius: float, x: float, y: float) -> None:
    """A disc is found, all of it and not much more, before a plain and a graded background and a horizon."""
    width, height = size
    image = ground(kind, width, height)
    reach = radius * min(size)
    disc = (x * width - reach, y * height - reach, x * width + reach, y * height + reach)
    ImageDraw.Draw(image).ellipse(disc, fill=RED)
    shares: Box = (disc[0] / width, disc[1] / height, disc[2] / width, disc[3] / height)
    box = subject(image)
    assert contains(box, shares)
    assert all(abs(one - other) < 0.06 for one, other in zip(box, shares, strict=True))


@pytest.mark.parametrize("kind", ["plain", "graded", "horizon"])
@pytest.mark.parametrize("size", [(1, 1), (4096, 1), (1, 4096), (2, 3), (640, 480)])
def test_nothing_stands_out(kind: str, size: tuple[int, int]) -> None:
    """A background is no subject, and a picture of any shape has a box: its middle."""
    assert subject(ground(kind, *size)) == NOTHING


def test_ornament() -> None:
    """Small things far from the subject do not count, not even several."""
    image = ground("horizon", 600, 600)
    brush = ImageDraw.Draw(image)
    brush.rectangle((330, 220, 470, 480), fill=RED)
    for left in (60, 150, 240):
        brush.rectangle((left, 60, left + 60, 110), fill=(255, 255, 255))
    assert subject(image)[1] > 0.3


def test_row_of_letters() -> None:
    """Parts of like weight make one subject, all of them."""
    image = ground("graded", 800, 400)
    brush = ImageDraw.Draw(image)
    for letter in range(6):
        brush.rectangle((120 + 100 * letter, 170, 180 + 100 * letter, 230), fill=RED)
    assert contains(subject(image), (120 / 800, 170 / 400, 680 / 800, 230 / 400))


def test_texture() -> None:
    """Where everything stands out, the subject is at most nine tenths of a side."""
    dots = Image.frombytes("RGB", (64, 64), hashlib.shake_128(b"dots").digest(64 * 64 * 3))
    left, top, right, bottom = subject(dots.resize((512, 512), Image.Resampling.NEAREST))
    assert 0.7 < right - left <= LARGEST + 1e-9
    assert 0.7 < bottom - top <= LARGEST + 1e-9


def test_size_does_not_matter() -> None:
    """A picture of 4096 pixels has the subject of its smaller copy."""
    image = ground("horizon", 512, 384)
    ImageDraw.Draw(image).ellipse((200, 120, 330, 250), fill=RED)
    large = subject(image.resize((4096, 3072), Image.Resampling.NEAREST))
    assert all(abs(one - other) < 0.02 for one, other in zip(large, subject(image), strict=True))
