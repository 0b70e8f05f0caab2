"""Letters: the shapes of a picture can be read in a scene, as strongly as asked."""

import hashlib
from itertools import pairwise
from typing import TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageStat

from segmind_mock.render.remakes.letters import letter
from segmind_mock.render.scaling import scaled

DIGEST = bytes(range(16))
SIZE = (192, 128)


class Settings(TypedDict):
    """Everything but the pictures that a call takes."""

    scale: float
    start: float
    end: float
    digest: bytes


USUAL: Settings = {"scale": 0.36, "start": 0.19, "end": 1.0, "digest": DIGEST}


def word(ink: object = "black", paper: object = "white", size: tuple[int, int] = SIZE) -> Image.Image:
    """Three large letters, H, T and O, made of bars."""
    image = Image.new("RGB", size, paper)  # type: ignore[arg-type]
    brush = ImageDraw.Draw(image)
    bars = [(6, 30, 12, 70), (18, 30, 24, 70), (10, 46, 20, 54), (34, 30, 58, 38), (43, 30, 49, 70)]
    bars += [(66, 30, 90, 38), (66, 62, 90, 70), (66, 30, 72, 70), (84, 30, 90, 70)]
    for left, top, right, low in bars:
        box = (left * size[0] // 96, top * size[1] // 100, right * size[0] // 96, low * size[1] // 100)
        brush.rectangle(box, fill=ink)  # type: ignore[arg-type]
    return image


def flat(seed: bytes, size: tuple[int, int] = SIZE) -> Image.Image:
    """A picture of flat shapes in palette mode, as scenes are."""
    blots = Image.frombytes("RGB", (5, 4), hashlib.shake_128(seed).digest(60))
    soft = scaled(blots, size, Image.Resampling.BICUBIC)
    return soft.quantize(24, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)


MASK = word("white", "black").convert("L")


def contrast(result: Image.Image, mask: Image.Image = MASK) -> float:
    """By how much the mean light within the mask differs from that outside."""
    light = result.convert("L")
    return abs(ImageStat.Stat(light, mask).mean[0] - ImageStat.Stat(light, ImageChops.invert(mask)).mean[0])


def correlation(result: Image.Image, mask: Image.Image = MASK) -> float:
    """How far light follows the mask, 0 to 1."""
    light = result.convert("L")
    spread = float(ImageStat.Stat(light).stddev[0])
    share = ImageStat.Stat(mask).mean[0] / 255
    return float(contrast(result, mask) * (share * (1 - share)) ** 0.5 / spread)


@settings(deadline=None, max_examples=40)
@given(st.binary(max_size=8))
def test_readable(seed: bytes) -> None:
    """At the usual settings a word can be read in any scene: light follows it much more than in the scene alone."""
    scene = flat(seed)
    result = letter(word(), scene, **USUAL)
    assert contrast(result) >= contrast(scene.convert("RGB")) + 40
    assert correlation(result) >= 0.45


@settings(deadline=None, max_examples=20)
@given(st.binary(max_size=8))
def test_scene_stays_lively(seed: bytes) -> None:
    """At the usual settings the scene away from the word keeps its colours: it changes by a tenth at most."""
    scene = flat(seed)
    change = ImageChops.difference(letter(word(), scene, **USUAL), scene.convert("RGB"))
    strip = change.crop((0, SIZE[1] * 9 // 10, *SIZE))
    assert max(ImageStat.Stat(strip).mean) <= 25
    assert max(high for _, high in strip.getextrema()) > 0  # type: ignore[misc]


@pytest.mark.parametrize(("level", "darker"), [(200, True), (60, False)])
def test_room(level: int, darker: bool) -> None:
    """In a pale scene letters are dark, and in a dim one light, where the scene leaves it open."""
    scene = Image.new("RGB", SIZE, (level, level, level))
    light = letter(word(), scene, **USUAL).convert("L")
    inside, outside = ImageStat.Stat(light, MASK).mean[0], ImageStat.Stat(light, ImageChops.invert(MASK)).mean[0]
    assert (inside < outside) is darker


@pytest.mark.parametrize(
    ("ink", "paper"),
    [
        ("white", "black"),
        ("red", "green"),
        ((190, 190, 190), (240, 240, 240)),
        ((20, 20, 90), (90, 20, 20)),
        ("gold", "white"),
    ],
)
def test_any_colours(ink: object, paper: object) -> None:
    """Light on dark, one colour on another, pale on pale: the same shapes come out."""
    scene = flat(b"scene")
    result, usual = (letter(source, scene, **USUAL) for source in (word(ink, paper), word()))
    counts = ImageChops.difference(result, usual).histogram()
    assert sum(level % 256 * count for level, count in enumerate(counts)) <= 3 * SIZE[0] * SIZE[1]


SHARES = [number / 12 for number in range(13)]


@settings(deadline=None, max_examples=15)
@given(st.binary(max_size=8))
def test_scale(seed: bytes) -> None:
    """With every step of the scale contrast grows."""
    scene = flat(seed)
    found = [contrast(letter(word(), scene, scale=share, start=0.19, end=1.0, digest=DIGEST)) for share in SHARES]
    assert all(before < after for before, after in pairwise(found))


@settings(deadline=None, max_examples=15)
@given(st.binary(max_size=8), st.floats(0.01, 0.8))
def test_end(seed: bytes, start: float) -> None:
    """The later the shapes stop guiding, the greater the contrast."""
    scene = flat(seed)
    ends = [start + share * (1 - start) for share in SHARES]
    found = [contrast(letter(word(), scene, scale=0.5, start=start, end=end, digest=DIGEST)) for end in ends]
    assert all(before < after for before, after in pairwise(found))


@settings(deadline=None, max_examples=15)
@given(st.binary(max_size=8))
def test_start(seed: bytes) -> None:
    """The later the shapes begin to guide, the smaller the contrast."""
    scene = flat(seed)
    found = [contrast(letter(word(), scene, scale=0.5, start=start, end=1.0, digest=DIGEST)) for start in SHARES]
    assert all(before > after for before, after in pairwise(found))


@pytest.mark.parametrize(
    ("scale", "start", "end"), [(0.0, 0.0, 1.0), (1.0, 0.5, 0.5), (1.0, 0.9, 0.2), (-1.0, 0.0, 1.0)]
)
def test_nothing_to_see(scale: float, start: float, end: float) -> None:
    """With no scale or no window the result is the scene, pixel for pixel."""
    scene = flat(b"scene")
    result = letter(word(), scene, scale=scale, start=start, end=end, digest=DIGEST)
    assert result.tobytes() == scene.convert("RGB").tobytes()


@pytest.mark.parametrize(
    "source", [Image.new("RGB", (1, 1)), Image.new("RGB", (300, 90), "teal")], ids=["pixel", "flat"]
)
def test_no_shapes(source: Image.Image) -> None:
    """A picture of one colour changes nothing."""
    scene = flat(b"scene")
    assert letter(source, scene, **USUAL).tobytes() == scene.convert("RGB").tobytes()


def steepest(result: Image.Image) -> int:
    """The greatest step of light between two pixels side by side, away from the picture's border."""
    light = result.convert("L")
    step = ImageChops.difference(light, ImageChops.offset(light, 1, 0)).crop((2, 0, light.width - 2, light.height))
    return int(step.getextrema()[1])  # type: ignore[arg-type]


def test_late_is_soft() -> None:
    """Shapes that begin to guide early have hard edges, late ones soft: by the same strength, steps are smaller."""
    size = (480, 320)
    scene = Image.new("RGB", size, (90, 110, 130))
    early = letter(word(size=size), scene, scale=0.6, start=0.0, end=0.2, digest=DIGEST)
    late = letter(word(size=size), scene, scale=0.6, start=0.8, end=1.0, digest=DIGEST)
    assert steepest(early) >= 3 * steepest(late)


@pytest.mark.parametrize("size", [(600, 100), (100, 600), (50, 40)], ids=str)
def test_no_letter_is_lost(size: tuple[int, int]) -> None:
    """A picture of another shape is fitted in whole: marks in all of its corners can be seen."""
    source = Image.new("RGB", size, "white")
    side = min(size) // 3
    ImageDraw.Draw(source).rectangle((size[0] // 2 - 2, 0, size[0] // 2 + 2, size[1]), fill="black")
    corners = [(x, y) for x in (2, size[0] - side - 2) for y in (2, size[1] - side - 2)]
    for x, y in corners:
        source.paste((0, 0, 0), (x, y, x + side, y + side))
    scene = Image.new("RGB", (200, 200), (90, 110, 130))
    result = letter(source, scene, scale=1.0, start=0.0, end=1.0, digest=DIGEST).convert("L")
    share = 200 / max(size)
    left, top = (200 - size[0] * share) / 2, (200 - size[1] * share) / 2
    for x, y in corners:
        assert result.getpixel((round(left + (x + side / 2) * share), round(top + (y + side / 2) * share))) == max(
            result.tobytes()
        )


@settings(deadline=None, max_examples=40)
@given(
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.tuples(st.integers(1, 90), st.integers(1, 90)),
    st.binary(max_size=8),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_any_picture(source: tuple[int, int], size: tuple[int, int], seed: bytes, scale: float, start: float) -> None:
    """Any picture, size and settings give an RGB picture of the scene's size, and the same one again."""
    data = hashlib.shake_128(seed).digest(3 * source[0] * source[1])
    picture, scene = Image.frombytes("RGB", source, data), flat(seed, size)
    first, second = (letter(picture, scene, scale=scale, start=start, end=1.0, digest=DIGEST) for _ in range(2))
    assert (first.mode, first.size) == ("RGB", size)
    assert first.tobytes() == second.tobytes()


def test_digest() -> None:
    """The digest decides where shadows fall: two ways, among a dozen digests."""
    scene = flat(b"scene")
    results = {
        letter(word(), scene, scale=0.36, start=0.19, end=1.0, digest=bytes([number]) * 16).tobytes()
        for number in range(12)
    }
    assert len(results) == 2


def test_short_digest() -> None:
    """A digest of fewer than 16 bytes is refused."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        letter(word(), flat(b"scene"), scale=0.36, start=0.19, end=1.0, digest=b"short")
