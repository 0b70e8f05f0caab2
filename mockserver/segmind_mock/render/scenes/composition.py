"""What a picture is about, as values: decided by family, index, prompt and dials before anything is drawn.

Each further choice is drawn from one of three runs, so that what shall stay equal stays equal:
`land` from the family alone, `own` from the sample too, `small` from the sampler's name on top.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from segmind_mock.render.dice import Dice
from segmind_mock.render.scenes import palette
from segmind_mock.render.scenes.moods import HABITS, Kind, Thing, mood

if TYPE_CHECKING:
    from segmind_mock.render.picture import Dials
    from segmind_mock.render.scenes.palette import Theme

_KINDS = tuple(Kind)
_GOLDEN = 0.6180339887
"""Steps of this share of a circle keep neighbours far apart for as long as one likes."""


_HIGH = 0.24
"""The lowest place of a sun or moon that is asked for, as a share of the height from the top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orb:
    """Sun or moon: its middle in shares of width and height, its radius in units of the canvas.

    `phase` runs from -1, a full disc, over 0, half of one, to 1, the thinnest crescent.
    """

    x: float
    y: float
    radius: float
    phase: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What a picture is about. `detail` is how much of it there is, 0 to 1."""

    kind: Kind
    things: frozenset[Thing]
    """What the prompt names and the kind can show: to be drawn for certain."""
    theme: Theme
    aurora: bool
    halo: bool
    """Whether the sky is rings round the orb, and not level bands."""
    orb: Orb
    detail: float
    family: bytes
    sample: bytes
    arrangement: bytes

    def land(self, purpose: str) -> Dice:
        """Choices that all samples of a call share."""
        return Dice(self.family, purpose)

    def own(self, purpose: str) -> Dice:
        """Choices of this sample."""
        return Dice(self.sample, purpose)

    def small(self, purpose: str) -> Dice:
        """Where the small things are: choices of this sample and sampler."""
        return Dice(self.arrangement, purpose)

    def shows(self, *things: Thing) -> bool:
        """Whether one of these is to be drawn for certain."""
        return not self.things.isdisjoint(things)

    def more(self, least: int, most: int) -> int:
        """A number of things: `least` of them without detail, `most` with all of it."""
        return least + round((most - least) * self.detail)


def compose(family: bytes, index: int, prompt: str, dials: Dials) -> Composition:
    """The composition of one sample. Raises ValueError for a family of fewer than 16 bytes."""
    dice = Dice(family, "kind")
    by_kind, by_theme = dice.unit(), dice.unit()
    asked = mood(prompt)
    kinds = asked.kinds or _KINDS
    kind = kinds[int(by_kind * len(kinds))]
    things = frozenset(thing for thing in asked.things if kind in HABITS[thing].fits)
    names = palette.NAMES
    if kind is Kind.SPACE:
        names = palette.NIGHTS
    elif Thing.SUN in things:
        names = palette.DAYS
    name = asked.theme or names[int(by_theme * len(names))]
    theme = _coloured(palette.THEMES[name], dice, index, dials)
    sample = sha256(b"%d/" % index + family).digest()
    return Composition(
        kind=kind,
        things=things,
        theme=theme,
        aurora=name == "aurora",
        halo=dice.chance(0.3),
        orb=_orb(dice, index, sample, things, night=theme.night),
        detail=min(1.0, max(0.0, dials.steps)),
        family=family,
        sample=sample,
        arrangement=sha256(sample + dials.scheduler.encode("utf-8", "replace")).digest(),
    )


def _coloured(theme: Theme, dice: Dice, index: int, dials: Dials) -> Theme:
    """The theme in a shade of this family's, turned a little for each sample and away from what is not wanted."""
    strength = 1.0
    turn = dice.between(-0.04, 0.04) + 0.05 * ((dice.unit() + index * _GOLDEN) % 1.0 - 0.5)
    if dials.negative:
        away = Dice(sha256(dials.negative.encode("utf-8", "replace")).digest(), "negative")
        turn += away.between(0.10, 0.20) * (1.0 if away.chance(0.5) else -1.0)
        strength = 0.85
    # 0.3 of guidance leaves the theme as it was painted.
    strength *= 0.4 + 2.0 * min(1.0, max(0.0, dials.guidance))
    return palette.tint(theme, turn=turn, strength=strength * dice.between(0.9, 1.1))


def _orb(shared: Dice, index: int, sample: bytes, things: frozenset[Thing], *, night: bool) -> Orb:
    """The sun is round, and a moon by day is not; one that is asked for is too high to hide behind anything."""
    own = Dice(sample, "orb")
    sun, moon = Thing.SUN in things, Thing.MOON in things
    x = 0.16 + 0.68 * ((shared.unit() + index * _GOLDEN) % 1.0)
    y = own.between(0.14, 0.30) if night else own.between(0.17, 0.42)
    radius = shared.between(0.06, 0.13)
    thin = night and shared.chance(0.6)
    return Orb(
        x=x,
        y=min(y, _HIGH) if sun or moon else y,
        radius=radius,
        phase=own.between(0.25, 0.75) if not sun and (thin or (moon and not night)) else -1.0,
    )
