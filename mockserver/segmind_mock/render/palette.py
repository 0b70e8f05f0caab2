"""Thirty-two colours that belong together, chosen by a digest.

The slots are fixed, so a picture is drawn in slot numbers and coloured afterwards:

    0 .. 17   SKY: from the top of the sky (0) to the horizon (13) and on into the glow round the sun (17)
    18        ORB: sun or moon
    19        SPARK: stars and glints on water
    20 .. 25  BODY: six ranges of hills, the farthest first
    26 .. 31  RIM: the lit edge of the same six
"""

import colorsys
from dataclasses import dataclass

from segmind_mock.render.dice import Dice

SIZE = 32
HORIZON = 13
GLOW = 17
ORB = 18
SPARK = 19
BODY = 20
RIM = 26
LAYERS = 6

Colour = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The six colours (RGB, 0 to 1) that the other slots are mixed from, and whether it is night."""

    top: Colour
    middle: Colour
    low: Colour
    orb: Colour
    far: Colour
    near: Colour
    night: bool


def _colour(code: str) -> Colour:
    red, green, blue = bytes.fromhex(code)
    return red / 255, green / 255, blue / 255


def _theme(codes: str, *, night: bool = False) -> Theme:
    top, middle, low, orb, far, near = map(_colour, codes.split())
    return Theme(top=top, middle=middle, low=low, orb=orb, far=far, near=near, night=night)


THEMES = (
    _theme("355c7d c06c84 f8b195 fff1d6 a8607d 2a1f3d"),  # sunrise
    _theme("4a90d9 8cc4ee e3f3fb fffbe0 86b3c6 1c574a"),  # noon
    _theme("3b1c5a d1495b ffb35c fff0b8 b0475f 2b1033"),  # sunset
    _theme("0b1030 1c2a5e 4a5a9c f4f1de 2b3870 070b1f", night=True),  # night
    _theme("12324a 2f7f86 f2c38b ffe9c9 467f85 0c2430"),  # dusk
    _theme("6fb0bb f6d7a7 fbe8cf fffaf0 dca178 74352a"),  # desert
    _theme("6f9cc0 b4d1e4 f1f6f9 ffffff 9fbad0 274460"),  # arctic
    _theme("061a2b 0f4c5c 3fb58f eafff4 17505a 04121c", night=True),  # aurora
    _theme("5b5ea6 a78bcc f3cfe0 fff5fa 9a86c0 332a5c"),  # lavender
    _theme("86ad9f c6d8c4 f3efdc fffdf0 9dbba4 1d382f"),  # mist
    _theme("d96a80 f6b5a8 fde4cf fffaf5 d98b94 572643"),  # rose
    _theme("1a0f1f 6b1e2e f0603a ffd08a 7a2433 140a12", night=True),  # ember
)


def choose(dice: Dice) -> Theme:
    """One of `THEMES`, its hues turned and its strength varied a little."""
    theme = THEMES[dice.below(len(THEMES))]
    turn, strength = dice.between(-0.07, 0.07), dice.between(0.85, 1.15)

    def vary(colour: Colour) -> Colour:
        hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
        return colorsys.hls_to_rgb(hue + turn, lightness, min(1.0, saturation * strength))

    return Theme(
        top=vary(theme.top),
        middle=vary(theme.middle),
        low=vary(theme.low),
        orb=vary(theme.orb),
        far=vary(theme.far),
        near=vary(theme.near),
        night=theme.night,
    )


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0 to 1) of it replaced by `second`."""
    rest = 1.0 - share
    return (
        first[0] * rest + second[0] * share,
        first[1] * rest + second[1] * share,
        first[2] * rest + second[2] * share,
    )


def _sky(theme: Theme, level: int) -> Colour:
    if level > HORIZON:
        return mix(theme.low, theme.orb, 0.8 * (level - HORIZON) / (GLOW - HORIZON))
    share = 2.0 * level / HORIZON
    if share < 1.0:
        return mix(theme.top, theme.middle, share)
    return mix(theme.middle, theme.low, share - 1.0)


def _body(theme: Theme, layer: int) -> Colour:
    share = layer / (LAYERS - 1)
    # What is far takes on the colour of the air between.
    haze = 0.0 if theme.night else 0.3
    return mix(mix(theme.far, theme.near, share), theme.low, haze * (1.0 - share) ** 2)


def _rim(theme: Theme, layer: int) -> Colour:
    light = theme.low if theme.night else theme.orb
    return mix(_body(theme, layer), light, (0.5 if theme.night else 0.26) * (1.0 - 0.12 * layer))


def colours(theme: Theme) -> bytes:
    """The 32 slots as 96 bytes, red, green and blue of each in turn."""
    slots = [_sky(theme, level) for level in range(GLOW + 1)]
    slots += [theme.orb, mix(theme.low, theme.orb, 0.85)]
    slots += [_body(theme, layer) for layer in range(LAYERS)]
    slots += [_rim(theme, layer) for layer in range(LAYERS)]
    return bytes(round(255 * part) for colour in slots for part in colour)
