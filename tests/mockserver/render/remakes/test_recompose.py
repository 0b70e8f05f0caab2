"""Recompose: the subject stays whole, whatever the frame."""

import hashlib
from itertools import combinations
from math import pi

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from segmind_mock.render.remakes.framing import VARIANTS, placed
from segmind_mock.render.remakes.recompose import recompose
from segmind_mock.render.remakes.subject import subject

DIGEST = bytes(range(32))
SIZES = [
    (540, 540), (600, 314), (540, 960), (728, 90), (970, 250), (300, 250), (160, 600), (320, 50), (512, 500),
]  # fmt: skip


def pictured(kind: str, size: tuple[int, int] = (600, 400), middle: tuple[int, int] = (360, 220)) -> Image.Image:
    """A red disc of radius 60 before a plain or a graded background, or before a sky and a floor."""
    ends = Image.new("RGB", (1, 2), (150, 190, 230))
    ends.putpixel((0, 1), (150, 190, 230) if kind == "plain" else (70, 100, 80))
    way = Image.Resampling.NEAREST if kind == "horizon" else Image.Resampling.BILINEAR
    image = ends.resize(size, way)
    x, y = middle
    ImageDraw.Draw(image).ellipse((x - 60, y - 60, x + 60, y + 60), fill=(230, 20, 30))
    return image


def red(image: Image.Image) -> Image.Image:
    """A mask of what is red, mode L."""
    r, g, _ = image.split()
    return ImageChops.subtract(r, g).point([0] * 90 + [255] * 166)


@settings(deadline=None, max_examples=80)
@given(
    st.tuples(st.integers(1, 120), st.integers(1, 120)),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.integers(0, 3),
    st.binary(min_size=16, max_size=64),
    st.sampled_from([64, 1024, 4096]),
)
def test_size(source: tuple[int, int], size: tuple[int, int], variant: int, digest: bytes, tier: int) -> None:
    """Any source, frame, variant and tier give an RGB picture of exactly the frame's size."""
    noise = hashlib.shake_128(digest).digest(source[0] * source[1] * 3)
    image = recompose(Image.frombytes("RGB", source, noise), *size, variant=variant, digest=digest, tier=tier)
    assert image.size == size
    assert image.mode == "RGB"


@pytest.mark.parametrize("size", [(1, 1), (4096, 1), (1, 4096), (4096, 4096)])
@pytest.mark.parametrize("source", [(1, 1), (2000, 1), (1, 2000), (600, 400)])
def test_extreme_sizes(source: tuple[int, int], size: tuple[int, int]) -> None:
    """The smallest, the longest and the largest frames can be filled from any source."""
    image = recompose(Image.new("RGB", source, (50, 90, 160)), *size, variant=2, digest=DIGEST, tier=1024)
    assert image.size == size


@pytest.mark.parametrize("kind", ["plain", "graded", "horizon"])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("middle", [(360, 220), (120, 140)])
def test_subject_is_whole_and_round(kind: str, size: tuple[int, int], middle: tuple[int, int]) -> None:
    """A disc is in the frame, once, uncut and round, in every variant."""
    source = pictured(kind, middle=middle)
    for variant in range(VARIANTS):
        shown = red(recompose(source, *size, variant=variant, digest=DIGEST))
        box = shown.getbbox()
        assert box is not None
        scale = placed(source.size, subject(source), *size, variant=variant, digest=DIGEST).scale
        across, down = box[2] - box[0], box[3] - box[1]
        assert abs(across - down) <= 2
        assert across == pytest.approx(121 * scale, abs=2.5)
        assert shown.histogram()[255] == pytest.approx(pi * (60.5 * scale) ** 2, rel=0.06, abs=12)


