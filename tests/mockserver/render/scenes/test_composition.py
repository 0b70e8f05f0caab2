"""Composition: what a picture is about, and what decides it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes.composition import compose
from segmind_mock.render.scenes.moods import Kind
from segmind_mock.render.scenes.palette import THEMES, Theme

families = st.binary(min_size=16, max_size=64)
indexes = st.integers(0, 199)
PLAIN = Dials()


@given(families, indexes, st.text(max_size=40), st.floats(-1.0, 2.0), st.text(max_size=8), st.text(max_size=8))
def test_bounds(family: bytes, index: int, prompt: str, share: float, scheduler: str, negative: str) -> None:
    """Whatever is asked, the orb is in the frame and the detail a share."""
    dials = Dials(guidance=share, steps=share, scheduler=scheduler, negative=negative)
    scene = compose(family, index, prompt, dials)
    assert 0.1 < scene.orb.x < 0.9
    assert 0.1 < scene.orb.y < 0.5
    assert 0.0 <= scene.detail <= 1.0
    assert 2 <= scene.more(2, 9) <= 9


@given(families, indexes)
def test_siblings(family: bytes, index: int) -> None:
    """Samples share their kind, their land and their hour; neighbours have the orb in another place."""
    one, other = compose(family, index, "", PLAIN), compose(family, index + 1, "", PLAIN)
    assert (one.kind, one.halo, one.aurora, one.theme.night) == (
        other.kind,
        other.halo,
        other.aurora,
        other.theme.night,
    )
    assert one.land("x").unit() == other.land("x").unit()
    assert one.own("x").unit() != other.own("x").unit()
    assert abs(one.orb.x - other.orb.x) > 0.2
    assert one.theme != other.theme


@given(families, st.text(min_size=1, max_size=20))
def test_scheduler(family: bytes, scheduler: str) -> None:
    """The sampler's name decides about small things alone."""
    plain, named = compose(family, 0, "", PLAIN), compose(family, 0, "", Dials(scheduler=scheduler))
    assert plain.small("x").units(4) != named.small("x").units(4)
    assert plain.own("x").unit() == named.own("x").unit()
    assert (plain.theme, plain.orb) == (named.theme, named.orb)


@given(families, st.text(min_size=1, max_size=20))
def test_negative(family: bytes, negative: str) -> None:
    """What is not wanted turns the colours and moves nothing."""
    plain, turned = compose(family, 0, "", PLAIN), compose(family, 0, "", Dials(negative=negative))
    assert plain.theme != turned.theme
    assert (plain.kind, plain.orb, plain.arrangement) == (turned.kind, turned.orb, turned.arrangement)


@given(families)
def test_prompt(family: bytes) -> None:
    """Words of the prompt choose theme and kind; words that are not known choose nothing."""
    asked = compose(family, 0, "A quiet harbour at night", PLAIN)
    assert asked.kind is Kind.SEA
    assert asked.theme.night
    assert compose(family, 0, "xyzzy", PLAIN) == compose(family, 0, "", PLAIN)


@given(families)
def test_night(family: bytes) -> None:
    """Crescents belong to the night, and so does space."""
    scene = compose(family, 0, "noon", PLAIN)
    assert scene.orb.phase == -1.0
    assert compose(family, 0, "planet", PLAIN).theme.night


@given(families, indexes)
def test_sun_and_moon(family: bytes, index: int) -> None:
    """A sun that is named is round and shines by day where no word says otherwise; a moon by day is a crescent."""
    sun, moon = compose(family, index, "sun", PLAIN), compose(family, index, "noon moon", PLAIN)
    assert sun.orb.phase == compose(family, index, "night sun", PLAIN).orb.phase == -1.0
    assert not sun.theme.night
    assert moon.orb.phase > 0.0
    assert max(sun.orb.y, moon.orb.y) <= 0.24


def test_all_kinds_and_themes() -> None:
    """Families come upon every kind of scene and every theme."""
    scenes = [compose(number.to_bytes(16, "big"), 0, "", PLAIN) for number in range(400)]
    assert {scene.kind for scene in scenes} == set(Kind)
    nights = sum(scene.theme.night for scene in scenes)
    assert 50 < nights < 250
    lightness = {round(_lightness(scene.theme), 2) for scene in scenes}
    assert len(lightness) >= len(THEMES) // 2


def _lightness(theme: Theme) -> float:
    return (max(theme.low) + min(theme.low)) / 2


def test_short_family() -> None:
    """A family of fewer than 16 bytes is refused."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        compose(b"short", 0, "", PLAIN)
