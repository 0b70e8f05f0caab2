"""Scene: pictures of the asked size, decided by family, index, prompt and dials."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from statistics import mean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageStat

from segmind_mock.render.picture import BAR, INK, Dials
from segmind_mock.render.scenes.moods import Kind
from segmind_mock.render.scenes.scene import draw

FAMILY = bytes(range(32))
families = st.binary(min_size=16, max_size=64)
shares = st.floats(0.0, 1.0)
words = st.text(max_size=12)
names = st.text(min_size=1, max_size=12)

STRANGERS = 10.0
SIBLINGS = 5.0
"""The least distances, in levels of 255: two families, two samples of one."""


def family(number: int) -> bytes:
    """One of many families."""
    return hashlib.sha256(number.to_bytes(4, "big")).digest()


def shown(width: int, height: int, **choices: Any) -> Image.Image:
    """A picture as it is seen, in RGB."""
    return draw(width, height, **choices).convert("RGB")


def turned(dial: str, value: Any) -> Dials:
    """The usual dials, one of them turned."""
    choice: dict[str, Any] = {dial: value}
    return Dials(**choice)


def distance(one: Image.Image, other: Image.Image) -> float:
    """How different two pictures look: the mean difference of their thumbnails, 0 to 255."""
    small = [image.resize((32, 32), Image.Resampling.BOX) for image in (one, other)]
    return mean(ImageStat.Stat(ImageChops.difference(*small)).mean)


def changed(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ."""
    red, green, blue = ImageChops.difference(one, other).split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return 1.0 - largest.histogram()[0] / (one.width * one.height)


@settings(deadline=None)
@given(
    st.integers(1, 200),
    st.integers(1, 200),
    families,
    st.integers(0, 199),
    st.text(max_size=30),
    st.builds(Dials, guidance=shares, steps=shares, scheduler=words, negative=words),
)
def test_size(width: int, height: int, family: bytes, index: int, prompt: str, dials: Dials) -> None:
    """Anything asked gives a palette picture of exactly that size in 64 colours, the last four of them unused."""
    image = draw(width, height, family=family, index=index, prompt=prompt, dials=dials)
    assert image.size == (width, height)
    assert image.mode == "P"
    colours = image.getpalette()
    assert colours is not None
    assert len(colours) == 3 * (INK + 1)
    assert not any(image.histogram()[BAR:])


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("size", [(1, 1), (2, 3), (4096, 1), (1, 4096), (7, 5), (728, 90), (90, 728)])
def test_odd_sizes(size: tuple[int, int], kind: Kind) -> None:
    """Every kind of scene can be drawn at the smallest and the most lopsided sizes, in full detail too."""
    prompt = WORDS[kind]
    assert draw(*size, family=FAMILY, prompt=prompt).size == size
    assert draw(*size, family=FAMILY, prompt=prompt, dials=Dials(steps=1.0)).size == size


WORDS = {
    Kind.HILLS: "hills",
    Kind.MOUNTAINS: "mountains",
    Kind.SEA: "sea",
    Kind.CITY: "city",
    Kind.DUNES: "dunes",
    Kind.FOREST: "forest",
    Kind.MEADOW: "meadow",
    Kind.SPACE: "space",
    Kind.ARCHES: "rainbow",
    Kind.TILES: "mosaic",
}


def test_largest() -> None:
    """The largest picture can be drawn."""
    assert draw(4096, 4096, family=FAMILY).size == (4096, 4096)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (4097, 5), (5, 4097), (-1, 5)])
def test_bad_sizes(size: tuple[int, int]) -> None:
    """A size out of bounds is refused in words."""
    with pytest.raises(ValueError, match="1 to 4096 pixels"):
        draw(*size, family=FAMILY)


