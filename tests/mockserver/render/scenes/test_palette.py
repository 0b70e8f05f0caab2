"""Palette: sixty-four slots that can be told apart where it matters."""

import colorsys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segmind_mock.render.picture import BAR, INK
from segmind_mock.render.scenes import palette

names = st.sampled_from(sorted(palette.THEMES))
turns = st.floats(-0.3, 0.3)
strengths = st.floats(0.3, 2.7)


def slots(theme: palette.Theme) -> list[tuple[int, int, int]]:
    """The colours of a theme, slot by slot."""
    data = palette.colours(theme)
    return [(data[i], data[i + 1], data[i + 2]) for i in range(0, len(data), 3)]


@given(names, turns, strengths)
def test_colours(name: str, turn: float, strength: float) -> None:
    """Every theme in every tint gives 64 colours."""
    assert len(slots(palette.tint(palette.THEMES[name], turn=turn, strength=strength))) == INK + 1 == 64


def test_slots() -> None:
    """The slots lie side by side and end with the last one."""
    assert palette.GLOW + 1 == palette.ORB
    assert palette.SPARK + 1 == palette.BODY
    assert palette.BODY + palette.LAYERS == palette.RIM
    assert palette.RIM + palette.LAYERS == palette.WATER
    assert palette.WATER + palette.DEPTHS == palette.ACCENT
    assert palette.ACCENT + 3 == palette.CLOUD
    assert palette.CLOUD + 2 == palette.WINDOW
    assert palette.WINDOW + 1 == BAR


@pytest.mark.parametrize("name", sorted(palette.THEMES))
def test_depth(name: str) -> None:
    """The nearest land is darker than the farthest, and that darker than the sky behind it."""
    weight = [sum(colour) for colour in slots(palette.THEMES[name])]
    assert weight[palette.BODY + palette.LAYERS - 1] < weight[palette.BODY] < weight[palette.HORIZON]


@example("sunrise", 0.09375, 2.5)
@given(names, turns, strengths)
def test_caption_bar(name: str, turn: float, strength: float) -> None:
    """The caption's ground is dark, its ink nearly white, and the two tones between lie evenly."""
    ramp = slots(palette.tint(palette.THEMES[name], turn=turn, strength=strength))[BAR:]
    assert len(ramp) == 4
    assert max(ramp[0]) < 100
    assert sum(ramp[0]) < 160
    assert min(ramp[3]) > 215
    for ground, lower, upper, ink in zip(*ramp, strict=True):
        assert abs(lower - (2 * ground + ink) / 3) <= 1
        assert abs(upper - (ground + 2 * ink) / 3) <= 1


@given(names, turns, st.floats(0.3, 2.0))
def test_strength(name: str, turn: float, strength: float) -> None:
    """A stronger tint is more saturated on the whole."""

    def saturation(strength: float) -> float:
        tinted = slots(palette.tint(palette.THEMES[name], turn=turn, strength=strength))[:BAR]
        return sum(colorsys.rgb_to_hsv(*colour)[1] for colour in tinted)

    assert saturation(strength) < saturation(strength + 0.2)


def test_untinted() -> None:
    """A tint of nothing leaves a theme as it is, but for rounding."""
    theme = palette.THEMES["noon"]
    plain, tinted = palette.colours(theme), palette.colours(palette.tint(theme, turn=0.0, strength=1.0))
    assert all(abs(one - other) <= 1 for one, other in zip(plain, tinted, strict=True))


def test_mix() -> None:
    """Mixing goes all the way from the first colour to the second."""
    assert palette.mix((0.0, 0.5, 1.0), (1.0, 0.5, 0.0), 0.0) == (0.0, 0.5, 1.0)
    assert palette.mix((0.0, 0.5, 1.0), (1.0, 0.5, 0.0), 1.0) == (1.0, 0.5, 0.0)
