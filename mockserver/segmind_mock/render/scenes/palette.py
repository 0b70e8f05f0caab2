"""Sixty-four colours that belong together: a theme, turned and strengthened.

The slots are fixed, so a picture is drawn in slot numbers and coloured afterwards:

    0 .. 27   SKY: from the top of the sky (0) to the horizon (27)
    28 .. 33  GLOW: the horizon in more and more of the sun's light
    34        ORB: sun or moon
    35        SPARK: stars, sails and glints on water
    36 .. 41  BODY: six ranges of land, the farthest first
    42 .. 47  RIM: the lit side of the same six
    48 .. 53  WATER: from the far shore to the near one
    54 .. 56  ACCENT: the colour that stands out, in shade, plain and in light
    57, 58    CLOUD: plain and in shade
    59        WINDOW: a lit window
    60 .. 63  BAR to INK: the caption bar's ground, two tones between, and its letters; no scene uses them
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from itertools import chain

HORIZON = 27
GLOW = 33
ORB = 34
SPARK = 35
BODY = 36
RIM = 42
LAYERS = 6
WATER = 48
DEPTHS = 6
ACCENT = 54
CLOUD = 57
WINDOW = 59

_UPPER = tuple(2.0 * level / HORIZON for level in range(HORIZON // 2 + 1))
_LOWER = tuple(2.0 * level / HORIZON - 1.0 for level in range(HORIZON // 2 + 1, HORIZON + 1))
_LIGHT = tuple(0.8 * level / (GLOW - HORIZON) for level in range(1, GLOW - HORIZON + 1))
"""The shares of the sky's two halves and of its glow."""

_NEARNESS = tuple(layer / (LAYERS - 1) for layer in range(LAYERS))
_HAZE = tuple(0.3 * (1.0 - share) ** 2 for share in _NEARNESS)

Colour = tuple[float, float, float]