def test_short_family() -> None:
    """A family of fewer than 16 bytes is refused."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        draw(8, 8, family=b"short")


@settings(deadline=None, max_examples=60)
@given(families, families)
def test_strangers(one: bytes, other: bytes) -> None:
    """Two families look different."""
    if one != other:
        assert distance(shown(64, 64, family=one), shown(64, 64, family=other)) > STRANGERS


@settings(deadline=None, max_examples=60)
@given(families, st.integers(0, 198))
def test_siblings(family: bytes, index: int) -> None:
    """Neighbouring samples look different."""
    one, other = (shown(64, 64, family=family, index=index + step) for step in (0, 1))
    assert distance(one, other) > SIBLINGS


def test_kinship() -> None:
    """Siblings look more alike than strangers, on the whole."""
    firsts = [shown(64, 64, family=family(number)) for number in range(80)]
    seconds = [shown(64, 64, family=family(number), index=1) for number in range(80)]
    siblings = mean(distance(one, other) for one, other in zip(firsts, seconds, strict=True))
    strangers = mean(distance(one, other) for one, other in pairwise(firsts))
    assert siblings < 0.6 * strangers


def test_many_samples() -> None:
    """No two of the 200 samples of a call are the same, not even in shape."""
    images = [draw(64, 64, family=FAMILY, index=index) for index in range(200)]
    assert len({image.tobytes() for image in images}) == 200


def test_prompt() -> None:
    """A word of the prompt makes another scene of the same family."""
    assert distance(shown(64, 64, family=FAMILY, prompt="sea at night"), shown(64, 64, family=FAMILY)) > STRANGERS


@settings(deadline=None, max_examples=20)
@given(families, names, names)
@pytest.mark.parametrize("dial", ["scheduler", "negative"])
def test_names_matter(dial: str, family: bytes, one: str, other: str) -> None:
    """Another scheduler and another negative prompt each change the picture, but do not make it another scene."""
    plain, first = shown(256, 256, family=family), shown(256, 256, family=family, dials=turned(dial, one))
    assert changed(plain, first) > 0.005
    if one != other:
        assert changed(first, shown(256, 256, family=family, dials=turned(dial, other))) > 0.0
    again = shown(256, 256, family=family, dials=turned(dial, one))
    assert changed(first, again) == 0.0


def test_schedulers_can_be_told_apart() -> None:
    """Between two schedulers a good part of the picture changes, on the whole."""
    shares = []
    for number in range(40):
        one, other = (shown(128, 128, family=family(number), dials=turned("scheduler", name)) for name in ("a", "b"))
        shares.append(changed(one, other))
    assert mean(shares) > 0.15


@settings(deadline=None, max_examples=20)
@given(families, st.integers(0, 9), st.integers(1, 10))
@pytest.mark.parametrize("dial", ["guidance", "steps"])
def test_shares_matter(dial: str, family: bytes, low: int, high: int) -> None:
    """Guidance and steps a tenth of their range apart each change the picture."""
    low, high = sorted((low, high)) if low != high else (low, low + 1)
    one, other = (shown(256, 256, family=family, dials=turned(dial, share / 10)) for share in (low, high))
    assert changed(one, other) > 0.005


@settings(deadline=None, max_examples=15)
@given(families, words)
def test_small_things_stay_small(family: bytes, scheduler: str) -> None:
    """A scheduler moves less than a sibling does, on the same ground."""
    plain = draw(256, 256, family=family)
    moved = draw(256, 256, family=family, dials=Dials(scheduler=scheduler))
    assert plain.getpalette() == moved.getpalette()
    assert distance(plain.convert("RGB"), moved.convert("RGB")) < 20.0


@settings(deadline=None, max_examples=15)
@given(families)
def test_guidance(family: bytes) -> None:
    """More guidance is more colour, in even steps."""
    saturations = [
        ImageStat.Stat(shown(96, 96, family=family, dials=Dials(guidance=share / 5)).convert("HSV")).mean[1]
        for share in range(6)
    ]
    assert all(less < more for less, more in pairwise(saturations))


@pytest.mark.parametrize("kind", Kind)
def test_steps(kind: Kind) -> None:
    """More steps are more detail: a picture that takes more edges to draw."""

    def edges(steps: float) -> int:
        total = 0
        for number in range(6):
            image = draw(256, 256, family=family(number), prompt=WORDS[kind], dials=Dials(steps=steps))
            grey = Image.frombytes("L", image.size, image.tobytes())
            for across, down in ((1, 0), (0, 1)):
                moved = ImageChops.difference(grey, ImageChops.offset(grey, across, down))
                total += 256 * 256 - moved.histogram()[0]
        return total

    assert edges(0.0) < edges(0.5) < edges(1.0)


@settings(deadline=None, max_examples=15)
@given(families)
def test_any_scale(family: bytes) -> None:
    """The same composition at any size: a large picture made small looks like the small one."""
    small, large = shown(128, 128, family=family), shown(512, 512, family=family)
    assert distance(small, large) < 8.0
