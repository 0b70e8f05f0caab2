"""Named: what the words of a prompt name is in the picture."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.render.picture import Dials
from segmind_mock.render.scenes import lands, motifs, palette, sky, waters
from segmind_mock.render.scenes.composition import compose
from segmind_mock.render.scenes.moods import HABITS, Kind, Thing
from segmind_mock.render.scenes.scene import draw

if TYPE_CHECKING:
    from types import ModuleType

WORDS = [(word, thing) for thing, habit in HABITS.items() for word in habit.words.split()]
PLACES = {
    Kind.HILLS: "valley",
    Kind.MOUNTAINS: "alps",
    Kind.SEA: "ocean",
    Kind.CITY: "town",
    Kind.DUNES: "sahara",
    Kind.FOREST: "woods",
    Kind.MEADOW: "meadow",
    Kind.SPACE: "galaxy",
    Kind.ARCHES: "rainbow",
    Kind.TILES: "mosaic",
}
"""A word for each kind of scene that names nothing in it."""

DRAWN: dict[Thing, tuple[ModuleType, str]] = {
    Thing.LIGHTHOUSE: (motifs, "lighthouse"),
    Thing.BOATS: (motifs, "boat"),
    Thing.ISLANDS: (waters, "_island"),
    Thing.WATER: (waters, "lake"),
    Thing.BALLOONS: (motifs, "balloon"),
    Thing.BIRDS: (motifs, "birds"),
    Thing.SUN: (sky, "orb"),
    Thing.MOON: (sky, "orb"),
    Thing.STARS: (sky, "stars"),
    Thing.PINES: (motifs, "pine"),
    Thing.CACTI: (motifs, "cactus"),
    Thing.FLOWERS: (motifs, "flower"),
    Thing.HOUSE: (motifs, "house"),
    Thing.CAMELS: (motifs, "camel"),
    Thing.PLANET: (motifs, "planet"),
    Thing.RINGS: (motifs, "_ring"),
    Thing.ROCKET: (motifs, "rocket"),
}
"""What draws a thing, and nothing else. Trees and snow are looked for by themselves."""


def family(number: int) -> bytes:
    """One of many families."""
    return hashlib.sha256(number.to_bytes(4, "big")).digest()


@given(st.binary(min_size=16, max_size=64), st.integers(0, 199), st.sampled_from(WORDS), st.sampled_from(Kind))
def test_in_the_composition(seed: bytes, index: int, word: tuple[str, Thing], kind: Kind) -> None:
    """A word that names a thing puts it into every composition, wherever a further word has it take place."""
    assert word[1] in compose(seed, index, f"A {word[0].upper()}", Dials()).things
    placed = compose(seed, index, f"{word[0]}s in the {PLACES[kind]}", Dials())
    assert placed.kind is kind
    assert (word[1] in placed.things) == (kind in HABITS[word[1]].fits)


def test_every_word() -> None:
    """Of every word, many families have the thing."""
    for word, thing in WORDS:
        assert all(thing in compose(family(number), 0, word, Dials()).things for number in range(20)), word


def counted(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often what is in DRAWN was called from now on."""
    calls: Counter[str] = Counter()

    def count(painter: Any, name: str, *given: Any, **more: Any) -> Any:
        calls[name] += 1
        return painter(*given, **more)

    for module, name in set(DRAWN.values()):
        monkeypatch.setattr(module, name, partial(count, getattr(module, name), name))
    return calls


@pytest.mark.parametrize("thing", DRAWN)
def test_drawn(thing: Thing, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is named is drawn, in every kind of scene that can show it and where its word stands alone."""
    calls = counted(monkeypatch)
    word = HABITS[thing].words.split()[0]
    places = ["", *(PLACES[kind] for kind in HABITS[thing].fits)]
    for place in places:
        for number in range(6):
            calls.clear()
            draw(64, 64, family=family(number), prompt=f"{word} {place}")
            assert calls[DRAWN[thing][1]], (place, number)


@pytest.mark.parametrize("kind", sorted(HABITS[Thing.TREES].fits))
def test_trees(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where trees are named there is a grove, or bare trunks."""
    planted: list[str] = []
    for module, name in ((motifs, "grove"), (lands, "_trunk")):
        monkeypatch.setattr(module, name, lambda *_, name=name: planted.append(name))
    for number in range(6):
        planted.clear()
        draw(64, 64, family=family(number), prompt=f"trees {PLACES[kind]}")
        assert planted, number


def test_snow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snowy mountains have snow on the farther range."""
    looks: list[Any] = []
    monkeypatch.setattr(lands, "peaks", lambda _canvas, _dice, _shape, look: looks.append(look))
    for number in range(12):
        draw(64, 64, family=family(number), prompt="snowy alps")
    assert [look[2] for look in looks] == [True, False] * 12


def test_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not named comes in some families alone."""
    calls = counted(monkeypatch)
    for number in range(30):
        draw(64, 64, family=family(number), prompt="ocean")
    assert 0 < calls["lighthouse"] < 30
    assert 0 < calls["birds"] < 30
    assert not calls["house"] + calls["camel"] + calls["rocket"] + calls["planet"]


def test_before_everything() -> None:
    """A house stands in front: its lit windows can be seen in every kind of scene."""
    for kind in sorted(HABITS[Thing.HOUSE].fits):
        prompt = f"house {PLACES[kind]}"
        for number in range(4):
            assert draw(128, 128, family=family(number), prompt=prompt).histogram()[palette.WINDOW] >= 8
