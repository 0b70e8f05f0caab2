"""Moods: the words of a prompt that mean something here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmind_mock.render.scenes import moods
from segmind_mock.render.scenes.moods import Kind, Mood, Thing, mood
from segmind_mock.render.scenes.palette import THEMES


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a lighthouse at sunset", Mood("sunset", (Kind.SEA,), (Thing.LIGHTHOUSE,))),
        ("NIGHT in the City", Mood("night", (Kind.CITY,))),
        ("mountains in the fog", Mood("mist", (Kind.MOUNTAINS,))),
        ("a forest, winter", Mood("arctic", (Kind.FOREST,))),
        ("desert", Mood("desert", (Kind.DUNES,))),
        ("red roses in a garden", Mood("ember", (Kind.MEADOW,))),
        ("aurora over a frozen lake", Mood("aurora", (Kind.MOUNTAINS,), (Thing.WATER,))),
        ("planets", Mood(None, (Kind.SPACE,), (Thing.PLANET,))),
        ("fire", Mood("ember")),
        ("a red-hot city", Mood("ember", (Kind.CITY,))),
        ("portrait of a cat", Mood()),
        ("citywide seating", Mood()),
        ("", Mood()),
    ],
)
def test_words(prompt: str, expected: Mood) -> None:
    """The first known word for colours and the first for the scene decide, in any case, plain plurals too."""
    assert mood(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "kinds"),
    [
        ("a lighthouse in the city", {Kind.CITY}),
        ("a tree, a lighthouse and the desert", {Kind.DUNES}),
        ("the moon over a lighthouse", {Kind.SEA}),
        ("a boat on a lake", {Kind.MOUNTAINS}),
        ("a house", {Kind.HILLS, Kind.MEADOW}),
    ],
)
def test_homes(prompt: str, kinds: set[Kind]) -> None:
    """A thing chooses the kind of scene where no word does, the most particular thing first."""
    assert set(mood(prompt).kinds) == kinds


def test_repeated() -> None:
    """A thing is asked for once, however often it is named."""
    assert mood("stars, more stars and a starry sky").things == (Thing.STARS,)


def test_habits() -> None:
    """Every thing has words of its own and a home, and fits in there."""
    assert set(moods.HABITS) == set(Thing)
    words = [word for habit in moods.HABITS.values() for word in habit.words.split()]
    assert len(words) == len(set(words))
    assert not set(words) & {word for named in moods.KIND_WORDS.values() for word in named.split()}
    assert all(habit.homes and habit.fits.issuperset(habit.homes) for habit in moods.HABITS.values())


def test_themes_exist() -> None:
    """Every theme that has words is a theme of the palette, and every kind has words."""
    assert set(moods.THEME_WORDS) <= set(THEMES)
    assert set(moods.KIND_WORDS) == set(Kind)


@given(st.text())
def test_any_text(prompt: str) -> None:
    """Any text has a mood."""
    assert isinstance(mood(prompt), Mood)


def test_long_prompt() -> None:
    """What comes after two thousand characters is not read."""
    assert mood("x " * 1000 + "night") == Mood()
    assert mood("x " * 900 + "night") == Mood("night")
