"""What the words of a prompt ask for: a theme of colours, a kind of scene, things in it, or nothing known here."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What a picture shows."""

    HILLS = "hills"
    MOUNTAINS = "mountains"
    SEA = "sea"
    CITY = "city"
    DUNES = "dunes"
    FOREST = "forest"
    MEADOW = "meadow"
    SPACE = "space"
    ARCHES = "arches"
    TILES = "tiles"


class Thing(StrEnum):
    """What a picture shows for certain when the prompt names it."""

    LIGHTHOUSE = "lighthouse"
    BOATS = "boats"
    ISLANDS = "islands"
    WATER = "water"
    SNOW = "snow"
    BALLOONS = "balloons"
    BIRDS = "birds"
    SUN = "sun"
    MOON = "moon"
    STARS = "stars"
    TREES = "trees"
    PINES = "pines"
    CACTI = "cacti"
    FLOWERS = "flowers"
    HOUSE = "house"
    CAMELS = "camels"
    PLANET = "planet"
    RINGS = "rings"
    ROCKET = "rocket"


class Habit(NamedTuple):
    """How a thing is named and where it is found."""

    words: str
    homes: tuple[Kind, ...]
    """The kinds of scene that it stands for when no other word chooses one."""
    fits: frozenset[Kind]
    """The kinds of scene that can show it."""


class Mood(NamedTuple):
    """What a prompt asks for."""

    theme: str | None = None
    """A key of `palette.THEMES`; None where the prompt leaves it open."""
    kinds: tuple[Kind, ...] = ()
    """The kinds to choose from; none where the prompt leaves it open."""
    things: tuple[Thing, ...] = ()
    """What is named, as it comes; not all of it fits into every kind."""


