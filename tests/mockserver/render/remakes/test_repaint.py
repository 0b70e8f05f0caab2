"""Repaint: from the input to the scene in even steps."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from segmind_mock.render.remakes.repaint import fitted, repaint
from segmind_mock.render.scaling import scaled

STEPS = [number / 20 for number in range(21)]


def blots(size: tuple[int, int], seed: bytes, grain: tuple[int, int] = (6, 5)) -> Image.Image:
    """A soft picture of large blots in any colours."""
    data = hashlib.shake_128(seed).digest(3 * grain[0] * grain[1])
    return scaled(Image.frombytes("RGB", grain, data), size, Image.Resampling.BICUBIC)


def flat(size: tuple[int, int], seed: bytes) -> Image.Image:
    """A picture of flat shapes in palette mode, as scenes are."""
    return blots(size, seed).quantize(24, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean absolute difference of two pictures' channels, 0 to 255."""
    counts = ImageChops.difference(one, other).histogram()
    return sum(level % 256 * count for level, count in enumerate(counts)) / (3 * one.width * one.height)


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=8), st.binary(max_size=8), st.sampled_from([(64, 64), (90, 50), (31, 80)]))
def test_even_steps(first: bytes, second: bytes, size: tuple[int, int]) -> None:
    """With every step of strength the input is farther and the scene nearer, each by an even share of the way."""
    source, scene = blots((70, 60), b"a" + first), flat(size, b"b" + second)
    start, goal = fitted(source, size), scene.convert("RGB")
    whole = distance(start, goal)
    results = [repaint(source, scene, strength) for strength in STEPS]
    left = [distance(start, result) for result in results]
    ahead = [distance(result, goal) for result in results]
    assert all(before < after for before, after in pairwise(left))
    assert all(before > after for before, after in pairwise(ahead))
    for strength, out, back in zip(STEPS, left, ahead, strict=True):
        assert out == pytest.approx(strength * whole, abs=0.03 * whole + 0.7)
        assert back == pytest.approx((1 - strength) * whole, abs=0.03 * whole + 0.7)


@settings(deadline=None, max_examples=15)
@given(st.binary(max_size=8), st.floats(0, 1), st.floats(0, 1))
def test_no_pixel_turns_back(seed: bytes, one: float, other: float) -> None:
    """Each channel of each pixel lies between what it was at less strength and what it is in the scene."""
    source, scene = blots((64, 64), b"a" + seed), flat((64, 64), b"b" + seed)
    less, more = repaint(source, scene, min(one, other)), repaint(source, scene, max(one, other))
    goal = scene.convert("RGB")
    low, high = ImageChops.darker(less, goal), ImageChops.lighter(less, goal)
    assert ImageChops.darker(ImageChops.lighter(more, low), high).tobytes() == more.tobytes()


@pytest.mark.parametrize(("strength", "same"), [(1.0, True), (1.5, True), (0.999, False)])
def test_full_strength(strength: float, same: bool) -> None:
    """At full strength the result is the scene, pixel for pixel, whatever the input; below it is not."""
    scene = flat((120, 80), b"scene")
    result = repaint(blots((50, 90), b"source"), scene, strength)
    assert (result.tobytes() == scene.convert("RGB").tobytes()) == same


@pytest.mark.parametrize("strength", [0.0, -1.0])
def test_no_strength(strength: float) -> None:
    """At no strength the result is the input, as a picture of its own."""
    source = blots((120, 80), b"source")
    result = repaint(source, flat((120, 80), b"scene"), strength)
    assert result is not source
    assert result.tobytes() == source.tobytes()


def test_not_a_double_exposure() -> None:
    """Half way, the light half of the scene does not show in the input's dark shape, as it does in a plain blend."""
    source = Image.new("RGB", (128, 128), "white")
    ImageDraw.Draw(source).rectangle((20, 20, 108, 60), fill="black")
    scene = Image.new("RGB", (128, 128), (40, 40, 40))
    ImageDraw.Draw(scene).rectangle((50, 0, 80, 128), fill=(250, 250, 250))
    box = (30, 30, 100, 50)
    levels = {
        name: sorted(count for count, _ in picture.crop(box).getcolors() or [])
        for name, picture in {
            "blend": Image.blend(source, scene.convert("RGB"), 0.3),
            "repaint": repaint(source, scene, 0.3),
        }.items()
    }
    assert len(levels["blend"]) == 2
    assert len(levels["repaint"]) == 1


SIZES = [(1, 1), (1, 300), (300, 1), (7, 5), (640, 480)]


@pytest.mark.parametrize("target", SIZES, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_sizes(size: tuple[int, int], target: tuple[int, int]) -> None:
    """Whatever the input's size, the result is RGB and of the scene's size; so is a scene in RGB."""
    source, scene = Image.new("RGB", size, "teal"), flat(target, b"scene")
    for goal in (scene, scene.convert("RGB")):
        result = repaint(source, goal, 0.5)
        assert (result.mode, result.size) == ("RGB", target)


@settings(deadline=None)
@given(st.tuples(*[st.integers(1, 200)] * 2), st.tuples(*[st.integers(1, 200)] * 2))
def test_fitted_to_any_size(size: tuple[int, int], target: tuple[int, int]) -> None:
    """A flat picture stays flat at any size."""
    assert fitted(Image.new("RGB", size, (9, 99, 199)), target).getcolors() == [(target[0] * target[1], (9, 99, 199))]


@pytest.mark.parametrize("size", [(600, 200), (200, 600), (1200, 400)], ids=str)
def test_fitted_about_the_centre(size: tuple[int, int]) -> None:
    """What is cut off is the two ends, evenly; the middle fills the frame in its own proportions."""
    source = Image.new("RGB", size, "black")
    short = min(size)
    left, top = (size[0] - short) // 2, (size[1] - short) // 2
    source.paste((255, 255, 255), (left, top, left + short, top + short))
    ImageDraw.Draw(source).rectangle((left, top, left + short // 2 - 1, top + short // 2 - 1), fill="red")
    result = fitted(source, (100, 100))
    assert [result.getpixel(at) for at in ((2, 2), (45, 45))] == [(255, 0, 0)] * 2
    assert [result.getpixel(at) for at in ((97, 2), (2, 97), (97, 97), (55, 45))] == [(255, 255, 255)] * 4


def test_same_size_is_the_same() -> None:
    """A picture of the right size is not touched."""
    source = blots((77, 55), b"source")
    assert fitted(source, (77, 55)).tobytes() == source.tobytes()


@pytest.mark.parametrize("size", [(60, 300), (300, 60), (160, 470)], ids=str)
def test_resized_in_one_order(size: tuple[int, int]) -> None:
    """Width comes first and height second, in every version of Pillow and for every shape."""
    source = Image.frombytes("RGB", size, hashlib.shake_128(b"grain").digest(3 * size[0] * size[1]))
    for method in (Image.Resampling.BOX, Image.Resampling.BICUBIC):
        across = source.resize((90, size[1]), method)
        assert scaled(source, (90, 90), method).tobytes() == across.resize((90, 90), method).tobytes()


def test_resized_box() -> None:
    """Only what is in the box is brought to size, also where it cuts through pixels."""
    source = Image.new("L", (10, 10))
    source.paste(255, (4, 4, 6, 6))
    assert scaled(source, (4, 4), Image.Resampling.BOX, (4, 4, 6, 6)).getextrema() == (255, 255)
    assert scaled(source, (2, 1), Image.Resampling.BOX, (3.0, 4.0, 5.0, 6.0)).tobytes() == b"\x00\xff"
