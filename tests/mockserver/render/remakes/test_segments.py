"""Segments: the regions of a picture, each in a colour of its own."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from io import BytesIO
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from segmind_mock.render.remakes.segments import LEAST_DISTANCE, MOST_SEGMENTS, segments

Colour = tuple[int, int, int]

PAPER, RED, BLUE = (240, 235, 220), (200, 40, 60), (40, 70, 190)


def numbers(image: Image.Image) -> set[int]:
    """The segments that a map has."""
    return set(image.tobytes())


def colours(image: Image.Image) -> set[object]:
    """The colours that a map shows."""
    return {colour for _, colour in image.convert("RGB").getcolors(1 << 24) or []}


def noise(size: tuple[int, int], seed: bytes) -> Image.Image:
    """Pixels of any colour, each for itself."""
    return Image.frombytes("RGB", size, hashlib.shake_128(seed).digest(3 * size[0] * size[1]))


def disc() -> Image.Image:
    """A red disc on light paper, 512 x 512 with smooth edges."""
    large = Image.new("RGB", (1024, 1024), PAPER)
    ImageDraw.Draw(large).ellipse((200, 260, 700, 760), fill=RED)
    return large.reduce(2)


def squares(count: int) -> Image.Image:
    """Up to twelve squares of different colours on white, apart from each other."""
    image = Image.new("RGB", (400, 300), "white")
    brush = ImageDraw.Draw(image)
    for number in range(count):
        x, y = 100 * (number % 4) + 23, 100 * (number // 4) + 17
        fill = (40 + 60 * (number % 4), 30 + 80 * (number // 4), 150 - 90 * (number % 2))
        brush.rectangle((x, y, x + 61, y + 63), fill=fill)
    return image


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (640, 480), (1, 5000), (5000, 1), (1500, 1200)], ids=str)
def test_flat(size: tuple[int, int]) -> None:
    """A flat picture is one segment, whatever its size."""
    result = segments(Image.new("RGB", size, BLUE))
    assert (result.mode, result.size) == ("P", size)
    assert len(colours(result)) == 1


@pytest.mark.parametrize(
    "size", [(2, 1), (16, 16), (333, 200), (1024, 700), (3000, 4), (6, 2500), (1300, 1300)], ids=str
)
def test_two_halves(size: tuple[int, int]) -> None:
    """Two halves are two segments, and the cut is where it was, to a hundredth of the width."""
    image = Image.new("RGB", size, PAPER)
    image.paste(BLUE, (size[0] // 2, 0, *size))
    result = segments(image)
    left = result.crop((0, 0, size[0] // 2, size[1])).tobytes()
    right = result.crop((size[0] // 2, 0, *size)).tobytes()
    assert len(colours(result)) == 2
    assert left.count(left[0]) >= 0.98 * len(left)
    assert right.count(right[-1]) >= 0.98 * len(right)
    assert left[0] != right[-1]


def test_disc() -> None:
    """A disc on a ground is two segments, and its outline is kept: 99 of 100 pixels of both are shared."""
    source = disc()
    result = segments(source)
    assert len(numbers(result)) == 2
    inside = result.getpixel((225, 255))
    found = Image.frombytes("L", result.size, bytes(255 * (level == inside) for level in result.tobytes()))
    wanted = source.getchannel("G").point([255] * 138 + [0] * 118)
    shared, either = ImageChops.darker(found, wanted), ImageChops.lighter(found, wanted)
    assert shared.histogram()[255] >= 0.99 * either.histogram()[255]


@pytest.mark.parametrize("count", range(1, 13))
def test_squares(count: int) -> None:
    """Squares that stand apart are a segment each, and so is their ground."""
    assert len(numbers(segments(squares(count)))) == count + 1


def test_ground_is_clear() -> None:
    """Up to a dozen segments are 130 units of RGB and more from the one that they all touch."""
    result = segments(squares(12))
    palette = bytes(result.getpalette() or [])
    shown = [(palette[at], palette[at + 1], palette[at + 2]) for at in range(0, 39, 3)]
    assert result.tobytes()[0] == 0
    assert min(distance(shown[0], other) for other in shown[1:]) >= 130


def test_blurred_edge() -> None:
    """The blur along an edge is no segment."""
    assert len(numbers(segments(disc().filter(ImageFilter.GaussianBlur(4))))) == 2


def test_same_colour_apart() -> None:
    """Two areas of one colour that do not touch are two segments."""
    image = Image.new("RGB", (300, 200), PAPER)
    for x in (40, 190):
        image.paste(RED, (x, 60, x + 70, 130))
    assert len(colours(segments(image))) == 3


def test_specks() -> None:
    """Dots of a thousandth of the picture are merged into what is round them; one of a hundredth is not."""
    image = squares(3)
    plain = segments(image).tobytes()
    brush = ImageDraw.Draw(image)
    for x, y in ((12, 150), (200, 220), (390, 8), (50, 40), (300, 280)):
        brush.rectangle((x, y, x + 10, y + 10), fill="black")
    assert segments(image).tobytes() == plain
    brush.rectangle((300, 150, 334, 184), fill="black")
    assert len(numbers(segments(image))) == 5


@pytest.mark.parametrize("size", [(100, 75), (400, 300)], ids=str)
def test_grain(size: tuple[int, int]) -> None:
    """Heavy grain does not shatter regions either, be the picture as small as its grain."""
    image = squares(6).resize(size, Image.Resampling.NEAREST)
    assert len(numbers(segments(Image.blend(image, noise(size, b"g"), 0.4)))) == 7


@pytest.mark.parametrize("quality", [30, 75])
def test_jpeg_noise(quality: int) -> None:
    """What a camera and JPEG add does not shatter regions."""
    grainy = Image.blend(squares(6), noise((400, 300), b"grain"), 0.15)
    data = BytesIO()
    grainy.save(data, "JPEG", quality=quality)
    assert len(numbers(segments(Image.open(data).convert("RGB")))) == 7


def test_gradient() -> None:
    """A soft change of colour is no edge."""
    ramp = Image.linear_gradient("L").resize((300, 200)).point([100 + level // 3 for level in range(256)])
    assert len(colours(segments(Image.merge("RGB", (ramp, ramp, ramp))))) == 1


@st.composite
def pictures(draw: st.DrawFn) -> Image.Image:
    """Pictures of 1 to 150 pixels a side, from smooth to noise."""
    size = draw(st.tuples(st.integers(1, 150), st.integers(1, 150)))
    grain = draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    method = draw(st.sampled_from([Image.Resampling.NEAREST, Image.Resampling.BICUBIC]))
    return noise(grain, draw(st.binary(max_size=8))).resize(size, method)


def distance(one: Colour, other: Colour) -> float:
    """Of two colours, in units of RGB."""
    return float(sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5)


@settings(deadline=None, max_examples=20)
@given(pictures())
def test_any_picture(source: Image.Image) -> None:
    """Any picture has 1 to 48 segments, numbered from 0, of as many colours that are all far apart."""
    result = segments(source)
    found = numbers(result)
    assert result.size == source.size
    assert result.mode == "P"
    palette = bytes(result.getpalette() or [])
    shown = [(palette[3 * number], palette[3 * number + 1], palette[3 * number + 2]) for number in sorted(found)]
    assert 1 <= len(found) <= MOST_SEGMENTS
    assert max(found) < MOST_SEGMENTS
    assert colours(result) == set(shown)
    assert all(distance(a, b) >= LEAST_DISTANCE for a in shown for b in shown if a != b)
    assert len(set(shown)) == len(found)


@settings(deadline=None, max_examples=25)
@given(pictures())
def test_neighbours(source: Image.Image) -> None:
    """With up to 20 segments, those that touch along three cells and more are of clearly different colours."""
    result = segments(source)
    if len(numbers(result)) > 20:
        return
    rgb = result.convert("RGB").tobytes()
    pixels = [(rgb[at], rgb[at + 1], rgb[at + 2]) for at in range(0, len(rgb), 3)]
    width = result.width
    rows = [pixels[at : at + width] for at in range(0, len(pixels), width)]
    counts = Counter(pair for row in rows for pair in pairwise(row))
    assert all(distance(*pair) >= 70 for pair, count in counts.items() if pair[0] != pair[1] and count >= 3)


@pytest.mark.parametrize("size", [(40, 40), (512, 512)], ids=str)
def test_noise(size: tuple[int, int]) -> None:
    """Noise comes to the most segments there may be, and to no more."""
    assert len(numbers(segments(noise((40, 40), b"q").resize(size, Image.Resampling.NEAREST)))) == MOST_SEGMENTS


def test_repeats_across_processes() -> None:
    """Another process with another PYTHONHASHSEED finds the same map."""
    code = (
        "import hashlib; from PIL import Image; from segmind_mock.render.remakes.segments import segments;"
        "source = Image.frombytes('RGB', (9, 7), hashlib.shake_128(b'blots').digest(189)).resize((300, 200));"
        "print(hashlib.sha256(segments(source).tobytes()).hexdigest())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("0", "4242")
    }
    assert len(outputs) == 1