THEME_WORDS = {
    "sunrise": "sunrise dawn morning daybreak",
    "noon": "noon day daytime sunny summer blue",
    "sunset": "sunset evening golden orange",
    "night": "night midnight moon moonlight moonlit dark star starry stars",
    "dusk": "dusk twilight teal storm",
    "desert": "desert sahara sand sandy dune canyon savanna camel cactus",
    "arctic": "arctic snow snowy winter ice icy frozen glacier polar christmas white",
    "aurora": "aurora borealis northern",
    "lavender": "lavender purple violet dream dreamy",
    "mist": "mist misty fog foggy haze hazy rain rainy green jungle",
    "rose": "rose pink blossom cherry love romantic",
    "ember": "fire flame lava volcano ember burning inferno dragon red hell",
    "lagoon": "lagoon tropical beach island turquoise underwater coral",
    "autumn": "autumn fall harvest pumpkin maple brown yellow",
    "plum": "neon cyberpunk galaxy nebula magic magical",
    "citrus": "citrus lemon fruit retro",
    "ink": "ink poster minimal minimalist",
    "spring": "spring flower floral garden meadow",
}
KIND_WORDS = {
    Kind.HILLS: "hill valley countryside field farm village landscape",
    Kind.MOUNTAINS: "mountain alps peak summit cliff glacier volcano canyon himalaya",
    Kind.SEA: "sea ocean harbour harbor beach coast wave lagoon fish",
    Kind.CITY: "city town skyline street building skyscraper tower urban downtown cyberpunk neon metropolis",
    Kind.DUNES: "desert sahara dune sand",
    Kind.FOREST: "forest wood woods jungle woodland",
    Kind.MEADOW: "floral rose garden meadow blossom petal",
    Kind.SPACE: "space galaxy cosmos cosmic nebula astronaut orbit universe alien mars",
    Kind.ARCHES: "abstract rainbow arch poster minimal minimalist",
    Kind.TILES: "geometric pattern mosaic tile bauhaus cubism logo icon",
}
_ALL = frozenset(Kind) - {Kind.TILES}
_OUTDOORS = (Kind.HILLS, Kind.MOUNTAINS, Kind.SEA, Kind.CITY, Kind.DUNES, Kind.MEADOW)
_SHORES = frozenset({Kind.SEA, Kind.MOUNTAINS, Kind.HILLS, Kind.CITY, Kind.FOREST, Kind.MEADOW})
HABITS = {
    Thing.LIGHTHOUSE: Habit("lighthouse", (Kind.SEA,), _ALL),
    Thing.BOATS: Habit("boat sailboat ship yacht sail sailing", (Kind.SEA,), _SHORES),
    Thing.ISLANDS: Habit("island", (Kind.SEA,), frozenset({Kind.SEA})),
    Thing.WATER: Habit("lake pond river fjord", (Kind.MOUNTAINS,), _SHORES - {Kind.SEA}),
    Thing.SNOW: Habit("snow snowy", (Kind.MOUNTAINS,), frozenset({Kind.MOUNTAINS})),
    Thing.BALLOONS: Habit("balloon", _OUTDOORS, _ALL),
    Thing.BIRDS: Habit("bird seagull gull flock", _OUTDOORS, _ALL),
    Thing.SUN: Habit("sun sunshine", _OUTDOORS, _ALL),
    Thing.MOON: Habit("moon moonlight moonlit crescent", _OUTDOORS, _ALL),
    Thing.STARS: Habit("star starry starlight", _OUTDOORS, _ALL),
    Thing.TREES: Habit("tree", (Kind.FOREST,), _ALL),
    Thing.PINES: Habit("pine fir spruce", (Kind.FOREST,), _ALL),
    Thing.CACTI: Habit("cactus cacti", (Kind.DUNES,), _ALL),
    Thing.FLOWERS: Habit("flower sunflower tulip daisy poppy bouquet", (Kind.MEADOW,), _ALL),
    Thing.HOUSE: Habit("house cottage cabin hut barn", (Kind.HILLS, Kind.MEADOW), _ALL),
    Thing.CAMELS: Habit("camel dromedary caravan", (Kind.DUNES,), _ALL),
    Thing.PLANET: Habit("planet", (Kind.SPACE,), _ALL),
    Thing.RINGS: Habit("saturn", (Kind.SPACE,), _ALL),
    Thing.ROCKET: Habit("rocket spaceship spacecraft", (Kind.SPACE,), _ALL),
}
_THEMES = {word: theme for theme, words in THEME_WORDS.items() for word in words.split()}
_KINDS = {word: kind for kind, words in KIND_WORDS.items() for word in words.split()}
_THINGS = {word: thing for thing, habit in HABITS.items() for word in habit.words.split()}

_WORD = re.compile("[a-z]+")
_LONGEST = 2000
"""Characters of a prompt that are read: nobody waits for more than a page to set a mood."""


def mood(prompt: str) -> Mood:
    """The mood of the known words of `prompt`: English, in any case, plain plurals too.

    The first word for colours decides about them, and the first for the kind of scene about that.
    """
    theme: str | None = None
    kind: Kind | None = None
    things: list[Thing] = []
    for word in _WORD.findall(prompt[:_LONGEST].lower()):
        single = word.removesuffix("s")
        theme = theme or _THEMES.get(word) or _THEMES.get(single)
        kind = kind or _KINDS.get(word) or _KINDS.get(single)
        thing = _THINGS.get(word) or _THINGS.get(single)
        if thing and thing not in things:
            things.append(thing)
    return Mood(theme, (kind,) if kind else _homes(things), tuple(things))


def _homes(things: list[Thing]) -> tuple[Kind, ...]:
    """Where the most particular of these things is at home, so that as many as can be fit in."""
    homes = [HABITS[thing].homes for thing in things]

    def strain(kinds: tuple[Kind, ...]) -> tuple[int, int]:
        return sum(not HABITS[thing].fits.issuperset(kinds) for thing in things), len(kinds)

    return min(homes, key=strain, default=())