@pytest.mark.parametrize("size", [*SIZES, (600, 400)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_variants_differ(size: tuple[int, int]) -> None:
    """Any two variants of a frame can be told apart in a thumbnail, also where the frame has the source's shape."""
    source = pictured("horizon")
    thumbs = [
        recompose(source, *size, variant=variant, digest=DIGEST).resize((32, 32), Image.Resampling.BOX)
        for variant in range(VARIANTS)
    ]
    for first, second in combinations(thumbs, 2):
        data = ImageChops.difference(first, second).tobytes()
        assert sum(data) / len(data) > 3


def test_variants_of_what_fills_the_source() -> None:
    """Where everything stands out and nothing can be moved, the variants still differ in their tone."""
    noise = hashlib.shake_128(b"all over").digest(48 * 48 * 3)
    source = Image.frombytes("RGB", (48, 48), noise).resize((480, 480), Image.Resampling.NEAREST)
    images = [recompose(source, 480, 480, variant=variant, digest=DIGEST) for variant in range(VARIANTS)]
    for first, second in combinations(images, 2):
        data = ImageChops.difference(first, second).tobytes()
        assert sum(data) / len(data) > 3


@pytest.mark.parametrize("size", [(400, 400), (600, 314), (728, 90)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_digests_differ(size: tuple[int, int]) -> None:
    """Two calls that differ in their digest alone give pictures that can be told apart in a thumbnail."""
    source = pictured("horizon")
    thumbs = [
        recompose(source, *size, variant=0, digest=bytes([n]) * 16).resize((32, 32), Image.Resampling.BOX)
        for n in range(7)
    ]
    for first, second in combinations(thumbs, 2):
        data = ImageChops.difference(first, second).tobytes()
        assert sum(data) / len(data) > 3


def test_digests_of_what_fills_the_source() -> None:
    """Where everything stands out and nothing can be moved, some digests still make it warmer, others colder."""
    noise = hashlib.shake_128(b"all over").digest(48 * 48 * 3)
    source = Image.frombytes("RGB", (48, 48), noise).resize((480, 480), Image.Resampling.NEAREST)
    means = [
        recompose(source, 480, 480, variant=0, digest=bytes([n]) * 16).resize((1, 1), Image.Resampling.BOX).tobytes()
        for n in range(12)
    ]
    warmth = [mean[0] - mean[2] for mean in means]
    assert max(warmth) - min(warmth) > 12
    assert max(mean[1] for mean in means) - min(mean[1] for mean in means) > 8


def test_opposite_side_helps_out() -> None:
    """A subject cut off by the source's edge is not drawn out along a wide frame."""
    source = pictured("plain", middle=(20, 200))
    image = recompose(source, 1800, 200, variant=0, digest=DIGEST)
    assert red(image.crop((0, 0, 600, 200))).getbbox() is None


@pytest.mark.parametrize("variant", range(VARIANTS))
def test_black_and_white_stay(variant: int) -> None:
    """No digest changes pure black or white: paper stays white."""
    source = Image.new("RGB", (300, 300), (255, 255, 255))
    ImageDraw.Draw(source).rectangle((100, 100, 200, 200), fill=(0, 0, 0))
    for number in range(6):
        image = recompose(source, 150, 150, variant=variant, digest=bytes([number]) * 16)
        assert image.getpixel((0, 0)) == (255, 255, 255)
        assert min(image.convert("L").tobytes()) == 0


@pytest.mark.parametrize("size", [(1800, 150), (150, 900)])
def test_disc_is_not_repeated(size: tuple[int, int]) -> None:
    """However far a frame reaches beyond the source, and whatever the digest, the subject is in it once."""
    source = pictured("horizon")
    for number in range(5):
        shown = red(recompose(source, *size, variant=0, digest=bytes([number]) * 16))
        box = shown.getbbox()
        assert box is not None
        assert abs((box[2] - box[0]) - (box[3] - box[1])) <= 2


@pytest.mark.parametrize("size", [(900, 120), (120, 900)])
def test_no_bars(size: tuple[int, int]) -> None:
    """Where the frame reaches far beyond the source, no line in it marks where the source ends."""
    image = recompose(pictured("graded"), *size, variant=0, digest=DIGEST)
    across = size[0] > size[1]
    thin = image.crop((0, 0, size[0], 8) if across else (0, 0, 8, size[1]))
    step = ImageChops.difference(thin, ImageChops.offset(thin, *((1, 0) if across else (0, 1))))
    inner = step.crop((1, 0, size[0], 8) if across else (0, 1, 8, size[1]))
    assert max(inner.tobytes()) <= 6


def test_border_is_not_drawn_out() -> None:
    """A line round the source makes no stripes in what is put beyond it."""
    source = pictured("plain")
    ImageDraw.Draw(source).rectangle((0, 0, 599, 399), outline=(0, 0, 0))
    image = recompose(source, 2400, 400, variant=0, digest=DIGEST)
    assert min(image.crop((0, 50, 800, 350)).getchannel("G").tobytes()) > 120
    assert min(image.crop((1600, 50, 2400, 350)).getchannel("G").tobytes()) > 120


def sharpness(image: Image.Image) -> float:
    """How strong the edges are, on average."""
    data = image.convert("L").filter(ImageFilter.FIND_EDGES).tobytes()
    return sum(data) / len(data)


def test_tiers() -> None:
    """A lower tier is softer where the frame is larger than it, and makes no difference where it is not."""
    dots = Image.frombytes("L", (100, 100), hashlib.shake_128(b"dots").digest(10000)).convert("RGB")
    source = dots.resize((800, 800), Image.Resampling.NEAREST)
    soft, middling, sharp = (
        recompose(source, 640, 640, variant=0, digest=DIGEST, tier=tier) for tier in (80, 320, 640)
    )
    assert sharpness(soft) * 1.5 < sharpness(middling)
    assert sharpness(middling) * 1.1 < sharpness(sharp)
    assert sharp.tobytes() == recompose(source, 640, 640, variant=0, digest=DIGEST, tier=4096).tobytes()


@pytest.mark.parametrize("tier", [90, 256])
def test_tiers_keep_the_layout(tier: int) -> None:
    """The same variant shows the same thing in every tier."""
    source = pictured("horizon")
    small, large = (
        red(recompose(source, 400, 300, variant=1, digest=DIGEST, tier=each)).getbbox() for each in (tier, 4096)
    )
    assert small is not None
    assert large is not None
    assert all(abs(one - other) <= 4 for one, other in zip(small, large, strict=True))


def test_source_is_left_alone() -> None:
    """The source is the same picture afterwards: several threads may share it."""
    source = pictured("horizon")
    before = source.tobytes()
    recompose(source, 600, 100, variant=1, digest=DIGEST)
    assert source.tobytes() == before


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (4097, 5), (5, 4097), (-1, 5)])
def test_bad_sizes(size: tuple[int, int]) -> None:
    """A size out of bounds is refused in words."""
    with pytest.raises(ValueError, match="1 to 4096 pixels"):
        recompose(pictured("plain"), *size, variant=0, digest=DIGEST)


@pytest.mark.parametrize(
    ("variant", "digest", "tier", "words"),
    [(4, DIGEST, 1024, "0 to 3"), (0, b"short", 1024, "at least 16"), (0, DIGEST, 0, "at least 1 pixel")],
)
def test_bad_values(variant: int, digest: bytes, tier: int, words: str) -> None:
    """A variant, a digest or a tier out of bounds is refused in words."""
    with pytest.raises(ValueError, match=words):
        recompose(pictured("plain"), 50, 50, variant=variant, digest=digest, tier=tier)


@settings(deadline=None, max_examples=40)
@given(st.integers(40, 120), st.integers(40, 120), st.integers(40, 160), st.integers(40, 160), st.binary(min_size=16))
def test_any_two_variants_differ(across: int, down: int, width: int, height: int, digest: bytes) -> None:
    """Where there is no room to put the subject elsewhere, the variants of a call differ in their tones."""
    source = pictured("graded").resize((across, down), Image.Resampling.NEAREST)
    images = [recompose(source, width, height, variant=variant, digest=digest) for variant in range(VARIANTS)]
    for one, other in combinations(images, 2):
        assert sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3 > 1