# Fixed colours, in bytes' terms as `_scaled` makes them.
_BLACK: Colour = (0.5, 0.5, 0.5)
_WHITE: Colour = (255.5, 255.5, 255.5)
_LAMP: Colour = (255.5, 217.0, 128.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The seven colours (RGB, 0 to 1) that the slots are mixed from, and whether it is night."""

    top: Colour
    middle: Colour
    low: Colour
    orb: Colour
    far: Colour
    near: Colour
    accent: Colour
    night: bool


def _colour(code: str) -> Colour:
    red, green, blue = bytes.fromhex(code)
    return red / 255, green / 255, blue / 255


def _theme(codes: str, *, night: bool = False) -> Theme:
    top, middle, low, orb, far, near, accent = map(_colour, codes.split())
    return Theme(top=top, middle=middle, low=low, orb=orb, far=far, near=near, accent=accent, night=night)


THEMES = {
    "sunrise": _theme("355c7d c06c84 f8b195 fff1d6 a8607d 2a1f3d 57c4b8"),
    "noon": _theme("4a90d9 8cc4ee e3f3fb fffbe0 86b3c6 1c574a ff7350"),
    "sunset": _theme("3b1c5a d1495b ffb35c fff0b8 b0475f 2b1033 3fb0b5"),
    "night": _theme("0b1030 1c2a5e 4a5a9c f4f1de 2b3870 070b1f ff9a62", night=True),
    "dusk": _theme("12324a 2f7f86 f2c38b ffe9c9 467f85 0c2430 e8583c"),
    "desert": _theme("6fb0bb f6d7a7 fbe8cf fffaf0 dca178 74352a 2b8a86"),
    "arctic": _theme("6f9cc0 b4d1e4 f1f6f9 ffffff 9fbad0 274460 e4572e"),
    "aurora": _theme("061a2b 0f4c5c 3fb58f eafff4 17505a 04121c ff8fab", night=True),
    "lavender": _theme("5b5ea6 a78bcc f3cfe0 fff5fa 9a86c0 332a5c ffa94d"),
    "mist": _theme("86ad9f c6d8c4 f3efdc fffdf0 9dbba4 1d382f d9684a"),
    "rose": _theme("d96a80 f6b5a8 fde4cf fffaf5 d98b94 572643 2f8688"),
    "ember": _theme("1a0f1f 6b1e2e f0603a ffd08a 7a2433 140a12 ffd166", night=True),
    "lagoon": _theme("1a6f8a 6cc5bd f7ecd0 fffbe8 5aa79f 0f3d4c ff6b57"),
    "autumn": _theme("7a9e9f e9c46a f8e6b8 fff6dc d98a4b 5a2a1d c4403a"),
    "plum": _theme("1b0f33 432371 c86b98 ffe3d8 50286f 120a24 7ee0c6", night=True),
    "citrus": _theme("2a9d8f a9cf8b fdf3c0 ff7f51 6fb59a 264653 f25c54"),
    "ink": _theme("274c77 6096ba e7ecef ffd27a 8fb1cc 16273f ee6c4d"),
    "spring": _theme("7cc6e8 c9e9d8 fdf6d8 fffce8 a2cf9a 2c6b4a f27fae"),
}
NAMES = tuple(THEMES)
NIGHTS = tuple(name for name, theme in THEMES.items() if theme.night)
DAYS = tuple(name for name, theme in THEMES.items() if not theme.night)


def tint(theme: Theme, *, turn: float, strength: float) -> Theme:
    """`theme` with its hues turned (in whole turns) and made paler or more vivid; a `strength` of 1.0 leaves it."""

    def tinted(colour: Colour) -> Colour:
        hue, lightness, saturation = colorsys.rgb_to_hls(*colour)
        # Towards the vivid end without reaching it, so that there is always some more to be had.
        vivid = 1.0 - (1.0 - saturation) ** strength if strength > 1.0 else saturation * strength
        return colorsys.hls_to_rgb(hue + turn, lightness, vivid)

    return Theme(
        top=tinted(theme.top),
        middle=tinted(theme.middle),
        low=tinted(theme.low),
        orb=tinted(theme.orb),
        far=tinted(theme.far),
        near=tinted(theme.near),
        accent=tinted(theme.accent),
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


def colours(theme: Theme) -> bytes:
    """The 64 slots as 192 bytes, red, green and blue of each in turn."""
    theme = _scaled(theme)
    sky = [
        *_ramp(theme.top, theme.middle, _UPPER),
        *_ramp(theme.middle, theme.low, _LOWER),
        *_ramp(theme.low, theme.orb, _LIGHT),
    ]
    # What is far takes on the colour of the air between.
    bodies = _ramp(theme.far, theme.near, _NEARNESS)
    if not theme.night:
        bodies = [mix(body, theme.low, haze) for body, haze in zip(bodies, _HAZE, strict=True)]
    light, weight = (theme.low, 0.4) if theme.night else (theme.orb, 0.26)
    rims = [mix(body, light, weight * (1.0 - 0.12 * layer)) for layer, body in enumerate(bodies)]
    waters = [mix(sky[HORIZON - 2 - 4 * depth], theme.near, 0.10 + 0.05 * depth) for depth in range(DEPTHS)]
    slots = [*sky, theme.orb, mix(theme.low, theme.orb, 0.85), *bodies, *rims, *waters, *_details(theme), *_bar(theme)]
    return bytes(map(int, chain.from_iterable(slots)))


def _ramp(first: Colour, second: Colour, shares: tuple[float, ...]) -> list[Colour]:
    """`mix` for many shares."""
    red, green, blue = first
    reds, greens, blues = second[0] - red, second[1] - green, second[2] - blue
    return [(red + reds * share, green + greens * share, blue + blues * share) for share in shares]


def _scaled(theme: Theme) -> Theme:
    """The theme in bytes' terms: 0.5 to 255.5, so that cutting off the fraction of any mixture rounds it."""
    parts = (theme.top, theme.middle, theme.low, theme.orb, theme.far, theme.near, theme.accent)
    top, middle, low, orb, far, near, accent = [
        (255.0 * red + 0.5, 255.0 * green + 0.5, 255.0 * blue + 0.5) for red, green, blue in parts
    ]
    return Theme(top=top, middle=middle, low=low, orb=orb, far=far, near=near, accent=accent, night=theme.night)


def _details(theme: Theme) -> list[Colour]:
    """The slots from ACCENT to WINDOW."""
    cloud = mix(theme.middle, theme.low, 0.35) if theme.night else mix(theme.low, theme.orb, 0.55)
    return [
        mix(theme.accent, theme.near, 0.35),
        theme.accent,
        mix(theme.accent, theme.orb, 0.45),
        cloud,
        mix(cloud, theme.middle, 0.45),
        mix(theme.orb, _LAMP, 0.6),
    ]


def _bar(theme: Theme) -> list[Colour]:
    """An even ramp from the theme's darkest colour, darkened, to nearly white."""
    darkest = min((theme.top, theme.near), key=_luma)
    # A strong blue looks dark and is bright all the same, hence the second bound.
    ground = mix(_BLACK, darkest, min(0.7, 28.0 / max(_luma(darkest), 0.5), 90.0 / max(darkest)))
    ink = mix(_WHITE, theme.low, 0.08)
    return [ground, mix(ground, ink, 1 / 3), mix(ground, ink, 2 / 3), ink]


def _luma(colour: Colour) -> float:
    """How bright a colour looks."""
    return 0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]
